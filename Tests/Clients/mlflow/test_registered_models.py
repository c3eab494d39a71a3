"""Registered models and versions through the stock mlflow client."""

import threading

import pytest
from mlflow.exceptions import MlflowException


def refused(code, call):
    with pytest.raises(MlflowException) as info:
        call()
    assert info.value.error_code == code, info.value
    return str(info.value)


def test_a_model_is_made_described_tagged_renamed_and_deleted(ml, fresh):
    c, name = ml.client, fresh()
    made = c.create_registered_model(name, tags={"a": "1"}, description="first")
    assert made.name == name and made.description == "first" and made.tags == {"a": "1"}
    c.update_registered_model(name, "second")
    c.set_registered_model_tag(name, "b", "x y")
    c.delete_registered_model_tag(name, "a")
    got = c.get_registered_model(name)
    assert got.description == "second" and got.tags == {"b": "x y"}
    assert got.last_updated_timestamp >= got.creation_timestamp > 1_500_000_000_000
    c.rename_registered_model(name, name + "-new")
    assert c.get_registered_model(name + "-new").tags == {"b": "x y"}
    message = refused("RESOURCE_DOES_NOT_EXIST", lambda: c.get_registered_model(name))
    assert f"Registered Model with name={name} not found" in message
    c.delete_registered_model(name + "-new")
    refused("RESOURCE_DOES_NOT_EXIST", lambda: c.get_registered_model(name + "-new"))


def test_a_name_is_taken_once_and_names_are_checked(ml, fresh):
    c, name = ml.client, fresh()
    c.create_registered_model(name)
    assert f"Registered Model (name={name}) already exists." in refused(
        "RESOURCE_ALREADY_EXISTS", lambda: c.create_registered_model(name))
    for bad in ("a/b", "a:b", "..", "x" * 300, "a\\b"):
        refused("INVALID_PARAMETER_VALUE", lambda: c.create_registered_model(bad))
    refused("INVALID_PARAMETER_VALUE", lambda: c.set_registered_model_tag(name, "k" * 251, "v"))


def test_versions_have_numbers_that_are_never_used_again(ml, fresh):
    c, name = ml.client, fresh()
    c.create_registered_model(name)
    run = c.create_run("0")
    for number in ("1", "2", "3"):
        made = c.create_model_version(name, f"runs:/{run.info.run_id}/m", run.info.run_id, tags={"n": number}, description=f"v{number}")
        assert (made.version, made.status, made.run_id, made.tags) == (number, "READY", run.info.run_id, {"n": number})
    c.delete_model_version(name, "3")
    assert c.create_model_version(name, f"runs:/{run.info.run_id}/m", run.info.run_id).version == "4"
    assert "Model Version (name=%s, version=3) not found" % name in refused(
        "RESOURCE_DOES_NOT_EXIST", lambda: c.get_model_version(name, "3"))
    c.delete_model_version(name, "1")  # the default of SQL moves on
    assert sorted(v.version for v in c.search_model_versions(f"name='{name}'")) == ["2", "4"]
    c.update_model_version(name, "2", "new")
    c.set_model_version_tag(name, "2", "k", "v")
    c.delete_model_version_tag(name, "2", "n")
    got = c.get_model_version(name, "2")
    assert got.description == "new" and got.tags == {"k": "v"}


def test_an_alias_points_to_one_version_and_moves(ml, fresh):
    c, name = ml.client, fresh()
    c.create_registered_model(name)
    for _ in range(2):
        c.create_model_version(name, "s3://bucket/model")
    c.set_registered_model_alias(name, "champion", "1")
    c.set_registered_model_alias(name, "My-Alias", "1")
    c.set_registered_model_alias(name, "champion", "2")
    assert c.get_model_version_by_alias(name, "champion").version == "2"
    assert c.get_registered_model(name).aliases == {"champion": "2", "My-Alias": "1"}
    assert c.get_model_version(name, "1").aliases == ["My-Alias"]
    c.delete_registered_model_alias(name, "champion")
    assert "Registered model alias champion not found." in refused(
        "INVALID_PARAMETER_VALUE", lambda: c.get_model_version_by_alias(name, "champion"))
    for bad in ("latest", "v12", "a b", "x" * 256):
        status, _, answer = ml.call(
            "POST", "/api/2.0/mlflow/registered-models/alias", {"name": name, "alias": bad, "version": "1"})
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), answer
    refused("RESOURCE_DOES_NOT_EXIST", lambda: c.set_registered_model_alias(name, "a", "9"))


def test_stages(ml, fresh):
    c, name = ml.client, fresh()
    c.create_registered_model(name)
    for _ in range(2):
        c.create_model_version(name, "s3://bucket/model")
    c.transition_model_version_stage(name, "1", "production")
    c.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
    assert c.get_model_version(name, "1").current_stage == "Archived"
    assert [v.version for v in c.get_latest_versions(name, ["Production"])] == ["2"]
    assert sorted(v.current_stage for v in c.get_latest_versions(name)) == ["Archived", "Production"]
    refused("INVALID_PARAMETER_VALUE", lambda: c.transition_model_version_stage(name, "1", "Nowhere"))


def test_search_filters_orders_and_pages(ml, fresh):
    c, base = ml.client, fresh("s")
    for index in range(7):
        c.create_registered_model(f"{base}_{index}", tags={"even": str(index % 2 == 0), "base": base})
    names = lambda filter, **more: [m.name for m in c.search_registered_models(filter, **more)]  # noqa: E731
    assert names(f"tags.base = '{base}' AND tags.even = 'True'") == [f"{base}_{i}" for i in (0, 2, 4, 6)]
    assert names(f"name LIKE '{base}%'", order_by=["name DESC"]) == [f"{base}_{i}" for i in range(6, -1, -1)]
    assert names(f"name ILIKE '{base.upper()}_3'") == [f"{base}_3"] and names(f"name LIKE '{base.upper()}%'") == []
    assert names(f"tags.base = '{base}' and tags.`even` != 'True'") == [f"{base}_{i}" for i in (1, 3, 5)]
    seen, token = [], None
    while True:
        page = c.search_registered_models(f"tags.base = '{base}'", max_results=3, page_token=token)
        seen += [m.name for m in page]
        token = page.token
        if not token:
            break
    assert seen == [f"{base}_{i}" for i in range(7)]
    first = c.search_registered_models(f"tags.base = '{base}'", max_results=3)
    for forged in ("AAAA", "eyJvZmZzZXQiOiAzfQ==", first.token[:-4] + "AAA="):
        refused("INVALID_PARAMETER_VALUE", lambda: c.search_registered_models(f"tags.base = '{base}'", max_results=3, page_token=forged))
    refused("INVALID_PARAMETER_VALUE", lambda: c.search_registered_models("name LIKE 'other'", max_results=3, page_token=first.token))


@pytest.mark.parametrize("filter, words", [
    ("nothing = 'x'", "Invalid attribute key 'nothing'"), ("name = x", "character 8"), ("name = 'x", "AND"),
    ("name = 'x' OR name = 'y'", "AND"), ("name ~ 'x'", "character 6"), ("tags.a > 'b'", "Invalid comparator"),
])
def test_a_bad_filter_is_told_with_its_place(ml, filter, words):
    assert words in refused("INVALID_PARAMETER_VALUE", lambda: ml.client.search_registered_models(filter))


def test_versions_made_at_once_do_not_collide(ml, fresh):
    c, name = ml.client, fresh()
    c.create_registered_model(name)
    made, errors = [], []

    def work():
        try:
            made.extend(c.create_model_version(name, "s3://bucket/model", await_creation_for=0).version for _ in range(5))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not errors and sorted(map(int, made)) == list(range(1, 41))


def test_sources_are_checked(ml, fresh):
    c, name = ml.client, fresh()
    c.create_registered_model(name)
    run = c.create_run("0").info.run_id
    for bad in ("/etc/passwd", "file:///etc/passwd", "../x", "http://169.254.169.254/", f"runs:/{run}/../../x", "s3://b/%2e%2e/x",
                "s3://b/%252e%252e/x", "mlflow-artifacts:/../../etc", "models:/m-" + "0" * 32, "x\0y", "file:/x", "local#path"):
        status, _, answer = ml.call("POST", "/api/2.0/mlflow/model-versions/create", {"name": name, "source": bad})
        assert status in (400, 404) and answer["error_code"] in ("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"), (bad, answer)
    status, _, answer = ml.call(
        "POST", "/api/2.0/mlflow/model-versions/create", {"name": name, "source": f"runs:/{run}/m", "run_id": "0" * 32})
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert c.search_model_versions(f"name='{name}'") == []


def test_both_clients_see_one_model(ml, server, fresh):
    from sklearn.linear_model import LogisticRegression
    import pandas

    c, name = ml.client, fresh("both")
    frame = pandas.DataFrame({"A": [0.0, 1.0, 2.0, 3.0], "B": [1.0, 0.0, 1.0, 0.0]})
    session = server.session()
    registry = server.registry(session)
    registry.log_model(
        LogisticRegression().fit(frame, [0, 0, 1, 1]), model_name=name, version_name="one", sample_input_data=frame,
        conda_dependencies=["scikit-learn"], comment="from snowpark")
    model = registry.get_model(name)
    model.version("one").set_alias("prod")
    assert c.get_registered_model(name).latest_versions[0].version == "1"
    version = c.get_model_version_by_alias(name, "prod")
    assert (version.version, version.description) == ("1", "from snowpark")
    c.set_registered_model_alias(name, "champion", "1")
    c.update_model_version(name, "1", "from mlflow")
    c.update_registered_model(name, "shared")
    assert model.version("champion").comment == "from mlflow" and registry.get_model(name).comment == "shared"
    c.create_model_version(name, f"models:/{name}/1", await_creation_for=0)
    assert list(model.show_versions()["name"]) == ["ONE", "V2"]
    # Metrics and tags go both ways.
    model.version("one").set_metric("auc", 0.75)
    raw = ml.call("GET", f"/api/2.0/mlflow/model-versions/get?name={name}&version=1")[2]["model_version"]
    assert raw["model_metrics"] == [{"key": "auc", "value": 0.75}]
    c.set_registered_model_tag(name, "team", "risk")
    assert model.show_tags() == {"ML.REGISTRY.TEAM": "risk"} and model.get_tag("team") == "risk"
    session.sql("create tag if not exists ml.registry.stage_of allowed_values 'trial', 'live'").collect()
    model.set_tag("stage_of", "trial")
    assert c.get_registered_model(name).tags == {"team": "risk", "STAGE_OF": "trial"}
    c.set_registered_model_tag(name, "stage_of", "live")
    assert model.get_tag("stage_of") == "live"
    refused("INVALID_PARAMETER_VALUE", lambda: c.set_registered_model_tag(name, "stage_of", "dead"))
    model.unset_tag("team")
    c.delete_registered_model_tag(name, "stage_of")
    assert model.show_tags() == {} and c.get_registered_model(name).tags == {}
    # A name means the same model in a search, and follows a renaming by the other client.
    assert {v.version for v in c.search_model_versions(f"name = '{name}'")} == {"1", "2"}
    session.sql(f"alter model {name} rename to {name}_moved").collect()
    assert c.get_registered_model(f"{name}_moved").name == f"{name}_moved".upper()
    session.sql("create schema if not exists ml.elsewhere").collect()
    session.sql(f"alter model ml.registry.{name}_moved rename to ml.elsewhere.{name}").collect()
    full = f"ML.ELSEWHERE.{name.upper()}"
    assert c.get_registered_model(full).name == full
    for filter in (f"name = 'ml.elsewhere.{name}'", f"name LIKE 'ML.ELSEWHERE.%{name.upper()}'"):
        assert [m.name for m in c.search_registered_models(filter)] == [full]
        assert {v.name for v in c.search_model_versions(filter)} == {full}
    session.close()


def test_each_client_runs_what_the_other_logged(ml, server, fresh):
    import pandas
    from sklearn.linear_model import LogisticRegression

    mlflow, first, second = ml.mlflow, fresh("snow"), fresh("flow")
    mlflow.set_experiment(fresh("each"))  # another file's would be that of another store
    frame = pandas.DataFrame({"A": [0.0, 1.0, 2.0, 3.0], "B": [1.0, 0.0, 1.0, 0.0]})
    model = LogisticRegression().fit(frame, [0, 0, 1, 1])
    session = server.session()
    registry = server.registry(session)
    registry.log_model(model, model_name=first, version_name="v1", sample_input_data=frame, conda_dependencies=["scikit-learn"])
    got = mlflow.pyfunc.load_model(f"models:/{first}/1").predict(frame)
    assert list(getattr(got, "values", got).reshape(-1)) == list(model.predict(frame))
    with mlflow.start_run():
        mlflow.log_metric("accuracy", 0.5)
        mlflow.sklearn.log_model(
            model, name="m", registered_model_name=second, input_example=frame, serialization_format="cloudpickle",
            pip_requirements=["scikit-learn", "mlflow"])
    version = registry.get_model(second).version("V1")
    assert version.show_metrics() == {"accuracy": 0.5}
    assert list(version.run(frame).iloc[:, -1]) == list(model.predict(frame))
    assert session.sql(f"select {second}!predict(3.0, 0.0):output_feature_0::int as r").collect()[0]["R"] == 1
    session.close()
