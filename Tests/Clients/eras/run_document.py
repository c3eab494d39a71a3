"""Runs every block of code of one document with the client of this Python; prints a line of JSON for each.

    python run_document.py 000 KEY…     KEYs ("000:769") are left out

HOST, PORT, USER and PASSWORD say where the server is.
"""

import json
import os
import sys
import time
import traceback
import warnings

warnings.filterwarnings("ignore")
os.environ.setdefault("TQDM_DISABLE", "1")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import documents  # noqa: E402
from surroundings import Surroundings  # noqa: E402


def main(number, left_out):
    from snowflake.ml.registry import Registry
    from snowflake.snowpark import Session

    session = Session.builder.configs(dict(
        host=os.environ["HOST"], port=int(os.environ["PORT"]), protocol="http", account="local", user=os.environ["USER"],
        password=os.environ["PASSWORD"], database="ML", schema="REGISTRY", login_timeout=30, network_timeout=600)).create()
    around = Surroundings(session, Registry(session=session, database_name="ML", schema_name="REGISTRY"))
    around.clear()
    names = around.names
    for block in documents.blocks(number):
        key = f"{number}:{block.line}"
        report = {"key": key, "language": block.language}
        began = time.monotonic()
        if key in left_out or block.language == "shell":
            report["outcome"] = "left out"
        else:
            try:
                around.before(key)
                if block.language == "sql":
                    session.sql(block.text.rstrip().rstrip(";")).collect()
                else:
                    exec(compile(block.text, key, "exec"), names)
                report["outcome"] = "ran"
            except BaseException as error:
                report.update(outcome="raised", error=type(error).__name__, message=str(error)[-1500:],
                              trace=traceback.format_exc()[-3000:])
        report["seconds"] = round(time.monotonic() - began, 1)
        print("BLOCK " + json.dumps(report), flush=True)
    session.close()


if __name__ == "__main__":
    main(sys.argv[1], set(sys.argv[2:]))
