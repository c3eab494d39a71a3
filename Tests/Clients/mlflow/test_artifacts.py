"""Files of runs and models: odd names, ranges, lists, and every way out of their place."""

import hashlib
import os
import urllib.parse

import pytest

BASE = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def run(ml):
    return ml.client.create_run("0").info


def test_files_with_odd_names_go_up_and_come_back(ml, run, tmp_path):
    names = ["a b.txt", "ä ö é.json", "100%.bin", "plus+and&.txt", "sub dir/deep/ünï.txt", "[x]{y}.csv", "quote'.txt", "empty"]
    for name in names:
        path = tmp_path / "up" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if name == "empty" else name.encode() * 100)
    ml.client.log_artifacts(run.run_id, str(tmp_path / "up"))
    listed = {a.path: a for a in ml.client.list_artifacts(run.run_id)}
    assert set(listed) == {n.split("/")[0] for n in names} and listed["sub dir"].is_dir and listed["empty"].file_size == 0
    got = ml.mlflow.artifacts.download_artifacts(artifact_uri=run.artifact_uri, dst_path=str(tmp_path / "down"))
    for name in names:
        assert (tmp_path / "up" / name).read_bytes() == open(os.path.join(got, name), "rb").read(), name


def test_ranges_tags_and_heads(ml, run):
    path = f"{BASE}/0/{run.run_id}/artifacts/x.bin"
    data = os.urandom(300_000)
    assert ml.call("PUT", path, data)[0] == 200
    status, headers, content = ml.call("GET", path)
    headers = {k.lower(): v for k, v in headers.items()}
    assert status == 200 and content == data and headers["x-content-type-options"] == "nosniff" and "attachment" in headers["content-disposition"]
    assert headers["etag"] == '"' + hashlib.sha256(data).hexdigest() + '"'
    status, headers, content = ml.call("GET", path, headers={"Range": "bytes=100-199"})
    assert status == 206 and content == data[100:200]
    assert ml.call("GET", path, headers={"Range": "bytes=900000-"})[0] in (400, 416)
    status, headers, content = ml.call("HEAD", path)
    assert status == 200 and {k.lower(): v for k, v in headers.items()}["content-length"] == "300000" and content == b""


def test_html_never_renders(ml, run):
    path = f"{BASE}/0/{run.run_id}/artifacts/x.html"
    ml.call("PUT", path, b"<script>alert(1)</script>")
    headers = {k.lower(): v for k, v in ml.call("GET", path)[1].items()}
    assert headers["content-type"].startswith("text/plain") and "attachment" in headers["content-disposition"]


def test_missing_files_and_directories(ml, run):
    path = f"{BASE}/0/{run.run_id}/artifacts"
    ml.call("PUT", path + "/d/x.txt", b"x")
    assert ml.call("GET", path + "/nope")[0] == 404 and ml.call("GET", path + "/d")[0] == 400
    assert ml.call("DELETE", path + "/nope")[0] == 404
    assert ml.call("DELETE", path + "/d")[0] == 200 and ml.client.list_artifacts(run.run_id) == []
    assert ml.call("PUT", f"{BASE}/0/{'0' * 32}/artifacts/x", b"x")[0] == 404
    assert ml.call("PUT", f"{BASE}/loose.txt", b"x")[0] == 400
    status, _, answer = ml.call("GET", f"{BASE}?path=0/{run.run_id}/artifacts/none")
    assert (status, answer) == (200, {})


@pytest.mark.parametrize("way", [
    "../../etc/passwd", "..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/x", "%252e%252e/x", "%25252e%25252e%25252fx", "..\\..\\x", "%5c..%5cx",
    "a/..;/x", "%00x", "a%00/../x", "/etc/passwd", "%2fetc/passwd", "C:%5cx", "x%23/../../y", "a/%2e%2e%2f%2e%2e/b",
])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_no_spelling_leads_out(ml, run, way, method):
    ml.call("PUT", f"{BASE}/0/{run.run_id}/artifacts/keep.txt", b"keep")
    status, _, answer = ml.call(method, f"{BASE}/0/{run.run_id}/artifacts/{way}", b"x" if method == "PUT" else None)
    assert status in (400, 403, 404), (way, status, answer)
    status, _, answer = ml.call("GET", f"{BASE}?path=" + urllib.parse.quote(f"0/{run.run_id}/artifacts/{way}"))
    assert status in (400, 404) or answer == {}
    assert [a.path for a in ml.client.list_artifacts(run.run_id)] == ["keep.txt"]


def test_files_of_registered_versions_are_read_only(ml, fresh, run):
    name = fresh()
    ml.call("PUT", f"{BASE}/0/{run.run_id}/artifacts/m/data.txt", b"1")
    ml.client.create_registered_model(name)
    ml.client.create_model_version(name, f"runs:/{run.run_id}/m", run.run_id)
    uri = ml.client.get_model_version_download_uri(name, "1")
    path = f"{BASE}/{uri.removeprefix('mlflow-artifacts:/')}/data.txt"
    assert ml.call("GET", path)[2] == b"1"
    assert ml.call("PUT", path, b"2")[0] == 403 and ml.call("DELETE", path)[0] == 403
    ml.call("DELETE", f"{BASE}/0/{run.run_id}/artifacts/m")
    assert ml.call("GET", path)[2] == b"1"  # the version keeps its files
