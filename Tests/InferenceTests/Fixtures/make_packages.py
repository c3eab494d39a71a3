"""Packages models with the real client, without a server: `make_packages.py DIRECTORY [NAME...]`.

Every package gets a directory with the tree that log_model would upload, and `expected.json`: inputs and what the model
predicts for them in this process.
"""
import json
import os
import pathlib
import sys
from unittest import mock

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression

from snowflake.ml._internal import file_utils, platform_capabilities
from snowflake.ml.model import custom_model, model_signature, target_platform
from snowflake.ml.model._model_composer import model_composer


def package(root, name, model, signatures=None, sample=None, options=None, features=None):
    path = root / name
    options = {"relax_version": True, "enable_explainability": False, **(options or {})}
    platforms = target_platform.TargetPlatform  # the warehouse, as log_model chooses by itself
    with mock.patch.object(file_utils, "upload_directory_to_stage"), \
            platform_capabilities.PlatformCapabilities.mock_features(features or {"dummy": "dummy"}):
        composer = model_composer.ModelComposer(
            session=mock.MagicMock(), stage_path="@a.b.c/d", save_location=str(path))
        composer.save(name=name, model=model, signatures=signatures, sample_input_data=sample, options=options,
                      target_platforms=[platforms.WAREHOUSE])
    return path


def feature(name, kind, shape=None):
    return model_signature.FeatureSpec(name, getattr(model_signature.DataType, kind), shape=shape)


def forest(root, trees=100, depth=6, columns=30):
    random = np.random.default_rng(7)
    data = pd.DataFrame(random.normal(size=(2000, columns)), columns=[f"F{i}" for i in range(columns)])
    label = ((data.F0 + data.F1 * data.F2 > 0).astype(int) + (data.F3 > 1)).astype("int64")
    model = RandomForestClassifier(trees, max_depth=depth, random_state=0).fit(data, label)
    path = package(root, "forest", model, sample=data.head(50))
    rows = data.head(3000)
    expected = {"inputs": rows.T.values.tolist(), "predict": model.predict(rows).tolist(),
                "probabilities": model.predict_proba(rows).T.tolist()}
    (path / "expected.json").write_text(json.dumps(expected))


def regressor(root):
    random = np.random.default_rng(8)
    data = pd.DataFrame({"A": random.normal(size=500), "N": random.integers(0, 100, 500)})
    model = LinearRegression().fit(data, data.A * 2 + data.N)
    path = package(root, "regressor", model, sample=data)
    (path / "expected.json").write_text(json.dumps({"inputs": data.T.values.tolist(),
                                                    "predict": model.predict(data).ravel().tolist()}))


class Types(custom_model.CustomModel):
    """Gives back what it gets, as it got it."""

    @custom_model.inference_api
    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame.rename(columns=lambda name: "OUT_" + name)

    @custom_model.inference_api
    def shapes(self, frame: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({
            "F": [float("nan") if i % 3 == 0 else i * 0.5 for i in range(len(frame))],
            "T": [None if i % 3 == 0 else f"Zeile {i} ü€😀" for i in range(len(frame))],
            "A": [np.array([i, i + 1]) for i in range(len(frame))],
            "L": [[1.5, float("nan"), None] for _ in range(len(frame))],
            "D": [pd.Timestamp("2024-02-29 12:34:56.789012") for _ in range(len(frame))],
            "B": [bytes([i % 256, 0, 255]) for i in range(len(frame))],
            "O": [bool(i % 2) for i in range(len(frame))],
        })


ALL = {"B": "BOOL", "I": "INT64", "S": "INT16", "D": "DOUBLE", "F": "FLOAT", "T": "STRING", "Y": "BYTES",
       "TS": "TIMESTAMP_NTZ"}


def types(root):
    inputs = [feature(name, kind) for name, kind in ALL.items()] + [feature("L", "DOUBLE", (-1,))]
    outputs = [feature("OUT_" + name, kind) for name, kind in ALL.items()] + [feature("OUT_L", "DOUBLE", (-1,))]
    shapes = [feature("F", "DOUBLE"), feature("T", "STRING"), feature("A", "INT64", (2,)),
              feature("L", "DOUBLE", (-1,)), feature("D", "TIMESTAMP_NTZ"), feature("B", "BYTES"), feature("O", "BOOL")]
    package(root, "types", Types(custom_model.ModelContext()), signatures={
        "predict": model_signature.ModelSignature(inputs=inputs, outputs=outputs),
        "shapes": model_signature.ModelSignature(inputs=[feature("X", "DOUBLE")], outputs=shapes),
    })


class Params(custom_model.CustomModel):
    @custom_model.inference_api
    def predict(self, frame: pd.DataFrame, *, factor: float = 2.0, word: str = "x") -> pd.DataFrame:
        return pd.DataFrame({"Y": frame["X"].astype(float) * factor, "W": [word] * len(frame)})


def params(root):
    spec = model_signature.ParamSpec
    package(root, "params", Params(custom_model.ModelContext()), signatures={
        "predict": model_signature.ModelSignature(
            inputs=[feature("X", "DOUBLE")], outputs=[feature("Y", "DOUBLE"), feature("W", "STRING")],
            params=[spec("factor", model_signature.DataType.DOUBLE, default_value=2.0),
                    spec("word", model_signature.DataType.STRING, default_value="x")])})


class Wide(custom_model.CustomModel):
    @custom_model.inference_api
    def predict(self, frame: pd.DataFrame, *, factor: float = 1.0) -> pd.DataFrame:
        return pd.DataFrame({"SUM": frame.astype(float).sum(axis=1) * factor})


def wide(root):
    package(root, "wide", Wide(custom_model.ModelContext()), signatures={
        "predict": model_signature.ModelSignature(
            inputs=[feature(f"C{i}", "DOUBLE") for i in range(600)], outputs=[feature("SUM", "DOUBLE")],
            params=[model_signature.ParamSpec("factor", model_signature.DataType.DOUBLE, default_value=1.0)])})


class Small(custom_model.CustomModel):
    @custom_model.inference_api
    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"ROWS": [len(frame)] * len(frame)})


def small(root):
    package(root, "small", Small(custom_model.ModelContext()), signatures={
        "predict": model_signature.ModelSignature(inputs=[feature("X", "DOUBLE")], outputs=[feature("ROWS", "INT64")])},
        options={"method_options": {"predict": {"max_batch_size": 10}}})


class Parts(custom_model.CustomModel):
    @custom_model.partitioned_api
    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"TOTAL": [frame["X"].sum(), float(len(frame))]})

    @custom_model.inference_api
    def each(self, frame: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"DOUBLED": frame["X"] * 2})


def parts(root):
    signature = model_signature.ModelSignature(inputs=[feature("X", "DOUBLE")], outputs=[feature("TOTAL", "DOUBLE")])
    each = model_signature.ModelSignature(inputs=[feature("X", "DOUBLE")], outputs=[feature("DOUBLED", "DOUBLE")])
    package(root, "parts", Parts(custom_model.ModelContext()), signatures={"predict": signature, "each": each},
            options={"function_type": "TABLE_FUNCTION"})


class Hostile(custom_model.CustomModel):
    """Does what the text in its column says."""

    @custom_model.inference_api
    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"R": [self.act(str(text)) for text in frame["WHAT"]]})

    def act(self, what):
        import ctypes
        import socket
        import time
        verb, _, rest = what.partition(" ")
        if verb == "raise":
            raise KeyError("a wrong key")
        if verb == "loop":
            while True:
                time.sleep(0.01)
        if verb == "spin":
            while True:
                pass
        if verb == "memory":
            held = []
            while True:
                held.append(bytearray(64 << 20))
        if verb == "exit":
            os._exit(3)
        if verb == "sysexit":
            sys.exit(4)
        if verb == "abort":
            os.abort()
        if verb == "pid":
            return str(os.getpid())
        if verb == "environ":
            return json.dumps(dict(os.environ))
        if verb == "print":
            print("x" * int(rest), flush=True)
            sys.stderr.write("err\n")
            return "printed"
        if verb == "tmp":
            import tempfile
            with tempfile.NamedTemporaryFile() as file:
                file.write(b"x" * 1000)
            return "ok"
        if verb == "async":
            import asyncio
            return asyncio.run(asyncio.sleep(0, "ok"))
        if verb == "threads":
            import threading
            seen = []
            threads = [threading.Thread(target=lambda: seen.append(1)) for _ in range(4)]
            [t.start() for t in threads], [t.join() for t in threads]
            return str(len(seen))
        try:
            if verb == "read":
                with open(rest, "rb") as file:
                    return "read " + str(len(file.read(10)))
            if verb == "list":
                return "listed " + str(len(os.listdir(rest)))
            if verb == "write":
                with open(rest, "wb") as file:
                    file.write(b"x")
                return "wrote"
            if verb == "socket":
                socket.create_connection(("127.0.0.1", int(rest)), 1)
                return "connected"
            if verb == "unix":
                socket.socket(socket.AF_UNIX).connect(rest)
                return "connected"
            if verb == "exec":
                os.execv("/bin/true", ["true"])
            if verb == "spawn":
                import subprocess
                return subprocess.check_output(["/bin/echo", "spawned"]).decode()
            if verb == "fork":
                pid = os.fork()
                if pid == 0:
                    os._exit(0)
                return "forked"
            if verb == "killparent":
                os.kill(os.getppid(), 9)
                return "killed"
            if verb == "ptrace":
                libc = ctypes.CDLL(None, use_errno=True)
                return "traced" if libc.ptrace(16, os.getppid(), 0, 0) == 0 else "refused " + str(ctypes.get_errno())
        except (OSError, MemoryError) as error:
            return "refused " + type(error).__name__
        return what


def hostile(root):
    package(root, "hostile", Hostile(custom_model.ModelContext()), signatures={
        "predict": model_signature.ModelSignature(
            inputs=[feature("WHAT", "STRING")], outputs=[feature("R", "STRING")])})


class Wrong(custom_model.CustomModel):
    @custom_model.inference_api
    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        values = {"fraction": 1.5, "text": "abc", "list": [1, 2], "range": 2**70, "good": 7, "null": None}
        return pd.DataFrame({"N": pd.Series([values[str(what)] for what in frame["WHAT"]], dtype=object)})


def wrong(root):
    package(root, "wrong", Wrong(custom_model.ModelContext()), signatures={
        "predict": model_signature.ModelSignature(inputs=[feature("WHAT", "STRING")], outputs=[feature("N", "INT64")])})


def single(root):
    random = np.random.default_rng(9)
    data = pd.DataFrame({"A": random.normal(size=100), "B": random.normal(size=100)})
    model = RandomForestRegressor(5, random_state=0).fit(data, data.A)
    package(root, "single", model, sample=data, features={"ENABLE_MODEL_METHOD_SINGLE_OUTPUT_NATIVE_TYPE": True})


def broken(root):
    """A pickle that opens a socket when it is loaded, and one that can't be loaded at all."""
    path = package(root, "broken", LinearRegression().fit([[0.0]], [0.0]), sample=pd.DataFrame({"A": [1.0]}))
    (path / "model" / "models" / "broken" / "model.pkl").write_bytes(
        b"\x80\x04csocket\ncreate_connection\n((Vlocalhost\nI1\ntI1\ntR.")


ALL_PACKAGES = [forest, regressor, types, params, wide, small, parts, hostile, wrong, single, broken]

if __name__ == "__main__":
    root = pathlib.Path(sys.argv[1])
    root.mkdir(parents=True, exist_ok=True)
    for make in ALL_PACKAGES:
        if len(sys.argv) < 3 or make.__name__ in sys.argv[2:]:
            make(root)
