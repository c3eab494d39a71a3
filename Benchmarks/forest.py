"""A random forest over a million rows from SQL, against scikit-learn in this process."""

import time

import numpy
import pandas
from measure import Row, median, note, running, spent
from sklearn.ensemble import RandomForestRegressor

ROWS, COLUMNS, ROUNDS = 1_000_000, 30, 3
NAMES = [f"F{n}" for n in range(COLUMNS)]


def data():
    chance = numpy.random.default_rng(7)
    frame = pandas.DataFrame(chance.random((ROWS, COLUMNS)), columns=NAMES)
    target = frame["F0"] * 3 + numpy.sin(frame["F1"] * 6) + frame["F2"] * frame["F3"] + chance.normal(0, 0.1, ROWS)
    return frame, target


def in_process(model, frame):
    """CPU seconds of a predict of the whole frame, its result."""
    began = time.process_time()
    result = model.predict(frame)
    return time.process_time() - began, result


def through_sql(server, model, frame, expected):
    """CPU and wall of predicting the table, after one warm call; checks every prediction."""
    session = server.session()
    registry = server.registry(session)
    version = registry.log_model(
        model, model_name="FOREST", version_name="V1", sample_input_data=frame.head(100),
        conda_dependencies=["scikit-learn"],
        options={"enable_explainability": False, "target_methods": ["predict"]})
    table = frame.copy()
    table["N"] = numpy.arange(ROWS)
    session.write_pandas(table, "ROWS_OF_30", auto_create_table=True, overwrite=True)
    call = f"FOREST!PREDICT({', '.join(NAMES)})['output_feature_0']::float"
    got = session.sql(f"select n, {call} as p from rows_of_30").to_pandas().sort_values("N")["P"].to_numpy()
    assert numpy.allclose(got, expected), "predictions differ from the local model's"
    times = []
    for _ in range(ROUNDS):
        with spent(server) as used:
            total = session.sql(f"select sum({call}) as s from rows_of_30").collect()[0]["S"]
        assert abs(total - expected.sum()) < 1e-3 * ROWS, (total, expected.sum())
        times.append(used)
    with spent(server) as scan:
        session.sql("select " + " + ".join(f"sum({name})" for name in NAMES) + " from rows_of_30").collect()
    del version
    session.close()
    return times, scan


def measure():
    frame, target = data()
    model = RandomForestRegressor(n_estimators=100, max_depth=6, n_jobs=1, random_state=0).fit(
        frame.head(20_000), target.head(20_000))
    model.predict(frame.head(1000))
    rows = []
    for direct, aim in (("off", 0.7), ("on", 0.9)):
        local = [in_process(model, frame)[0] for _ in range(ROUNDS)]
        expected = in_process(model, frame)[1]
        with running(ROOST_DIRECT_ESTIMATOR=direct) as server:
            times, scan = through_sql(server, model, frame, expected)
        local += [in_process(model, frame)[0]]
        rate, local_rate = ROWS / median([t.cpu for t in times]), ROWS / median(local)
        middle = sorted(times, key=lambda t: t.cpu)[len(times) // 2]
        note(f"forest, direct {direct}: server {middle.server:.2f} s, workers {middle.workers:.2f} s, wall {middle.wall:.2f} s; "
             f"in process {median(local):.2f} s CPU; scan alone {scan.cpu:.2f} s CPU")
        if not rows:
            rows.append(Row("forest 1M x 30, sklearn in process", f"{local_rate:,.0f} rows/CPU-s"))
        name = "worker calls the estimator" if direct == "on" else "client's generated handler"
        rows.append(Row(
            f"forest 1M x 30, SQL, {name}",
            f"{rate:,.0f} rows/CPU-s = {rate / local_rate:.2f}x (wall {middle.wall:.1f} s; CPU server {middle.server:.2f} + workers {middle.workers:.2f} s)",
            f">= {aim}x", rate / local_rate >= aim))
    return rows
