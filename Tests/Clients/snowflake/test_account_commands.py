"""`roost user`, `roost role` and `roost token`: what an administrator does from a shell, over statements to a server."""

import json
import os
import subprocess

import pytest
from roost_server import BINARY, PASSWORD


@pytest.fixture
def roost(server):
    """Runs the program as ADMIN, or as the user and the secret that are given."""

    def run(*arguments, **more):
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("ROOST_")}
        settings = {"ROOST_PORT": str(server.port), "ROOST_USER": "ADMIN", "ROOST_PASSWORD": PASSWORD, **more}
        return subprocess.run(
            ["setsid", BINARY, *map(str, arguments)], env={**inherited, **settings}, capture_output=True, text=True, timeout=60,
            stdin=subprocess.DEVNULL)

    return run


def test_the_life_of_a_user(roost, name):
    user, role = name("ANNA"), name("ANALYST")
    assert roost("role", "create", role, "--comment", "It's for analysts").returncode == 0
    made = roost("user", "create", user, "--generate", "--default-role", role, "--email", "a@example.org", "--comment", "o'hara \\ co")
    password = made.stdout.strip()
    assert made.returncode == 0 and len(password) == 20, made
    whoami = roost("sql", "-c", "select current_user() as u, current_role() as r", "--format", "csv", ROOST_USER=user, ROOST_PASSWORD=password)
    assert whoami.stdout.splitlines()[1] == f"{user},{role}", whoami
    (row,) = [row for row in json.loads(roost("user", "list", "--format", "json").stdout) if row["name"] == user]
    assert row["email"] == "a@example.org" and row["comment"] == "o'hara \\ co" and row["default_role"] == role
    assert user in roost("user", "list", "--quiet").stdout.splitlines() and f" {user} " in roost("user", "list").stdout
    assert roost("user", "grants", user, "--quiet").stdout.split() == [role]
    assert roost("role", "members", role, "--format", "csv").stdout.count(user) == 1

    assert roost("user", "disable", user).returncode == 0
    refused = roost("sql", "-c", "select 1", ROOST_USER=user, ROOST_PASSWORD=password)
    assert refused.returncode == 3, refused
    assert roost("user", "enable", user).returncode == 0
    assert roost("user", "reset-password", user, ROOST_NEW_PASSWORD="another horse's \\ staple").returncode == 0
    assert roost("sql", "-c", "select 1", ROOST_USER=user, ROOST_PASSWORD=password).returncode == 3
    assert roost("sql", "-c", "select 1", ROOST_USER=user, ROOST_PASSWORD="another horse's \\ staple").returncode == 0

    assert roost("user", "revoke", user, role).returncode == 0 and roost("user", "grants", user, "-q").stdout == ""
    assert roost("user", "grant", user, role).returncode == 0
    assert roost("user", "alter", user, "--display-name", "Anna").returncode == 0
    assert roost("user", "drop", user).returncode == 0
    again = roost("user", "drop", user)
    assert again.returncode == 1 and user in again.stderr and again.stdout == ""
    assert roost("user", "drop", user, "--if-exists").returncode == 0


def test_roles_hold_roles(roost, name):
    junior, senior = name("JUNIOR"), name("SENIOR")
    for role in (junior, senior):
        assert roost("role", "create", role).returncode == 0
    assert roost("role", "grant", junior, "--to-role", senior).returncode == 0
    assert junior in roost("role", "grants", senior).stdout
    assert roost("role", "revoke", junior, "--from-role", senior).returncode == 0
    assert junior not in roost("role", "grants", senior).stdout
    assert {junior, senior} <= set(roost("role", "list", "-q").stdout.split())
    assert roost("role", "alter", junior, "--comment", "young").returncode == 0
    assert roost("role", "drop", junior).returncode == 0 and roost("role", "drop", senior).returncode == 0


def test_command_lines_that_are_wrong(roost):
    assert roost("role", "grant", "x").returncode == 2
    assert roost("user", "alter", "x").returncode == 2
    assert roost("user", "create", "a b; drop user admin", "--generate").returncode == 2
    silent = roost("user", "create", "silent")
    assert silent.returncode == 2 and "ROOST_NEW_PASSWORD" in silent.stderr
    assert roost("user").returncode == 2 or "SUBCOMMANDS" in roost("user").stdout
    assert roost("user", "list", ROOST_PASSWORD="wrong").returncode == 3


def test_the_life_of_a_token(roost, name):
    token = name("CI")
    made = roost("token", "create", token, "--role-restriction", "SYSADMIN", "--days", 7)
    if "syntax error" in made.stderr or "not supported" in made.stderr:
        pytest.skip("the server has no programmatic access tokens")
    secret = made.stdout.strip()
    assert made.returncode == 0 and secret, made
    whoami = roost("sql", "-c", "select current_role() as r", "--format", "csv", ROOST_TOKEN=secret, ROOST_PASSWORD="")
    assert whoami.stdout.splitlines()[1:] == ["SYSADMIN"], whoami
    assert token in roost("token", "list", "--quiet").stdout.split() and secret not in roost("token", "list", "--format", "json").stdout
    assert roost("token", "revoke", token).returncode == 0
    assert roost("sql", "-c", "select 1", ROOST_TOKEN=secret, ROOST_PASSWORD="").returncode == 3
