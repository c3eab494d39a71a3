"""Eight clients at once, for 20 s here and two minutes under `make test-all`."""

import subprocess
import sys

from roost_server import ROOT


def test_soak_of_eight_clients_has_no_error_and_no_leak(full_size, capsys):
    seconds = 120 if full_size else 20
    done = subprocess.run(
        [sys.executable, ROOT / "Tests/Soak/eight_clients.py", "--seconds", str(seconds)],
        capture_output=True, text=True, timeout=seconds + 500)
    with capsys.disabled():
        print("\n" + "\n".join("    " + line for line in done.stdout.splitlines()))
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
