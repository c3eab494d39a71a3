"""A method over partitions from SQL against pandas' groupby, and explanations against shap in this process."""

import time

import numpy
import pandas
from measure import Row, median, note, running, spent

ROWS, ROUNDS = 1_000_000, 3
EXPLAINED = 10_000


def fit(self, X: pandas.DataFrame) -> pandas.DataFrame:
    """A line through each partition's points, and how far they are from it."""
    x, y = X["X"].to_numpy(dtype=float), X["Y"].to_numpy(dtype=float)
    slope, start = numpy.polyfit(x, y, 1)
    return pandas.DataFrame({"SLOPE": [slope], "START": [start], "ERROR": [numpy.abs(slope * x + start - y).mean()]})


def data(groups):
    chance = numpy.random.default_rng(11)
    frame = pandas.DataFrame({"G": numpy.arange(ROWS) % groups, "X": chance.random(ROWS)})
    frame["Y"] = frame["X"] * (frame["G"] % 7) + chance.normal(0, 0.1, ROWS)
    return frame


def partitions(server, session, model, version, groups):
    frame, table = data(groups), f"POINTS_{groups}"
    session.write_pandas(frame, "LOADED", auto_create_table=True, overwrite=True)
    session.sql(f"create or replace table {table} as select g::int as g, x, y from loaded").collect()
    call = f"{table} t, table(lines!fit(t.x, t.y) over (partition by t.g)) p"
    got = session.sql(f"select t.g, p.slope, p.error from {call}").to_pandas().sort_values("G")
    local = []
    for _ in range(ROUNDS):
        began = time.process_time()
        expected = frame.groupby("G")[["X", "Y"]].apply(model.fit)
        local.append(time.process_time() - began)
    assert numpy.allclose(got["SLOPE"], expected["SLOPE"]) and numpy.allclose(got["ERROR"], expected["ERROR"])
    times = []
    for _ in range(ROUNDS):
        with spent(server) as used:
            session.sql(f"select sum(p.slope) from {call}").collect()
        times.append(used)
    return local, times


def custom():
    from snowflake.ml.model import custom_model

    kind = type("Lines", (custom_model.CustomModel,), {"fit": custom_model.partitioned_api(fit)})
    return kind(custom_model.ModelContext())


def line(what, count, local, times, aim):
    rate, local_rate = count / median([used.cpu for used in times]), count / median(local)
    middle = sorted(times, key=lambda used: used.cpu)[len(times) // 2]
    note(f"{what}: server {middle.server:.2f} s, workers {middle.workers:.2f} s, wall {middle.wall:.2f} s; in process {median(local):.2f} s CPU")
    return Row(
        what, f"{rate:,.0f} rows/CPU-s = {rate / local_rate:.2f}x (in process {local_rate:,.0f}; wall {middle.wall:.1f} s; "
        f"CPU server {middle.server:.2f} + workers {middle.workers:.2f} s)", f">= {aim}x", rate / local_rate >= aim)


def explanations(server, session):
    """Explain 10,000 rows with the client's `explain`, against shap alone on the same model."""
    import shap
    from xgboost import XGBRegressor

    chance = numpy.random.default_rng(5)
    frame = pandas.DataFrame(chance.random((EXPLAINED, 20)), columns=[f"F{n}" for n in range(20)])
    model = XGBRegressor(n_estimators=200, max_depth=6, n_jobs=1, random_state=0).fit(frame, frame["F0"] * 3 + frame["F1"] * frame["F2"])
    session.write_pandas(frame, "EXPLAINED", auto_create_table=True, overwrite=True)
    server.registry(session).log_model(
        model, model_name="TREES", version_name="V1", sample_input_data=frame.head(100), conda_dependencies=["xgboost"],
        options={"enable_explainability": True})
    names = ", ".join(frame.columns)
    call = f'explained, table(trees!explain({names})) p'
    column = session.sql(f"select p.* from {call} limit 1").columns[0]
    got = session.sql(f"select {names}, p.{column} as e from {call}").to_pandas()["E"].to_numpy()
    local = []
    for _ in range(ROUNDS):
        began = time.process_time()
        expected = shap.TreeExplainer(model)(frame).values
        local.append(time.process_time() - began)
    assert numpy.allclose(got, expected[:, 0], atol=1e-5), "explanations differ from shap's"
    times = []
    for _ in range(ROUNDS):
        with spent(server) as used:
            session.sql(f"select sum(p.{column}) from {call}").collect()
        times.append(used)
    return line(f"explain of {EXPLAINED:,} rows x 20, 200 trees", EXPLAINED, local, times, 0.9)


def measure():
    from snowflake.ml.model.model_signature import DataType, FeatureSpec, ModelSignature

    signature = ModelSignature(
        inputs=[FeatureSpec(name=name, dtype=DataType.DOUBLE, nullable=False) for name in ("X", "Y")],
        outputs=[FeatureSpec(name=name, dtype=DataType.DOUBLE) for name in ("SLOPE", "START", "ERROR")])
    rows = []
    with running() as server:
        session, model = server.session(), custom()
        version = server.registry(session).log_model(
            model, model_name="LINES", version_name="V1", signatures={"fit": signature}, conda_dependencies=["pandas"],
            options={"function_type": "TABLE_FUNCTION"})
        for groups in (1_000, 10_000):
            local, times = partitions(server, session, model, version, groups)
            rows.append(line(f"partitions, 1M rows in {groups:,} groups", ROWS, local, times, 0.8))
        rows.append(explanations(server, session))
        session.close()
    return rows
