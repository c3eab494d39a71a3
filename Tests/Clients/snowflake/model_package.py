"""Model packages made by hand, as files: what a caller may upload who does not use the stock client.

A package's handler here needs no library but pandas, so that a test of one behaviour is quick, and each part can
be broken by itself.
"""

import pathlib

MANIFEST = """manifest_version: '1.0'
methods:
- handler: functions.predict.infer
  inputs:
  - name: A
    type: DOUBLE
  name: PREDICT
  outputs:
  - type: OBJECT
  runtime: python_runtime
  type: FUNCTION
runtimes:
  python_runtime:
    dependencies:
      conda: runtimes/python_runtime/env/conda.yml
      pip: runtimes/python_runtime/env/requirements.txt
    imports:
    - model/
    language: PYTHON
    version: '3.11'
"""

CONDA = """channels:
- nodefaults
dependencies:
- python==3.11.*
- pandas
name: snow-env
"""

MODEL_YAML = """creation_timestamp: '2026-01-01 00:00:00.000000'
env:
  artifact_repository_map: {}
  conda: env/conda.yml
  cuda_version: null
  pip: env/requirements.txt
  python_version: '3.11'
  resource_constraint: {}
  snowpark_ml_version: 2.6.0
explainability: null
function_properties:
  predict:
    PARTITIONED: false
metadata: null
method_options: {}
min_snowpark_ml_version: 1.0.12
model_type: custom
models:
  M:
    artifacts: {}
    function_properties:
      predict:
        PARTITIONED: false
    handler_version: '2023-12-01'
    model_type: custom
    name: M
    options: {}
    path: model.pkl
name: M
runtimes:
  cpu:
    dependencies:
      artifact_repository_map: {}
      conda: runtimes/cpu/env/conda.yml
      pip: runtimes/cpu/env/requirements.txt
    imports: []
    resource_constraint: {}
signatures:
  predict:
    inputs:
    - name: A
      nullable: true
      type: DOUBLE
    outputs:
    - name: OUT
      nullable: true
      type: DOUBLE
    params: []
task: UNKNOWN
version: '2023-12-01'
"""

HANDLER = """import pandas as pd
from _snowflake import vectorized
{top}

@vectorized(input=pd.DataFrame, max_batch_size=None, flatten_object_input=False)
def infer(df):
    df.columns = ["A"]
{body}
"""

DOUBLES = 'return [{"OUT": a * 2} for a in df["A"]]'
# Answers with one text for the whole batch; the method's output is then a STRING.
TELLS = "return [{{'OUT': {expression}}}] * len(df)"


def package(body=DOUBLES, top="", output="DOUBLE"):
    """Files of a package, {path: text}. `body` are the handler's lines, `top` runs when it is imported."""
    body = "\n".join("    " + line for line in body.splitlines())
    return {
        "MANIFEST.yml": MANIFEST,
        "functions/predict.py": HANDLER.format(top=top, body=body),
        "model/model.yaml": MODEL_YAML.replace("- name: OUT\n      nullable: true\n      type: DOUBLE",
                                               f"- name: OUT\n      nullable: true\n      type: {output}"),
        "model/env/conda.yml": CONDA,
        "model/env/requirements.txt": "",
        "model/runtimes/cpu/env/conda.yml": CONDA,
        "model/runtimes/cpu/env/requirements.txt": "",
        "model/models/M/model.pkl": "not a pickle: the handler does not open it",
        "runtimes/python_runtime/env/conda.yml": CONDA,
        "runtimes/python_runtime/env/requirements.txt": "",
    }


def upload(connection, files, stage, directory):
    """PUTs the files to @stage, each in its own directory. None as content leaves a file out."""
    cursor = connection.cursor()
    cursor.execute(f"create temporary stage if not exists {stage}")
    for path, content in files.items():
        if content is None:
            continue
        local = pathlib.Path(directory) / path
        local.parent.mkdir(parents=True, exist_ok=True)
        local.write_bytes(content if isinstance(content, bytes) else content.encode())
        folder = "" if local.parent == pathlib.Path(directory) else "/" + str(pathlib.PurePosixPath(path).parent)
        cursor.execute(f"put 'file://{local}' @{stage}/m{folder} auto_compress = false overwrite = true")
    return f"@{stage}/m"


def create(connection, model, files, directory, version="V1", stage="PACKAGE_STAGE"):
    """Uploads a package and makes a model of it."""
    connection.cursor().execute(f"create or replace temporary stage {stage}")
    source = upload(connection, files, stage, directory)
    return connection.cursor().execute(f"create model {model} with version {version} from {source}").fetchall()
