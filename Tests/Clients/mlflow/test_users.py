"""Users and roles through MLflow's AuthServiceClient: the users and roles of SQL."""

import pathlib
import sys
import types

import mlflow
import pytest
from mlflow.exceptions import MlflowException

# The package's own __init__ is MLflow's server, which needs Flask-WTF; the client in it does not.
package = types.ModuleType("mlflow.server.auth")
package.__path__ = [str(pathlib.Path(mlflow.__file__).parent / "server/auth")]
sys.modules.setdefault("mlflow.server.auth", package)

from mlflow.server.auth.client import AuthServiceClient  # noqa: E402

FIRST, SECOND = "good-password-1", "good-password-2"


@pytest.fixture
def auth(ml):
    return AuthServiceClient(f"http://127.0.0.1:{ml.server.port}")


@pytest.fixture
def user(auth, fresh):
    name = fresh("user")
    yield auth.create_user(name, FIRST)
    if name.upper() in [row["username"] for row in auth._request("/api/2.0/mlflow/users/list", "GET")["users"]]:
        auth.delete_user(name)


def works(ml, user, password):
    return ml.call("GET", "/api/2.0/mlflow/users/current", None, user, password)[0] == 200


def test_a_user_is_made_logs_in_and_goes(ml, auth, sql, user):
    assert not user.is_admin and user.id > 0 and auth.get_user(user.username).id == user.id
    assert sql(f"show users like '{user.username}'")[0][0] == user.username.upper()
    status, _, answer = ml.call("GET", "/api/2.0/mlflow/users/current", None, user.username, FIRST)
    assert status == 200 and answer["user"] == {"id": user.id, "username": user.username.upper(), "is_admin": False}
    auth.delete_user(user.username)
    with pytest.raises(MlflowException, match="does not exist"):
        auth.get_user(user.username)


def test_passwords_are_changed(ml, auth, user):
    auth.update_user_password(user.username, SECOND)
    assert works(ml, user.username, SECOND)
    change = lambda **body: ml.call(  # noqa: E731
        "PATCH", "/api/2.0/mlflow/users/update-password", {"username": user.username, **body}, user.username, SECOND)
    for body, words in (({"password": FIRST}, "required"), ({"password": FIRST, "current_password": "wrong"}, "does not match"),
                        ({"password": SECOND, "current_password": SECOND}, "must differ")):
        status, _, answer = change(**body)
        assert status == 400 and words in answer["message"], answer
    assert change(password=FIRST, current_password=SECOND)[0] == 200 and works(ml, user.username, FIRST)


def test_administrators_come_and_go(ml, auth, sql, user):
    auth.update_user_admin(user.username, True)
    assert auth.get_user(user.username).is_admin
    assert ml.call("GET", "/api/2.0/mlflow/webhooks", None, user.username, FIRST)[0] == 200
    auth.update_user_admin(user.username, False)
    assert not auth.get_user(user.username).is_admin
    assert ml.call("GET", "/api/2.0/mlflow/webhooks", None, user.username, FIRST)[0] == 403
    role = user.username + "_R"
    sql(f"create role {role}")
    sql(f"grant role accountadmin to role {role}")
    sql(f"grant role {role} to user {user.username}")
    with pytest.raises(MlflowException, match="through another role"):
        auth.update_user_admin(user.username, False)
    sql(f"drop role {role}")


def test_users_manage_nobody_else(ml, auth, user, fresh):
    call = lambda method, path, body=None: ml.call(method, f"/api/{path}", body, user.username, FIRST)  # noqa: E731
    status, _, answer = call("GET", "2.0/mlflow/users/list")
    assert status == 200 and [row["id"] for row in answer["users"]] == [user.id]
    for method, path, body in (
            ("POST", "2.0/mlflow/users/create", {"username": fresh(), "password": FIRST}), ("GET", "2.0/mlflow/users/get?username=ADMIN", None),
            ("PATCH", "2.0/mlflow/users/update-password", {"username": "ADMIN", "password": FIRST}),
            ("PATCH", "2.0/mlflow/users/update-admin", {"username": user.username, "is_admin": True}),
            ("DELETE", "2.0/mlflow/users/delete", {"username": "ADMIN"}), ("POST", "3.0/mlflow/roles/create", {"workspace": "default", "name": fresh()})):
        status, _, answer = call(method, path, body)
        assert (status, answer["error_code"]) in ((403, "PERMISSION_DENIED"), (404, "RESOURCE_DOES_NOT_EXIST")), (path, answer)
    assert not auth.get_user(user.username).is_admin


def test_roles_are_made_given_and_taken(ml, auth, sql, user, fresh):
    role = auth.create_role("default", fresh("role"), "words")
    assert (role.workspace, role.description, role.permissions) == ("default", "words", [])
    assert auth.get_role(role.id).name == role.name and role.id in [r.id for r in auth.list_all_roles()]
    assert auth.update_role(role.id, description="others").description == "others"
    assigned = auth.assign_role(user.username, role.id)
    assert (assigned.user_id, assigned.role_id) == (user.id, role.id)
    assert [r.id for r in auth.list_user_roles(user.username)] == [role.id]
    assert [a.user_id for a in auth.list_role_users(role.id)] == [user.id]
    assert role.name in [row[1] for row in sql(f"show grants to user {user.username}")]
    auth.unassign_role(user.username, role.id)
    assert auth.list_user_roles(user.username) == []
    for act, words in ((lambda: auth.add_role_permission(role.id, "registered_model", "*", "READ"), "TO ROLE"),
                       (lambda: auth.list_role_permissions(role.id), "SHOW GRANTS TO ROLE"), (lambda: auth.list_roles("elsewhere"), "no workspace")):
        with pytest.raises(MlflowException, match=words):
            act()
    auth.delete_role(role.id)
    with pytest.raises(MlflowException, match="not found"):
        auth.get_role(role.id)


def test_permissions_are_told_and_given_with_sql(ml, auth, sql, user, fresh, name):
    model, role = fresh(), name("R")
    ml.client.create_registered_model(model)
    get = lambda kind="registered_model", which=model: auth.get_user_permission(user.username, kind, which)  # noqa: E731
    assert (get().permission, get().allowed) == ("NO_PERMISSIONS", False)
    for grant in (lambda: auth.grant_user_permission(user.username, "registered_model", model, "USE"), lambda: auth.revoke_user_permission(user.username, "registered_model", model)):
        with pytest.raises(MlflowException, match=f"ON MODEL ML.REGISTRY.{model.upper()} (TO|FROM) ROLE") as raised:
            grant()
        assert raised.value.error_code == "INVALID_PARAMETER_VALUE"
    with pytest.raises(MlflowException, match="no permissions on a resource"):
        get("scorer", "x")
    sql(f"create role {role}")
    sql(f"grant role {role} to user {user.username}")
    sql(f"alter user {user.username} set default_role = {role}")
    sql(f"grant usage on database ml to role {role}")
    sql(f"grant usage on schema ml.registry to role {role}")
    assert get("experiment", "0").permission == "READ"
    sql(f"grant usage on model ml.registry.{model} to role {role}")
    assert (get().permission, get().allowed) == ("USE", True)
    sql(f"grant create model on schema ml.registry to role {role}")
    assert get("experiment", "0").permission == "MANAGE"
    sql(f"grant ownership on model ml.registry.{model} to role {role} revoke current grants")
    assert get().permission == "MANAGE"
    ml.client.delete_registered_model(model)
    sql(f"drop role {role}")
