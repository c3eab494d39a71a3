"""What every measurement uses: CPU clocks of process trees, servers of the release build, rows of the table."""

import contextlib
import dataclasses
import os
import pathlib
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests/Clients"))
sys.path.insert(0, str(ROOT / "Tests/Clients/snowflake"))
os.environ.setdefault("ROOST_BINARY", str(ROOT / ".build/release/roost"))

from roost_server import RoostServer  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Row:
    """A line of the table. `aim` is text; `met` None where no aim was set."""

    what: str
    figure: str
    aim: str = ""
    met: bool = None


def cpu_of(pid):
    """User and system seconds of a process and its reaped children."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / TICKS


def cpu_of_server(server):
    """(server process alone, its workers and all below it)."""
    alone = pathlib.Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    own, reaped = sum(map(int, alone[11:13])) / TICKS, sum(map(int, alone[13:15])) / TICKS
    return own, reaped + sum(cpu_of(pid) for pid in server.descendants())


@dataclasses.dataclass
class Spent:
    wall: float = 0.0
    server: float = 0.0
    workers: float = 0.0
    client: float = 0.0

    @property
    def cpu(self):
        """CPU of the serving side."""
        return self.server + self.workers


@contextlib.contextmanager
def spent(server):
    """Times a block: wall, and CPU of server, workers and this process."""
    result = Spent()
    own, workers = cpu_of_server(server)
    client, began = time.process_time(), time.perf_counter()
    yield result
    result.wall, result.client = time.perf_counter() - began, time.process_time() - client
    now_own, now_workers = cpu_of_server(server)
    result.server, result.workers = now_own - own, now_workers - workers


@contextlib.contextmanager
def running(**environment):
    """A server on an empty temporary directory beside the project (same disk as real data)."""
    base = os.environ.get("ROOST_BENCH_DIRECTORY")
    with tempfile.TemporaryDirectory(prefix="roost-bench", dir=base) as folder:
        server = RoostServer(folder, {"ROOST_LOG_LEVEL": "warning", **environment})
        server.start()
        try:
            yield server
        finally:
            server.kill()


def median(values):
    return statistics.median(values)


def peak_memory(server):
    """Peak resident bytes since reset_peak."""
    for line in pathlib.Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


def reset_peak(server):
    pathlib.Path(f"/proc/{server.pid}/clear_refs").write_text("5")


def note(words):
    print(f"  {words}", file=sys.stderr, flush=True)
