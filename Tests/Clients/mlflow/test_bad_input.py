"""What callers get wrong: each mistake has the code that MLflow's clients expect, says what is wrong, and changes nothing."""

import http.client
import socket
import urllib.parse

import pytest

API = "/api/2.0/mlflow"
INVALID, MISSING, TAKEN = (400, "INVALID_PARAMETER_VALUE"), (404, "RESOURCE_DOES_NOT_EXIST"), (400, "RESOURCE_ALREADY_EXISTS")
LONG = "x" * 100_001


@pytest.fixture(scope="module")
def thing(ml):
    """One of each, by the words that the calls below use."""
    import uuid

    name = "thing_" + uuid.uuid4().hex[:8]
    ml.client.create_registered_model(name)
    ml.client.create_model_version(name, "s3://bucket/x")
    experiment = ml.client.create_experiment(name)
    run = ml.client.create_run(experiment).info.run_id
    ml.client.log_param(run, "p", "1")
    logged = ml.call("POST", f"{API}/logged-models", {"experiment_id": experiment})[2]["model"]["info"]["model_id"]
    ml.client.log_batch(run, tags=[])
    return {"MODEL": name, "EXPERIMENT": experiment, "RUN": run, "LOGGED": logged, "NONE": "0" * 32}


@pytest.fixture(scope="module", autouse=True)
def untouched(ml, thing):
    """After all mistakes everything is as it was."""
    def state():
        get = lambda path: ml.call("GET", f"{API}/{path}")[2]  # noqa: E731
        return (
            get(f"registered-models/get?name={thing['MODEL']}"), get(f"model-versions/get?name={thing['MODEL']}&version=1"),
            get(f"runs/get?run_id={thing['RUN']}"), get(f"logged-models/{thing['LOGGED']}"), get(f"experiments/get?experiment_id={thing['EXPERIMENT']}"),
            ml.call("POST", f"{API}/runs/search", {"experiment_ids": [thing["EXPERIMENT"]]})[2])

    before = state()
    yield
    assert state() == before


CALLS = [
    # Names that there are, and are not.
    ("POST registered-models/create", {"name": "MODEL"}, TAKEN, "already exists"),
    ("GET registered-models/get", {"name": "nobody"}, MISSING, "Registered Model with name=nobody not found"),
    ("GET registered-models/get", {}, INVALID, "Missing value for required parameter 'name'"),
    ("POST registered-models/rename", {"name": "MODEL", "new_name": "a/b"}, INVALID, "'/'"),
    ("POST registered-models/rename", {"name": "MODEL"}, INVALID, "'new_name'"),
    ("POST registered-models/rename", {"name": "nobody", "new_name": "y"}, MISSING, "nobody"),
    ("PATCH registered-models/update", {"name": "nobody", "description": "x"}, MISSING, "nobody"),
    ("PATCH registered-models/update", {"name": "MODEL", "description": {"a": 1}}, INVALID, "'description'"),
    ("DELETE registered-models/delete", {"name": "nobody"}, MISSING, "nobody"),
    *[("POST registered-models/create", {"name": bad}, INVALID, words) for bad, words in (
        ("", "'name'"), ("a/b", "'/'"), ("a:b", "':'"), ("..", "path"), (".", "path"), ("x" * 300, "300 characters"), ("a\nb", "control"),
        ("a\x00b", "control"), ("a\\b", "path"), (" \t", "empty"), (7.5, ""), ([1], "'name'"))][:10],
    ("POST registered-models/create", {"name": ["x"]}, INVALID, "'name'"),
    ("POST registered-models/create", {"name": "x", "tags": [{"value": "v"}]}, INVALID, "'key'"),
    ("POST registered-models/create", {"name": "x", "tags": {"a": "b"}}, INVALID, "'tags'"),
    # Tags and aliases.
    ("POST registered-models/set-tag", {"name": "MODEL", "key": "k" * 251, "value": "v"}, INVALID, "251 characters"),
    ("POST registered-models/set-tag", {"name": "MODEL", "key": "k", "value": LONG}, INVALID, "100001 characters"),
    ("POST registered-models/set-tag", {"name": "MODEL", "value": "v"}, INVALID, "'key'"),
    ("POST model-versions/set-tag", {"name": "MODEL", "version": "1", "key": "k" * 251, "value": "v"}, INVALID, "251 characters"),
    ("POST model-versions/set-tag", {"name": "MODEL", "version": "9", "key": "k", "value": "v"}, MISSING, "version=9"),
    *[("POST registered-models/alias", {"name": "MODEL", "alias": bad, "version": "1"}, INVALID, "alias")
      for bad in ("latest", "v1", "V22", "a b", "a/b", "x" * 256, "")],
    ("POST registered-models/alias", {"name": "MODEL", "alias": "a", "version": "9"}, MISSING, "version"),
    ("POST registered-models/alias", {"name": "MODEL", "alias": "a", "version": "one"}, INVALID, "integer"),
    ("GET registered-models/alias", {"name": "MODEL", "alias": "nobody"}, INVALID, "Registered model alias nobody not found"),
    # Versions.
    *[("GET model-versions/get", {"name": "MODEL", "version": bad}, INVALID, "integer") for bad in ("x", "-1", "0", "1.5", "9" * 30)],
    ("GET model-versions/get", {"name": "MODEL", "version": "2"}, MISSING, "Model Version (name="),
    ("DELETE model-versions/delete", {"name": "MODEL", "version": "2"}, MISSING, "version=2"),
    ("POST model-versions/create", {"name": "nobody", "source": "s3://x/y"}, MISSING, "nobody"),
    ("POST model-versions/create", {"name": "MODEL"}, INVALID, "'source'"),
    ("POST model-versions/create", {"name": "MODEL", "source": "runs:/RUN/m", "run_id": "NONE"}, INVALID, "another run"),
    ("POST model-versions/create", {"name": "MODEL", "source": "runs:/NONE/m", "run_id": "NONE"}, MISSING, ""),
    ("POST model-versions/create", {"name": "MODEL", "source": "models:/LOGGED"}, INVALID, "model_id"),
    ("POST model-versions/create", {"name": "MODEL", "source": "models:/LOGGED", "model_id": "m-NONE"}, INVALID, "model_id"),
    ("POST model-versions/create", {"name": "MODEL", "source": "mlflow-artifacts:/0/models/LOGGED/artifacts", "model_id": "m-NONE"}, INVALID, "model_id"),
    ("POST model-versions/create", {"name": "MODEL", "source": "s3://x/y", "model_id": "m-NONE"}, MISSING, "m-"),
    ("POST model-versions/transition-stage", {"name": "MODEL", "version": "1", "stage": "Shipping", "archive_existing_versions": False}, INVALID, "Shipping"),
    ("POST model-versions/transition-stage", {"name": "MODEL", "version": "1", "stage": "None", "archive_existing_versions": True}, INVALID, "archive"),
    ("POST model-versions/transition-stage", {"name": "MODEL", "version": "1", "stage": "Staging", "archive_existing_versions": "perhaps"}, INVALID, "'archive_existing_versions'"),
    # Pages.
    *[(f"{call}", {"max_results": bad}, INVALID, "'max_results'") for call in ("GET registered-models/search", "GET model-versions/search", "POST experiments/search", "POST runs/search")
      for bad in (0, -1, "x", 10_000_000)],
    *[("GET registered-models/search", {"page_token": bad}, INVALID, "page token") for bad in ("x", "eyJvZmZzZXQiOiAxfQ==", "MC4w", "!!", "1" * 5000)],
    ("POST runs/search", {"page_token": "eyJvZmZzZXQiOiAxfQ=="}, INVALID, "page token"),
    ("GET webhooks", {"page_token": "MTAuMA=="}, INVALID, "page token"),
    # Filters say where.
    *[("GET registered-models/search", {"filter": bad}, INVALID, words) for bad, words in (
        ("name = ", "at character"), ("name", "at character"), ("nam = 'x'", "nam"), ("name = 'x", "at character"), ("name = 'x' OR name = 'y'", "at character 12"),
        ("name > 'x'", ">"), ("name = x", "x"), ("(name = 'x')", "at character 1"), ("name = 'x' AND", "at character"),
        ("; DROP TABLE object", "at character 1"), ("name ~ 'x'", "at character 6"))],
    *[("POST runs/search", {"experiment_ids": ["EXPERIMENT"], "filter": bad}, INVALID, words) for bad, words in (
        ("metrics.x = 'a'", "x"), ("params.x > '1'", ">"), ("foo.x = 1", "foo"), ("attributes.foo = '1'", "foo"), ("metrics.x > ", "at character"))],
    ("GET registered-models/search", {"order_by": "colour"}, INVALID, "colour"),
    ("POST runs/search", {"experiment_ids": ["EXPERIMENT"], "order_by": ["metrics.x SIDEWAYS"]}, INVALID, "SIDEWAYS"),
    ("POST runs/search", {"experiment_ids": "EXPERIMENT", "run_view_type": "SOME"}, INVALID, "run_view_type"),
    ("POST runs/search", {"experiment_ids": ["x"]}, INVALID, "experiment"),
    # Experiments and runs.
    ("POST experiments/create", {"name": "MODEL"}, TAKEN, "already exists"),
    ("POST experiments/create", {}, INVALID, "'name'"), ("POST experiments/create", {"name": "x" * 501}, INVALID, "501 characters"),
    ("GET experiments/get", {"experiment_id": "x"}, INVALID, "Invalid experiment ID"),
    ("GET experiments/get", {"experiment_id": "999999"}, MISSING, "999999"),
    ("GET experiments/get-by-name", {"experiment_name": "nobody"}, MISSING, "Could not find experiment with name 'nobody'"),
    ("POST runs/create", {"experiment_id": "999999"}, MISSING, "999999"), ("POST runs/create", {"experiment_id": "-1"}, INVALID, "-1"),
    ("GET runs/get", {"run_id": "nobody"}, MISSING, "nobody"), ("GET runs/get", {}, INVALID, "run"),
    ("POST runs/update", {"run_id": "RUN", "status": "SLEEPING"}, INVALID, "SLEEPING"),
    ("POST runs/log-metric", {"run_id": "RUN", "key": "m", "value": "many", "timestamp": 1}, INVALID, "'value'"),
    ("POST runs/log-metric", {"run_id": "RUN", "key": "m", "timestamp": 1}, INVALID, "'value'"),
    ("POST runs/log-metric", {"run_id": "RUN", "key": "m" * 251, "value": 1, "timestamp": 1}, INVALID, "251 characters"),
    ("POST runs/log-metric", {"run_id": "RUN", "key": "../m", "value": 1, "timestamp": 1}, INVALID, "../m"),
    ("POST runs/log-metric", {"run_id": "RUN", "key": "m", "value": 1, "timestamp": "soon"}, INVALID, "'timestamp'"),
    ("POST runs/log-metric", {"run_id": "RUN", "key": "m", "value": 1, "timestamp": 1, "step": 1.5}, INVALID, "'step'"),
    ("POST runs/log-metric", {"run_id": "RUN", "key": "m", "value": 1, "timestamp": 10**30}, INVALID, "'timestamp'"),
    ("POST runs/log-parameter", {"run_id": "RUN", "key": "p", "value": "2"}, INVALID, "p"),
    ("POST runs/log-metric", {"run_id": "RUN", "key": "m", "value": 1}, INVALID, "'timestamp'"),
    ("POST runs/log-metric", {"run_id": "RUN", "key": "m", "value": 1, "timestamp": -1}, INVALID, "nonnegative"),
    ("POST runs/log-metric", {"run_id": "RUN", "key": "m", "value": 1, "timestamp": 1, "dataset_name": "d"}, INVALID,
     "dataset_digest"),
    ("POST runs/log-inputs", {"run_id": "RUN", "datasets": [{"dataset": {"name": "d", "digest": "x" * 37}}]}, INVALID, "36"),
    ("POST runs/create", {"experiment_id": "0", "run_name": "a", "tags": [{"key": "mlflow.runName", "value": "b"}]}, INVALID,
     "different values"),
    ("GET runs/get", {"run_id": ""}, INVALID, "run_id"),
    ("POST experiments/update", {"experiment_id": "0"}, INVALID, "new_name"),
    ("POST logged-models", {"experiment_id": "0", "name": "a.b"}, INVALID, "Invalid model name"),
    ("POST logged-models/search", {"experiment_ids": ["0"], "datasets": [{"dataset_digest": "d"}]}, INVALID, "dataset_name"),
    ("GET metrics/get-history-bulk-interval", {"metric_key": "m"}, INVALID, "run_ids"),
    ("GET metrics/get-history-bulk-interval", {"run_ids": ["RUN"] * 101, "metric_key": "m"}, INVALID, "100"),
    ("GET metrics/get-history-bulk-interval", {"run_ids": "RUN", "metric_key": "m", "start_step": 1}, INVALID, "both"),
    ("GET metrics/get-history-bulk-interval", {"run_ids": "RUN", "metric_key": "m", "start_step": 2, "end_step": 1}, INVALID,
     "greater"),
    ("GET metrics/get-history-bulk-interval", {"run_ids": "RUN", "metric_key": "m", "max_results": 2501}, INVALID, "2500"),
    ("GET metrics/get-history-bulk", {"metric_key": "m"}, INVALID, "run_id"),
    ("POST runs/log-batch", {"run_id": "RUN", "params": [{"key": f"p{i}", "value": "v"} for i in range(101)]}, INVALID, "100"),
    ("POST runs/log-batch", {"run_id": "RUN", "params": [{"key": "new", "value": "v"}, {"key": "p", "value": "other"}]}, INVALID, "p"),
    ("POST runs/log-batch", {"run_id": "RUN", "metrics": [{"key": "m", "value": 1, "timestamp": 1}, {"key": "", "value": 1}]}, INVALID, "'key'"),
    ("POST runs/log-batch", {"run_id": "RUN", "metrics": "x"}, INVALID, "'metrics'"),
    ("POST runs/delete-tag", {"run_id": "RUN", "key": "nobody"}, MISSING, "nobody"),
    ("POST runs/log-inputs", {"run_id": "RUN", "datasets": [{"tags": []}]}, INVALID, "dataset"),
    ("GET metrics/get-history", {"run_id": "RUN"}, INVALID, "'metric_key'"),
    # Logged models.
    ("GET logged-models/m-NONE", None, MISSING, "m-"), ("GET logged-models/x", None, MISSING, "x"),
    ("PATCH logged-models/LOGGED", {"status": "DONE"}, INVALID, "DONE"),
    ("PATCH logged-models/LOGGED", {"model_id": "m-NONE", "status": "LOGGED_MODEL_READY"}, INVALID, "does not match"),
    ("PATCH logged-models/LOGGED/tags", {"model_id": "m-NONE", "tags": [{"key": "a", "value": "b"}]}, INVALID, "does not match"),
    ("DELETE logged-models/LOGGED/tags/nobody", {}, MISSING, "nobody"),
    ("POST logged-models", {"experiment_id": "999999"}, MISSING, "999999"), ("POST logged-models", {}, INVALID, "'experiment_id'"),
    ("POST logged-models/search", {"experiment_ids": ["EXPERIMENT"], "order_by": [{"field_name": "colour"}]}, INVALID, "colour"),
    # Users.
    ("GET users/get", {"username": "nobody"}, MISSING, "NOBODY"), ("POST users/create", {"username": "x"}, INVALID, "'password'"),
    ("POST users/create", {"username": "x", "password": "short"}, INVALID, "too short"), ("POST users/create", {"password": "long-enough"}, INVALID, "'username'"),
    ("POST users/create", {"username": "admin", "password": "long-enough"}, TAKEN, "exists"), ("DELETE users/delete", {"username": "nobody"}, MISSING, "NOBODY"),
    ("DELETE users/delete", {"username": "ADMIN"}, INVALID, "itself"), ("PATCH users/update-admin", {"username": "ADMIN"}, INVALID, "'is_admin'"),
    ("PATCH users/update-password", {"username": "ADMIN", "password": "something-else"}, INVALID, "Current password is required"),
    ("PATCH users/update-admin", {"username": "ADMIN", "is_admin": False}, INVALID, "ACCOUNTADMIN"),
]


@pytest.mark.parametrize("call, arguments, expected, words", CALLS, ids=[f"{i}-{c[0]}" for i, c in enumerate(CALLS)])
def test_a_mistake_is_told(ml, thing, call, arguments, expected, words):
    def fill(value):
        if isinstance(value, str):
            for word, real in thing.items():
                value = value.replace(word, real)
            return value
        if isinstance(value, dict):
            return {key: fill(entry) for key, entry in value.items()}
        return [fill(entry) for entry in value] if isinstance(value, list) else value

    method, path = call.split(" ")
    path, arguments = f"{API}/{fill(path)}", fill(arguments or {})
    if method == "GET":
        status, _, answer = ml.call(method, path + "?" + urllib.parse.urlencode(arguments, doseq=True))
    else:
        status, _, answer = ml.call(method, path, arguments)
    assert (status, answer["error_code"]) == expected, answer
    assert words in answer["message"], answer["message"]


@pytest.mark.parametrize("method, path, body, expected", [
    ("POST", f"{API}/registered-models/create", b'{"name": "\xff\xfe"}', 400), 
    ("POST", f"{API}/registered-models/create", b'{"name": "x"} trailing', 400), ("POST", f"{API}/registered-models/create", b"null", 400),
    ("POST", f"{API}/registered-models/create", b'"x"', 400), ("POST", f"{API}/registered-models/create", b"", 400),
    ("GET", f"{API}/registered-models/get?name=%ff%fe", None, 400),
    ("GET", f"{API}/registered-models/get?name=%zz", None, 400), ("GET", f"{API}/registered-models/get?%00=x", None, 400),
    ("PUT", f"{API}/registered-models/create", b"{}", 404), ("DELETE", f"{API}/registered-models/get", b"{}", 404),
    ("GET", f"{API}/registered-models/get/", None, 400), ("GET", f"{API}/logged-models/%2e%2e", None, 404), ("GET", f"{API}/", None, 404),
    ("GET", "/api/2.0/mlflow", None, 404), ("GET", f"{API}/registered-models", None, 404), ("PATCH", f"{API}/webhooks", b"{}", 404)])
def test_broken_requests_are_told(ml, method, path, body, expected):
    status, _, answer = ml.call(method, path, body, headers={"Content-Type": "application/json"} if body is not None else None)
    assert status == expected or status in (400, 404) and expected in (400, 404), answer
    assert answer["error_code"] in ("INVALID_PARAMETER_VALUE", "BAD_REQUEST", "ENDPOINT_NOT_FOUND", "RESOURCE_DOES_NOT_EXIST") and answer["message"]


def test_half_a_request_changes_nothing(ml, thing, fresh):
    name = fresh()
    body = b'{"name": "%s", "description": "' % name.encode()
    for path, extra in ((f"{API}/registered-models/create", b"Content-Type: application/json\r\n"),
                        (f"/api/2.0/mlflow-artifacts/artifacts/{thing['EXPERIMENT']}/{thing['RUN']}/artifacts/half.bin", b"")):
        method = b"PUT" if "artifacts/half" in path else b"POST"
        with socket.create_connection(("127.0.0.1", ml.server.port), timeout=10) as connection:
            connection.sendall(
                method + b" " + path.encode() + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n" + extra
                + b"Authorization: Basic QURNSU46Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ==\r\n\r\n" + body)
    # A request after it, over the same catalog, sees nothing of either.
    assert ml.call("GET", f"{API}/registered-models/get?name={name}")[0] == 404
    assert ml.client.list_artifacts(thing["RUN"]) == []
    assert not list((ml.server.data / "blobs" / "incoming").iterdir()) or ml.server.alive


def test_a_token_of_one_search_does_not_open_another(ml):
    made = [ml.client.create_experiment(f"paged_{i}_{id(ml)}") for i in range(3)]
    token = ml.call("POST", f"{API}/experiments/search", {"max_results": 1})[2]["next_page_token"]
    for body in ({"max_results": 1, "filter": "name LIKE 'paged%'"}, {"max_results": 1, "order_by": ["name"]}, {"max_results": 1, "view_type": "ALL"}):
        status, _, answer = ml.call("POST", f"{API}/experiments/search", {**body, "page_token": token})
        assert (status, answer["error_code"]) == INVALID and "page token" in answer["message"]
    assert ml.call("POST", f"{API}/runs/search", {"experiment_ids": made, "page_token": token})[0] == 400
    assert ml.call("POST", f"{API}/experiments/search", {"max_results": 1, "page_token": token})[0] == 200


def test_codes_of_the_client(ml):
    """What the client raises of an answer: by its code."""
    from mlflow.exceptions import RestException
    from mlflow.protos.databricks_pb2 import ErrorCode

    connection = http.client.HTTPConnection("127.0.0.1", ml.server.port, timeout=20)
    connection.request("GET", f"{API}/no/such/call")
    assert connection.getresponse().status == 401
    with pytest.raises(RestException) as raised:
        ml.client.get_registered_model("nobody")
    assert raised.value.error_code == "RESOURCE_DOES_NOT_EXIST" and raised.value.get_http_status_code() == 404
    for code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "RESOURCE_ALREADY_EXISTS", "PERMISSION_DENIED", "UNAUTHENTICATED", "ENDPOINT_NOT_FOUND"):
        assert code in ErrorCode.keys()
