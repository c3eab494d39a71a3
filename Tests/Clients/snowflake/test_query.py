"""The query endpoint: repeated ids, describeOnly, bindings, slow and asynchronous statements, abort, errors."""

import threading
import time
import uuid

import pytest
import snowflake.connector
from roost_server import PASSWORD
from wire import Wire

SLOW = "select count(*) from table(generator(rowcount => 2000000000)) where seq8() % 7 = 3 or random() = 0"


@pytest.fixture
def wire(server):
    wire = Wire(server, password=PASSWORD)
    yield wire
    wire.request("POST", "/session?delete=true")


def test_success_carries_every_field(wire):
    answer = wire.query("select 1 as a, 'x' as \"b c\"")
    data = answer.data
    for key in ("parameters", "rowtype", "queryResultFormat", "total", "returned", "queryId", "finalDatabaseName",
                "finalSchemaName", "finalRoleName", "statementTypeId", "numberOfBinds", "version"):
        assert key in data, key
    assert data["total"] == data["returned"] == 1 and data["statementTypeId"] == 4096
    assert [(column["name"], column["type"]) for column in data["rowtype"]] == [("A", "fixed"), ("b c", "text")]
    assert answer.rows == [["1", "x"]]


def test_failure_is_status_200_with_code_state_and_position(wire):
    answer = wire.query("select 1\nfrom no_such_table_x")
    assert answer.status == 200 and answer.json["success"] is False and answer.code == "002003"
    data = answer.data
    assert data["errorCode"] == "002003" and data["sqlState"] in ("02000", "42S02") and data["queryId"]
    assert "line" in data and "pos" in data and "NO_SUCH_TABLE_X" in answer.json["message"]


def test_a_syntax_error_names_line_and_position(wire):
    answer = wire.query("select 1,\n   fro m where")
    assert answer.code == "001003" and answer.data["sqlState"] == "42000"
    assert answer.data["line"] == 2 or "line 2" in answer.json["message"], answer


def test_the_same_request_id_runs_once(wire, name):
    table, request = name(), str(uuid.uuid4())
    wire.query(f"create table {table} (a int)")
    first = wire.query(f"insert into {table} values (1)", request_id=request)
    again = wire.query(f"insert into {table} values (1)", request_id=request)
    assert first.json["success"] and again.json["success"]
    assert first.data["queryId"] == again.data["queryId"] and first.rows == again.rows
    assert wire.rows(f"select count(*) from {table}") == [["1"]]


def test_the_same_request_id_sent_while_the_first_runs_runs_once(server, wire, name):
    table, request = name(), str(uuid.uuid4())
    wire.query(f"create table {table} (a int)")
    statement = f"insert into {table} select count(*) from table(generator(rowcount => 30000000)) where random() = 0"
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(wire.query(statement, request_id=request)))
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(answer.json["success"] for answer in answers), answers
    assert len({answer.data["queryId"] for answer in answers}) == 1
    assert wire.rows(f"select count(*) from {table}") == [["1"]]


def test_a_failed_statement_repeated_by_id_fails_alike(wire):
    request = str(uuid.uuid4())
    first, again = (wire.query("select * from no_such_table_x", request_id=request) for _ in range(2))
    assert first.code == again.code == "002003"


def test_describe_only_runs_nothing(wire, name):
    table = name()
    answer = wire.query("select 1::int as i, 'x' as s, parse_json('1') as v", describeOnly=True)
    assert [c["type"] for c in answer.data["rowtype"]] == ["fixed", "text", "variant"] and answer.data["total"] == 0
    assert wire.query(f"create table {table} (a int)", describeOnly=True).status == 200
    assert wire.query(f"select * from {table}").code == "002003", "describeOnly created the table"


def test_describe_only_reports_errors(wire):
    assert wire.query("select no_such_column from values (1)", describeOnly=True).json["success"] is False


@pytest.mark.parametrize("type, value, expected", [
    ("FIXED", "42", "42"), ("TEXT", "it's \\ é", "it's \\ é"), ("REAL", "0.25", "0.25"), ("BOOLEAN", "true", None),
    ("TEXT", None, None), ("TEXT", "", ""),
    ("TIMESTAMP_TZ", "253402300799999999000 1500", None), ("TIMESTAMP_LTZ", "1709210096789012000", None)])
def test_bindings_arrive_with_their_type(wire, type, value, expected):
    answer = wire.query("select ? as x", bindings={"1": {"type": type, "value": value}})
    assert answer.json["success"], answer
    if expected is not None or value is None:
        assert answer.rows == [[expected]]


def test_missing_bindings_are_an_error(wire):
    answer = wire.query("select ?, ?", bindings={"1": {"type": "FIXED", "value": "1"}})
    assert answer.json["success"] is False, answer


@pytest.mark.parametrize("bindings", [
    {"1": {"type": "FIXED", "value": "1; drop table x"}}, {"1": {"type": "NONSENSE", "value": "1"}}, {"x": 1}, [], "a",
    {"1": {"type": "DATE", "value": "not a date"}}, {"1": {"type": "DATE", "value": "-9223372036854775808"}},
    {"1": {"type": "TIMESTAMP_NTZ", "value": "9223372036854775807000"}}, {"0": {"type": "TEXT", "value": "a"}}, {"1": None}])
def test_senseless_bindings_are_an_error_not_an_accident(server, wire, bindings):
    answer = wire.query("select ? as x", bindings=bindings)
    assert answer.status in (200, 400) and answer.json is not None and answer.json["success"] is False, answer
    assert server.alive


def test_bound_text_is_never_sql(wire, name):
    table, evil = name(), "x'); drop table students; --"
    wire.query(f"create table {table} (a varchar)")
    wire.query(f"insert into {table} values (?)", bindings={"1": {"type": "TEXT", "value": evil}})
    assert wire.rows(f"select a from {table}") == [[evil]]


def test_a_bound_object_name_is_one_name(wire, name):
    table = name()
    wire.query(f"create table {table} (a int)")
    answer = wire.query("select * from identifier(?)", bindings={"1": {"type": "TEXT", "value": f"{table}; select 1"}})
    assert answer.json["success"] is False
    assert wire.query("select * from identifier(?)", bindings={"1": {"type": "TEXT", "value": f'ML."REGISTRY".{table}'}}).json["success"]


def test_several_statements_in_one_request_are_refused(wire, name):
    table = name()
    answer = wire.query(f"create table {table} (a int); select 1")
    assert answer.json["success"] is False, answer
    assert wire.query(f"select * from {table}").code == "002003"
    assert wire.query("select 1;").json["success"] and wire.query("select ';' ; -- done;").json["success"]


@pytest.mark.parametrize("text", ["", "   ", ";", "-- only words", "/* only words */"])
def test_an_empty_statement_is_a_specific_error(wire, text):
    answer = wire.query(text)
    assert answer.status == 200 and answer.json["success"] is False and answer.code.startswith("00"), answer


def test_a_slow_statement_is_answered_early_and_fetched_later(own_server):
    server = own_server(ROOST_SLOW_STATEMENT="1")
    server.start()
    wire = Wire(server, password=PASSWORD)
    answer = wire.query(SLOW, follow=False)
    assert answer.code == "333333" and answer.json["success"], answer
    assert answer.data["getResultUrl"] == f"/queries/{answer.data['queryId']}/result"
    assert wire.request("GET", answer.data["getResultUrl"]).code == "333333"
    assert wire.post(f"/queries/{answer.data['queryId']}/abort-request", {}).json["success"]
    assert wire.request("GET", answer.data["getResultUrl"]).code == "000604"
    with server.connect() as connection:  # the connector polls by itself
        began = time.monotonic()
        assert connection.cursor().execute("select system$wait(2)").fetchone() == ("waited 2 seconds",)
        assert time.monotonic() - began > 2


def test_asynchronous_statement_with_monitoring_and_result(wire):
    answer = wire.query("select 41 + 1 as x", asyncExec=True, follow=False)
    assert answer.code == "333334" and answer.json["success"]
    query = answer.data["queryId"]
    for _ in range(100):
        status = wire.request("GET", f"/monitoring/queries/{query}").data["queries"][0]["status"]
        if status == "SUCCESS":
            break
        time.sleep(0.05)
    assert status == "SUCCESS"
    assert wire.request("GET", f"/queries/{query}/result").rows == [["42"]]
    assert wire.rows(f"select * from table(result_scan('{query}'))") == [["42"]]


def test_an_asynchronous_failure_is_told(server):
    with server.connect() as connection:
        cursor = connection.cursor()
        query = cursor.execute_async("select * from no_such_table_x")["queryId"]
        with pytest.raises(snowflake.connector.errors.Error) as caught:
            cursor.get_results_from_sfqid(query)
            cursor.fetchall()
        assert "NO_SUCH_TABLE_X" in str(caught.value)


def test_results_belong_to_their_reader(server, wire, name):
    query = wire.query("select 'secret' as s").data["queryId"]
    user, password = name("READER"), "a long password 1"
    wire.query(f"create user {user} password = '{password}'")
    other = Wire(server, user, password)
    assert other.query(f"select * from table(result_scan('{query}'))").json["success"] is False
    answer = other.request("GET", f"/queries/{query}/result")
    assert "secret" not in answer.body.decode(), answer


@pytest.mark.parametrize("query", ["nonsense", "01b00000-0000-0000-0000-000000000000", "../../etc/passwd", "%2e%2e%2f"])
def test_the_result_of_an_unknown_query_is_an_error(server, wire, query):
    answer = wire.request("GET", f"/queries/{query}/result")
    assert answer.status in (200, 404) and (answer.json is None or answer.json.get("success") is False), answer
    assert wire.query(f"select * from table(result_scan('{query}'))").json["success"] is False


def test_a_result_scan_sees_names_and_types(wire):
    query = wire.query("show databases like 'ML'").data["queryId"]
    assert wire.rows(f"""select "name" from table(result_scan('{query}'))""") == [["ML"]]
    wire.query("select 7 as seven")
    assert wire.rows("select seven from table(result_scan(last_query_id()))") == [["7"]]


def abort_while(wire, stop):
    """Runs a long statement, calls stop(requestId, queryId or None) after a moment; gives the answer and seconds."""
    request, answers = str(uuid.uuid4()), []
    began = time.monotonic()
    thread = threading.Thread(target=lambda: answers.append(wire.query(SLOW, request_id=request)))
    thread.start()
    time.sleep(1)
    stop(request)
    thread.join(60)
    assert not thread.is_alive(), "the statement was not aborted"
    return answers[0], time.monotonic() - began


def test_abort_by_request_id_stops_a_statement(wire):
    answer, seconds = abort_while(
        wire, lambda request: wire.post("/queries/v1/abort-request", {"sqlText": SLOW, "requestId": request}))
    assert answer.json["success"] is False and answer.code == "000604", answer
    assert seconds < 10
    assert wire.rows("select 1") == [["1"]], "the session lives on"


def test_system_cancel_stops_the_statements_of_a_session(server, wire):
    session = wire.rows("select current_session()")[0][0]
    other = Wire(server, password=PASSWORD)
    answer, seconds = abort_while(wire, lambda _: other.query(f"select system$cancel_all_queries({session})"))
    assert answer.json["success"] is False and seconds < 10


def test_the_connector_times_a_statement_out(server):
    with server.connect() as connection:
        began = time.monotonic()
        with pytest.raises(snowflake.connector.errors.ProgrammingError):
            connection.cursor().execute(SLOW, timeout=2)
        assert time.monotonic() - began < 15
        assert connection.cursor().execute("select 1").fetchone() == (1,)


def test_query_history_tells_what_ran(wire):
    marker = f"history_{uuid.uuid4().hex}"
    query = wire.query(f"select '{marker}' as x").data["queryId"]
    wire.query(f"select * from {marker}")
    rows = wire.rows(
        f"select query_id, execution_status, error_code from table(information_schema.query_history()) "
        f"where query_text like 'select%{marker}%' and query_text not like '%query_history%' order by start_time")
    assert [row[0] for row in rows][:1] == [query] and len(rows) == 2, rows
    assert rows[0][1] == "SUCCESS" and rows[1][1].startswith("FAIL") and rows[1][2] == "notFound"


def test_sessions_see_each_others_tables_but_not_temporary_ones(server, wire, name):
    kept, private = name("KEPT"), name("PRIVATE")
    wire.query(f"create table {kept} as select 1 as a")
    wire.query(f"create temporary table {private} as select 1 as a")
    other = Wire(server, password=PASSWORD)
    assert other.rows(f"select * from {kept}") == [["1"]]
    assert other.query(f"select * from {private}").code == "002003"


def test_a_temporary_table_hides_a_permanent_one_of_the_same_name(server, wire, name):
    table = name()
    wire.query(f"create table {table} as select 1 as a")
    wire.query(f"create temporary table {table} as select 2 as a")
    assert wire.rows(f"select a from {table}") == [["2"]]
    assert Wire(server, password=PASSWORD).rows(f"select a from {table}") == [["1"]]
    wire.query(f"drop table {table}")
    assert wire.rows(f"select a from {table}") == [["1"]]


def test_statement_parameters_do_no_harm(wire):
    answer = wire.query("select 1", parameters={"QUERY_TAG": "x", "_PLAN_UUID": "y", "MULTI_STATEMENT_COUNT": 1, "Z": None})
    assert answer.json["success"]


def test_many_rows_arrive_once_each(server, chunked_server):
    for each in (server, chunked_server):
        with each.connect() as connection:
            cursor = connection.cursor()
            rows = cursor.execute(
                "select seq4() as n, 'row ' || seq4() as s from table(generator(rowcount => 12345)) order by 1").fetchall()
            assert len(rows) == 12345 and rows[0] == (0, "row 0") and rows[-1] == (12344, "row 12344")
            frame = cursor.execute("select seq4() as n from table(generator(rowcount => 12345))").fetch_pandas_all()
            assert sorted(frame["N"]) == list(range(12345))


def test_a_chunk_needs_its_own_signed_url(chunked_server):
    wire = Wire(chunked_server, password=PASSWORD)
    answer = wire.query("select seq4() as n from table(generator(rowcount => 5000))")
    chunks = answer.data["chunks"]
    assert sum(chunk["rowCount"] for chunk in chunks) + answer.data["returned"] >= 5000 or chunks
    url = chunks[0]["url"].split(str(chunked_server.port), 1)[1]
    anonymous = Wire(chunked_server)
    assert anonymous.request("GET", url, headers=answer.data.get("chunkHeaders")).status == 200
    for changed in (url[:-4] + "AAAA", url[:40] + "A" + url[41:], url + "x", url.replace("chunk-1", "chunk-2")):
        if changed == url:
            continue
        refused = anonymous.request("GET", changed)
        assert refused.status in (400, 403, 404), (changed, refused.status)
