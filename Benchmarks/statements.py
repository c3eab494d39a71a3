"""Server CPU per statement under raw HTTP load: SELECT 1, SHOW MODELS LIKE one of 1,000, the full list."""

import gzip
import json
import socket
import threading
import time
import uuid

from measure import Row, note, running, spent
from roost_server import PASSWORD
from wire import Wire

MODELS, CONNECTIONS = 1000, 4


class Load:
    """Keep-alive connections that send one statement again and again, with a fresh requestId each time."""

    def __init__(self, server, text):
        self.server, self.text = server, text
        self.failed, self.lock = [], threading.Lock()

    def one(self, count):
        wire = Wire(self.server, password=PASSWORD)
        body = gzip.compress(json.dumps({"sqlText": self.text, "asyncExec": False, "sequenceId": 1}).encode())
        with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = connection.makefile("rb", 1 << 20)
            for _ in range(count):
                connection.sendall((
                    f"POST /queries/v1/query-request?requestId={uuid.uuid4()} HTTP/1.1\r\nHost: 127.0.0.1:{self.server.port}\r\n"
                    f"Accept: application/snowflake\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
                    f"Authorization: Snowflake Token=\"{wire.token}\"\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body)
                status = reader.readline()
                length, chunked = 0, False
                while (line := reader.readline()) not in (b"\r\n", b""):
                    key, _, value = line.partition(b":")
                    if key.lower() == b"content-length":
                        length = int(value)
                    chunked |= key.lower() == b"transfer-encoding"
                if chunked:
                    answer = b""
                    while (size := int(reader.readline(), 16)):
                        answer += reader.read(size)
                        reader.readline()
                    reader.readline()
                else:
                    answer = reader.read(length)
                if b"200" not in status or b'"success":true' not in answer.replace(b" ", b""):
                    with self.lock:
                        self.failed.append(answer[:300])
                    return

    def run(self, count):
        threads = [threading.Thread(target=self.one, args=(count // CONNECTIONS,)) for _ in range(CONNECTIONS)]
        with spent(self.server) as used:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert not self.failed, self.failed[0]
        return used


def models(server):
    """1,000 models in ML.REGISTRY, copies of one."""
    import tempfile

    from model_package import create, package

    with server.connect() as connection, tempfile.TemporaryDirectory() as folder:
        cursor = connection.cursor()
        create(connection, "BASE_0000", package(), folder)
        began = time.perf_counter()
        for number in range(1, MODELS):
            cursor.execute(f"create model BASE_{number:04} with version V1 from model BASE_0000 version V1")
        note(f"statements: {MODELS - 1} models copied in {time.perf_counter() - began:.1f} s")


def measure():
    rows = []
    with running() as server:
        models(server)
        cases = (("SELECT 1", "select 1", 4000, 1, "ms", 1.0),
                 ("SHOW MODELS LIKE one of 1,000", "show models like 'BASE_0500' in schema ML.REGISTRY", 2000, 1, "ms", 1.0),
                 ("SHOW MODELS, all 1,000", "show models in schema ML.REGISTRY", 100, MODELS, "µs a row", 10.0))
        for name, text, count, divisor, unit, aim in cases:
            Load(server, text).run(max(CONNECTIONS, count // 10))
            results = [Load(server, text).run(count) for _ in range(3)]
            used = sorted(results, key=lambda each: each.cpu)[1]
            factor = 1000 if unit == "ms" else 1_000_000
            figure = used.cpu / count / divisor * factor
            rows.append(Row(name, f"{figure:.2f} {unit} of server CPU ({count / used.wall:,.0f}/s with {CONNECTIONS} connections)", f"< {aim:g} {unit}", figure < aim))
    return rows
