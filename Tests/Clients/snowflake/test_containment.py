"""SQL is contained: no statement reaches a file, a setting, an extension or a system function but through the engine.

Each escape is tried as it stands and in disguises: in a view, a CTE, a subquery, EXPLAIN, EXECUTE IMMEDIATE, CREATE TABLE AS,
with quoted, commented and oddly spelled names. An escape counts as stopped when the statement fails and tells nothing.
"""

import pytest
from roost_server import PASSWORD
from wire import Wire

SECRET = "a line of the secret file"


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    """A file that the server process could read."""
    folder = tmp_path_factory.mktemp("secret")
    (folder / "secret.csv").write_text(f"word\n{SECRET}\n")
    (folder / "secret.json").write_text(f'{{"word": "{SECRET}"}}')
    return folder


@pytest.fixture(scope="module")
def wire(server):
    return Wire(server, password=PASSWORD)


# Table expressions: SELECT * FROM <this> must fail.
SOURCES = [
    "read_csv('{f}.csv')", "read_csv_auto('{f}.csv')", "read_text('{f}.csv')", "read_blob('{f}.csv')", "read_json('{f}.json')",
    "read_json_auto('{f}.json')", "read_json_objects('{f}.json')", "read_json_objects_auto('{f}.json')", "read_ndjson('{f}.json')",
    "read_ndjson_auto('{f}.json')", "read_ndjson_objects('{f}.json')", "read_parquet('{f}.csv')", "parquet_scan('{f}.csv')",
    "parquet_metadata('{f}.csv')", "parquet_schema('{f}.csv')", "parquet_file_metadata('{f}.csv')", "parquet_kv_metadata('{f}.csv')",
    "parquet_bloom_probe('{f}.csv', 'a', 1)", "read_duckdb('{f}.csv')", "sniff_csv('{f}.csv')", "glob('{d}/*')", "glob('/etc/*')",
    "'{f}.csv'", "\"{f}.csv\"", "'{f}.json'", "'/etc/passwd'", "\"/etc/passwd\"", "'https://example.org/x.csv'",
    "'catalog.sqlite'", "sqlite_scan('{data}/catalog.sqlite', 'users')", "postgres_scan('', 'public', 'x')",
    "iceberg_scan('{d}')", "delta_scan('{d}')", "arrow_scan(1, 2, 3)", "arrow_scan_dumb(1, 2, 3)", "pandas_scan(1)",
    "python_map_function()", "query('select 1')", "query_table('t')", "query(concat('select * from read_text(''', '{f}.csv', ''')'))",
    "duckdb_settings()", "duckdb_databases()", "duckdb_tables()", "duckdb_views()", "duckdb_columns()", "duckdb_functions()",
    "duckdb_extensions()", "duckdb_secrets()", "duckdb_temporary_files()", "duckdb_memory()", "duckdb_schemas()", "duckdb_types()",
    "duckdb_variables()", "duckdb_logs", "duckdb_logs()", "duckdb_log_contexts()", "duckdb_connection_count()", "duckdb_keywords()",
    "duckdb_prepared_statements()", "duckdb_approx_database_count()", "duckdb_external_file_cache()", "duckdb_optimizers()",
    "duckdb_constraints()", "duckdb_indexes()", "duckdb_sequences()", "duckdb_dependencies()", "duckdb_which_secret('x', 's3')",
    "pragma_version()", "pragma_database_size()", "pragma_show('x')", "pragma_storage_info('x')", "pragma_table_info('x')",
    "pragma_collations()", "pragma_platform()", "pragma_user_agent()", "pragma_metadata_info()", "pragma_last_profiling_output()",
    "sqlite_master", "sqlite_schema", "sqlite_temp_master", "pg_catalog.pg_tables", "pg_catalog.pg_settings", "pg_catalog.pg_database",
    "system.main.duckdb_settings()", "system.information_schema.tables", "temp.information_schema.tables", "duckdb_settings",
    "main.duckdb_tables", "system.main.sqlite_master", "checkpoint()", "force_checkpoint()", "test_all_types()",
    "repeat_row(1, num_rows => 10)", "which_secret('x', 's3')", "json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "seq_scan('x')", "unnest(glob('{d}/*'))", "load_aws_credentials()", "summary((select 1))", "enable_logging()", "disable_logging()",
    "write_log('x')", "set_memory_limit('1GB')", "enable_profiling()", "read_xlsx('{f}.csv')", "st_read('{f}.csv')",
]

# Scalar expressions: SELECT <this> must fail.
SCALARS = [
    "getenv('ROOST_ADMIN_PASSWORD')", "getenv('PATH')", "current_setting('temp_directory')", "current_setting('home_directory')",
    "getvariable('x')", "pg_catalog.pg_get_viewdef(1)", "write_log('x')", "current_database_file()", "txid_current()",
    "(select content from read_text('{f}.csv'))", "exists (select * from glob('{d}/*'))", "[x for x in (select file from glob('{d}/*'))]",
    "json_serialize_sql('select 1')", "json_execute_serialized_sql('x')", "json_serialize_plan('select 1')",
    "system.main.getenv('PATH')", "main.getenv('PATH')", "pg_catalog.current_setting('threads')", "set_config('threads', '1', false)",
    "nextval('x')", "current_query()", "in_search_path('main', 'main')", "file_exists('{f}.csv')", "load_file('{f}.csv')",
    "pg_read_file('{f}.csv')", "create_sort_key(1, 'ASC')", "finalize(1)", "icu_sort_key('a', 'de')", "__internal_compress_string_utinyint('x')",
    "constant_or_null(getenv('PATH'), 1)", "coalesce(getenv('PATH'), 'x')", "list_transform([1], lambda x: getenv('PATH'))",
    "list_transform([1], x -> getenv('PATH'))", "list_aggregate(['PATH'], 'getenv')", "'PATH'.getenv()",
]

# Statements that must fail.
STATEMENTS = [
    "copy (select 1) to '{d}/out.csv'", "copy t to '{d}/out.csv'", "copy t from '{f}.csv'", "copy (select 1) to '{d}/out.parquet' (format parquet)",
    "copy into '{d}/out.csv' from (select 1)", "copy into 'file://{d}/out.csv' from (select 1)", "copy into 's3://b/x' from (select 1)",
    "copy into t from '{f}.csv'", "copy into t from 'file://{f}.csv'", "copy database ml to other", "copy from database ml to memory",
    "export database '{d}/out'", "import database '{d}'", "attach '{d}/x.duckdb' as x", "attach '{data}/catalog.sqlite' as c (type sqlite)",
    "attach ':memory:' as m", "attach database '{d}/x' as x", "attach if not exists '{d}/x' as x", "detach ml", "detach database ml",
    "install httpfs", "install '{d}/x.duckdb_extension'", "force install httpfs", "load httpfs", "load '{d}/x.duckdb_extension'", "update extensions",
    "pragma database_list", "pragma threads=1", "pragma enable_profiling", "pragma disable_verification", "pragma version", "pragma show_tables",
    "pragma memory_limit='1TB'", "pragma table_info('t')", "pragma enable_checkpoint_on_shutdown", "set global threads = 1",
    "set session threads = 1", "set local threads = 1", "reset threads",
    "set variable x = 1", "create secret s (type s3)", "create persistent secret s (type s3)",
    "drop secret s", "create macro f(x) as x", "create function f(x) as x", "create or replace macro f() as table select 1", "drop macro f",
    "create temp macro f() as getenv('PATH')", "create type t as enum ('a')", "create sequence s", "create index i on t (a)", "checkpoint",
    "force checkpoint", "vacuum", "analyze", "prepare p as select 1", "execute p", "deallocate p", "call pragma_version()", "call glob('/*')",
    "call duckdb_settings()", "call checkpoint()", "call force_checkpoint('ml')", "call enable_logging()", "explain analyze select * from glob('/*')",
    "explain copy t to '{d}/out.csv'", "summarize read_csv('{f}.csv')", "summarize '{f}.csv'", "describe '{f}.csv'", "describe read_csv('{f}.csv')",
    "describe select * from '{f}.csv'", "show all tables", "show databases from '{f}'", "from '{f}.csv'", "from read_text('{f}.csv')", "from glob('/*') select *",
    "table '{f}.csv'", "pivot '{f}.csv' on word", "unpivot '{f}.csv' on word", "with x as (from '{f}.csv') from x", "values ((select content from read_text('{f}.csv')))",
    "create schema main2 authorization x", "use memory", "use system", "use temp.main", "create table system.main.x (a int)", "create table temp.main.x (a int)",
    "create table memory.main.x (a int)", "insert into t select content from read_text('{f}.csv')", "update t set a = (select content from read_text('{f}.csv'))",
    "delete from t using glob('/*')", "delete from t where a in (select file from glob('/*'))", "merge into t using glob('/*') g on true when matched then delete",
    "create table x as from read_text('{f}.csv')", "create view v as from '{f}.csv'", "select 1 into outfile '{d}/x'", ".open {d}/x", "!ls", "\\! ls",
    "begin; copy (select 1) to '{d}/x'", "comment on table t is (select content from read_text('{f}.csv'))", "alter database ml set alias to x",
    "alter table t set (x = 1)", "alter session set temp_directory = '{d}'", "alter session set threads = 1", "alter session set enable_external_access = true",
]


def spelled(text, server, secret):
    return text.replace("{f}", str(secret / "secret")).replace("{d}", str(secret)).replace("{data}", str(server.data))


def stopped(wire, text, secret):
    answer = wire.query(text)
    assert answer.status == 200 and answer.json is not None, (text, answer)
    assert SECRET not in answer.body.decode(errors="replace"), f"read the file: {text}"
    assert b"root:x:" not in answer.body and b"SQLite format" not in answer.body, text
    assert answer.json["success"] is False, f"succeeded: {text}\n{answer}"
    assert answer.code not in ("000603",), f"internal error: {text}\n{answer}"
    assert sorted(path.name for path in secret.iterdir()) == ["secret.csv", "secret.json"], f"wrote a file: {text}"


@pytest.fixture(scope="module", autouse=True)
def table(wire):
    wire.query("create or replace table t (a varchar)")
    wire.query("insert into t values ('x')")
    yield
    assert wire.rows("select count(*) from t") == [["1"]], "the table was changed"


@pytest.mark.parametrize("source", SOURCES)
def test_table_functions_and_files_are_out_of_reach(server, wire, secret, source):
    source = spelled(source, server, secret)
    stopped(wire, f"select * from {source}", secret)
    stopped(wire, f"select 1 from {source} as x limit 1", secret)


@pytest.mark.parametrize("expression", SCALARS)
def test_system_functions_are_out_of_reach(server, wire, secret, expression):
    expression = spelled(expression, server, secret)
    stopped(wire, f"select {expression}", secret)
    stopped(wire, f"select 1 from t where {expression} is not null", secret)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_statements_of_the_engine_underneath_are_out_of_reach(server, wire, secret, statement):
    stopped(wire, spelled(statement, server, secret), secret)


DISGUISES = {
    "upper case": "SELECT * FROM READ_TEXT('{f}.csv')",
    "quoted": "select * from \"read_text\"('{f}.csv')",
    "quoted upper": "select * from \"READ_TEXT\"('{f}.csv')",
    "commented": "select * from /* a */ read_text /* b */ ( /* c */ '{f}.csv' /* d */ ) -- e",
    "comment between": "select * from read_text--\n('{f}.csv')",
    "nested comment": "select /* /* */ 1 */ * from read_text('{f}.csv')",
    "schema": "select * from main.read_text('{f}.csv')",
    "catalog and schema": "select * from system.main.read_text('{f}.csv')",
    "quoted catalog": "select * from \"system\".\"main\".\"read_text\"('{f}.csv')",
    "TABLE()": "select * from table(read_text('{f}.csv'))",
    "TABLE() of a file": "select * from table('{f}.csv')",
    "LATERAL": "select * from t, lateral (select * from read_text('{f}.csv'))",
    "LATERAL flatten": "select * from t, lateral flatten(input => (select list(content) from read_text('{f}.csv')))",
    "join": "select * from t join read_text('{f}.csv') r on true",
    "left join using": "select * from t left join (select * from glob('/*')) g on true",
    "subquery in FROM": "select * from (select * from (select * from read_text('{f}.csv')))",
    "subquery in SELECT": "select (select max(content) from read_text('{f}.csv'))",
    "subquery in WHERE": "select * from t where a in (select content from read_text('{f}.csv'))",
    "subquery in ORDER BY": "select * from t order by (select count(*) from glob('/*'))",
    "subquery in LIMIT": "select * from t limit (select count(*) from glob('/*'))",
    "subquery in GROUP BY": "select count(*) from t group by (select count(*) from glob('/*'))",
    "subquery in HAVING": "select count(*) from t having (select count(*) from glob('/*')) > 0",
    "subquery in QUALIFY": "select a from t qualify row_number() over (order by (select count(*) from glob('/*'))) = 1",
    "subquery in a window": "select sum(1) over (order by (select count(*) from glob('/*'))) from t",
    "subquery in VALUES": "select * from values ((select max(content) from read_text('{f}.csv')))",
    "subquery in CASE": "select case when exists (select * from glob('/*')) then 1 end",
    "CTE": "with x as (select * from read_text('{f}.csv')) select * from x",
    "CTE named as a function": "with glob as (select 1) select * from glob('/*')",
    "recursive CTE": "with recursive x as (select 1 as n union all select n + 1 from x, glob('/*') where n < 3) select * from x",
    "unused CTE": "with x as (select * from read_text('{f}.csv')) select 1",
    "union": "select 'a' union all select content from read_text('{f}.csv')",
    "except": "select content from read_text('{f}.csv') except select 'x'",
    "create table as": "create or replace temporary table stolen as select * from read_text('{f}.csv')",
    "create view": "create or replace view stolen as select * from read_text('{f}.csv')",
    "insert": "insert into t select content from read_text('{f}.csv')",
    "default of a column": "create or replace temporary table d1 (a varchar default getenv('PATH'))",
    "generated column": "create or replace temporary table d2 (a varchar, b varchar generated always as (getenv('PATH')))",
    "check": "create or replace temporary table d3 (a varchar check (a <> getenv('PATH')))",
    "explain": "explain select * from read_text('{f}.csv')",
    "EXECUTE IMMEDIATE": "execute immediate 'select * from read_text(''{f}.csv'')'",
    "EXECUTE IMMEDIATE $$": "execute immediate $$select * from read_text('{f}.csv')$$",
    "IDENTIFIER of a file": "select * from identifier('\"{f}.csv\"')",
    "IDENTIFIER of a function": "select * from table(identifier('read_text')('{f}.csv'))",
    "flow": "select 1 ->> select * from read_text('{f}.csv')",
    "flow from a file": "select * from '{f}.csv' ->> select * from $1",
    "dollar quoted": "select * from read_text($${f}.csv$$)",
    "escaped": "select * from read_text('\\x2fetc\\x2fpasswd')",
    "escape string": "select * from read_text(e'{f}.csv')",
    "named argument": "select * from read_csv(files => '{f}.csv')",
    "list argument": "select * from read_text(['{f}.csv'])",
    "brackets": "select * from read_text('{f}.cs[v]')",
    "positional": "select * from read_text('{f}.csv') positional join t",
    "asof join": "select * from t asof join read_text('{f}.csv') r on t.a >= r.content",
    "pivot": "select * from (pivot read_text('{f}.csv') on filename using count(*))",
    "stage path": "select * from @../../secret",
    "stage of a path": "select $1 from '@~/../../../../{f}.csv'",
    "file as stage": "select $1 from 'file://{f}.csv'",
    "infer_schema": "select * from table(infer_schema(location => '{f}.csv', file_format => 'x'))",
    "infer_schema of a url": "select * from table(infer_schema(location => 'file://{f}.csv', file_format => 'x'))",
    "create stage elsewhere": "create or replace temporary stage s1 url = 'file://{f}'",
    "semicolon": "select 1; select * from read_text('{f}.csv')",
    "semicolon in a comment": "select 1 /* ; */; copy (select 1) to '{d}/x'",
    "no-break space": "select\u00a0*\u00a0from\u00a0read_text('{f}.csv')",
    "unicode letters": "select * from \uff52\uff45\uff41\uff44_text('{f}.csv')",
    "unicode escape": "select * from u&\"read_text\"('{f}.csv')",
    "columns expression": "select columns(lambda c: c like '%') from '{f}.csv'",
    "star replace": "select * replace (getenv('PATH') as a) from t",
    "star exclude": "select * exclude (x) from (select getenv('PATH') as y, 1 as x)",
    "struct of a function": "select {'a': getenv('PATH')}",
    "method call": "select ('{f}.csv').read_text()",
    "lambda": "select list_transform(['PATH'], lambda x: getenv(x))",
    "filter": "select count(*) filter (where getenv('PATH') is not null) from t",
    "within group": "select listagg(getenv('PATH')) within group (order by getenv('PATH')) from t",
    "cast": "select getenv('PATH')::varchar",
    "path": "select parse_json(getenv('PATH')):a",
    "argument of a model": "select no_model!predict(getenv('PATH'))",
    "at": "select * from t at (version => getenv('PATH'))",
    "sample": "select * from read_text('{f}.csv') sample (10)",
    "comment": "comment on table t is getenv('PATH')",
    "show like": "show tables like (select getenv('PATH'))",
}


@pytest.mark.parametrize("what", DISGUISES)
def test_disguises_change_nothing(server, wire, secret, what):
    stopped(wire, spelled(DISGUISES[what], server, secret), secret)


@pytest.mark.parametrize("name, value", [
    ("threads", "1"), ("memory_limit", "'1TB'"), ("enable_external_access", "true"), ("temp_directory", "'{d}'"), ("lock_configuration", "false"),
    ("allow_unsigned_extensions", "true"), ("search_path", "'main'"), ("profiling_output", "'{d}/p'"), ("log_query_path", "'{d}/q'"),
    ("custom_extension_repository", "'{d}'"), ("secret_directory", "'{d}'"), ("home_directory", "'{d}'"), ("access_mode", "'READ_ONLY'")])
def test_set_makes_a_variable_of_the_session_and_no_setting(server, wire, secret, name, value):
    """SET x = … is Snowflake's session variable; the engine's setting of that name is not touched."""
    value = spelled(value, server, secret)
    if wire.query(f"set {name} = {value}").json["success"]:
        assert wire.rows(f"select ${name}::varchar")[0][0].strip("'") == value.strip("'")
    stopped(wire, f"select * from read_text('{secret}/secret.csv')", secret)
    stopped(wire, f"copy (select 1) to '{secret}/out.csv'", secret)
    assert wire.query("create or replace temporary table still_writable (a int)").json["success"]
    wire.query(f"unset {name}")


@pytest.mark.parametrize("what", ["CTE", "subquery in SELECT", "join", "explain", "quoted"])
def test_describe_only_is_contained_too(server, wire, secret, what):
    answer = wire.query(spelled(DISGUISES[what], server, secret), describeOnly=True)
    assert answer.json["success"] is False and SECRET not in answer.body.decode()


def test_a_binding_names_no_file(wire, secret):
    file = str(secret / "secret.csv")
    for text in ("select * from read_text(?)", "select * from identifier(?)", "select * from table(?)", "list ?", "select $1 from ?"):
        for value in (file, f'"{file}"', f"'{file}'", f"file://{file}", f"@{file}"):
            answer = wire.query(text, bindings={"1": {"type": "TEXT", "value": value}})
            assert answer.json["success"] is False and SECRET not in answer.body.decode(), (text, value)


def test_what_the_engine_itself_offers_still_works(wire):
    """The fence keeps escapes out, not work."""
    for text in ("select upper('a'), 1 + 1, current_database(), parse_json('[1]')[0]", "with x as (select 1 as a) select * from x",
                 "select * from table(generator(rowcount => 3))", "select value from table(flatten(parse_json('[1,2]')))",
                 "select * from information_schema.tables", "select * from information_schema.schemata", "show parameters",
                 "explain select * from t"):
        assert wire.query(text).json["success"], (text, wire.query(text))


def test_the_information_schema_shows_only_what_is_ours(wire, server):
    for view in ("tables", "columns", "schemata", "views", "databases"):
        text = wire.query(f"select * from information_schema.{view}").body.decode().lower()
        for word in ("duckdb", "sqlite", "pg_catalog", "roost-data", str(server.data).lower(), "memory.main", '"system"'):
            assert word not in text, (view, word)


def test_error_texts_name_no_path_of_the_machine(wire, server):
    for text in ("select * from no_such", "create table ml.no_such_schema.x (a int)", "select 1/0", "select cast('x' as int)",
                 "insert into no_such values (1)", "list @no_such"):
        message = wire.query(text).body.decode()
        assert str(server.data) not in message and "duckdb" not in message.lower(), message
