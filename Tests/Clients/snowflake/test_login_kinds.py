"""Logins by access token, key pair and OAuth with the stock connector, and the bad ones of each kind."""

import base64
import hashlib
import json
import time
import types

import jwt
import pytest
import snowflake.connector
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from roost_server import PASSWORD, RoostServer
from test_acceptance import SCRIPTS, run
from wire import Wire

Error = snowflake.connector.errors.Error
ISSUER, AUDIENCE = "https://login.example.com/", "roost"


def number(value):
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


def body_of(key):
    """The public key as RSA_PUBLIC_KEY wants it, and the fingerprint that a token names it by."""
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode(), "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()


@pytest.fixture(scope="module")
def keys():
    return types.SimpleNamespace(
        rsa=rsa.generate_private_key(65537, 2048), other=rsa.generate_private_key(65537, 2048),
        ec=ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture(scope="module")
def server(tmp_path_factory, keys):
    """A server that accepts OAuth tokens of an issuer with an RSA and an EC key."""
    directory = tmp_path_factory.mktemp("logins")
    public, point = keys.rsa.public_key().public_numbers(), keys.ec.public_key().public_numbers()
    coordinates = {name: base64.urlsafe_b64encode(value.to_bytes(32, "big")).rstrip(b"=").decode()
                   for name, value in (("x", point.x), ("y", point.y))}
    (directory / "keys.json").write_text(json.dumps({"keys": [
        {"kty": "RSA", "kid": "one", "use": "sig", "alg": "RS256", "n": number(public.n), "e": number(public.e)},
        {"kty": "EC", "kid": "two", "crv": "P-256", **coordinates}, {"kty": "oct", "kid": "three", "k": "c2VjcmV0"}]}))
    server = RoostServer(directory, {
        "ROOST_OAUTH_ISSUER": ISSUER, "ROOST_OAUTH_AUDIENCE": f"another,{AUDIENCE}",
        "ROOST_OAUTH_KEYS": str(directory / "keys.json")})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def member(sql, name):
    """A user with a role of its own and a second one."""
    user, role, second = name("USER"), name("ROLE"), name("SECOND")
    for each in (role, second):
        sql(f"create role {each}")
    sql(f"create user {user} default_role = {role}")
    for each in (role, second):
        sql(f"grant role {each} to user {user}")
    return types.SimpleNamespace(user=user, role=role, second=second)


@pytest.fixture
def person(sql, member):
    """The same with a password."""
    sql(f"alter user {member.user} set password = 'a long password 1'")
    return member


def session(server, **parameters):
    parameters = {"user": None, "password": None, "database": None, "schema": None, **parameters}
    return server.connect(**parameters)


def value(connection, text):
    return connection.cursor().execute(text).fetchone()[0]


def refused(server, **parameters):
    with pytest.raises(Error) as caught:
        session(server, **parameters).close()
    return caught.value


def test_the_acceptance_script_reaches_its_full_count(server, sql, keys, tmp_path):
    if not SCRIPTS.is_dir():
        pytest.skip(f"no acceptance scripts at {SCRIPTS}")
    pem = tmp_path / "key.p8"
    pem.write_bytes(keys.rsa.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    sql(f"alter user ADMIN set rsa_public_key = '{body_of(keys.rsa)[0]}'")
    token = sql("alter user add programmatic access token ACCEPTANCE")[0][1]
    run("t09_auth.py", server, full=10, PAT=token, JWT_KEY=str(pem), OAUTH_TOKEN=oauth(keys, sub="admin"))


# -- access tokens ----------------------------------------------------------------------------------------------------
def add(sql, user, token="T", options=""):
    return sql(f"alter user {user} add programmatic access token {token} {options}")[0][1]


def by_token(server, secret, **parameters):
    return session(server, authenticator="PROGRAMMATIC_ACCESS_TOKEN", token=secret, **parameters)


def test_a_token_logs_in_with_and_without_the_users_name_and_as_the_password(server, sql, member):
    secret = add(sql, member.user)
    for connect in (lambda: by_token(server, secret), lambda: by_token(server, secret, user=member.user.lower()),
                    lambda: session(server, user=member.user, password=secret)):
        with connect() as connection:
            assert value(connection, "select current_user()") == member.user
            assert value(connection, "select current_role()") == member.role


def test_a_token_is_good_for_its_user_only(server, sql, member):
    secret = add(sql, member.user)
    assert refused(server, authenticator="PROGRAMMATIC_ACCESS_TOKEN", token=secret, user="ADMIN").errno == 394400
    assert refused(server, user="ADMIN", password=secret).errno == 390100
    assert refused(server, authenticator="PROGRAMMATIC_ACCESS_TOKEN", token="roost_pat_" + "A" * 43).errno == 394400
    assert refused(server, authenticator="PROGRAMMATIC_ACCESS_TOKEN", token="x").errno == 394400
    assert refused(server, user=member.user, password="roost_pat_" + "A" * 43).errno == 390100


def test_a_role_restriction_binds_the_session(server, sql, member):
    secret = add(sql, member.user, options=f"role_restriction = '{member.second}'")
    with by_token(server, secret) as connection:
        assert value(connection, "select current_role()") == member.second
        assert json.loads(value(connection, "select current_available_roles()")) == [member.second]
        for text in (f"use role {member.role}", "use role PUBLIC", "use secondary roles all",
                     f"use secondary roles {member.role}"):
            with pytest.raises(Error):
                connection.cursor().execute(text)
        connection.cursor().execute(f"use role {member.second}")
    assert refused(server, authenticator="PROGRAMMATIC_ACCESS_TOKEN", token=secret, role=member.role).errno == 2003
    sql(f"drop role {member.second}")
    assert refused(server, authenticator="PROGRAMMATIC_ACCESS_TOKEN", token=secret).errno == 394400
    with pytest.raises(Error) as caught:
        add(sql, member.user, "OTHER", "role_restriction = ACCOUNTADMIN")
    assert "does not exist or not authorized" in str(caught.value)


def test_a_restricted_session_reads_no_results_of_others(server, sql, member):
    secret = add(sql, member.user, options=f"role_restriction = {member.second}")
    with by_token(server, add(sql, member.user, "U")) as first:
        cursor = first.cursor().execute("select 'hidden'")
        with by_token(server, secret) as second:
            with pytest.raises(Error):
                second.cursor().execute(f"select * from table(result_scan('{cursor.sfqid}'))")
            own = second.cursor().execute("select 7").sfqid
            assert value(second, f"select * from table(result_scan('{own}'))") == 7


@pytest.mark.parametrize("end", [
    "alter user {user} remove pat T", "alter user {user} modify programmatic access token T set disabled = true",
    "alter user {user} rotate pat T expire_rotated_token_after_hours = 0", "alter user {user} set disabled = true",
    "alter user {user} set days_to_expiry = 0", "drop user {user}"])
def test_a_token_that_ends_ends_its_sessions_at_once(server, sql, member, end):
    secret = add(sql, member.user)
    with by_token(server, secret) as connection:
        assert value(connection, "select 1") == 1
        sql(end.format(user=member.user))
        with pytest.raises(Error):
            connection.cursor().execute("select 1")
    assert refused(server, authenticator="PROGRAMMATIC_ACCESS_TOKEN", token=secret, user=member.user).errno == 394400


def test_a_token_that_is_enabled_again_works(server, sql, member):
    secret = add(sql, member.user)
    sql(f"alter user {member.user} modify pat T set disabled = true comment = 'off'")
    assert refused(server, user=member.user, password=secret).errno == 390100
    sql(f"alter user {member.user} modify pat T unset disabled")
    by_token(server, secret).close()


def test_rotation_gives_a_new_secret_and_lets_the_old_run_out(server, sql, member):
    old = add(sql, member.user, options="days_to_expiry = 30 comment = 'mine'")
    name, new, rotated = sql(f"alter user {member.user} rotate programmatic access token T")[0]
    assert name == "T" and new != old and rotated.startswith("T_ROTATED_")
    for secret in (old, new):
        by_token(server, secret).close()
    rows = {row[0]: row for row in sql(f"show user programmatic access tokens for user {member.user}")}
    assert rows.keys() == {"T", rotated} and rows[rotated][9] == "T" and rows["T"][5] == "mine"
    assert rows[rotated][3] < rows["T"][3]


def test_the_list_of_tokens(connection, sql, member):
    add(sql, member.user, options=f"role_restriction = {member.role} days_to_expiry = 1 comment = 'c'")
    cursor = connection.cursor().execute(f"show user pats for user {member.user}")
    assert [column.name for column in cursor.description] == [
        "name", "user_name", "role_restriction", "expires_at", "status", "comment", "created_on", "created_by",
        "mins_to_bypass_network_policy_requirement", "rotated_to"]
    row = cursor.fetchone()
    assert row[:3] == ("T", member.user, member.role) and row[4:6] == ("ACTIVE", "c") and row[7] == "ADMIN"
    assert abs((row[3] - row[6]).total_seconds() - 86400) < 1
    sql(f"alter user {member.user} modify pat T rename to U")
    assert [row[0] for row in sql(f"show user pats for user {member.user}")] == ["U"]
    for text in ("add pat U", "add pat V days_to_expiry = 366", "add pat V days_to_expiry = 0", "add pat V bogus = 1",
                 "remove pat W", "rotate pat W", "modify pat W set comment = 'x'", "modify pat U set bogus = 1"):
        with pytest.raises(Error):
            sql(f"alter user {member.user} {text}")
    sql("alter user if exists NO_SUCH_USER remove pat W")


def test_users_manage_their_own_tokens_but_not_with_a_token(server, sql, member, keys):
    sql(f"alter user {member.user} set rsa_public_key = '{body_of(keys.ec)[0]}'")
    with by_key(server, member.user, keys.ec) as connection:
        secret = connection.cursor().execute("alter user add pat MINE").fetchone()[1]
        assert [row[0] for row in connection.cursor().execute("show user pats").fetchall()] == ["MINE"]
        with pytest.raises(Error):
            connection.cursor().execute("alter user ADMIN add pat NOT_MINE")
        with pytest.raises(Error):
            connection.cursor().execute("show user pats for user ADMIN")
    with by_token(server, secret) as connection:
        for text in ("alter user add pat MORE", "alter user rotate pat MINE", "alter user modify pat MINE set disabled = false",
                     f"alter user {member.user} set password = 'another password 2'",
                     f"alter user {member.user} unset rsa_public_key"):
            with pytest.raises(Error) as caught:
                connection.cursor().execute(text)
            assert caught.value.errno == 3001, text
        connection.cursor().execute("alter user remove pat MINE")


def test_another_role_manages_tokens_with_the_privilege(server, sql, member, name):
    other = name("OTHER")
    sql(f"create user {other}")
    with by_token(server, add(sql, member.user)) as connection:
        with pytest.raises(Error) as hidden:
            connection.cursor().execute(f"alter user {other} add pat T")
        with pytest.raises(Error) as missing:
            connection.cursor().execute("alter user NEVER_WAS add pat T")
        words = [caught.value.msg.split("\n", 1)[-1] for caught in (hidden, missing)]
        assert words[0].replace(other, "X") == words[1].replace("NEVER_WAS", "X")
        sql(f"grant modify programmatic authentication methods on user {other} to role {member.role}")
        assert connection.cursor().execute(f"alter user {other} add pat T").fetchone()[0] == "T"
        with pytest.raises(Error):
            connection.cursor().execute(f"alter user {other} set password = 'another password 2'")


def test_a_secret_is_shown_once_and_kept_nowhere(server, connection, sql, member):
    cursor = connection.cursor().execute(f"alter user {member.user} add pat T")
    secret = cursor.fetchone()[1]
    for text in (f"select * from table(result_scan('{cursor.sfqid}'))", "select * from table(result_scan(last_query_id(-1)))"):
        with pytest.raises(Error):
            sql(text)
    assert sql(f'alter user {member.user} add pat U ->> select length("token_secret") from $1') == [(53,)]
    time.sleep(0.05)
    assert secret not in str(sql("select query_text from table(information_schema.query_history())"))
    assert secret not in server.log.read_text()
    for file in server.data.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file


# -- key pairs --------------------------------------------------------------------------------------------------------
def by_key(server, user, key, **parameters):
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return session(server, user=user, authenticator="SNOWFLAKE_JWT", private_key=der, **parameters)


@pytest.mark.parametrize("kind", ["rsa", "ec"])
@pytest.mark.parametrize("slot", ["RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2"])
def test_a_key_pair_logs_in(server, sql, member, keys, kind, slot):
    key = getattr(keys, kind)
    sql(f"alter user {member.user} set {slot} = '{body_of(key)[0]}'")
    with by_key(server, member.user, key) as connection:
        assert value(connection, "select current_user()") == member.user
    described = dict(row[:2] for row in sql(f"describe user {member.user}"))
    assert described[slot + "_FP"] == body_of(key)[1] and described[slot] == body_of(key)[0]
    sql(f"alter user {member.user} unset {slot}")
    with pytest.raises(Error) as caught:
        by_key(server, member.user, key)
    assert caught.value.errno == 390144 and caught.value.sqlstate == "28000"


def test_wrong_keys_are_refused_alike(server, sql, member, keys):
    sql(f"alter user {member.user} set rsa_public_key = '{body_of(keys.rsa)[0]}'")
    answers = []
    for user, key in ((member.user, keys.other), ("ADMIN", keys.other), ("NEVER_WAS", keys.rsa), (member.user, keys.ec)):
        with pytest.raises(Error) as caught:
            by_key(server, user, key)
        answers.append((caught.value.errno, caught.value.msg))
    assert len(set(answers)) == 1 and answers[0][0] == 390144
    sql(f"alter user {member.user} set disabled = true")
    with pytest.raises(Error) as caught:
        by_key(server, member.user, keys.rsa)
    assert (caught.value.errno, caught.value.msg) == answers[0]


def pair_token(keys, user, key=None, algorithm="RS256", headers=None, **claims):
    key = key or keys.rsa
    now = int(time.time())
    given = {"iss": f"LOCAL.{user}.{body_of(keys.rsa)[1]}", "sub": f"LOCAL.{user}", "iat": now, "exp": now + 60, **claims}
    return jwt.encode({k: v for k, v in given.items() if v is not None}, key, algorithm=algorithm, headers=headers)


def signed(key, claims, algorithm="RS256", **headers):
    """A token with any header, also where the library would not write it."""
    return jwt.api_jws.encode(json.dumps(claims).encode(), key, algorithm=algorithm, headers=headers)


GUESS = "a shared secret of some length, which is guessed"


def test_bad_tokens_of_key_pairs(server, sql, member, keys):
    sql(f"alter user {member.user} set rsa_public_key = '{body_of(keys.rsa)[0]}'")
    now = int(time.time())
    claims = {"iss": f"LOCAL.{member.user}.{body_of(keys.rsa)[1]}", "sub": f"LOCAL.{member.user}", "iat": now, "exp": now + 60}
    for code, token in [
            ("394301", signed(keys.rsa, claims | {"exp": now - 3600})),
            ("394301", signed(keys.rsa, claims | {"iat": now - 8000})),
            ("394302", signed(keys.rsa, claims | {"iat": now + 3600, "exp": now + 7200})),
            ("394302", signed(keys.rsa, claims | {"nbf": now + 3600})),
            ("394303", signed(keys.rsa, {k: v for k, v in claims.items() if k != "exp"})),
            ("394303", signed(keys.rsa, {k: v for k, v in claims.items() if k != "iat"})),
            ("394303", signed(keys.rsa, claims | {"exp": "soon"})),
            ("394306", signed(keys.rsa, {k: v for k, v in claims.items() if k != "iss"})),
            ("394306", signed(keys.rsa, claims | {"iss": "nothing"})),
            ("394306", signed(keys.rsa, claims | {"sub": "LOCAL.ADMIN"})),
            ("394306", signed(keys.rsa, claims, crit=["x"], x=1)),
            ("394306", signed(keys.rsa, [claims])),
            ("394305", signed(None, claims, "none")),
            ("394305", signed(GUESS, claims, "HS256")),
            ("390144", signed(keys.other, claims))]:
        answer = Wire(server).login(member.user, None, AUTHENTICATOR="SNOWFLAKE_JWT", TOKEN=token)
        assert answer.json["success"] is False and answer.code == code, (token, answer)
        assert answer.data["sqlState"] == "28000" and member.user not in answer.json["message"]
        good = Wire(server).login(member.user, None, AUTHENTICATOR="SNOWFLAKE_JWT", TOKEN=signed(keys.rsa, claims))
        assert good.json["success"], good


def test_a_token_whose_signature_was_changed_is_refused(server, sql, member, keys):
    sql(f"alter user {member.user} set rsa_public_key = '{body_of(keys.rsa)[0]}'")
    head, claims, signature = pair_token(keys, member.user).split(".")
    forged = claims[:-4] + ("AAAA" if claims[-4:] != "AAAA" else "BBBB")
    for number, text in enumerate((
            f"{head}.{claims}.", f"{head}.{claims}", f"{head}.{forged}.{signature}", f"{head}.{claims}.{signature[:-8]}AAAAAAAA",
            f"{head}.{claims}.{signature}=", "a.b.c", "", "." * 5000)):
        answer = Wire(server).login(member.user if text.startswith(head) else f"X{number}", None, AUTHENTICATOR="SNOWFLAKE_JWT", TOKEN=text)
        assert answer.json["success"] is False and answer.code in ("390144", "394305", "394306"), (text[:50], answer)


@pytest.mark.parametrize("key", ["", "not base64!", "QUJD", "x" * 20_000])
def test_what_is_no_public_key_is_not_taken(sql, member, key):
    with pytest.raises(Error):
        sql(f"alter user {member.user} set rsa_public_key = '{key}'")


def test_users_set_their_own_keys(server, sql, member, keys):
    sql(f"alter user {member.user} set rsa_public_key_2 = '{body_of(keys.ec)[0]}'")
    with by_key(server, member.user, keys.ec) as connection:
        pem = keys.rsa.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
        connection.cursor().execute(f"alter user {member.user} set rsa_public_key = '{pem}'")
        with pytest.raises(Error):
            connection.cursor().execute(f"alter user ADMIN set rsa_public_key = '{body_of(keys.rsa)[0]}'")
    with by_key(server, member.user, keys.rsa) as connection:
        connection.cursor().execute(f"alter user {member.user} unset rsa_public_key")


# -- OAuth ------------------------------------------------------------------------------------------------------------
def oauth(keys, key=None, algorithm="RS256", kid="one", **claims):
    now = int(time.time())
    given = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 600, **claims}
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode({k: v for k, v in given.items() if v is not None}, key or keys.rsa, algorithm=algorithm, headers=headers)


def by_oauth(server, token, **parameters):
    return session(server, authenticator="oauth", token=token, **parameters)


def test_an_oauth_token_logs_in_in_the_default_role_alone(server, member, keys):
    for token in (oauth(keys, sub=member.user.lower()), oauth(keys, keys.ec, "ES256", "two", sub=member.user, aud=["x", AUDIENCE])):
        with by_oauth(server, token) as connection:
            assert value(connection, "select current_user()") == member.user
            assert value(connection, "select current_role()") == member.role
            with pytest.raises(Error):
                connection.cursor().execute(f"use role {member.second}")
    assert refused(server, authenticator="oauth", token=oauth(keys, sub=member.user), role=member.second).errno == 2003


def test_scopes_name_the_roles_of_an_oauth_session(server, member, keys):
    second = oauth(keys, sub=member.user, scp=["openid", f"session:role:{member.second}"])
    both = oauth(keys, sub=member.user, scope=f"session:role:{member.second} session:role:{member.role.lower()}")
    with by_oauth(server, second) as connection:
        assert value(connection, "select current_role()") == member.second
        with pytest.raises(Error):
            connection.cursor().execute(f"use role {member.role}")
    with by_oauth(server, both, role=member.second) as connection:
        connection.cursor().execute(f"use role {member.role}")
        with pytest.raises(Error):
            connection.cursor().execute("use role PUBLIC")
    with by_oauth(server, oauth(keys, sub=member.user, scp="session:role-any"), role=member.second) as connection:
        connection.cursor().execute("use role PUBLIC")
    assert refused(server, authenticator="oauth", token=oauth(keys, sub=member.user, scp="session:role:ACCOUNTADMIN")).errno == 2003


def test_bad_oauth_tokens(server, member, keys):
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 600, "sub": member.user}
    less = lambda name: {k: v for k, v in claims.items() if k != name}
    for code, token in [
            ("390318", signed(keys.rsa, claims | {"exp": now - 3600}, kid="one")),
            ("390303", signed(keys.rsa, less("exp"), kid="one")),
            ("390303", signed(keys.rsa, claims | {"nbf": now + 3600}, kid="one")),
            ("390303", signed(keys.rsa, claims | {"iss": "https://other.example.com/"}, kid="one")),
            ("390303", signed(keys.rsa, less("iss"), kid="one")),
            ("390303", signed(keys.rsa, claims | {"aud": "else"}, kid="one")),
            ("390303", signed(keys.rsa, less("aud"), kid="one")),
            ("390303", signed(keys.rsa, claims, kid="unknown")),
            ("390303", signed(keys.rsa, claims)),
            ("390303", signed(keys.rsa, claims, kid="two")),
            ("390303", signed(keys.rsa, claims, kid="three")),
            ("390303", signed(keys.other, claims, kid="one")),
            ("390303", signed(None, claims, "none", kid="one")),
            ("390303", signed(GUESS, claims, "HS256", kid="one")),
            ("390303", signed("secret" * 8, claims, "HS256", kid="three")),
            ("390303", signed(keys.rsa, less("sub"), kid="one")),
            ("390303", signed(keys.rsa, claims | {"sub": "NEVER_WAS"}, kid="one")),
            ("390303", signed(keys.rsa, claims | {"sub": 5}, kid="one"))]:
        answer = Wire(server).login(member.user, None, AUTHENTICATOR="OAUTH", TOKEN=token)
        assert answer.json["success"] is False and answer.code == code, (token, answer)
        good = Wire(server).login(member.user, None, AUTHENTICATOR="OAUTH", TOKEN=signed(keys.rsa, claims, kid="one"))
        assert good.json["success"], good
    error = refused(server, authenticator="oauth", token=oauth(keys, sub=member.user, aud="else"))
    assert error.errno == 390303


def test_disabled_users_and_other_names_are_refused_by_oauth(server, sql, member, keys):
    token = oauth(keys, sub=member.user)
    assert refused(server, authenticator="oauth", token=token, user="ADMIN").errno == 390303
    sql(f"alter user {member.user} set disabled = true")
    assert refused(server, authenticator="oauth", token=token, user=member.user).errno == 390303


def test_a_key_that_the_issuer_gives_up_counts_no_more(server, member, keys):
    file = server.directory / "keys.json"
    text = file.read_text()
    by_oauth(server, oauth(keys, sub=member.user)).close()
    try:
        file.write_text(json.dumps({"keys": json.loads(text)["keys"][1:]}))
        assert refused(server, authenticator="oauth", token=oauth(keys, sub=member.user), user=member.user).errno == 390303
    finally:
        file.write_text(text)
    by_oauth(server, oauth(keys, sub=member.user)).close()


def test_without_an_issuer_oauth_is_refused(own_server, keys):
    server = own_server()
    server.start()
    error = refused(server, authenticator="oauth", token=oauth(keys, sub="ADMIN"))
    assert error.errno == 390303 and "not offered" in error.msg


# -- users ------------------------------------------------------------------------------------------------------------
def test_a_password_that_must_be_changed_is_changed_while_logging_in(server, sql, member):
    sql(f"alter user {member.user} set password = 'a first password' must_change_password = true")
    error = refused(server, user=member.user, password="a first password")
    assert error.errno == 390120 and "must be changed" in error.msg
    assert refused(server, user=member.user, password="wrong").errno == 390100
    refused(server, user=member.user, password="a first password", password_callback=lambda: "short")
    with session(server, user=member.user, password="a first password", password_callback=lambda: "a second password") as connection:
        assert value(connection, "select current_user()") == member.user
    session(server, user=member.user, password="a second password").close()


def test_a_service_has_no_password(server, sql, person, name):
    with pytest.raises(Error):
        sql(f"create user {name()} password = 'a long password 1' type = service")
    sql(f"alter user {person.user} set type = service")
    assert refused(server, user=person.user, password="a long password 1").errno == 390100
    by_token(server, add(sql, person.user)).close()
    sql(f"alter user {person.user} set type = legacy_service")
    session(server, user=person.user, password="a long password 1").close()


def test_a_login_name_takes_the_place_of_the_name(server, sql, person, name):
    login = name("LOGIN")
    sql(f"alter user {person.user} set login_name = '{login.lower()}@example.com'")
    with session(server, user=f"{login}@EXAMPLE.com", password="a long password 1") as connection:
        assert value(connection, "select current_user()") == person.user
    assert refused(server, user=person.user, password="a long password 1").errno == 390100
    for text in (f"create user \"{login}@EXAMPLE.COM\"", f"create user {login} login_name = '{login}@example.com'"):
        with pytest.raises(Error):
            sql(text)
    sql(f"alter user {person.user} unset login_name")
    session(server, user=person.user, password="a long password 1").close()


@pytest.mark.parametrize("text", ["days_to_expiry = 0", "mins_to_unlock = 5", "disabled = true"])
def test_expired_locked_and_disabled_users_are_out(server, sql, member, keys, text):
    sql(f"alter user {member.user} set rsa_public_key = '{body_of(keys.ec)[0]}'")
    sql(f"alter user {member.user} set {text}")
    with pytest.raises(Error) as caught:
        by_key(server, member.user, keys.ec)
    assert caught.value.errno == 390144
    sql(f"alter user {member.user} unset {text.split(' ')[0]}")
    by_key(server, member.user, keys.ec).close()


def test_a_session_begins_where_its_user_is_at_home(server, sql, member):
    sql(f"alter user {member.user} set default_namespace = ML.PUBLIC default_warehouse = COMPUTE_WH")
    with by_token(server, add(sql, member.user)) as connection:
        row = connection.cursor().execute("select current_database(), current_schema(), current_warehouse()").fetchone()
        assert row == ("ML", "PUBLIC", "COMPUTE_WH")


def test_failures_of_every_kind_get_slower_without_holding_up_the_right_one(server, sql, member, keys):
    secret = add(sql, member.user)
    sql(f"alter user {member.user} set rsa_public_key = '{body_of(keys.rsa)[0]}'")
    bad = [{"AUTHENTICATOR": "PROGRAMMATIC_ACCESS_TOKEN", "TOKEN": "x"}, {"AUTHENTICATOR": "OAUTH", "TOKEN": "x"},
           {"AUTHENTICATOR": "SNOWFLAKE_JWT", "TOKEN": pair_token(keys, member.user, keys.other)}]
    for body in bad:
        took = []
        for _ in range(4):
            began = time.monotonic()
            assert not Wire(server).login(member.user, None, **body).json["success"]
            took.append(time.monotonic() - began)
        assert max(took[:3]) < 0.45 and took[3] >= 0.5, (body["AUTHENTICATOR"], took)
    began = time.monotonic()
    assert Wire(server).login(member.user, None, AUTHENTICATOR="PROGRAMMATIC_ACCESS_TOKEN", TOKEN=secret).json["success"]
    assert time.monotonic() - began < 0.45
