"""Code of models that means harm or misbehaves: it is confined, its caller is told, the server and others go on."""

import pathlib
import time

import pandas as pd
import pytest
import snowflake.connector
from model_package import DOUBLES, TELLS, create, package

ProgrammingError = snowflake.connector.errors.ProgrammingError

# Each probe returns normally only if it got what it should not have.
PROBES = {
    "tcp connection": "socket.create_connection(('127.0.0.1', {port}), 2)",
    "tcp connection to the internet": "socket.create_connection(('1.1.1.1', 53), 2)",
    "udp packet": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
    "listening socket": "socket.create_server(('127.0.0.1', 0))",
    "raw socket": "socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)",
    "abstract unix socket": "socket.socket(socket.AF_UNIX).bind(chr(0) + 'roost-probe')",
    "reading /etc/passwd": "open('/etc/passwd').read()",
    "reading /etc/shadow": "open('/etc/shadow').read()",
    "reading the catalog": "open('{data}/catalog.sqlite', 'rb').read(16)",
    "listing the data directory": "os.listdir('{data}')",
    "reading the signing keys": "os.listdir('{data}/keys')",
    "reading others' blobs": "os.listdir('{data}/blobs')",
    "reading home directories": "os.listdir('/home')",
    "reading /root": "os.listdir('/root')",
    "writing beside itself": "open(os.path.join(sys._xoptions['snowflake_import_directory'], 'x'), 'w')",
    "appending to its handler": "open(__file__, 'a')",
    "writing to /usr": "open('/usr/x', 'w')",
    "writing to /": "open('/x', 'w')",
    "writing to the data directory": "open('{data}/x', 'w')",
    "running a program": "subprocess.run(['/bin/ls', '/'], check=True)",
    "running a shell": "check(os.system('true') == 0)",
    "executing another program": "os.execv('/bin/true', ['true'])",
    "ptrace of its parent": "check(ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0)",
    "mounting": "check(ctypes.CDLL(None).mount(b'none', b'/mnt', b'tmpfs', 0, None) == 0)",
    "a new user namespace": "check(ctypes.CDLL(None).unshare(0x10000000) == 0)",
    "killing the server": "os.kill({pid}, 0)",
    "killing every process": "check(any(p not in ('self', 'thread-self') and p.isdigit() and int(p) == {pid} for p in os.listdir('/proc')))",
    "reading the server's environment": "open('/proc/{pid}/environ', 'rb').read(1)",
    "its own environment's secrets": "check('ROOST_ADMIN_PASSWORD' in os.environ or any('PASSWORD' in k for k in os.environ))",
    "reading an environment of its parent": "check(b'PASSWORD' in open('/proc/%d/environ' % os.getppid(), 'rb').read())",
    "kernel logs": "open('/dev/kmsg').read(1)",
    "raw memory": "open('/dev/mem', 'rb').read(1)",
}
TOP = """
import ctypes, os, socket, subprocess, sys
def check(got):
    if not got:
        raise PermissionError("refused")
def probe(expression):
    try:
        eval(expression, globals())
        return "GOT IT"
    except BaseException as error:
        return "refused: " + type(error).__name__
"""


def expressions(server):
    words = {"{port}": str(server.port), "{data}": str(server.data), "{pid}": str(server.pid)}
    for what, expression in PROBES.items():
        for word, value in words.items():
            expression = expression.replace(word, value)
        yield what, expression


def outcomes(server, connection, model, tmp_path, when):
    """Runs every probe while the handler is imported or while it predicts; {what: outcome}."""
    probes = dict(expressions(server))
    if when == "import":
        top, body = TOP + f"FOUND = {{k: probe(v) for k, v in {probes!r}.items()}}\n", "import json\n" + TELLS.format(
            expression="json.dumps(FOUND)")
    else:
        top, body = TOP, f"import json\nfound = {{k: probe(v) for k, v in {probes!r}.items()}}\n" + TELLS.format(
            expression="json.dumps(found)")
    create(connection, model, package(body, top, "STRING"), tmp_path)
    import json

    cell = connection.cursor().execute(f"select {model}!predict(1)['OUT']::varchar").fetchone()[0]
    return json.loads(cell)


@pytest.mark.parametrize("when", ["import", "predict"])
def test_model_code_gets_nothing_it_should_not(server, connection, name, tmp_path, when):
    found = outcomes(server, connection, name("HOSTILE"), tmp_path, when)
    assert set(found) == set(PROBES)
    slips = ("NameError", "SyntaxError", "TypeError", "AttributeError")
    assert not [what for what, outcome in found.items() if outcome.endswith(slips)], f"broken probes: {found}"
    got = [what for what, outcome in found.items() if outcome == "GOT IT"]
    assert got == [], f"model code succeeded in: {got}"
    assert server.alive and not (server.data / "x").exists() and not pathlib.Path("/x").exists()


class Bomb:
    """Evaluates an expression when it is unpickled; what comes out takes its place."""

    def __init__(self, expression):
        self.expression = expression

    def __reduce__(self):
        return eval, (self.expression,)


def pickled(server, name, expression):
    """A real model, logged with the stock client, whose pickle evaluates the expression."""
    from snowflake.ml.model import custom_model, model_signature

    class Carrier(custom_model.CustomModel):
        outcome = Bomb(expression)  # the client pickles the class by value, and this with it

        @custom_model.inference_api
        def predict(self, df: pd.DataFrame) -> pd.DataFrame:
            return pd.DataFrame({"OUT": [str(self.outcome)] * len(df)})

    signature = model_signature.ModelSignature(
        [model_signature.FeatureSpec("A", model_signature.DataType.DOUBLE)],
        [model_signature.FeatureSpec("OUT", model_signature.DataType.STRING)])
    return server.registry().log_model(
        Carrier(custom_model.ModelContext()), model_name=name("PICKLE"), version_name="V1",
        signatures={"predict": signature}, conda_dependencies=["pandas"])


@pytest.mark.parametrize("what, expression", [
    ("opens a socket", "__import__('socket').create_connection(('127.0.0.1', {port}), 2)"),
    ("writes outside", "open('/usr/local/roost-was-here', 'w')"),
    ("reads /etc/passwd", "open('/etc/passwd').read()"),
    ("reads the catalog", "open('{data}/catalog.sqlite', 'rb').read()"),
    ("runs a program", "__import__('subprocess').check_output(['/bin/ls'])"),
    ("ends the process", "__import__('os')._exit(3)"),
])
def test_a_malicious_pickle_is_stopped_and_the_error_says_what_happened(server, name, what, expression):
    for word, value in {"{port}": str(server.port), "{data}": str(server.data)}.items():
        expression = expression.replace(word, value)
    version = pickled(server, name, expression)
    with pytest.raises(Exception) as caught:
        version.run(pd.DataFrame({"A": [1.0]}))
    words = str(caught.value)
    assert "root:" not in words and "SQLite format" not in words
    assert any(word in words for word in ("ermission", "Read-only", "not permitted", "denied", "No such file", "unreachable", "worker", "exited", "ended")), words
    assert server.alive and not pathlib.Path("/usr/local/roost-was-here").exists()


def test_an_innocent_pickle_of_the_same_kind_works(server, name):
    result = pickled(server, name, "6 * 7").run(pd.DataFrame({"A": [1.0, 2.0]}))
    assert list(result["OUT"]) == ["42", "42"]


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A server with small limits for models."""
    from roost_server import RoostServer

    server = RoostServer(tmp_path_factory.mktemp("strict"), {
        "ROOST_WORKER_TIMEOUT": "5", "ROOST_WORKER_LOAD_TIMEOUT": "25", "ROOST_WORKER_MEMORY": str(1 << 30)})
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def good(strict, tmp_path_factory):
    """A model on that server that does nothing wrong."""
    with strict.connect() as connection:
        create(connection, "GOOD", package(), tmp_path_factory.mktemp("good"))
    return "GOOD"


MISBEHAVIOUR = {
    "loops for ever": ("while True: pass", "", ["5 s", "time", "limit"]),
    "sleeps for ever": ("import time\ntime.sleep(3600)", "", ["5 s", "time", "limit"]),
    "loops while it is imported": (DOUBLES, "while True: pass", ["5 s", "time", "limit"]),
    "eats memory": ("x = []\nwhile True: x.append(b'x' * (1 << 24))", "", ["memory"]),
    "eats memory while it is imported": (DOUBLES, "x = [b'x' * (n + (1 << 24)) for n in range(1000)]", ["memory"]),
    "ends its process": ("import os\nos._exit(7)", "", ["worker", "process"]),
    "kills itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "", ["worker", "process", "sandbox"]),
    "dies of a signal": ("import ctypes\nctypes.string_at(0)", "", ["worker", "process", "signal"]),
    "forks without end": ("import os\nwhile True:\n    os.fork()", "", [""]),
    "raises": ("raise RuntimeError('boom-4711')", "", ["boom-4711"]),
    "raises while it is imported": (DOUBLES, "raise RuntimeError('boom-4712')", ["boom-4712"]),
    "raises SystemExit": ("raise SystemExit(0)", "", [""]),
    "returns too few rows": ("return []", "", ["row"]),
    "returns too many rows": ("return [{'OUT': 1.0}] * (len(df) + 1)", "", ["row"]),
    "returns nothing": ("return None", "", [""]),
    "returns text": ("return 'text'", "", [""]),
    "returns objects that have no JSON": ("return [{'OUT': object()}] * len(df)", "", [""]),
    "returns a number for a text": ("return [{'OUT': 'not a number'}] * len(df)", "", [""]),
    "has a syntax error": ("return (", "", ["SyntaxError", "syntax"]),
    "has no handler": (DOUBLES, "", None),
    "floods its output": ("import sys\nwhile True: sys.stdout.write('x' * 65536); sys.stderr.write('y' * 65536)", "", ["5 s", "time", "limit"]),
    "closes every descriptor": ("import os\nos.closerange(0, 1000)\n" + DOUBLES, "", [""]),
    "recurses for ever": ("import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f()\nf()", "", [""]),
}


@pytest.mark.parametrize("what", MISBEHAVIOUR)
def test_misbehaviour_fails_its_own_call_only(strict, good, name, tmp_path, what):
    body, top, words = MISBEHAVIOUR[what]
    files = package(body, top)
    if words is None:
        files["functions/predict.py"], words = "x = 1\n", ["infer"]
    bad = name("BAD")
    with strict.connect() as connection:
        sql = lambda text: connection.cursor().execute(text).fetchall()
        began = time.monotonic()
        with pytest.raises(ProgrammingError) as caught:
            create(connection, bad, files, tmp_path / "bad")
            sql(f"select {bad}!predict(1)['OUT']::double")
        message = str(caught.value)
        assert time.monotonic() - began < 120  # loading has 25 seconds, a batch five here
        assert any(word.lower() in message.lower() for word in words), message
        assert caught.value.errno not in (603,) or "internal" not in message.lower(), message
        assert sql(f"select {good}!predict(21)['OUT']::int") == [(42,)], "another model still predicts"
    assert strict.alive


def test_nothing_of_misbehaving_models_is_left_running(strict):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        busy = {pid: command for pid, command in strict.descendants().items() if cpu_share(pid) > 0.5}
        if not busy and len(strict.descendants()) < 40:
            return
        time.sleep(1)
    raise AssertionError(f"still running: {busy or strict.descendants()}")


def cpu_share(pid):
    def ticks():
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return int(fields[11]) + int(fields[12])
        except OSError:
            return 0
    first = ticks()
    time.sleep(0.1)
    return (ticks() - first) / 10


def test_one_model_sees_nothing_of_another(server, connection, sql, name, tmp_path):
    """Two models write to their private tmp and to module state: neither finds the other's."""
    writes = "import os, tempfile\np = os.path.join(tempfile.gettempdir(), 'mark')\n" \
        "found = os.path.exists(p)\nopen(p, 'w').write('x')\n" + TELLS.format(expression="str(found)")
    first, second = name("FIRST"), name("SECOND")
    create(connection, first, package(writes, output="STRING"), tmp_path / "a")
    create(connection, second, package(writes, output="STRING"), tmp_path / "b")
    assert sql(f"select {first}!predict(1)['OUT']::varchar") == [("False",)]
    assert sql(f"select {second}!predict(1)['OUT']::varchar") == [("False",)]


def test_a_killed_worker_fails_only_its_own_call(own_server, name, tmp_path):
    import os
    import signal
    import threading

    server = own_server(ROOST_WORKERS="2")
    server.start()
    slow, model = "import time\nif df['A'].iloc[0] < 3: time.sleep(4)\n" + DOUBLES, name("VICTIM")
    with server.connect() as connection:
        create(connection, model, package(slow), tmp_path / "slow")
        create(connection, model + "_GOOD", package(), tmp_path / "good")
        assert connection.cursor().execute(f"select {model}_GOOD!predict(1)['OUT']::int").fetchone() == (2,)
    outcomes = []

    def call():
        with server.connect() as connection:
            try:
                outcomes.append(connection.cursor().execute(f"select {model}!predict(1)['OUT']::int").fetchone())
            except ProgrammingError as error:
                outcomes.append(error)

    before = set(server.descendants())
    thread = threading.Thread(target=call)
    thread.start()
    time.sleep(2.5)
    started = set(server.descendants()) - before
    assert started, "no worker was started for the call"
    os.kill(max(started), signal.SIGKILL)
    thread.join(60)
    assert isinstance(outcomes[0], ProgrammingError), outcomes
    message = str(outcomes[0])
    assert "worker" in message.lower() and ("killed" in message.lower() or "signal 9" in message.lower() or "SIGKILL" in message), message
    with server.connect() as connection:
        assert connection.cursor().execute(f"select {model}_GOOD!predict(3)['OUT']::int").fetchone() == (6,)
        assert connection.cursor().execute(f"select {model}!predict(3)['OUT']::int").fetchone() == (6,)
