"""kill -9 at random moments of log_model: what was acknowledged is there and works, what was cut off is whole or absent."""

import hashlib
import pathlib
import random
import tempfile
import threading
import time

import pytest
from sklearn.linear_model import LogisticRegression

# The clients of a killed server complain from threads of their own; that is what they should do.
pytestmark = pytest.mark.filterwarnings("ignore")


class Logger(threading.Thread):
    """Logs versions against one life of a server until that ends; keeps what was acknowledged and what was under way."""

    def __init__(self, server, prefix, seed):
        super().__init__(daemon=True)
        self.server, self.prefix, self.chance = server, prefix, random.Random(seed)
        self.acknowledged, self.under_way = [], None
        self.started = threading.Event()

    def run(self):
        from sklearn.datasets import load_iris

        frame, target = load_iris(return_X_y=True, as_frame=True)
        frame.columns = ["A", "B", "C", "D"]
        try:
            session = self.server.session(network_timeout=5, login_timeout=20)
            registry = self.server.registry(session)
            count = 0
            while True:
                fitted = LogisticRegression(max_iter=50, C=self.chance.uniform(0.1, 10)).fit(frame, target)
                model = f"{self.prefix}_{self.chance.randrange(3)}"
                version = f"V{count}_{self.prefix}"
                count += 1
                expected = fitted.predict(frame.head(3)).tolist()
                self.under_way = (model, version, expected)
                self.started.set()
                registry.log_model(
                    fitted, model_name=model, version_name=version, sample_input_data=frame.head(5),
                    conda_dependencies=["scikit-learn"], options={"enable_explainability": False})
                self.acknowledged.append(self.under_way)
                self.under_way = None
        except Exception:
            self.started.set()  # the server is gone: what is under way stays so


def versions(server):
    """Every version that the server shows: {(model, version)}."""
    with server.connect() as connection:
        cursor = connection.cursor()
        models = [row[1] for row in cursor.execute("show models in account").fetchall()]
        return {(model, row[1]) for model in models for row in cursor.execute(f"show versions in model {model}").fetchall()}


def predicts(cursor, model, version, expected):
    rows = cursor.execute(
        f"select model({model}, {version})!predict(a, b, c, d)['output_feature_0']::int from values "
        "(0, 5.1, 3.5, 1.4, 0.2), (1, 4.9, 3.0, 1.4, 0.2), (2, 4.7, 3.2, 1.3, 0.2) as t (n, a, b, c, d) order by n").fetchall()
    assert [row[0] for row in rows] == expected, (model, version)


def test_no_acknowledged_version_is_lost_by_kill_9(own_server, full_size, capsys):
    rounds = 50 if full_size else 6
    seed = random.SystemRandom().randrange(2**31)
    chance = random.Random(seed)
    server = own_server(ROOST_LOG_LEVEL="warning", ROOST_COLLECTION_GRACE="0", ROOST_COLLECTION_RETENTION="0")
    server.start()
    acknowledged, cut_off, whole = {}, 0, 0
    for index in range(rounds):
        logger = Logger(server, f"CRASH{index}", seed + index)
        logger.start()
        assert logger.started.wait(60)
        deadline = time.monotonic() + 120
        while len(logger.acknowledged) < index % 2 and logger.is_alive() and time.monotonic() < deadline:  # on every other round, one is to survive
            time.sleep(0.05)
        time.sleep(chance.uniform(0.05, 6.0))
        server.kill()
        under_way, done = logger.under_way, list(logger.acknowledged)
        server.start()
        present = versions(server)
        for model, version, expected in done:
            acknowledged[model, version] = expected
        missing = set(acknowledged) - present
        assert not missing, f"seed {seed}, round {index}: acknowledged but lost: {missing}"
        surplus = present - set(acknowledged)
        assert surplus <= ({under_way[:2]} if under_way else set()), f"seed {seed}, round {index}: half there: {surplus}"
        if under_way:
            cut_off += 1
        if surplus:
            whole += 1
            acknowledged[under_way[:2]] = under_way[2]
    assert acknowledged, "no version was acknowledged before any kill: nothing was shown"
    with capsys.disabled():
        print(f"\n    kill -9: {rounds} rounds, {len(acknowledged)} versions there, {cut_off} calls cut off ({whole} of them wholly there), seed {seed}")

    with server.connect() as connection:
        cursor = connection.cursor()
        shown = {row[1] for row in cursor.execute("show models in account").fetchall()}
        assert shown == {model for model, _ in acknowledged}, "a model without versions was left behind"
        for (model, version), expected in acknowledged.items():
            predicts(cursor, model, version, expected)
    registry = server.registry()
    for model, version in list(acknowledged)[-3:]:
        loaded = registry.get_model(model).version(version).load(force=True)
        assert hasattr(loaded, "predict_proba")
    orphans(server, acknowledged)


def orphans(server, acknowledged):
    """After a restart every blob on disk is the content of a file of some version."""
    server.stop()
    server.start()
    known, deadline = set(), time.monotonic() + 30
    with server.connect() as connection, tempfile.TemporaryDirectory() as folder:
        cursor = connection.cursor()
        for number, (model, version) in enumerate(acknowledged):
            for count, row in enumerate(cursor.execute(f"list 'snow://model/{model}/versions/{version}/'").fetchall()):
                target = pathlib.Path(folder) / f"{number}_{count}"
                target.mkdir()
                cursor.execute(f"get 'snow://model/{model}/{row[0]}' 'file://{target}/'")
                known |= {hashlib.sha256(path.read_bytes()).hexdigest() for path in target.iterdir()}
    while time.monotonic() < deadline:
        stored = {"".join(path.relative_to(server.data / "blobs/sha256").parts)[-64:]
                  for path in (server.data / "blobs/sha256").rglob("*") if path.is_file()}
        if stored == known:
            return
        time.sleep(0.5)
    assert known <= stored, "a version's file has no blob under its digest"
    raise AssertionError(f"{len(stored - known)} of {len(stored)} blobs belong to no version")


def test_tables_and_transactions_survive_kill_9(own_server, seeded):
    """Acknowledged inserts are there, an open transaction is wholly absent."""
    server = own_server()
    server.start()
    with server.connect() as connection:
        connection.cursor().execute("create table kept (n int)")
    count = 0
    for _ in range(3):
        connection = server.connect(network_timeout=3)
        cursor = connection.cursor()
        for _ in range(seeded.randrange(1, 20)):
            cursor.execute(f"insert into kept values ({count})")
            count += 1
        cursor.execute("begin")
        cursor.execute("insert into kept select -1 from table(generator(rowcount => 1000))")
        server.kill()
        server.start()
        with server.connect() as again:
            assert again.cursor().execute("select count(*), min(n), max(n) from kept").fetchone() == (count, 0, count - 1)


def test_a_second_server_on_the_same_directory_is_refused(own_server):
    server = own_server()
    server.start()
    twin = own_server()
    twin.data = server.data
    with pytest.raises(AssertionError) as caught:
        twin.start()
    assert "use" in str(caught.value) or "another" in str(caught.value) or "lock" in str(caught.value)
    assert server.get("/ready")[0] == 200


def test_sigterm_ends_within_seconds_even_while_a_statement_runs(own_server):
    server = own_server()
    server.start()
    connection = server.connect(network_timeout=3)
    connection.cursor().execute_async("select count(*) from table(generator(rowcount => 20000000000)) where random() = 0")
    time.sleep(0.5)
    assert server.stop(timeout=30) < 20
    server.start()
