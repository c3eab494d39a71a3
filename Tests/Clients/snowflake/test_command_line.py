"""The program itself: help, settings and their order, first start, the way back in, doctor, TLS."""

import os
import re
import subprocess

import pytest
from roost_server import BINARY, PASSWORD, RoostServer, places
from wire import Wire


def roost(*arguments, timeout=60, **environment):
    """Runs the program; {status, out, err}."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("ROOST_")}
    return subprocess.run(
        [BINARY, *map(str, arguments)], env={**inherited, **places(), "ROOST_PASSWORD_COST": "10", **environment}, capture_output=True,
        text=True, timeout=timeout)


def test_help_documents_every_setting():
    words = roost("serve", "--help")
    assert words.returncode == 0
    flags = re.findall(r"--([a-z-]+) <", words.stdout)
    for flag in flags:
        if flag != "config":
            assert f"[ROOST_{flag.upper().replace('-', '_')}]" in words.stdout.replace("\n", " ").replace("  ", ""), flag
    assert len(flags) > 20 and {"data-directory", "port", "worker-python", "result-chunk-rows"} <= set(flags)
    assert roost("--version").stdout.strip()


@pytest.mark.parametrize("flag, value", [
    ("port", "x"), ("port", "70000"), ("port", "-1"), ("log-level", "loud"), ("worker-timeout", "0"), ("sandbox", "maybe"), ("workers", "none")])
def test_a_senseless_setting_is_named(tmp_path, flag, value):
    done = roost("serve", "--data-directory", tmp_path / "d", f"--{flag}={value}")
    assert done.returncode not in (0, -6, -11) and flag in done.stderr and value in done.stderr, done
    assert not (tmp_path / "d/catalog.sqlite").exists()


def test_flags_win_over_the_environment_and_that_over_the_file(own_server):
    server = own_server(ROOST_RESULT_CHUNK_ROWS="200")
    server.directory.mkdir(parents=True)
    file = server.directory / "roost.yaml"
    file.write_text("result-chunk-rows: 100\nsession-validity: 77\nmaster-validity: 88\n")
    server.arguments = ["--config", str(file), "--master-validity", "99"]
    server.start()
    data = Wire(server).login("ADMIN", PASSWORD).data
    assert (data["validityInSeconds"], data["masterValidityInSeconds"]) == (77, 99)
    wire = Wire(server, password=PASSWORD)
    chunks = wire.query("select seq4() as n from table(generator(rowcount => 1000))").data["chunks"]
    assert max(chunk["rowCount"] for chunk in chunks) <= 256  # about: parts grow in steps


def test_a_missing_or_broken_file_of_settings_is_named(tmp_path):
    assert "nothing.yaml" in roost("serve", "--config", tmp_path / "nothing.yaml", "--data-directory", tmp_path / "d").stderr
    (tmp_path / "broken.yaml").write_text("port: [1, 2\n  x")
    assert roost("serve", "--config", tmp_path / "broken.yaml", "--data-directory", tmp_path / "d").returncode != 0


def test_the_first_start_shows_a_generated_password_once(own_server):
    server = own_server(ROOST_ADMIN_PASSWORD="")
    server.start()
    words = server.log.read_text()
    password = re.search(r"password (\S{12,})", words).group(1)
    assert Wire(server, password=password).rows("select current_user()") == [["ADMIN"]]
    server.stop()
    server.start()
    assert server.log.read_text().count(password) == 1
    assert oct(server.data.stat().st_mode & 0o077) == "0o0", "others may read the data directory"


def test_the_way_back_in(own_server):
    server = own_server()
    server.start()
    refused = roost("admin", "reset-password", "--data-directory", server.data)
    assert refused.returncode != 0 and "use" in refused.stderr, refused
    server.stop()
    done = roost("admin", "reset-password", "--data-directory", server.data)
    assert done.returncode == 0 and len(done.stdout.strip()) >= 12, done
    server.start()
    assert Wire(server).login("ADMIN", PASSWORD).json["success"] is False
    assert Wire(server, password=done.stdout.strip().splitlines()[-1]).rows("select 1") == [["1"]]
    assert roost("admin", "reset-password", "--data-directory", server.directory / "nowhere").returncode != 0


def test_loopback_is_the_default_address(server):
    listening = subprocess.run(["ss", "-ltnH"], capture_output=True, text=True)
    if listening.returncode:
        pytest.skip("ss is not installed")
    lines = [line for line in listening.stdout.splitlines() if f":{server.port} " in line]
    assert lines and all("127.0.0.1:" in line for line in lines), lines


def test_a_busy_port_is_one_clear_line(server, own_server):
    twin = own_server()
    done = roost("serve", "--data-directory", twin.data, "--port", server.port, ROOST_ADMIN_PASSWORD=PASSWORD)
    assert done.returncode != 0 and str(server.port) in done.stderr and "in use" in done.stderr, done


def test_a_missing_library_is_one_clear_line(tmp_path):
    done = roost("serve", "--data-directory", tmp_path / "d", "--port", "0", "--native-directory", tmp_path / "none",
                 ROOST_ADMIN_PASSWORD=PASSWORD)
    assert done.returncode not in (0, -6, -11) and "make setup" in done.stderr, done


def test_a_newer_data_directory_is_refused(own_server):
    server = own_server()
    server.start()
    server.stop()
    (server.data / "format").write_text("999\n")
    with pytest.raises(AssertionError) as caught:
        server.start()
    assert "999" in str(caught.value) or "newer" in str(caught.value)


def test_doctor_says_what_works(server, tmp_path):
    done = roost("doctor", "--data-directory", tmp_path / "d")
    for word in ("duckdb", "python", "sandbox", "disk", "snowflake-ml-python"):
        assert word in done.stdout.lower(), done.stdout
    assert done.returncode == 0, done.stdout
    broken = roost("doctor", "--data-directory", tmp_path / "d", "--native-directory", tmp_path / "none", "--worker-python", "/no/python")
    assert broken.returncode == 10 and broken.stdout.count("FAIL") >= 2, broken.stdout


def test_metrics_count(server):
    def metrics():
        lines = server.get("/metrics")[1].decode().splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))

    before = metrics()
    wire = Wire(server, password=PASSWORD)
    for _ in range(5):
        wire.query("select 1")
    wire.query("selec 1")
    after = metrics()
    grown = lambda name: float(after[name]) - float(before[name])
    assert grown('roost_statements_total{outcome="success"}') >= 5 and grown('roost_statements_total{outcome="error"}') >= 1
    assert grown("roost_sessions") == 1
    assert float(after["process_resident_memory_bytes"]) > 1e7


def test_tls_when_a_certificate_is_configured(tls_server, tmp_path):
    server, certificate = tls_server
    assert server.get("/health")[0] == 200
    plain = RoostServer(tmp_path / "plain")
    plain.port = server.port
    assert plain.get("/health")[0] == 0, "plain HTTP is not answered on a TLS port"
    environment = dict(os.environ, REQUESTS_CA_BUNDLE=str(certificate), SSL_CERT_FILE=str(certificate))
    script = f"""
import pathlib, snowflake.connector
c = snowflake.connector.connect(host="localhost", port={server.port}, protocol="https", account="local", user="ADMIN", password={PASSWORD!r},
    database="ML", schema="REGISTRY", login_timeout=20, insecure_mode=True)
cursor = c.cursor()
cursor.execute("create stage s")
pathlib.Path("{tmp_path}/f.txt").write_text("over TLS")
cursor.execute("put 'file://{tmp_path}/f.txt' @s auto_compress=false")
print(cursor.execute("list @s").fetchone()[1])
"""
    import sys

    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "8", done
    assert roost("serve", "--data-directory", tmp_path / "d", "--tls-certificate", certificate).returncode != 0
