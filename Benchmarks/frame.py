"""mv.run of 30,000 pandas rows, and where its time goes."""

import collections
import time

import numpy
import pandas
from measure import Row, median, note, running, spent
from sklearn.ensemble import RandomForestRegressor

ROWS = 30_000


class Statements:
    """Counts and times the statements that the connector sends, by their first words."""

    def __enter__(self):
        from snowflake.connector.cursor import SnowflakeCursor

        self.cursor, self.original, self.times = SnowflakeCursor, SnowflakeCursor.execute, collections.Counter()
        self.counts, original, depth = collections.Counter(), SnowflakeCursor.execute, [0]

        def execute(cursor, command, *arguments, **named):
            began = time.perf_counter()
            depth[0] += 1
            try:
                return original(cursor, command, *arguments, **named)
            finally:
                depth[0] -= 1
                if depth[0] == 0:
                    kind = "describe" if named.get("_describe_only") else " ".join(command.split()[:2]).upper()
                    kind = "SELECT … MODEL()!…" if "MODEL(" in command.upper() and kind.startswith("SELECT") else kind
                    self.times[kind] += time.perf_counter() - began
                    self.counts[kind] += 1

        SnowflakeCursor.execute = execute
        return self

    def __exit__(self, *_):
        self.cursor.execute = self.original


def measure():
    chance = numpy.random.default_rng(3)
    frame = pandas.DataFrame(chance.random((ROWS, 30)), columns=[f"F{n}" for n in range(30)])
    model = RandomForestRegressor(n_estimators=100, max_depth=6, random_state=0).fit(frame.head(2000), frame["F0"].head(2000))
    with running() as server:
        session = server.session()
        version = server.registry(session).log_model(
            model, model_name="FOREST", version_name="V1", sample_input_data=frame.head(100), conda_dependencies=["scikit-learn"],
            options={"enable_explainability": False, "target_methods": ["predict"]})
        version.run(frame, function_name="predict")
        runs = []
        for _ in range(5):
            with Statements() as statements, spent(server) as used:
                result = version.run(frame, function_name="predict")
            runs.append((used, statements))
        session.close()  # the client would ask this server's session again in later measurements
        began = time.process_time()
        expected = model.predict(frame)
        local = time.process_time() - began
        assert numpy.allclose(result["output_feature_0"], expected)
    used, statements = sorted(runs, key=lambda run: run[0].wall)[len(runs) // 2]
    in_statements = sum(statements.times.values())
    for kind, seconds in statements.times.most_common():
        note(f"frame: {seconds * 1000:7.1f} ms in {statements.counts[kind]} x {kind}")
    note(f"frame: {(used.wall - in_statements) * 1000:7.1f} ms in the client outside statements")
    parts = ", ".join(f"{kind} {seconds * 1000:.0f}" for kind, seconds in statements.times.most_common(6))
    return [
        Row("mv.run of 30,000 rows x 30", f"{used.wall:.2f} s wall; CPU client {used.client:.2f}, server {used.server:.2f}, workers {used.workers:.2f} s; sklearn alone {local:.2f} s"),
        Row("  its wall time in ms", f"{parts}, client outside statements {(used.wall - in_statements) * 1000:.0f}"),
        Row("  median of five runs", f"{median([u.wall for u, _ in runs]):.2f} s"),
    ]
