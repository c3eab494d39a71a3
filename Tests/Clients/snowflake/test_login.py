"""Login, tokens, their renewal and end, by raw HTTP and with the stock connector."""

import gzip
import uuid

import pytest
import snowflake.connector
from roost_server import PASSWORD
from wire import Wire


def test_login_answers_with_what_the_client_needs(server):
    answer = Wire(server).login("ADMIN", PASSWORD)
    data = answer.data
    assert answer.status == 200 and answer.json["success"] is True
    assert data["token"] and data["masterToken"] and data["token"] != data["masterToken"]
    assert isinstance(data["sessionId"], int)
    assert data["validityInSeconds"] > 0 and data["masterValidityInSeconds"] > 0
    assert data["sessionInfo"]["databaseName"] == "ML" and data["sessionInfo"]["schemaName"] == "REGISTRY"
    assert data["displayUserName"] == "ADMIN"
    assert "AUTOCOMMIT" in [parameter["name"] for parameter in data["parameters"]]


def test_login_without_compression_works(server):
    body = {"data": {"LOGIN_NAME": "admin", "PASSWORD": PASSWORD, "ACCOUNT_NAME": "local", "SESSION_PARAMETERS": {}}}
    assert Wire(server).post("/session/v1/login-request", body, compress=False).json["success"]


@pytest.mark.parametrize("user, password", [
    ("ADMIN", "wrong"), ("ADMIN", ""), ("ADMIN", PASSWORD + " "), ("ADMIN", "x" * 200_000), ("NOBODY", PASSWORD),
    ("", PASSWORD), ("ADMIN' OR '1'='1", "x"), ("ADMIN\0", PASSWORD), ("N" * 200_000, PASSWORD)])
def test_wrong_credentials_are_refused_alike(server, user, password):
    answer = Wire(server).login(user, password)
    assert answer.status == 200 and answer.json["success"] is False and answer.code == "390100", answer
    assert PASSWORD not in answer.body.decode() and "token" not in (answer.json.get("data") or {})


def test_a_login_that_grows_beyond_what_any_client_sends_is_refused(server):
    bomb = gzip.compress(b'{"a":[' + b"0," * 20_000_000 + b"0]}", 9)
    assert len(bomb) < 100_000
    before = server.resident_bytes()
    for _ in range(20):
        answer = Wire(server).request("POST", "/session/v1/login-request", bomb, {"Content-Encoding": "gzip"})
        assert answer.status == 200 and answer.json["success"] is False and answer.code == "092605", answer
    assert server.resident_bytes() - before < 100 << 20


@pytest.mark.parametrize("body", [
    {}, {"data": None}, {"data": []}, {"data": {}}, {"data": {"LOGIN_NAME": 5, "PASSWORD": 5}}, [], "text", None, 1,
    {"data": {"LOGIN_NAME": "ADMIN"}}, {"data": {"LOGIN_NAME": None, "PASSWORD": None}}])
def test_a_login_without_credentials_is_refused(server, body):
    answer = Wire(server).post("/session/v1/login-request", body)
    assert answer.status in (200, 400) and answer.json["success"] is False, answer


def test_connector_says_wrong_password(server):
    with pytest.raises(snowflake.connector.errors.DatabaseError) as caught:
        server.connect(password="wrong")
    assert caught.value.sqlstate in ("08001", "28000", "28001")


@pytest.mark.parametrize("token", [None, "None", "rubbish", "x" * 100_000, "../../etc/passwd", '"'])
def test_a_query_without_a_session_is_refused(server, token):
    answer = Wire(server).query("select 1", token=token or "")
    if len(token or "") > 10_000:  # a header of this size does not reach the door
        assert answer.status in (400, 431)
        return
    assert answer.status == 200 and not answer.json["success"] and answer.code.startswith("3901"), answer


def test_the_master_token_opens_no_statement(server):
    wire = Wire(server, password=PASSWORD)
    assert not wire.query("select 1", token=wire.master).json["success"]


def test_renewal_gives_a_new_token_for_the_same_session(server):
    wire = Wire(server, password=PASSWORD)
    wire.query("create temporary table mine (a int)")
    before = wire.rows("select current_session()")
    answer = wire.post(
        "/session/token-request?requestId=" + str(uuid.uuid4()),
        {"oldSessionToken": wire.token, "requestType": "RENEW"}, token=wire.master)
    data = answer.data
    assert answer.json["success"] and data["sessionToken"] != wire.token
    assert data["validityInSecondsST"] > 0 and data["validityInSecondsMT"] > 0 and isinstance(data["sessionId"], int)
    wire.token, wire.master = data["sessionToken"], data["masterToken"]
    assert wire.rows("select current_session()") == before
    assert wire.query("select * from mine").json["success"], "temporary objects outlive a renewal"


def test_a_renewal_whose_answer_got_lost_is_repeated(server):
    wire = Wire(server, password=PASSWORD)

    def renew():
        return wire.post(
            "/session/token-request?requestId=" + str(uuid.uuid4()),
            {"oldSessionToken": wire.token, "requestType": "RENEW"}, token=wire.master).data

    first, second = renew(), renew()
    assert first["sessionToken"] == second["sessionToken"] and first["masterToken"] == second["masterToken"]
    assert first["sessionToken"] != wire.token
    assert wire.query("select 1", token=first["sessionToken"]).json["success"]


@pytest.mark.parametrize("which", ["token", "rubbish"])
def test_renewal_wants_the_master_token(server, which):
    wire = Wire(server, password=PASSWORD)
    wrong = {"token": wire.token, "rubbish": "rubbish"}[which]
    answer = wire.post("/session/token-request", {"oldSessionToken": wire.token, "requestType": "RENEW"}, token=wrong)
    assert answer.json["success"] is False, answer


def test_the_connector_renews_an_expired_token_by_itself(own_server):
    import time

    server = own_server(ROOST_SESSION_VALIDITY="2")
    server.start()
    wire = Wire(server, password=PASSWORD)
    with server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("create temporary table kept as select 7 as a")
        time.sleep(2.5)
        expired = wire.query("select 1")
        assert expired.json["success"] is False and expired.code == "390112", expired
        assert cursor.execute("select a from kept").fetchall() == [(7,)]


def test_close_ends_the_session_and_its_temporary_objects(server, name):
    wire, table = Wire(server, password=PASSWORD), name()
    assert wire.query(f"create temporary table {table} (a int)").json["success"]
    assert wire.request("POST", "/session?delete=true").json["success"]
    gone = wire.query("select 1")
    assert gone.json["success"] is False and gone.code in ("390111", "390104", "390112", "390114"), gone
    other = Wire(server, password=PASSWORD)
    assert other.query(f"select * from {table}").code == "002003"


def test_heartbeat_needs_a_living_session(server):
    wire = Wire(server, password=PASSWORD)
    assert wire.request("POST", "/session/heartbeat?requestId=1").json["success"]
    assert not wire.request("POST", "/session/heartbeat?requestId=1", token="rubbish").json["success"]


def test_telemetry_is_taken(server):
    wire = Wire(server, password=PASSWORD)
    assert wire.post("/telemetry/send", {"logs": [{"message": {"a": 1}, "timestamp": "1"}]}).json["success"]


def test_a_session_opens_where_it_was_asked_to(server):
    wire = Wire(server)
    data = wire.login("ADMIN", PASSWORD, query="databaseName=ML&schemaName=PUBLIC").data
    assert data["sessionInfo"]["schemaName"] == "PUBLIC"
    wire.token = data["token"]
    assert wire.rows("select current_database(), current_schema()") == [["ML", "PUBLIC"]]


def test_an_unknown_database_at_login_does_not_break_the_session(server):
    """As the service does: the session has no database until USE names one."""
    wire = Wire(server)
    answer = wire.login("ADMIN", PASSWORD, query="databaseName=NO_SUCH_DB&schemaName=X")
    if answer.json["success"]:
        wire.token = answer.data["token"]
        assert wire.query("select 1").json["success"]
    else:
        assert "NO_SUCH_DB" in answer.json["message"]
