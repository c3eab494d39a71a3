"""A second user without grants sees nothing; USAGE runs a model but shows none of its files; ownership rules change."""

import urllib.parse

import pytest
import snowflake.connector
from roost_server import PASSWORD
from wire import Wire

Error = snowflake.connector.errors.Error
ProgrammingError = snowflake.connector.errors.ProgrammingError


@pytest.fixture
def model(sql, name, doubling):
    model = name("GUARDED")
    sql(f"create model {model} with version V1 from model {doubling}")
    return model


@pytest.fixture
def stranger(server, sql, name):
    """A user with a role of its own: (connection's sql, role, user)."""
    user, role, password = name("USER"), name("ROLE"), "a long password 1"
    sql(f"create role {role}")
    sql(f"create user {user} password = '{password}' default_role = {role}")
    sql(f"grant role {role} to user {user}")
    connection = server.connect(user=user, password=password, database=None, schema=None)
    yield lambda text: connection.cursor().execute(text).fetchall(), role, user
    connection.close()


def denied(run, text):
    with pytest.raises(Error) as caught:
        run(text)
    assert caught.value.errno in (2003, 3001, 2043, 90105), caught.value
    return str(caught.value)


def test_a_user_without_grants_sees_nothing(sql, stranger, model, name):
    run, _, user = stranger
    table = name("T")
    sql(f"create table {table} as select 1 as a")
    sql(f"create stage {table}_STAGE")
    assert run("select current_user()") == [(user,)]
    for text in ("show models in account", "show tables in account", "show stages in account"):
        assert not [row for row in run(text) if model in row or table in row], text
    for text in (f"select ML.REGISTRY.{model}!predict(1)", f"show versions in model ML.REGISTRY.{model}", f"select * from ML.REGISTRY.{table}",
                 f"drop model ML.REGISTRY.{model}", f"alter model ML.REGISTRY.{model} set comment = 'x'", f"list @ML.REGISTRY.{table}_STAGE",
                 f"list 'snow://model/ML.REGISTRY.{model}/versions/V1/'", f"create table ML.REGISTRY.{table}_2 (a int)", f"drop table ML.REGISTRY.{table}",
                 f"insert into ML.REGISTRY.{table} values (2)", f"create model ML.REGISTRY.{model}_2 from model ML.REGISTRY.{model}",
                 "create schema ML.INTRUDER", "create database INTRUDER", "drop schema ML.REGISTRY", f"grant usage on model ML.REGISTRY.{model} to role public"):
        denied(run, text)
    assert sql(f"select * from {table}") == [(1,)]


def test_what_one_may_not_see_looks_like_what_is_not_there(stranger, model):
    run = stranger[0]
    seen = denied(run, f"show versions in model ML.REGISTRY.{model}").replace(model, "X").split(":", 2)[-1]
    missing = denied(run, "show versions in model ML.REGISTRY.NEVER_WAS").replace("NEVER_WAS", "X").split(":", 2)[-1]
    assert seen == missing


def test_usage_runs_a_model_but_shows_no_files(sql, stranger, model, tmp_path):
    run, role, _ = stranger
    sql(f"grant usage on database ML to role {role}")
    sql(f"grant usage on schema ML.REGISTRY to role {role}")
    denied(run, f"select ML.REGISTRY.{model}!predict(1)")
    sql(f"grant usage on model ML.REGISTRY.{model} to role {role}")
    assert run(f"select ML.REGISTRY.{model}!predict(2)['OUT']::int") == [(4,)]
    assert [row[1] for row in run("show models in schema ML.REGISTRY")] == [model]
    assert len(run(f"show versions in model ML.REGISTRY.{model}")) == 1
    for text in (f"list 'snow://model/ML.REGISTRY.{model}/versions/V1/'", f"get 'snow://model/ML.REGISTRY.{model}/versions/V1/MANIFEST.yml' 'file://{tmp_path}/'",
                 f"drop model ML.REGISTRY.{model}", f"alter model ML.REGISTRY.{model} set comment = 'x'", f"alter model ML.REGISTRY.{model} drop version V1",
                 f"alter model ML.REGISTRY.{model} version V1 set alias = a", f"alter model ML.REGISTRY.{model} rename to ML.REGISTRY.{model}_R",
                 f"create model ML.REGISTRY.{model}_C from model ML.REGISTRY.{model}", f"alter model ML.REGISTRY.{model} modify version V1 set metadata = '{{}}'"):
        denied(run, text)
    sql(f"revoke usage on model ML.REGISTRY.{model} from role {role}")
    denied(run, f"select ML.REGISTRY.{model}!predict(2)")


def test_create_model_on_a_schema_lets_a_role_make_its_own(server, sql, stranger, model, name):
    run, role, user = stranger
    schema = name("S")
    sql(f"create schema ML.{schema}")
    sql(f"grant usage on database ML to role {role}")
    sql(f"grant usage on schema ML.{schema} to role {role}")
    sql(f"grant usage on schema ML.REGISTRY to role {role}")
    sql(f"grant ownership on model ML.REGISTRY.{model} to role {role}")
    denied(run, f"create model ML.{schema}.OWN from model ML.REGISTRY.{model}")
    sql(f"grant create model on schema ML.{schema} to role {role}")
    run(f"create model ML.{schema}.OWN with version V1 from model ML.REGISTRY.{model}")
    run(f"alter model ML.{schema}.OWN set comment = 'mine'")
    assert [row for row in run(f"show models in schema ML.{schema}")][0][6] == role
    run(f"drop model ML.{schema}.OWN")
    sql("use schema ML.REGISTRY")


def test_each_statement_about_a_model_needs_every_one_of_its_privileges(sql, stranger, name, tmp_path, doubling):
    run, role, _ = stranger
    base = name("BASE")
    for grant in ("usage on database ML", "usage on schema ML.REGISTRY"):
        sql(f"grant {grant} to role {role}")
    read, usage, own = "read on model {m}", "usage on model {m}", "ownership on model {m}"
    for number, (text, *grants) in enumerate([
            ("select {m}!predict(1)", usage), ("select model({m}, V1)!predict(1)", read),
            ("with x as model {m} version DEFAULT select x!predict(1)", usage),
            ("show versions in model {m}", usage), ("show functions in model {m}", read), ("show grants on model {m}", usage),
            ("list 'snow://model/{m}/versions/V1/'", read), (f"get 'snow://model/{{m}}/versions/V1/MANIFEST.yml' 'file://{tmp_path}/'", read),
            ("create model {n} from model {m}", read, "create model on schema ML.REGISTRY"),
            ("alter model {m} set comment = 'x'", own), ("comment on model {m} is 'x'", own), ("alter model {m} rename to {n}", own),
            ("alter model {m} version V1 set alias = best", own), ("alter model {m} set default_version = V1", own),
            ("alter model {m} modify version V1 set metadata = '{{}}'", own), ("alter model {m} add version V2 from model {m}", own),
            ("grant usage on model {m} to role public", own), ("drop model {m}", own)]):
        model, new = f"ML.REGISTRY.{base}_{number}", f"ML.REGISTRY.{base}_{number}_N"
        sql(f"create model {model} with version V1 from model {doubling}")
        text, grants = text.format(m=model, n=new), [grant.format(m=model) for grant in grants]
        for left in range(len(grants)):
            others = grants[:left] + grants[left + 1:]
            for grant in others:
                sql(f"grant {grant} to role {role}")
            denied(run, text)
            for grant in others:
                sql(f"revoke {grant} from role {role}")
        for grant in grants:
            sql(f"grant {grant} to role {role}")
        run(text)
        if len(grants) > 1:
            sql(f"revoke {grants[1]} from role {role}")


def test_a_signed_url_is_for_one_file_and_one_operation(server, sql, model, tmp_path):
    wire = Wire(server, password=PASSWORD)
    answer = wire.query(f"get 'snow://model/ML.REGISTRY.{model}/versions/V1/MANIFEST.yml' 'file://{tmp_path}/'")
    address = urllib.parse.urlsplit(answer.data["presignedUrls"][0]).path
    prefix, token, file = address.rsplit("/", 2)
    nobody = Wire(server)
    assert nobody.request("GET", address).status == 200
    other = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    for method, path in (("PUT", address), ("GET", f"{prefix}/{other}/{file}"), ("GET", f"{prefix}/{token}/model.yaml"), ("GET", f"{prefix}//{file}"),
                         ("GET", f"{prefix}/{token[:len(token) // 2]}/{file}"), ("PUT", f"{prefix}/{other}/{file}")):
        refusal = nobody.request(method, path, body=b"x" if method == "PUT" else None)
        assert refusal.status in (400, 403, 404, 405) and b"MANIFEST" not in refusal.body, (method, path, refusal)


def test_every_route_of_the_server_is_known_and_closed(server):
    """What nobody may reach without a token; health and metrics tell nothing of what is kept."""
    wire = Wire(server)
    for path in ("/health", "/ready", "/metrics"):
        answer = wire.request("GET", path)
        assert answer.status == 200 and not any(word in answer.body for word in (b"ADMIN", b"REGISTRY", b"SELECT")), path
    for method, path in (("POST", "/session/token-request"), ("POST", "/session/heartbeat"), ("POST", "/session?delete=true"), ("POST", "/telemetry/send"),
                         ("POST", "/queries/v1/query-request"), ("POST", "/queries/v1/abort-request"), ("POST", "/queries/x/abort-request"),
                         ("GET", "/queries/x/result"), ("GET", "/monitoring/queries/x")):
        answer = wire.request(method, path, body=b"{}" if method == "POST" else None)
        assert answer.status == 200 and answer.json["success"] is False and answer.code.startswith("3901"), (path, answer)
    for method, path in (("GET", "/"), ("GET", "/session/v1/login-request"), ("POST", "/admin"), ("GET", "/transfer/v1/x"), ("GET", "/../catalog.sqlite"),
                         ("DELETE", "/queries/v1/query-request"), ("GET", "/session/authenticator-request")):
        assert wire.request(method, path).status in (400, 404, 405), path


def test_roles_are_used_only_when_granted(sql, stranger):
    run = stranger[0]
    for text in ("use role ACCOUNTADMIN", "create user INTRUDER password = 'a long password 1'", "create role INTRUDER", "drop role ACCOUNTADMIN",
                 f"alter user ADMIN set password = 'a long password 1'", "grant role ACCOUNTADMIN to user " + stranger[2], "drop user ADMIN"):
        with pytest.raises(Error):
            run(text)
    assert sql("select current_role()") == [("ACCOUNTADMIN",)]


def test_a_login_with_a_role_that_is_not_granted_is_refused(server, stranger):
    with pytest.raises(Error):
        server.connect(user=stranger[2], password="a long password 1", role="ACCOUNTADMIN")


def test_a_view_is_not_a_way_around(sql, stranger, name):
    run, role, _ = stranger
    table = name("T")
    sql(f"create table {table} as select 'hidden' as a")
    sql(f"grant usage on database ML to role {role}")
    sql(f"grant usage on schema ML.PUBLIC to role {role}")
    sql(f"grant create view on schema ML.PUBLIC to role {role}")
    denied(run, f"create view ML.PUBLIC.{table}_V as select * from ML.REGISTRY.{table}")
    for text in (f"with x as (select * from ML.REGISTRY.{table}) select * from x", f"select (select max(a) from ML.REGISTRY.{table})",
                 f"select * from identifier('ML.REGISTRY.{table}')", f"select 1 where exists (select * from ML.REGISTRY.\"{table}\")"):
        denied(run, text)


def test_a_dropped_or_disabled_user_is_out(server, sql, name):
    user, password = name("LEAVER"), "a long password 1"
    sql(f"create user {user} password = '{password}'")
    with server.connect(user=user, password=password, database=None, schema=None) as connection:
        sql(f"drop user {user}")
        with pytest.raises(Error):
            connection.cursor().execute("select 1")
    with pytest.raises(Error):
        server.connect(user=user, password=password)


def test_a_changed_password_counts_at_once(server, sql, name):
    user = name("CHANGER")
    sql(f"create user {user} password = 'a long password 1'")
    sql(f"alter user {user} set password = 'another password 2'")
    with pytest.raises(Error):
        server.connect(user=user, password="a long password 1")
    server.connect(user=user, password="another password 2", database=None, schema=None).close()


def test_passwords_appear_nowhere(server, sql, name):
    user, password = name("SECRETIVE"), "extremely secret words 17"
    sql(f"create user {user} password = '{password}'")
    text = str(sql("select query_text from table(information_schema.query_history())")) + server.log.read_text()
    assert password not in text and PASSWORD not in text
    for file in server.data.rglob("*"):
        if file.is_file():
            assert password.encode() not in file.read_bytes(), file
