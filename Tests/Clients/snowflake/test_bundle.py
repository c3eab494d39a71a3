"""`make dist`: the bundle installs and runs a model where there is no network and no toolchain. Under `make test-all`."""

import os
import shutil
import subprocess
import tarfile
import textwrap

import pytest
from roost_server import BINARY, PASSWORD, ROOT


def test_the_service_is_well_formed(tmp_path):
    unit = tmp_path / "roost.service"
    text = (ROOT / "scripts/bundle/roost.service").read_text().replace("@PREFIX@/bin/roost", "/bin/true").replace("@PREFIX@", "/opt/roost")
    unit.write_text(text.replace("User=roost\nGroup=roost\n", ""))
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if "roost" in line]
    assert not complaints, complaints


def test_the_bundle_serves_models_without_a_network(tmp_path, full_size):
    if not full_size:
        pytest.skip("packs and installs hundreds of megabytes: make test-all")
    made = subprocess.run(
        [ROOT / "scripts/dist"], env={**os.environ, "BINARY": str(BINARY), "OUTPUT": str(tmp_path / "dist")}, capture_output=True, text=True,
        timeout=1500)
    assert made.returncode == 0, made.stderr[-3000:]
    (archive,) = (tmp_path / "dist").glob("roost-*.tar.gz")
    with tarfile.open(archive) as bundle:
        bundle.extractall(tmp_path, filter="tar")
    (unpacked,) = (path for path in tmp_path.glob("roost-*") if path.is_dir())
    prefix, data, client = tmp_path / "opt", tmp_path / "data", ROOT / ".roost/client/bin/python"
    script = textwrap.dedent(f"""
        set -euo pipefail
        ip link set lo up
        # The toolchain's own libraries are not there: the bundle's have to do.
        toolchain=$(readelf -d {BINARY} | sed -n 's/.*runpath: \\[\\([^]:]*\\).*/\\1/p')
        if [ -d "$toolchain" ]; then mount -t tmpfs none "$toolchain"; fi
        ! ip route | grep -q default
        {unpacked}/install --prefix {prefix} --no-service
        export ROOST_ADMIN_PASSWORD='{PASSWORD}' ROOST_PASSWORD='{PASSWORD}' ROOST_USER=ADMIN ROOST_HOST=127.0.0.1 ROOST_PORT=18080
        settings="--native-directory {prefix}/native --worker-python {prefix}/python/bin/python --uv {prefix}/bin/uv"
        {prefix}/bin/roost doctor --data-directory {data} $settings
        {prefix}/bin/roost serve --data-directory {data} --port 18080 $settings &
        server=$!
        trap 'kill $server' EXIT
        for attempt in $(seq 100); do
            if {prefix}/bin/roost sql -c 'select 1' >/dev/null 2>&1; then break; fi
            sleep 0.2
        done
        {client} {ROOT}/examples/first_model.py
        {prefix}/bin/roost sql -c 'show models in account' --format csv
        """)
    done = subprocess.run(["unshare", "--net", "--mount", "bash", "-c", script], capture_output=True, text=True, timeout=600, cwd=tmp_path)
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-3000:])
    assert "ML,REGISTRY" in done.stdout, done.stdout
