"""Model types that the base environment has no packages for: the server builds one environment for all of this file."""

import numpy
import pandas
import pytest
import shap
from explanations import adds_up, equal, explained, logged

catboost = pytest.importorskip("catboost")
prophet = pytest.importorskip("prophet")
# What CatBoost, Prophet and explain need: equal requirements share one build.
BUILT = ["catboost", "prophet", "shap"]


@pytest.fixture(scope="module")
def rows(flowers):
    return flowers[0].iloc[::15].reset_index(drop=True)


def test_catboost_classifier_with_texts(bench):
    frame = pandas.DataFrame({"CITY": ["Oslo", "Rome", "Lima"] * 20, "AGE": numpy.linspace(1, 60, 60)})
    target = ((frame["CITY"] == "Rome") | (frame["AGE"] > 40)).astype(int)
    model = catboost.CatBoostClassifier(iterations=8, depth=3, verbose=0, allow_writing_files=False, random_seed=1)
    model.fit(frame, target, cat_features=["CITY"])
    version = bench.log(model, sample_input_data=frame, conda=BUILT)
    bench.methods_agree(version, frame.iloc[::7].reset_index(drop=True), model, ["predict", "predict_proba"])
    assert (bench.loads(version).predict_proba(frame) == model.predict_proba(frame)).all()


def test_catboost_regressor(bench, flowers, rows):
    model = catboost.CatBoostRegressor(iterations=8, depth=3, verbose=0, allow_writing_files=False).fit(*flowers)
    version = bench.log(model, sample_input_data=flowers[0], conda=BUILT, options={"target_methods": ["predict"]})
    bench.methods_agree(version, rows, model, ["predict"])


@pytest.mark.parametrize("classes", [2, 3])
def test_catboost_explains(bench, flowers, rows, classes):
    features, species = flowers
    model = catboost.CatBoostClassifier(iterations=6, depth=2, verbose=0, allow_writing_files=False)
    model.fit(features, species if classes == 3 else species == 1)
    found = explained(bench, logged(bench, model, features, conda=BUILT[:2]), rows)
    explainer = shap.TreeExplainer(model)
    equal(found, numpy.asarray(explainer.shap_values(rows)), f"CatBoost, {classes} classes")
    adds_up(found, explainer.expected_value, model.predict(rows, prediction_type="RawFormulaVal"))


def test_prophet_forecasts(bench):
    days = pandas.date_range("2024-01-01", periods=120)
    history = pandas.DataFrame({"ds": days, "y": numpy.arange(120) * 0.5 + numpy.sin(numpy.arange(120) * 2 * numpy.pi / 7)})
    model = prophet.Prophet(uncertainty_samples=0, yearly_seasonality=False, daily_seasonality=False)
    model.fit(history)
    future = pandas.DataFrame({"ds": pandas.date_range("2024-05-01", periods=10), "y": numpy.nan})
    version = bench.log(model, sample_input_data=history, conda=BUILT)
    assert [f["target_method"] for f in version.show_functions()] == ["predict"]
    expected = model.predict(future)["yhat"].to_numpy()
    found = version.run(future, function_name="predict").sort_values("ds")
    assert numpy.allclose(found["yhat"].astype(float), expected)
    table = bench.table(future.assign(y=0.0).rename(columns=str.upper))
    text = f"select r.ds, r.yhat from {table} as t, table(model({version.model_name}, V1)!predict(t.ds, t.y)) as r order by 1"
    assert numpy.allclose([row[1] for row in bench.session.sql(text).collect()], expected)
    loaded = bench.loads(version)
    assert numpy.allclose(loaded.predict(future)["yhat"], expected)
