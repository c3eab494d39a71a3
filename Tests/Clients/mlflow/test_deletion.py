"""What deleting means: runs, experiments and logged models go and come back, are collected later, and leave an audit row."""

import json
import os
import subprocess

import pytest
from mlflow.exceptions import MlflowException
from roost_server import BINARY, PASSWORD

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def start(own_server, client_of, monkeypatch):
    """Starts a server of the test's own and gives the client for it; the shared one's client works again afterwards."""
    mlflow = pytest.importorskip("mlflow")
    before = mlflow.get_tracking_uri()

    def start(**environment):
        server = own_server(ROOST_COLLECTION_GRACE="0", ROOST_COLLECTION_RETENTION="0", **environment)
        server.start()
        return client_of(server)

    yield start
    mlflow.set_tracking_uri(before)
    mlflow.set_registry_uri(before)


def gc(server, *arguments):
    """What `roost gc` finds, by kind."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ROOST_")}
    environment.update(ROOST_USER="ADMIN", ROOST_PASSWORD=PASSWORD, ROOST_HOST="127.0.0.1", ROOST_PORT=str(server.port))
    done = subprocess.run([BINARY, "gc", "--format", "json", *arguments], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done
    return {line["kind"]: line["count"] for line in json.loads(done.stdout)}


def put(ml, path, data):
    status, _, answer = ml.call("PUT", f"{ARTIFACTS}/{path}", data, headers={"Content-Type": "text/plain"})
    assert status == 200, answer


def logged_model(ml, run_id, name="lm"):
    body = {"experiment_id": "0", "name": name, "source_run_id": run_id}
    return ml.call("POST", "/api/2.0/mlflow/logged-models", body)[2]["model"]["info"]["model_id"]


def test_deleted_things_are_collected_with_their_files_and_nothing_else(start):
    ml = start(ROOST_TRACKING_RETENTION="0")
    c = ml.client
    gone, kept, back = (c.create_run("0").info.run_id for _ in range(3))
    for id in (gone, kept, back):
        c.log_metric(id, "m", 1)
        put(ml, f"0/{id}/artifacts/own.txt", f"of {id}".encode())
        put(ml, f"0/{id}/artifacts/shared.txt", b"the same in all")
    put(ml, f"0/{gone}/artifacts/model/weights.bin", b"of a model")
    # A version keeps its own files. One that was registered before there were any is read at its run, which stays.
    c.create_registered_model("kept_version")
    version = c.create_model_version("kept_version", f"runs:/{gone}/model", gone)
    early = c.create_run("0").info.run_id
    c.create_model_version("kept_version", f"runs:/{early}/later", early)
    put(ml, f"0/{early}/artifacts/later/x.txt", b"came later")
    models = [logged_model(ml, kept) for _ in range(2)]
    for id in models:
        put(ml, f"0/models/{id}/artifacts/MLmodel", f"of {id}".encode())
    experiment = c.create_experiment("short lived")
    inside = c.create_run(experiment).info.run_id
    put(ml, f"{experiment}/{inside}/artifacts/in.txt", b"inside")
    before = ml.server.blobs()

    for id in (gone, back, early):
        c.delete_run(id)
    c.delete_logged_model(models[0])
    c.delete_experiment(experiment)
    c.restore_run(back)
    assert c.get_run(inside).info.lifecycle_stage == "deleted"
    planned = gc(ml.server)
    assert (planned["deleted runs"], planned["deleted logged models"], planned["deleted experiments"]) == (2, 1, 1)
    # Of `gone` and the model one file each, and the one inside the experiment; the dry run removed nothing.
    assert planned["file contents"] == 3 and ml.server.blobs() == before
    assert ml.call("GET", f"{ARTIFACTS}/0/{gone}/artifacts/own.txt")[2] == f"of {gone}".encode()

    assert gc(ml.server, "--apply") == planned and len(ml.server.blobs()) == len(before) - 3
    for id in (gone, inside):
        with pytest.raises(MlflowException, match="not found"):
            c.get_run(id)
    assert c.search_experiments(filter_string="name = 'short lived'", view_type=3) == []
    for id in (kept, back):
        assert c.get_run(id).info.lifecycle_stage == "active" and c.get_metric_history(id, "m")[0].value == 1
        assert ml.call("GET", f"{ARTIFACTS}/0/{id}/artifacts/shared.txt")[2] == b"the same in all"
    assert c.get_run(early).info.lifecycle_stage == "deleted"
    assert ml.call("GET", f"{ARTIFACTS}/0/{early}/artifacts/later/x.txt")[2] == b"came later"
    assert ml.call("GET", f"{ARTIFACTS}/0/models/{models[1]}/artifacts/MLmodel")[2] == f"of {models[1]}".encode()
    place = c.get_model_version_download_uri("kept_version", version.version).removeprefix("mlflow-artifacts:/")
    assert ml.call("GET", f"{ARTIFACTS}/{place}/weights.bin")[2] == b"of a model"
    assert all(count == 0 for count in gc(ml.server).values())
    # Stopped, the same rules hold.
    c.delete_run(back)
    ml.server.stop()
    environment = {**os.environ, "ROOST_TRACKING_RETENTION": "0"}
    done = subprocess.run(
        [BINARY, "gc", "--format", "json", "--data-directory", ml.server.data], env=environment, capture_output=True, text=True)
    assert {line["kind"]: line["count"] for line in json.loads(done.stdout)}["deleted runs"] == 1


def test_what_was_deleted_lately_can_be_restored(start):
    ml = start()
    c = ml.client
    run = c.create_run("0").info.run_id
    put(ml, f"0/{run}/artifacts/a.txt", b"still there")
    c.delete_run(run)
    assert gc(ml.server, "--apply")["deleted runs"] == 0
    c.restore_run(run)
    assert ml.call("GET", f"{ARTIFACTS}/0/{run}/artifacts/a.txt")[2] == b"still there"


def test_an_experiment_is_restored_with_the_runs_that_went_with_it(ml, fresh):
    c = ml.client
    experiment = c.create_experiment(fresh("exp"))
    alone, along = (c.create_run(experiment).info.run_id for _ in range(2))
    c.delete_run(alone)
    c.delete_experiment(experiment)
    assert [c.get_run(id).info.lifecycle_stage for id in (alone, along)] == ["deleted", "deleted"]
    for call in (
        lambda: c.set_tag(along, "a", "b"), lambda: c.set_experiment_tag(experiment, "a", "b"),
        lambda: c.create_run(experiment), lambda: c.rename_experiment(experiment, fresh("exp")),
    ):
        with pytest.raises(MlflowException) as info:
            call()
        assert info.value.error_code == "INVALID_PARAMETER_VALUE"
    with pytest.raises(MlflowException) as info:
        c.delete_experiment(experiment)
    assert info.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    c.restore_experiment(experiment)
    assert [c.get_run(id).info.lifecycle_stage for id in (alone, along)] == ["deleted", "active"]


def test_files_of_runs_have_a_quota(start):
    ml = start(ROOST_QUOTA_TRACKED_BYTES="1000", ROOST_TRACKING_RETENTION="0")
    c = ml.client
    run = c.create_run("0").info.run_id
    put(ml, f"0/{run}/artifacts/a.bin", b"a" * 900)
    put(ml, f"0/{run}/artifacts/a.bin", b"b" * 800)

    def refused(data):
        status, _, answer = ml.call("PUT", f"{ARTIFACTS}/0/{run}/artifacts/b.bin", data, headers={"Content-Type": "text/plain"})
        assert status == 400 and answer["error_code"] == "INVALID_PARAMETER_VALUE", answer
        return answer["message"]

    message = refused(b"c" * 201)
    assert message.startswith("1001 bytes of files of runs and logged models: at most 1000 are allowed.")
    assert "'quota-tracked-bytes'" in message and [f.path for f in c.list_artifacts(run)] == ["a.bin"]
    put(ml, f"0/{run}/artifacts/b.bin", b"c" * 200)
    assert refused(b"") and ml.call("DELETE", f"{ARTIFACTS}/0/{run}/artifacts/b.bin")[0] == 200
    put(ml, f"0/models/{logged_model(ml, run)}/artifacts/MLmodel", b"d" * 200)
    c.delete_run(run)
    run = c.create_run("0").info.run_id
    assert refused(b"e")
    gc(ml.server, "--apply")
    put(ml, f"0/{run}/artifacts/b.bin", b"e" * 800)


def test_changes_leave_rows_in_the_audit_log(start):
    ml = start(ROOST_TRACKING_RETENTION="0")
    c = ml.client
    experiment = c.create_experiment("audited", tags={"first": "1"})
    c.set_experiment_tag(experiment, "t", "v")
    c.set_experiment_tag(experiment, "t", "w")
    c.delete_experiment_tag(experiment, "t")
    c.rename_experiment(experiment, "audited 2")
    run = c.create_run(experiment).info.run_id
    c.log_metric(run, "m", 1)
    c.set_tag(run, "t", "v")
    c.delete_run(run)
    c.restore_run(run)
    model = logged_model(ml, run)
    c.finalize_logged_model(model, "READY")
    c.set_logged_model_tags(model, {"t": "v"})
    c.set_logged_model_tags(model, {"t": "v"})
    c.delete_logged_model_tag(model, "t")
    c.delete_logged_model(model)
    c.delete_experiment(experiment)
    c.restore_experiment(experiment)
    c.delete_experiment(experiment)
    gc(ml.server, "--apply")
    listed = subprocess.run(
        [BINARY, "audit", "list", "--format", "json", "--data-directory", ml.server.data], capture_output=True, text=True,
        check=True)
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    own = [row for row in rows if "EXPERIMENT" in row["action"] or "RUN" in row["action"] or "LOGGED" in row["action"]]
    assert [row["action"] for row in own] == [
        "CREATE EXPERIMENT", "SET EXPERIMENT TAG", "SET EXPERIMENT TAG", "UNSET EXPERIMENT TAG", "RENAME EXPERIMENT",
        "DELETE RUN", "RESTORE RUN", "CREATE LOGGED MODEL", "SET LOGGED MODEL STATUS", "SET LOGGED MODEL TAG",
        "UNSET LOGGED MODEL TAG", "DELETE LOGGED MODEL", "DELETE EXPERIMENT", "RESTORE EXPERIMENT", "DELETE EXPERIMENT",
        "COLLECT DELETED RUNS"]
    text = json.dumps(own)
    assert run in text and model in text and "audited 2" in text
    verified = subprocess.run(
        [BINARY, "audit", "verify", "--data-directory", ml.server.data], capture_output=True, text=True)
    assert verified.returncode == 0, verified
