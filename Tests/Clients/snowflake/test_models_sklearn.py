"""scikit-learn estimators and pipelines, logged, listed, run from Python and SQL, loaded and exported."""

import numpy
import pandas
import pytest
from sklearn import cluster, datasets, decomposition, ensemble, linear_model, multioutput, neighbors, pipeline, preprocessing, svm
from sklearn.compose import make_column_transformer
from snowflake.ml.model import model_signature


@pytest.fixture(scope="module")
def rows(flowers):
    return flowers[0].iloc[::10].reset_index(drop=True)


def test_every_method_of_a_classifier(bench, flowers, rows):
    features, species = flowers
    model = linear_model.LogisticRegression(max_iter=300).fit(features, species)
    version = bench.log(model, sample_input_data=features, conda=["scikit-learn"])
    bench.methods_agree(version, rows, model, ["predict", "predict_proba", "predict_log_proba", "decision_function"])
    assert (bench.loads(version).predict(rows) == model.predict(rows)).all()
    files = bench.exports(version)
    assert {"model/model.yaml", "model/env/conda.yml", "model/env/requirements.txt"} <= files, files
    assert any(path.endswith("model.pkl") for path in files), files


def test_texts_as_classes(bench, flowers, rows):
    features, species = flowers
    model = linear_model.LogisticRegression(max_iter=300).fit(features, species.map(lambda n: f"kind {n}"))
    version = bench.log(model, sample_input_data=features, conda=["scikit-learn"], options={"target_methods": ["predict"]})
    bench.methods_agree(version, rows, model, ["predict"])


def test_transform(bench, flowers, rows):
    model = decomposition.PCA(n_components=2).fit(flowers[0])
    version = bench.log(model, sample_input_data=flowers[0], conda=["scikit-learn"])
    bench.methods_agree(version, rows, model, ["transform", "score_samples"])


def test_clusters_predict_and_transform(bench, flowers, rows):
    model = cluster.KMeans(3, n_init=1, random_state=0).fit(flowers[0])
    version = bench.log(model, sample_input_data=flowers[0], conda=["scikit-learn"])
    bench.methods_agree(version, rows, model, ["predict", "transform"])


def test_score_samples(bench, flowers, rows):
    model = ensemble.IsolationForest(n_estimators=10, random_state=0).fit(flowers[0])
    version = bench.log(model, sample_input_data=flowers[0], conda=["scikit-learn"])
    bench.methods_agree(version, rows, model, ["predict", "decision_function", "score_samples"])


def test_a_pipeline(bench, flowers, rows):
    features, species = flowers
    model = pipeline.make_pipeline(preprocessing.StandardScaler(), svm.SVC()).fit(features, species)
    version = bench.log(model, sample_input_data=features, conda=["scikit-learn"])
    bench.methods_agree(version, rows, model, ["predict", "decision_function"])
    assert (bench.loads(version).predict(rows) == model.predict(rows)).all()


def test_a_pipeline_over_texts_numbers_and_gaps(bench):
    frame = pandas.DataFrame({"CITY": ["Oslo", "Rome", "Oslo", "Lima"] * 5, "AGE": [1.0, 2.0, 3.0, 4.0] * 5, "N": range(20)})
    from sklearn.impute import SimpleImputer

    model = pipeline.make_pipeline(
        make_column_transformer((preprocessing.OneHotEncoder(handle_unknown="ignore"), ["CITY"]),
                                (SimpleImputer(), ["AGE", "N"])),
        ensemble.RandomForestRegressor(5, random_state=0)).fit(frame, frame["AGE"] * 2 + frame["N"])
    version = bench.log(model, sample_input_data=frame, conda=["scikit-learn"])
    rows = pandas.DataFrame({"CITY": ["Oslo", "Bern"], "AGE": [numpy.nan, 3.0], "N": [1, 7]})
    bench.methods_agree(version, rows, model, ["predict"])


def test_several_outputs(bench, flowers, rows):
    features, species = flowers
    targets = numpy.stack([species, species == 1], axis=1).astype("int64")
    model = multioutput.MultiOutputClassifier(linear_model.LogisticRegression(max_iter=300)).fit(features, targets)
    version = bench.log(model, sample_input_data=features, conda=["scikit-learn"])
    bench.methods_agree(version, rows, model, ["predict", "predict_proba"])

    numbers = numpy.stack([species * 1.5, features["SEPAL_LENGTH"] * 2], axis=1)
    model = multioutput.MultiOutputRegressor(linear_model.Ridge()).fit(features, numbers)
    version = bench.log(model, sample_input_data=features, conda=["scikit-learn"])
    bench.methods_agree(version, rows, model, ["predict"])


def test_an_array_as_sample_names_its_columns(bench, flowers, rows):
    """Without names features are input_feature_0, …, outputs output_feature_0, …: they count from 0."""
    features, species = flowers
    model = linear_model.LogisticRegression(max_iter=300).fit(features.values, species)
    version = bench.log(model, sample_input_data=features.values, conda=["scikit-learn"], options={"target_methods": ["predict"]})
    signature = bench.function(version, "predict")["signature"]
    assert [spec.name for spec in signature.inputs] == [f"input_feature_{n}" for n in range(4)]
    found = version.run(rows.values, function_name="predict")
    assert list(found["output_feature_0"]) == list(model.predict(rows.values))


def test_methods_in_the_case_they_were_written(bench):
    """The documents' random forest: its names have blanks and brackets, its methods are quoted."""
    features, species = datasets.load_iris(return_X_y=True, as_frame=True)
    model = ensemble.RandomForestClassifier(10, random_state=42).fit(features, species)
    quoted = {"case_sensitive": True}
    version = bench.log(model, sample_input_data=features, conda=None, options={
        "method_options": {"predict": quoted, "predict_proba": quoted, "predict_log_proba": quoted}})
    assert {f["name"] for f in version.show_functions()} == {'"predict"', '"predict_proba"', '"predict_log_proba"'}
    found = version.run(features[-10:], function_name='"predict_proba"')
    assert numpy.allclose(found.values, model.predict_proba(features[-10:]))
    with pytest.raises(ValueError, match="predict_proba"):
        version.run(features[-10:], function_name="predict_proba")
    values = ", ".join(str(value) for value in features.iloc[60])
    found = bench.session.sql(f"""select model({version.model_name}, V1)!"predict"({values}):"output_feature_0"::int""").collect()
    assert found[0][0] == model.predict(features[60:61])[0]


def test_a_sample_or_signatures_are_needed(bench, flowers, rows):
    model = linear_model.LogisticRegression(max_iter=300).fit(*flowers)
    with pytest.raises(ValueError, match="sample_input|signatures"):
        bench.log(model, conda=["scikit-learn"])
    signature = model_signature.infer_signature(
        flowers[0].head(), model.predict(flowers[0].head()), output_feature_names=["SPECIES"])
    version = bench.log(model, conda=["scikit-learn"], signatures={"predict": signature})
    assert bench.outputs(version, "predict") == ["SPECIES"]
    bench.methods_agree(version, rows, model, ["predict"])


def test_the_task_is_inferred_or_given(bench, flowers):
    import yaml
    from snowflake.ml.model import task, type_hints

    def logged(model, method="predict", **more):
        version = bench.log(model, sample_input_data=flowers[0], conda=["scikit-learn"], options={"target_methods": [method]}, **more)
        return yaml.safe_load(bench.text(version, "model/model.yaml"))["task"]

    features, species = flowers
    assert logged(linear_model.Ridge().fit(features, species)) == "TABULAR_REGRESSION"
    assert logged(linear_model.LogisticRegression(max_iter=300).fit(features, species)) == "TABULAR_MULTI_CLASSIFICATION"
    assert logged(linear_model.LogisticRegression(max_iter=300).fit(features, species == 1)) == "TABULAR_BINARY_CLASSIFICATION"
    unknown = neighbors.KernelDensity().fit(features)
    assert logged(unknown, method="score_samples") == "UNKNOWN"
    assert logged(unknown, method="score_samples", task=type_hints.Task.TABULAR_RANKING) == "TABULAR_RANKING"
    assert type_hints.Task is task.Task and {t.value for t in task.Task} >= {
        "UNKNOWN", "TABULAR_BINARY_CLASSIFICATION", "TABULAR_MULTI_CLASSIFICATION", "TABULAR_REGRESSION", "TABULAR_RANKING"}
