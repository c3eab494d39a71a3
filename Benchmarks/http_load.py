"""Raw HTTP load: connections that send requests and read answers, with nothing of a client library between."""

import multiprocessing
import socket
import time


class Connection:
    """One keep-alive connection, or with `fresh` a new one for each request."""

    def __init__(self, port, headers=None, fresh=False):
        self.port, self.fresh, self.socket = port, fresh, None
        lines = {"Host": f"127.0.0.1:{port}", **(headers or {}), **({"Connection": "close"} if fresh else {})}
        self.headers = "".join(f"{key}: {value}\r\n" for key, value in lines.items())

    def open(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb", 1 << 20)

    def close(self):
        if self.socket:
            self.reader.close()
            self.socket.close()
            self.socket = None

    def send(self, method, path, body=b"", headers=""):
        """(status, body) of one request; `headers` are further lines, each with its end."""
        if self.socket is None:
            self.open()
        head = f"{method} {path} HTTP/1.1\r\n{self.headers}{headers}Content-Length: {len(body)}\r\n\r\n".encode()
        if len(body) < 1 << 16:
            self.socket.sendall(head + body)
        else:
            self.socket.sendall(head)
            self.socket.sendall(body)
        status = int(self.reader.readline().split()[1])
        length, chunked, ends = 0, False, self.fresh
        while (line := self.reader.readline()) not in (b"\r\n", b""):
            key, _, value = line.partition(b":")
            key = key.lower()
            if key == b"content-length":
                length = int(value)
            chunked |= key == b"transfer-encoding"
            ends |= key == b"connection" and b"close" in value.lower()
        if chunked:
            parts = []
            while (size := int(self.reader.readline(), 16)):
                parts.append(self.reader.read(size))
                self.reader.readline()
            self.reader.readline()
            answer = b"".join(parts)
        else:
            answer = self.reader.read(length)
        if ends:
            self.close()
        return status, answer


def _client(pipe, port, headers, fresh, requests):
    connection, times = Connection(port, headers, fresh), []
    try:
        for method, path, body, more in requests:
            began = time.perf_counter()
            status, answer = connection.send(method, path, body, more)
            times.append(time.perf_counter() - began)
            if status >= 300:
                raise AssertionError(f"{method} {path}: {status} {answer[:300]}")
        pipe.send(times)
    except BaseException as error:  # noqa: BLE001 - handed over to the parent, which raises it
        pipe.send(repr(error))


def load(port, clients, headers=None, fresh=False):
    """Sends each client's requests, `(method, path, body, further header lines)`, from a process of its own.

    Gives the seconds that each request took, of all clients.
    """
    context, running = multiprocessing.get_context("fork"), []
    for requests in clients:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_client, args=(theirs, port, headers, fresh, requests), daemon=True)
        process.start()
        running.append((process, ours))
    times = []
    for process, pipe in running:
        result = pipe.recv()
        process.join()
        assert isinstance(result, list), result
        times += result
    return times


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]
