"""explain: the Shapley values that the server gives are those of shap in this process, and add up to the prediction."""

import numpy
import pandas
import pytest
import shap
from explanations import adds_up, equal, explained, logged
from sklearn import ensemble, linear_model, pipeline, preprocessing


@pytest.fixture(scope="module")
def rows(flowers):
    return flowers[0].iloc[::15].reset_index(drop=True)


# -- trees ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("classes", [2, 3])
def test_xgboost(bench, flowers, rows, classes):
    import xgboost

    features, species = flowers
    model = xgboost.XGBClassifier(n_estimators=6, max_depth=2).fit(features, species if classes == 3 else species == 1)
    found = explained(bench, logged(bench, model, features), rows)
    explainer = shap.TreeExplainer(model)
    equal(found, numpy.asarray(explainer.shap_values(rows)), f"XGBoost, {classes} classes")
    adds_up(found, explainer.expected_value, model.predict(rows, output_margin=True))


def test_xgboost_regression_and_booster(bench, flowers, rows):
    import xgboost

    features, species = flowers
    model = xgboost.XGBRegressor(n_estimators=6, max_depth=2).fit(features, features["PETAL_WIDTH"] * 2 + species)
    explainer = shap.TreeExplainer(model)
    found = explained(bench, logged(bench, model, features), rows)
    equal(found, explainer.shap_values(rows), "XGBoost, regression")
    adds_up(found, explainer.expected_value, model.predict(rows))

    booster = model.get_booster()
    found = explained(bench, logged(bench, booster, features), rows)
    equal(found, explainer.shap_values(rows), "XGBoost booster")


@pytest.mark.parametrize("classes", [2, 3])
def test_lightgbm(bench, flowers, rows, classes):
    import lightgbm

    features, species = flowers
    model = lightgbm.LGBMClassifier(n_estimators=6, num_leaves=4, verbose=-1).fit(features, species if classes == 3 else species == 1)
    found = explained(bench, logged(bench, model, features), rows)
    explainer = shap.TreeExplainer(model)
    equal(found, numpy.asarray(explainer.shap_values(rows)), f"LightGBM, {classes} classes")
    adds_up(found, explainer.expected_value, model.predict(rows, raw_score=True))


@pytest.mark.parametrize("classes", [2, 3])
def test_a_random_forest(bench, flowers, rows, classes):
    """Of two classes the explanations are those of the second; of more, an object of all."""
    features, species = flowers
    target = species if classes == 3 else (species == 1).astype(int)
    model = ensemble.RandomForestClassifier(5, max_depth=3, random_state=0).fit(features, target)
    background = features.head(40)
    found = explained(bench, logged(bench, model, background), rows)
    explanation = shap.Explainer(model, background)(rows)
    expected, base, raw = explanation.values, explanation.base_values, model.predict_proba(rows)
    if classes == 2:
        expected, base, raw = expected[:, :, 1], base[:, 1], raw[:, 1]
    equal(found, expected, f"random forest, {classes} classes")
    adds_up(found, base, raw)


# -- other estimators -------------------------------------------------------------------------------------------------
def test_a_linear_model(bench, flowers, rows):
    features, species = flowers
    model = linear_model.LogisticRegression(max_iter=300).fit(features, (species == 1).astype(int))
    found = explained(bench, logged(bench, model, features), rows)
    explanation = shap.Explainer(model, features.head(1000))(rows)
    equal(found, explanation.values, "logistic regression")
    adds_up(found, explanation.base_values, model.decision_function(rows))


def test_a_pipeline(bench, flowers, rows):
    """The last step is explained by what the steps before it make of the features."""
    features, species = flowers
    scale, model = preprocessing.StandardScaler(), linear_model.Ridge()
    whole = pipeline.make_pipeline(scale, model).fit(features, species * 1.5)
    found = explained(bench, logged(bench, whole, features), rows)
    names = list(features.columns)
    background = pandas.DataFrame(scale.transform(features), columns=names)
    explanation = shap.Explainer(model, background)(pandas.DataFrame(scale.transform(rows), columns=names))
    equal(found, explanation.values, "pipeline")
    adds_up(found, explanation.base_values, whole.predict(rows))


def test_at_most_a_thousand_rows_are_kept_as_background(bench):
    generator = numpy.random.default_rng(1)
    features = pandas.DataFrame(generator.normal(size=(1500, 3)), columns=["A", "B", "C"])
    model = linear_model.LinearRegression().fit(features, features["A"] * 3 - features["B"])
    version = logged(bench, model, features)
    found = explained(bench, version, features.head(5))
    equal(found, shap.Explainer(model, features.head(1000))(features.head(5)).values, "background of 1,000 rows")


def test_modeling(bench):
    from snowflake.ml.modeling.xgboost import XGBRegressor

    generator = numpy.random.default_rng(2)
    features = pandas.DataFrame(generator.normal(size=(60, 3)), columns=["A", "B", "C"])
    model = XGBRegressor(input_cols=["A", "B", "C"], label_cols="Y", output_cols="OUT", n_estimators=4, max_depth=2)
    model.fit(features.assign(Y=features["A"] * 2 + features["C"]))
    version = bench.log(model, conda=["shap"], options={"enable_explainability": True})
    rows = features.head(6).copy()
    equal(explained(bench, version, rows), shap.TreeExplainer(model.to_xgboost()).shap_values(rows), "Snowpark ML")


def test_without_the_option_there_is_no_explain(bench, flowers):
    import xgboost

    model = xgboost.XGBClassifier(n_estimators=2, max_depth=2).fit(*flowers)
    version = bench.log(model, sample_input_data=flowers[0])
    assert {f["name"] for f in version.show_functions()} == {"PREDICT", "PREDICT_PROBA"}
    with pytest.raises(ValueError, match="(?i)explain"):
        version.run(flowers[0], function_name="explain")
