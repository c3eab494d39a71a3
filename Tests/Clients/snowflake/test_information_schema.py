"""INFORMATION_SCHEMA: what the catalog says in tables, and to whom."""

import json

import pytest
import snowflake.connector
from model_package import create, package

ProgrammingError = snowflake.connector.errors.ProgrammingError
VIEWS = [
    "applicable_roles", "columns", "databases", "enabled_roles", "file_formats", "functions", "information_schema_catalog_name",
    "models", "model_functions", "model_history", "model_versions", "object_privileges", "packages", "schemata", "stages",
    "tables", "table_privileges", "tag_references", "usage_privileges", "views"]


@pytest.fixture(scope="module")
def place(server, tmp_path_factory):
    """A database of its own with a model, a table, a tag, and a role READER that may use the model alone."""
    connection = server.connect()
    run = lambda text: connection.cursor().execute(text).fetchall()
    run("create database info")
    run("create schema info.reg")
    create(connection, "iris", package(), tmp_path_factory.mktemp("package"))
    run("alter model iris add version V2 from model iris version V1")
    run("alter model iris version V2 set alias = production")
    run("alter model iris modify version V2 set metadata = '{\"metrics\": {\"acc\": 1}}' comment = 'second'")
    run("create table t (a number(10,2) not null, b varchar(5))")
    run("create file format f type = csv")
    run("create tag state")
    run("alter model iris set tag state = 'good'")
    run("create role info_reader")
    run("grant role info_reader to user admin")
    run("grant usage on database info to role info_reader")
    run("grant usage on schema info.reg to role info_reader")
    run("grant usage on model iris to role info_reader")
    yield connection
    run("drop role info_reader")
    run("drop database info")
    connection.close()


@pytest.fixture
def query(place):
    return lambda text: place.cursor().execute(text).fetchall()


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_read(query, view):
    query(f"select * from info.information_schema.{view} limit 3")
    query(f"select count(*) from INFORMATION_SCHEMA.{view.upper()}")


def test_model_versions_has_the_documented_columns(place, query):
    cursor = place.cursor().execute("select * from information_schema.model_versions order by model_version_name")
    names = [column.name for column in cursor.description]
    assert names[:10] == [
        "CATALOG_NAME", "SCHEMA_NAME", "MODEL_NAME", "MODEL_VERSION_NAME", "METADATA", "COMMENT", "OWNER", "FUNCTIONS", "CREATED_ON",
        "LAST_ALTERED_ON"]
    first, second = [dict(zip(names, row)) for row in cursor.fetchall()]
    assert (first["CATALOG_NAME"], first["SCHEMA_NAME"], first["MODEL_NAME"], first["MODEL_VERSION_NAME"]) == ("INFO", "REG", "IRIS", "V1")
    assert json.loads(second["METADATA"])["metrics"] == {"acc": 1} and second["COMMENT"] == "second"
    assert json.loads(second["FUNCTIONS"]) == ["PREDICT"] and second["OWNER"] == "ACCOUNTADMIN"
    assert second["LAST_ALTERED_ON"] > second["CREATED_ON"] and json.loads(second["ALIASES"]) == ["LAST", "PRODUCTION"]
    assert query("select parse_json(metadata):metrics.acc::int from information_schema.model_versions where model_version_name = 'V2'") == [(1,)]


def test_models_functions_tags_columns(query):
    assert query("select model_name, default_version_name, parse_json(aliases):PRODUCTION::varchar from information_schema.models") == [
        ("IRIS", "V1", "V2")]
    assert query("select model_version_name, function_name, function_type, arguments, return_type from information_schema.model_functions "
                 "order by 1") == [(version, "PREDICT", "FUNCTION", "(A DOUBLE)", "OBJECT") for version in ("V1", "V2")]
    assert query("select tag_name, tag_value, object_name, domain from information_schema.tag_references") == [("STATE", "good", "IRIS", "MODULE")]
    assert query("select column_name, data_type, numeric_precision, numeric_scale, character_maximum_length, is_nullable "
                 "from information_schema.columns order by ordinal_position") == [
        ("A", "NUMBER", 10, 2, None, "NO"), ("B", "TEXT", None, None, 5, "YES")]
    assert query("select file_format_name, file_format_type from information_schema.file_formats") == [("F", "CSV")]


def test_privileges(query):
    assert query("select grantee, privilege_type, object_type from information_schema.object_privileges where object_name = 'IRIS' order by 2") == [
        ("ACCOUNTADMIN", "OWNERSHIP", "MODEL"), ("INFO_READER", "USAGE", "MODEL")]
    assert ("INFO_READER", "IRIS") in query("select grantee, object_name from information_schema.usage_privileges")
    assert query("select grantee, privilege_type from information_schema.table_privileges") == [("ACCOUNTADMIN", "OWNERSHIP")]


def test_a_role_sees_only_its_own(place, query):
    query("use role info_reader")
    try:
        assert query("select model_name from information_schema.models") == [("IRIS",)]
        assert query("select count(*) from information_schema.tables") == [(0,)]
        assert query("select count(*) from information_schema.tag_references") == [(0,)]
        assert query("select distinct object_name from information_schema.object_privileges order by 1") == [("INFO",), ("IRIS",), ("REG",)]
        assert "INFO_READER" in [row[0] for row in query("select role_name from information_schema.enabled_roles")]
        assert query("select count(*) from information_schema.enabled_roles where role_name = 'ACCOUNTADMIN'") == [(0,)]
        assert query("select count(*) from information_schema.applicable_roles where role_name = 'ACCOUNTADMIN'") == [(1,)]
        query("use role accountadmin")
        query("create database hidden_info")
        query("use role info_reader")
        with pytest.raises(ProgrammingError, match="HIDDEN_INFO"):
            query("select * from hidden_info.information_schema.models")
    finally:
        query("use role accountadmin")
        query("drop database if exists hidden_info")
        query("use schema info.reg")


def test_a_view_that_is_none(query):
    with pytest.raises(ProgrammingError, match="MODEL_VERSIONS"):
        query("select * from information_schema.model_version")
