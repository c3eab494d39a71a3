"""What was, and who changed it: SHOW … AT, MODEL_HISTORY, UNDROP, the audit log on the command line."""

import json
import subprocess
import time

import pytest
import snowflake.connector
from roost_server import BINARY

ProgrammingError = snowflake.connector.errors.ProgrammingError


def rows(connection, text):
    cursor = connection.cursor().execute(text)
    return [dict(zip([column.name for column in cursor.description], row)) for row in cursor.fetchall()]


@pytest.fixture
def model(sql, name, doubling):
    model = name("M")
    sql(f"create model {model} with version V1 from model {doubling}")
    sql(f"alter model {model} add version V2 from model {model} version V1")
    return model


def at(connection):
    """The server's time, between what was done and what comes."""
    time.sleep(0.01)
    moment = connection.cursor().execute("select current_timestamp()::varchar").fetchone()[0]
    time.sleep(0.01)
    return f"AT(TIMESTAMP => '{moment}'::timestamp_ltz)"


def test_versions_as_they_were(connection, sql, model):
    sql(f"alter model {model} version V1 set alias = production")
    before = at(connection)
    sql(f"alter model {model} version V2 set alias = production")
    sql(f"alter model {model} set default_version = V2")
    moved = connection.cursor().execute("select last_query_id()").fetchone()[0]

    def production(clause):
        found = {row["name"]: row for row in rows(connection, f"show versions in model {model} {clause}")}
        return [name for name, row in found.items() if "PRODUCTION" in json.loads(row["aliases"])], [
            name for name, row in found.items() if str(row["is_default_version"]).lower() == "true"]

    assert production(before) == (["V1"], ["V1"])
    assert production("") == (["V2"], ["V2"])
    assert production(f"BEFORE(STATEMENT => '{moved}')") == (["V2"], ["V1"])
    assert production("AT(OFFSET => 0)") == (["V2"], ["V2"])
    assert json.loads(rows(connection, f"show models like '{model}' {before}")[0]["aliases"])["PRODUCTION"] == "V1"


def test_history_says_who_moved_production(connection, sql, model):
    sql(f"alter model {model} version V1 set alias = production")
    sql(f"alter model {model} version V2 set alias = production")
    moved = connection.cursor().execute("select last_query_id()").fetchone()[0]
    last = sql(
        "select new_value, old_value, user_name, role_name, query_id from information_schema.model_history "
        f"where model_name = '{model}' and field = 'ALIAS' and field_key = 'PRODUCTION' "
        "and changed_on <= current_timestamp() order by audit_id desc limit 1")
    assert last == [("V2", "V1", "ADMIN", "ACCOUNTADMIN", moved)]
    told = sql(f"select field, new_value from table(information_schema.model_history('{model}')) where field in ('MODEL', 'VERSION') order by audit_id")
    assert [value for field, value in told if field == "VERSION"] == ["V1", "V2"] and len(told) == 3


@pytest.mark.parametrize("clause, words", [
    ("AT(TIMESTAMP => '2001-01-01'::timestamp)", "it was made at"),
    ("AT(TIMESTAMP => '2999-01-01'::timestamp)", "has not come"),
    ("AT(TIMESTAMP => 'yesterday')", "needs a time"),
    ("AT(TIMESTAMP => NULL)", "needs a time"),
    ("AT(OFFSET => 60)", "0 or less"),
    ("AT(OFFSET => 'x')", "0 or less"),
    ("AT(STATEMENT => '01234567-0000-0000-0000-000000000000')", "does not exist"),
    ("AT(MOON => 1)", "TIMESTAMP, OFFSET or STATEMENT")])
def test_a_time_that_is_none(sql, model, clause, words):
    with pytest.raises(ProgrammingError, match=words):
        sql(f"show versions in model {model} {clause}")


def test_undrop(connection, sql, model):
    sql(f"drop model {model}")
    gone = [row for row in rows(connection, "show models history") if row["name"] == model]
    assert len(gone) == 1 and gone[0]["dropped_on"] is not None
    with pytest.raises(ProgrammingError):
        sql(f"show versions in model {model}")
    assert sql(f"undrop model {model}")[0][0] == f"Model {model} successfully restored."
    assert sql(f"select model({model}, V1)!predict(2.0)")[0][0]
    with pytest.raises(ProgrammingError) as again:
        sql(f"undrop model {model}")
    assert again.value.errno == 2002
    with pytest.raises(ProgrammingError) as unknown:
        sql("undrop model never_was")
    assert unknown.value.errno == 2003


def roost(server, *arguments):
    return subprocess.run(
        [BINARY, "audit", *arguments, "--data-directory", server.data], capture_output=True, text=True, timeout=60)


def test_the_audit_log_on_the_command_line(server, sql, model):
    sql(f"comment on model {model} is 'one, \"two\"'")
    verified = roost(server, "verify")
    assert verified.returncode == 0 and verified.stdout.startswith("ok, "), verified
    listed = roost(server, "list", "--model", model, "--format", "json")
    told = [json.loads(line) for line in listed.stdout.splitlines()]
    assert [row["action"] for row in told] == ["CREATE MODEL", "ADD VERSION", "ADD VERSION", "SET COMMENT"], listed
    assert json.loads(told[-1]["to"]) == {"comment": 'one, "two"'} and told[-1]["user"] == "ADMIN" and told[-1]["query_id"]
    assert roost(server, "list", "--model", model, "--format", "csv").stdout.count("\n") == 5
    assert "SET COMMENT" in roost(server, "list", "--model", model).stdout
    assert roost(server, "list", "--format", "xml").returncode == 6
    assert subprocess.run([BINARY, "audit", "verify", "--data-directory", "/nowhere"], capture_output=True).returncode == 7
