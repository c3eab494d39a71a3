"""What authorisation adds to a statement: server CPU as a plain role, before and after 1,000 roles and 10,000 grants."""

import time

from measure import Row, note, running
from roost_server import PASSWORD
from statements import Load, models
from wire import Wire

ROLES, MODELS, GRANTS_EACH = 1000, 1000, 10
# The role that asks inherits from so many of the others.
INHERITED = 100
CASES = (("SHOW VERSIONS IN MODEL", "show versions in model ML.REGISTRY.BASE_0500", 2000),
         ("DESCRIBE TABLE", "describe table ML.REGISTRY.SHELF", 2000))


def run(wire, statements):
    for statement in statements:
        answer = wire.query(statement)
        assert answer.json["success"], (statement, answer)


def measure():
    rows = []
    with running() as server:
        models(server, MODELS)
        wire = Wire(server, password=PASSWORD)
        run(wire, ["create role reader", "grant usage on database ml to role reader",
                   "grant usage on schema ml.registry to role reader", "create table ml.registry.shelf (a int)",
                   "grant select on table ml.registry.shelf to role reader",
                   "grant usage on model ml.registry.base_0500 to role reader", "grant role reader to user admin"])
        before = ["use role reader", "use secondary roles none"]
        few = [Load(server, text, before).milliseconds(count) for _, text, count in CASES]
        began = time.perf_counter()
        run(wire, (f"create role r{number}" for number in range(ROLES)))
        run(wire, (f"grant role r{number} to role reader" for number in range(INHERITED)))
        run(wire, (f"grant usage on model ml.registry.base_{number % MODELS:04} to role r{number // GRANTS_EACH % ROLES}"
                   for number in range(ROLES * GRANTS_EACH)))
        note(f"access: {ROLES} roles and {ROLES * GRANTS_EACH} grants made in {time.perf_counter() - began:.1f} s")
        for (name, text, count), less in zip(CASES, few):
            more = Load(server, text, before).milliseconds(count)
            rows.append(Row(f"{name}, with {ROLES:,} roles and {ROLES * GRANTS_EACH:,} grants",
                            f"{more:.2f} ms of server CPU, {more - less:+.2f} ms to a catalog without", "< +0.1 ms", more - less < 0.1))
    return rows
