"""Prophet: a forecast by rows of dates, in an environment that the server builds."""

import numpy
import pandas
import pytest

prophet = pytest.importorskip("prophet")


def test_a_forecast(bench):
    days = pandas.date_range("2024-01-01", periods=120)
    history = pandas.DataFrame({"ds": days, "y": numpy.arange(120) * 0.5 + numpy.sin(numpy.arange(120) * 2 * numpy.pi / 7)})
    model = prophet.Prophet(uncertainty_samples=0, yearly_seasonality=False, daily_seasonality=False)
    model.fit(history)
    future = pandas.DataFrame({"ds": pandas.date_range("2024-05-01", periods=10), "y": numpy.nan})
    version = bench.log(model, sample_input_data=history, conda=["catboost", "prophet", "shap"])
    assert [f["target_method"] for f in version.show_functions()] == ["predict"]
    expected = model.predict(future)["yhat"].to_numpy()
    found = version.run(future, function_name="predict").sort_values("ds")
    assert numpy.allclose(found["yhat"].astype(float), expected)
    table = bench.table(future.assign(y=0.0).rename(columns=str.upper))
    text = f"select r.ds, r.yhat from {table} as t, table(model({version.model_name}, V1)!predict(t.ds, t.y)) as r order by 1"
    assert numpy.allclose([row[1] for row in bench.session.sql(text).collect()], expected)
    loaded = bench.loads(version)
    assert numpy.allclose(loaded.predict(future)["yhat"], expected)
