"""PUT and GET of 200 MB against the raw disk and loopback, and the server's memory meanwhile."""

import http.client
import os
import pathlib
import socket
import threading
import time
import urllib.parse

from measure import Row, median, note, peak_memory, reset_peak, running, spent
from roost_server import PASSWORD
from wire import Wire

SIZE, ROUNDS = 200 * 1000 * 1000, 3


def disk(folder, content):
    """Seconds to write the bytes to a file and have them on the disk (as dd conv=fdatasync does)."""
    path = pathlib.Path(folder) / "raw"
    began = time.perf_counter()
    with open(path, "wb", buffering=0) as file:
        for at in range(0, SIZE, 1 << 20):
            file.write(content[at:at + (1 << 20)])
        os.fdatasync(file.fileno())
    seconds = time.perf_counter() - began
    path.unlink()
    return seconds


def loopback(content):
    """Seconds to send the bytes through a TCP connection on this machine to a reader that drops them."""
    listener = socket.create_server(("127.0.0.1", 0))

    def drain():
        connection, _ = listener.accept()
        buffer = bytearray(1 << 20)
        while connection.recv_into(buffer):
            pass
        connection.close()

    thread = threading.Thread(target=drain)
    thread.start()
    began = time.perf_counter()
    with socket.create_connection(listener.getsockname()) as connection:
        connection.sendall(content)
    thread.join()
    listener.close()
    return time.perf_counter() - began


def put(server, url, content):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, blocksize=1 << 20)
    connection.request("PUT", f"{parts.path}?{parts.query}" if parts.query else parts.path, memoryview(content))
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status in (200, 201, 204), (answer.status, body[:300])
    connection.close()


def get(server, url):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
    answer, buffer, total = connection.getresponse(), bytearray(1 << 20), 0
    assert answer.status == 200
    while count := answer.readinto(buffer):
        total += count
    connection.close()
    assert total == SIZE, total


def measure():
    rate = lambda seconds: f"{SIZE / seconds / 1e6:,.0f} MB/s"
    puts, gets, disks, loops = [], [], [], []
    with running() as server:
        wire = Wire(server, password=PASSWORD)
        wire.query("create stage ML.REGISTRY.BENCH")
        reset_peak(server)
        for index in range(ROUNDS):
            content = os.urandom(SIZE)
            disks.append(disk(server.directory, content))
            loops.append(loopback(content))
            url = wire.query(f"PUT 'file:///tmp/f{index}.bin' @ML.REGISTRY.BENCH auto_compress=false").data["stageInfo"]["presignedUrl"]
            with spent(server) as used:
                put(server, url, content)
            puts.append(used)
            url = wire.query(f"GET @ML.REGISTRY.BENCH/f{index}.bin 'file:///tmp/'").data["presignedUrls"][0]
            with spent(server) as used:
                get(server, url)
            gets.append(used)
        peak = peak_memory(server)
    writing, reading = median([p.wall for p in puts]), median([g.wall for g in gets])
    note(f"transfers: PUT walls {[round(p.wall, 2) for p in puts]}, GET walls {[round(g.wall, 2) for g in gets]}")
    return [
        Row("raw disk, 200 MB written and synced", rate(median(disks))),
        Row("loopback, 200 MB", rate(median(loops))),
        Row("PUT of 200 MB", f"{rate(writing)} = {median(disks) / writing:.2f}x of the disk, {median(loops) / writing:.2f}x of loopback; server CPU {median([p.server for p in puts]):.2f} s"),
        Row("GET of 200 MB", f"{rate(reading)} = {median(loops) / reading:.2f}x of loopback; server CPU {median([g.server for g in gets]):.2f} s"),
        Row("server memory, peak while 200 MB pass", f"{peak / 2**20:.0f} MB", "< 150 MB", peak < 150 << 20),
    ]
