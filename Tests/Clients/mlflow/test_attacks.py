"""The classes of attack that MLflow's servers have known, each tried against this one."""

import os
import pickle
import stat
import time

import pytest

API = "/api/2.0/mlflow"
FILES = "/api/2.0/mlflow-artifacts/artifacts"

SOURCES = [
    "/etc/passwd", "etc/passwd", "./x", "../../etc/passwd", "file:///etc/passwd", "file:/etc/passwd", "file://localhost/etc/passwd",
    "FILE:///etc/passwd", "local:///etc/passwd", "http://127.0.0.1/x", "https://evil.example/x", "http:///#/../../../etc/passwd",
    "s3://bucket/../../etc", "s3://bucket/%2e%2e/x", "s3://bucket/%252e%252e/x", "s3://bucket/x#../../etc", "s3://bucket/x?../../etc",
    "s3://bucket/..%5c..%5cx", "s3://bucket\\..\\x", "s3://bucket/x%00", "s3://bucket/a/..;/b", "mlflow-artifacts:/../../etc/passwd",
    "mlflow-artifacts:/%2e%2e/%2e%2e/etc/passwd", "mlflow-artifacts://host/../../etc", "mlflow-artifacts:/0/x", "runs:/", "runs:/../x",
    "runs:/nobody/../../x", "models:/", "models:/../x", "models:/m-" + "0" * 32, "models:/a/1/2", "dbfs:/x", "c:\\windows", "c:/windows", "",
]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("tags", [[], [{"key": "mlflow.prompt.is_prompt", "value": "true"}]], ids=["model", "prompt"])
def test_no_source_leads_out(ml, shared_model, source, tags):
    """Whatever its tags: a mark as a prompt was a way around the check once."""
    status, _, answer = ml.call("POST", f"{API}/model-versions/create", {"name": shared_model, "source": source, "tags": tags})
    assert status in (400, 404), (source, answer)
    assert answer["error_code"] in ("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST") and "root:" not in str(answer)
    assert ml.call("GET", f"{API}/model-versions/search?filter=name%3D'{shared_model}'")[2] == {}


@pytest.fixture(scope="module")
def shared_model(ml):
    name = f"attacked_{os.getpid()}_{int(time.time())}"
    ml.client.create_registered_model(name)
    return name


def test_a_source_is_checked_again_when_it_is_read(ml, fresh):
    """What was taken before a run was removed names no way out afterwards, and is served from the version's own files."""
    name, run = fresh(), ml.client.create_run("0").info
    ml.call("PUT", f"{FILES}/0/{run.run_id}/artifacts/m/x.txt", b"kept")
    ml.client.create_registered_model(name)
    ml.client.create_model_version(name, f"runs:/{run.run_id}/m", run.run_id)
    uri = ml.client.get_model_version_download_uri(name, "1")
    assert uri.startswith("mlflow-artifacts:/versions/")
    path = f"{FILES}/{uri.removeprefix('mlflow-artifacts:/')}"
    for way in ("/..%2f..%2fetc%2fpasswd", "/../../etc/passwd", "%2f..%2f1%2fx.txt", "/%252e%252e/x"):
        assert ml.call("GET", path + way)[0] in (400, 404), way


@pytest.mark.parametrize("place", [
    "/etc", "file:///etc", "s3://bucket/x", "http:///#/../../etc", "mlflow-artifacts:/../../etc", "mlflow-artifacts:/%2e%2e/x", "../x", "dbfs:/x"])
def test_experiments_have_no_other_place(ml, fresh, place):
    name = fresh("exp")
    status, _, answer = ml.call("POST", f"{API}/experiments/create", {"name": name, "artifact_location": place})
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE") and "artifact_location" in answer["message"]
    assert ml.client.get_experiment_by_name(name) is None


@pytest.mark.parametrize("path", [
    "/get-artifact?path=../../etc/passwd&run_uuid=x", "/model-versions/get-artifact?name=x&version=1&path=../../etc/passwd",
    "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=x&path=../../x", "/ajax-api/2.0/mlflow/gateway-proxy?gateway_path=http://127.0.0.1",
    "/ajax-api/3.0/jobs/", "/api/3.0/mlflow/jobs/x", "/graphql", "/signup", "/static-files/../../../etc/passwd", "//etc/passwd", "/..%2f..%2fetc/passwd"])
def test_roads_that_others_left_open_lead_nowhere(ml, path):
    for method in ("GET", "POST"):
        status, _, answer = ml.call(method, path, {} if method == "POST" else None)
        assert status in (400, 404, 405) and b"root:" not in (answer if isinstance(answer, bytes) else str(answer).encode())


# Browsers ---------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("headers, expected", [
    ({"Origin": "https://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Origin": "http://127.0.0.1:1"}, 403), ({"Origin": "file://"}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Host": "evil.example"}, 421), ({"Host": "127.0.0.1.evil.example"}, 421), ({"Host": "evil.example:80@127.0.0.1"}, 421)])
def test_other_sites_write_nothing(ml, fresh, headers, expected):
    name = fresh()
    for prefix in ("/api", "/ajax-api"):
        status, got, answer = ml.call("POST", f"{prefix}/2.0/mlflow/registered-models/create", {"name": name}, headers=headers)
        assert status in (expected, 400), answer
        assert not [k for k in got if k.lower().startswith("access-control-")]
    assert ml.call("PUT", f"{FILES}/0/{'0' * 32}/artifacts/x", b"x", headers=headers)[0] in (expected, 400)
    assert ml.call("GET", f"{API}/registered-models/get?name={name}")[0] == 404


def test_pages_may_not_ask_beforehand(ml):
    status, headers, _ = ml.call("OPTIONS", f"{API}/registered-models/create", None, None, headers={
        "Origin": "https://evil.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"})
    assert status in (403, 404, 405) and not [k for k in headers if k.lower().startswith("access-control-")]


def test_the_own_pages_may_write(ml, fresh):
    host = f"127.0.0.1:{ml.server.port}"
    assert ml.call("POST", f"{API}/registered-models/create", {"name": fresh()}, headers={"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"})[0] == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", "text/json", None])
def test_only_json_is_taken(ml, fresh, kind):
    import http.client

    name = fresh()
    connection = http.client.HTTPConnection("127.0.0.1", ml.server.port, timeout=20)
    connection.request("POST", f"{API}/registered-models/create", b'{"name": "%s"}' % name.encode(), {
        "Authorization": "Basic QURNSU46Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ==", **({"Content-Type": kind} if kind else {})})
    answer = connection.getresponse()
    assert answer.status == 400 and b"Content-Type must be" in answer.read()
    assert ml.call("GET", f"{API}/registered-models/get?name={name}")[0] == 404


@pytest.mark.parametrize("name", ["x.html", "x.HTM", "x.svg", "x.xhtml", "x.xml", "x.js", "x.pdf", "x", "a.html\u2028.txt", 'x".html', "MLmodel"])
def test_no_file_is_rendered(ml, name):
    from urllib.parse import quote

    run = ml.client.create_run("0").info
    path = f"{FILES}/0/{run.run_id}/artifacts/{quote(name)}"
    assert ml.call("PUT", path, b"<script>alert(1)</script>")[0] == 200
    _, headers, content = ml.call("GET", path)
    headers = {k.lower(): v for k, v in headers.items()}
    assert headers["content-type"].split(";")[0] in ("text/plain", "application/octet-stream")
    assert headers["content-disposition"].startswith("attachment") and headers["x-content-type-options"] == "nosniff"
    assert content == b"<script>alert(1)</script>"


def test_errors_are_data(ml):
    _, headers, answer = ml.call("GET", f"{API}/registered-models/get?name=%3Cscript%3Ealert(1)%3C%2Fscript%3Ex")
    headers = {k.lower(): v for k, v in headers.items()}
    assert headers["content-type"] == "application/json" and headers["x-content-type-options"] == "nosniff" and answer["error_code"]


# What models bring with them --------------------------------------------------------------------------------------------

class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def test_nothing_is_run_when_a_version_is_registered(ml, fresh, tmp_path, sql):
    """Not a pickle, not what YAML can make, not a requirement, not a directory's name."""
    sentinel = tmp_path / "ran"
    bomb = pickle.dumps(Bomb(sentinel))
    good = "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\n    env:\n      conda: conda.yaml\n"
    tag = f"!!python/object/apply:os.system [touch {sentinel}]"
    for files in (
            {"MLmodel": good, "model.pkl": bomb, "requirements.txt": f"x; touch {sentinel}\n-e git+https://x/$(touch {sentinel})\n",
             "python_env.yaml": f"python: $(touch {sentinel})\ndependencies: ['`touch {sentinel}`']\n", "conda.yaml": f"name: $(touch {sentinel})\n"},
            {"MLmodel": good + f"metadata: {tag}\n", "model.pkl": bomb},
            {"MLmodel": good, "conda.yaml": tag, "model.pkl": bomb},
            {"MLmodel": "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]\n" + good, "model.pkl": bomb}):
        name, run = fresh(), ml.client.create_run("0").info
        for file, content in files.items():
            assert ml.call("PUT", f"{FILES}/0/{run.run_id}/artifacts/m/{file}", content if isinstance(content, bytes) else content.encode())[0] == 200
        ml.client.create_registered_model(name)
        status, _, answer = ml.call("POST", f"{API}/model-versions/create", {"name": name, "source": f"runs:/{run.run_id}/m", "run_id": run.run_id})
        assert status in (200, 400), answer
        assert ml.server.alive and ml.call("GET", f"{API}/registered-models/get?name={name}")[0] == 200
    assert not sentinel.exists()


def test_the_data_directory_is_the_servers_own(ml):
    for path in (ml.server.data, ml.server.data / "keys", ml.server.data / "blobs"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    for path in (ml.server.data / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


# Rights -----------------------------------------------------------------------------------------------------------------

def test_rights_follow_the_model_and_not_its_name(ml, sql, fresh, name):
    user, role, model, moved = name("U"), name("R"), fresh(), fresh()
    sql(f"create role {role}")
    sql(f"create user {user} default_role = {role}")
    sql(f"grant role {role} to user {user}")
    token = sql(f"alter user {user} add programmatic access token t")[0][1]  # a password takes a debug build long to hash
    sql(f"grant usage on database ml to role {role}")
    sql(f"grant usage on schema ml.registry to role {role}")
    ml.client.create_registered_model(model)
    sql(f"grant usage on model ml.registry.{model} to role {role}")
    sees = lambda text: ml.call("GET", f"{API}/registered-models/get?name={text}", None, user, token)[0]  # noqa: E731
    assert sees(model) == 200
    ml.client.rename_registered_model(model, moved)
    assert (sees(model), sees(moved)) == (404, 200)
    ml.client.create_registered_model(model)  # another one under the old name
    assert sees(model) == 404
    ml.client.delete_registered_model(moved)
    ml.client.create_registered_model(moved)
    assert sees(moved) == 404
    sql(f"drop user {user}")
    assert sees(moved) == 401
    sql(f"drop role {role}")


# Too much ---------------------------------------------------------------------------------------------------------------

def test_too_much_is_refused_quickly(ml, fresh, shared_model):
    deep = b'{"name":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    wide = b'{"name":"x","tags":[' + b",".join([b"{}"] * 400_000) + b"]}"
    slow = "name LIKE '" + "%a" * 2000 + "%b'"
    checks = [
        ("POST", f"{API}/registered-models/create", deep), ("POST", f"{API}/registered-models/create", wide),
        ("POST", f"{API}/registered-models/create", b'{"name":"' + b"x" * (17 << 20) + b'"}'),
        ("POST", f"{API}/registered-models/create", b'{"name":"' + b"x" * 300 + b'"}'),
        ("POST", f"{API}/experiments/create", b'{"name":"' + b"x" * 100_000 + b'"}'),
        ("GET", f"{API}/registered-models/search?max_results=1000000", None), ("GET", f"{API}/registered-models/search?filter=" + "name%3D'a'%20AND%20" * 3000 + "name%3D'a'", None)]
    for method, path, body in checks:
        began = time.monotonic()
        try:
            status = ml.call(method, path, body, headers={"Content-Type": "application/json"} if body else None)[0]
        except ConnectionError:
            status = 400  # the server hung up on what was too large
        assert 400 <= status < 500 and time.monotonic() - began < 10, (path[:80], status)
    began = time.monotonic()
    from urllib.parse import quote

    assert ml.call("GET", f"{API}/registered-models/search?filter={quote(slow)}")[0] in (200, 400) and time.monotonic() - began < 5
    assert ml.server.alive
