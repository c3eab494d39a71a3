"""Statements that ask for more memory than there is: each fails by itself, and the server goes on."""

import pathlib
import re
import threading
import time

import pytest
import snowflake.connector
from snowflake.connector.errors import Error

MIB = 1 << 20
SQL_MEMORY = 192 * MIB
# One and a half times as much, and 512 MiB; an eighth more for small requests, a quarter for checkpoints.
LIMIT = (SQL_MEMORY + SQL_MEMORY // 2) + 512 * MIB
MARGIN = LIMIT // 4


def doubled(first, step, times):
    """A query that applies `step` to `first` again and again: each is a CTE of its own."""
    parts = [f"a0 AS (SELECT {first} t FROM TABLE(GENERATOR(ROWCOUNT => 2)))"]
    parts += [f"a{i} AS (SELECT {step} t FROM a{i - 1})" for i in range(1, times + 1)]
    return f"WITH {', '.join(parts)} SELECT t FROM a{times}"


HOSTILE = {
    "replace": "SELECT LENGTH(REPLACE(REPEAT('a', 1000000 - SEQ4()), 'a', REPEAT('b', 100000))) "
    "FROM TABLE(GENERATOR(ROWCOUNT => 2))",
    "regexp_replace": "SELECT LENGTH(REGEXP_REPLACE(REPEAT('a', 10000 - SEQ4()), 'a', REPEAT('b', 100000))) "
    "FROM TABLE(GENERATOR(ROWCOUNT => 2))",
    "texts doubled":
        "SELECT MAX(LENGTH(t)) FROM (" + doubled("REPEAT('x', 16000000 + SEQ4())", "t || t", 7) + ")",
    "hexadecimal of hexadecimal": "SELECT MAX(LENGTH(" + "HEX_ENCODE(" * 7 + "REPEAT('x', 4000000 + SEQ4())" + ")" * 9
    + " FROM TABLE(GENERATOR(ROWCOUNT => 2))",
    "transform": "SELECT ARRAY_SIZE(TRANSFORM(ARRAY_GENERATE_RANGE(0, 100000 + SEQ4()), x -> REPEAT('x', 16000) || x)) "
    "FROM TABLE(GENERATOR(ROWCOUNT => 2))",
    "arrays doubled":
        "SELECT MAX(ARRAY_SIZE(t)) FROM ("
        + doubled("ARRAY_GENERATE_RANGE(0, 100000 + SEQ4())", "ARRAY_CAT(t, t)", 8) + ")",
    "objects doubled":
        "SELECT MAX(LENGTH(t::VARCHAR)) FROM ("
        + doubled("OBJECT_CONSTRUCT('a', REPEAT('x', 8000000 + SEQ4()))", "OBJECT_CONSTRUCT('a', t, 'b', t)", 6) + ")",
    "listagg": "SELECT LENGTH(LISTAGG(REPEAT('x', 100000) || SEQ4(), ',')) FROM TABLE(GENERATOR(ROWCOUNT => 30000))",
    "split": "SELECT MAX(ARRAY_SIZE(SPLIT(REPEAT('a,', 8000000 - SEQ4()), ','))) "
    "FROM TABLE(GENERATOR(ROWCOUNT => 10))",
    "sort of long texts": "SELECT COUNT(*) FROM (SELECT REPEAT('x', 100000) || SEQ4() t "
    "FROM TABLE(GENERATOR(ROWCOUNT => 20000)) ORDER BY t DESC)",
    "long texts in the result": "SELECT REPEAT('x', 16000000) || SEQ4() FROM TABLE(GENERATOR(ROWCOUNT => 12))",
    "columns of long texts": "SELECT " + ", ".join(f"REPEAT('x', 4000000 + SEQ4()) c{i}" for i in range(5))
    + " FROM TABLE(GENERATOR(ROWCOUNT => 60))",
    "a long array in the result": "SELECT SPLIT(REPEAT('a,', 4000000 - SEQ4()), ',') FROM TABLE(GENERATOR(ROWCOUNT => 2))",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A server that has little memory."""
    from roost_server import RoostServer

    server = RoostServer(tmp_path_factory.mktemp("memory"), {"ROOST_SQL_MEMORY": str(SQL_MEMORY)})
    server.start()
    yield server
    server.stop()


def peak(server):
    """The most memory that the server has ever had resident, in bytes."""
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


def forget_peak(server):
    pathlib.Path(f"/proc/{server.pid}/clear_refs").write_text("5")


@pytest.mark.parametrize(
    "case, form",
    [(case, form) for case in HOSTILE for form in ["ARROW", "JSON"] if form == "ARROW" or "result" in case])
def test_a_statement_that_needs_too_much_fails_alone(small, case, form):
    connection = small.connect(session_parameters={"PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": form})
    forget_peak(small)
    with pytest.raises(Error, match="needs more memory than .*sql-memory") as refused:
        connection.cursor().execute(HOSTILE[case]).fetchall()
    assert refused.value.errno == 92605
    assert connection.cursor().execute("SELECT 1").fetchall() == [(1,)]
    assert peak(small) < LIMIT + MARGIN
    # What the statement took is given back.
    assert small.resident_bytes() < LIMIT // 2
    connection.close()


def test_work_that_fits_passes(small):
    """A table of 200 MB is written, grouped, sorted and read."""
    connection = small.connect()
    run = lambda text: connection.cursor().execute(text).fetchall()
    forget_peak(small)
    run("CREATE TABLE m AS SELECT SEQ4() i, REPEAT('x', 200) || SEQ4() t FROM TABLE(GENERATOR(ROWCOUNT => 1000000))")
    assert run("SELECT COUNT(*) FROM (SELECT i % 500000 g, COUNT(*), MAX(t) FROM m GROUP BY g)") == [(500000,)]
    assert run("SELECT LENGTH(t) FROM m ORDER BY t DESC LIMIT 1") == [(206,)]
    assert len(run("SELECT t FROM m LIMIT 100000")) == 100000
    assert len(run("SELECT REPEAT('x', 1000000) || SEQ4() FROM TABLE(GENERATOR(ROWCOUNT => 64))")) == 64
    assert peak(small) < LIMIT + MARGIN
    run("DROP TABLE m")
    connection.close()


def test_other_sessions_work_on(small):
    """Six sessions ask for too much at the same time, again and again; a seventh reads and writes meanwhile."""
    over = threading.Event()
    errors = []

    def attack(text):
        connection = small.connect()
        while not over.is_set():
            try:
                connection.cursor().execute(text).fetchall()
            except Error as error:
                errors.append(error.errno)
        connection.close()

    connection = small.connect()
    connection.cursor().execute("CREATE TABLE n (i INT)")
    forget_peak(small)
    cases = ["replace", "transform", "split", "texts doubled", "columns of long texts", "objects doubled"]
    threads = [threading.Thread(target=attack, args=(HOSTILE[case],), daemon=True) for case in cases]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 60
    written = 0
    try:
        while (written < 6 or len(errors) < 6) and time.monotonic() < until:
            try:
                connection.cursor().execute("INSERT INTO n VALUES (%s)", (written,))
                written += 1
                assert connection.cursor().execute("SELECT COUNT(*) FROM n").fetchall() == [(written,)]
            except Error as error:
                # What the others hold, nobody else has; the next try is another matter.
                assert error.errno == 92605
    finally:
        over.set()
        for thread in threads:
            thread.join(60)
    assert written >= 6 and len(errors) >= 6
    assert set(errors) == {92605}
    assert peak(small) < LIMIT + MARGIN
    connection.cursor().execute("DROP TABLE n")
    connection.close()


def test_a_database_whose_checkpoint_found_no_memory_is_opened_again(small):
    """Many long texts in one table: DuckDB has no memory to write the file, and closes the database."""
    connection = small.connect()
    run = lambda text: connection.cursor().execute(text).fetchall()
    run("CREATE TABLE o (i INT)")
    run("CREATE TABLE l (i INT, t VARCHAR)")
    began = small.log.read_text(errors="replace").count("it is opened again")
    rows = 0
    for _ in range(12):
        try:
            run("INSERT INTO l SELECT SEQ4(), REPEAT('x', 1000000) || SEQ4() FROM TABLE(GENERATOR(ROWCOUNT => 50))")
            rows += 50
        except snowflake.connector.errors.ProgrammingError as error:
            assert error.errno == 92605
        if small.log.read_text(errors="replace").count("it is opened again") > began:
            break
    else:
        pytest.fail("the checkpoint never failed: the test shows nothing")
    assert run("SELECT COUNT(*) FROM l") == [(rows,)]
    run("INSERT INTO o VALUES (1)")
    assert run("SELECT i FROM o") == [(1,)]
    run("DROP TABLE l")
    run("INSERT INTO o VALUES (2)")
    assert run("SELECT COUNT(*) FROM o") == [(2,)]
    run("DROP TABLE o")
    connection.close()
