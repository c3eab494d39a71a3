"""The example that `make run` shows, run twice: the second run finds the model of the first."""

import os
import subprocess
import sys

from roost_server import PASSWORD, ROOT


def test_the_first_example_runs_and_runs_again(server):
    environment = dict(
        os.environ, ROOST_HOST="127.0.0.1", ROOST_PORT=str(server.port), ROOST_USER="ADMIN", ROOST_PASSWORD=PASSWORD)
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, ROOT / "examples/first_model.py"], env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-5000:]
        assert "predictions equal the local model's" in done.stdout
