"""Who may call: every route needs a login, roles count as in SQL, and pages of other sites write nothing."""

import pytest

ROUTES = [
    ("GET", "registered-models/get?name=x"), ("POST", "registered-models/create"), ("GET", "registered-models/search"),
    ("POST", "model-versions/create"), ("GET", "model-versions/search"), ("GET", "experiments/get?experiment_id=0"),
    ("POST", "experiments/search"), ("POST", "runs/create"), ("POST", "runs/search"), ("POST", "runs/log-batch"),
    ("POST", "logged-models"), ("POST", "logged-models/search"), ("GET", "users/current"), ("GET", "nothing-at-all"),
]


@pytest.mark.parametrize("method, path", ROUTES)
@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
def test_no_route_works_without_a_login(ml, method, path, prefix):
    status, headers, answer = ml.call(method, f"{prefix}/2.0/mlflow/{path}", {} if method == "POST" else None, None)
    assert (status, answer["error_code"]) == (401, "UNAUTHENTICATED"), answer
    assert 'Basic realm="mlflow"' in {k.lower(): v for k, v in headers.items()}["www-authenticate"]


@pytest.mark.parametrize("header", ["Basic !!!", "Basic " + "QURNSU46d3Jvbmc=", "Bearer nonsense", "Digest x", "Basic"])
def test_wrong_credentials_are_refused(ml, header):
    status, headers, answer = ml.call("GET", "/api/2.0/mlflow/users/current", None, None, headers={"Authorization": header})
    assert (status, answer["error_code"]) == (401, "UNAUTHENTICATED"), answer


def test_artifacts_need_a_login(ml):
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        assert ml.call(method, "/api/2.0/mlflow-artifacts/artifacts/0/x/artifacts/y", None, None)[0] == 401
    assert ml.call("GET", "/api/2.0/mlflow-artifacts/artifacts?path=0", None, None)[0] == 401


def test_what_there_is_not(ml):
    status, _, answer = ml.call("GET", "/api/2.0/mlflow/gateway/endpoints")
    assert (status, answer["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
    assert ml.call("GET", "/version", None, None)[0] == 200 and ml.call("GET", "/health", None, None)[0] == 200


def test_roles_count(ml, sql, fresh, name):
    user, role, model = name("U"), name("R"), fresh()
    sql(f"create role {role}")
    sql(f"create user {user} password = 'good-password-1' default_role = {role}")
    sql(f"grant role {role} to user {user}")
    ml.client.create_registered_model(model)
    ml.client.create_model_version(model, "s3://bucket/x")
    call = lambda method, path, body=None: ml.call(method, f"/api/2.0/mlflow/{path}", body, user, "good-password-1")  # noqa: E731
    # Nothing is granted: nothing exists.
    assert call("GET", f"registered-models/get?name={model}")[0] == 404
    assert call("GET", "registered-models/search")[2] == {}
    assert call("POST", "experiments/search", {})[0] in (403, 404)
    sql(f"grant usage on database ml to role {role}")
    sql(f"grant usage on schema ml.registry to role {role}")
    assert call("GET", f"registered-models/get?name={model}")[0] == 404
    assert call("POST", "experiments/search", {})[0] == 200 and call("POST", "runs/create", {"experiment_id": "0"})[0] == 403
    sql(f"grant usage on model ml.registry.{model} to role {role}")
    assert call("GET", f"registered-models/get?name={model}")[0] == 200
    for method, path, body in (
            ("PATCH", "registered-models/update", {"name": model, "description": "x"}), ("POST", "registered-models/set-tag", {"name": model, "key": "a", "value": "b"}),
            ("POST", "registered-models/alias", {"name": model, "alias": "a", "version": "1"}), ("DELETE", "model-versions/delete", {"name": model, "version": "1"}),
            ("POST", "model-versions/transition-stage", {"name": model, "version": "1", "stage": "Production", "archive_existing_versions": False}),
            ("DELETE", "registered-models/delete", {"name": model}), ("POST", "registered-models/create", {"name": fresh()})):
        status, _, answer = call(method, path, body)
        assert (status, answer["error_code"]) == (403, "PERMISSION_DENIED"), (path, answer)
    sql(f"grant create model on schema ml.registry to role {role}")
    assert call("POST", "registered-models/create", {"name": fresh()})[0] == 200 and call("POST", "runs/create", {"experiment_id": "0"})[0] == 200
    sql(f"drop user {user}")
    sql(f"drop role {role}")


def test_pages_of_other_sites_write_nothing(ml, fresh):
    name = fresh()
    status, _, answer = ml.call(
        "POST", "/api/2.0/mlflow/registered-models/create", {"name": name}, headers={"Origin": "https://evil.example"})
    assert status == 403, answer
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        status, _, answer = ml.call(
            "POST", "/api/2.0/mlflow/registered-models/create", b'{"name": "%s"}' % name.encode(), headers={"Content-Type": kind})
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    status, _, answer = ml.call("GET", "/api/2.0/mlflow/registered-models/search", headers={"Host": "evil.example"})
    assert status in (400, 403, 421)
    assert ml.call("GET", f"/api/2.0/mlflow/registered-models/get?name={name}")[0] == 404


@pytest.mark.parametrize("body, words", [
    (b"{", "not valid JSON"), (b"[]", "not a JSON object"), (b'{"name": {"a": 1}}', "'name'"), (b'{"name": "x", "tags": "y"}', "'tags'"),
    (b'{"name": "x", "tags": [1]}', "'tags'"), (b"{}", "Missing value for required parameter 'name'"), (b"[" * 100_000, "JSON"),
])
def test_bad_bodies_are_told(ml, body, words):
    status, _, answer = ml.call("POST", "/api/2.0/mlflow/registered-models/create", body, headers={"Content-Type": "application/json"})
    assert status == 400 and answer["error_code"] == "INVALID_PARAMETER_VALUE" and words in answer["message"], answer
