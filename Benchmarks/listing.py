"""SHOW MODELS and SHOW VERSIONS of a catalog with 10,000 models of 10 versions each."""

import sqlite3

from measure import Row, note, running
from statements import Load, models

MODELS, VERSIONS = 10_000, 10


def multiply(server):
    """Copies the rows of the one model, in the catalog of a server that is stopped: by statements it would take minutes."""
    catalog = sqlite3.connect(server.data / "catalog.sqlite")
    (model,) = catalog.execute("SELECT id FROM object WHERE name = 'BASE_0000' AND kind = 'MODEL'").fetchone()

    def copy(table, key, changes):
        columns = [row[1] for row in catalog.execute(f"PRAGMA table_info({table})") if row[1] != "id" or key == "id"]
        values = [changes.get(column, column) for column in columns]
        return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} WHERE {key} = "

    objects = copy("object", "id", {"id": "id + ?", "name": "?", "name_ci": "?"})
    made = copy("model", "id", {"id": "id + ?", "default_version_id": "NULL", "display_name": "?"})
    version = copy("model_version", "model_id", {"model_id": "?", "number": "?", "name": "?", "name_ci": "?"})
    for index in range(1, MODELS):
        name = f"BASE_{index:05}"
        catalog.execute(f"{objects}{model}", (index * 10, name, name))
        catalog.execute(f"{made}{model}", (index * 10, name))
    ids = [model + index * 10 for index in range(MODELS)]
    for id in ids:
        for number in range(2 if id == model else 1, VERSIONS + 1):
            catalog.execute(f"{version}{model} AND number = 1", (id, number, f"V{number}", f"V{number}"))
    catalog.execute(
        "UPDATE model SET default_version_id = (SELECT v.id FROM model_version v WHERE v.model_id = model.id AND v.number = 1),"
        f" next_number = {VERSIONS + 1}")
    (count,) = catalog.execute("SELECT count(*) FROM model_version").fetchone()
    assert count == MODELS * VERSIONS, count
    catalog.commit()
    catalog.close()


def measure():
    rows = []
    with running() as server:
        models(server, 1)
        server.stop()
        multiply(server)
        server.start()
        note(f"listing: {MODELS} models of {VERSIONS} versions")
        for name, text in (
                ("SHOW MODELS LIMIT 100", "show models in schema ml.registry limit 100"),
                ("SHOW MODELS LIMIT 100 FROM the middle", "show models in schema ml.registry limit 100 from 'BASE_05000'"),
                ("SHOW MODELS LIKE one", "show models like 'BASE_05000' in schema ml.registry"),
                ("SHOW VERSIONS of one", "show versions in model ml.registry.base_05000")):
            figure = Load(server, text).milliseconds(400)
            rows.append(Row(f"{name} of {MODELS:,} x {VERSIONS}", f"{figure:.2f} ms of server CPU", "< 10 ms", figure < 10))
    return rows
