#!/usr/bin/env python3
"""Eight stock clients at once, each a process that logs, runs, lists and deletes models; then: did anything leak?

    eight_clients.py [--seconds 120] [--clients 8]

Starts a server of its own on a temporary directory (ROOST_BINARY, as the tests do). Prints what was done, how long each
operation took, and the server's workers, open files, files on disk and memory before and after. Any error, any leak: status 1.
"""

import argparse
import collections
import json
import logging
import multiprocessing
import os
import pathlib
import random
import statistics
import sys
import tempfile
import time
import traceback
import warnings

warnings.filterwarnings("ignore")
os.environ["TQDM_DISABLE"] = "1"
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Clients"))
logging.getLogger("snowflake").setLevel(logging.CRITICAL)

from roost_server import RoostServer  # noqa: E402
from sklearn.datasets import load_iris  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
import snowflake.ml.registry  # noqa: E402, F401


def client(server, number, seconds, results):
    """One client's life; puts {operation: [seconds]} and the errors on `results`."""
    took, errors = collections.defaultdict(list), []
    chance, deadline = random.Random(number), time.monotonic() + seconds
    frame, target = load_iris(return_X_y=True, as_frame=True)
    frame.columns = ["A", "B", "C", "D"]

    def timed(operation, call):
        began = time.monotonic()
        result = call()
        took[operation].append(time.monotonic() - began)
        return result

    try:
        session = timed("connect", server.session)
        registry = server.registry(session)
        turn = 0
        while turn == 0 or time.monotonic() < deadline:
            turn += 1
            name = f"SOAK_{number}_{chance.randrange(3)}"
            fitted = LogisticRegression(max_iter=50, C=chance.uniform(0.1, 10)).fit(frame, target)
            version = timed("log", lambda: registry.log_model(
                fitted, model_name=name, version_name=f"V{turn}", sample_input_data=frame.head(5),
                conda_dependencies=["scikit-learn"], options={"enable_explainability": False}))
            for _ in range(2):
                rows = frame.sample(50, random_state=chance.randrange(10**6))
                got = timed("run", lambda: version.run(rows, function_name="predict"))
                if (got["output_feature_0"].to_numpy() != fitted.predict(rows)).any():
                    raise AssertionError(f"{name} {version.version_name} predicts what another model would")
            shown = timed("list", lambda: [model.name for model in registry.models()])
            if name not in shown:
                raise AssertionError(f"{name} is not listed")
            timed("sql", lambda: session.sql(f"select count(*) from table(generator(rowcount => 1000))").collect())
            if chance.random() < 0.5:
                timed("delete", lambda: registry.delete_model(name))
        for model in registry.models():
            if model.name.startswith(f"SOAK_{number}_"):
                timed("delete", lambda: registry.delete_model(model.name))
        timed("close", session.close)
    except BaseException:
        errors.append(traceback.format_exc())
    results.put((dict(took), errors))


def files(server):
    """Counts of files that could pile up, by directory of the data directory."""
    counts = collections.Counter()
    for path in server.data.rglob("*"):
        if path.is_file():
            counts[path.relative_to(server.data).parts[0]] += 1
    return {name: counts[name] for name in ("blobs", "versions", "results", "databases", "stages", "tmp") if counts[name]}


def targets(server):
    """What the server's descriptors point to, counted."""
    counts = collections.Counter()
    for descriptor in pathlib.Path(f"/proc/{server.pid}/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except OSError:
            continue
        counts[target.split(":")[0] if not target.startswith("/") else pathlib.Path(target).name] += 1
    return dict(counts.most_common(12))


def state(server):
    with server.connect() as connection:
        cursor = connection.cursor()
        tables = len(cursor.execute("show tables in account").fetchall())
        stages = len(cursor.execute("show stages in account").fetchall())
    metrics = server.get("/metrics")[1].decode()
    sessions = [line.rpartition(" ")[2] for line in metrics.splitlines() if line.startswith("roost_sessions ")]
    return {
        "sessions": int(float(sessions[0])) if sessions else 0, "workers": len(server.descendants()), "open files": server.open_files(), "tables": tables, "stages": stages,
        "RSS MB": round(server.resident_bytes() / 2**20, 1), "files": files(server),
        "threads": len(os.listdir(f"/proc/{server.pid}/task")),
    }


# What may grow, and by how much.
ALLOWED = {"sessions": 0, "workers": 3, "open files": 16, "tables": 0, "stages": 0, "threads": 8, "RSS MB": 100}


def grown(before, after):
    """What grew by more than it may."""
    return [what for what, allowed in ALLOWED.items() if after[what] > before[what] + allowed]


def settled(server, before=None, seconds=60):
    """The state once idle workers were retired (3 s), closed sessions swept (10 s) and free memory given back (20 s)."""
    deadline = time.monotonic() + seconds
    time.sleep(8)
    last = state(server)
    while time.monotonic() < deadline:
        time.sleep(2)
        now = state(server)
        if now["workers"] <= 3 and (not grown(before, now) if before else now == last):  # the workers' parent stays
            return now
        last = now
    return last


def run(server, clients, seconds):
    """Runs the clients; ({operation: [seconds]}, errors)."""
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    processes = [context.Process(target=client, args=(server, n, seconds, results)) for n in range(clients)]
    for process in processes:
        process.start()
    took, errors = collections.defaultdict(list), []
    for _ in processes:
        try:
            each, failed = results.get(timeout=seconds + 240)
        except Exception:
            errors.append("a client did not end")
            break
        errors += failed
        for operation, times in each.items():
            took[operation] += times
    for process in processes:
        process.join(10)
        if process.is_alive():
            process.kill()
    return took, errors


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="roost-soak") as folder:
        server = RoostServer(folder, {
            "ROOST_WORKER_IDLE": "3", "ROOST_LOG_LEVEL": "warning", "ROOST_COLLECTION_GRACE": "0", "ROOST_COLLECTION_RETENTION": "0"})
        server.start()
        try:
            _, errors = run(server, 2, 0)  # a turn each, to be warm: the first of everything costs memory and descriptors that stay
            before = settled(server)
            took, failed = run(server, options.clients, options.seconds)
            errors += failed
            after = settled(server, before)
            alive, held = server.alive, targets(server)
            log = [line for line in server.log_tail(10**7).splitlines() if " error " in line.lower() or "critical" in line.lower()]
            server.stop()
            server.start()  # collects what the deleted models left
            time.sleep(3)
            left = files(server)
        finally:
            server.kill()
    print(f"{options.clients} clients for {options.seconds:.0f} s")
    print(f"{'operation':10} {'count':>6} {'median s':>9} {'p95 s':>7} {'max s':>7}")
    for operation, times in took.items():
        times.sort()
        print(f"{operation:10} {len(times):6} {statistics.median(times):9.2f} {times[int(len(times) * .95)]:7.2f} {times[-1]:7.2f}")
    print("before:", json.dumps(before))
    print("after: ", json.dumps(after))
    leaks = [f"{what} grew from {before[what]} to {after[what]}" for what in grown(before, after)]
    print("files after a restart:", json.dumps(left))
    leaks += [f"{left[kind]} files are left in {kind} though every model was deleted" for kind in ("blobs", "versions") if left.get(kind)]
    if any(leak.startswith("open files") for leak in leaks):
        leaks.append(f"held open: {held}")
    for error in errors[:3]:
        print("ERROR", error)
    for leak in leaks:
        print("LEAK", leak)
    for line in log[:5]:
        print("LOG", line)
    if not alive:
        print("ERROR the server died")
    print(f"errors: {len(errors)}, leaks: {len(leaks)}")
    sys.exit(1 if errors or leaks or not alive else 0)


if __name__ == "__main__":
    main()
