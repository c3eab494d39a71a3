"""Arrays of values, several statements in a request, and what else the stock connector and Snowpark do around them."""

import datetime
import decimal

import pandas as pd
import pytest
import snowflake.connector
from roost_server import PASSWORD
from snowflake.connector.constants import QueryStatus
from snowflake.snowpark import functions as F
from wire import Wire


@pytest.fixture
def numbered(server):
    with server.connect(paramstyle="qmark") as connection:
        yield connection


def test_rows_of_every_type_are_bound_as_arrays(numbered, name):
    table = name()
    cursor = numbered.cursor()
    cursor.execute(f"create table {table} (i int, n number(20, 3), f float, b boolean, s varchar(3), d date, t time, p timestamp_ntz, x binary)")
    # Beside a NULL the client calls every value a text, and a moment is a count then: a time is no text of its own.
    rows = [
        (n, decimal.Decimal(f"{n}.125"), n / 4, n % 2 == 0, f"s{n}", datetime.date(2024, 1, n + 1), datetime.time(1, 2, n),
         datetime.datetime(2024, 1, 1, 0, 0, n, 5), bytes([n])) for n in range(9)]
    cursor.executemany(f"insert into {table} values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    assert cursor.rowcount == 9
    columns = "i, n, f, b, s, d, p, x"
    cursor.executemany(f"insert into {table} ({columns}) values (?, ?, ?, ?, ?, ?, ?, ?)", [(7, *rows[7][1:6], *rows[7][7:]), (None,) * 8])
    assert cursor.rowcount == 2
    assert cursor.execute(f"select {columns} from {table} where i = 7").fetchall() == [(7, *rows[7][1:6], *rows[7][7:])] * 2
    cursor.execute(f"delete from {table} where t is null")
    assert cursor.execute(f"select * from {table} order by i").fetchall() == rows
    cursor.executemany(f"insert into {table} (s, i) select upper(?), ? * 10", [("a", 1), ("b", 2)])
    assert cursor.execute(f"select s, i from {table} where i in (10, 20) order by i").fetchall() == [("A", 10), ("B", 20)]
    with pytest.raises(snowflake.connector.errors.ProgrammingError, match="too long") as raised:
        cursor.executemany(f"insert into {table} (s) values (?)", [("abc",), ("abcd",)])
    assert raised.value.errno == 100078
    assert cursor.execute(f"select count(*) from {table}").fetchone() == (11,)


def test_moments_beside_a_null_keep_their_units(numbered, name):
    """The connector calls every value beside a NULL a text: dates count milliseconds then, the others nanoseconds."""
    table = name()
    cursor = numbered.cursor()
    cursor.execute(f"create table {table} (n int, d date, t time, p timestamp_ntz, z timestamp_ltz)")
    dates = [datetime.date(1, 1, 1), datetime.date(1969, 12, 31), datetime.date(1970, 1, 1), datetime.date(1970, 12, 30),
             datetime.date(2024, 2, 29), datetime.date(9999, 12, 31)]
    moments = [datetime.datetime(1969, 12, 31, 23, 59, 59), datetime.datetime(1970, 1, 1, 0, 0, 1),
               datetime.datetime(1970, 6, 1), datetime.datetime(2024, 2, 29, 1, 2, 3, 45), datetime.datetime(2200, 1, 1),
               datetime.datetime(1700, 1, 1)]
    times = [datetime.time(0, 0), datetime.time(0, 0, 1), datetime.time(23, 59, 59, 999999), datetime.time(12, 30), datetime.time(1), datetime.time(2)]
    rows = [(n, *values, values[2]) for n, values in enumerate(zip(dates, times, moments))]
    cursor.executemany(f"insert into {table} values (?, ?, ?, ?, ?)", [*rows, (None,) * 5])
    got = cursor.execute(f"select n, d, t, p, z::timestamp_ntz from {table} order by n nulls last").fetchall()
    assert got == [*rows, (None,) * 5]
    cursor.executemany(f"insert into {table} (d) values (?)", [("2024-01-02",), (None,)])
    assert cursor.execute(f"select count(*) from {table} where d = '2024-01-02'").fetchone() == (1,)
    with pytest.raises(snowflake.connector.errors.Error):
        cursor.execute(f"insert into {table} (d) values ('99999999999999999999999999999999999999999')")


def test_arrays_are_for_one_row_of_an_insert(numbered, name):
    table = name()
    cursor = numbered.cursor()
    cursor.execute(f"create table {table} (a int)")
    with pytest.raises(snowflake.connector.errors.ProgrammingError, match="one row only"):
        cursor.executemany(f"insert into {table} values (?), (?)", [(1, 2), (3, 4)])
    cursor.executemany(f"insert into {table} values (?)", [(n,) for n in range(70_000)])
    assert cursor.execute(f"select count(*), sum(a) from {table}").fetchone() == (70_000, 70_000 * 69_999 // 2)


def test_numbered_bindings_come_as_arrays_too(server, name):
    table = name()
    with server.connect(paramstyle="numeric") as connection:
        cursor = connection.cursor()
        cursor.execute(f"create table {table} (a int, b varchar)")
        cursor.executemany(f"insert into {table} (b, a) values (:2, :1)", [(1, "x"), (2, None)])
        assert cursor.execute(f"select * from {table} order by a").fetchall() == [(1, "x"), (2, None)]


def test_a_frame_of_many_local_rows(server):
    session = server.session()
    frame = session.create_dataframe([(n, f"t{n}", [n]) for n in range(3000)], schema=["a", "b", "c"])
    assert frame.filter(F.col("a") >= 1000).count() == 2000
    assert session.range(1, 10, 2).to_pandas()["ID"].tolist() == [1, 3, 5, 7, 9]
    assert session.generator(F.seq4().alias("s"), rowcount=3).to_pandas()["S"].tolist() == [0, 1, 2]
    words = session.create_dataframe([("a b",)], schema=["v"]).join_table_function("split_to_table", F.col("v"), F.lit(" "))
    assert sorted(row["VALUE"] for row in words.collect()) == ["a", "b"]
    session.close()


def test_several_statements_in_one_request(server, name):
    table = name()
    with server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(f"create table {table} (a int); insert into {table} values (1), (2); select ';', a from {table} order by a;", num_statements=3)
        assert cursor.fetchone()[0].endswith("successfully created.")
        assert cursor.nextset() and cursor.fetchall() == [(2,)]
        assert cursor.nextset() and cursor.fetchall() == [(";", 1), (";", 2)]
        assert cursor.nextset() is None
        for count, text in ((2, "select 1"), (1, "select 1; select 2")):
            with pytest.raises(snowflake.connector.errors.ProgrammingError, match="desired statement count") as raised:
                cursor.execute(text, num_statements=count)
            assert raised.value.errno == 8
        # What stands before the one that fails has been done.
        with pytest.raises(snowflake.connector.errors.ProgrammingError) as raised:
            cursor.execute(f"insert into {table} values (3); select * from no_such_table; insert into {table} values (4)", num_statements=0)
        assert raised.value.errno == 2003
        assert cursor.execute(f"select max(a) from {table}").fetchone() == (3,)
        cursor.execute("alter session set multi_statement_count = 0")
        cursor.execute("select 5; select 6")
        assert cursor.fetchall() == [(5,)] and cursor.nextset() and cursor.fetchall() == [(6,)]


def test_a_statement_is_cancelled_from_its_own_session(server):
    with server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute_async("select system$wait(600)")
        query = cursor.sfqid
        cursor.execute(f"select system$cancel_query('{query}')")
        assert cursor.fetchone() == (f"query [{query}] terminated.",)
        assert connection.get_query_status(query) == QueryStatus.FAILED_WITH_ERROR


def test_a_job_of_snowpark_is_cancelled(server):
    session = server.session()
    job = session.sql("select system$wait(600)").collect_nowait()
    job.cancel()
    assert job.is_done()
    session.close()


def test_changed_rows_are_told(server, name):
    table = name()
    with server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(f"create table {table} (a int)")
        assert cursor.execute(f"insert into {table} values (1), (2), (3)").stats.num_rows_inserted == 3
        assert cursor.execute(f"update {table} set a = 0 where a > 1").stats.num_rows_updated == 2
        assert cursor.execute(f"delete from {table}").stats.num_rows_deleted == 3


def test_earlier_results_by_their_place(server):
    with server.connect() as connection:
        cursor = connection.cursor()
        first = cursor.execute("select 1 as a").sfqid
        cursor.execute("select 2 as b")
        assert cursor.execute("select * from table(result_scan(last_query_id(-2)))").fetchall() == [(1,)]
        assert cursor.execute("select last_query_id(1), last_query_id(1000)").fetchall() == [(first, None)]


def test_compression_is_known_by_content(server, name):
    session = server.session()
    stage = name()
    session.sql(f"create stage {stage}").collect()
    frame = session.create_dataframe([(1, "a"), (2, "b")], schema=["a", "b"])
    frame.write.copy_into_location(f"@{stage}/plain.csv", file_format_type="csv", single=True, overwrite=True)
    assert [tuple(row) for row in session.sql(f"select $1::int, $2 from @{stage}/plain.csv").collect()] == [(1, "a"), (2, "b")]
    session.sql(f"copy into @{stage}/o.json from (select object_construct('k', 1)) file_format = (type = json) single = true").collect()
    assert session.read.json(f"@{stage}/o.json").collect()[0][0] == '{"k":1}'
    session.close()


def test_values_that_are_not_recognised_have_their_codes(server):
    with server.connect() as connection:
        for text, code in (
                ("'a'::int", 100038), ("'a'::boolean", 100037), ("'a'::date", 100040), ("'a'::timestamp", 100035), ("'a'::time", 100108),
                ("12345::number(3, 1)", 100039), ("1 / 0", 100051), ("parse_json('{a')", 100069)):
            with pytest.raises(snowflake.connector.errors.ProgrammingError) as raised:
                connection.cursor().execute(f"select {text}")
            assert raised.value.errno == code, text
        for text, code in (("-- nothing", 900), ("select nope", 904)):
            with pytest.raises(snowflake.connector.errors.ProgrammingError) as raised:
                connection.cursor().execute(text)
            assert raised.value.errno == code, text


def test_models_write_tables(server, doubling, name):
    table = name()
    with server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(f"create table {table} (a float, y float) as select seq4(), null from table(generator(rowcount => 6))")
        call = "model(ml.public.doubling)!predict(a):OUT::float"
        assert cursor.execute(f"update {table} set y = {call}").fetchone() == (6, 0)
        assert cursor.execute(f"select sum(a), sum(y) from {table}").fetchone() == (15.0, 30.0)
        assert cursor.execute(f"delete from {table} where {call} > 7").fetchone() == (2,)
        assert cursor.execute(f"select max(a), count(*) from {table}").fetchone() == (3.0, 4)


def test_what_can_not_be_bound_as_arrays_is_refused(server, sql, name):
    wire, table = Wire(server, password=PASSWORD), name()
    sql(f"create table {table} (s varchar)")

    def run(statements, values, **parameters):
        return wire.query(statements, bindings={"1": {"type": "TEXT", "value": values}}, parameters=parameters)

    insert = f"insert into {table} values (?)"
    assert "array or an object" in run(insert, [{"a": 1}, "x"]).json["message"]
    answer = run(f"{insert}; {insert}", ["a", "b"], MULTI_STATEMENT_COUNT=2)
    assert answer.json["success"] is False and "several statements" in answer.json["message"], answer
    for statements in ("", ";;", "select 1;" * 501):
        assert wire.query(statements, parameters={"MULTI_STATEMENT_COUNT": 0}).json["success"] is False
    assert sql(f"select count(*) from {table}") == [(0,)]


def test_pandas_frames_are_written_in_chunks_and_never_over_each_other(connection, sql, name):
    """`bulk_upload_chunks` sends all chunks to the URL of a wildcard: they are refused, and not lost but for the last."""
    from snowflake.connector.pandas_tools import write_pandas

    table = name("CHUNKS")
    frame = pd.DataFrame({"A": range(10), "B": [f"row {number}" for number in range(10)]})
    done, chunks, rows, _ = write_pandas(connection, frame, table, chunk_size=3, auto_create_table=True, quote_identifiers=False)
    assert (done, chunks, rows) == (True, 4, 10)
    assert sql(f"select a, b from {table} order by a") == [(number, f"row {number}") for number in range(10)]
    with pytest.raises(snowflake.connector.errors.Error):
        write_pandas(connection, frame, table, chunk_size=3, bulk_upload_chunks=True, quote_identifiers=False)
    assert sql(f"select count(*) from {table}") == [(10,)]
