"""Which client of which era runs which block of the documents, and why not where it does not.

A block that is not named here has to run. One that is named has to end as it says: an exception of the given type is
expected too, so that a reason that no longer holds is noticed. Keys are a document's number and a block's line.
"""

ERAS = ("1.7", "1.48", "2.6")
LATER = ("1.48", "2.6")

HUB = "fetches weights from a hub, and the sandbox has no network"
TORCH = "PyTorch: its wheels on PyPI bring CUDA, several gigabytes; not part of this suite"
TENSORFLOW = "TensorFlow: not part of this suite"
CONDA = "conda is not installed here; that the file is one for conda is tested in test_models_options.py"
NO_TARGET = "the document's GET names no file:// target; the error says so"
PLACEHOLDERS = "<modelName> stands for a name, and a list is written to a file: the block is no whole program"
ARRAY = "the client turns metrics into JSON and knows no NumPy arrays: .tolist() works"
EXPLAIN = "the client adds `explain` by itself and takes its columns' names, with blanks, as unquoted"
MLFLOW_2 = "asks for MLflow 2.4 or older, which can't read what a later MLflow has written"
SKOPS = "MLflow 3 saves scikit-learn models by skops, which trusts no trees by itself"
ELLIPSIS = "the document's '...' stands for 61 more names"
UNQUOTED = "the document writes names without quotes"
NO_PARAMETERS = "ParamSpec came into the client later"

# Not run at all.
LEFT_OUT = {
    "000:769": CONDA, "001:325": CONDA,
    "000:1021": TORCH, "000:1045": TORCH, "000:1089": TORCH,
    "000:1150": TENSORFLOW, "000:1173": TENSORFLOW, "000:1217": TENSORFLOW,
    "000:1320": HUB, "000:1402": HUB, "000:1430": HUB,
}

# Run, and end with an exception of this name: {key: {eras: (name, reason)}}.
RAISES = {
    "000:279": {ERAS: ("SnowparkSQLException", NO_TARGET)},
    "001:124": {ERAS: ("SnowparkSQLException", NO_TARGET)},
    "000:759": {ERAS: ("SnowparkSQLException", PLACEHOLDERS)},
    "001:322": {ERAS: ("SnowparkSQLException", PLACEHOLDERS)},
    "000:661": {ERAS: ("TypeError", ARRAY)},
    "001:286": {ERAS: ("TypeError", ARRAY)},
    "000:942": {("1.7",): ("ValueError", EXPLAIN)},
    "000:984": {("1.7",): ("ValueError", EXPLAIN)},
    "000:1274": {("1.48",): ("SnowparkSQLException", MLFLOW_2), ("2.6",): ("MlflowException", SKOPS)},
    "002:16": {ERAS: ("ValueError", ELLIPSIS)},
    "002:60": {ERAS: ("NameError", UNQUOTED)},
    "002:87": {("1.7",): ("ImportError", NO_PARAMETERS)},
    "002:111": {("1.7",): ("ImportError", NO_PARAMETERS)},
}

# Checks of the acceptance scripts that a client reaches. t09 counts four less without tokens of its own.
ACCEPTANCE = {
    "t01_session.py": 10, "t02_log_model.py": 17, "t03_run.py": 17, "t04_manage.py": 32, "t05_table_fn.py": 12,
    "t06_frameworks.py": 6, "t07_sql.py": 35, "t08_services.py": 5, "t09_auth.py": 6, "t10_results.py": 10,
}
# (era, script): how many it reaches, and why no more.
FEWER = {("1.48", "t08_services.py"): (3, "run_batch's module came into the client later")}


def raises(key, era):
    """The name of the exception that the block ends with there, None where it has to run."""
    for eras, (name, _) in RAISES.get(key, {}).items():
        if era in eras:
            return name
    return None
