"""`roost sql`: one-shot statements, files, formats, exit codes, and the shell on a terminal of its own."""

import csv
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest
from roost_server import BINARY, PASSWORD


def environment(server, **more):
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("ROOST_")}
    return {**inherited, "ROOST_PORT": str(server.port), "ROOST_USER": "ADMIN", "ROOST_PASSWORD": PASSWORD, **more}


def roost_sql(server, *arguments, given=None, timeout=60, **more):
    return subprocess.run(
        [BINARY, "sql", *map(str, arguments)], env=environment(server, **more), input=given, capture_output=True, text=True,
        timeout=timeout, stdin=subprocess.DEVNULL if given is None else None)


ALL_TYPES = """select 12::number(5,0) as N, 1.50::number(10,2) as D, 2.5::float as F, 'a,"b"' as S, '' as E, null as U,
    true as B, '2024-02-29'::date as DA, '10:20:30.5'::time as T, '2024-02-29 01:02:03.25'::timestamp as TS,
    to_binary('00ff', 'hex') as BI, parse_json('{"a": [1, null]}') as V"""


def test_one_statement_in_each_format(server):
    as_json = json.loads(roost_sql(server, "-c", ALL_TYPES, "--format", "json").stdout)
    assert as_json == [{
        "N": 12, "D": 1.5, "F": 2.5, "S": 'a,"b"', "E": "", "U": None, "B": True, "DA": "2024-02-29", "T": "10:20:30.500",
        "TS": "2024-02-29 01:02:03.250", "BI": "00FF", "V": {"a": [1, None]}}]
    text = roost_sql(server, "-c", ALL_TYPES, "--format", "csv").stdout
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["D"] == "1.50" and row["S"] == 'a,"b"' and row["U"] == "" and row["V"] == '{"a":[1,null]}'
    assert ',"",,' in text, "an empty text and NULL differ"
    table = roost_sql(server, "-d", "ML", "-s", "PUBLIC", "-c", "select 7 as n, null as x; create or replace temporary table t (i int)")
    assert table.stdout == " N | X\n---+------\n 7 | NULL\nTable T successfully created.\n" and table.returncode == 0, table
    vertical = roost_sql(server, "-c", "select 7 as n, 'x' as longer", "--format", "vertical").stdout
    assert vertical == "-[ row 1 ]-\nN      | 7\nLONGER | x\n"


def test_large_results_come_whole_in_their_order(chunked_server):
    text = "select seq4() as n, repeat('x', 50) as w from table(generator(rowcount => 4000)) order by n"
    rows = json.loads(roost_sql(chunked_server, "-c", text, "--format", "json").stdout)
    assert [row["N"] for row in rows] == list(range(4000))
    lines = roost_sql(chunked_server, "-c", text, "--format", "csv").stdout.splitlines()
    assert len(lines) == 4001 and lines[-1].startswith("3999,")
    assert roost_sql(chunked_server, "-c", text).stdout.count("\n") == 4002


def test_several_statements_share_a_session(server, tmp_path):
    file = tmp_path / "some.sql"
    file.write_text("-- first; of all\nset x = 3;\nselect $x + 1 as a, ';' as b;\n\nselect\n  no_such_column\nfrom (select 1);\nselect 5 as last;\n")
    stopped = roost_sql(server, "-f", file, "--format", "csv")
    assert stopped.returncode == 1 and 'A,B\n4,;\n' in stopped.stdout and "LAST" not in stopped.stdout
    assert "some.sql:" in stopped.stderr and "NO_SUCH_COLUMN" in stopped.stderr.upper()
    went_on = roost_sql(server, "-f", file, "--format", "csv", "--on-error", "continue", "--echo", "--timing")
    assert went_on.returncode == 1 and "LAST\n5\n" in went_on.stdout
    assert "[4/4] select 5 as last" in went_on.stderr and "1 of 4 statements failed" in went_on.stderr and "(1 row, " in went_on.stderr
    piped = roost_sql(server, given="select 1 as a;select 2 as b", ROOST_HISTORY="")
    assert piped.stdout == " A\n---\n 1\n B\n---\n 2\n" and piped.returncode == 0


def test_an_error_shows_its_place(server):
    done = roost_sql(server, "-c", "select 1,\n   2 form x")
    assert done.returncode == 1 and done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith("error 001003 (42000)"), lines
    caret = next(line for line in lines if line.strip() == "^")
    assert lines[lines.index(caret) - 1][caret.index("^")] == "x", lines


def test_exit_codes_say_what_went_wrong(server):
    assert roost_sql(server, "-c", "select 1").returncode == 0
    assert roost_sql(server, "-c", "selec 1").returncode == 1
    assert roost_sql(server, "--no-such-option").returncode == 2
    assert roost_sql(server, "-f", "/no/such/file.sql").returncode == 2
    assert roost_sql(server, "-c", "select 1", "--format", "xml").returncode == 2
    assert roost_sql(server, "-c", "select 1", "--protocol", "gopher").returncode == 2
    nobody = roost_sql(server, "-c", "select 1", ROOST_USER="")
    assert nobody.returncode == 2 and "--user" in nobody.stderr
    refused = roost_sql(server, "-c", "select 1", ROOST_PASSWORD="wrong")
    assert refused.returncode == 3 and "password" in refused.stderr.lower() and "wrong" not in refused.stderr
    away = roost_sql(server, "-c", "select 1", "--port", 1)
    assert away.returncode == 3 and "127.0.0.1:1" in away.stderr
    secret = subprocess.run(
        ["setsid", BINARY, "sql", "-c", "select 1"], env=environment(server, ROOST_PASSWORD=""), capture_output=True, text=True, timeout=30,
        stdin=subprocess.DEVNULL)
    assert secret.returncode == 2 and "ROOST_PASSWORD" in secret.stderr


def test_a_session_begins_where_it_is_told(server):
    place = "select current_database() as d, current_schema() as s, current_role() as r, current_warehouse() as w"
    done = roost_sql(server, "-c", place, "-d", "ml", "--schema", "public", "-r", "sysadmin", "-w", "compute_wh", "--format", "csv")
    assert done.stdout.splitlines()[1].split(",")[:3] == ["ML", "PUBLIC", "SYSADMIN"], done


def test_files_go_and_come(server, tmp_path, name):
    stage, file, back = name("STAGE"), tmp_path / "flowers.csv", tmp_path / "back"
    file.write_text("id,name\n1,rose\n2,lily\n")
    back.mkdir()
    done = roost_sql(server, "-d", "ML", "-s", "REGISTRY", "--format", "csv", "-c", f"""
        create stage {stage}; put 'file://{file}' @{stage}/in; list @{stage}; get @{stage}/in 'file://{back}/'""")
    assert done.returncode == 0 and "flowers.csv,flowers.csv,22,UPLOADED" in done.stdout, done
    assert (back / "flowers.csv").read_text() == file.read_text()
    assert roost_sql(server, "-d", "ML", "-s", "REGISTRY", "-c", f"put file:///no/such/file @{stage}").returncode == 2


def test_an_interrupt_cancels_the_statement(server):
    process = subprocess.Popen(
        [BINARY, "sql", "-c", "select system$wait(60); select 'went on'"], env=environment(server), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and b"roost_statements_unfinished 1" not in server.get("/metrics")[1]:
        time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 1 and "cancel" in err.lower() and "went on" not in out and time.monotonic() - began < 10, err


class Person:
    """Somebody at a terminal."""

    def __init__(self, server, **more):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execve(BINARY, [str(BINARY), "sql", "-d", "ML", "-s", "REGISTRY"], environment(server, TERM="xterm", **more))
        self.seen = ""

    def type(self, text):
        os.write(self.terminal, text.encode())

    def sees(self, pattern, timeout=60):
        """Waits for what matches on the screen, since the last that was seen."""
        deadline = time.monotonic() + timeout
        while not (found := re.search(pattern, self.seen, re.S)):
            assert time.monotonic() < deadline, f"no {pattern!r} in {self.seen!r}"
            if select.select([self.terminal], [], [], 0.2)[0]:
                try:
                    part = os.read(self.terminal, 65536).decode(errors="replace")
                except OSError:
                    raise AssertionError(f"the shell ended; no {pattern!r} in {self.seen!r}")
                self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", part)
        self.seen = self.seen[found.end():]
        return found

    def leaves(self):
        for _ in range(400):
            try:
                if select.select([self.terminal], [], [], 0.05)[0]:
                    os.read(self.terminal, 65536)
            except OSError:
                time.sleep(0.05)
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                os.close(self.terminal)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError("the shell does not end")


def test_the_shell(server, tmp_path, name):
    table, history = name("FLOWERS"), tmp_path / "state/history"
    person = Person(server, ROOST_HISTORY=str(history))
    prompt = r"ADMIN@ML\.REGISTRY> "
    person.sees("!help lists the commands.*" + prompt)
    person.type(f"create table {table} (id int,\r")
    person.sees("-> ")
    person.type("name string);\r")
    person.sees("successfully created.*" + prompt)
    person.type("selec 1;\r")
    person.sees(r"error 001003.*\^.*" + prompt)
    person.type(f"select count(*) as c from {table[:-1].lower()}\t;\r")
    person.sees(rf"from {table.lower()} ;.* C\r\n---\r\n 0\r\n\(1 row, [0-9.]+ s\)\r\n.*" + prompt)
    person.type("select 1 as half")
    person.sees("half")
    person.type("\x03")
    person.sees(r"\^C\r\n.*" + prompt)
    person.type("select system$wait(60);\r")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and b"roost_statements_unfinished 1" not in server.get("/metrics")[1]:
        time.sleep(0.05)
    os.write(person.terminal, b"\x03")
    person.sees("(?i)cancel.*" + prompt)
    person.type("\x1b[A\x1b[A\x1b[A\r")
    person.sees(r"error 001003.*\^.*" + prompt)
    person.type("!format json\rselect 'x' as y;\r")
    person.sees(r'"Y": "x".*' + prompt)
    person.type("create user secretive password = 'never kept here';\r")
    person.sees("created.*" + prompt)
    person.type("drop user secretive;\r")
    person.sees("dropped.*" + prompt)
    person.type("\x04")
    assert person.leaves() == 0
    kept = history.read_text()
    assert "system$wait(60);" in kept and "never kept" not in kept and r"(id int,\nname string);" in kept
    assert history.stat().st_mode & 0o077 == 0


def test_the_password_is_asked_for_without_an_echo(server):
    person = Person(server, ROOST_PASSWORD="", ROOST_HISTORY="")
    person.sees("Password of ADMIN.*: ")
    person.type(PASSWORD + "\n")
    before = person.sees("(.*)!help lists the commands").group(1)
    assert PASSWORD not in before
    person.type("exit\r")
    assert person.leaves() == 0


def test_a_shell_outlives_its_server(own_server):
    server = own_server()
    server.start()
    person = Person(server, ROOST_HISTORY="")
    person.sees("> ")
    person.type("select 1 as one;\r")
    person.sees("ONE")
    port = server.port
    server.stop()
    person.type("select 2 as two;\r")
    person.sees(f"error .*{port}")
    server.arguments = ["--port", str(port)]
    server.start()
    person.type("select 3 as three, current_schema() as s;\r")
    person.sees("3 +\\| REGISTRY.*this is a new one")
    person.type("quit\r")
    assert person.leaves() == 0


def test_tls_with_a_certificate_of_ones_own(tls_server):
    server, certificate = tls_server
    trusted = roost_sql(server, "-c", "select 1 as a", "--protocol", "https", "--ca-certificate", certificate)
    assert trusted.returncode == 0 and " 1\n" in trusted.stdout, trusted
    untrusted = roost_sql(server, "-c", "select 1 as a", "--protocol", "https")
    assert untrusted.returncode == 3 and "TLS" in untrusted.stderr, untrusted
    assert roost_sql(server, "-c", "select 1 as a").returncode == 3
