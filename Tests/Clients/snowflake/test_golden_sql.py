"""Every golden SQL file over the wire, with JSON and with Arrow results. REWRITE=1 rewrites the expectations."""

import os
import uuid

import pytest
from golden_sql import Run, parse, unparse
from roost_server import ROOT

FOLDER = ROOT / "Tests/SQL"
FILES = sorted(FOLDER.rglob("*.slt"))


@pytest.mark.parametrize("result_format", ["JSON", "ARROW"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_golden_sql(server, path, result_format):
    text = path.read_text()
    records = parse(text)
    assert os.environ.get("REWRITE") or unparse(records) == text, "the file is not in its normal form: REWRITE=1 mends it"
    run = Run(server, records, f"GOLDEN_{uuid.uuid4().hex[:8]}".upper(), result_format)
    run.run()
    if os.environ.get("REWRITE"):
        path.write_text(unparse(records))
        return
    assert not run.differences, f"{path.relative_to(ROOT)}\n" + "\n\n".join(run.differences)


def test_there_are_golden_files():
    assert len(FILES) > 10
