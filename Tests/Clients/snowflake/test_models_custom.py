"""Custom models: files, other models inside, several methods, async ones, partitions, table functions, parameters."""

import os
import pathlib
import sys

import numpy
import pandas
import pytest
from sklearn import datasets, linear_model
from snowflake.ml.model import custom_model, model_signature
from snowflake.ml.model.model_signature import DataType, FeatureSpec, ModelSignature, ParamSpec

NUMBERS = pandas.DataFrame({"A": [1.0, 2.0, 3.5], "B": [10, 20, 30]})


def test_files_come_along_and_are_read(bench, tmp_path):
    (tmp_path / "bias.txt").write_text("7")
    (tmp_path / "words").mkdir()
    (tmp_path / "words/few.txt").write_text("one\ntwo\n")

    class Biased(custom_model.CustomModel):
        def __init__(self, context):
            super().__init__(context)
            self.bias = float(pathlib.Path(context.path("bias")).read_text())

        @custom_model.inference_api
        def predict(self, df: pandas.DataFrame) -> pandas.DataFrame:
            words = pathlib.Path(self.context["words"]) / "few.txt"
            return pandas.DataFrame({"OUT": df["A"] + self.bias, "WORDS": len(words.read_text().split())})

    context = custom_model.ModelContext(bias=str(tmp_path / "bias.txt"), words=str(tmp_path / "words"))
    version = bench.log(Biased(context), sample_input_data=NUMBERS, conda=["pandas"])
    bench.agree(version, "predict", NUMBERS, [[8.0, 2], [9.0, 2], [10.5, 2]])
    assert list(bench.loads(version).predict(NUMBERS)["OUT"]) == [8.0, 9.0, 10.5]


def test_models_inside_a_model(bench):
    """Two estimators of two libraries behind one method, and the method of one of them."""
    import xgboost

    features, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    features = features.rename(columns=str.upper)
    ridge = linear_model.Ridge().fit(features, target)
    boosted = xgboost.XGBRegressor(n_estimators=4, max_depth=2).fit(features, target)

    class Both(custom_model.CustomModel):
        @custom_model.inference_api
        def predict(self, df: pandas.DataFrame) -> pandas.DataFrame:
            linear, trees = self.context["linear"].predict(df), self.context.model_ref("trees").predict(df)
            return pandas.DataFrame({"MEAN": (numpy.asarray(linear) + numpy.asarray(trees)) / 2})

        @custom_model.inference_api
        def apart(self, df: pandas.DataFrame) -> pandas.DataFrame:
            return pandas.DataFrame({"APART": self.context["linear"].predict(df) - self.context["trees"].predict(df)})

    model = Both(custom_model.ModelContext(linear=ridge, trees=boosted))
    version = bench.log(model, sample_input_data=features, conda=["pandas"])
    rows = features.iloc[::60].reset_index(drop=True)
    bench.methods_agree(version, rows, model, ["predict", "apart"], rtol=1e-6)


def test_an_async_method(bench):
    from typing import Any, Coroutine

    ridge = linear_model.Ridge().fit(NUMBERS, [1.0, 2.0, 3.0])

    class Later(custom_model.CustomModel):
        @custom_model.inference_api
        async def predict(self, df: pandas.DataFrame) -> Coroutine[Any, Any, pandas.DataFrame]:
            import anyio

            await anyio.sleep(0.01)
            return pandas.DataFrame({"OUT": await self.context["ridge"].predict.async_run(df)})

    version = bench.log(Later(custom_model.ModelContext(ridge=ridge)), sample_input_data=NUMBERS, conda=["pandas", "scikit-learn"])
    bench.agree(version, "predict", NUMBERS, ridge.predict(NUMBERS))


def test_partitions(bench):
    """One call of the method for each value of the partition column; rows come back for each."""

    class Total(custom_model.CustomModel):
        @custom_model.partitioned_api
        def predict(self, df: pandas.DataFrame) -> pandas.DataFrame:
            return pandas.DataFrame({"KIND": [df["G"].iloc[0]], "TOTAL": [df["A"].sum()], "N": [len(df)]})

    frame = pandas.DataFrame({"G": ["x", "y", "x", "y", "x"], "A": [1.0, 2.0, 3.0, 4.0, 5.0]})
    version = bench.log(Total(), sample_input_data=frame, conda=["pandas"], options={"function_type": "TABLE_FUNCTION"})
    function = bench.function(version, "predict")
    assert function["is_partitioned"] and function["target_method_function_type"] == "TABLE_FUNCTION"
    expected = [("x", 9.0, 3), ("y", 6.0, 2)]

    def found(result):
        return sorted(zip(result["KIND"], result["TOTAL"], result["N"]))

    assert found(version.run(frame, function_name="predict", partition_column="G")) == expected
    table = bench.table(frame)
    rows = bench.session.table(table)
    assert found(version.run(rows, function_name="predict", partition_column="G").to_pandas()) == expected
    text = f"select r.* from {table} as t, table({version.model_name}!predict(t.g, t.a) over (partition by t.g)) as r"
    assert found(bench.session.sql(text).to_pandas()) == expected
    assert list(version.run(frame, function_name="predict")["TOTAL"]) == [15.0]


def test_a_model_that_learns_in_each_partition(bench):
    """Many models in one: each partition is fitted and answered for by itself."""

    class Line(custom_model.CustomModel):
        @custom_model.partitioned_api
        def fit_predict(self, df: pandas.DataFrame) -> pandas.DataFrame:
            from sklearn.linear_model import LinearRegression

            line = LinearRegression().fit(df[["X"]], df["Y"])
            return pandas.DataFrame({"X": df["X"], "FITTED": line.predict(df[["X"]])})

    frame = pandas.DataFrame({"G": [0] * 5 + [1] * 5, "X": list(range(5)) * 2, "Y": [2.0 * x for x in range(5)] + [-x for x in range(5)]})
    version = bench.log(Line(), sample_input_data=frame, conda=["pandas", "scikit-learn"], options={"function_type": "TABLE_FUNCTION"})
    found = version.run(frame, function_name="fit_predict", partition_column="G").sort_values(["G", "X"])
    assert numpy.allclose(found["FITTED"], frame["Y"])


def test_a_table_function_by_rows(bench):
    class Doubled(custom_model.CustomModel):
        @custom_model.inference_api
        def predict(self, df: pandas.DataFrame) -> pandas.DataFrame:
            return pandas.DataFrame({"OUT": df["A"] * 2, "KEPT": df["B"]})

    version = bench.log(Doubled(), sample_input_data=NUMBERS, conda=["pandas"], options={
        "method_options": {"predict": {"function_type": "TABLE_FUNCTION"}}})
    function = bench.function(version, "predict")
    assert function["target_method_function_type"] == "TABLE_FUNCTION" and not function["is_partitioned"]
    assert version.run(NUMBERS, function_name="predict")["OUT"].tolist() == [2.0, 4.0, 7.0]
    text = f"select out, kept from {bench.table(NUMBERS)}, table({version.model_name}!predict(a, b)) order by kept"
    assert [tuple(row) for row in bench.session.sql(text).collect()] == [(2.0, 10), (4.0, 20), (7.0, 30)]


class Scaled(custom_model.CustomModel):
    @custom_model.inference_api
    def predict(self, df: pandas.DataFrame, *, factor: float = 2.0, offset: int = 0, unit: str = "m") -> pandas.DataFrame:
        return pandas.DataFrame({"OUT": df["A"] * factor + offset, "UNIT": unit})


def test_parameters_have_defaults_and_names(bench):
    signature = model_signature.infer_signature(
        NUMBERS[["A"]], pandas.DataFrame({"OUT": [1.0], "UNIT": ["m"]}),
        params=[ParamSpec(name="factor", dtype=DataType.DOUBLE, default_value=2.0),
                ParamSpec(name="offset", dtype=DataType.INT64, default_value=0),
                ParamSpec(name="unit", dtype=DataType.STRING, default_value="m")])
    version = bench.log(Scaled(), signatures={"predict": signature}, conda=["pandas"])
    frame = NUMBERS[["A"]].copy()
    bench.agree(version, "predict", frame, [[2.0, "m"], [4.0, "m"], [7.0, "m"]])
    found = version.run(frame, function_name="predict", params={"factor": 3.0, "unit": "km"})
    assert found.values.tolist() == [[3.0, "km"], [6.0, "km"], [10.5, "km"]]
    rows = bench.by_snowpark(version, "predict", frame, params={"offset": 5})
    assert rows["OUT"].tolist() == [7.0, 9.0, 12.0]
    table, call = bench.table(frame), f"{version.model_name}!predict"
    for arguments, expected in [("a", 4.0), ("a, 10.0", 20.0), ("a, 10.0, 1, 'ft'", 21.0), ("A => a, OFFSET => 3", 7.0)]:
        row = bench.session.sql(f"select {call}({arguments}):OUT::double from {table} where id = 1").collect()[0]
        assert row[0] == expected, arguments


def test_code_beside_the_model(bench, tmp_path, monkeypatch):
    """A package given as code_paths is imported where the model runs; a filter leaves files out."""
    from snowflake.ml.model.code_path import CodePath

    package = tmp_path / "roost_test_helpers"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "inner/__init__.py").write_text("")
    (package / "inner/rules.py").write_text("def triple(values):\n    return values * 3\n")
    monkeypatch.syspath_prepend(tmp_path)

    class Ruled(custom_model.CustomModel):
        @custom_model.inference_api
        def predict(self, df: pandas.DataFrame) -> pandas.DataFrame:
            from roost_test_helpers.inner.rules import triple

            return pandas.DataFrame({"OUT": triple(df["A"])})

    for paths in ([str(package)], [CodePath(str(tmp_path), filter="roost_test_helpers")]):
        version = bench.log(Ruled(), sample_input_data=NUMBERS, conda=["pandas"], code_paths=paths)
        bench.agree(version, "predict", NUMBERS, [3.0, 6.0, 10.5])


def test_a_module_pickled_with_the_model(bench, tmp_path, monkeypatch):
    """ext_modules: the module is not in the worker's environment, its code travels inside the pickle."""
    (tmp_path / "roost_test_extra.py").write_text(
        "import pandas\nfrom snowflake.ml.model import custom_model\n\n\n"
        "class Halved(custom_model.CustomModel):\n"
        "    @custom_model.inference_api\n"
        "    def predict(self, df: pandas.DataFrame) -> pandas.DataFrame:\n"
        "        return pandas.DataFrame({'OUT': half(df['A'])})\n\n\n"
        "def half(values):\n    return values / 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    import roost_test_extra

    version = bench.log(roost_test_extra.Halved(), sample_input_data=NUMBERS, conda=["pandas"], ext_modules=[roost_test_extra])
    bench.agree(version, "predict", NUMBERS, [0.5, 1.0, 1.75])


def test_user_files_lie_beside_the_model(bench, tmp_path):
    """The client takes each path as it is, although it speaks of wildcards: patterns are expanded by the caller."""
    for name in ("a1.txt", "a2.txt", "b.txt"):
        (tmp_path / name).write_text(name)

    class Plain(custom_model.CustomModel):
        @custom_model.inference_api
        def predict(self, df: pandas.DataFrame) -> pandas.DataFrame:
            return pandas.DataFrame({"OUT": df["A"]})

    version = bench.log(Plain(), sample_input_data=NUMBERS, conda=["pandas"], user_files={
        "notes": sorted(map(str, tmp_path.glob("a?.txt"))), "more/deep": [str(tmp_path / "b.txt")]})
    names = [row["name"] for row in bench.session.sql(f"list 'snow://model/{version.model_name}/versions/V1/'").collect()]
    assert {"versions/V1/user_files/notes/a1.txt", "versions/V1/user_files/notes/a2.txt",
            "versions/V1/user_files/more/deep/b.txt"} <= set(names), names
    assert bench.text(version, "user_files/notes/a2.txt") == "a2.txt"
    bench.agree(version, "predict", NUMBERS, [1.0, 2.0, 3.5])
