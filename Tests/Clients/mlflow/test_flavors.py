"""Directories of every flavor of the documents: kept, listed, described and given back, with no runtime of theirs here."""

import filecmp
import pathlib

import mlflow
import pytest

FLAVORS = {
    "catboost": "mlflow.catboost", "crate": None, "h2o": "mlflow.h2o", "johnsnowlabs": "mlflow.johnsnowlabs",
    "keras": "mlflow.keras", "lightgbm": "mlflow.lightgbm", "onnx": "mlflow.onnx", "pmdarima": "mlflow.pmdarima",
    "prophet": "mlflow.prophet", "pytorch": "mlflow.pytorch", "sentence_transformers": "mlflow.sentence_transformers",
    "sklearn": "mlflow.sklearn", "spacy": "mlflow.spacy", "spark": "mlflow.spark", "statsmodels": "mlflow.statsmodels",
    "tensorflow": "mlflow.tensorflow", "transformers": "mlflow.transformers", "xgboost": "mlflow.xgboost",
    "diviner": "diviner", "my_own_flavor": "my_company.models",
}
# Their loaders start a Java machine, which workers do not have.
JAVA = ("h2o", "johnsnowlabs", "spark")


def directory(folder, flavor, loader):
    """A model of the flavor as MLflow writes it, its content being no real model."""
    loading = f"  python_function:\n    data: data\n    env:\n      conda: conda.yaml\n      virtualenv: python_env.yaml\n    loader_module: {loader}\n    python_version: 3.11.7\n" if loader else ""
    files = {
        "MLmodel": f"artifact_path: m\nflavors:\n  {flavor}:\n    code: null\n    data: data\n    {flavor}_version: 9.9.9\n    options:\n      nested: [1, two]\n{loading}"
                   "mlflow_version: 3.17.2\nmodel_size_bytes: 8\nmodel_uuid: 0123456789abcdef0123456789abcdef\n"
                   "metadata:\n  owner: risk\n  databricks: 15.4\nrun_id: 0123456789abcdef0123456789abcdef\n"
                   "databricks_runtime: 15.4.x-scala2.12\n"
                   "saved_input_example_info:\n  artifact_path: input_example.json\n  type: dataframe\n  pandas_orient: split\n  serving_input_path: serving_input_example.json\n"
                   "signature:\n  inputs: '[{\"type\": \"double\", \"name\": \"x\", \"required\": true}]'\n  outputs: '[{\"type\": \"double\", \"required\": true}]'\n  params: null\n"
                   "utc_time_created: '2026-01-01 00:00:00.000000'\n",
        "conda.yaml": f"channels:\n- conda-forge\ndependencies:\n- python=3.11.7\n- pip\n- pip:\n  - mlflow\n  - roost-has-no-{flavor.replace('_', '-')}==9.9.9\nname: mlflow-env\n",
        "python_env.yaml": "python: 3.11.7\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n",
        "requirements.txt": f"mlflow\nroost-has-no-{flavor.replace('_', '-')}==9.9.9\n",
        "input_example.json": '{"columns": ["x"], "data": [[1.0]]}',
        "serving_input_example.json": '{"dataframe_split": {"columns": ["x"], "data": [[1.0]]}}',
        "environment_variables.txt": "# only names\nMY_API_KEY\n",
        "metadata/MLmodel": "artifact_path: m\nflavors: {}\n", "registered_model_meta": "model_name: other\nmodel_version: '3'\n",
        "data/model.bin": "\x00\x01 no model\n",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@pytest.fixture(scope="module")
def session(server):
    session = server.session()
    yield session
    session.close()


@pytest.mark.parametrize("flavor", FLAVORS)
def test_a_model_without_its_runtime_is_kept_whole(ml, server, session, fresh, tmp_path, flavor):
    from snowflake.snowpark.exceptions import SnowparkSQLException

    name, loader, made = fresh(flavor), FLAVORS[flavor], tmp_path / "made"
    directory(made, flavor, loader)
    ml.mlflow.set_experiment("flavors")
    with ml.mlflow.start_run() as run:
        ml.mlflow.log_artifacts(str(made), "m")
    ml.client.create_registered_model(name)
    ml.client.create_model_version(name, f"runs:/{run.info.run_id}/m", run.info.run_id, await_creation_for=0)
    info = mlflow.models.get_model_info(f"models:/{name}/1")
    assert info.flavors[flavor]["options"] == {"nested": [1, "two"]} and info.metadata == {"owner": "risk", "databricks": 15.4}
    assert info.signature.inputs.input_names() == ["x"]
    # By the files' own address: of `models:/…` the client writes registered_model_meta anew.
    place = ml.client.get_model_version_download_uri(name, "1")
    back = pathlib.Path(mlflow.artifacts.download_artifacts(place, dst_path=str(tmp_path / "back")))
    paths = [str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()]
    same, different, failed = filecmp.cmpfiles(made, back, paths, shallow=False)
    assert sorted(same) == sorted(paths), (different, failed)
    row = session.sql(f"show versions in model {name}").collect()[0]
    assert flavor in row["model_attributes"], row
    with pytest.raises(SnowparkSQLException) as refused:
        session.sql(f"select model({name}, V1)!predict(1.0::double)").collect()
    words = str(refused.value)
    missing = "Java" if flavor in JAVA else f"roost-has-no-{flavor.replace('_', '-')}" if loader else "python_function"
    assert missing in words, words
    # The same directory from a stage.
    if flavor in ("crate", "h2o"):
        session.sql(f"create or replace temporary stage {name}_stage").collect()
        for path in paths:
            session.file.put(str(made / path), f"@{name}_stage/{pathlib.Path(path).parent}", auto_compress=False)
        session.sql(f"create model {name}_sql with version V1 from @{name}_stage").collect()
        assert flavor in session.sql(f"show versions in model {name}_sql").collect()[0]["model_attributes"]
