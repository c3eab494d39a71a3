"""Logs models that explain themselves, gets their explanations in each way, and checks them."""

import json

import numpy


def logged(bench, model, features, conda=(), **options):
    version = bench.log(model, sample_input_data=features, conda=[*conda, "shap"], options={"enable_explainability": True, **options})
    function = bench.function(version, "explain")
    assert function["name"] == "EXPLAIN" and function["target_method_function_type"] == "TABLE_FUNCTION"
    return version


def values(frame):
    """[rows, features] or, where an explanation is an object of classes, [rows, features, classes]."""
    cells = [[json.loads(cell) if isinstance(cell, str) else cell for cell in row] for row in frame.values.tolist()]
    return numpy.array([[list(cell.values()) if isinstance(cell, dict) else cell for cell in row] for row in cells], dtype=float)


def explained(bench, version, rows):
    """The explanations by pandas, which those by Snowpark and SQL are held against."""
    result = version.run(rows, function_name="explain")
    names = bench.outputs(version, "explain")
    assert [name.lower().strip('"') for name in names] == [f"{column}_explanation".lower() for column in rows.columns]
    found = values(result[names])
    table = bench.table(rows)
    by_snowpark = version.run(bench.session.table(table), function_name="explain").to_pandas()
    assert set(names) <= set(by_snowpark.columns), by_snowpark.columns

    arguments = ", ".join(f't."{column}"' for column in rows.columns)
    text = f"select * from {table} as t, table(model({version.model_name}, V1)!explain({arguments})) order by id"
    by_sql = bench.session.sql(text).to_pandas()
    assert list(by_sql.columns[:len(rows.columns) + 1]) == ["ID", *rows.columns]
    assert len(by_sql.columns) == 1 + 2 * len(rows.columns)
    in_sql = values(by_sql.iloc[:, len(rows.columns) + 1:])
    assert numpy.allclose(in_sql, found, rtol=1e-12)
    order = numpy.lexsort(values(by_snowpark[names]).reshape(len(rows), -1).T)
    assert numpy.allclose(values(by_snowpark[names])[order], found[numpy.lexsort(found.reshape(len(rows), -1).T)], rtol=1e-12)
    return found


def equal(found, expected, what):
    """Prints the largest relative difference, measured at the largest value."""
    assert found.shape == expected.shape, (found.shape, expected.shape)
    difference = numpy.abs(found - expected).max() / numpy.abs(expected).max()
    print(f"explain {what}: largest relative difference {difference:.2e}")
    assert difference < 1e-6, what


def adds_up(found, base, raw, tolerance=1e-5):
    """Base value and explanations of a row are the model's raw prediction."""
    assert numpy.allclose(found.sum(axis=1) + numpy.asarray(base), raw, rtol=tolerance, atol=tolerance)
