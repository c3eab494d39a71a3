"""The Python side of Roost's workers: a warm process per environment that forks one worker per request of the server.

Runs as `python -I -c <loader>` with a Unix socket on descriptor 3. The parent process (here called the zygote) imports
what every model needs, then forks; a child confines itself (roost_sandbox) before it imports a model's handler.
The frames are described in FrameStateMachine.swift and WorkerMessage.swift; both sides must agree.
"""
import gc
import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import traceback

import roost_mlflow
import roost_sandbox as sandbox

FORK, KILL = 1, 2
READY, FORKED, EXITED = 16, 17, 18
LOAD, PREDICT, MORE = 32, 33, 34
LOADED, RESULT, FULL, FAILED = 48, 49, 50, 51
HEADER = struct.Struct("<IBBH")
LARGEST_PAYLOAD = 64 << 20

WARM_IMPORTS = [
    "numpy", "pandas", "yaml", "cloudpickle", "anyio", "asyncio", "snowflake.ml.model",
    "snowflake.ml.model.custom_model", "snowflake.ml.model.model_signature",
    "snowflake.ml.model._packager.model_packager", "snowflake.ml.model._packager.model_handlers.sklearn",
    "sklearn", "sklearn.ensemble", "sklearn.linear_model", "sklearn.pipeline", "xgboost", "lightgbm",
]


class Channel:
    """Frames over a blocking stream socket, with the descriptors that came along."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = bytearray()
        self.descriptors = []

    def send(self, kind, payload):
        if not isinstance(payload, (bytes, bytearray)):
            payload = json.dumps(payload).encode()
        self.sock.sendall(HEADER.pack(len(payload), kind, 0, 0) + payload)

    def receive(self):
        """(kind, payload, descriptors), or None when the server is gone."""
        while True:
            if len(self.buffer) >= HEADER.size:
                length, kind, count, _ = HEADER.unpack_from(self.buffer)
                if length > LARGEST_PAYLOAD:
                    raise ValueError("a frame is too long")
                if len(self.buffer) >= HEADER.size + length:
                    payload = bytes(self.buffer[HEADER.size:HEADER.size + length])
                    del self.buffer[:HEADER.size + length]
                    taken, self.descriptors = self.descriptors[:count], self.descriptors[count:]
                    return kind, payload, taken
            data, descriptors, _, _ = socket.recv_fds(self.sock, 1 << 16, 64)
            if not data:
                return None
            self.buffer += data
            self.descriptors += descriptors


def warm_up():
    """Imports what most models need; returns what could not be had."""
    import importlib
    missing = []
    for name in WARM_IMPORTS:
        try:
            importlib.import_module(name)
        except Exception as error:  # a package may fail in any way; models that need it will say so
            missing.append(f"{name}: {type(error).__name__}")
            # What was half imported would hide the reason from the next import.
            root = name.split(".")[0] if not name.startswith("snowflake.ml") else "snowflake.ml"
            for half in [other for other in sys.modules if other == root or other.startswith(root + ".")]:
                del sys.modules[half]
    return missing


class Zygote:
    def __init__(self, channel, temporary):
        self.channel = channel
        self.temporary = temporary
        self.workers = {}  # process id -> the server's number

    def serve(self):
        wake, woken = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        poll = select.poll()
        poll.register(self.channel.sock, select.POLLIN)
        poll.register(wake, select.POLLIN)
        while True:
            for fd, _ in poll.poll():
                if fd == wake:
                    try:
                        os.read(wake, 4096)
                    except BlockingIOError:
                        pass
                    self.reap()
                elif not self.command():
                    return

    def command(self):
        # All complete frames in the buffer are handled: poll only sees what is still in the socket.
        while True:
            frame = self.channel.receive()
            if frame is None:
                return False
            kind, payload, descriptors = frame
            request = json.loads(payload)
            if kind == FORK:
                self.fork(request, descriptors[0])
            elif kind == KILL:
                for pid, number in self.workers.items():
                    if number == request["worker"]:
                        os.kill(pid, signal.SIGKILL)
            if not self.channel.buffer:
                return True

    def fork(self, request, descriptor):
        number = request["worker"]
        if roost_mlflow.is_handler(request["handler"]):
            roost_mlflow.warm_up()
        directory = os.path.join(self.temporary, f"w{number}")
        os.makedirs(directory, mode=0o700, exist_ok=True)
        try:
            pid = os.fork()
        except OSError as error:
            os.close(descriptor)
            self.channel.send(EXITED, {"worker": number, "reason": f"fork: {error.strerror}"})
            return
        if pid == 0:
            code = 70
            try:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                self.channel.sock.close()
                run_worker(Channel(socket.socket(fileno=descriptor)), request, directory)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        self.workers[pid] = number
        os.close(descriptor)
        self.channel.send(FORKED, {"worker": number, "pid": pid})

    def reap(self):
        while self.workers:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            number = self.workers.pop(pid, None)
            if number is None:
                continue
            shutil.rmtree(os.path.join(self.temporary, f"w{number}"), ignore_errors=True)
            report = {"worker": number, "memory": usage.ru_maxrss * 1024, "cpu": usage.ru_utime + usage.ru_stime}
            if os.WIFSIGNALED(status):
                report["signal"] = os.WTERMSIG(status)
            else:
                report["status"] = os.WEXITSTATUS(status)
            self.channel.send(EXITED, report)

    def end(self):
        for pid in self.workers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def confine(request, directory):
    """Takes the rights away; returns the layers that are on."""
    layers = []
    sandbox.die_with_parent()
    sandbox.limit_resources(request["memory"], request["fileSize"], 1024)
    layers.append("rlimits")
    if request["sandbox"] != "off":
        sandbox.no_new_privileges()
        readable = [*request["readable"], request["directory"], f"/proc/{os.getpid()}", "/proc/meminfo",
                    "/proc/cpuinfo", "/proc/stat", "/sys/devices/system/cpu"]
        try:
            sandbox.confine_files(readable, [directory])
            layers.append("landlock")
        except sandbox.LandlockUnavailable as error:
            print(f"roost: {error.strerror}; workers of one environment can read each other's versions",
                  file=sys.stderr)
        sandbox.filter_system_calls()
        layers.append("seccomp")
    return layers


def run_worker(channel, request, directory):
    """One worker's life: confine itself, load one handler, serve batches until the server hangs up."""
    import numpy
    import roost_handler
    os.environ.update(HOME=directory, TMPDIR=directory)
    tempfile.tempdir = None
    os.chdir(directory)
    numpy.random.seed(None)
    layers = confine(request, directory)
    failed = None
    try:
        make = roost_mlflow.Handler if roost_mlflow.is_handler(request["handler"]) else roost_handler.Handler
        handler = make(request)
        channel.send(LOADED, {"layers": layers, **handler.describe()})
    except BaseException as error:
        failed = roost_handler.describe_failure(error)
    if failed:
        channel.send(FAILED, failed)
        return
    gc.collect()
    segments = roost_handler.Segments()
    while True:
        frame = channel.receive()
        if frame is None:
            return
        kind, payload, descriptors = frame
        if kind != PREDICT:
            raise ValueError(f"unexpected frame {kind}")
        if request["cpuSeconds"]:
            sandbox.allow_cpu(request["cpuSeconds"])
        batch = segments.take(payload, descriptors)
        try:
            result = handler.run(batch)
        except BaseException as error:
            channel.send(FAILED, roost_handler.describe_failure(error))
            continue
        needed = result.size
        if needed > batch.room:
            channel.send(FULL, struct.pack("<Q", needed))
            frame = channel.receive()
            if frame is None:
                return
            kind, payload, descriptors = frame
            if kind != MORE:
                raise ValueError(f"unexpected frame {kind}")
            batch.take_room(segments, payload, descriptors)
        channel.send(RESULT, result.write(batch))
        del batch, result


def main():
    channel = Channel(socket.socket(fileno=3))
    options = json.loads(sys.argv[1])
    if options["sandbox"] != "full":
        sandbox.die_with_parent()
    temporary = options["temporary"]
    missing = warm_up()
    gc.collect()
    gc.freeze()
    zygote = Zygote(channel, temporary)
    channel.send(READY, {"python": sys.version.split()[0], "missing": missing, "landlock": sandbox.landlock_abi()})
    try:
        zygote.serve()
    finally:
        zygote.end()
