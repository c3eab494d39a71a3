"""Uploads in parts and downloads in ranges, with the stock client and by hand: every wrong turn is refused and changes nothing."""

import concurrent.futures
import hashlib
import http.client
import os
import pathlib
import socket
import time
import types
import urllib.parse

import pytest

API = "/api/2.0/mlflow-artifacts"


@pytest.fixture
def run(ml):
    return ml.client.create_run("0").info


@pytest.fixture
def parts(monkeypatch):
    """The stock client sends files of 100 kB and more in parts of 64 KiB, and fetches ranges of 50 kB."""
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", "100000")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", "65536")
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", "50000")


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A server that names behind no address of its own lead to, whose URLs last a second and whose files have 1 MiB at most."""
    from roost_server import RoostServer

    server = RoostServer(tmp_path_factory.mktemp("strict"), {
        "ROOST_ADDRESS": "0.0.0.0", "ROOST_TRANSFER_VALIDITY": "1", "ROOST_UPLOAD_LIMIT": "1048576"})
    server.start()
    yield server
    server.stop()


def at(ml, server):
    """Raw calls to another server, and a run there."""
    client = type(ml).__new__(type(ml))
    client.server = server
    answer = client.call("POST", "/api/2.0/mlflow/runs/create", {"experiment_id": "0"})[2]
    return client, types.SimpleNamespace(run_id=answer["run"]["info"]["run_id"])


class Upload:
    """An upload by hand."""

    def __init__(self, ml, run, name="big.bin", count=3, directory="d"):
        self.ml, self.name, self.place = ml, name, f"0/{run.run_id}/artifacts/{directory}"
        status, _, answer = self.post("create", num_parts=count)
        assert status == 200, answer
        self.id, self.urls = answer["upload_id"], [c["url"] for c in answer["credentials"]]
        assert [c["part_number"] for c in answer["credentials"]] == list(range(1, count + 1)) and len(set(self.urls)) == count

    def post(self, verb, place=None, **more):
        path = f"{API}/mpu/{verb}/{urllib.parse.quote(place or self.place)}"
        return self.ml.call("POST", path, {"path": f"/tmp/x/{self.name}", **more})

    def put(self, number, data, url=None, method="PUT"):
        """(status, ETag, words)."""
        path = urllib.parse.urlsplit(url or self.urls[number - 1]).path
        status, headers, content = self.ml.call(method, path, data, user=None)
        return status, {k.lower(): v for k, v in headers.items()}.get("etag"), content

    def complete(self, etags, **more):
        listed = [{"part_number": n, "etag": e} for n, e in etags]
        return self.post("complete", upload_id=self.id, parts=listed, **more)

    def send(self, datas):
        return [(n, self.put(n, data)[1]) for n, data in enumerate(datas, 1)]

    def read(self):
        return self.ml.call("GET", f"{API}/artifacts/{urllib.parse.quote(self.place)}/{urllib.parse.quote(self.name)}")


def words(answer):
    return answer[2]["message"] if isinstance(answer[2], dict) else answer[2].decode()


# -- the stock client ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("forced", [True, False])
def test_the_stock_client_sends_parts_and_fetches_ranges(ml, run, parts, tmp_path, monkeypatch, forced):
    """Told by its environment, and by what the server says of itself."""
    from mlflow.store.artifact import http_artifact_repo as repo

    for name in ("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD"):
        monkeypatch.setenv(name, "true") if forced else monkeypatch.delenv(name, raising=False)
    seen = []
    completed, ranges = repo.HttpArtifactRepository.complete_multipart_upload, repo.download_chunk
    monkeypatch.setattr(repo.HttpArtifactRepository, "complete_multipart_upload",
                        lambda self, *a, **k: (seen.append(len(a[2])), completed(self, *a, **k))[1])
    monkeypatch.setattr(repo, "download_chunk", lambda **k: (seen.append("range"), ranges(**k))[1])
    names = ["plain.bin", "a b.bin", "ünï cödé ☃.bin", "100%.bin", "l" * 200 + ".bin", "sub dir/plus+&='.bin"]
    contents = {n: os.urandom(200_000 + i) for i, n in enumerate(names)} | {"small.txt": b"x", "none": b""}
    for name, content in contents.items():
        path = tmp_path / "up" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    ml.client.log_artifacts(run.run_id, str(tmp_path / "up"), "the files")
    assert seen == [4] * len(names)
    got = pathlib.Path(ml.mlflow.artifacts.download_artifacts(artifact_uri=run.artifact_uri + "/the files", dst_path=str(tmp_path / "down")))
    for name, content in contents.items():
        assert (got / name).read_bytes() == content, name
    assert seen.count("range") == sum(-(-len(content) // 50_000) for content in contents.values())


def test_where_urls_would_not_lead_back_the_client_sends_and_fetches_whole_files(ml, strict, tmp_path, parts, monkeypatch):
    import mlflow

    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "true")
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: resolve("127.0.0.1" if host == "roost.example" else host, *a, **k))
    client = mlflow.MlflowClient(f"http://roost.example:{strict.port}")
    before = mlflow.get_tracking_uri()
    try:
        mlflow.set_tracking_uri(f"http://roost.example:{strict.port}")
        (tmp_path / "x.bin").write_bytes(data := os.urandom(150_000))
        run = client.create_run("0").info
        client.log_artifact(run.run_id, str(tmp_path / "x.bin"))
        got = client.download_artifacts(run.run_id, "x.bin", str(tmp_path / "."))
        assert open(got, "rb").read() == data
    finally:
        mlflow.set_tracking_uri(before)


def test_a_large_file_goes_up_and_comes_back(ml, run, full_size, tmp_path, monkeypatch):
    """2 GB at full size, in parallel and with little memory."""
    size = 2 << 30 if full_size else 6 << 20
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", "1000000")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(10 << 20 if full_size else 1 << 20))
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", str(100 << 20 if full_size else 1 << 20))
    path, digest = tmp_path / "large.bin", hashlib.sha256()

    def memory(word):
        """In kB."""
        return int((proc / "status").read_text().split(word + ":")[1].split()[0])

    proc = pathlib.Path(f"/proc/{ml.server.process.pid}")
    (proc / "clear_refs").write_text("5")  # the peak begins anew
    before = memory("VmRSS")
    with open(path, "wb") as out:
        for _ in range(size >> 20):
            block = os.urandom(1 << 20)
            digest.update(block)
            out.write(block)
    ml.client.log_artifact(run.run_id, str(path))
    path.unlink()
    status, headers, _ = ml.call("HEAD", f"{API}/artifacts/0/{run.run_id}/artifacts/large.bin")
    assert status == 200 and {k.lower(): v for k, v in headers.items()}["etag"] == f'"{digest.hexdigest()}"'
    got, came = pathlib.Path(ml.client.download_artifacts(run.run_id, "large.bin", str(tmp_path))), hashlib.sha256()
    with open(got, "rb") as file:
        while block := file.read(1 << 20):
            came.update(block)
    got.unlink()
    assert came.digest() == digest.digest()
    assert memory("VmHWM") - before < 200_000


def test_a_presigned_url_reads_one_file(ml, run):
    status, _, answer = ml.call("GET", f"{API}/presigned/0/{run.run_id}/artifacts/none")
    assert status == 404
    ml.call("PUT", f"{API}/artifacts/0/{run.run_id}/artifacts/d/x", b"12345")
    assert ml.call("GET", f"{API}/presigned/0/{run.run_id}/artifacts/d")[0] == 400
    status, _, answer = ml.call("GET", f"{API}/presigned/0/{run.run_id}/artifacts/d/x")
    assert status == 200 and answer["file_size"] == 5
    path = urllib.parse.urlsplit(answer["url"]).path
    assert ml.call("GET", path, user=None, headers={"Range": "bytes=1-3"})[2] == b"234"
    assert ml.call("PUT", path, b"x", user=None)[0] == 405
    assert ml.call("GET", f"{API}/presigned/0/{run.run_id}/artifacts/d/x", user=None)[0] == 401


# -- by hand ------------------------------------------------------------------------------------------------------
def test_parts_come_in_any_order_and_again(ml, run):
    datas = [os.urandom(1000), os.urandom(1000), os.urandom(1000), os.urandom(10)]
    for order in ([1, 2, 3, 4], [4, 3, 2, 1], [2, 4, 1, 3]):
        upload = Upload(ml, run, f"f{order[0]}.bin", 4)
        etags = {}
        for n in order:
            status, etags[n], _ = upload.put(n, datas[n - 1])
            assert status == 200
        assert upload.put(2, os.urandom(1000))[0] == 200  # something else, then the right one again
        assert upload.complete(sorted(etags.items()))[0] == 400
        assert upload.put(2, datas[1])[1] == etags[2] == '"' + hashlib.sha256(datas[1]).hexdigest() + '"'
        assert upload.complete(sorted(etags.items()))[0] == 200
        assert upload.read()[2] == b"".join(datas)


def test_parts_come_at_once(ml, run):
    datas = [os.urandom(100_000) for _ in range(24)] + [b"end"]
    upload = Upload(ml, run, "parallel.bin", len(datas))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        etags = list(pool.map(lambda n: (n, upload.put(n, datas[n - 1])[1]), range(1, len(datas) + 1)))
    assert upload.complete(etags)[0] == 200 and upload.read()[2] == b"".join(datas)


def test_wrong_lists_of_parts_change_nothing(ml, run):
    upload = Upload(ml, run)
    etags = [(1, upload.put(1, b"a" * 10)[1]), (2, upload.put(2, b"b" * 10)[1])]
    wrong = '"' + "0" * 64 + '"'
    for listed, said in [
        (etags, "Part 3 of 3 is not in the list"), (etags + [(3, wrong)], "Part 3 has not arrived"), ([], "Part 1 of 3"),
        ([*etags, (4, wrong)], "no part 4"), ([(0, wrong)], "no part 0"), (etags + [etags[0]], "listed twice"),
        ([(1, wrong)], "ETag of part 1"), ([(1, "")], "ETag of part 1"),
    ]:
        answer = upload.complete(listed)
        assert answer[0] == 400 and said in words(answer), (listed, answer)
        assert upload.read()[0] == 404
    etags.append((3, upload.put(3, b"c")[1]))
    assert upload.complete(etags)[0] == 200 and upload.read()[2] == b"a" * 10 + b"b" * 10 + b"c"


def test_wrong_lengths_are_refused(ml, run):
    upload = Upload(ml, run)
    etags = [(1, upload.put(1, b"a" * 10)[1])]
    for number, data in [(2, b"b" * 11), (2, b"b" * 9), (2, b""), (3, b"c" * 11), (3, b"")]:
        status, _, said = upload.put(number, data)
        assert status == 400 and b"bytes" in said or b"empty" in said, (number, len(data), status, said)
    # A body that is cut off: the part has not come.
    path = urllib.parse.urlsplit(upload.urls[1]).path
    broken = http.client.HTTPConnection("127.0.0.1", ml.server.port)
    broken.putrequest("PUT", path)
    broken.putheader("Content-Length", "10")
    broken.endheaders()
    broken.send(b"bbbb")
    broken.close()
    for _ in range(100):
        answer = upload.complete(etags + [(2, "x"), (3, "y")])
        if "still arriving" not in words(answer):
            break
        time.sleep(0.02)
    assert "Part 2 has not arrived" in words(answer)
    etags += [(2, upload.put(2, b"b" * 10)[1]), (3, upload.put(3, b"c")[1])]
    assert upload.complete(etags)[0] == 200 and upload.read()[2] == b"a" * 10 + b"b" * 10 + b"c"


def test_an_upload_is_completed_once(ml, run):
    upload = Upload(ml, run, count=1)
    etags = upload.send([b"only"])
    assert upload.complete(etags)[0] == 200
    # A client whose answer was lost asks again; what has happened to the file since then stays.
    assert upload.complete(etags)[0] == 200 and upload.put(1, b"late")[0] == 400
    assert upload.complete([(1, "0" * 64)])[0] == 404 and upload.read()[2] == b"only"
    path = f"{API}/artifacts/{upload.place}/{upload.name}"
    assert ml.call("PUT", path, b"newer", headers={"Content-Type": "text/plain"})[0] == 200
    assert upload.complete(etags)[0] == 200 and upload.read()[2] == b"newer"
    assert upload.post("abort", upload_id=upload.id)[0] == 404 and upload.read()[2] == b"newer"


def test_an_aborted_upload_is_gone(ml, run):
    upload = Upload(ml, run)
    etags = upload.send([b"a", b"b", b"c"])
    incoming = ml.server.data / "blobs" / "incoming"
    assert (incoming / upload.id).is_dir()
    assert upload.post("abort", upload_id=upload.id)[0] == 200
    assert {path.name for path in (incoming / upload.id).iterdir()} == {"plan", "end"}
    assert upload.post("abort", upload_id=upload.id)[0] == 200 and upload.complete(etags)[0] == 404
    assert upload.put(1, b"a")[0] == 400 and upload.read()[0] == 404


def test_a_url_is_for_one_part_of_one_upload(ml, run):
    one, other = Upload(ml, run, "one.bin", 2), Upload(ml, run, "other.bin", 2)
    for url in [
        one.urls[0].replace("one.bin", "other.bin"), one.urls[0].replace("/one.bin", "x/one.bin"), one.urls[0] + "/x",
        one.urls[0].rsplit("/", 2)[0] + "/AAAA/one.bin",
    ]:
        assert one.put(1, b"x", url)[0] in (400, 404), url
    assert one.put(1, None, method="GET")[0] == 405
    one_etags = one.send([b"11", b"1"])
    # The other's id, from this path; and this id for another path, directory or run.
    assert one.post("complete", upload_id=other.id, parts=[])[0] == 404
    for place in (one.place + "/x", f"0/{ml.client.create_run('0').info.run_id}/artifacts/d"):
        answer = one.post("complete", place, upload_id=one.id, parts=[{"part_number": n, "etag": e} for n, e in one_etags])
        assert answer[0] == 404, answer
    for bad in ("", "../" + one.id, one.id.lower(), "nope"):
        assert one.post("complete", upload_id=bad, parts=[])[0] in (400, 404)
    assert one.complete(one_etags)[0] == 200 and one.read()[2] == b"111" and other.read()[0] == 404


def test_a_url_expires(ml, strict):
    upload = Upload(*at(ml, strict), count=2)
    assert upload.put(1, b"in time")[0] == 200
    time.sleep(1.05)
    status, _, said = upload.put(2, b"late")
    assert status == 400 and b"expired" in said


def test_an_upload_outlives_a_restart_and_is_collected_when_forgotten(ml, own_server):
    server = own_server()
    server.start()
    mine, info = at(ml, server)
    upload, forgotten = Upload(mine, info, "kept.bin"), Upload(mine, info, "forgotten.bin")
    etags = [(1, upload.put(1, b"a" * 100)[1]), (3, upload.put(3, b"c")[1])]
    forgotten.put(1, b"x")
    server.kill()
    directory = server.data / "blobs" / "incoming" / forgotten.id
    old = time.time() - 7200
    for path in [*directory.iterdir(), directory]:
        os.utime(path, (old, old))
    server.start()
    etags.append((2, upload.put(2, b"b" * 100)[1]))
    assert upload.complete(sorted(etags))[0] == 200 and upload.read()[2] == b"a" * 100 + b"b" * 100 + b"c"
    for _ in range(100):
        if not directory.exists():
            break
        time.sleep(0.05)
    assert not directory.exists() and forgotten.put(2, b"x")[0] == 400


def test_what_may_not_be_begun(ml, run):
    base = f"{API}/mpu/create/0/{run.run_id}/artifacts"
    for body, status in [
        ({"path": "x"}, 400), ({"path": "x", "num_parts": 0}, 400), ({"path": "x", "num_parts": 10_001}, 400),
        ({"num_parts": 2}, 400), ({"path": "dir/", "num_parts": 2}, 400), ({"path": "..", "num_parts": 2}, 400),
        ({"path": "%2e%2e", "num_parts": 2}, 400), ({"path": "x", "num_parts": "many"}, 400),
    ]:
        assert ml.call("POST", base, body)[0] == status, body
    good = {"path": "x", "num_parts": 1}
    assert ml.call("POST", base, good, user=None)[0] == 401
    assert ml.call("POST", f"{API}/mpu/create/0/{'0' * 32}/artifacts", good)[0] == 404
    assert ml.call("POST", f"{API}/mpu/create/loose", good)[0] == 400
    assert ml.call("POST", f"{API}/mpu/create/versions/1", good)[0] == 403
    assert ml.call("POST", base + "/..%2f..", good)[0] == 400
    for verb in ("complete", "abort"):
        assert ml.call("POST", f"{API}/mpu/{verb}/0/{run.run_id}/artifacts", {"path": "x", "upload_id": "x"}, user=None)[0] == 401


def test_an_upload_over_the_limit_is_refused_before_its_bytes(ml, strict):
    status, _, said = Upload(*at(ml, strict), count=11).put(1, b"x" * 110_000)
    assert status == 413 and b"upload-limit" in said
