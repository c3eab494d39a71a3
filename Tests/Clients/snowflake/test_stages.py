"""Stages: PUT, GET, LIST, REMOVE, streams, and the presigned URLs under them."""

import base64
import gzip
import hashlib
import io
import time
import urllib.parse

import pytest
import snowflake.connector
from roost_server import PASSWORD
from wire import Wire

Error = snowflake.connector.errors.Error
ProgrammingError = snowflake.connector.errors.ProgrammingError


@pytest.fixture
def stage(sql, name):
    stage = name("STAGE")
    sql(f"create stage {stage}")
    return stage


@pytest.fixture
def put(sql, stage, tmp_path):
    """put("name", b"content", "dir", options) uploads one file."""

    def run(name, content, folder="", options="auto_compress=false"):
        local = tmp_path / name
        local.write_bytes(content)
        return sql(f"put 'file://{local}' '@{stage}/{folder}' {options}")

    return run


def test_put_list_get_remove(sql, stage, put, tmp_path):
    content = bytes(range(256)) * 100
    row = put("data.bin", content, "dir/sub")[0]
    assert row[0] == "data.bin" and row[6].upper() == "UPLOADED", row
    listed = sql(f"list @{stage}")
    assert len(listed) == 1 and listed[0][0] == f"{stage.lower()}/dir/sub/data.bin"
    assert listed[0][1] == len(content) and listed[0][2] == hashlib.md5(content).hexdigest()
    assert time.time() - time.mktime(time.strptime(listed[0][3], "%a, %d %b %Y %H:%M:%S %Z")) < 86400
    target = tmp_path / "out"
    target.mkdir()
    sql(f"get '@{stage}/dir/sub/data.bin' 'file://{target}'")
    assert (target / "data.bin").read_bytes() == content
    assert sql(f"remove @{stage}/dir/sub/data.bin") and sql(f"list @{stage}") == []


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 5_000_001])
def test_sizes_survive(sql, stage, put, tmp_path, size):
    content = hashlib.shake_128(b"x").digest(size) if size else b""
    put("f.bin", content)
    assert sql(f"list @{stage}")[0][1] == size
    sql(f"get @{stage}/f.bin 'file://{tmp_path}/'")
    assert (tmp_path / "f.bin").read_bytes() == content


def test_auto_compress_stores_gzip(sql, stage, put, tmp_path):
    put("words.csv", b"a,b\n1,2\n" * 1000, options="auto_compress=true")
    assert [row[0] for row in sql(f"list @{stage}")] == [f"{stage.lower()}/words.csv.gz"]
    sql(f"get @{stage}/words.csv.gz 'file://{tmp_path}/'")
    assert gzip.decompress((tmp_path / "words.csv.gz").read_bytes()) == b"a,b\n1,2\n" * 1000


def test_a_file_that_is_there_is_kept_unless_overwritten(sql, stage, put):
    put("f.txt", b"first")
    put("f.txt", b"second, longer")
    size = sql(f"list @{stage}")[0][1]
    put("f.txt", b"third, the longest of all", options="auto_compress=false overwrite=true")
    assert sql(f"list @{stage}")[0][1] == len(b"third, the longest of all") and size in (5, 14)


def test_wildcards_upload_every_file(sql, stage, tmp_path):
    for index in range(5):
        (tmp_path / f"part{index}.txt").write_text(f"part {index}")
    sql(f"put 'file://{tmp_path}/part*.txt' @{stage}/parts auto_compress=false")
    assert len(sql(f"list @{stage}/parts")) == 5
    assert len(sql(f"list @{stage} pattern='.*part[0-2].*'")) == 3
    target = tmp_path / "got"
    target.mkdir()
    sql(f"get @{stage}/parts 'file://{target}'")
    assert sorted(path.name for path in target.iterdir()) == [f"part{index}.txt" for index in range(5)]
    assert (target / "part3.txt").read_text() == "part 3"


def test_streams(connection, stage):
    cursor = connection.cursor()
    cursor.execute(f"put 'file:///ignored/stream.txt' @{stage} auto_compress=false", file_stream=io.BytesIO(b"streamed"))
    assert cursor.execute(f"list @{stage}").fetchone()[1] == 8


def test_snowpark_streams(server, stage):
    session = server.session()
    session.file.put_stream(io.BytesIO(b"hello stream"), f"@{stage}/s/h.txt", auto_compress=False)
    assert session.file.get_stream(f"@{stage}/s/h.txt").read() == b"hello stream"
    session.close()


@pytest.mark.parametrize("name_", [
    "plain.txt", "with space.txt", "dots.in.name.tar.gz", "ünï-çødé-名前.txt", "per%20cent.txt", "plus+and&amp.txt",
    "hash#mark.txt", "semi;colon.txt", "round(2){3}.txt", "-dash", "_", "UPPER.TXT", "a" * 200])
def test_odd_file_names_survive(sql, stage, put, tmp_path, name_):
    put(name_, name_.encode())
    assert [row[0] for row in sql(f"list @{stage}")] == [f"{stage.lower()}/{name_}"]
    target = tmp_path / "got"
    target.mkdir()
    sql(f"get '@{stage}/{name_}' 'file://{target}'")
    assert (target / name_).read_bytes() == name_.encode()


def test_names_that_differ_only_in_case_are_two_files(sql, stage, put):
    put("A.txt", b"upper")
    put("a.txt", b"low")
    assert sorted(row[1] for row in sql(f"list @{stage}")) == [3, 5]


@pytest.mark.parametrize("path", [
    "../x", "../../catalog.sqlite", "a/../../x", "./../x", "..", "a/..", "%2e%2e/x", "..%2fx", "/etc/passwd", "//etc/passwd",
    "a\\..\\..\\x", "a//b", "a/./b", "\u2025/x", "x\ty", "x\ny", "~root/x", "$HOME/x"])
def test_path_tricks_stay_inside_the_stage(server, sql, stage, tmp_path, path):
    """Either refused by name, or taken as a plain name inside the stage: never anywhere else."""
    local = tmp_path / "evil.txt"
    local.write_text("evil")
    before = {p for p in server.data.rglob("*") if "blobs" not in p.parts and "results" not in p.parts}
    quoted = path.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
    try:
        sql(f"put 'file://{local}' '@{stage}/{quoted}/' auto_compress=false")
    except Error as error:
        assert error.errno != 603, error
    for row in sql(f"list @{stage}"):
        assert row[0].startswith(stage.lower() + "/") and "/../" not in row[0] + "/", row
    after = {p for p in server.data.rglob("*") if "blobs" not in p.parts and "results" not in p.parts}
    assert {p.name for p in after - before} & {"evil.txt", "x", "passwd"} == set()
    try:
        rows = sql(f"list '@{stage}/{quoted}'")
        assert all(row[0].startswith(stage.lower() + "/") for row in rows)
        sql(f"get '@{stage}/{quoted}' 'file://{tmp_path}/'")
    except Error as error:
        assert error.errno != 603, error
    assert server.alive


def test_unknown_stages_and_files_are_errors(sql, stage, tmp_path):
    (tmp_path / "f").write_text("x")
    for statement in (f"list @no_such_stage_x", f"put 'file://{tmp_path}/f' @no_such_stage_x",
                      f"get @{stage}/nothing.txt 'file://{tmp_path}/'", "list @no_db.no_schema.s", "remove @no_such_stage_x",
                      f"create stage {stage}", "drop stage no_such_stage_x"):
        with pytest.raises(Error):
            sql(statement)
    assert sql(f"list @{stage}/nothing") == [] and sql(f"drop stage if exists no_such_stage_x")


def test_a_dropped_stage_takes_its_files_along(sql, stage, put):
    put("f.txt", b"x")
    sql(f"drop stage {stage}")
    sql(f"create stage {stage}")
    assert sql(f"list @{stage}") == []


def test_a_temporary_stage_is_its_sessions_own(server, sql, connection, name):
    stage = name("TEMP_STAGE")
    sql(f"create temporary stage {stage}")
    with server.connect() as other, pytest.raises(ProgrammingError):
        other.cursor().execute(f"list @{stage}")


# -- presigned URLs -------------------------------------------------------------------------------------------------
@pytest.fixture
def wire(server):
    return Wire(server, password=PASSWORD)


def upload_url(wire, stage, file="f.txt"):
    answer = wire.query(f"PUT 'file:///tmp/{file}' '@{stage}/d' auto_compress=false parallel=4 overwrite=true")
    assert answer.data["command"] == "UPLOAD" and answer.data["stageInfo"]["locationType"] == "GCS", answer
    return path_of(answer.data["stageInfo"]["presignedUrl"])


def download_url(wire, stage, file="f.txt"):
    answer = wire.query(f"GET '@{stage}/d/{file}' 'file:///tmp/x/'")
    assert answer.data["command"] == "DOWNLOAD", answer
    return path_of(answer.data["presignedUrls"][0])


def path_of(url):
    parts = urllib.parse.urlsplit(url)
    return parts.path + ("?" + parts.query if parts.query else "")


def send(server, url, content=b"content", digest=None, method="PUT", headers=None):
    anonymous = Wire(server)
    headers = dict(headers or {})
    if digest:
        headers["x-goog-meta-sfc-digest"] = base64.b64encode(digest).decode()
    return anonymous.request(method, url, content if method == "PUT" else None, headers)


def test_a_signed_url_takes_and_gives_one_file(server, wire, stage):
    url = upload_url(wire, stage)
    assert send(server, url).status in (200, 201, 204)
    got = send(server, download_url(wire, stage), method="GET")
    assert got.status == 200 and got.body == b"content"


def test_a_changed_signed_url_is_refused(server, wire, stage):
    send(server, upload_url(wire, stage))
    up, down = upload_url(wire, stage), download_url(wire, stage)
    variants = lambda url: {
        "another file": url.replace("f.txt", "g.txt"),
        "a file above": url.replace("f.txt", "../f.txt"),
        "an encoded file above": url.replace("f.txt", "%2e%2e%2ff.txt"),
        "cut short": url[:-3],
        "grown": url + "0",
        "no query": url.split("?")[0] if "?" in url else url[: len(url) // 2],
        "other stage": url.replace(stage.lower(), "other").replace(stage, "OTHER") if stage.lower() in url.lower() else url[::-1],
    }
    for method, url in (("PUT", up), ("GET", down)):
        for what, changed in variants(url).items():
            if changed == url:
                continue
            answer = send(server, changed if changed.startswith("/") else "/" + changed, method=method)
            assert answer.status in (400, 403, 404), f"{method} {what}: {answer}"
    assert [row[0] for row in wire.rows(f"list @{stage}")] == [f"{stage.lower()}/d/f.txt"]


def test_a_signed_url_serves_one_operation(server, wire, stage):
    send(server, upload_url(wire, stage))
    up, down = upload_url(wire, stage), download_url(wire, stage)
    assert send(server, up, method="GET").status in (400, 403, 404, 405)
    assert send(server, down, b"overwritten").status in (400, 403, 404, 405)
    for method in ("DELETE", "POST", "PATCH"):
        assert send(server, up, method=method).status in (400, 403, 404, 405)
    assert send(server, download_url(wire, stage), method="GET").body == b"content"


def test_a_signed_url_expires(own_server, name):
    server = own_server(ROOST_TRANSFER_VALIDITY="1")
    server.start()
    wire, stage = Wire(server, password=PASSWORD), name("S")
    wire.query(f"create stage {stage}")
    up = upload_url(wire, stage)
    assert send(server, up).status in (200, 201, 204)
    down = download_url(wire, stage)
    time.sleep(2.2)
    assert send(server, up, b"late").status in (400, 403)
    assert send(server, down, method="GET").status in (400, 403)
    assert send(server, download_url(wire, stage), method="GET").body == b"content"


def test_a_signed_url_survives_a_restart_or_is_refused(own_server, name):
    server = own_server()
    server.start()
    wire, stage = Wire(server, password=PASSWORD), name("S")
    wire.query(f"create stage {stage}")
    send(server, upload_url(wire, stage))
    url = download_url(wire, stage)
    server.stop()
    server.start()
    answer = send(server, url, method="GET")
    assert (answer.status == 200 and answer.body == b"content") or answer.status in (400, 403)


def test_an_upload_that_lies_about_its_digest_is_refused(server, wire, stage):
    answer = send(server, upload_url(wire, stage), b"content", hashlib.sha256(b"other").digest())
    assert answer.status in (400, 409, 412, 422), answer
    assert wire.rows(f"list @{stage}") == []
    assert send(server, upload_url(wire, stage), b"content", hashlib.sha256(b"content").digest()).status in (200, 201, 204)


def test_an_upload_that_breaks_off_leaves_nothing(server, wire, stage):
    import socket

    url = upload_url(wire, stage)
    part = b"an upload that breaks off" * 40
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(f"PUT {url} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".encode() + part)
    deadline = time.monotonic() + 20
    time.sleep(0.3)
    while left := files_starting_with(server.data, part):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)
    assert wire.rows(f"list @{stage}") == []


def files_starting_with(data, content):
    """The files among the kept and the incoming ones that start so."""
    found = []
    for place in ("blobs", "incoming"):
        for path in (data / place).rglob("*"):
            try:
                with path.open("rb") as file:
                    if file.read(len(content)) == content:
                        found.append(path)
            except (FileNotFoundError, IsADirectoryError):
                continue  # others use this server at the same time
    return found


def test_an_upload_above_the_limit_is_refused(own_server, name):
    server = own_server(ROOST_UPLOAD_LIMIT="100000")
    server.start()
    wire, stage = Wire(server, password=PASSWORD), name("S")
    wire.query(f"create stage {stage}")
    assert send(server, upload_url(wire, stage), b"x" * 100_000).status in (200, 201, 204)
    try:
        answer = send(server, upload_url(wire, stage), b"x" * 5_000_000)
        assert answer.status in (400, 413), answer
    except ConnectionError:
        pass  # closed while we still sent: refused as well
    assert [row[1] for row in wire.rows(f"list @{stage}")] == ["100000"]
    assert server.alive


def test_a_huge_file_streams_through(server, sql, stage, tmp_path, full_size):
    """The server's memory does not grow with the file."""
    megabytes = 2048 if full_size else 100
    local = tmp_path / "huge.bin"
    block = hashlib.shake_128(b"block").digest(1 << 20)
    digest = hashlib.md5()
    with open(local, "wb") as file:
        for index in range(megabytes):
            piece = index.to_bytes(8, "big") + block[8:]
            file.write(piece)
            digest.update(piece)
    before = server.resident_bytes()
    sql(f"put 'file://{local}' @{stage} auto_compress=false")
    assert sql(f"list @{stage}")[0][2] == digest.hexdigest()
    (tmp_path / "got").mkdir()
    sql(f"get @{stage}/huge.bin 'file://{tmp_path}/got/'")
    got = hashlib.md5()
    with open(tmp_path / "got/huge.bin", "rb") as file:
        while piece := file.read(1 << 20):
            got.update(piece)
    assert got.digest() == digest.digest()
    assert server.resident_bytes() - before < 64 << 20, "memory grew with the file"


def test_a_full_disk_is_a_specific_error_and_loses_nothing(own_server, name, tmp_path):
    """The data directory on a small tmpfs (needs root; skipped otherwise)."""
    import subprocess

    server = own_server()
    server.data.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", server.data], capture_output=True).returncode:
        pytest.skip("mounting a small tmpfs wants root")
    try:
        server.start()
        with server.connect() as connection:
            cursor, stage = connection.cursor(), name("S")
            cursor.execute(f"create stage {stage}")
            (tmp_path / "small.txt").write_text("small")
            cursor.execute(f"put 'file://{tmp_path}/small.txt' @{stage} auto_compress=false")
        wire = Wire(server, password=PASSWORD)
        answer = send(server, upload_url(wire, stage, "big.bin"), b"x" * (60 << 20))
        assert answer.status in (400, 413, 500, 503, 507), answer
        assert b"space" in answer.body.lower() or b"disk" in answer.body.lower(), answer
        assert [row[1] for row in wire.rows(f"list @{stage}")] == ["5"]
        filler = server.data / "filler"
        with open(filler, "wb") as file:
            try:
                while file.write(b"x" * (1 << 16)):
                    file.flush()
            except OSError:
                pass
        refused = wire.query("create table t as select seq4() as a, random() as b from table(generator(rowcount => 2000000))")
        assert refused.json["success"] is False, refused
        answer = wire.query(f"create stage {stage}_2")
        filler.unlink()
        assert server.alive
        assert wire.query(f"create stage {stage}_3").json["success"]
        assert wire.rows(f"list @{stage}")[0][1] == "5"
        if not answer.json["success"]:
            assert "disk" in answer.json["message"].lower() or "space" in answer.json["message"].lower(), answer
    finally:
        server.kill()
        subprocess.run(["umount", "-l", server.data])
