"""Every statement about models, with its errors; what the acceptance scripts leave out."""

import json

import pytest
import snowflake.connector
from model_package import create, package

ProgrammingError = snowflake.connector.errors.ProgrammingError


@pytest.fixture
def model(sql, name, doubling):
    """A model with one version V1 that doubles A."""
    model = name("M")
    sql(f"create model {model} with version V1 from model {doubling}")
    return model


@pytest.fixture
def fails(sql):
    """fails(text, code, words…): the statement fails with this code and names these words."""

    def run(text, code, *words):
        with pytest.raises(ProgrammingError) as caught:
            sql(text)
        assert caught.value.errno == code, caught.value
        for word in words:
            assert word.lower() in str(caught.value).lower(), caught.value

    return run


def columns(connection, text):
    cursor = connection.cursor().execute(text)
    return [dict(zip([column.name for column in cursor.description], row)) for row in cursor.fetchall()]


def test_show_models_has_every_column(connection, model):
    row = columns(connection, f"show models like '{model}'")[0]
    for column in ("created_on", "name", "model_type", "database_name", "schema_name", "comment", "owner", "default_version_name",
                   "versions", "aliases"):
        assert column in row, column
    assert row["name"] == model and row["comment"] == "" and json.loads(row["versions"]) == ["V1"]
    aliases = json.loads(row["aliases"])
    assert {key: aliases[key] for key in ("DEFAULT", "FIRST", "LAST")} == {"DEFAULT": "V1", "FIRST": "V1", "LAST": "V1"}


def test_show_versions_has_every_column(connection, model):
    row = columns(connection, f"show versions in model {model}")[0]
    for column in ("created_on", "name", "aliases", "comment", "database_name", "schema_name", "model_name", "is_default_version",
                   "functions", "metadata", "user_data", "model_attributes", "size", "environment", "runnable_in", "inference_services"):
        assert column in row, column
    assert set(json.loads(row["aliases"])) == {"DEFAULT", "FIRST", "LAST"} and str(row["is_default_version"]).lower() == "true"
    assert json.loads(row["functions"]) == ["PREDICT"] and "WAREHOUSE" in json.loads(row["runnable_in"])


def test_show_functions(connection, model):
    row = columns(connection, f"show functions in model {model} version V1")[0]
    assert row["name"] == "PREDICT" and row["return_type"] == "OBJECT"
    assert columns(connection, f"show functions in model {model}")[0]["name"] == "PREDICT"


def test_scopes_of_show_models(sql, model):
    for scope in ("in schema ML.REGISTRY", "in schema REGISTRY", "in database ML", "in account", ""):
        assert model in [row[1] for row in sql(f"show models {scope}")], scope
    assert model not in [row[1] for row in sql("show models in schema ML.PUBLIC")]
    assert [row[1] for row in sql(f"show models like '{model.lower()}'")] == [model]
    assert sql("show models like 'no such'") == []


def test_versions_are_named_by_every_alias(sql, model):
    sql(f"alter model {model} add version V2 from model {model} version V1")
    sql(f"alter model {model} version V2 set alias = champion")
    for version in ("V1", "V2", "champion", "CHAMPION", "default", "FIRST", "last", '"V2"'):
        assert sql(f"select model({model}, {version})!predict(2)['OUT']::int") == [(4,)], version
    sql(f"alter model {model} set default_version = champion")
    assert sql(f"show models like '{model}'")[0][7] == "V2"
    sql(f"alter model {model} version champion unset alias")


def test_unknown_names_say_what_is_near(fails, model):
    fails(f"select {model}X!predict(1)", 2003, model + "X")
    fails(f"select model({model}, V9)!predict(1)", 2003, "V9")
    fails(f"select {model}!predic(1)", 2140, "predic")
    fails(f"show versions in model {model}X", 2003, model + "X")
    fails(f"drop model {model}X", 2003, model + "X")
    fails(f"alter model {model} drop version V9", 2003, "V9")
    fails(f"alter model {model} set default_version = V9", 2003, "V9")
    fails(f"alter model {model} version V9 set alias = a", 2003, "V9")
    fails(f"alter model {model} add version V2 from model {model} version V9", 2003, "V9")


@pytest.mark.parametrize("arguments, words", [
    ("", ("predict", "1")), ("1, 2", ("predict", "1")), ("parse_json('[1]')", ("cast", "[1]")), ("current_date()", ("A", "DOUBLE")),
    ("'text'", ()), ("no_such_column", ("no_such_column",))])
def test_arguments_are_checked_by_count_type_and_column(sql, model, arguments, words):
    with pytest.raises(ProgrammingError) as caught:
        sql(f"select {model}!predict({arguments}) from values (1)")
    message = str(caught.value).lower()
    assert all(word.lower() in message for word in words), message
    assert "internal" not in message


def test_named_arguments(sql, fails, model):
    assert sql(f"select {model}!predict(a => 3)['OUT']::int") == [(6,)]
    with pytest.raises(ProgrammingError) as caught:
        sql(f"select {model}!predict(nope => 3)")
    assert "nope" in str(caught.value).lower()


def test_null_in_null_out(sql, model):
    assert sql(f"select {model}!predict(null)['OUT']::double") == [(None,)]
    assert sql(f"select {model}!predict(column1)['OUT']::double from values (1), (null), (3)") == [(2.0,), (None,), (6.0,)]


def test_ways_to_call_a_method(sql, model):
    for text in (f"select {model}!predict(2):OUT::int", f"select ML.REGISTRY.{model}!PREDICT(2)['OUT']::int",
                 f"with m as model {model} version V1 select m!predict(2)['OUT']::int",
                 f"with m as model {model}, d as (select 2 as x) select m!predict(x)['OUT']::int from d",
                 f"select x from (select model({model}, V1)!predict(a)['OUT']::int as x from (select 2 as a)) where x > 0",
                 f"select max({model}!predict(column1)['OUT']::int) from values (1), (2)"):
        assert sql(text) == [(4,)], text
    assert sql(f"select count(*) from values (1), (5), (7) where {model}!predict(column1)['OUT'] > 8") == [(2,)]
    rows = sql(f"select {model}!predict(column1)['OUT']::int as p, count(*) from values (1), (1), (2) group by p order by p")
    assert rows == [(2, 2), (4, 1)]


def test_create_variants(sql, fails, model, name):
    other = name("N")
    sql(f"create model {other} with version A1 from model {model} version V1")
    fails(f"create model {other} with version A2 from model {model}", 2002, other)
    assert len(sql(f"create model if not exists {other} with version A2 from model {model}")) == 1
    assert [row[1] for row in sql(f"show versions in model {other}")] == ["A1"]
    sql(f"create or replace model {other} with version A3 from model {model}")
    assert [row[1] for row in sql(f"show versions in model {other}")] == ["A3"]
    fails(f"alter model {other} add version A3 from model {model}", 2002, "A3")
    sql(f"drop model if exists {other}_NOT_THERE")
    sql(f"drop model {other}")
    sql(f"drop model if exists {other}")


def test_a_default_version_cannot_be_dropped_another_can(sql, fails, model):
    with pytest.raises(ProgrammingError) as caught:
        sql(f"alter model {model} drop version V1")
    assert "V1" in str(caught.value) and "default" in str(caught.value).lower()
    sql(f"alter model {model} add version V2 from model {model} version V1")
    sql(f"alter model {model} drop version V2")
    assert [row[1] for row in sql(f"show versions in model {model}")] == ["V1"]
    fails(f"select model({model}, V2)!predict(1)", 2003, "V2")


def test_rename_keeps_everything_also_into_another_schema(sql, fails, model, name):
    moved = name("MOVED")
    sql(f"alter model {model} version V1 set alias = prod")
    sql(f"comment on model {model} is 'kept'")
    sql(f"alter model {model} rename to ML.PUBLIC.{moved}")
    fails(f"show versions in model {model}", 2003, model)
    row = sql(f"show models like '{moved}' in schema ML.PUBLIC")[0]
    assert row[5] == "kept"
    assert sql(f"select model(ML.PUBLIC.{moved}, prod)!predict(2)['OUT']::int") == [(4,)]
    fails(f"alter model ML.PUBLIC.{moved} rename to NO_DB.NO_SCHEMA.X", 2003, "NO_DB")
    sql(f"create model {model} with version V1 from model ML.PUBLIC.{moved} version V1")
    fails(f"alter model ML.PUBLIC.{moved} rename to ML.REGISTRY.{model}", 2002, model)


def test_comments(sql, model):
    read = lambda: sql(f"show models like '{model}'")[0][5]
    for statement, expected in ((f"alter model {model} set comment = 'it''s'", "it's"), (f"comment on model {model} is $$a 'b' \\n$$", "a 'b' \\n"),
                                (f"comment on model {model} is 'tab\\tnew\\nline'", "tab\tnew\nline"), (f"alter model {model} unset comment", "")):
        sql(statement)
        assert read() == expected
    sql(f"alter model {model} modify version V1 set comment = 'v'")
    assert sql(f"show versions in model {model}")[0][3] == "v"
    sql(f"alter model if exists {model}_X set comment = 'x'")


def test_metadata_comes_back_as_it_went_in(connection, sql, model):
    document = {"metrics": {"acc": 0.5, "ü": [1, None, {"a": "it's \\ \"q\""}]}, "snowpark_ml_schema_version": "2024-01-01"}
    sql(f"alter model {model} modify version V1 set metadata = $${json.dumps(document)}$$")
    assert json.loads(columns(connection, f"show versions in model {model}")[0]["metadata"]) == document
    for bad in ("not json", "[1]", "{", ""):
        with pytest.raises(ProgrammingError):
            sql(f"alter model {model} modify version V1 set metadata = $${bad}$$")
    assert json.loads(columns(connection, f"show versions in model {model}")[0]["metadata"]) == document


def test_aliases_of_the_system_are_not_ours_to_set(sql, model):
    for alias in ("DEFAULT", "first", "LAST"):
        with pytest.raises(ProgrammingError) as caught:
            sql(f"alter model {model} version V1 set alias = {alias}")
        assert alias.lower() in str(caught.value).lower()
    with pytest.raises(ProgrammingError):
        sql(f"alter model {model} version V1 unset alias")
    sql(f"alter model {model} add version V2 from model {model} version V1")
    with pytest.raises(ProgrammingError):
        sql(f"alter model {model} version V1 set alias = V2")


def test_tags(sql, fails, model, name):
    tag = name("TAG")
    sql(f"create tag {tag} allowed_values 'dev', 'prod'")
    sql(f"alter model {model} set tag {tag} = 'dev'")
    get = f"select system$get_tag('{tag}', '{model}', 'MODULE')"
    assert sql(get) == [("dev",)]
    with pytest.raises(ProgrammingError) as caught:
        sql(f"alter model {model} set tag {tag} = 'elsewhere'")
    assert "elsewhere" in str(caught.value) or "allowed" in str(caught.value).lower()
    assert sql(get) == [("dev",)]
    rows = sql(f"select tag_name, tag_value from table(ML.INFORMATION_SCHEMA.TAG_REFERENCES('ML.REGISTRY.{model}', 'MODULE'))")
    assert rows == [(tag, "dev")]
    sql(f"alter model {model} unset tag {tag}")
    assert sql(get) == [(None,)]
    fails(f"alter model {model} set tag NO_SUCH_TAG = 'x'", 2003, "NO_SUCH_TAG")
    fails(f"create tag {tag}", 2002, tag)
    sql(f"create tag if not exists {tag}")


def test_artifacts_are_listed_and_fetched(sql, model, tmp_path):
    listed = sql(f"list 'snow://model/ML.REGISTRY.{model}/versions/V1/'")
    assert {row[0] for row in listed} == {f"versions/V1/{path}" for path in package()}
    assert [row[0] for row in sql(f"list 'snow://model/{model}/versions/default/model/model.yaml'")][0].endswith("model/model.yaml")
    (tmp_path / "got").mkdir()
    sql(f"get 'snow://model/{model}/versions/V1/functions/' 'file://{tmp_path}/got/'")
    assert (tmp_path / "got/predict.py").read_text() == package()["functions/predict.py"]
    for bad in ("versions/V9/", "versions/V1/../../x", "versions/../../../etc/passwd", "nothing/"):
        with pytest.raises(snowflake.connector.errors.Error):
            rows = sql(f"list 'snow://model/{model}/{bad}'")
            assert not rows
            raise snowflake.connector.errors.Error("nothing listed")


def test_names_that_need_quotes(sql, name, doubling):
    names = [f'"{name("q").lower()}"', f'"{name("sp ace")}"', f'"{name("d.ot")}"', f'"{name("quote")}""s"', f'"{name("ünï")}"', f'"{name("select")}"']
    for quoted in names:
        sql(f'create model {quoted} with version "v 1.0" from model {doubling}')
        plain = quoted[1:-1].replace('""', '"')
        assert plain in [row[1] for row in sql("show models")]
        assert sql(f"""select model({quoted}, "v 1.0")!predict(2)['OUT']::int""") == [(4,)]
        assert len(sql(f"show versions in model ML.REGISTRY.{quoted}")) == 1
        sql(f"drop model {quoted}")


def test_names_are_exact(sql, fails, model, name):
    lower = f'"{model.lower()}"'
    sql(f"create model {lower} with version V1 from model {model}")
    sql(f"comment on model {lower} is 'lower'")
    assert sql(f"show models like '{model}'") and columns_of(sql, model) == "" and columns_of(sql, model.lower()) == "lower"


def columns_of(sql, model):
    return [row[5] for row in sql("show models") if row[1] == model][0]


def test_a_model_and_a_table_may_share_a_name(sql, model):
    sql(f"create table {model} (a int)")
    sql(f"insert into {model} values (5)")
    assert sql(f"select {model}!predict(a)['OUT']::int from {model}") == [(10,)]


def test_the_describe_of_a_call_runs_no_model(connection, sql, name, tmp_path):
    model = name("NEVER")
    create(connection, model, package("raise RuntimeError('ran')"), tmp_path)
    described = connection.cursor().describe(f"select {model}!predict(1) as r, {model}!predict(1)['OUT']::double as d")
    assert [column.name for column in described] == ["R", "D"]
    assert sql(f"select a from (select 1 as a, {model}!predict(1) as r) limit 1") == [(1,)], "an unused call is not run"


def test_a_registry_statement_commits_what_is_open(server, sql, model, name):
    table = name()
    sql(f"create table {table} (a int)")
    sql("begin")
    sql(f"insert into {table} values (1)")
    sql(f"comment on model {model} is 'x'")
    sql("rollback")
    assert sql(f"select count(*) from {table}") == [(1,)]


def test_dropping_a_schema_takes_its_models_along(sql, fails, name, doubling):
    schema, model = name("S"), name("M")
    sql(f"create schema ML.{schema}")
    sql("use schema ML.REGISTRY")
    sql(f"create model ML.{schema}.{model} with version V1 from model {doubling}")
    sql(f"drop schema ML.{schema}")
    fails(f"show versions in model ML.{schema}.{model}", 2003)


def test_everything_survives_a_restart(own_server, name, tmp_path):
    server, model = own_server(), name("KEPT")
    server.start()
    with server.connect() as connection:
        sql = lambda text: connection.cursor().execute(text).fetchall()
        create(connection, model, package(), tmp_path / "p")
        sql(f"alter model {model} version V1 set alias = prod")
        sql(f"comment on model {model} is 'kept'")
        sql("create table kept as select 1 as a")
        sql("create tag kept_tag")
        sql(f"alter model {model} set tag kept_tag = 'yes'")
        before = [row[1:] for row in sql("show models") + sql(f"show versions in model {model}")]
    assert server.stop() < 15
    server.start()
    with server.connect() as connection:
        sql = lambda text: connection.cursor().execute(text).fetchall()
        assert [row[1:] for row in sql("show models") + sql(f"show versions in model {model}")] == before
        assert sql(f"select model({model}, prod)!predict(2)['OUT']::int") == [(4,)]
        assert sql("select * from kept") == [(1,)]
        assert sql(f"select system$get_tag('kept_tag', '{model}', 'MODULE')") == [("yes",)]
