"""log_model's arguments and options, seen in the package and in what the server does with them."""

import io
import zipfile

import model_package
import numpy
import pandas
import pytest
import yaml
from sklearn import linear_model
from snowflake.ml.model import custom_model, volatility
from snowflake.snowpark.exceptions import SnowparkSQLException

ROWS = pandas.DataFrame({"A": [1.0, 2.0, 4.0], "B": [3.0, 5.0, 6.0]})


class Counted(custom_model.CustomModel):
    """Tells how many rows came in one call, and the number of the call since the model was loaded."""

    def __init__(self, context=None):
        super().__init__(context)
        self.calls = 0

    @custom_model.inference_api
    def predict(self, df: pandas.DataFrame) -> pandas.DataFrame:
        self.calls += 1
        return pandas.DataFrame({"ROWS": [len(df)] * len(df), "CALLS": self.calls})


@pytest.fixture(scope="module")
def ridge():
    return linear_model.Ridge().fit(ROWS, [1.0, 2.0, 3.0])


def manifest(bench, version):
    return yaml.safe_load(bench.text(version, "MANIFEST.yml"))


def logged(bench, model, options=None, conda=("scikit-learn",), **more):
    return bench.log(model, sample_input_data=ROWS, conda=conda, options=options or {}, **more)


@pytest.fixture(scope="module")
def rich(bench, ridge, tmp_path_factory):
    """A version with all that is kept beside the model and changes nothing of it; (version, where the client saved it)."""
    kept = tmp_path_factory.mktemp("kept")
    version = logged(
        bench, ridge, {"save_location": str(kept), "capture_sample_input_data": True}, resource_constraint={"architecture": "x86"},
        comment="it's a $tart", metrics={"score": 96, "deep": {"x": [1, 2.5, None]}})
    bench.methods_agree(version, ROWS, ridge, ["predict"])
    return version, kept


def test_versions_are_relaxed_unless_it_is_forbidden(bench, ridge):
    import sklearn

    relaxed = bench.text(logged(bench, ridge, {"relax_version": True}, conda=[f"scikit-learn=={sklearn.__version__}"]),
                         "runtimes/python_runtime/env/conda.yml")
    line = next(line for line in relaxed.splitlines() if "scikit-learn" in line)
    assert ">=" + sklearn.__version__.rpartition(".")[0] in line and "<" in line and "==" not in line, relaxed
    version = logged(bench, ridge, {"relax_version": False}, conda=[f"scikit-learn=={sklearn.__version__}"])
    assert f"scikit-learn=={sklearn.__version__}" in bench.text(version, "runtimes/python_runtime/env/conda.yml")
    bench.methods_agree(version, ROWS, ridge, ["predict"])


def test_a_conda_channel_may_be_named(bench, ridge):
    version = logged(bench, ridge, conda=["conda-forge::scikit-learn", "snowflake::pandas>=1.5"])
    assert "conda-forge::scikit-learn" in bench.text(version, "runtimes/python_runtime/env/conda.yml")
    bench.methods_agree(version, ROWS, ridge, ["predict"])


def test_pip_requirements_and_a_repository_of_them(bench, ridge):
    version = logged(bench, ridge, conda=None, pip_requirements=["scikit-learn"],
                     artifact_repository_map={"pip": "snowflake.snowpark.pypi_shared_repository"})
    dependencies = manifest(bench, version)["runtimes"]["python_runtime"]["dependencies"]
    assert dependencies["artifact_repository_map"] == {"pip": "SNOWFLAKE.SNOWPARK.PYPI_SHARED_REPOSITORY"}
    bench.methods_agree(version, ROWS, ridge, ["predict"])


def test_the_local_library_can_be_embedded(bench, ridge):
    version = logged(bench, ridge, {"embed_local_ml_library": True})
    names = [row["name"] for row in bench.session.sql(f"list 'snow://model/{version.model_name}/versions/V1/'").collect()]
    assert any("snowflake-ml-python" in name or "/snowflake/ml/" in name for name in names), names
    assert "snowflake-ml-python" not in bench.text(version, "runtimes/python_runtime/env/conda.yml")
    bench.methods_agree(version, ROWS, ridge, ["predict"])


def test_an_embedded_library_that_differs_is_the_one_that_runs(bench, connection, tmp_path):
    """As a client of another version embeds it; here the embedded copy is changed by hand."""
    class Told(custom_model.CustomModel):
        @custom_model.inference_api
        def predict(self, df: pandas.DataFrame) -> pandas.DataFrame:
            import snowflake.ml.version

            return pandas.DataFrame({"VERSION": [snowflake.ml.version.VERSION] * len(df)})

    logged(bench, Told(), {"embed_local_ml_library": True, "save_location": str(tmp_path / "kept")}, conda=["pandas"])
    root = next((tmp_path / "kept").rglob("MANIFEST.yml")).parent
    files = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    archive = next(path for path in files if path.startswith("runtimes/") and path.endswith("snowflake-ml-python.zip"))
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(files[archive])) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "snowflake/ml/version.py":
                content += b"\nVERSION = '9.9.9'\n"
            new.writestr(entry, content)
    files[archive] = changed.getvalue()
    model_package.create(connection, "EMBEDS", files, tmp_path / "files")
    row = connection.cursor().execute("select EMBEDS!predict(1, 2):VERSION::varchar").fetchone()
    assert row == ("9.9.9",)


def test_max_batch_size_bounds_what_the_model_sees(bench):
    version = logged(bench, Counted(), {"method_options": {"predict": {"max_batch_size": 10}}}, conda=["pandas"])
    rows = pandas.DataFrame({"A": numpy.arange(35.0), "B": 0.0})
    found = version.run(rows, function_name="predict")
    assert found["ROWS"].max() <= 10 and len(found) == 35
    everywhere = logged(bench, Counted(), {"max_batch_size": 7}, conda=["pandas"])
    assert everywhere.run(rows, function_name="predict")["ROWS"].max() <= 7


def test_a_model_is_loaded_once_and_serves_many_calls(bench):
    """Loaded once a worker either way; with model_init_once in a function of its own that the runtime calls first."""
    for once in (False, True):
        version = logged(bench, Counted(), {"model_init_once": once}, conda=["pandas"])
        assert ("udf_init_once" in bench.text(version, "functions/predict.py")) == once
        calls = [version.run(ROWS, function_name="predict")["CALLS"].max() for _ in range(3)]
        assert calls == sorted(set(calls)), calls


def test_volatility_is_kept(bench, ridge, rich):
    def kept(version):
        return [method["volatility"] for method in manifest(bench, version)["methods"]]

    assert kept(rich[0]) == ["IMMUTABLE"]
    assert kept(logged(bench, Counted(), conda=["pandas"])) == ["VOLATILE"]
    version = logged(bench, ridge, {"volatility": volatility.Volatility.VOLATILE})
    assert kept(version) == ["VOLATILE"]
    bench.methods_agree(version, ROWS, ridge, ["predict"])
    # For one method the client has the option, and can't write it: its model.yaml takes no such value.
    with pytest.raises(Exception, match="Volatility|represent"):
        logged(bench, ridge, {"method_options": {"predict": {"volatility": volatility.Volatility.VOLATILE}}})


def test_platforms(bench, ridge):
    def runs_in(version):
        return str(bench.registry.get_model(version.model_name).show_versions()["runnable_in"][0])

    assert "WAREHOUSE" in runs_in(logged(bench, ridge, target_platforms=["WAREHOUSE"]))
    both = logged(bench, ridge, target_platforms=["WAREHOUSE", "SNOWPARK_CONTAINER_SERVICES"])
    assert "WAREHOUSE" in runs_in(both) and "CONTAINER" in runs_in(both)
    bench.methods_agree(both, ROWS, ridge, ["predict"])
    containers = logged(bench, ridge, target_platforms=["SNOWPARK_CONTAINER_SERVICES"], conda=None)
    assert "WAREHOUSE" not in runs_in(containers)
    with pytest.raises((ValueError, SnowparkSQLException), match="(?i)warehouse|container|platform"):
        containers.run(ROWS, function_name="predict")
    with pytest.raises(ValueError):
        logged(bench, ridge, target_platforms=["MOON"])


def test_resource_constraint(bench, rich):
    assert manifest(bench, rich[0])["runtimes"]["python_runtime"]["resource_constraint"] == {"architecture": "x86"}


def test_python_version(bench, ridge):
    """The server's own Python runs; another one that it lacks is named when the model is called."""
    version = logged(bench, ridge, python_version="3.11")
    bench.methods_agree(version, ROWS, ridge, ["predict"])
    version = logged(bench, ridge, python_version="3.10")
    assert manifest(bench, version)["runtimes"]["python_runtime"]["version"] == "3.10"
    try:
        version.run(ROWS, function_name="predict")
    except SnowparkSQLException as error:
        assert "3.10" in str(error), error


def test_case_sensitive_everywhere(bench, ridge):
    rows = ROWS.rename(columns={"A": "a", "B": "b c"})
    model = linear_model.Ridge().fit(rows, [1.0, 2.0, 3.0])
    version = bench.log(model, sample_input_data=rows, conda=["scikit-learn"], options={"case_sensitive": True})
    assert [f["name"] for f in version.show_functions()] == ['"predict"']
    assert numpy.allclose(version.run(rows, function_name='"predict"').iloc[:, 0], model.predict(rows))


def test_the_package_is_saved_where_one_says(rich):
    assert list(rich[1].rglob("MANIFEST.yml"))


def test_the_sample_is_kept_when_asked(bench, rich):
    names = [row["name"] for row in bench.session.sql(f"list 'snow://model/{rich[0].model_name}/versions/V1/'").collect()]
    assert any("sample" in name for name in names), names


def test_unknown_options_are_refused_by_the_client(bench, ridge):
    with pytest.raises(Exception, match="no_such_option"):
        logged(bench, ridge, {"no_such_option": 1})


def test_comment_and_metrics_at_logging(bench, rich):
    again = bench.registry.get_model(rich[0].model_name).version("V1")
    assert again.comment == "it's a $tart" and again.show_metrics() == {"score": 96, "deep": {"x": [1, 2.5, None]}}


def test_the_environment_file_names_what_the_model_needs(bench, rich):
    """`conda env create --file` takes it: a name, channels, dependencies."""
    environment = yaml.safe_load(bench.text(rich[0], "runtimes/python_runtime/env/conda.yml"))
    assert environment["name"] and environment["channels"]
    assert {"python", "scikit-learn"} <= {line.split("::")[-1].split("=")[0].split(">")[0].split("<")[0] for line in environment["dependencies"]}


def test_export_and_load(bench, ridge, rich, tmp_path):
    from snowflake.ml.model import ExportMode

    version = rich[0]
    (tmp_path / "model").mkdir()
    version.export(str(tmp_path / "model"))
    assert (tmp_path / "model/model/model.yaml").exists() and not (tmp_path / "model/functions").exists()
    (tmp_path / "full").mkdir()
    version.export(str(tmp_path / "full"), export_mode=ExportMode.FULL)
    assert (tmp_path / "full/MANIFEST.yml").exists() and (tmp_path / "full/functions/predict.py").exists()
    with pytest.raises(ValueError):
        version.export(str(tmp_path / "full"))
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError):
        version.export(str(tmp_path / "file"))
    loaded = version.load(force=True, options={"use_gpu": False})
    assert (loaded.coef_ == ridge.coef_).all()
    exact = logged(bench, ridge, {"relax_version": False}, conda=["scikit-learn==1.0.2"])
    with pytest.raises(ValueError, match="(?i)scikit-learn|environment"):
        exact.load()
