"""`roost import mlflow`: from a real `mlflow server` into Roost, where both stock clients find and run what came."""

import base64
import hashlib
import http.client
import http.server
import json
import math
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import mlflow
import pytest
from mlflow.models import infer_signature
from roost_server import BINARY, PASSWORD
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

X, Y = load_iris(as_frame=True, return_X_y=True)
MODELS = [LogisticRegression(max_iter=n).fit(X, Y) for n in (2, 20, 300)]
NEEDS = [f"mlflow=={mlflow.__version__}", "cloudpickle", "scikit-learn"]  # as in test_format: one environment for both


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A real MLflow server on SQLite: its URL, and what was put there."""
    home = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW", "ROOST"))}
    environment.update(MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false")
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
         "--backend-store-uri", f"sqlite:///{home}/mlflow.db", "--artifacts-destination", str(home / "artifacts")],
        env=environment, cwd=home, stdout=open(home / "log", "w"), stderr=subprocess.STDOUT, start_new_session=True)
    try:
        url, end = f"http://127.0.0.1:{port}", time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(url + "/health", timeout=5).read()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < end, (home / "log").read_text()[-3000:]
                time.sleep(0.1)
        fill(url, home)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def fill(url, home):
    """Models of all kinds: with runs and without, of logged models and of runs' files, with a hole in the numbers."""
    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    mlflow.set_tracking_uri(url)
    mlflow.set_registry_uri(url)
    try:
        client = mlflow.MlflowClient()
        mlflow.set_experiment("the forests")
        for number, model in enumerate(MODELS, 1):
            with mlflow.start_run(run_name=f"try {number}") as run:
                mlflow.log_params({"iterations": number, "päram": "ü 100%"})
                for step in range(3):
                    mlflow.log_metric("loss", 1 / (step + number), step=step)
                mlflow.log_metric("nan", math.nan)
                mlflow.set_tag("team", "plants")
                mlflow.log_text("a plot", "plots/a b ☃ 100%.txt")
                info = mlflow.sklearn.log_model(
                    model, name="forest", registered_model_name="iris-import", serialization_format="cloudpickle",
                    signature=infer_signature(X, model.predict(X)), pip_requirements=NEEDS)
        client.delete_model_version("iris-import", "2")
        client.update_registered_model("iris-import", "Flowers, by their leaves.")
        client.set_registered_model_tag("iris-import", "task", "classification")
        client.update_model_version("iris-import", "3", "The good one.")
        client.set_model_version_tag("iris-import", "3", "checked", "yes")
        client.set_registered_model_alias("iris-import", "champion", "3")
        client.set_registered_model_alias("iris-import", "first-try", "1")
        client.transition_model_version_stage("iris-import", "1", "Archived")
        client.transition_model_version_stage("iris-import", "3", "Production")
        # As clients before MLflow 3: the files are the run's.
        mlflow.sklearn.save_model(MODELS[2], home / "saved", serialization_format="cloudpickle", pip_requirements=NEEDS)
        client.log_artifacts(run.info.run_id, str(home / "saved"), "old/model")
        client.create_registered_model("old style")
        client.create_model_version("old style", f"runs:/{run.info.run_id}/old/model", run.info.run_id)
        # Files without a run.
        client.create_registered_model("loose")
        client.create_model_version("loose", f"models:/{info.model_id}", model_id=info.model_id)
        client.create_registered_model("empty", {"k": "v"}, "Nothing yet.")
        prompt = {"name": "greeting", "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]}
        urllib.request.urlopen(urllib.request.Request(
            url + "/api/2.0/mlflow/registered-models/create", json.dumps(prompt).encode(), {"Content-Type": "application/json"}))
    finally:
        mlflow.set_tracking_uri(before[0])
        mlflow.set_registry_uri(before[1])


def roost_import(server, *arguments, wait=True, **environment):
    environment = {"PATH": os.environ["PATH"], "ROOST_PASSWORD": PASSWORD, "ROOST_USER": "ADMIN",
                   "ROOST_PORT": str(server.port), **environment}
    process = subprocess.Popen([BINARY, "import", "mlflow", *map(str, arguments)], env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if not wait:
        return process
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def states(out):
    return {(row["model"], row["version"]): row["state"] for row in json.loads(out)}


ALL = {("empty", ""), ("iris-import", "1"), ("iris-import", "3"), ("loose", "1"), ("old style", "1")}


class Between(http.server.BaseHTTPRequestHandler):
    """A proxy before the source that wants a login, and spoils what it is told to."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.handle_any()

    def do_POST(self):
        self.handle_any()

    def handle_any(self):
        server = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if server.wanted and self.headers.get("Authorization") not in server.wanted:
            return self.answer(401, b'{"error_code": "UNAUTHENTICATED", "message": "You are not authenticated."}')
        upstream = http.client.HTTPConnection("127.0.0.1", server.port)
        path = self.path.removeprefix("/behind/a/path")
        upstream.request(self.command, path, body or None, {"Content-Type": "application/json"} if body else {})
        answer = upstream.getresponse()
        content = answer.read()
        if server.spoil and server.spoil in path and "?" not in path:
            server.seen.append(path)
            if server.how == "cut":
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2])
                self.close_connection = True
                return None
            if server.how == "longer":
                content += b"!"
            if server.how == "stall":
                server.stalled.set()
                server.resume.wait(20)
        return self.answer(answer.status, content)

    def answer(self, status, content):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def between(source):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Between)
    server.port, server.wanted, server.spoil, server.how, server.seen = int(source.rsplit(":")[-1]), None, None, None, []
    server.stalled, server.resume = threading.Event(), threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}/behind/a/path/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.resume.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def imported(ml, source):
    """The import of all that is there, after a look at what it would do."""
    code, out, err = roost_import(ml.server, source, "--dry-run", "--format", "json")
    assert code == 0, err
    assert states(out) == dict.fromkeys(ALL, "planned")
    assert not ml.client.search_registered_models("name = 'iris-import'")
    code, out, err = roost_import(ml.server, source, "--format", "json")
    assert code == 0, err
    assert states(out) == dict.fromkeys(ALL, "imported")
    assert "MLmodel" in err and "version 3 of iris-import" in err
    return ml.client


def test_models_come_as_they_were(source, imported):
    there = mlflow.MlflowClient(source, source)
    for name in ("iris-import", "old style", "loose", "empty"):
        old, new = there.get_registered_model(name), imported.get_registered_model(name)
        assert new.description == old.description and new.aliases == old.aliases
        assert {k: v for k, v in new.tags.items() if not k.startswith("roost.")} == old.tags
        olds = {v.version: v for v in there.search_model_versions(f"name = '{name}'")}
        news = {v.version: v for v in imported.search_model_versions(f"name = '{name}'")}
        assert set(news) == set(olds)
        for number, version in olds.items():
            copy = imported.get_model_version(name, number)
            assert (copy.description or "", copy.current_stage) == (version.description or "", version.current_stage)
            assert {k: v for k, v in copy.tags.items() if not k.startswith("roost.")} == version.tags
    versions = imported.search_model_versions("name = 'iris-import'")
    assert sorted(v.version for v in versions) == ["1", "3"]
    assert imported.get_model_version_by_alias("iris-import", "champion").version == "3"


def test_runs_come_with_them(source, imported):
    there = mlflow.MlflowClient(source, source)
    old_run = there.get_run(there.get_model_version("iris-import", "3").run_id)
    run = imported.get_run(imported.get_model_version("iris-import", "3").run_id)
    assert imported.get_experiment(run.info.experiment_id).name == "the forests"
    assert run.data.params == old_run.data.params and run.info.run_name == "try 3" and run.data.tags["team"] == "plants"
    assert (run.info.status, run.info.start_time, run.info.end_time) == (
        old_run.info.status, old_run.info.start_time, old_run.info.end_time)
    old_points = [(p.value, p.timestamp, p.step) for p in there.get_metric_history(old_run.info.run_id, "loss")]
    assert [(p.value, p.timestamp, p.step) for p in imported.get_metric_history(run.info.run_id, "loss")] == old_points
    assert len(old_points) == 3 and math.isnan(run.data.metrics["nan"])
    assert {a.path for a in imported.list_artifacts(run.info.run_id)} == {"plots", "old"}
    assert [a.path for a in imported.list_artifacts(run.info.run_id, "plots")] == ["plots/a b ☃ 100%.txt"]
    model = imported.get_logged_model(imported.get_model_version("iris-import", "3").source.removeprefix("models:/"))
    assert model.name == "forest" and model.source_run_id == run.info.run_id and str(model.status) == "READY"
    assert [o.model_id for o in run.outputs.model_outputs] == [model.model_id]


def test_every_byte_comes(source, imported, tmp_path):
    there = mlflow.MlflowClient(source, source)
    for name, number in (("iris-import", "1"), ("iris-import", "3"), ("old style", "1"), ("loose", "1")):
        digests = []
        for uri, client, place in ((source, there, "old"), (mlflow.get_tracking_uri(), imported, "new")):
            home = tmp_path / f"{place}-{name}-{number}"
            home.mkdir()
            at = client.get_model_version_download_uri(name, number)
            got = pathlib.Path(mlflow.artifacts.download_artifacts(artifact_uri=at, dst_path=str(home), tracking_uri=uri))
            digests.append({str(f.relative_to(got)): hashlib.sha256(f.read_bytes()).hexdigest() for f in got.rglob("*") if f.is_file()})
        assert digests[0] == digests[1] and "MLmodel" in digests[0]


def test_both_clients_run_what_came(ml, sql, imported):
    wanted = MODELS[2].predict(X).tolist()
    assert ml.mlflow.pyfunc.load_model("models:/iris-import@champion").predict(X).tolist() == wanted
    assert ml.mlflow.pyfunc.load_model("models:/old style/1").predict(X).tolist() == wanted
    assert sql('select model("iris-import", champion)!predict(5.1, 3.5, 1.4, 0.2)[\'output_feature_0\']::int') == [(0,)]
    with ml.server.session() as session:
        version = ml.server.registry(session).get_model('"iris-import"').version("champion")
        assert version.version_name == "V3"
        assert version.run(X, function_name="predict")["output_feature_0"].tolist() == wanted


def test_again_it_finds_everything_there(ml, source, imported):
    runs = len(imported.search_runs([imported.get_experiment_by_name("the forests").experiment_id]))
    code, out, err = roost_import(ml.server, source, "--format", "json")
    assert code == 0 and states(out) == dict.fromkeys(ALL, "present"), err
    assert "MLmodel" not in err
    assert runs == 2 == len(imported.search_runs([imported.get_experiment_by_name("the forests").experiment_id]))
    code, out, err = roost_import(ml.server, source, "--model", "iris-import", "--quiet")
    assert (code, out, err) == (0, "", "")
    code, out, err = roost_import(ml.server, source, "--model", "greeting", "--format", "json")
    assert code == 0 and states(out) == {("greeting", ""): "skipped"}  # prompts stay where they are


def test_what_was_cut_off_goes_on(own_server, between):
    server = own_server()
    server.start()
    between.spoil, between.how = "model.pkl", "cut"
    code, out, err = roost_import(server, between.url, "--model", "iris-import", "--format", "json")
    assert code == 3 and "Run the same command again" in err and len(between.seen) == 4, err
    between.how = "longer"
    code, out, err = roost_import(server, between.url, "--model", "iris-import", "--format", "json")
    assert code == 1 and "are listed" in err and set(states(out).values()) == {"failed"}, err
    assert "waits for version 1" in err
    between.how = "stall"
    process = roost_import(server, between.url, "--model", "iris-import", wait=False)
    assert between.stalled.wait(30)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130 and "run the same command again" in err
    between.resume.set()
    between.spoil = None
    code, out, err = roost_import(server, between.url, "--model", "iris-import", "--format", "json")
    assert code == 0 and set(states(out).values()) == {"imported"}, err
    assert "conda.yaml" not in err.split("version 3")[0], "a file that is there is not copied again"
    client = mlflow.MlflowClient(f"http://127.0.0.1:{server.port}", f"http://127.0.0.1:{server.port}")
    assert sorted(v.version for v in client.search_model_versions("name = 'iris-import'")) == ["1", "3"]
    assert len(client.search_runs([client.get_experiment_by_name("the forests").experiment_id])) == 2
    # A model that is Roost's own is not touched.
    client.create_registered_model("loose")
    code, out, err = roost_import(server, between.url, "--model", "loose", "--format", "json")
    assert code == 1 and "is not the import of" in err and not client.search_model_versions("name = 'loose'")


def test_who_calls_the_source(ml, between):
    between.wanted = ["Bearer secret", "Basic " + base64.b64encode(b"me:pass word").decode()]
    ask = [between.url, "--dry-run", "--quiet", "--model", "greeting"]
    code, _, err = roost_import(ml.server, *ask)
    assert code == 3 and "You are not authenticated" in err
    assert roost_import(ml.server, *ask, MLFLOW_TRACKING_TOKEN="secret")[0] == 0
    assert roost_import(ml.server, *ask, MLFLOW_TRACKING_USERNAME="me", MLFLOW_TRACKING_PASSWORD="pass word")[0] == 0
    code, _, err = roost_import(ml.server, *ask, MLFLOW_TRACKING_TOKEN="wrong")
    assert code == 3 and "wrong" not in err
    assert roost_import(ml.server, *ask, MLFLOW_TRACKING_USERNAME="me")[0] == 2


def test_wrong_command_lines_and_places(ml, source):
    for arguments, code, said in [
        (["nonsense"], 2, "no URL"), (["ftp://x"], 2, "no URL"), (["http://a:b@127.0.0.1"], 2, "MLFLOW_TRACKING_USERNAME"),
        (["http://127.0.0.1:1"], 3, "No server answers"), ([source, "--role", "SYSADMIN"], 2, "do not apply"), ([source, "--model", "not there"], 3, "not found"),
    ]:
        got = roost_import(ml.server, *arguments)
        assert got[0] == code and said in got[2], (arguments, got)
    assert roost_import(ml.server, source, ROOST_PASSWORD="wrong")[0] == 3
