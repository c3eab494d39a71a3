"""What a client of `mlflow server` relies on beyond the main road, each found by driving both servers alike."""

import pytest
from mlflow.entities import Metric, ViewType
from mlflow.exceptions import MlflowException

API = "/api/2.0/mlflow"


def names(runs):
    return [run.info.run_name for run in runs]


def test_long_values_are_cut_and_not_refused(ml):
    c = ml.client
    with ml.mlflow.start_run() as run:
        ml.mlflow.log_param("long", "p" * 7000)
        ml.mlflow.log_params({"a": "q" * 6001, "b": "short"})
        ml.mlflow.set_tag("long", "☃" * 9000)
        ml.mlflow.log_param("long", "p" * 7000)
    data = c.get_run(run.info.run_id).data
    assert data.params == {"long": "p" * 6000, "a": "q" * 6000, "b": "short"} and data.tags["long"] == "☃" * 8000
    model = ml.call("POST", f"{API}/logged-models", {
        "experiment_id": "0", "name": "m", "params": [{"key": "a", "value": "x" * 6001}]})[2]["model"]["info"]["model_id"]
    assert c.get_logged_model(model).params == {"a": "x" * 6000}
    experiment = c.create_experiment("tags of " + run.info.run_id, tags={"note": "n" * 20_000})
    assert len(c.get_experiment(experiment).tags["note"]) == 20_000
    with pytest.raises(MlflowException, match="20001 characters"):
        c.set_experiment_tag(experiment, "note", "n" * 20_001)


def test_an_empty_name_leaves_a_run_its_name(ml):
    c = ml.client
    run = c.create_run("0", run_name="first").info.run_id
    c.update_run(run, name="")
    c.set_tag(run, "mlflow.runName", "")
    assert c.get_run(run).info.run_name == "first" and c.get_run(run).data.tags["mlflow.runName"] == "first"
    c.set_tag(run, "mlflow.runName", "second")
    assert c.get_run(run).info.run_name == "second"


def test_plots_get_values_evenly_over_the_steps(ml):
    c = ml.client
    runs = [c.create_run("0").info.run_id for _ in range(2)]
    for run in runs:
        c.log_batch(run, [Metric("s", step / 2, 1000 - step, step) for step in range(100)])

    def sampled(path="metrics/get-history-bulk-interval", **arguments):
        query = "&".join(f"{k}={v}" for k, v in arguments.items())
        status, _, answer = ml.call("GET", f"/ajax-api/2.0/mlflow/{path}?metric_key=s&{query}")
        assert status == 200, answer
        return answer.get("metrics", [])

    def steps(**arguments):
        return [point["step"] for point in sampled(run_ids=runs[0], **arguments)]

    assert steps() == list(range(100)) and steps(max_results=1) == [99]
    assert steps(max_results=10) == [0, 10, 20, 30, 40, 50, 60, 70, 80, 99] and steps(max_results=3) == [0, 34, 99]
    assert steps(start_step=10, end_step=20) == list(range(10, 21)) and steps(start_step=10, end_step=20, max_results=2) == [10, 20]
    assert steps(start_step=200, end_step=300) == []
    both = sampled(run_ids=f"{runs[0]}&run_ids={runs[1]}", max_results=2)
    assert [(point["run_id"], point["step"], point["value"]) for point in both] == [
        (run, step, step / 2) for run in runs for step in (0, 99)]
    assert len(sampled("metrics/get-history-bulk", run_id=f"{runs[0]}&run_id={runs[1]}")) == 200


def test_searches_of_runs(ml, fresh):
    c = ml.client
    experiment = c.create_experiment(fresh("exp"))
    made = {name: c.create_run(experiment, run_name=name, start_time=at).info.run_id for at, name in enumerate("abc", 1)}
    for name, value in zip("abc", (1.0, float("nan"), 5.0)):
        c.log_metric(made[name], "m", value)
    data = {"dataset": {"name": "d", "digest": "g", "source_type": "local", "source": "{}"}}
    for name, context in (("a", "train"), ("b", "eval")):
        status, _, _ = ml.call("POST", f"{API}/runs/log-inputs", {
            "run_id": made[name], "datasets": [{**data, "tags": [{"key": "mlflow.data.context", "value": context}]}]})
        assert status == 200

    def found(filter, **more):
        return "".join(sorted(names(c.search_runs([experiment], filter_string=filter, **more))))

    assert found("metrics.m != 5") == "ab" and found("metrics.m != 1 AND metrics.m > 0") == "c"
    for filter, expected in {
        "= 'train'": "a", "!= 'train'": "b", "LIKE 'tr%'": "a", "ILIKE 'EV%'": "b", "IN ('train', 'eval')": "ab",
        "NOT IN ('eval')": "a", "LIKE 'ai%'": "",
    }.items():
        assert found(f"datasets.context {filter}") == expected, filter
    status, _, answer = ml.call("POST", f"{API}/runs/search", {
        "experiment_ids": [experiment], "filter": "datasets.context > 'a'"})
    assert status == 400 and "datasets.context" in answer["message"]
    # By number, as the protocol's enumeration is written by some clients.
    c.delete_run(made["c"])
    for view, count in ((1, 2), (2, 1), (3, 3), ("ALL", 3)):
        answer = ml.call("POST", f"{API}/runs/search", {"experiment_ids": [experiment], "run_view_type": view})[2]
        assert len(answer["runs"]) == count, view
    assert names(c.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)) == ["c"]


def test_logged_models_are_found_by_metrics_of_a_dataset(ml, fresh):
    c = ml.client
    experiment = c.create_experiment(fresh("exp"))
    run = c.create_run(experiment).info.run_id

    def model(name):
        body = {"experiment_id": experiment, "name": name, "source_run_id": run}
        return ml.call("POST", f"{API}/logged-models", body)[2]["model"]["info"]["model_id"]

    made = {name: model(name) for name in ("one", "two")}
    for name, dataset, value in (("one", "train", 0.5), ("one", "eval", 0.1), ("two", "train", 0.2)):
        c.log_batch(run, [Metric("acc", value, 1, 0, made[name], dataset, "g")])

    def found(filter, *datasets):
        given = [{"dataset_name": name, **({"dataset_digest": digest} if digest else {})} for name, digest in datasets]
        return sorted(m.name for m in c.search_logged_models([experiment], filter_string=filter, datasets=given))

    assert found("metrics.acc > 0.15") == ["one", "two"] and found("metrics.acc > 0.3", ("train", "g")) == ["one"]
    assert found("metrics.acc > 0.15", ("eval", "g")) == [] and found("metrics.acc < 0.15", ("eval", "g")) == ["one"]
    assert found("", ("eval", "g")) == ["one"] and found("", ("train", "other")) == [] and found("", ("other", None)) == []
    assert found("", ("train", None), ("eval", None)) == ["one", "two"]
    # Their tags may have any name.
    c.set_logged_model_tags(made["one"], {"a$/../b": "1"})
    assert c.get_logged_model(made["one"]).tags["a$/../b"] == "1"


def test_a_file_is_no_directory(ml):
    run = ml.client.create_run("0").info.run_id
    base = f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts"

    def put(path):
        return ml.call("PUT", f"{base}/{path}", b"x", headers={"Content-Type": "text/plain"})

    assert put("a/b/c.txt")[0] == 200 and put("d")[0] == 200
    for path, other in (("a", "a/b/c.txt"), ("a/b", "a/b/c.txt"), ("d/e/f", "d")):
        status, _, answer = put(path)
        assert status == 400 and f"'{other}'" in answer["message"], answer
    assert put("a/b/d.txt")[0] == 200 and put("a-b")[0] == 200 and put("d")[0] == 200


def test_versions_as_clients_show_them(ml, fresh):
    c, name = ml.client, fresh()
    c.create_registered_model(name)
    with pytest.raises(MlflowException, match="Latest version not found"):
        c.get_model_version_by_alias(name, "latest")
    for _ in range(3):
        c.create_model_version(name, "s3://bucket/x")
    c.set_registered_model_alias(name, "ü-1", "1")
    assert c.get_model_version_by_alias(name, "ü-1").version == "1"
    assert c.get_model_version_by_alias(name, "latest").version == "3"
    c.delete_model_version(name, "3")
    assert c.get_model_version_by_alias(name, "Latest").version == "2"
    # There, and empty.
    version = ml.call("GET", f"{API}/model-versions/get?name={name}&version=1")[2]["model_version"]
    assert (version["description"], version["run_id"], version["run_link"]) == ("", "", "")
    # A registry beside another tracking server knows its runs by name only.
    version = c.create_model_version(name, "s3://bucket/x", run_id="a" * 32)
    assert version.run_id == "a" * 32 and c.search_model_versions(f"run_id = '{'a' * 32}'")[0].version == version.version
    with pytest.raises(MlflowException, match="not found"):
        c.create_model_version(name, f"runs:/{'a' * 32}/model", run_id="a" * 32)


def test_prompts_are_kept_like_models(ml, fresh):
    name = fresh("prompt")
    prompts = ml.mlflow.genai
    assert prompts.register_prompt(name=name, template="Hello {{who}}").version == 1
    assert prompts.register_prompt(name=name, template="Good day {{who}}", commit_message="polite").version == 2
    assert prompts.load_prompt(f"prompts:/{name}/1").format(who="you") == "Hello you"
    prompts.set_prompt_alias(name, "prod", 2)
    assert prompts.load_prompt(f"prompts:/{name}@prod").template == "Good day {{who}}"
    assert [prompt.name for prompt in prompts.search_prompts(filter_string=f"name = '{name}'")] == [name]
    assert ml.client.search_registered_models(f"name = '{name}'") == []
    # The source that clients give a prompt is none for a model.
    ml.client.create_registered_model(name + "_model")
    with pytest.raises(MlflowException, match="Invalid model version source"):
        ml.client.create_model_version(name + "_model", "dummy-source")
