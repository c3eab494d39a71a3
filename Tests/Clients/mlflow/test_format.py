"""Model directories as MLflow writes them: registered by reading alone, then run from SQL and with the stock client."""

import json
import os
import pathlib
import subprocess
import sys

import mlflow
import numpy as np
import pandas as pd
import pytest
import snowflake.connector
from mlflow.models import ModelSignature, infer_signature
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec
from mlflow.types.schema import Array, Map, Object, Property
from roost_server import BINARY, PASSWORD
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from snowflake.ml.model import ExportMode

ProgrammingError = snowflake.connector.errors.ProgrammingError
X, Y = load_iris(as_frame=True, return_X_y=True)
# What the models name as their requirements: to infer them takes MLflow a process and ten seconds each.
NEEDS = [f"mlflow=={mlflow.__version__}", "cloudpickle", "scikit-learn"]
IRIS = LogisticRegression(max_iter=300).fit(X, Y)


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """No telemetry, no store: the tests only save."""
    patch = pytest.MonkeyPatch()
    patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    yield
    patch.undo()


@pytest.fixture
def register(sql, name, tmp_path):
    """Puts a directory into a stage and makes a model of it; gives the model's name."""
    def run(directory, model=None, version=None):
        stage, model = name("STAGE"), model or name("MLFLOW")
        sql(f"create temporary stage {stage}")
        for file in sorted(pathlib.Path(directory).rglob("*")):
            if file.is_file():
                place = file.relative_to(directory).parent.as_posix()
                sql(f"put 'file://{file}' '@{stage}/m/{'' if place == '.' else place}' auto_compress=false")
        sql(f"create model {model} with version {version or 'V1'} from @{stage}/m")
        return model
    return run


def cells(rows):
    return [tuple(json.loads(cell) if isinstance(cell, str) and cell[:1] in "[{" else cell for cell in row)
            for row in rows]


def test_a_scikit_learn_model_runs_in_sql_and_in_the_stock_client(server, sql, register, tmp_path):
    directory = tmp_path / "m"
    mlflow.sklearn.save_model(
        IRIS, directory, signature=infer_signature(X, IRIS.predict(X)), input_example=X.head(2),
        serialization_format="cloudpickle", pip_requirements=NEEDS, metadata={"team": "plants"})
    model = register(directory)
    assert cells(sql(f"select {model}!predict(5.1, 3.5, 1.4, 0.2)")) == [({"output_feature_0": 0},)]
    (version,) = [dict(zip([c[0] for c in cursor.description], row)) for cursor in [server.connect().cursor()]
                  for row in cursor.execute(f"show versions in model {model}").fetchall()]
    assert json.loads(version["model_attributes"])["framework"] == "sklearn"
    assert json.loads(version["model_attributes"])["client"] == f"mlflow {mlflow.__version__}"
    assert json.loads(version["user_data"]) == {"team": "plants"}
    (function,) = sql(f"show functions in model {model}")
    assert function[1] == "PREDICT" and "sepal length (cm) DOUBLE" in function[8]

    with server.session() as session:
        version = server.registry(session).get_model(model).version("V1")
        (shown,) = version.show_functions()
        assert shown["name"] == "PREDICT" and [s.name for s in shown["signature"].inputs] == list(X.columns)
        predicted = version.run(X, function_name="predict")
        assert predicted["output_feature_0"].tolist() == IRIS.predict(X).tolist()
        exported = tmp_path / "back"
        exported.mkdir()
        version.export(str(exported), export_mode=ExportMode.FULL)
    assert mlflow.pyfunc.load_model(str(exported)).predict(X).tolist() == IRIS.predict(X).tolist()
    for file in directory.rglob("*"):
        assert not file.is_file() or (exported / file.relative_to(directory)).read_bytes() == file.read_bytes()


def test_boosters_run_with_their_own_flavors(sql, register, tmp_path):
    import lightgbm
    import xgboost

    frame = X.set_axis(["a", "b", "c", "d"], axis=1)
    models = {
        "xgboost": xgboost.XGBClassifier(n_estimators=3, max_depth=2).fit(frame, Y),
        "lightgbm": lightgbm.train({"objective": "regression", "verbose": -1, "num_threads": 1},
                                   lightgbm.Dataset(frame, Y), num_boost_round=3),
    }
    for flavor, trained in models.items():
        directory = tmp_path / flavor
        getattr(mlflow, flavor).save_model(trained, directory, signature=infer_signature(frame, trained.predict(frame)),
                                           pip_requirements=[*NEEDS, flavor])
        model = register(directory)
        got = sql(f"select {model}!predict(a, b, c, d)['output_feature_0']::double from values "
                  "(5.1, 3.5, 1.4, 0.2), (6.0, 2.2, 5.0, 1.5) as t(a, b, c, d)")
        wanted = trained.predict(pd.DataFrame([[5.1, 3.5, 1.4, 0.2], [6.0, 2.2, 5.0, 1.5]], columns=list("abcd")))
        assert [row[0] for row in got] == pytest.approx(wanted.tolist())


SCALED = '''
import json
import pandas as pd
import mlflow
from mlflow.models import set_model
from scaled_helper import SHIFT


class Scaled(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        with open(context.artifacts["bias"]) as file:
            self.bias = json.load(file)["bias"]

    def predict(self, context, model_input, params=None):
        params = params or {}
        unit = context.model_config["unit"]
        return pd.DataFrame({
            "y": model_input["x"] * params["factor"] + self.bias + SHIFT,
            "label": [params["label"] + unit] * len(model_input),
            "columns": [sorted(model_input.columns)] * len(model_input)})


set_model(Scaled())
'''


@pytest.fixture
def scaled(tmp_path):
    """A model from code with an artifact, code paths, model_config, params and an optional column."""
    script, helper, bias = tmp_path / "scaled.py", tmp_path / "scaled_helper.py", tmp_path / "bias.json"
    script.write_text(SCALED)
    helper.write_text("SHIFT = 100\n")
    bias.write_text('{"bias": 10}')
    signature = ModelSignature(
        inputs=Schema([ColSpec("double", "x"), ColSpec("long", "n", required=False)]),
        outputs=Schema([ColSpec("double", "y"), ColSpec("string", "label"), ColSpec(Array("string"), "columns")]),
        params=ParamSchema([ParamSpec("factor", "double", 2.0), ParamSpec("label", "string", "it's"),
                            ParamSpec("n", "long", 3)]))
    sys.path.insert(0, str(tmp_path))
    try:
        mlflow.pyfunc.save_model(
            tmp_path / "m", python_model=str(script), artifacts={"bias": str(bias)}, code_paths=[str(helper)],
            model_config={"unit": "!"}, signature=signature, pip_requirements=NEEDS)
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("scaled_helper", None)
    return tmp_path / "m"


def test_a_model_from_code_takes_params_and_leaves_out_optional_columns(server, sql, register, scaled):
    model = register(scaled)
    assert cells(sql(f"select {model}!predict(1, 5)")) == [({"y": 112.0, "label": "it's!", "columns": ["n", "x"]},)]
    assert cells(sql(f"select {model}!predict(x => 1)")) == [({"y": 112.0, "label": "it's!", "columns": ["x"]},)]
    # Parameters that differ from row to row.
    rows = sql(f"select {model}!predict(column1, 1, column2)['y']::int from values (1, 2), (1, 3), (2, 2), (2, null)")
    assert [row[0] for row in rows] == [112, 113, 114, 114]
    with server.session() as session:
        version = server.registry(session).get_model(model).version("V1")
        frame = pd.DataFrame({"x": [1.0, 2.0], "n": [1, 2]})
        assert version.run(frame, params={"factor": 3.0, "label": "z"})["y"].tolist() == [113.0, 116.0]
        assert version.run(frame)["label"].tolist() == ["it's!", "it's!"]
    with pytest.raises(ProgrammingError, match="X"):
        sql(f"select {model}!predict(n => 1)")


ECHO = '''
import json
import mlflow
import numpy as np
from mlflow.models import set_model


class Echo(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        if isinstance(model_input, dict):
            told = {key: f"{value.dtype}{list(value.shape)}" for key, value in model_input.items()}
        elif isinstance(model_input, np.ndarray):
            told = f"{model_input.dtype}{list(model_input.shape)}"
        else:
            told = {str(key): str(value) for key, value in model_input.dtypes.items()}
            told |= {f"{key}[0]": repr(value) for key, value in model_input.iloc[0].items()
                     if isinstance(value, (list, dict, np.ndarray))}
        return [json.dumps(told)] * len(model_input if not isinstance(model_input, dict) else
                                        next(iter(model_input.values())))


set_model(Echo())
'''


def save_script(path, script, **options):
    """A model from code; its text tells all it needs."""
    file = path.with_suffix(".py")
    file.write_text(script)
    mlflow.pyfunc.save_model(path, python_model=str(file), pip_requirements=NEEDS, **options)
    return path


def save_echo(path, inputs):
    """A model that tells what it was given."""
    return save_script(path, ECHO, signature=ModelSignature(Schema(inputs), Schema([ColSpec("string")])))


def test_every_column_type_arrives_as_declared(sql, register, tmp_path):
    model = register(save_echo(tmp_path / "m", [
        ColSpec("boolean", "b"), ColSpec("integer", "i"), ColSpec("long", "l"), ColSpec("float", "f"),
        ColSpec("double", "d"), ColSpec("string", "s"), ColSpec("binary", "y"), ColSpec("datetime", "t"),
        ColSpec(Array("double"), "a"), ColSpec(Object([Property("k", "long"), Property("m", "string", required=False)]),
                                               "o"),
        ColSpec(Map("float"), "m"), ColSpec(Array("integer"), "ai")]))
    ((told,),) = sql(f"""
        select {model}!predict(true, 1, 2, 1.5, 2.5, 's', to_binary('FF'), '2020-01-02'::timestamp, [1, 2.5],
                               {{'k': 7}}, {{'x': 1.5}}, [1, 2])['output_feature_0']::string""")
    told = json.loads(told)
    kinds = {key: value for key, value in told.items() if "[" not in key or "]" in value}
    assert [kinds[key] for key in "bilfd"] == ["bool", "int32", "int64", "float32", "float64"]
    assert kinds["t"].startswith("datetime64[ns")
    assert told["a[0]"] == "[1.0, 2.5]" and told["o[0]"] in ("{'k': 7}", "{'k': np.int64(7)}")
    assert "1.5" in told["m[0]"] and "int32" in told["ai[0]"]


@pytest.mark.parametrize("call, message", [
    ("predict(1, null, {'k': 1})", "Can not safely convert float64 to int64"),
    ("predict(1, 2, {'m': 'z'})", "Missing required properties"),
    ("predict(1, 2, {'k': 1, 'z': 2})", "Invalid properties not defined"),
    ("predict(3000000000, 2, {'k': 1})", "Can not safely convert int64 to int32"),
])
def test_the_schema_is_enforced_by_mlflows_rules(sql, register, tmp_path, call, message):
    model = register(save_echo(tmp_path / "m", [
        ColSpec("integer", "i"), ColSpec("long", "l"), ColSpec(Object([Property("k", "long")]), "o")]))
    with pytest.raises(ProgrammingError, match=message) as caught:
        sql(f"select {model}!{call}")
    assert "SchemaError" in str(caught.value) and "with schema" not in str(caught.value)


def test_tensors_arrive_as_arrays(sql, register, tmp_path):
    named = register(save_echo(tmp_path / "named", [
        TensorSpec(np.dtype("float32"), (-1, 2, 2), "image"), TensorSpec(np.dtype("int64"), (-1,), "id")]))
    rows = sql(f"select {named}!predict([[1, 2], [3, 4]], column1)['output_feature_0']::string from values (1), (2)")
    assert [json.loads(row[0]) for row in rows] == [{"image": "float32[2, 2, 2]", "id": "int64[2]"}] * 2
    bare = register(save_echo(tmp_path / "bare", [TensorSpec(np.dtype("float64"), (-1, 3))]))
    assert sql(f"select {bare}!predict([1, 2, 3])['output_feature_0']::string") == [('"float64[1, 3]"',)]
    with pytest.raises(ProgrammingError, match="does not match expected shape"):
        sql(f"select {bare}!predict([1, 2])")


LOOSE = '''
import mlflow
import pandas as pd
from mlflow.models import set_model


class Loose(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        if isinstance(model_input, pd.DataFrame):
            return model_input.assign(twice=model_input["x"] * 2)
        return [f"<{item}>" for item in model_input]


set_model(Loose())
'''


def test_a_model_without_a_signature_takes_one_value_a_row(server, sql, register, tmp_path):
    model = register(save_script(tmp_path / "m", LOOSE))
    assert cells(sql(f"select {model}!predict({{'x': 2}})")) == [({"x": 2, "twice": 4},)]
    assert cells(sql(f"select {model}!predict('a'::variant)")) == [({"output_feature_0": "<a>"},)]
    with server.session() as session:
        assert len(server.registry(session).get_model(model).version("V1").show_functions()) == 1


READER = '''
import os
import mlflow
from mlflow.models import set_model


class Reader(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        if model_input[0] == "plain":
            raise ValueError("another reason")
        return [os.environ[item] for item in model_input]


set_model(Reader())
'''


def test_a_failing_model_names_the_variables_that_it_lacks(sql, register, tmp_path):
    directory = save_script(tmp_path / "m", READER)
    model = register(directory)
    assert cells(sql(f"select {model}!predict('PATH'::variant):output_feature_0 is not null")) == [(True,)]
    with pytest.raises(ProgrammingError) as info:
        sql(f"select {model}!predict('MY_API_KEY'::variant)")
    assert "KeyError: 'MY_API_KEY'" in info.value.msg and "environment variables" not in info.value.msg
    (directory / "environment_variables.txt").write_text("# names only\nMY_API_KEY\nPATH\nOTHER_KEY\n")
    model = register(directory)
    words = "The model names environment variables that are not set in workers: MY_API_KEY, OTHER_KEY."
    for value in ("MY_API_KEY", "plain"):
        with pytest.raises(ProgrammingError) as info:
            sql(f"select {model}!predict('{value}'::variant)")
        assert words in info.value.msg, info.value.msg


TALKER = '''
import mlflow
from mlflow.models import set_model


class Talker(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[str], params=None) -> list[str]:
        return [text.upper() for text in model_input]

    def predict_stream(self, context, model_input, params=None):
        for word in str(model_input if not isinstance(model_input, dict) else list(model_input.values())[0]).split():
            yield word


set_model(Talker())
'''


def test_type_hints_and_streams(sql, register, tmp_path):
    model = register(save_script(tmp_path / "m", TALKER))
    rows = sql(f"select {model}!predict(column1)['output_feature_0']::string from values ('a b'), ('c')")
    assert [row[0] for row in rows] == ["A B", "C"]
    rows = cells(sql(f"select {model}!predict_stream(column1)['output_feature_0'] from values ('a b'), ('c')"))
    assert rows == [(["a", "b"],), (["c"],)]


def test_what_can_not_run_is_kept_and_says_what_is_missing(sql, register, tmp_path):
    crate = tmp_path / "crate"
    crate.mkdir()
    (crate / "MLmodel").write_text("flavors:\n  crate:\n    version: 0.3.0\n    model: crate.bin\n")
    (crate / "crate.bin").write_bytes(b"R")
    model = register(crate)
    with pytest.raises(ProgrammingError, match="no python_function flavor, only crate; 'crate' needs R"):
        sql(f"select {model}!predict({{'x': 1}})")

    directory = tmp_path / "m"
    mlflow.sklearn.save_model(IRIS, directory, serialization_format="cloudpickle", pip_requirements=NEEDS)
    requirements = (directory / "requirements.txt").read_text()
    (directory / "requirements.txt").write_text("git+https://example.com/x.git\n" + requirements)
    model = register(directory)
    with pytest.raises(ProgrammingError, match=r"requires 'git\+https://example.com/x.git'"):
        sql(f"select {model}!predict({{'x': 1}})")

    (directory / "requirements.txt").write_text(requirements)
    text = (directory / "MLmodel").read_text()
    (directory / "MLmodel").write_text(text.replace("loader_module: mlflow.sklearn", "loader_module: not_here.flavor"))
    model = register(directory)
    with pytest.raises(ProgrammingError, match="needs the Python module 'not_here'"):
        sql(f"select {model}!predict({{'x': 1}})")


@pytest.mark.parametrize("old, new, message", [
    ("flavors:", "flavours:", "MLmodel has no 'flavors'"),
    ("loader_module: mlflow.sklearn", "loader: x", "has no 'loader_module'"),
    ("model_path: model.pkl", "model_path: ../model.pkl", "not a path inside"),
    ("model_path: model.pkl", "model_path: other.pkl", "names the payload 'other.pkl'"),
    ('"type": "double"', '"type": "quaternion"', "'signature.inputs.0..type' is 'quaternion', an unknown type"),
    ("signature:", "signature: [1, 2]\nignored:", "'signature' is not a mapping"),
    ("flavors:", "flavors: {", "not valid YAML"),
])
def test_a_broken_file_is_refused_by_key(sql, register, tmp_path, old, new, message):
    directory = tmp_path / "m"
    mlflow.sklearn.save_model(IRIS, directory, signature=infer_signature(X, IRIS.predict(X)),
                              serialization_format="cloudpickle", pip_requirements=NEEDS)
    text = (directory / "MLmodel").read_text()
    assert old in text
    (directory / "MLmodel").write_text(text.replace(old, new, 1))
    with pytest.raises(ProgrammingError, match=message):
        register(directory)


def test_versions_are_copied_like_any_others(sql, register, name, tmp_path):
    mlflow.sklearn.save_model(IRIS, tmp_path / "m", signature=infer_signature(X, IRIS.predict(X)),
                              serialization_format="cloudpickle", pip_requirements=NEEDS)
    model, other = register(tmp_path / "m"), name("COPY")
    sql(f"create model {other} with version one from model {model} version v1")
    sql(f"alter model {other} add version two from model {model} version v1")
    assert cells(sql(f"select model({other}, two)!predict(5.1, 3.5, 1.4, 0.2)")) == [({"output_feature_0": 0},)]


SHAPES = '''
import mlflow
import numpy as np
import pandas as pd
from mlflow.models import set_model


class Shapes(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        x = model_input["c0"].to_numpy()
        return {
            "frame": pd.DataFrame({"z": x, "b": x * 2, "a": x}), "unnamed": pd.DataFrame({0: x, 1: x * 2}),
            "arrays": {"a": x, "b": x * 2}, "rows": [{"b": v * 2, "a": v} for v in x],
            "array": np.stack([x, x * 2], axis=1), "pairs": [(v, v * 2) for v in x], "short": [1],
            "other": pd.DataFrame({"p": x, "q": x, "r": x}),
        }[params["shape"]]


set_model(Shapes())
'''


def test_results_of_any_shape_become_the_declared_outputs_of_a_wide_model(sql, register, tmp_path):
    signature = ModelSignature(
        Schema([ColSpec("double", f"c{index}") for index in range(510)]),
        Schema([ColSpec("double", "a"), ColSpec("double", "b")]), ParamSchema([ParamSpec("shape", "string", "frame")]))
    model = register(save_script(tmp_path / "m", SHAPES, signature=signature))
    inputs = "object_construct(" + ", ".join(f"'C{index}', column1" for index in range(510)) + ")"
    shapes = ("frame", "unnamed", "arrays", "rows", "array", "pairs")  # each is a call of the model with two rows
    values = ", ".join(f"({number}, '{shape}')" for shape in shapes for number in (1, 3))
    rows = cells(sql(f"select column2, {model}!predict({inputs}, column2) from values {values}"))
    assert rows == [(shape, {"a": number, "b": number * 2}) for shape in shapes for number in (1.0, 3.0)]
    with pytest.raises(ProgrammingError, match="the model returned 1 rows for 2"):
        sql(f"select {model}!predict({inputs}, 'short') from values (1), (3)")
    with pytest.raises(ProgrammingError, match="returned the columns p, q, r for the outputs a, b"):
        sql(f"select {model}!predict({inputs}, 'other') from values (1), (3)")


def roost_log(server, *arguments):
    environment = {"PATH": os.environ["PATH"], "ROOST_PASSWORD": PASSWORD, "ROOST_USER": "ADMIN",
                   "ROOST_PORT": str(server.port)}
    return subprocess.run([BINARY, "log", *map(str, arguments)], env=environment, capture_output=True, text=True,
                          timeout=120)


def test_roost_log_registers_a_directory_from_a_shell(server, sql, name, scaled, tmp_path):
    model = name("SHELL")
    done = roost_log(server, scaled, "--name", model, "--comment", "it's first")
    assert (done.returncode, done.stdout) == (0, f"ML.REGISTRY.{model} V1\n"), done.stderr
    assert "MLmodel  " in done.stderr and "artifacts/bias.json  12 bytes" in done.stderr
    done = roost_log(server, scaled, "-n", f"ml.registry.{model}", "--version", '"second one"', "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, '"second one"\n', "")
    assert [(row[1], row[3]) for row in sql(f"show versions in model {model}")] == [
        ("V1", "it's first"), ("second one", "")]
    rows = sql(f'select model({model}, "second one")!predict(x => 1)[\'y\']::int')
    assert rows == [(112,)]

    done = roost_log(server, tmp_path, "--name", model)
    assert done.returncode == 2 and "has neither MLmodel nor MANIFEST.yml at its root" in done.stderr
    (scaled / "MLmodel").write_text("flavors: {}")
    done = roost_log(server, scaled, "--name", model)
    assert done.returncode == 1 and "'flavors' is empty" in done.stderr and done.stdout == ""
    assert roost_log(server, tmp_path / "nothing", "--name", model).returncode == 2
