"""Server CPU per statement under raw HTTP load: SELECT 1, SHOW MODELS LIKE one of 1,000, the full list."""

import gzip
import json
import time
import uuid

from http_load import Connection, load
from measure import Row, note, running, spent
from roost_server import PASSWORD
from wire import Wire

MODELS, CONNECTIONS = 1000, 4


class Load:
    """Keep-alive connections that send one statement again and again, with a fresh requestId each time.

    `before`: statements that each of their sessions runs first.
    """

    def __init__(self, server, text, before=()):
        self.server, self.before = server, before
        self.body = gzip.compress(json.dumps({"sqlText": text, "asyncExec": False, "sequenceId": 1}).encode())

    def requests(self, count):
        wire = Wire(self.server, password=PASSWORD)
        for statement in self.before:
            assert wire.query(statement).json["success"], statement
        lines = (
            f"Accept: application/snowflake\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
            f"Authorization: Snowflake Token=\"{wire.token}\"\r\n")
        paths = [f"/queries/v1/query-request?requestId={uuid.uuid4()}" for _ in range(count)]
        return [("POST", path, self.body, lines) for path in paths]

    def check(self):
        """Sends it once, and fails where it fails."""
        status, answer = Connection(self.server.port).send(*self.requests(1)[0])
        assert status == 200 and json.loads(answer)["success"], answer[:300]

    def run(self, count):
        clients = [self.requests(count // CONNECTIONS) for _ in range(CONNECTIONS)]
        with spent(self.server) as used:
            load(self.server.port, clients)
        return used

    def milliseconds(self, count):
        """Server CPU of one statement in ms: the median of three runs, after a short one."""
        self.check()
        self.run(max(CONNECTIONS, count // 10))
        return sorted(self.run(count).cpu / count * 1000 for _ in range(3))[1]


def models(server, count=MODELS):
    """Models in ML.REGISTRY, copies of one."""
    import tempfile

    from model_package import create, package

    with server.connect() as connection, tempfile.TemporaryDirectory() as folder:
        cursor = connection.cursor()
        create(connection, "BASE_0000", package(), folder)
        began = time.perf_counter()
        for number in range(1, count):
            cursor.execute(f"create model BASE_{number:04} with version V1 from model BASE_0000 version V1")
        note(f"statements: {count - 1} models copied in {time.perf_counter() - began:.1f} s")


def measure():
    rows = []
    with running() as server:
        models(server)
        cases = (("SELECT 1", "select 1", 4000, 1, "ms", 1.0),
                 ("SHOW MODELS LIKE one of 1,000", "show models like 'BASE_0500' in schema ML.REGISTRY", 2000, 1, "ms", 1.0),
                 ("SHOW MODELS, all 1,000", "show models in schema ML.REGISTRY", 100, MODELS, "µs a row", 10.0))
        for name, text, count, divisor, unit, aim in cases:
            figure = Load(server, text).milliseconds(count) / divisor * (1 if unit == "ms" else 1000)
            rows.append(Row(name, f"{figure:.2f} {unit} of server CPU", f"< {aim:g} {unit}", figure < aim))
    return rows
