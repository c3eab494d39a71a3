"""Boosted trees: XGBoost, LightGBM, and Snowpark ML's own estimators over them."""

import numpy
import pandas
import pytest
from sklearn import datasets


@pytest.fixture(scope="module")
def cells():
    """A part of the breast cancer data, with names that SQL takes unquoted: (features, malignant or not)."""
    data = datasets.load_breast_cancer(as_frame=True)
    features = data.data.iloc[:, :6].rename(columns=lambda column: column.replace(" ", "_").upper())
    return features, data.target


@pytest.fixture(scope="module")
def rows(cells):
    return cells[0].iloc[::40].reset_index(drop=True)


# -- XGBoost ----------------------------------------------------------------------------------------------------------
def test_xgboost_classifier(bench, cells, rows):
    import xgboost

    model = xgboost.XGBClassifier(n_estimators=8, max_depth=3).fit(*cells)
    version = bench.log(model, sample_input_data=cells[0], conda=["xgboost"])
    bench.methods_agree(version, rows, model, ["predict", "predict_proba"], rtol=1e-6)
    assert (bench.loads(version).predict_proba(rows) == model.predict_proba(rows)).all()


def test_xgboost_regressor_with_gaps(bench, cells, rows):
    """A gap in the data is a missing value to the trees."""
    import xgboost

    holes = rows.copy()
    holes.iloc[::2, 0] = numpy.nan
    model = xgboost.XGBRegressor(n_estimators=8, max_depth=3).fit(cells[0], cells[1] * 1.5)
    version = bench.log(model, sample_input_data=cells[0], conda=["xgboost"], options={"target_methods": ["predict"], "cuda_version": None})
    bench.methods_agree(version, holes, model, ["predict"], rtol=1e-6)


def test_xgboost_booster(bench):
    """The documents' booster: trained by xgboost.train, its method quoted, its features' names with blanks."""
    import xgboost

    features, target = datasets.load_breast_cancer(as_frame=True, return_X_y=True)
    model = xgboost.train(dict(max_depth=3, objective="binary:logistic"), xgboost.DMatrix(features, target), 5)
    version = bench.log(model, conda=None, sample_input_data=features, options={
        "target_methods": ["predict"], "method_options": {"predict": {"case_sensitive": True}}})
    expected = model.predict(xgboost.DMatrix(features[-10:]))
    assert numpy.allclose(version.run(features[-10:]).iloc[:, 0], expected, rtol=1e-6)
    assert isinstance(bench.loads(version), xgboost.Booster)


def test_xgboost_booster_in_sql(bench, cells, rows):
    import xgboost

    model = xgboost.train(dict(max_depth=3), xgboost.DMatrix(*cells), 5)
    version = bench.log(model, sample_input_data=cells[0], conda=["xgboost"])
    bench.agree(version, "predict", rows, model.predict(xgboost.DMatrix(rows)), rtol=1e-6)


# -- LightGBM ---------------------------------------------------------------------------------------------------------
def test_lightgbm_classifier(bench, cells, rows):
    import lightgbm

    model = lightgbm.LGBMClassifier(n_estimators=8, num_leaves=5, verbose=-1).fit(*cells)
    version = bench.log(model, sample_input_data=cells[0], conda=["lightgbm"])
    bench.methods_agree(version, rows, model, ["predict", "predict_proba"])
    assert (bench.loads(version).predict_proba(rows) == model.predict_proba(rows)).all()


def test_lightgbm_booster(bench, cells, rows):
    import lightgbm

    model = lightgbm.train(dict(num_leaves=5, verbose=-1), lightgbm.Dataset(*cells), 5)
    version = bench.log(model, sample_input_data=cells[0], conda=["lightgbm"])
    bench.methods_agree(version, rows, model, ["predict"])


# -- Snowpark ML modeling ---------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def iris():
    """As the documents make it: upper-case names without blanks, the species as the last column."""
    data = datasets.load_iris()
    frame = pandas.DataFrame(numpy.c_[data["data"], data["target"]], columns=data["feature_names"] + ["target"])
    frame.columns = [name.replace(" (CM)", "").replace(" ", "") for name in frame.columns.str.upper()]
    return frame


FEATURES = ["SEPALLENGTH", "SEPALWIDTH", "PETALLENGTH", "PETALWIDTH"]


def test_modeling_xgboost_needs_no_sample(bench, iris):
    """The signature is known from fit()."""
    from snowflake.ml.modeling.xgboost import XGBClassifier

    model = XGBClassifier(input_cols=FEATURES, label_cols="TARGET", output_cols="PREDICTED_TARGET", drop_input_cols=True,
                          n_estimators=5)
    model.fit(iris)
    version = bench.log(model, conda=None)
    rows = iris[FEATURES].iloc[::20].reset_index(drop=True)
    assert {"predict", "predict_proba"} <= {f["target_method"] for f in version.show_functions()}
    assert bench.outputs(version, "predict") == ["PREDICTED_TARGET"]
    bench.agree(version, "predict_proba", rows, model.to_xgboost().predict_proba(rows), rtol=1e-6)
    bench.agree(version, "predict", rows, model.to_xgboost().predict(rows))
    assert isinstance(bench.loads(version), XGBClassifier)


def test_modeling_methods_of_scikit_learn(bench, iris):
    from snowflake.ml.modeling.linear_model import LogisticRegression
    from snowflake.ml.modeling.preprocessing import MinMaxScaler

    rows = iris[FEATURES].iloc[::20].reset_index(drop=True)
    model = LogisticRegression(input_cols=FEATURES, label_cols="TARGET", output_cols="OUT", drop_input_cols=True, max_iter=300)
    model.fit(iris)
    version, inner = bench.log(model, conda=None), model.to_sklearn()
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        bench.agree(version, method, rows, getattr(inner, method)(rows))

    scaler = MinMaxScaler(input_cols=FEATURES, output_cols=[f"{name}_OUT" for name in FEATURES], drop_input_cols=True)
    scaler.fit(iris)
    version = bench.log(scaler, conda=None, sample_input_data=rows)
    bench.agree(version, "transform", rows, scaler.to_sklearn().transform(rows.values))


def test_modeling_trains_on_a_table_and_pipes(bench, iris):
    """fit() on a Snowpark DataFrame fetches its rows; a pipeline's steps name their columns."""
    from snowflake.ml.modeling.linear_model import Ridge
    from snowflake.ml.modeling.pipeline import Pipeline
    from snowflake.ml.modeling.preprocessing import StandardScaler

    scaled = [f"{name}_SCALED" for name in FEATURES]
    model = Pipeline([
        ("scale", StandardScaler(input_cols=FEATURES, output_cols=scaled)),
        ("ridge", Ridge(input_cols=scaled, label_cols="TARGET", output_cols="OUT"))])
    model.fit(iris)
    rows = iris[FEATURES].iloc[::20].reset_index(drop=True)
    version = bench.log(model, conda=None)
    expected = model.predict(rows)["OUT"]
    assert numpy.allclose(version.run(rows, function_name="predict")["OUT"], expected)
