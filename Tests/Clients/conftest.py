"""Fixtures that every client's tests share: one running server, and servers of a test's own."""

import logging
import os
import pathlib
import random
import sys
import uuid
import warnings

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
os.environ.setdefault("TQDM_DISABLE", "1")
warnings.filterwarnings("ignore")
logging.getLogger("snowflake").setLevel(logging.CRITICAL)

from roost_server import BINARY, RoostServer  # noqa: E402

FULL_SIZE = bool(os.environ.get("ROOST_FULL_SIZE"))


def pytest_report_header(config):
    return f"server: {BINARY}" + (", full size" if FULL_SIZE else "")


@pytest.fixture(scope="session", autouse=True)
def binary():
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing. Run `make test`, or `swift build` and then pytest.", returncode=2)
    return BINARY


@pytest.fixture(scope="session")
def full_size():
    """True under `make test-all`: suites that scale run at their full size."""
    return FULL_SIZE


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that most tests share. A test that kills, fills or counts takes `own_server`."""
    server = RoostServer(tmp_path_factory.mktemp("roost"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chunked_server(tmp_path_factory):
    """A server whose results come in chunks of 500 rows."""
    server = RoostServer(tmp_path_factory.mktemp("chunked"), {"ROOST_RESULT_CHUNK_ROWS": "500"})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_server(tmp_path):
    """Makes servers of the test's own, not started yet: own_server(ROOST_X="y")."""
    made = []

    def make(**environment):
        server = RoostServer(tmp_path / f"server{len(made)}", environment)
        made.append(server)
        return server

    yield make
    for server in made:
        server.kill()


@pytest.fixture
def connection(server):
    connection = server.connect()
    yield connection
    connection.close()


@pytest.fixture
def sql(connection):
    """Runs one statement, gives all rows: sql("select ? + 1", (1,))."""

    def run(text, bindings=None):
        return connection.cursor().execute(text, bindings).fetchall()

    return run


@pytest.fixture
def name():
    """Gives fresh upper-case names: name("MODEL")."""
    return lambda prefix="T": f"{prefix}_{uuid.uuid4().hex[:8]}".upper()


@pytest.fixture
def seeded():
    """A source of chance whose seed is printed, and taken from ROOST_SEED when set."""
    seed = int(os.environ.get("ROOST_SEED", random.SystemRandom().randrange(2**31)))
    print(f"ROOST_SEED={seed}")
    return random.Random(seed)
