"""Webhooks: the stock client makes them, a receiver of the test's own is told, whichever door made the change."""

import base64
import hashlib
import hmac
import http.server
import json
import ssl
import subprocess
import threading
import time

import pytest
from mlflow.entities.webhook import WebhookEvent, WebhookStatus
from mlflow.exceptions import MlflowException
from roost_server import RoostServer

SECRET = "a secret of nobody's"
EVENTS = [
    "registered_model.created", "model_version.created", "model_version_tag.set", "model_version_tag.deleted",
    "model_version_alias.created", "model_version_alias.deleted",
]


class Receiver:
    """A web server that keeps what it is told; `answers` are the statuses of its next answers, then 200."""

    def __init__(self, context=None):
        self.got, self.answers, self.headers, self.hold = [], [], {}, threading.Event()
        self.hold.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                outer.hold.wait(20)
                status = outer.answers.pop(0) if outer.answers else 200
                self.send_response(status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "5")
                self.end_headers()
                self.wfile.write(b"hello")

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, path):
        return [(headers, json.loads(body), body) for got, headers, body in list(self.got) if got == path]

    def wait(self, path, count, seconds=15):
        until = time.monotonic() + seconds
        while len(self.of(path)) < count and time.monotonic() < until:
            time.sleep(0.02)
        found = self.of(path)
        assert len(found) >= count, (path, [b for _, b, _ in found])
        return found

    def close(self):
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


def certified(directory):
    """A self-signed certificate for this machine and its key."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
        check=True, capture_output=True)
    return certificate, key


@pytest.fixture(scope="module")
def trusted(tmp_path_factory):
    return certified(tmp_path_factory.mktemp("trusted"))


@pytest.fixture(scope="module")
def open_server(tmp_path_factory, trusted):
    """A server that may tell receivers on this machine, without TLS or with a certificate that it trusts.

    Its models are in ML.PUBLIC where their names say no other schema.
    """
    server = RoostServer(tmp_path_factory.mktemp("hooks"), {
        "ROOST_HOME_SCHEMA": "ml.public",
        "ROOST_WEBHOOK_SCHEMES": "http,https", "ROOST_WEBHOOK_PRIVATE_ADDRESSES": "on", "ROOST_WEBHOOK_CERTIFICATES": str(trusted[0])})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def hooks(open_server, client_of):
    import mlflow

    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    yield client_of(open_server)
    mlflow.set_tracking_uri(before[0])
    mlflow.set_registry_uri(before[1])


@pytest.fixture
def hook(hooks, receiver, fresh):
    """Makes a webhook of a path of its own, and removes it."""
    made = []

    def make(events=EVENTS, secret=None, **more):
        path = "/" + fresh("hook")
        made.append(hooks.client.create_webhook(
            name=path[1:].replace("_", "-"), url=more.pop("url", receiver.url + path),
            events=[WebhookEvent.from_str(event) for event in events], secret=secret, **more))
        return made[-1], path

    yield make
    for webhook in made:
        hooks.client.delete_webhook(webhook.webhook_id)


def test_a_webhook_is_made_read_listed_changed_and_removed(hooks, receiver):
    client = hooks.client
    made = client.create_webhook(
        name="first-hook", url=receiver.url + "/x?a=b", events=[WebhookEvent.from_str("model_version.created")],
        description="words", secret=SECRET)
    assert (made.name, made.url, made.description, made.status, made.secret) == (
        "first-hook", receiver.url + "/x?a=b", "words", WebhookStatus.ACTIVE, None)
    assert [str(event) for event in made.events] == ["model_version.created"]
    assert client.get_webhook(made.webhook_id).creation_timestamp == made.creation_timestamp > 0
    assert made.webhook_id in [webhook.webhook_id for webhook in client.list_webhooks()]
    changed = client.update_webhook(
        made.webhook_id, name="second.hook", description="", status=WebhookStatus.DISABLED,
        events=[WebhookEvent.from_str(event) for event in EVENTS])
    assert (changed.name, changed.description, changed.status, len(changed.events), changed.url) == (
        "second.hook", None, WebhookStatus.DISABLED, 6, made.url)
    for path in ("webhooks", f"webhooks/{made.webhook_id}"):
        assert SECRET not in json.dumps(hooks.call("GET", f"/api/2.0/mlflow/{path}")[2])
    client.delete_webhook(made.webhook_id)
    with pytest.raises(MlflowException, match="not found"):
        client.get_webhook(made.webhook_id)
    status, _, answer = hooks.call("DELETE", f"/api/2.0/mlflow/webhooks/{made.webhook_id}", {})
    assert (status, answer["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_lists_come_in_pages(hooks, hook):
    made = [hook(["model_version.created"], status=WebhookStatus.DISABLED)[0].webhook_id for _ in range(3)]
    first = hooks.client.list_webhooks(max_results=2)
    rest = hooks.client.list_webhooks(max_results=50, page_token=first.token)
    assert len(first) == 2 and [w.webhook_id for w in [*first, *rest]][-3:] == made


def test_secrets_are_not_readable_in_the_catalog(hooks, hook, open_server):
    hook(["model_version.created"], SECRET, status=WebhookStatus.DISABLED)
    found = b"".join(path.read_bytes() for path in open_server.data.glob("catalog.sqlite*"))
    assert SECRET.encode() not in found and SECRET not in open_server.log.read_text()


def test_every_event_of_the_registry_is_told_and_signed(hooks, hook, receiver, fresh):
    _, path = hook(secret=SECRET)
    client, model = hooks.client, fresh("Spelled")
    client.create_registered_model(model, tags={"team": "a"}, description="words")
    client.create_model_version(model, "s3://bucket/x", tags={"k": "v"}, description="one")
    client.set_model_version_tag(model, "1", "color", "green")
    client.delete_model_version_tag(model, "1", "color")
    client.set_registered_model_alias(model, "Champion", "1")
    client.delete_registered_model_alias(model, "Champion")
    client.set_registered_model_tag(model, "not", "told")  # MLflow tells nobody of it
    told = receiver.wait(path, 6)
    assert [(body["entity"] + "." + body["action"], body["data"]) for _, body, _ in told] == [
        ("registered_model.created", {"name": model, "tags": {"team": "a"}, "description": "words"}),
        ("model_version.created", {
            "name": model, "version": "1", "source": "s3://bucket/x", "run_id": None, "tags": {"k": "v"}, "description": "one"}),
        ("model_version_tag.set", {"name": model, "version": "1", "key": "color", "value": "green"}),
        ("model_version_tag.deleted", {"name": model, "version": "1", "key": "color"}),
        ("model_version_alias.created", {"name": model, "alias": "Champion", "version": "1"}),
        ("model_version_alias.deleted", {"name": model, "alias": "Champion"}),
    ]
    for headers, body, raw in told:
        delivery, timestamp = headers["x-mlflow-delivery-id"], headers["x-mlflow-timestamp"]
        signed = hmac.new(SECRET.encode(), f"{delivery}.{timestamp}.".encode() + raw, hashlib.sha256).digest()
        assert headers["x-mlflow-signature"] == "v1," + base64.b64encode(signed).decode()
        assert headers["content-type"] == "application/json" and abs(int(timestamp) - time.time()) < 60
        assert body["timestamp"].endswith("+00:00") and len(body["timestamp"]) == 32
    assert len({headers["x-mlflow-delivery-id"] for headers, _, _ in told}) == 6


def test_what_sql_does_is_told_too(hooks, hook, receiver, fresh, open_server):
    _, path = hook()
    model = fresh("told")
    run = hooks.client.create_run("0").info
    files = f"/api/2.0/mlflow-artifacts/artifacts/0/{run.run_id}/artifacts/m/MLmodel"
    assert hooks.call("PUT", files, b"flavors:\n  crate:\n    version: 0.3.0\n    model: crate.bin\n")[0] == 200
    hooks.client.create_registered_model(model)
    hooks.client.create_model_version(model, f"runs:/{run.run_id}/m", run.run_id)
    with open_server.connect() as connection:
        run = lambda text: connection.cursor().execute(text)  # noqa: E731
        run(f"alter model ml.public.{model} version v1 set alias = blue")
        run(f"alter model ml.public.{model} version blue unset alias")
        run(f"create model ml.registry.{model} with version one from model ml.public.{model} version v1")
    told = [(f"{body['entity']}.{body['action']}", body["data"]) for _, body, _ in receiver.wait(path, 6)]
    assert ("model_version_alias.created", {"name": model, "alias": "BLUE", "version": "1"}) in told
    assert ("model_version_alias.deleted", {"name": model, "alias": "BLUE"}) in told
    copied = [data for event, data in told if event.endswith(".created") and data["name"] == f"ML.REGISTRY.{model.upper()}"]
    assert len(copied) == 2 and copied[1]["version"] == "1", told


def test_only_what_was_asked_for_is_told(hooks, hook, receiver, fresh):
    _, path = hook(["registered_model.created"])
    sleeping, quiet = hook(["registered_model.created"], status=WebhookStatus.DISABLED)
    model = fresh()
    hooks.client.create_registered_model(model)
    hooks.client.create_model_version(model, "s3://bucket/x")
    assert [body["data"]["name"] for _, body, _ in receiver.wait(path, 1)] == [model]
    hooks.client.update_webhook(sleeping.webhook_id, status=WebhookStatus.ACTIVE)
    later = fresh()
    hooks.client.create_registered_model(later)
    assert [body["data"]["name"] for _, body, _ in receiver.wait(quiet, 1)] == [later]
    assert [body["data"]["name"] for _, body, _ in receiver.wait(path, 2)] == [model, later]


def test_prompts_are_told_as_prompts(hooks, hook, receiver, fresh):
    _, path = hook(["prompt.created", "prompt_tag.set", "registered_model.created"])
    name = fresh("prompt")
    hooks.call("POST", "/api/2.0/mlflow/registered-models/create", {
        "name": name, "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}, {"key": "a", "value": "b"}]})
    hooks.call("POST", "/api/2.0/mlflow/registered-models/set-tag", {"name": name, "key": "k", "value": "v"})
    told = [(f"{body['entity']}.{body['action']}", body["data"]) for _, body, _ in receiver.wait(path, 2)]
    assert told == [
        ("prompt.created", {"name": name, "tags": {"a": "b"}, "description": None}),
        ("prompt_tag.set", {"name": name, "key": "k", "value": "v"})]


def test_a_receiver_that_fails_is_tried_again_under_the_same_id(hooks, hook, receiver, fresh):
    _, path = hook(["registered_model.created"])
    receiver.answers[:] = [503]
    hooks.client.create_registered_model(fresh())
    first, second = receiver.wait(path, 2)
    assert first[0]["x-mlflow-delivery-id"] == second[0]["x-mlflow-delivery-id"] and first[2] == second[2]


def test_what_the_receiver_refuses_is_not_repeated_and_shown(hooks, hook, receiver, fresh, open_server):
    webhook, path = hook(["registered_model.created"])
    receiver.answers[:] = [410]
    hooks.client.create_registered_model(fresh())
    receiver.wait(path, 1)
    until = time.monotonic() + 10
    while webhook.webhook_id not in open_server.log.read_text() and time.monotonic() < until:
        time.sleep(0.02)
    line = next(line for line in open_server.log.read_text().splitlines() if webhook.webhook_id in line)
    assert "could not be told" in line and "answered 410" in line and receiver.url not in line
    metrics = open_server.get("/metrics")[1].decode()
    assert 'roost_webhook_tries_total{outcome="failed"}' in metrics
    assert len(receiver.of(path)) == 1


def test_redirects_are_not_followed(hooks, hook, receiver):
    webhook, path = hook(["registered_model.created"])
    receiver.answers[:], receiver.headers = [302], {"Location": receiver.url + "/elsewhere"}
    try:
        result = hooks.client.test_webhook(webhook.webhook_id)
    finally:
        receiver.headers = {}
    assert (result.success, result.response_status) == (False, 302)
    assert len(receiver.of(path)) == 1 and receiver.of("/elsewhere") == []


def test_a_slow_receiver_holds_up_nobody(hooks, hook, receiver, fresh):
    slow = Receiver()
    slow.hold.clear()
    try:
        _, _ = hook(["registered_model.created"], url=slow.url + "/slow")
        _, path = hook(["registered_model.created"])
        began = time.monotonic()
        for _ in range(3):
            hooks.client.create_registered_model(fresh())
        receiver.wait(path, 3)
        assert time.monotonic() - began < 8 and len(slow.got) == 1
    finally:
        slow.close()


def test_webhooks_are_tried_out(hooks, hook, receiver):
    webhook, path = hook(["model_version_tag.set", "model_version.created"], SECRET)
    result = hooks.client.test_webhook(webhook.webhook_id)
    assert (result.success, result.response_status, result.response_body) == (True, 200, "hello")
    result = hooks.client.test_webhook(webhook.webhook_id, WebhookEvent.from_str("model_version.created"))
    assert [(body["entity"], body["data"]["name"]) for _, body, _ in receiver.of(path)] == [
        ("model_version_tag", "example_model"), ("model_version", "example_model")]
    hooks.client.update_webhook(webhook.webhook_id, url="http://127.0.0.1:1/nobody")
    result = hooks.client.test_webhook(webhook.webhook_id)
    assert not result.success and result.response_status is None and "can't be reached" in result.error_message


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("is_trusted", [True, False], ids=["trusted", "unknown"])
def test_tls_checks_the_certificate(hooks, hook, trusted, tmp_path, is_trusted, host):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*(trusted if is_trusted else certified(tmp_path)))
    receiver = Receiver(context)
    try:
        webhook, _ = hook(["model_version.created"], url=receiver.url.replace("127.0.0.1", host) + "/tls")
        result = hooks.client.test_webhook(webhook.webhook_id)
        assert result.success == is_trusted and len(receiver.got) == is_trusted, result
        assert is_trusted or "TLS" in result.error_message
    finally:
        receiver.close()


def test_nothing_is_lost_when_the_server_is_killed(open_server, hooks, client_of, receiver, fresh):
    path, models = "/" + fresh("killed"), [fresh() for _ in range(5)]
    receiver.hold.clear()
    try:
        webhook = hooks.client.create_webhook(
            name="killed", url=receiver.url + path, events=[WebhookEvent.from_str("registered_model.created")], secret=SECRET)
        for model in models:
            hooks.call("POST", "/api/2.0/mlflow/registered-models/create", {"name": model})
        open_server.kill()
    finally:
        receiver.hold.set()
    open_server.start()
    until = time.monotonic() + 15
    while {body["data"]["name"] for _, body, _ in receiver.of(path)} != set(models) and time.monotonic() < until:
        time.sleep(0.05)
    told = receiver.of(path)
    assert {body["data"]["name"] for _, body, _ in told} == set(models)
    # What was sent twice has the same id: receivers tell by it. All are signed with the secret that was kept.
    assert len({headers["x-mlflow-delivery-id"] for headers, _, _ in told}) == 5
    assert all("x-mlflow-signature" in headers for headers, _, _ in told)
    client_of(open_server).client.delete_webhook(webhook.webhook_id)


# What is refused, on a server with the usual settings ------------------------------------------------------------------

def make(ml, **fields):
    body = {"name": "h", "url": "https://8.8.8.8/x", "status": "DISABLED", "events": [{"entity": "MODEL_VERSION", "action": "CREATED"}]}
    body.update(fields)
    return ml.call("POST", "/api/2.0/mlflow/webhooks", {k: v for k, v in body.items() if v is not None})


@pytest.mark.parametrize("host", [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]",
    "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "[::]", "[fe80::1]", "[fd00::1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"])
def test_addresses_that_are_not_public_are_refused(ml, host):
    status, _, answer = make(ml, url=f"https://{host}/x")
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE") and "not allowed" in answer["message"], answer


@pytest.mark.parametrize("fields, words", [
    ({"url": "http://8.8.8.8/x"}, "scheme"), ({"url": "file:///etc/passwd"}, "scheme"), ({"url": "gopher://8.8.8.8/"}, "scheme"),
    ({"url": "https://user:pw@8.8.8.8/"}, "user"), ({"url": "https://8.8.8.8/#x"}, "fragment"), ({"url": "https:///x"}, "host"),
    ({"url": "https://8.8.8.8/a b"}, "percent-encoded"), ({"url": "https://8.8.8.8/\r\nX: y"}, "percent-encoded"),
    ({"url": "x" * 3000}, "bytes"), ({"url": "nonsense"}, "https://host/path"), ({"url": "https://8.8.8.8:99999/"}, "Invalid webhook URL"),
    ({"url": "https://8.8.8.8\\@127.0.0.1/"}, "percent-encoded"),
    ({"url": None}, "'url'"), ({"name": None}, "'name'"), ({"name": "-x"}, "letter or digit"), ({"name": "x" * 64}, "63"), ({"name": "a b"}, "letter or digit"),
    ({"events": None}, "'events'"), ({"events": []}, "'events'"), ({"events": "x"}, "'events'"), ({"events": [1]}, "'events'"),
    ({"events": [{"entity": "MODEL_VERSION"}]}, "'action'"), ({"events": [{"entity": "MODEL_VERSION", "action": "SET"}]}, "model_version.set"),
    ({"events": [{"entity": "BUDGET_POLICY", "action": "EXCEEDED"}]}, "budget_policy.exceeded"),
    ({"status": "SLEEPING"}, "status"), ({"secret": "x" * 2000}, "secret"), ({"secret": {"a": 1}}, "'secret'"), ({"description": "x" * 6000}, "description"),
])
def test_bad_webhooks_are_told(ml, fields, words):
    status, _, answer = make(ml, **fields)
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE") and words in answer["message"], answer
    assert ml.call("GET", "/api/2.0/mlflow/webhooks")[2] == {}


def test_public_addresses_are_taken(ml):
    status, _, answer = make(ml)
    assert status == 200, answer
    one = f"/api/2.0/mlflow/webhooks/{answer['webhook']['webhook_id']}"
    status, _, refused = ml.call("PATCH", one, {"url": "https://127.0.0.1/"})
    assert status == 400 and "not allowed" in refused["message"]
    assert ml.call("GET", one)[2] == answer
    assert ml.call("DELETE", one, {})[0] == 200


def test_only_who_manages_grants_has_webhooks(ml, sql, name):
    user = name("U")
    sql(f"create user {user}")
    token = sql(f"alter user {user} add programmatic access token t")[0][1]
    for method, path, body in (("GET", "", None), ("POST", "", {"name": "x"}), ("GET", "/x", None), ("PATCH", "/x", {}), ("DELETE", "/x", {}), ("POST", "/x/test", {})):
        status, _, answer = ml.call(method, "/api/2.0/mlflow/webhooks" + path, body, user, token)
        assert (status, answer["error_code"]) == (403, "PERMISSION_DENIED"), (method, path, answer)
    sql(f"drop user {user}")
