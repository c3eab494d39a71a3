"""Models at work: wide inputs, parameters, large scans, environments of their own, cancelling, idle workers."""

import time

import numpy
import pandas
import pytest
import snowflake.connector
from model_package import DOUBLES, MANIFEST, TELLS, create, package
from roost_server import PASSWORD
from wire import Wire

ProgrammingError = snowflake.connector.errors.ProgrammingError


def test_a_model_of_510_columns_gets_them_as_one_object(server, name):
    from snowflake.ml.model import custom_model

    columns = [f"C{n}" for n in range(510)]

    class Total(custom_model.CustomModel):
        @custom_model.inference_api
        def predict(self, df: pandas.DataFrame) -> pandas.DataFrame:
            return pandas.DataFrame({"TOTAL": df.sum(axis=1), "LAST": df["C509"]})

    frame = pandas.DataFrame(numpy.arange(5 * 510, dtype=float).reshape(5, 510), columns=columns)
    session = server.session()
    version = server.registry(session).log_model(
        Total(custom_model.ModelContext()), model_name=name("WIDE"), version_name="V1", sample_input_data=frame, conda_dependencies=["pandas"])
    result = version.run(frame, function_name="predict")
    assert numpy.allclose(result["TOTAL"], frame.sum(axis=1)) and list(result["LAST"]) == list(frame["C509"])
    session.close()


def test_a_large_scan_predicts_every_row_once_and_in_place(connection, sql, name, tmp_path):
    model, table = name("M"), name("ROWS")
    create(connection, model, package(), tmp_path)
    sql(f"create table {table} as select seq4() as n, seq4() * 0.5 as a from table(generator(rowcount => 200000))")
    assert sql(f"select count(*), sum(iff({model}!predict(a)['OUT']::double = n, 1, 0)) from {table}") == [(200000, 200000)]
    rows = sql(f"select n, {model}!predict(a)['OUT']::double as p from {table} where n % 1000 = 7 order by n desc")
    assert len(rows) == 200 and all(n == p for n, p in rows)


def test_a_filter_before_the_model_keeps_rows_from_it(connection, sql, name, tmp_path):
    model, table = name("M"), name("ROWS")
    create(connection, model, package("if len(df) > 50: raise ValueError(f'{len(df)} rows')\n" + DOUBLES), tmp_path)
    sql(f"create table {table} as select seq4() as n from table(generator(rowcount => 100000))")
    assert sql(f"select sum({model}!predict(n)['OUT']::int) from (select n from {table} where n < 10)") == [(90,)]


def test_several_models_and_versions_in_one_statement(connection, sql, name, tmp_path):
    model = name("M")
    create(connection, model, package(), tmp_path / "a")
    create(connection, model + "_3", package("return [{'OUT': a * 3} for a in df['A']]"), tmp_path / "b")
    text = f"""with a as model {model} version V1, b as model {model}_3, d as (select column1 as x from values (1), (10))
        select a!predict(x)['OUT']::int, b!predict(x)['OUT']::int, b!predict(a!predict(x)['OUT']::double)['OUT']::int from d order by x"""
    assert sql(text) == [(2, 3, 6), (20, 30, 60)]


def test_every_method_of_a_model_has_its_own_handler(connection, sql, name, tmp_path):
    model, files = name("M"), package()
    files["MANIFEST.yml"] = MANIFEST.replace("runtimes:\n", MANIFEST[MANIFEST.index("- handler"):MANIFEST.index("runtimes:\n")].replace(
        "functions.predict", "functions.halve").replace("PREDICT", "halve") + "runtimes:\n")
    files["functions/halve.py"] = files["functions/predict.py"].replace("a * 2", "a / 2")
    spec = files["model/model.yaml"]
    block = spec[spec.index("  predict:\n    inputs:"):spec.index("task: UNKNOWN")]
    files["model/model.yaml"] = spec.replace("task: UNKNOWN", block.replace("predict", "halve") + "task: UNKNOWN")
    create(connection, model, files, tmp_path)
    assert sql(f"""select {model}!predict(8)['OUT']::int, {model}!"halve"(8)['OUT']::int""") == [(16, 4)]


def test_cancelling_reaches_the_worker(own_server, name, tmp_path):
    import threading
    import uuid

    server, model = own_server(ROOST_WORKERS="1"), name("SLOW")
    server.start()
    with server.connect() as connection:
        create(connection, model, package("import time\nif df['A'].iloc[0] > 1: time.sleep(600)\n" + DOUBLES), tmp_path)
        assert connection.cursor().execute(f"select {model}!predict(1)['OUT']::int").fetchone() == (2,)
    wire, request, answers = Wire(server, password=PASSWORD), str(uuid.uuid4()), []
    thread = threading.Thread(target=lambda: answers.append(wire.query(f"select {model}!predict(5)", request_id=request)))
    thread.start()
    time.sleep(2)
    began = time.monotonic()
    wire.post("/queries/v1/abort-request", {"sqlText": "", "requestId": request})
    thread.join(30)
    assert answers and answers[0].code == "000604" and time.monotonic() - began < 10, answers
    with server.connect() as connection:  # the only worker is free again
        assert connection.cursor().execute(f"select {model}!predict(1)['OUT']::int", timeout=30).fetchone() == (2,)


def test_idle_workers_are_retired_and_come_back(own_server, name, tmp_path):
    server, model = own_server(ROOST_WORKER_IDLE="2"), name("M")
    server.start()
    with server.connect() as connection:
        cursor = connection.cursor()
        create(connection, model, package(), tmp_path)
        assert cursor.execute(f"select {model}!predict(1)['OUT']::int").fetchone() == (2,)
        busy = len(server.descendants())
        deadline = time.monotonic() + 30
        while len(server.descendants()) >= busy and time.monotonic() < deadline:
            time.sleep(0.5)
        assert len(server.descendants()) < busy
        assert cursor.execute(f"select {model}!predict(2)['OUT']::int").fetchone() == (4,)


def test_a_requirement_that_the_base_lacks_gets_an_environment_of_its_own(own_server, name, tmp_path):
    """Needs the network or a cache of uv; built once, then kept."""
    import urllib.request

    try:
        urllib.request.urlopen("https://pypi.org/simple/toolz/", timeout=10).close()
    except OSError:
        pytest.skip("no package index can be reached")
    server, model = own_server(), name("OWN")
    server.start()
    files = package(TELLS.format(expression="__import__('toolz').__version__"), output="STRING")
    files["runtimes/python_runtime/env/requirements.txt"] = files["model/env/requirements.txt"] = "toolz==1.0.0\n"
    with server.connect() as connection:
        cursor = connection.cursor()
        create(connection, model, files, tmp_path / "a")
        assert cursor.execute(f"select {model}!predict(1)['OUT']::varchar").fetchone() == ("1.0.0",)
        create(connection, model + "_2", files, tmp_path / "b")
        began = time.monotonic()
        assert cursor.execute(f"select {model}_2!predict(1)['OUT']::varchar").fetchone() == ("1.0.0",)
        assert time.monotonic() - began < 15, "the environment was built a second time"
        assert len([path for path in (server.data / "environments").iterdir() if len(path.name) == 64]) == 1


def test_a_conda_dependency_is_understood(connection, sql, name, tmp_path):
    files = package()
    for path in list(files):
        if path.endswith("conda.yml"):
            files[path] = files[path].replace("- pandas\n", "- pandas>=1.5,<99\n- numpy\n- pip:\n  - cloudpickle\n")
    create(connection, model := name("CONDA"), files, tmp_path)
    assert sql(f"select {model}!predict(1)['OUT']::int") == [(2,)]


def test_text_keeps_its_meaning(connection, sql, name, tmp_path):
    model, files = name("TEXTS"), package("return [{'OUT': None if a is None else a[::-1]} for a in df['A']]", output="STRING")
    for path in ("MANIFEST.yml", "model/model.yaml"):
        files[path] = files[path].replace("type: DOUBLE", "type: STRING")
    create(connection, model, files, tmp_path)
    values = ["", "é名🙂", "a'b", 'a"b', "a\\b", "tab\there", "line\nfeed", " " * 1000, "x" * 100_000, "NULL", "nan", "None"]
    for value in values:
        got = connection.cursor().execute(f"select {model}!predict(%s)['OUT']::varchar", (value,)).fetchone()[0]
        assert got == value[::-1], (value, got)
    assert sql(f"select {model}!predict(null)['OUT']::varchar") == [(None,)]
    rows = 50_000
    assert sql(f"select count(*) from (select 'r' || seq4() as s from table(generator(rowcount => {rows}))) "
               f"where {model}!predict(s)['OUT']::varchar = reverse(s)") == [(rows,)]
