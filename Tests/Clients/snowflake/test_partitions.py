"""Partitioned methods of the stock client: many partitions a batch give what each gives alone."""

import datetime
import uuid

import numpy as np
import pandas as pd
import pytest
from snowflake.ml.model import custom_model
from snowflake.ml.model.model_signature import DataType as D
from snowflake.ml.model.model_signature import FeatureSpec, ModelSignature, ParamSpec
from snowflake.ml.registry import Registry

INPUTS = [("G", D.STRING), ("A", D.DOUBLE), ("I", D.INT8), ("T", D.TIMESTAMP_NTZ), ("B", D.BOOL), ("L", D.INT64)]
OUTPUTS = [("SEEN", D.STRING), ("TOTAL", D.DOUBLE), ("COUNTED", D.INT64), ("FIRST_", D.TIMESTAMP_NTZ), ("NOTE", D.STRING)]


def predict(self, X: pd.DataFrame, *, K: int = 2) -> pd.DataFrame:
    import pandas as pd

    seen = f"{type(X).__name__} {list(X.columns)} {[str(dtype) for dtype in X.dtypes]} {list(X.index)[:3]} {X.index[-1] + 1 == len(X)}"
    X["MORE"] = X["A"] * K
    X.loc[0, "A"] = -1.0
    total = X["MORE"].sum()
    if X["G"].iloc[0] == "g3":
        return pd.DataFrame({"SEEN": [], "TOTAL": [], "COUNTED": [], "FIRST_": [], "NOTE": []})
    return pd.DataFrame({
        "SEEN": [seen] * 2, "TOTAL": [float(total), None], "COUNTED": len(X), "FIRST_": [X["T"].min()] * 2,
        "NOTE": [None if X["I"].isna().any() else str(X["I"].sum()), X.groupby("B")["A"].count().to_json()]})


@pytest.fixture(scope="module")
def house(server):
    schema = f"PART_{uuid.uuid4().hex[:8]}".upper()
    session = server.session()
    session.sql(f"create schema ml.{schema}").collect()
    session.sql(f"use schema ml.{schema}").collect()
    session.sql("""create table t as select 'g' || (seq4() % 9) as g, iff(seq4() % 7 = 3, null, seq4() * 0.5)::float as a,
        iff(seq4() % 9 = 5, null, seq4() % 100)::int as i, dateadd(day, seq4(), '2024-01-01'::timestamp_ntz) as t, seq4() % 2 = 0 as b,
        iff(seq4() % 50 = 1, null, [seq4(), 1]) as l from table(generator(rowcount => 900))""").collect()
    kind = type("Custom", (custom_model.CustomModel,), {"predict": custom_model.partitioned_api(predict)})
    signature = ModelSignature(
        inputs=[FeatureSpec(name=name, dtype=kind_, shape=(-1,) if name == "L" else None) for name, kind_ in INPUTS],
        outputs=[FeatureSpec(name=name, dtype=kind_) for name, kind_ in OUTPUTS],
        params=[ParamSpec(name="K", dtype=D.INT64, default_value=2)])
    version = Registry(session=session, database_name="ML", schema_name=schema).log_model(
        kind(custom_model.ModelContext()), model_name="M", version_name="V1", signatures={"predict": signature}, conda_dependencies=["pandas"],
        options={"function_type": "TABLE_FUNCTION"})
    yield session, version
    session.close()


CALL = "select g, p.* from {table} x, table(m!predict(x.g, a, i, t, b, l{params}) over (partition by x.g order by t)) p order by g, note"


@pytest.mark.parametrize("params", ["", ", 5", ", k => null"])
def test_together_as_alone(house, params):
    session, _ = house
    together = [tuple(row) for row in session.sql(CALL.format(table="t", params=params)).collect()]
    alone = []
    for n in range(9):
        alone += [tuple(row) for row in session.sql(CALL.format(table=f"(select * from t where g = 'g{n}')", params=params)).collect()]
    assert repr(together) == repr(alone) and len(together) == 16
    factor = 5 if "5" in params else 2
    totals = session.table("t").to_pandas().groupby("G")["A"].sum() * factor
    assert {row[0]: row[2] for row in together if row[2] is not None} == pytest.approx(totals.drop("g3").to_dict())
    assert together[0][1] == (
        "DataFrame ['G', 'A', 'I', 'T', 'B', 'L'] ['string', 'Float64', 'Int8', 'datetime64[ns]', 'boolean', 'object'] [0, 1, 2] True")
    assert together[0][4] == datetime.datetime(2024, 1, 1) and together[0][3] == 100


def test_an_outer_join_keeps_partitions_without_rows(house):
    session, _ = house
    text = "select x.g, p.counted from t x {} join table(m!predict(x.g, a, i, t, b, l) over (partition by x.g)) p on true order by 1"
    inner, outer = ([tuple(row) for row in session.sql(text.format(kind)).collect()] for kind in ("inner", "left"))
    assert len(inner) == 16 and [row for row in outer if row not in inner] == [("g3", None)] and len(outer) == 17


def test_with_mv_run(house):
    session, version = house
    frame = session.table("t").to_pandas().drop(columns=["L"])
    frame["L"] = [[1]] * len(frame)
    frame["I"] = frame["I"].astype("Int64")
    result = version.run(frame, function_name="predict", partition_column="G", params={"K": 3})
    assert sorted(set(result["G"])) == [f"g{n}" for n in range(9) if n != 3] and len(result) == 16
    assert np.isclose(result["TOTAL"].astype(float).sum(), frame[frame["G"] != "g3"]["A"].sum() * 3)
    lazy = version.run(session.table("t"), function_name="predict", partition_column="G")
    assert lazy.filter("total is not null").count() == 8


def test_one_partition_with_a_value_that_does_not_fit(house):
    session, _ = house
    table = "(select g, a, iff(g = 'g4', 1000, i) as i, t, b, l from t)"
    with pytest.raises(Exception, match=r"(?s)100357.*input_df = df\[input_cols\].astype.*cannot safely cast|Cannot cast array data from dtype\('.*'\) to dtype\('int8'\)"):
        session.sql(CALL.format(table=table, params="")).collect()
    assert len(session.sql(CALL.format(table="t", params="")).collect()) == 16


def test_a_parameter_that_varies_in_a_partition(house):
    session, _ = house
    assert len(session.sql(CALL.format(table="t", params=", length(x.g)")).collect()) == 16
    with pytest.raises(Exception, match="All values for parameter 'K' must be equal"):
        session.sql(CALL.format(table="t", params=", i")).collect()
