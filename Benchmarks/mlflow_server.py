"""The MLflow door beside a real `mlflow server`, on the same machine in the same run: raw HTTP, server CPU per call."""

import base64
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid

from http_load import Connection, load, percentile
from measure import Row, cpu_of, note, running
from roost_server import PASSWORD

API = "/api/2.0/mlflow"
MODELS, METRICS = 10_000, 1000
LARGE, SMALL, SMALL_COUNT = 200 << 20, 100 << 10, 200


class Server:
    """One of the servers: where it listens, what its calls carry, what it costs."""

    def __init__(self, name, port, pid, headers):
        self.name, self.port, self.pid, self.headers = name, port, pid, {"Content-Type": "application/json", **headers}

    def processes(self):
        """The server's process and all below it."""
        parents = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except OSError:
                    continue
        found, level = set(), {self.pid}
        while level:
            found |= level
            level = {pid for pid, parent in parents.items() if parent in level} - found
        return found

    def cpu(self):
        return sum(cpu_of(pid) for pid in self.processes())

    def memory(self):
        """Bytes of its processes, what they share counted once."""
        total = 0
        for pid in self.processes():
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total

    def call(self, method, path, body=None):
        connection = Connection(self.port, self.headers)
        status, answer = connection.send(method, path, json.dumps(body).encode() if body is not None else b"")
        connection.close()
        assert status < 300, (self.name, method, path, status, answer[:300])
        return json.loads(answer or b"{}")

    def run(self, clients, fresh=False):
        """(CPU-ms of one call, milliseconds that 99 of 100 took, calls in a second)."""
        before, began = self.cpu(), time.perf_counter()
        times = load(self.port, clients, self.headers, fresh)
        wall = time.perf_counter() - began
        # A process's clock ticks a hundred times in a second; a worker may finish a little later.
        time.sleep(0.05)
        return (self.cpu() - before) / len(times) * 1000, percentile(times, 0.99) * 1000, len(times) / wall


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def start_mlflow(folder, workers):
    port, log = free_port(), open(folder / "log", "wb")
    arguments = ["--workers", str(workers)] if workers else []
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
         "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "artifacts"), *arguments],
        stdout=log, stderr=log, cwd=folder, start_new_session=True, env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"})
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).read()
            break
        except (OSError, urllib.error.URLError):
            assert process.poll() is None and time.perf_counter() - began < 180, (folder / "log").read_text()[-2000:]
            time.sleep(0.05)
    server = Server(f"mlflow server, {workers} worker" if workers else "mlflow server", port, process.pid, {})
    server.started, server.process, server.database = time.perf_counter() - began, process, folder / "mlflow.db"
    return server


def fill(server):
    """10,000 registered models to search among."""
    if server.name == "roost":
        names = [f"shelf_{index:05}" for index in range(MODELS)]
        load(server.port, [[
            ("POST", f"{API}/registered-models/create", json.dumps({"name": name}).encode(), "") for name in names]], server.headers)
        return
    now = int(time.time() * 1000)
    with sqlite3.connect(server.database, timeout=60) as database:
        columns = {row[1] for row in database.execute("PRAGMA table_info(registered_models)")}
        more = ", workspace" if "workspace" in columns else ""
        database.executemany(
            f"INSERT INTO registered_models (name, creation_time, last_updated_time, description{more})"
            f" VALUES (?, ?, ?, ''{', ' + repr('default') if more else ''})",
            [(f"shelf_{index:05}", now, now) for index in range(MODELS)])


def post(path, body):
    return ("POST", f"{API}/{path}", json.dumps(body).encode(), "")


def registry_calls(server, run, tag):
    """Name, and what makes one client's requests: `make(client, count)`."""
    name = f"m{tag}"
    server.call("POST", f"{API}/registered-models/create", {"name": name})
    source = f"runs:/{run}/model"
    server.call("POST", f"{API}/model-versions/create", {"name": name, "source": source, "run_id": run})
    server.call("POST", f"{API}/registered-models/alias", {"name": name, "alias": "prod", "version": "1"})
    return [
        ("create model", lambda client, count: [
            post("registered-models/create", {"name": f"c{tag}_{client}_{index}"}) for index in range(count)]),
        ("create version", lambda client, count: [
            post("model-versions/create", {"name": name, "source": source, "run_id": run}) for _ in range(count)]),
        ("get by alias", lambda client, count: [
            ("GET", f"{API}/registered-models/alias?name={name}&alias=prod", b"", "")] * count),
        ("set alias", lambda client, count: [
            post("registered-models/alias", {"name": name, "alias": f"a{client}", "version": "1"}) for _ in range(count)]),
    ]


def metric_batches(run, count):
    return [post("runs/log-batch", {"run_id": run, "metrics": [
        {"key": f"m{number % 10}", "value": number / 7, "timestamp": 1_700_000_000_000 + batch * METRICS + number, "step": batch * METRICS + number}
        for number in range(METRICS)]}) for batch in range(count)]


def searches(count):
    return [("GET", f"{API}/registered-models/search?max_results=100&filter=name%20LIKE%20%27shelf_05%25%27", b"", "")] * count


def measure_server(server):
    """All figures of one server, by name: (CPU-ms, p99 ms or None, calls in a second)."""
    found = {}
    experiment = server.call("POST", f"{API}/experiments/create", {"name": f"bench {uuid.uuid4().hex}"})["experiment_id"]
    run = server.call("POST", f"{API}/runs/create", {"experiment_id": experiment, "start_time": 1})["run"]["info"]["run_id"]
    count = 400 if server.name == "roost" else 100
    for fresh in (False, True):
        for clients in (1, 8):
            words = f"{clients} client{'s' if clients > 1 else ''}{', fresh connections' if fresh else ''}"
            for name, make in registry_calls(server, run, uuid.uuid4().hex[:8]):
                found[f"{name}, {words}"] = server.run([make(client, max(1, count // clients)) for client in range(clients)], fresh)
    note(f"{server.name}: registry calls measured")
    found["log-batch of 1,000 metrics"] = server.run([metric_batches(run, 20)])
    fill(server)
    found[f"search at {MODELS:,} models, a page of 100"] = server.run([searches(50)])
    root = f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts"
    binary = "Content-Type: application/octet-stream\r\n"
    server.headers.pop("Content-Type")
    large, small = os.urandom(LARGE), [os.urandom(SMALL) for _ in range(SMALL_COUNT)]
    found["200 MB up"] = server.run([[("PUT", f"{root}/large.bin", large, binary)]])
    found["200 MB down"] = server.run([[("GET", f"{root}/large.bin", b"", "")]])
    found["200 x 100 KB up"] = server.run([[("PUT", f"{root}/small/{index}", part, binary) for index, part in enumerate(small)]])
    found["200 x 100 KB down"] = server.run([[("GET", f"{root}/small/{index}", b"", "") for index in range(SMALL_COUNT)]])
    found["memory"] = server.memory()
    note(f"{server.name}: done, {found['memory'] / 1e6:.0f} MB")
    return found


def measure_mlflow(workers):
    with tempfile.TemporaryDirectory(prefix="mlflow-bench", dir=os.environ.get("ROOST_BENCH_DIRECTORY")) as folder:
        server = start_mlflow(pathlib.Path(folder), workers)
        try:
            return {"start": server.started, **measure_server(server)}
        finally:
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait()


def measure_roost():
    with running() as started:
        login = base64.b64encode(f"ADMIN:{PASSWORD}".encode()).decode()
        seconds = started.stop() and started.start()
        server = Server("roost", started.port, started.pid, {"Authorization": f"Basic {login}"})
        return {"start": seconds, **measure_server(server)}


def aim(name, ours, theirs):
    """The aim in words, and whether it is met."""
    if name.startswith("log-batch"):
        return "< 10 CPU-ms", ours[0] < 10
    if name.startswith("search"):
        return "< 3 CPU-ms", ours[0] < 3
    if name.startswith("200 MB"):
        return ">= 2x as fast", ours[2] >= 2 * theirs[2]
    if name.startswith("200 x"):
        return ">= 10x as fast", ours[2] >= 10 * theirs[2]
    met = ours[0] < 0.5 and ours[0] * 20 <= theirs[0]
    if "8 clients" in name:
        return "< 0.5 CPU-ms, 1/20, p99 < 10 ms", met and ours[1] < 10
    return "< 0.5 CPU-ms, 1/20", met


def measure():
    ours, one, many = measure_roost(), measure_mlflow(1), measure_mlflow(None)
    rows = [
        Row("start to ready", f"{ours['start']:.2f} s; mlflow server {many['start']:.1f} s, with one worker {one['start']:.1f} s"),
        Row("memory after it all", f"{ours['memory'] / 1e6:.0f} MB; mlflow server {many['memory'] / 1e6:,.0f} MB, with one worker "
            f"{one['memory'] / 1e6:,.0f} MB", "< 120 MB", ours["memory"] < 120e6),
    ]
    for name, figures in ours.items():
        if name in ("start", "memory"):
            continue
        words = [f"{cpu:.2f} CPU-ms, p99 {slow:.1f} ms, {rate:,.0f}/s" for cpu, slow, rate in (figures, many[name], one[name])]
        goal, met = aim(name, figures, many[name])
        rows.append(Row(name, f"{words[0]}; mlflow server {words[1]}; with one worker {words[2]}", goal, met))
    return rows
