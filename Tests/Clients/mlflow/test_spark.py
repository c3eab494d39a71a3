"""Models of Roost in a local Spark, by `mlflow.pyfunc.spark_udf`. `make test-all` brings pyspark; Java must be there."""

import os
import shutil
import sys

import pytest


@pytest.fixture(scope="module")
def spark():
    if not os.environ.get("ROOST_FULL_SIZE"):
        pytest.skip("runs with make test-all")
    if place := os.environ.get("ROOST_TEST_PYSPARK"):
        sys.path.append(place)
        # Spark's own workers import it, too.
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), place]))
    pytest.importorskip("pyspark", reason="pyspark is not installed: make test-all brings it")
    if not shutil.which("java"):
        pytest.skip("there is no Java: apt-get install openjdk-17-jre-headless")
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    session = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
               .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
               .config("spark.sql.shuffle.partitions", "2").getOrCreate())
    yield session
    session.stop()


@pytest.mark.parametrize("logged_by", ["mlflow", "snowflake"])
def test_a_model_scores_a_spark_frame(ml, server, spark, fresh, logged_by):
    import pandas
    from pyspark.sql.functions import struct
    from sklearn.linear_model import LogisticRegression

    mlflow, name = ml.mlflow, fresh("spark")
    frame = pandas.DataFrame({"A": [float(n % 7) for n in range(200)], "B": [float(n % 3) for n in range(200)]})
    model = LogisticRegression().fit(frame, [n % 2 for n in range(200)])
    if logged_by == "mlflow":
        mlflow.set_experiment("spark")
        mlflow.sklearn.log_model(
            model, name="m", registered_model_name=name, input_example=frame.head(3), serialization_format="cloudpickle",
            pip_requirements=["scikit-learn", "mlflow"])
    else:
        session = server.session()
        server.registry(session).log_model(
            model, model_name=name, version_name="v1", sample_input_data=frame, conda_dependencies=["scikit-learn"],
            target_platforms=["WAREHOUSE"], options={"enable_explainability": False, "target_methods": ["predict"]})
        session.close()
    score = mlflow.pyfunc.spark_udf(spark, model_uri=f"models:/{name}/1", result_type="long", env_manager="local")
    rows = spark.createDataFrame(frame).repartition(4).withColumn("score", score(struct("A", "B"))).collect()
    assert len(rows) == len(frame)
    expected = dict(zip(map(tuple, frame.to_numpy()), model.predict(frame)))
    assert all(row["score"] == expected[(row["A"], row["B"])] for row in rows)
