"""Start until ready, and memory when idle."""

import time

from measure import Row, cpu_of_server, median, running


def measure():
    with running() as server:
        first = None
        times = []
        for _ in range(7):
            server.stop()
            seconds = server.start()
            first = first or seconds
            times.append(seconds)
        time.sleep(3)
        idle = server.resident_bytes()
        before = sum(cpu_of_server(server))
        time.sleep(5)
        used = (sum(cpu_of_server(server)) - before) / 5
        workers = len(server.descendants())
    with running() as empty:
        from measure import RoostServer

        started = []
        for index in range(3):
            fresh = RoostServer(empty.directory / f"fresh{index}", {"ROOST_LOG_LEVEL": "warning"})
            started.append(fresh.start())
            fresh.kill()
    return [
        Row("start to ready, existing data", f"{median(times):.2f} s (slowest of {len(times)}: {max(times):.2f} s)", "< 0.5 s", median(times) < 0.5),
        Row("start to ready, first start", f"{median(started):.2f} s"),
        Row("server memory, idle", f"{idle / 2**20:.0f} MB ({workers} other processes)", "< 80 MB", idle < 80 << 20),
        Row("server CPU, idle", f"{used * 100:.1f} % of a core"),
    ]
