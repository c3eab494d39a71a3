"""MLflow's PyFunc models: with and without a run, their signature, metadata and dependencies taken over or ignored."""

import numpy
import pandas
import pytest
from sklearn import datasets, ensemble, linear_model

mlflow = pytest.importorskip("mlflow")
ROWS = pandas.DataFrame({"A": [1.0, 2.0, 4.0], "B": [3.0, 5.0, 6.0]})


@pytest.fixture(scope="module", autouse=True)
def tracking(tmp_path_factory):
    """Runs are kept in a database of this module's own."""
    directory = tmp_path_factory.mktemp("mlflow")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{directory}/runs.db")
    mlflow.set_experiment(experiment_id=mlflow.create_experiment("types", artifact_location=str(directory / "artifacts")))
    yield
    mlflow.set_tracking_uri(before)


def saved(tmp_path, **more):
    """The path of a model that was saved without a run."""

    class Tripled(mlflow.pyfunc.PythonModel):  # of this function, so that it is pickled whole
        def predict(self, context, model_input, params=None):
            return pandas.DataFrame({"OUT": model_input["A"] * (params or {}).get("factor", 3.0)})

    path = str(tmp_path / "model")
    signature = mlflow.models.infer_signature(ROWS, pandas.DataFrame({"OUT": [3.0]}), params={"factor": 3.0})
    mlflow.pyfunc.save_model(path, python_model=Tripled(), signature=signature, pip_requirements=["mlflow"], **more)
    return path


def test_a_regressor_of_a_run(bench):
    """The documents' forest: logged in a run, loaded by its URI, its signature taken from MLflow."""
    features, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    features = features.rename(columns=str.upper)
    with mlflow.start_run() as run:
        forest = ensemble.RandomForestRegressor(n_estimators=5, max_depth=4, max_features=3).fit(features, target)
        signature = mlflow.models.infer_signature(features, forest.predict(features))
        mlflow.sklearn.log_model(forest, name="model", signature=signature, serialization_format="cloudpickle",
                                 pip_requirements=["mlflow", "scikit-learn"])
    model = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    version = bench.log(model, conda=["mlflow", "scikit-learn", "scipy"], options={"ignore_mlflow_dependencies": True})
    rows = features.iloc[::60].reset_index(drop=True)
    bench.agree(version, "predict", rows, forest.predict(rows))
    assert numpy.allclose(bench.loads(version).predict(rows), forest.predict(rows))


def test_a_directory_by_its_uri_with_metadata(bench, tmp_path):
    import yaml

    path = saved(tmp_path, metadata={"team": "geese"})
    model = mlflow.pyfunc.load_model(path)
    options = {"model_uri": path, "ignore_mlflow_dependencies": True}
    version = bench.log(model, options=options)
    bench.agree(version, "predict", ROWS, [3.0, 6.0, 12.0])
    assert list(version.run(ROWS, params={"factor": 10.0})["OUT"]) == [10.0, 20.0, 40.0]
    assert yaml.safe_load(bench.text(version, "model/model.yaml"))["metadata"] == {"team": "geese"}
    version = bench.log(model, options={**options, "ignore_mlflow_metadata": True})
    assert not yaml.safe_load(bench.text(version, "model/model.yaml"))["metadata"]


def test_the_dependencies_of_the_model_are_taken_over(bench, tmp_path):
    model = mlflow.pyfunc.load_model(saved(tmp_path))
    version = bench.log(model, conda=None, options={"relax_version": True})
    assert "mlflow" in bench.text(version, "runtimes/python_runtime/env/requirements.txt") + bench.text(
        version, "runtimes/python_runtime/env/conda.yml")
    bench.agree(version, "predict", ROWS, [3.0, 6.0, 12.0])


def test_without_a_signature_a_sample_is_needed(bench, tmp_path):
    path = str(tmp_path / "bare")
    mlflow.sklearn.save_model(linear_model.LinearRegression().fit(ROWS, [1.0, 2.0, 3.0]), path, pip_requirements=["mlflow", "scikit-learn"])
    model = mlflow.pyfunc.load_model(path)
    options = {"model_uri": path, "ignore_mlflow_dependencies": True}
    with pytest.raises(Exception, match="(?i)signature|has no attribute 'inputs'"):
        bench.log(model, conda=["mlflow", "scikit-learn"], options=options)
    from snowflake.ml.model import model_signature

    expected = model.predict(ROWS)
    version = bench.log(model, conda=["mlflow", "scikit-learn"], options=options, signatures={
        "predict": model_signature.infer_signature(ROWS, expected, output_feature_names=["OUT"])})
    bench.agree(version, "predict", ROWS, expected)
