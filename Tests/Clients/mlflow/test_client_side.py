"""What MLflow's client does by itself, with the models in Roost: environment variables, dependencies, inputs, overrides."""

import logging
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from mlflow.models import infer_signature
from roost_server import BINARY, PASSWORD
from sklearn.linear_model import LinearRegression

FRAME = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 7.0]})
LINE = LinearRegression().fit(FRAME, FRAME.sum(axis=1))
NEEDS = ["scikit-learn", "cloudpickle"]


def make_reader(mlflow):
    class Reader(mlflow.pyfunc.PythonModel):
        """The document's example: a key of a service decides what is predicted."""

        def predict(self, context, model_input: list[str], params=None):
            import os

            return [text if os.environ.get("TEST_API_KEY") else "no key" for text in model_input]

    return Reader()


@pytest.fixture
def logged(ml, fresh):
    """Logs a line with a signature; gives its address."""

    def run(requirements=NEEDS, **options):
        with ml.mlflow.start_run():
            return ml.mlflow.sklearn.log_model(
                LINE, name=fresh("line"), signature=infer_signature(FRAME, LINE.predict(FRAME)),
                pip_requirements=requirements, serialization_format="cloudpickle", **options).model_uri

    return run


@pytest.fixture
def warnings(caplog):
    """What the client warns of: its loggers tell nobody above them."""
    logger = logging.getLogger("mlflow")
    logger.addHandler(caplog.handler)
    yield lambda: "\n".join(record.getMessage() for record in caplog.records)
    logger.removeHandler(caplog.handler)


@pytest.mark.parametrize("wanted", [True, False])
def test_environment_variables_are_recorded_by_name(ml, fresh, monkeypatch, wanted):
    monkeypatch.setenv("TEST_API_KEY", "secret-value")
    monkeypatch.setenv("MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING", str(wanted).lower())
    monkeypatch.setenv("MLFLOW_DISABLE_SCHEMA_ENFORCEMENT", "false")
    with ml.mlflow.start_run():
        uri = ml.mlflow.pyfunc.log_model(
            name=fresh("reader"), python_model=make_reader(ml.mlflow), input_example=["x"],
            pip_requirements=["cloudpickle"]).model_uri
    directory = ml.mlflow.artifacts.download_artifacts(uri)
    described = ml.mlflow.models.get_model_info(uri).env_vars
    if wanted:
        text = open(f"{directory}/environment_variables.txt").read()
        assert "TEST_API_KEY" in text and "secret-value" not in text
        assert described == ["TEST_API_KEY"]
    else:
        assert not described
        with pytest.raises(FileNotFoundError):
            open(f"{directory}/environment_variables.txt")
    assert "secret-value" not in open(f"{directory}/MLmodel").read()


def test_dependencies_are_inferred_and_loading_installs_none(ml, logged, warnings):
    uri = logged(requirements=None)
    names = {line.split("==")[0].lower() for line in open(ml.mlflow.pyfunc.get_model_dependencies(uri))}
    assert {"mlflow", "scikit-learn", "numpy"} <= {name.strip() for name in names}

    missing = logged(requirements=[*NEEDS, "scikit-learn==0.1.2", "no-such-package==1.0"])
    loaded = ml.mlflow.pyfunc.load_model(missing)
    assert np.allclose(loaded.predict(FRAME), [5, 7, 10])
    said = warnings()
    assert "no-such-package" in said and "scikit-learn (current" in said, said
    listed = subprocess.run([sys.executable, "-m", "pip", "list"], capture_output=True, text=True)
    assert "no-such-package" not in listed.stdout


def test_inputs_of_every_kind_become_a_frame(ml, logged):
    model = ml.mlflow.pyfunc.load_model(logged())
    as_columns = {name: FRAME[name].to_numpy() for name in FRAME}
    as_rows = FRAME.to_dict(orient="records")
    for given in (FRAME, as_columns, as_rows, FRAME[["b", "a"]]):
        assert np.allclose(model.predict(given), [5, 7, 10]), given
    assert np.allclose(model.predict({"a": [1.0], "b": [4.0]}), [5])


def test_a_configuration_is_overridden_at_loading(ml, fresh, tmp_path):
    code = tmp_path / "configured.py"
    code.write_text(
        "import mlflow\n"
        "from mlflow.pyfunc import PythonModel\n"
        "class Greeter(PythonModel):\n"
        "    def predict(self, context, model_input: list[str], params=None):\n"
        "        return [context.model_config['word'] + ' ' + text for text in model_input]\n"
        "mlflow.models.set_model(Greeter())\n")
    with ml.mlflow.start_run():
        uri = ml.mlflow.pyfunc.log_model(
            name=fresh("greeter"), python_model=str(code), model_config={"word": "hello"},
            pip_requirements=["cloudpickle"]).model_uri
    assert ml.mlflow.pyfunc.load_model(uri).predict(["you"]) == ["hello you"]
    assert ml.mlflow.pyfunc.load_model(uri, model_config={"word": "bye"}).predict(["you"]) == ["bye you"]


def test_the_code_of_a_model_does_not_run_where_it_is_registered(server, ml, sql, fresh, tmp_path):
    """The client runs a model's code as it logs it; nothing of the server or of `roost log` does."""
    trace = tmp_path / "ran"
    code = tmp_path / "tracing.py"
    code.write_text(
        "import mlflow, pathlib\n"
        f"with open({str(trace)!r}, 'a') as file: file.write('ran\\n')\n"
        "class Model(mlflow.pyfunc.PythonModel):\n"
        "    def predict(self, context, model_input: list[str], params=None):\n"
        "        return model_input\n"
        "mlflow.models.set_model(Model())\n")
    directory = tmp_path / "model"
    ml.mlflow.pyfunc.save_model(directory, python_model=str(code), pip_requirements=["cloudpickle"])
    times = trace.read_text() if trace.exists() else ""
    name = fresh("traced").upper()
    environment = dict(
        os.environ, ROOST_HOST="127.0.0.1", ROOST_PORT=str(server.port), ROOST_USER="ADMIN", ROOST_PASSWORD=PASSWORD)
    done = subprocess.run([BINARY, "log", directory, "--name", name], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert sql(f"show versions in model {name}")
    assert (trace.read_text() if trace.exists() else "") == times


def test_a_flavor_is_added_to_a_model(ml, fresh, tmp_path):
    """A tool's own flavor comes back from the registry as `Model.add_flavor` wrote it."""
    directory = tmp_path / "m"
    ml.mlflow.sklearn.save_model(LINE, directory, serialization_format="cloudpickle", pip_requirements=NEEDS)
    (directory / "tool.bin").write_bytes(b"\0\1\2")
    model = ml.mlflow.models.Model.load(directory)
    model.add_flavor("our_tool", binary="tool.bin", level=3)
    model.save(str(directory / "MLmodel"))
    with ml.mlflow.start_run() as run:
        ml.mlflow.log_artifacts(str(directory), "tool")
    name = fresh("tool")
    version = ml.mlflow.register_model(f"runs:/{run.info.run_id}/tool", name)
    uri = f"models:/{name}/{version.version}"
    assert ml.mlflow.models.get_model_info(uri).flavors["our_tool"] == {"binary": "tool.bin", "level": 3}
    assert np.allclose(ml.mlflow.pyfunc.load_model(uri).predict(FRAME), [5, 7, 10])
