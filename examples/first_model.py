"""The first example of the model registry's documents, against a Roost server, with the stock client.

Logs a random forest on the iris data with case-sensitive methods, predicts with `run` and from SQL.
Can be run again: the model of an earlier run is deleted first.

Where the server is: ROOST_HOST, ROOST_PORT, ROOST_USER, ROOST_PASSWORD.
"""

import logging
import os
import time
import warnings

warnings.filterwarnings("ignore")
os.environ.setdefault("TQDM_DISABLE", "1")
logging.getLogger("snowflake").setLevel(logging.ERROR)

from sklearn import datasets, ensemble
from snowflake.ml.registry import Registry
from snowflake.snowpark import Session

started = time.monotonic()


def step(words):
    print(f"\n[{time.monotonic() - started:5.1f} s] {words}", flush=True)


session = Session.builder.configs(
    dict(
        host=os.environ.get("ROOST_HOST", "127.0.0.1"),
        port=int(os.environ.get("ROOST_PORT", "8080")),
        protocol="http",
        account="local",
        user=os.environ.get("ROOST_USER", "ADMIN"),
        password=os.environ["ROOST_PASSWORD"],
        database="ML",
        schema="REGISTRY",
        login_timeout=30,
    )
).create()
registry = Registry(session=session, database_name="ML", schema_name="REGISTRY")
step(f"connected as {session.get_current_user()} to {registry.location}")

if "RANDOMFORESTCLASSIFIER" in [model.name for model in registry.models()]:
    registry.delete_model("RandomForestClassifier")
    step("deleted the model of an earlier run")

# --- as the documents have it -----------------------------------------------------------------------------------
iris_X, iris_y = datasets.load_iris(return_X_y=True, as_frame=True)
clf = ensemble.RandomForestClassifier(random_state=42)
clf.fit(iris_X, iris_y)
model_ref = registry.log_model(
    clf,
    model_name="RandomForestClassifier",
    version_name="v1",
    sample_input_data=iris_X,
    options={
        "method_options": {
            "predict": {"case_sensitive": True},
            "predict_proba": {"case_sensitive": True},
            "predict_log_proba": {"case_sensitive": True},
        }
    },
)
step(f"logged {model_ref.fully_qualified_model_name} version {model_ref.version_name}, methods "
     + ", ".join(sorted(function["name"] for function in model_ref.show_functions())))

probabilities = model_ref.run(iris_X[-10:], function_name='"predict_proba"')
# ----------------------------------------------------------------------------------------------------------------
step("""model_ref.run(iris_X[-10:], function_name='"predict_proba"')""")
print(probabilities.to_string())
expected = clf.predict_proba(iris_X[-10:])
assert abs(probabilities.to_numpy() - expected).max() < 1e-9, "the probabilities differ from the local model's"

session.create_dataframe(iris_X).write.save_as_table("IRIS", mode="overwrite")
arguments = ", ".join(f'"{column}"' for column in iris_X.columns)
query = f"""SELECT MODEL(RandomForestClassifier, v1)!"predict"({arguments})['output_feature_0']::INT AS species, COUNT(*) AS flowers
FROM iris GROUP BY species ORDER BY species"""
step("the same model from SQL:")
print(query)
counts = session.sql(query).to_pandas()
print(counts.to_string(index=False))
assert counts["FLOWERS"].tolist() == [50, 50, 50], "the predictions differ from the local model's"

query = f"""SELECT MODEL(RandomForestClassifier, v1)!"predict_proba"({arguments}) AS probabilities FROM iris LIMIT 3"""
step(query)
for row in session.sql(query).collect():
    print(" ".join(row["PROBABILITIES"].split()))

session.close()
step("done: predictions equal the local model's")
