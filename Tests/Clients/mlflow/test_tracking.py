"""Experiments, runs, metrics and logged models through the stock mlflow client."""

import math
import pathlib
import time

import pytest
import yaml
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException


def refused(code, call):
    with pytest.raises(MlflowException) as info:
        call()
    assert info.value.error_code == code, info.value
    return str(info.value)


def test_experiments(ml, fresh):
    c, name = ml.client, fresh("exp")
    made = c.create_experiment(name, tags={"a": "1"})
    got = c.get_experiment(made)
    assert (got.name, got.tags, got.lifecycle_stage, got.artifact_location) == (name, {"a": "1"}, "active", f"mlflow-artifacts:/{made}")
    assert c.get_experiment_by_name(fresh()) is None and c.get_experiment("0").name == "Default"
    c.rename_experiment(made, name + "2")
    c.set_experiment_tag(made, "b", "2")
    refused("RESOURCE_ALREADY_EXISTS", lambda: c.create_experiment(name + "2"))
    c.delete_experiment(made)
    assert [e.name for e in c.search_experiments(ViewType.DELETED_ONLY, filter_string=f"name = '{name}2'")] == [name + "2"]
    c.restore_experiment(made)
    assert [e.name for e in c.search_experiments(filter_string="tags.b = '2' AND name LIKE 'exp%'") if e.name == name + "2"]
    refused("RESOURCE_DOES_NOT_EXIST", lambda: c.get_experiment("999999"))


def test_a_run_keeps_what_is_logged(ml):
    c = ml.client
    run = c.create_run("0", run_name="one", tags={"t": "u"}, start_time=1000)
    id = run.info.run_id
    c.log_metric(id, "acc", 0.5, timestamp=10, step=0)
    c.log_metric(id, "acc", 0.7, timestamp=20, step=2)
    c.log_metric(id, "acc", 0.6, timestamp=30, step=1)
    c.log_metric(id, "odd/name with space", math.inf)
    c.log_metric(id, "nan", math.nan)
    c.log_param(id, "p", "v")
    c.log_param(id, "p", "v")
    assert "Changing param values is not allowed" in refused("INVALID_PARAMETER_VALUE", lambda: c.log_param(id, "p", "w"))
    c.set_tag(id, "x", "y")
    c.delete_tag(id, "t")
    got = c.get_run(id)
    assert got.data.metrics["acc"] == 0.7 and math.isnan(got.data.metrics["nan"])
    assert got.data.metrics["odd/name with space"] == 1.7976931348623157e308
    assert got.data.params == {"p": "v"} and got.data.tags["x"] == "y" and "t" not in got.data.tags
    assert [(m.value, m.step) for m in c.get_metric_history(id, "acc")] == [(0.5, 0), (0.7, 2), (0.6, 1)]
    c.set_terminated(id, "FAILED", end_time=5000)
    assert (c.get_run(id).info.status, c.get_run(id).info.end_time, c.get_run(id).info.start_time) == ("FAILED", 5000, 1000)
    c.delete_run(id)
    assert c.get_run(id).info.lifecycle_stage == "deleted"
    refused("INVALID_PARAMETER_VALUE", lambda: c.log_metric(id, "acc", 1))
    c.restore_run(id)


def test_batches_are_whole_and_limited(ml):
    c = ml.client
    id = c.create_run("0").info.run_id
    now = int(time.time() * 1000)
    c.log_batch(id, [Metric("m", i, now, i) for i in range(900)], [Param(f"p{i}", "v") for i in range(50)], [RunTag("t", "u")])
    assert len(c.get_metric_history(id, "m")) == 900 and c.get_run(id).data.metrics["m"] == 899
    status, _, answer = ml.call("POST", "/api/2.0/mlflow/runs/log-batch", {
        "run_id": id, "metrics": [{"key": "m2", "value": 1, "timestamp": 1, "step": i} for i in range(1001)]})
    assert status == 400 and "at most 1000 metrics" in answer["message"]
    status, _, answer = ml.call("POST", "/api/2.0/mlflow/runs/log-batch", {
        "run_id": id, "metrics": [{"key": "m3", "value": 1, "timestamp": 1}], "params": [{"key": "p1", "value": "other"}]})
    assert status == 400 and "m3" not in c.get_run(id).data.metrics  # all or nothing
    for bad in ({"key": "m", "value": "x", "timestamp": 1}, {"key": "", "value": 1, "timestamp": 1}, {"key": "a\\b", "value": 1}):
        status, _, answer = ml.call("POST", "/api/2.0/mlflow/runs/log-metric", {"run_id": id, **bad})
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), answer


def test_search_of_runs(ml, fresh):
    c = ml.client
    experiment = c.create_experiment(fresh("search"))
    for index in range(6):
        id = c.create_run(experiment, run_name=f"r{index}").info.run_id
        c.log_metric(id, "loss", index / 10)
        c.log_param(id, "depth", str(index))
        c.set_tag(id, "team", "red" if index % 2 else "blue")
        if index > 3:
            c.set_terminated(id)
    found = lambda filter, **more: [r.info.run_name for r in c.search_runs([experiment], filter, **more)]  # noqa: E731
    assert sorted(found("metrics.loss < 0.25")) == ["r0", "r1", "r2"]
    assert found("params.depth = '3'") == ["r3"] and sorted(found("tags.team LIKE 'r%' AND metrics.loss >= 0.3")) == ["r3", "r5"]
    assert sorted(found("attributes.status = 'FINISHED'")) == ["r4", "r5"]
    assert found("attributes.run_name IN ('r1', 'r2')", order_by=["metrics.loss ASC"]) == ["r1", "r2"]
    assert found("", order_by=["metrics.loss DESC"], max_results=2) == ["r5", "r4"]
    assert len(found("tags.missing IS NULL")) == 6 and found("tags.missing IS NOT NULL") == []
    seen, token = [], None
    while True:
        page = c.search_runs([experiment], "", max_results=4, page_token=token, order_by=["params.depth ASC"])
        seen += [r.info.run_name for r in page]
        token = page.token
        if not token:
            break
    assert seen == [f"r{i}" for i in range(6)]
    assert "Invalid attribute key" in refused("INVALID_PARAMETER_VALUE", lambda: found("attributes.foo = 'x'"))


def test_the_flow_of_log_model_and_load_model(ml, fresh, tmp_path):
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier

    mlflow, name = ml.mlflow, fresh("iris")
    X, y = load_iris(return_X_y=True, as_frame=True)
    forest = RandomForestClassifier(n_estimators=5, random_state=0).fit(X, y)
    mlflow.set_experiment(fresh("flow"))
    with mlflow.start_run() as run:
        mlflow.log_metric("acc", 0.9)
        info = mlflow.sklearn.log_model(
            forest, name="forest", registered_model_name=name, input_example=X.head(2), serialization_format="cloudpickle",
            pip_requirements=["scikit-learn"], params={"depth": 3})
    ml.client.set_registered_model_alias(name, "champion", "1")
    for uri in (f"models:/{name}@champion", f"models:/{name}/1", info.model_uri, f"models:/{name}/latest"):
        assert (mlflow.sklearn.load_model(uri).predict(X) == forest.predict(X)).all(), uri
    assert (mlflow.pyfunc.load_model(f"models:/{name}/1").predict(X) == forest.predict(X)).all()
    files = mlflow.artifacts.download_artifacts(f"models:/{name}@champion", dst_path=str(tmp_path / "down"))
    meta = yaml.safe_load((pathlib.Path(files) / "registered_model_meta").read_text())
    assert (meta["model_name"], str(meta["model_version"])) == (name, "1")
    assert "scikit-learn" in pathlib.Path(mlflow.pyfunc.get_model_dependencies(f"models:/{name}/1")).read_text()
    found = mlflow.search_logged_models(
        [run.info.experiment_id], filter_string="metrics.acc > 0.5 AND params.depth = '3'", output_format="list")
    assert [m.model_id for m in found] == [info.model_id] and found[0].source_run_id == run.info.run_id
    assert ml.client.get_run(run.info.run_id).outputs.model_outputs[0].model_id == info.model_id
    assert [m.value for m in ml.client.get_metric_history(run.info.run_id, "acc")] == [0.9]
    version = ml.client.get_model_version(name, "1")
    assert version.run_id == run.info.run_id and version.source == f"models:/{info.model_id}"
    copied = ml.client.copy_model_version(f"models:/{name}/1", name + "_copy")
    assert (mlflow.sklearn.load_model(f"models:/{name}_copy/{copied.version}").predict(X) == forest.predict(X)).all()


def test_datasets_and_autolog(ml, fresh):
    import numpy
    import pandas
    from sklearn.linear_model import LinearRegression

    mlflow = ml.mlflow
    mlflow.set_experiment(fresh("auto"))
    frame = pandas.DataFrame({"a": numpy.arange(10.0), "b": numpy.ones(10), "y": numpy.arange(10.0) * 2})
    with mlflow.start_run() as run:
        mlflow.log_input(mlflow.data.from_pandas(frame, name="train", targets="y"), context="training")
    got = ml.client.get_run(run.info.run_id).inputs.dataset_inputs
    assert got[0].dataset.name == "train" and got[0].tags[0].value == "training"
    runs = ml.client.search_runs([run.info.experiment_id], "datasets.name = 'train' AND datasets.context = 'training'")
    assert [r.info.run_id for r in runs] == [run.info.run_id]
    mlflow.sklearn.autolog(log_models=False)
    try:
        with mlflow.start_run() as run:
            LinearRegression().fit(frame[["a", "b"]], frame["y"])
        data = ml.client.get_run(run.info.run_id).data
        assert data.params["fit_intercept"] == "True" and data.metrics["training_r2_score"] > 0.99
    finally:
        mlflow.sklearn.autolog(disable=True)


def test_a_logged_model_is_made_with_params_that_it_could_be_given_later(ml):
    model = {"experiment_id": "0", "name": "m"}
    for param in ({"key": "a\nb", "value": "1"}, {"key": "", "value": "1"}):
        status, _, answer = ml.call("POST", "/api/2.0/mlflow/logged-models", {**model, "params": [param]})
        assert status == 400 and answer["error_code"] == "INVALID_PARAMETER_VALUE", answer
