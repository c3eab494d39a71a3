"""A real `roost serve` process on a temporary data directory and a free port, for the tests of every client."""

import atexit
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ROOST_BINARY", ROOT / ".build/debug/roost"))
PASSWORD = "correct horse battery staple"
LISTENING = re.compile(r"listening on https?://[^\s:]+:(\d+)")


def places():
    """Where set-up put what the server needs; an answer in the environment wins."""
    home = ROOT / ".roost"
    found = {
        "ROOST_NATIVE_DIRECTORY": home / "native",
        "ROOST_WORKER_PYTHON": home / "python/bin/python",
    }
    if (home / "uv-path").exists():
        found["ROOST_UV"] = (home / "uv-path").read_text().strip()
    return {key: os.environ.get(key, str(value)) for key, value in found.items()}


class RoostServer:
    """One data directory and the process that serves it, which may be killed and started again.

    `directory` holds the data under `data/` and the log in `server.log` (appended over restarts).
    `environment` adds settings, for instance ROOST_RESULT_CHUNK_ROWS="500".
    """

    def __init__(self, directory, environment=None, arguments=()):
        self.directory = pathlib.Path(directory)
        self.data = self.directory / "data"
        self.log = self.directory / "server.log"
        self.environment = dict(environment or {})
        self.arguments = list(arguments)
        self.scheme, self.trust = "http", None  # a TLS test sets "https" and an SSL context
        self.process = None
        self.port = None

    # -- life -----------------------------------------------------------------------------------------------------
    def start(self, timeout=60):
        """Starts the process and waits until /ready answers 200. Gives the seconds this took."""
        assert self.process is None, "the server runs already"
        self.directory.mkdir(parents=True, exist_ok=True)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ROOST_")}
        # Passwords cost little: a debug build takes seconds for one at the default.
        environment.update(places(), ROOST_ADMIN_PASSWORD=PASSWORD, ROOST_LOG_LEVEL="info", ROOST_PASSWORD_COST="10")
        environment.update(self.environment)
        began = time.monotonic()
        with open(self.log, "ab") as log:
            offset = log.tell()
            self.process = subprocess.Popen(
                [BINARY, "serve", "--data-directory", self.data, "--port", "0", *self.arguments],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, cwd=self.directory)
        while True:
            text = self.log.read_bytes()[offset:].decode(errors="replace")
            if found := LISTENING.search(text):
                self.port = int(found.group(1))
                if self.get("/ready")[0] == 200:
                    return time.monotonic() - began
            if self.process.poll() is not None:
                code, self.process = self.process.returncode, None
                raise AssertionError(f"the server ended with {code} while starting:\n{text[-4000:]}")
            if time.monotonic() - began > timeout:
                self.kill()
                raise AssertionError(f"the server was not ready after {timeout} s:\n{text[-4000:]}")
            time.sleep(0.01)

    def stop(self, timeout=20):
        """SIGTERM, as an operator stops it. Gives the seconds it took; fails when it does not end or ends badly."""
        if self.process is None:
            return 0.0
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.forget_sessions()
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not end within {timeout} s of SIGTERM: {self.log_tail()}")
        self.process = None
        assert code == 0, f"the server ended with {code} after SIGTERM: {self.log_tail()}"
        return time.monotonic() - began

    def kill(self):
        """kill -9, as a crash or the kernel does it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
            self.forget_sessions()

    def forget_sessions(self):
        """Lets go of Snowpark's sessions with this server, which is gone: the client would try each again for minutes,
        whenever it looks for a session to send its telemetry by, and at exit."""
        snowpark = sys.modules.get("snowflake.snowpark.session")
        for session in list(snowpark._active_sessions) if snowpark else ():
            if int(session.connection.port) == self.port:
                snowpark._active_sessions.discard(session)
                atexit.unregister(session._close_at_exit)
                atexit.unregister(session.connection._close_at_exit)
        telemetry = sys.modules.get("snowflake.ml._internal.telemetry")
        if telemetry and telemetry._conn is not None and int(telemetry._conn.port) == self.port:
            telemetry._conn = None

    @property
    def alive(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        return self.process.pid

    def log_tail(self, characters=3000):
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""

    # -- callers --------------------------------------------------------------------------------------------------
    def get(self, path, timeout=10):
        """Status and body of a plain GET; status 0 when nobody answers."""
        try:
            with urllib.request.urlopen(
                    f"{self.scheme}://127.0.0.1:{self.port}{path}", timeout=timeout, context=self.trust) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except (urllib.error.URLError, ConnectionError, socket.timeout):
            return 0, b""

    def parameters(self, **over):
        """Connection parameters of the stock connector and of Snowpark."""
        parameters = dict(
            host="127.0.0.1", port=self.port, protocol="http", account="local", user="ADMIN", password=PASSWORD,
            database="ML", schema="REGISTRY", login_timeout=30, network_timeout=300)
        parameters.update(over)
        return {key: value for key, value in parameters.items() if value is not None}

    def connect(self, **over):
        import snowflake.connector

        return snowflake.connector.connect(**self.parameters(**over))

    def session(self, **over):
        from snowflake.snowpark import Session

        return Session.builder.configs(self.parameters(**over)).create()

    def registry(self, session=None):
        from snowflake.ml.registry import Registry

        return Registry(session=session or self.session(), database_name="ML", schema_name="REGISTRY")

    # -- what it uses ---------------------------------------------------------------------------------------------
    def descendants(self):
        """Processes under the server: {pid: command line}. Workers, zygotes and their sandboxes."""
        parents, commands = {}, {}
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                stat = (entry / "stat").read_text()
                commands[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if stat.rpartition(")")[2].split()[0] != "Z":
                parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
        found, level = {}, {self.pid}
        while level:
            level = {pid for pid, parent in parents.items() if parent in level and pid not in found}
            found.update({pid: commands[pid] for pid in level})
        return found

    def resident_bytes(self):
        """Resident memory of the server process, its workers apart."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def blobs(self):
        """Names of the blobs on disk."""
        return {path.name for path in (self.data / "blobs").rglob("*") if path.is_file()}
