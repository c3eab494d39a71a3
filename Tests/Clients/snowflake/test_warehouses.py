"""Warehouses: what a suspended one refuses, what resumes it, and the stock client's way through them."""

import concurrent.futures

import pytest
import snowflake.connector
from model_package import create, package

ProgrammingError = snowflake.connector.errors.ProgrammingError


@pytest.fixture
def warehouse(sql, name):
    warehouse = name("WH")
    sql(f"create warehouse {warehouse} warehouse_size = xsmall")
    yield warehouse
    sql(f"drop warehouse if exists {warehouse}")


def state(sql, warehouse):
    return sql(f"show warehouses like '{warehouse}' ->> select \"state\" from $1")[0][0]


def test_a_suspended_warehouse_runs_models_only_where_it_resumes(connection, sql, name, warehouse, tmp_path):
    model = name("M")
    create(connection, model, package(), tmp_path / "package")
    call = f"select model({model})!predict(2.0)"
    sql(f"alter warehouse {warehouse} set auto_resume = false")
    sql(f"alter warehouse {warehouse} suspend")
    assert sql("select 1 + 1") == [(2,)]
    with pytest.raises(ProgrammingError, match="suspended"):
        sql(call)
    assert state(sql, warehouse) == "SUSPENDED"
    sql(f"alter warehouse {warehouse} set auto_resume = true")
    assert sql(call)
    assert state(sql, warehouse) == "STARTED"
    with pytest.raises(ProgrammingError, match="RESUME IF SUSPENDED"):
        sql(f"alter warehouse {warehouse} resume")


def test_many_sessions_share_a_warehouse_of_one_worker(own_server, tmp_path):
    server = own_server(ROOST_WAREHOUSE_WORKERS="1")
    server.start()
    first = server.connect()
    create(first, "m", package(), tmp_path / "package")
    first.cursor().execute("create warehouse narrow")

    def call(number):
        connection = server.connect(warehouse="NARROW")
        try:
            cursor = connection.cursor().execute(f"select count(model(m)!predict(seq4()::float + {number})) from table(generator(rowcount => 5000))")
            return cursor.fetchone()[0]
        finally:
            connection.close()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(call, range(4))) == [5000] * 4
    row = first.cursor().execute('show warehouses like \'NARROW\' ->> select "running", "queued" from $1').fetchone()
    assert tuple(map(int, row)) == (0, 0)
    first.close()
