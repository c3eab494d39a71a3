"""Makes the sample directories of MLflow beside the packages: python make_mlflow.py <directory>.

Binary payloads are replaced by a word: only their names matter.
"""
import os
import pathlib
import shutil
import sys

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

NEEDS = [f"mlflow=={mlflow.__version__}", "scikit-learn", "cloudpickle"]
STREAM = '''
import mlflow
from mlflow.models import set_model


class Stream(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[str], params=None) -> list[str]:
        return model_input

    def predict_stream(self, context, model_input, params=None):
        yield from model_input


set_model(Stream())
'''
ECHO = '''
import mlflow
from mlflow.models import set_model


class Echo(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input


set_model(Echo())
'''
out = pathlib.Path(sys.argv[1])


def place(name):
    shutil.rmtree(out / name, ignore_errors=True)
    return out / name


X = pd.DataFrame({"sepal length (cm)": [5.1, 6.0, 4.9], "petal_length": [1.4, 5.0, 1.3]})
model = LogisticRegression().fit(X, [0, 1, 0])
mlflow.sklearn.save_model(
    model, place("mlflow_sklearn"), signature=infer_signature(X, model.predict(X)), input_example=X.head(2),
    serialization_format="cloudpickle", metadata={"team": "plants", "number": 1}, pip_requirements=NEEDS)

types = pd.DataFrame({
    "a": [1.0, None], "b": ["x", "y"], "c": [1, 2], "d": [[1.0, 2.0], [3.0]], "o": [{"k": 1, "m": "z"}, {"k": 2}],
    "e": [[], None], "t": pd.to_datetime(["2020-01-01", "2021-01-01"]), "z": [True, False], "y": [b"1", b"2"],
    "i": np.array([1, 2], "int32"), "f": np.array([1, 2], "float32")})
params = {"n": 1, "s": "it's \\", "d": 0.5, "is_on": True, "arr": [1.5, 2.0], "when": np.datetime64("2024-01-02T03:04:05"),
          "obj": {"temperature": 0.1, "k": [1]}}
(out / "echo.py").write_text(ECHO)
mlflow.pyfunc.save_model(
    place("mlflow_types"), python_model=str(out / "echo.py"), pip_requirements=NEEDS,
    signature=infer_signature(types, np.array([[1.0, 2.0], [3.0, 4.0]]), params=params))

(out / "stream.py").write_text(STREAM)
mlflow.pyfunc.save_model(
    place("mlflow_stream"), python_model=str(out / "stream.py"), pip_requirements=NEEDS, model_config={"unit": "!"})
for file in ("echo.py", "stream.py"):
    (out / file).unlink()
for payload in out.glob("mlflow_*/*.pkl"):
    payload.write_text("pickle\n")
for text in out.glob("mlflow_*/MLmodel"):
    text.write_text(text.read_text().replace(str(out.resolve()), "/home/user").replace(str(out), "/home/user"))
