"""mv.run itself: which method it takes, what it refuses, when it runs."""

import pandas
import pytest
from sklearn import linear_model
from snowflake.ml.model import custom_model
from snowflake.ml.model.model_signature import DataType, FeatureSpec, ModelSignature
from snowflake.snowpark.exceptions import SnowparkSQLException

ROWS = pandas.DataFrame({"A": [1.0, 2.0, 4.0], "B": [3.0, 5.0, 6.0]})


@pytest.fixture(scope="module")
def model():
    return linear_model.LogisticRegression().fit(ROWS, [0, 1, 1])


def test_the_only_method_need_not_be_named(bench, model):
    one = bench.log(model, sample_input_data=ROWS, conda=["scikit-learn"], options={"target_methods": ["predict"]})
    assert list(one.run(ROWS)["output_feature_0"]) == list(model.predict(ROWS))
    two = bench.log(model, sample_input_data=ROWS, conda=["scikit-learn"], options={"target_methods": ["predict", "predict_proba"]})
    with pytest.raises(ValueError, match="(?i)more than one|multiple|function_name"):
        two.run(ROWS)
    with pytest.raises(ValueError, match="(?i)decision_function"):
        two.run(ROWS, function_name="decision_function")
    info = one.show_functions()[0]
    assert {"name", "target_method", "target_method_function_type", "signature", "is_partitioned"} <= set(info)


def test_versions_of_a_model_differ_in_methods(bench, model):
    first = bench.log(model, sample_input_data=ROWS, conda=["scikit-learn"], options={"target_methods": ["predict"]})
    second = bench.registry.log_model(
        linear_model.Ridge().fit(ROWS[["A"]], [1.0, 2.0, 3.0]), model_name=first.model_name, version_name="V2",
        sample_input_data=ROWS[["A"]], conda_dependencies=["scikit-learn"], options={"method_options": {"predict": {"case_sensitive": True}}})
    assert [f["name"] for f in first.show_functions()] == ["PREDICT"]
    assert [f["name"] for f in second.show_functions()] == ['"predict"']
    assert len(second.run(ROWS[["A"]], function_name='"predict"')) == 3


def test_a_snowpark_frame_is_lazy(bench):
    class Failing(custom_model.CustomModel):
        @custom_model.inference_api
        def predict(self, df: pandas.DataFrame) -> pandas.DataFrame:
            raise ValueError("called")

    signature = ModelSignature(inputs=[FeatureSpec("A", DataType.DOUBLE)], outputs=[FeatureSpec("OUT", DataType.DOUBLE)])
    version = bench.log(Failing(), signatures={"predict": signature}, conda=["pandas"])
    frame = version.run(bench.session.table(bench.table(ROWS)), function_name="predict")
    with pytest.raises(SnowparkSQLException, match="called"):
        frame.collect()


def test_values_that_do_not_fit_are_refused_when_that_is_asked(bench):
    class Kept(custom_model.CustomModel):
        @custom_model.inference_api
        def predict(self, df: pandas.DataFrame) -> pandas.DataFrame:
            return pandas.DataFrame({"OUT": df["A"]})

    signature = ModelSignature(inputs=[FeatureSpec("A", DataType.INT8)], outputs=[FeatureSpec("OUT", DataType.INT8)])
    version = bench.log(Kept(), signatures={"predict": signature}, conda=["pandas"])
    fitting = bench.session.create_dataframe(pandas.DataFrame({"A": [1, 127]}))
    assert sorted(version.run(fitting, function_name="predict", strict_input_validation=True).to_pandas()["OUT"]) == [1, 127]
    wide = bench.session.create_dataframe(pandas.DataFrame({"A": [1, 300]}))
    with pytest.raises(ValueError, match="(?i)range|overflow|validation"):
        version.run(wide, function_name="predict", strict_input_validation=True)


def test_a_service_that_is_not_there(bench, model):
    version = bench.log(model, sample_input_data=ROWS, conda=["scikit-learn"], options={"target_methods": ["predict"]})
    with pytest.raises(SnowparkSQLException):
        version.run(ROWS, function_name="predict", service_name="NO_SUCH_SERVICE")
