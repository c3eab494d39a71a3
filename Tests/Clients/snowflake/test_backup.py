"""Backups of a server that is at work, what they restore to, and the collection of what nothing refers to."""

import base64
import json
import os
import shutil
import subprocess
import threading
import urllib.request

import pytest
from roost_server import BINARY, PASSWORD, RoostServer, places
from test_crash import Logger, predicts, versions

pytestmark = pytest.mark.filterwarnings("ignore")


def roost(*arguments, server=None, timeout=120, **more):
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("ROOST_")}
    settings = {"ROOST_USER": "ADMIN", "ROOST_PASSWORD": PASSWORD, **({"ROOST_PORT": str(server.port)} if server else {}), **more}
    return subprocess.run(
        [BINARY, *map(str, arguments)], env={**inherited, **places(), **settings}, capture_output=True, text=True, timeout=timeout,
        stdin=subprocess.DEVNULL)


def mlflow(server, method, path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/api/2.0/{path}", data=body, method=method)
    request.add_header("Authorization", "Basic " + base64.b64encode(f"ADMIN:{PASSWORD}".encode()).decode())
    request.add_header("Content-Type", "application/json" if method == "POST" else "application/octet-stream")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def track(server):
    """Logs a file to a run of MLflow's; gives its path."""
    answer = mlflow(server, "POST", "mlflow/runs/create", json.dumps({"experiment_id": "0"}).encode())
    run = json.loads(answer)["run"]["info"]["run_id"]
    path = f"mlflow-artifacts/artifacts/0/{run}/artifacts/notes.txt"
    mlflow(server, "PUT", path, b"a run's file")
    return path


class Inserter(threading.Thread):
    """Inserts 0, 1, 2, … until it is told to stop."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.count, self.stopping = server, 0, threading.Event()

    def run(self):
        with self.server.connect() as connection:
            cursor = connection.cursor()
            while not self.stopping.is_set():
                cursor.execute(f"insert into counted values ({self.count}, 'row')")
                self.count += 1


def test_a_backup_under_load_restores_to_a_server_that_works(own_server, tmp_path):
    backups = tmp_path / "backups"
    server = own_server(ROOST_BACKUP_DIRECTORY=str(backups))
    server.start()
    with server.connect() as connection:
        for text in ("create table counted (n int primary key, w string default 'x')", "create view doubled as select n * 2 as m from counted",
                     "create schema other", "create table other.\"odd (name\" (v variant, d decimal(10, 2), t timestamp_ntz)",
                     "insert into other.\"odd (name\" select parse_json('{\"a\": [1]}'), 1.25, '2024-01-02 03:04:05'",
                     "create role watcher", "create user wanda password = 'a long password' default_role = watcher",
                     "grant role watcher to user wanda", "create database second", "create table second.public.t as select 5 as five",
                     "create table ml.registry.gone (i int)", "drop table ml.registry.gone"):
            connection.cursor().execute(text)
    tracked = track(server)
    logger, inserter = Logger(server, "LOADED", 7), Inserter(server)
    logger.start()
    inserter.start()
    while not logger.acknowledged and logger.is_alive():
        logger.started.wait(0.1)
        inserter.stopping.wait(0.05)
    before, rows = list(logger.acknowledged), inserter.count
    done = roost("backup", "first", "--format", "json", server=server)
    assert done.returncode == 0, done
    (summary,) = json.loads(done.stdout)
    assert summary["path"] == str(backups / "first") and summary["files"] > 10 and summary["bytes"] > summary["copiedBytes"]
    after = list(logger.acknowledged) + [logger.under_way]
    inserter.stopping.set()
    inserter.join(20)
    assert inserter.count > rows, "inserts waited for the whole backup"
    again = roost("backup", "first", server=server)
    assert again.returncode == 1 and "exists" in again.stderr
    server.kill()
    assert [path.name for path in backups.iterdir()] == ["first"]
    assert subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=backups / "first").returncode == 0

    restored = RoostServer(tmp_path / "restored")
    done = roost("restore", backups / "first", "--to", restored.data)
    assert done.returncode == 0, done
    refused = roost("restore", backups / "first", "--to", restored.data)
    assert refused.returncode == 9 and "not empty" in refused.stderr
    restored.start()
    try:
        with restored.connect() as connection:
            cursor = connection.cursor()
            found = versions(restored)
            assert before and {(model, version) for model, version, _ in before} <= found
            expected = {(model, version): rows for model, version, rows in filter(None, after)}
            for model, version in found:
                predicts(cursor, model, version, expected[model, version])
            count, least, most = cursor.execute("select count(*), min(n), max(n) from counted").fetchone()
            assert rows <= count == most + 1 and least == 0
            assert cursor.execute("select max(m) from doubled").fetchone() == (2 * most,)
            assert cursor.execute("select v:a[0]::int, d, t from ml.other.\"odd (name\"").fetchone()[0] == 1
            assert cursor.execute("select five from second.public.t").fetchone() == (5,)
            cursor.execute(f"insert into counted (n) values ({count})")
            assert cursor.execute(f"select w from counted where n = {count}").fetchone() == ("x",)
            with pytest.raises(Exception, match="(?i)does not exist"):
                cursor.execute("select * from gone")
        assert mlflow(restored, "GET", tracked) == b"a run's file"
        assert restored.connect(user="WANDA", password="a long password").cursor().execute("select current_role()").fetchone() == ("WATCHER",)
    finally:
        restored.kill()

    damaged = tmp_path / "damaged"
    shutil.copytree(backups / "first", damaged)
    assert roost("restore", damaged, "--check").returncode == 0
    victim = max((path for path in (damaged / "blobs").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    victim.chmod(0o600)
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    checked = roost("restore", damaged, "--check")
    assert checked.returncode == 11 and victim.name in checked.stderr, checked
    nowhere = tmp_path / "nowhere"
    assert roost("restore", damaged, "--to", nowhere).returncode == 11 and not nowhere.exists()
    victim.unlink()
    assert roost("restore", damaged, "--check").returncode == 11
    assert roost("restore", tmp_path, "--check").returncode == 7


def test_who_may_back_up_and_where_to(own_server, tmp_path, name):
    server = own_server(ROOST_BACKUP_DIRECTORY=str(tmp_path / "backups"))
    server.start()
    refused = roost("backup", "../outside", server=server)
    assert refused.returncode == 1 and "no name for a backup" in refused.stderr, refused
    with server.connect() as connection:
        cursor = connection.cursor()
        for bad in ("/tmp/outside", ".hidden", "a/b", "..", "", "x" * 200, "a\\\\b"):
            with pytest.raises(Exception, match="no name for a backup"):
                cursor.execute(f"select system$backup('{bad}')")
        for role in ("sysadmin", "securityadmin", "useradmin", "public"):
            cursor.execute(f"use role {role}")
            for call in ("system$backup('ok')", "system$collect_garbage('apply')", "system$collect_garbage('plan')"):
                with pytest.raises(Exception, match="Only ACCOUNTADMIN may"):
                    cursor.execute(f"select {call}")
    hidden = roost("sql", "-d", "ML", "-s", "PUBLIC", "--on-error", "continue", server=server, *(
        "-c", "create view v as select system$backup('unseen') as b; select * from v; select 1, system$backup('unseen')"))
    assert "called alone" in hidden.stderr, hidden
    assert not (tmp_path / "backups").exists()
    assert roost("backup", "ok", server=server).returncode == 0
    server.stop()
    bare = own_server()
    bare.start()
    refused = roost("backup", "ok", server=bare)
    assert refused.returncode == 1 and "backup-directory" in refused.stderr, refused
    assert roost("backup", tmp_path / "busy", "--data-directory", bare.data).returncode == 9


def test_a_stopped_directory_is_backed_up_and_restored(own_server, tmp_path):
    server = own_server()
    server.start()
    with server.connect() as connection:
        connection.cursor().execute("create table kept as select 42 as n")
    server.kill()  # what DuckDB has not folded into its file lies beside it
    done = roost("backup", tmp_path / "cold", "--data-directory", server.data, "--format", "csv")
    assert done.returncode == 0, done
    restored = RoostServer(tmp_path / "warm")
    assert roost("restore", tmp_path / "cold", "--to", restored.data).returncode == 0
    restored.start()
    try:
        with restored.connect() as connection:
            assert connection.cursor().execute("select n from kept").fetchone() == (42,)
    finally:
        restored.kill()
    assert roost("backup", tmp_path / "no", "--data-directory", tmp_path / "nothing").returncode == 7


def test_garbage_is_shown_first_and_removed_on_demand(own_server, tmp_path):
    environment = dict(ROOST_COLLECTION_GRACE="0", ROOST_COLLECTION_RETENTION="0")
    server = own_server(**environment)
    server.start()
    file = tmp_path / "orphan.bin"
    file.write_bytes(os.urandom(5000))

    def leave_one(stage):
        with server.connect() as connection:
            cursor = connection.cursor()
            cursor.execute(f"create stage {stage}")
            cursor.execute(f"put 'file://{file}' @{stage} auto_compress = false")
            cursor.execute(f"drop stage {stage}")

    def found(*arguments, **more):
        done = roost("gc", "--format", "json", *arguments, **more)
        assert done.returncode == 0, done
        return {line["kind"]: (line["count"], line["bytes"]) for line in json.loads(done.stdout)}

    leave_one("first")
    kept = server.blobs()
    assert found(server=server)["file contents"] == (1, 5000) and server.blobs() == kept
    unused = server.data / "environments" / ("e" * 64)
    unused.mkdir(parents=True)
    (unused / "some.py").write_text("x = 1\n" * 1000)
    assert found(server=server)["environments"][0] == 1 and unused.exists()
    before = {path.name for path in (server.data / "databases").iterdir()}
    with server.connect() as connection:
        connection.cursor().execute("create database short_lived")
        connection.cursor().execute("drop database short_lived")
    (left,) = {path.name for path in (server.data / "databases").iterdir()} - before
    assert found(server=server)["files of dropped databases"][0] == 1 and (server.data / "databases" / left).exists()
    assert found("--apply", server=server)["file contents"] == (1, 5000)
    assert {path.name for path in (server.data / "databases").iterdir()} == before
    assert len(server.blobs()) == len(kept) - 1 and not unused.exists()
    assert all(count == 0 for count, _ in found(server=server).values())
    leave_one("second")
    server.stop()
    assert found("--data-directory", server.data, **environment)["file contents"] == (1, 5000)
    assert found("--data-directory", server.data, "--yes", **environment)["file contents"] == (1, 5000)
    assert len(server.blobs()) == len(kept) - 1
