"""What no proper client sends: the server answers with a specific error and lives on."""

import gzip
import http.client
import json
import socket
import uuid
import zlib

import pytest
from roost_server import PASSWORD
from wire import Wire

QUERY = "/queries/v1/query-request?requestId="


@pytest.fixture
def wire(server):
    return Wire(server, password=PASSWORD)


@pytest.fixture(autouse=True)
def lives_on(server):
    yield
    assert server.alive and server.get("/health")[0] == 200


def post(wire, body, **headers):
    return wire.request("POST", QUERY + str(uuid.uuid4()), body, {k.replace("_", "-"): v for k, v in headers.items()})


def refused(answer):
    assert answer.status in (200, 400, 413, 415), answer
    assert answer.json is not None and answer.json["success"] is False and answer.json["message"], answer
    return answer.json["message"]


GOOD = gzip.compress(json.dumps({"sqlText": "select 1"}).encode())


@pytest.mark.parametrize("cut", [0, 1, 5, 10, len(GOOD) // 2, len(GOOD) - 9, len(GOOD) - 8, len(GOOD) - 4, len(GOOD) - 1])
def test_truncated_gzip(wire, cut):
    refused(post(wire, GOOD[:cut], Content_Encoding="gzip"))


@pytest.mark.parametrize("position", range(0, len(GOOD), 3))
def test_flipped_bits_in_gzip_never_break_the_server(wire, position):
    broken = bytearray(GOOD)
    broken[position] ^= 0x55
    answer = post(wire, bytes(broken), Content_Encoding="gzip")
    assert answer.status in (200, 400), answer


def test_gzip_that_is_not(wire):
    refused(post(wire, b"{}", Content_Encoding="gzip"))
    refused(post(wire, zlib.compress(b"{}"), Content_Encoding="gzip"))


def test_plain_body_is_taken_without_the_header(wire):
    assert post(wire, json.dumps({"sqlText": "select 1"}).encode()).json["success"]


def test_a_gzip_bomb_is_refused(wire, server):
    before = server.resident_bytes()
    bomb = gzip.compress(b'{"sqlText": "' + b" " * (1 << 30) + b'"}', 1)
    refused(post(wire, bomb, Content_Encoding="gzip"))
    assert server.resident_bytes() - before < 300 << 20


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b"1", b'"text"', b"{}", b'{"sqlText": null}', b'{"sqlText": 1}', b'{"sqlText": ["select 1"]}',
    b'{"sqlText": "select 1"', b'{"sqlText": "select 1"}}', b"{'sqlText': 'select 1'}", b"\xff\xfe\x00", b'{"sqlText": "\xff"}',
    b'{"sqlText": "select \\ud800"}', b"NaN", b'{"sqlText": "select 1", "sqlText": 2}', b"\0" * 100])
def test_bodies_that_are_no_request(wire, body):
    answer = post(wire, body)
    assert answer.status in (200, 400) and answer.json is not None, answer
    if answer.json["success"]:
        assert b"select" in body


def test_deep_json(wire):
    for depth in (1_000, 100_000, 5_000_000):
        refused(post(wire, b'{"sqlText": ' + b"[" * depth + b"]" * depth + b"}"))
        refused(post(wire, b'{"sqlText": ' + b'{"a":' * depth))


def test_deep_sql(wire):
    for opener, closer in (("(", ")"), ("[", "]"), ("case when ", " end"), ("not ", ""), ("- ", ""), ("select (", ")")):
        text = "select " + opener * 20_000 + "1" + closer * 20_000
        answer = wire.query(text)
        assert answer.status == 200 and answer.json is not None, answer
    assert wire.query("select " + " + ".join(["1"] * 20_000)).status == 200
    assert wire.query("select 1 " + "union all select 1 " * 5_000).status == 200
    assert wire.query("select parse_json('" + "[" * 100_000 + "]" * 100_000 + "')").status == 200


def test_ten_megabytes_of_sql(wire):
    answer = wire.query("select length('" + "x" * 10_000_000 + "')")
    assert answer.json["success"] and answer.rows == [["10000000"]], str(answer)[:500]
    answer = wire.query("select " + ", ".join(f"{n} as c{n}" for n in range(60_000)))
    assert answer.status == 200 and answer.json is not None
    refused(wire.query("selec " + "y" * 10_000_000))


def test_sql_above_the_limit_is_refused(wire):
    words = refused(wire.query("select '" + "x" * 80_000_000 + "'"))
    assert "large" in words.lower() or "limit" in words.lower() or "bytes" in words.lower(), words[:500]


def test_names_of_a_megabyte(wire):
    long = "n" * 1_000_000
    for text in (f"select * from {long}", f'create table "{long}" (a int)', f"create model {long} from @x",
                 f"select {long}!predict(1)", f"show models like '{long}'", f"use schema {long}", f"list @{long}",
                 f"alter session set {long} = 1", f"drop table {long}"):
        answer = wire.query(text)
        assert answer.status == 200 and answer.json is not None and len(answer.body) < 100_000, text[:40]
        if not text.startswith("show"):
            assert answer.json["success"] is False, text[:40]


@pytest.mark.parametrize("text", [
    "select 'unterminated", 'select "unterminated', "select /* unterminated", "select $$unterminated", "select 1 where (", ")",
    "select 1)", "]]]", "''", "\\", "select '\\", "?", "select ?", ":::", "@", "$1", "!", "select !", "MODEL(", "MODEL(m,v)!",
    "select \0", "\ufeffselect 1", "select \u200b1", "create model", "create model m", "alter", "drop", "show", "describe", "use",
    "put", "get", "copy into", "with", "with a as", "with a as model", "grant", "execute", "call", "begin end", "->>", "select 1 ->>"])
def test_broken_statements_are_specific_errors(wire, text):
    answer = wire.query(text)
    assert answer.status == 200, answer
    if not answer.json["success"]:
        assert answer.code not in ("000603", "300002"), answer
        assert "internal" not in answer.json["message"].lower(), answer


@pytest.mark.parametrize("path", ["/", "/nothing", "/session", "/queries", "/queries/v1", "/session/v1/login-request/x", "/../..",
                                  "/%2e%2e/%2e%2e/etc/passwd", "/files/../../catalog.sqlite", "/favicon.ico"])
def test_unknown_routes_are_404(server, path):
    answer = Wire(server).request("GET", path)
    assert answer.status in (400, 404, 405), answer
    assert b"root:" not in answer.body and b"SQLite" not in answer.body


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"])
def test_other_methods_are_refused(wire, method):
    answer = wire.request(method, QUERY + "1")
    assert answer.status in (400, 404, 405, 501), answer


@pytest.mark.parametrize("raw", [
    b"GET / HTTP/1.1\r\n\r\n", b"NONSENSE\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0" * 1000, b"G" * 100_000,
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"POST /session/v1/login-request HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /session/v1/login-request HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /session/v1/login-request HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Y: " + b"z" * 500_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(20_000)) + b"\r\n"])
def test_raw_nonsense_on_the_socket(server, raw):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.settimeout(5)
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(65536)
        except OSError:
            pass


def test_a_client_that_never_finishes_holds_nobody_up(server):
    held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
    for each in held:
        each.sendall(b"POST /queries/v1/query-request HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    assert Wire(server, password=PASSWORD).rows("select 1") == [["1"]]
    for each in held:
        each.close()


def test_a_client_that_leaves_before_the_answer(server):
    wire = Wire(server, password=PASSWORD)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    body = json.dumps({"sqlText": "select count(*) from table(generator(rowcount => 50000000)) where random() = 0"})
    connection.request("POST", QUERY + str(uuid.uuid4()), body, {"Authorization": f'Snowflake Token="{wire.token}"'})
    connection.close()
    assert wire.rows("select 1") == [["1"]]


def test_health_ready_and_metrics(server):
    assert server.get("/health")[0] == 200 and server.get("/ready")[0] == 200
    status, body = server.get("/metrics")
    assert status in (200, 401, 403)
    if status == 200:
        assert b"# TYPE" in body


def test_random_statements_made_of_real_pieces(server, wire, seeded):
    """Pieces of real statements, shuffled and cut: an answer each time, never an internal error."""
    pieces = ("select from where group by order limit with as model version ! :: : [ ] ( ) , . * ? $1 @stage 'text' \"Name\" 12 1.5 "
              "-- /* */ $$ ->> create or replace table view schema alter drop insert into values update set delete merge using when "
              "matched then copy put get list show models like in describe use null true cast try_cast array object variant "
              "flatten lateral table generator => identifier qualify over partition join on union all case end iff ; \\ \n").split(" ")
    for _ in range(400):
        text = " ".join(seeded.choice(pieces) for _ in range(seeded.randrange(1, 25)))
        answer = wire.query(text)
        assert answer.status == 200 and answer.json is not None, (text, answer)
        assert answer.json["success"] or answer.code not in ("000603", "300002"), (text, answer)
