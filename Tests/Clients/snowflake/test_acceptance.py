"""The acceptance scripts, run unchanged with the stock client; each must reach its full count."""

import os
import pathlib
import subprocess
import sys

import pytest
from roost_server import PASSWORD, ROOT

SCRIPTS = ROOT.parent / "shared/acceptance/snowflake"
FULL = {
    "t01_session.py": 10, "t02_log_model.py": 17, "t03_run.py": 17, "t04_manage.py": 32, "t05_table_fn.py": 12,
    "t06_frameworks.py": 6, "t07_sql.py": 35, "t08_services.py": 5, "t10_results.py": 10,
}

pytestmark = pytest.mark.skipif(not SCRIPTS.is_dir(), reason=f"no acceptance scripts at {SCRIPTS}")


def run(script, server, full=None, **more):
    environment = dict(
        os.environ, HOST="127.0.0.1", PORT=str(server.port), USER="ADMIN", PASSWORD=PASSWORD, PYTHONDONTWRITEBYTECODE="1",
        **more)
    full = full or FULL[script]
    done = subprocess.run(
        [sys.executable, script], cwd=SCRIPTS, env=environment, capture_output=True, text=True, timeout=400)
    passed = sum(line.startswith("ok ") for line in done.stdout.splitlines())
    words = f"{script}: {passed} of {full}, status {done.returncode}\n{done.stdout[-1500:]}\n{done.stderr[-4000:]}"
    assert done.returncode == 0 and passed == full, words
    print(f"{script}: {passed} of {full}")


@pytest.mark.parametrize("script", FULL)
def test_reaches_the_full_count(script, server):
    run(script, server)


def test_reaches_the_full_count_with_chunks_of_500_rows(chunked_server):
    run("t10_results.py", chunked_server)
