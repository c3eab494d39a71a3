"""Pages of searches through the stock client, while others make and delete what is searched for."""

import urllib.parse

import pytest
from mlflow.exceptions import MlflowException

API = "/api/2.0/mlflow"


def pages(search, between=lambda page: None):
    """What the pages of a search give, one after the other."""
    found, token = [], None
    while True:
        page = search(token)
        found += page
        between(page)
        token = page.token
        if not token:
            return found


def check(search, made, ident, remove, add):
    """All that is there from the first page to the last is given once, in the order of one large page."""
    whole = [ident(item) for item in pages(lambda token: search(token, 1000))]
    assert set(whole) == set(made) and len(whole) == len(made)
    removed = []

    def change(page):
        last = ident(page[-1])
        if last in made:
            remove(last)
            removed.append(last)
        if len(removed) < 5:
            add()

    found = [ident(item) for item in pages(lambda token: search(token, 3), change)]
    assert len(found) == len(set(found))
    assert [one for one in found if one in made] == whole and removed
    return found


@pytest.mark.parametrize("order", [None, ["name DESC"], ["last_updated_timestamp ASC"], ["creation_timestamp DESC"]])
def test_registered_models(ml, fresh, order):
    c, base = ml.client, fresh("pg")
    count = iter(range(10, 90))
    add = lambda: c.create_registered_model(f"{base}_{next(count)}").name  # noqa: E731
    made = [add() for _ in range(12)]
    check(lambda token, size: c.search_registered_models(f"name LIKE '{base}%'", max_results=size, order_by=order, page_token=token),
          made, lambda m: m.name, c.delete_registered_model, add)


@pytest.mark.parametrize("order", [None, ["version_number ASC"], ["name ASC", "version_number DESC"]])
def test_model_versions(ml, fresh, order):
    c, name = ml.client, fresh("pgv")
    c.create_registered_model(name)
    add = lambda: c.create_model_version(name, "s3://bucket/model").version  # noqa: E731
    made = [add() for _ in range(11)]
    check(lambda token, size: c.search_model_versions(f"name = '{name}'", max_results=size, order_by=order, page_token=token),
          made, lambda v: v.version, lambda version: c.delete_model_version(name, version), add)


@pytest.mark.parametrize("order", [None, ["metrics.loss DESC"], ["params.depth ASC", "attributes.start_time ASC"], ["attributes.end_time DESC"], ["tags.team"]])
def test_runs(ml, fresh, order):
    c = ml.client
    experiment = c.create_experiment(fresh("pgr"))
    count = iter(range(100))

    def add():
        index = next(count)
        run = c.create_run(experiment, start_time=1000 + index % 3).info.run_id
        if index % 2:
            c.log_metric(run, "loss", float("nan") if index % 5 == 0 else index % 4)
        if index % 3:
            c.log_param(run, "depth", str(index % 2))
            c.set_terminated(run, end_time=2000 + index % 2)
            c.set_tag(run, "team", "red" if index % 2 else "blue")
        return run

    made = [add() for _ in range(13)]
    check(lambda token, size: c.search_runs([experiment], max_results=size, order_by=order, page_token=token),
          made, lambda r: r.info.run_id, c.delete_run, add)


@pytest.mark.parametrize("order", [None, ["name ASC"], ["last_update_time DESC"]])
def test_experiments(ml, fresh, order):
    c, base = ml.client, fresh("pge")
    count = iter(range(10, 90))
    add = lambda: c.create_experiment(f"{base}_{next(count)}")  # noqa: E731
    made = [add() for _ in range(8)]
    check(lambda token, size: c.search_experiments(filter_string=f"name LIKE '{base}%'", max_results=size, order_by=order, page_token=token),
          made, lambda e: e.experiment_id, c.delete_experiment, add)


@pytest.mark.parametrize("order", [None, [{"field_name": "metrics.acc", "ascending": False}], [{"field_name": "name"}, {"field_name": "creation_time"}]])
def test_logged_models(ml, fresh, order):
    c = ml.client
    experiment = c.create_experiment(fresh("pgl"))
    run = c.create_run(experiment).info.run_id
    count = iter(range(100))

    def add():
        index = next(count)
        model = c.create_logged_model(experiment, name=f"m{index % 2}", source_run_id=run).model_id
        if index % 3:
            c.log_metric(run, "acc", index % 2, step=index, model_id=model)
        return model

    made = [add() for _ in range(10)]
    check(lambda token, size: c.search_logged_models([experiment], max_results=size, order_by=order, page_token=token),
          made, lambda m: m.model_id, c.delete_logged_model, add)


def test_the_history_of_a_metric_grows_between_pages(ml):
    run = ml.client.create_run("0").info.run_id
    for step in range(7):
        ml.client.log_metric(run, "loss", step, timestamp=1000 + step // 3, step=step)
    steps, token = [], ""
    while True:
        query = urllib.parse.urlencode({"run_id": run, "metric_key": "loss", "max_results": 3, "page_token": token})
        status, _, answer = ml.call("GET", f"{API}/metrics/get-history?{query}")
        assert status == 200, answer
        steps += [int(point["step"]) for point in answer["metrics"]]
        # One that comes before all that were served.
        ml.client.log_metric(run, "loss", 0.5, timestamp=len(steps), step=50 + len(steps))
        token = answer.get("next_page_token", "")
        if not token:
            break
    assert steps == list(range(7))
    assert [point.value for point in ml.client.get_metric_history(run, "loss")][-7:] == list(range(7))


def test_tokens_of_others(ml, fresh, sql, name):
    """A token counts for the search that gave it and for the user who made it."""
    c, base = ml.client, fresh("pgt")
    for index in range(3):
        c.create_registered_model(f"{base}_{index}")
    filter = f"name LIKE '{base}%'"
    # By plain calls: the client adds to its filters.
    query = urllib.parse.urlencode({"max_results": 2, "filter": filter})
    token = ml.call("GET", f"{API}/registered-models/search?{query}")[2]["next_page_token"]
    user, password = name("U"), "correct horse battery staple"
    sql(f"CREATE USER {user} PASSWORD = '{password}'")
    for user_name, secret, found, status in ((user, password, filter, 400), ("ADMIN", None, filter + " AND name != 'x'", 400), ("ADMIN", None, filter, 200)):
        query = urllib.parse.urlencode({"max_results": 2, "filter": found, "page_token": token})
        got, _, answer = ml.call("GET", f"{API}/registered-models/search?{query}", None, user_name, **({"password": secret} if secret else {}))
        assert got == status, answer
        assert status == 200 or (answer["error_code"] == "INVALID_PARAMETER_VALUE" and "page token" in answer["message"]), answer
    for search in (lambda: c.search_model_versions("", page_token=token), lambda: c.search_experiments(page_token=token),
                   lambda: c.search_runs(["0"], page_token=token), lambda: c.search_logged_models(["0"], page_token=token)):
        with pytest.raises(MlflowException) as info:
            search()
        assert info.value.error_code == "INVALID_PARAMETER_VALUE" and "page token" in str(info.value)


def test_a_search_is_ordered_by_a_few_keys(ml):
    """Each key of a page's condition stands in a bracket of its own."""
    keys = [f"metrics.m{number} {'DESC' if number % 2 else 'ASC'}" for number in range(9)]
    for given, status in ((keys[:8], 200), (keys, 400)):
        body = {"experiment_ids": ["0"], "max_results": 1, "order_by": given}
        assert ml.call("POST", "/api/2.0/mlflow/runs/search", body)[0] == status


def test_metrics_of_names_that_look_alike_are_two(ml):
    with ml.mlflow.start_run() as run:
        ml.client.log_batch(run.info.run_id, metrics=[
            ml.mlflow.entities.Metric(name, 1.0, 1, 0) for name in ("\u00e9", "e\u0301")])
    assert set(ml.client.get_run(run.info.run_id).data.metrics) == {"\u00e9", "e\u0301"}
