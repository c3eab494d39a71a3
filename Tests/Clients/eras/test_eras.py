"""Clients of three eras run the documents' code, block by block, and the acceptance scripts. `make test-eras`."""

import json
import os
import pathlib
import subprocess

import documents
import expectations
import pytest
from roost_server import PASSWORD, ROOT, RoostServer

HERE = pathlib.Path(__file__).parent
SCRIPTS = ROOT.parent / "shared/acceptance/snowflake"
# Set by scripts/test-eras, which makes the environments.
ENVIRONMENTS = os.environ.get("ROOST_ERAS")
DOCUMENTS = ("000", "001", "002")

pytestmark = pytest.mark.skipif(not ENVIRONMENTS, reason="the clients' environments are made by make test-eras")


def python(era):
    return ROOT / ".roost/client/bin/python" if era == "2.6" else pathlib.Path(ENVIRONMENTS) / era / "bin/python"


@pytest.fixture(scope="module")
def one_server(tmp_path_factory):
    """One for all, so that an environment is built once."""
    server = RoostServer(tmp_path_factory.mktemp("eras"))
    server.start()
    yield server
    server.stop()


def surroundings(server, directory):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ROOST_", "PYTHON"))}
    return dict(kept, HOST="127.0.0.1", PORT=str(server.port), USER="ADMIN", PASSWORD=PASSWORD, HOME=str(directory),
                MLFLOW_TRACKING_URI=f"sqlite:///{directory}/runs.db", PYTHONDONTWRITEBYTECODE="1")


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("era", expectations.ERAS)
def test_the_code_of_the_documents(one_server, tmp_path, era, document):
    if documents.path(document) is None:
        pytest.skip(f"no documents at {documents.FOLDER}")
    done = subprocess.run(
        [python(era), HERE / "run_document.py", document, *expectations.LEFT_OUT], cwd=tmp_path,
        env=surroundings(one_server, tmp_path), capture_output=True, text=True, timeout=1800)
    reports = [json.loads(line[6:]) for line in done.stdout.splitlines() if line.startswith("BLOCK ")]
    assert done.returncode == 0 and len(reports) == len(documents.blocks(document)), done.stderr[-3000:]
    wrong, counts = [], {"ran": 0, "raised": 0, "left out": 0}
    for report in reports:
        key, expected = report["key"], expectations.raises(report["key"], era)
        counts[report["outcome"]] += 1
        if report["outcome"] == "left out":
            continue
        if report.get("error") != expected:
            wrong.append(f"{key}: expected {expected or 'to run'}, {report['outcome']} {report.get('trace', '')}")
    print(f"client {era}, document {document}: {counts['ran']} of {len(reports)} blocks run, {counts['raised']} raise what is "
          f"declared, {counts['left out']} left out")
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("script", expectations.ACCEPTANCE)
@pytest.mark.parametrize("era", expectations.LATER)
def test_the_acceptance_scripts(one_server, tmp_path, era, script):
    if not SCRIPTS.is_dir():
        pytest.skip(f"no acceptance scripts at {SCRIPTS}")
    full, reason = expectations.ACCEPTANCE[script], ""
    if (era, script) in expectations.FEWER:
        full, reason = expectations.FEWER[era, script]
    done = subprocess.run([python(era), script], cwd=SCRIPTS, env=surroundings(one_server, tmp_path),
                          capture_output=True, text=True, timeout=1200)
    passed = sum(line.startswith("ok ") for line in done.stdout.splitlines())
    print(f"client {era}, {script}: {passed} of {expectations.ACCEPTANCE[script]} {reason}")
    assert passed >= full, f"{passed} of {full}\n{done.stdout[-1500:]}\n{done.stderr[-4000:]}"
    assert done.returncode == 0 or reason, done.stderr[-4000:]
