"""Table functions of models: TABLE(m!f(…) OVER (PARTITION BY …)), in all places of FROM, and what they say when they fail."""

import threading
import time
import uuid

import pytest
import snowflake.connector
import table_package
from model_package import create
from roost_server import PASSWORD
from wire import Wire

ProgrammingError = snowflake.connector.errors.ProgrammingError


class House:
    """A schema of its own with the model M and some tables; `rows` asks, `refused` expects an error."""

    def __init__(self, server, schema, directory):
        self.server, self.schema = server, schema
        self.connection = server.connect()
        self.rows(f"create schema ml.{schema}")
        self.rows(f"use schema ml.{schema}")
        create(self.connection, "M", table_package.package(**table_package.METHODS), directory)
        self.rows("""create table t as select * from values
            ('x', 1.0, 'a'), ('y', 2.0, 'b'), ('x', 3.0, 'c'), (null, 4.0, 'd'), (null, 5.0, null) v(g, a, s)""")
        self.rows("create table u as select * from values ('x', 100), ('y', 200) v(g, w)")

    def run(self, text, bindings=None):
        cursor = self.connection.cursor()
        return cursor.execute(text, bindings)

    def rows(self, text, bindings=None):
        return [tuple(map(plain, row)) for row in self.run(text, bindings).fetchall()]

    def names(self, text):
        return [column.name for column in self.run(text).description]

    def refused(self, text):
        """The error's number and message; the session goes on."""
        with pytest.raises(ProgrammingError) as caught:
            self.run(text)
        assert self.rows("select 1") == [(1,)]
        return caught.value.errno, caught.value.msg


def plain(value):
    return float(value) if type(value).__name__ == "Decimal" else value


@pytest.fixture(scope="module")
def house(server, tmp_path_factory):
    house = House(server, f"TF_{uuid.uuid4().hex[:8]}".upper(), tmp_path_factory.mktemp("tf"))
    yield house
    house.connection.close()


# -- rows -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("over", ["", "over (partition by g)", "over (partition by 1)", "over ()"])
def test_a_method_over_rows_keeps_the_columns_and_ignores_partitions(house, over):
    text = f"select * from t, table(m!twice(a, s) {over}) order by a"
    assert house.names(text) == ["G", "A", "S", "OUT", "TEXT"]
    assert house.rows(text) == [
        ("x", 1, "a", 2, "a!"), ("y", 2, "b", 4, "b!"), ("x", 3, "c", 6, "c!"), (None, 4, "d", 8, "d!"),
        (None, 5, None, 10, None)]


@pytest.mark.parametrize("text, rows", [
    ("select * from table(m!twice(1, 'x'))", [(2, "x!")]),
    ("select p.o from table(m!twice(s => 'x', a => 1)) p(o, t)", [(2,)]),
    ("select p.x from table(m!twice(1, s => 'x')) as p(x)", [(2,)]),
    ("select out from t join table(m!twice(a, s)) on true where a > 3 order by 1", [(8,), (10,)]),
    ("select out from t left join table(m!twice(a, s)) p on true where a > 3 order by 1", [(8,), (10,)]),
    ("select out from t cross join table(m!twice(a, s)) p where a > 3 order by 1", [(8,), (10,)]),
    ("select out from t join table(m!twice(a, s)) where a > 3 order by 1", [(8,), (10,)]),
    ("select out from t left join table(m!twice(a, s)) p where a > 3 order by 1", [(8,), (10,)]),
    ("select t.a, p.out from t join table(m!twice(a, s)) p on p.out > 4 and t.a < 5 order by 1", [(3, 6), (4, 8)]),
    ("select t.a, p.out, w from t join table(m!twice(a, s)) p on p.out > 2 join u on u.g = t.g order by 1", [(2, 4, 200), (3, 6, 100)]),
    ("select p.out, t.a from table(m!twice(1, 'x')) p, t where a < 3 order by 2", [(2, 1), (2, 2)]),
    ("select p.out, t.a from table(m!twice(1, 'x')) p join t on t.a = p.out", [(2, 2)]),
    ("select out, w from t, table(m!twice(a, s)) p join u on u.g = t.g order by 1", [(2, 100), (4, 200), (6, 100)]),
    ("select out, w from t, table(m!twice(a, s)) p left join u on w = out * 50 order by 1",
     [(2, 100), (4, 200), (6, None), (8, None), (10, None)]),
    ("select w, out from u join (t cross join table(m!twice(t.a, t.s)) p) on u.g = t.g order by 2", [(100, 2), (200, 4), (100, 6)]),
    ("select p.out, r.out from t, table(m!twice(a, s)) p, table(m!twice(p.out, s)) r where t.a < 3 order by 1", [(2, 4), (4, 8)]),
    ("select x.out, y.out from t, table(m!twice(a, s)) x, u, table(m!twice(u.w, u.g)) y where t.a = 1 order by 2", [(2, 200), (2, 400)]),
    ("select f.value::int, p.out from (select array_construct(1, 2) arr), lateral flatten(input => arr) f, "
     "table(m!twice(f.value::float, 'q')) p order by 1", [(1, 2), (2, 4)]),
    ("select s, out from (select seq4() s from table(generator(rowcount => 2))) g, table(m!twice(g.s, 'x'))", [(0, 0), (1, 2)]),
    ("with c as (select a, s from t), d as (select c.a, p.out from c, table(m!twice(a, s)) p) select sum(a), sum(out) from d", [(15, 30)]),
    ("select g, count(*), sum(out) from t, table(m!twice(a, s)) group by g having sum(out) > 4 order by 3 desc limit 1", [(None, 2, 18)]),
    ("select out from t, table(m!twice(a, s)) where out > 4 and a < 5 order by out desc limit 1 offset 1", [(6,)]),
    ("select out from t, table(m!twice(a, s)) limit 2", [(2,), (4,)]),
    ("select out from t, table(m!twice(a, s)) limit 2 offset 1", [(4,), (6,)]),
    ("select g from t, table(m!twice(a, s)) qualify row_number() over (partition by g order by out desc) = 1 order by 1",
     [("x",), ("y",), (None,)]),
    ("select out from t, table(m!twice(a, s)) where g = 'y' union all select w from u order by 1", [(4,), (100,), (200,)]),
    ("select a from t where a * 2 in (select max(out) from t, table(m!twice(a, s)))", [(5,)]),
    ("select x, y from (select g, out from t, table(m!twice(a, s))) pivot (sum(out) for g in ('x', 'y')) as p(x, y)", [(8, 4)]),
    ("select * from t, table(m!twice(a, s)) where false", []),
    ("select * from (select * from t where false) t, table(m!twice(a, s))", []),
    ("select * from (select * from t where false) t, table(m!sums(a) over (partition by g))", []),
    ("select * from (select * from t where false) t, table(m!sums(a))", []),
    ("select x + 1 from (select out as x from table(m!twice(1, 'x')))", [(3,)]),
    ("select a, x from t, (select out as x from table(m!twice(1, 'x'))) where a < 2", [(1, 2)]),
    ("select out from t, table(m!scaled(a)) where a = 1", [(10,)]),
    ("select out from t, table(m!scaled(a, 3)) where a = 1", [(3,)]),
    ("select out from t, table(m!scaled(f => 3, a => a)) where a = 1", [(3,)]),
])
def test_a_method_over_rows_in_all_places(house, text, rows):
    assert house.rows(text) == rows


@pytest.mark.parametrize("arguments", ["*", "t.*", "* exclude g", "t.* exclude (g)", "* exclude (g)"])
def test_all_columns_as_arguments(house, arguments):
    assert house.rows(f"select sum(out) from t, table(m!twice({arguments}))") == [(30,)]


def test_joined_columns_stay_one(house):
    assert house.names("select * from t l join u r using (g), table(m!twice(l.a, l.s)) p") == ["G", "A", "S", "W", "OUT", "TEXT"]
    assert house.names("select * from t natural join u, table(m!sums(a) over (partition by g)) p") == ["G", "A", "S", "W", "TOTAL", "SIZE"]
    other = "(select 'z' g, 7 w) r using (g), table(m!twice(l.a, l.s)) p order by a, g"
    assert house.rows(f"select g, w, out from t l right join {other}") == [("z", 7, None)]
    assert house.rows(f"select g, w, out from t l full join {other}")[-1] == ("z", 7, None)
    assert house.rows("select r.g, l.g, p.out from t l join u r using (g), table(m!twice(l.a, l.s)) p where r.g = 'y' order by r.g") == [("y", "y", 4)]
    assert house.rows("select r.g, total from t l join u r using (g), table(m!sums(a) over (partition by r.g)) order by 1") == [("x", 4), ("y", 2)]
    number, message = house.refused(f"select l.g from t l full join {other}")
    assert number == 2 and "'L.G'" in message and "without its table" in message


def test_outputs_whose_names_differ_only_in_case(house):
    text = 'select * from t, table(m!twins(a)) p where a = 2'
    assert house.names(text) == ["G", "A", "S", "x", "X_1"] and house.rows(text)[0][3:] == (2, 3)
    assert house.rows('select "x" from t, table(m!twins(a)) where a = 2') == [(2,)]


# -- partitions -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text, rows", [
    ("select * from t, table(m!sums(a) over (partition by g)) order by g",
     [("x", None, None, 4, 2), ("y", None, None, 2, 1), (None, None, None, 9, 2)]),
    ("select p.* from t, table(m!sums(a)) p", [(15, 5)]),
    ("select p.* from t, table(m!sums(a) over ()) p", [(15, 5)]),
    ("select p.* from t, table(m!sums(a) over (partition by 1)) p", [(15, 5)]),
    ("select g, p.* from t, table(m!top(a) over (partition by g)) p order by g, place",
     [("x", 1, 3), ("x", 2, 1), ("y", 1, 2), (None, 1, 5), (None, 2, 4)]),
    ("select g, best from t, table(m!top(a, 1) over (partition by g)) p order by g", [("x", 3), ("y", 2), (None, 5)]),
    ("select g, best from t, table(m!top(n => 1, a => a) over (partition by g)) p order by g", [("x", 3), ("y", 2), (None, 5)]),
    ("select g, text from t, table(m!seen(a, s) over (partition by g)) order by g", [("x", "1a 3c"), ("y", "2b"), (None, "4d 5None")]),
    ("select g, text from t, table(m!seen(a, s) over (partition by g order by a desc)) order by g",
     [("x", "3c 1a"), ("y", "2b"), (None, "5None 4d")]),
    ("select text from t, table(m!seen(a, s) over (partition by g order by s desc nulls last, a)) where g is null", [("4d 5None",)]),
    ("select text from t, table(m!seen(a, s) over (partition by g order by s desc nulls first, a)) where g is null", [("5None 4d",)]),
    ("select text from t, table(m!seen(a, s) over (order by a desc))", [("5None 4d 3c 2b 1a",)]),
    ("select g, p.x from t, table(m!seen(a, s) over (partition by upper(g))) p(x) order by x", [(None, "1a 3c"), (None, "2b"), (None, "4d 5None")]),
    ("select a, g, x from t, table(m!seen(a, s) over (partition by g, a > 2)) p(x) order by x",
     [(None, "x", "1a"), (None, "y", "2b"), (None, "x", "3c"), (None, None, "4d 5None")]),
    ("select g, s, p.x from t, table(m!sums(a) over (partition by s, g)) p(x) order by x limit 2", [("x", "a", 1), ("y", "b", 2)]),
    ("select l.g, r.w, total from t l join u r on l.g = r.g, table(m!sums(l.a) over (partition by l.g, r.w)) order by 1",
     [("x", 100, 4), ("y", 200, 2)]),
    ("select t.g, p.total, r.out from t, table(m!sums(a) over (partition by g)) p, table(m!twice(p.total, t.g)) r order by 1",
     [("x", 4, 8), ("y", 2, 4), (None, 9, 18)]),
    ("select g, r.total from t, table(m!twice(a, s)) p, table(m!sums(p.out) over (partition by g)) r order by 1", [("x", 8), ("y", 4), (None, 18)]),
    ("select z.g, total from (select g, a + 1 as a from t) z, table(m!sums(z.a) over (partition by z.g)) order by 1",
     [("x", 6), ("y", 3), (None, 11)]),
    ("select one, total from t as x(one, two, three), table(m!sums(two) over (partition by one)) order by 1", [("x", 4), ("y", 2), (None, 9)]),
    ("select g, total from t sample (100), table(m!sums(a) over (partition by g)) order by 1", [("x", 4), ("y", 2), (None, 9)]),
    ("with x as model m version v1 select total from t, table(x!sums(a) over (partition by g)) order by 1", [(2,), (4,), (9,)]),
    ("select total from t, table(model(m, v1)!sums(a) over (partition by g)) order by 1", [(2,), (4,), (9,)]),
    ("select d, b, total from (select '2024-01-01'::date d, true b, 2.0 a) t, table(m!sums(a) over (partition by d, b)) order by 3",
     [(__import__("datetime").date(2024, 1, 1), True, 2)]),
    ("select g, total from (select 'NaN'::float g, 2.0 a union all select 'NaN'::float, 3.0 union all select 0.0, 7 union all select -0.0, 8) t, "
     "table(m!sums(a) over (partition by g)) where g = 0 or total = 5 order by total", [(float("nan"), 5), (0, 15)]),
    # Names that the engine uses itself, and an output with the name of an input.
    ("select p.* from t, table(m!clash(a) over (partition by g)) p order by 1", [(2, 1, "p"), (3, 2, "p"), (5, 2, "p")]),
    ("select k0, o0, total from (select 1 as k0, 2 as o0, 3 as a0) t, table(m!sums(a0) over (partition by k0)) p", [(1, None, 3)]),
    ("select rowid, total from (select 1 as rowid, 2 as size) t, table(m!sums(size) over (partition by rowid order by size)) p", [(1, 2)]),
])
def test_a_method_over_partitions(house, text, rows):
    assert repr(house.rows(text)) == repr([tuple(float(v) if type(v) is int else v for v in row) for row in rows]) or house.rows(text) == rows


def test_the_handler_tells_whether_it_takes_partitions(house):
    """A package that does not say whether a method is over partitions: what its class offers counts."""
    assert house.rows("select g, total from t, table(m!silent(a) over (partition by g)) order by g") == [("x", 4), ("y", 2), (None, 9)]
    assert house.rows("select total, size from t, table(m!silent(a))") == [(15, 5)]


def test_partitions_in_small_batches(own_server, tmp_path):
    server = own_server(ROOST_WORKER_BATCH_ROWS="3")
    server.start()
    house = House(server, "SMALL", tmp_path)
    house.rows("create table n as select seq4() as i, floor(sqrt(seq4()))::int as g, seq4() || 's' as s from table(generator(rowcount => 500))")
    assert house.rows("select count(*), sum(total), sum(size), max(size) from n, table(m!sums(i) over (partition by g))") == [
        (23, 124750, 500, 43)]
    assert house.rows("select g, total from n, table(m!sums(i) over (partition by g)) order by g limit 3") == [(0, 0), (1, 6), (2, 30)]
    assert house.rows("select count(*), sum(out) from n, table(m!twice(i, s)) where text = i || 's!'") == [(500, 249500)]
    assert house.rows("select count(distinct g), count(*) from n, table(m!top(i, 1000) over (partition by g))") == [(23, 500)]
    house.connection.close()


def test_statements_around_it(house):
    house.rows("create or replace view v as select t.g, p.total from t, table(m!sums(a) over (partition by g)) p")
    assert house.rows("select * from v order by g") == [("x", 4), ("y", 2), (None, 9)]
    assert [row[:2] for row in house.rows("describe view v")] == [("G", "VARCHAR(16777216)"), ("TOTAL", "FLOAT")]
    house.rows("create or replace table c as select t.g, p.* from t, table(m!sums(a) over (partition by g)) p")
    assert house.rows("insert into c select t.g, p.* from t, table(m!sums(a) over (partition by g)) p") == [(3,)]
    assert house.rows("select sum(total), count(*) from c") == [(30, 6)]
    totals = "(select g, p.total as tt from t, table(m!sums(a) over (partition by g)) p)"
    assert house.rows(f"update c set total = 0 where g in (select g from {totals} where tt > 3)")[0][0] == 2
    assert house.rows(f"delete from c using {totals} z where c.g = z.g") == [(4,)]
    assert house.rows(f"merge into c using {totals} z on c.g = z.g when not matched then insert values (z.g, z.tt, 0)")[0][0] == 3
    house.rows("create or replace stage st")
    assert house.rows("copy into @st/x from (select g, p.* from t, table(m!sums(a) over (partition by g)) p)")[0][0] == 3
    house.rows("create or replace temporary table tmp as select g, a from t")
    assert house.rows("select count(*) from tmp, table(m!sums(a) over (partition by g))") == [(3,)]
    house.rows("show models")
    assert house.rows("""select "name", out from table(result_scan(last_query_id())), table(m!twice(1, "name"))""") == [("M", 2)]
    house.rows("set n = 1")
    assert house.rows("select best from t, table(m!top(a, $n) over (partition by g)) where g = 'x'") == [(3,)]
    assert house.rows("select best from t, table(m!top(a, ?) over (partition by g)) where g = 'x'".replace("?", "%s"), (1,)) == [(3,)]


def test_looking_runs_nothing(house):
    text = "select * from (select 'raise' as mode), table(m!odd(mode) over (partition by mode))"
    described = house.connection.cursor().describe(text)
    assert [(column.name, column.type_code) for column in described] == [("MODE", 2), ("OUT", 1)]
    assert house.rows(f"explain {text}") and house.rows(f"create or replace view e as {text}")
    assert "no such thing" in house.refused("select * from e")[1]


# -- errors ---------------------------------------------------------------------------------------------------------
ODD = {
    "list": 4.0, "series": 3.0, "array": 3.0, "dict": 7.0, "renamed": 3.0, "extra": 4.0, "empty": None, "bare": None,
    "none": "the model returned None: a table function returns a DataFrame",
    "number": "the model returned a value of type int: a table function returns a DataFrame",
    "text": "the model returned a value of type str: a table function returns a DataFrame",
    "scalars": "the model returned a value of type dict: a table function returns a DataFrame",
    "missing": "the model returned no output 'OUT' (it returned a, b)",
    "twice": "the model returned no output 'OUT' (it returned OUT, OUT)",
    "misfit": "output 'OUT' is declared DOUBLE, but the model returned a value of type str",
    "raise": "KeyError: 'no such thing'",
    "system": "SystemExit: 4",
    "interrupt": "KeyboardInterrupt",
    "exit": "ended by itself with status 3",
}


@pytest.mark.parametrize("mode", ODD)
def test_what_a_partition_handler_may_return(house, mode):
    text = f"select sum(out) from (select '{mode}' as mode), table(m!odd(mode) over (partition by mode))"
    if isinstance(ODD[mode], str):
        number, message = house.refused(text)
        assert number == 100357 and ODD[mode] in message and "in function ODD with handler functions.odd.infer" in message
    else:
        assert house.rows(text) == [(ODD[mode],)]


@pytest.mark.parametrize("mode, message", [
    ("none", "the model returned None"), ("list", "the model returned 2 rows for 1"), ("bare", "the model returned 0 rows for 1"),
    ("many", "the model returned 300000 rows for 1"), ("raise", "KeyError"), ("exit", "ended by itself with status 3")])
def test_what_a_row_handler_may_return(house, mode, message):
    number, text = house.refused(f"select * from (select '{mode}' as mode), table(m!oddrows(mode))")
    assert number == 100357 and message in text
    assert house.rows("select out from (select 'ok' as mode), table(m!oddrows(mode))") == [(1,)]


def test_a_partition_may_give_many_rows(house):
    text = "select count(*), max(out) from (select 'many' as mode union all select 'ok'), table(m!odd(mode) over (partition by mode))"
    assert house.rows(text) == [(300001, 299999)]


def test_a_parameter_that_varies(house):
    number, message = house.refused("select * from t, table(m!scaled(a, a))")
    assert number == 100357 and "All values for parameter 'F' must be equal" in message


@pytest.mark.parametrize("text, number, message", [
    ("select m!twice(a, s) from t", 2140, "is a table function. Call it in FROM: SELECT … FROM t, TABLE("),
    ("select * from t, table(m!nope(a))", 2140, "Unknown method 'NOPE'"),
    ("select * from t, table(nope!sums(a))", 2003, "NOPE' does not exist or not authorized"),
    ("select * from t, table(model(m, nope)!sums(a))", 2003, "Version or alias 'NOPE'"),
    ("select * from t, table(m!sums())", 2140, "0 arguments are given, 1 are expected. It takes (A)."),
    ("select * from t, table(m!sums(a, a, a))", 2140, "3 arguments are given"),
    ("select * from t, table(m!twice(*, 1))", 2140, "a positional argument follows a named one"),
    ("select * from u, table(m!sums(*))", 2140, "2 arguments are given, 1 are expected"),
    ("select * from t, table(m!sums(b => a))", 2140, "there is no argument 'B'. Did you mean 'A'?"),
    ("select * from t, table(m!top(a, n => 1, n => 2))", 2140, "argument 'N' is given twice"),
    ("select * from t, table(m!top(n => 2))", 2140, "argument 'A' is missing"),
    ("select * from t, table(m!top(a => a, 2))", 2140, "a positional argument follows a named one"),
    ("select * from t, table(m!twice(s => s, a => *))", 1008, "'*' stands for several columns"),
    ("select * from table(m!twice(*))", 1008, "needs a table in FROM"),
    ("select * from t, table(m!sums('text'))", 1008, "Argument 'A' of method 'SUMS' is a text: DOUBLE is expected."),
    ("select * from t, table(m!sums(s))", 100038, "Numeric value 'a' is not recognized"),
    ("select * from t, table(m!sums(zz))", 904, "invalid identifier 'ZZ'"),
    ("select * from t, table(m!sums(a) over (partition by zz))", 904, "invalid identifier 'ZZ'"),
    ("select * from t, table(m!sums(a) over (partition by g order by zz))", 904, "invalid identifier 'ZZ'"),
    ("select * from table(m!sums(t.a)) p, t", 904, "invalid identifier 'T'"),
    ("select y from t, table(m!sums(a)) p(x)", 904, "invalid identifier 'Y'"),
    ("select * from t, table(m!sums(a)) p(x, y, z)", 1008, "2 columns available but 3 columns specified"),
    ("select * from t, table(m!sums(a) over (partition by))", 1003, "unexpected ')'. Expected a column to partition by."),
    ("select * from t, table(m!sums(a) over (partition by g,))", 1003, "A column is empty."),
    ("select * from t, table(m!sums(a) over (partition by g order by))", 1003, "Expected a column to order by."),
    ("select * from t, table(m!sums(a) over (partition by g order by a nulls))", 1003, "unexpected 'nulls'"),
    ("select * from t, table(m!sums(a) over partition by g)", 1003, "unexpected 'partition'"),
    ("select * from t, table(m!sums(a) over (rows between 1 and 2))", 1003, "Expected PARTITION BY or ORDER BY."),
    ("select * from t, table(m!sums(a) over (partition by g) over (partition by g))", 1003, "unexpected 'over'"),
    ("select * from t, m!sums(a)", 1003, "inside TABLE(…)"),
    ("select * from t, lateral m!sums(a)", 1003, "inside TABLE(…)"),
    ("select * from t, table(m!sums(sum(a)))", 1008, "can't take aggregates of the table beside it"),
    ("select * from t, table(m!sums(sum(a) over ()))", 1008, "can't take window functions of the table beside it"),
    ("select * from t where exists (select 1 from table(m!twice(t.a, 'x')) p where p.out > 4)", 2, "in its own FROM clause only"),
    ("select * from t, lateral (select out from table(m!twice(t.a, 'x'))) z", 2, "in its own FROM clause only"),
    ("with recursive r as (select 1 n union all select n + 1 from r, table(m!twice(n, 'x')) where n < 3) select * from r", 2, "in its own FROM clause only"),
    ("select * from t left join table(m!twice(a, s)) p on p.out > 4", 2, "put the condition in WHERE"),
    ("select * from t right join table(m!twice(a, s)) p on true", 1008, "must be INNER or LEFT"),
    ("select * from t, table(m!sums(a)) sample (10)", 2, "SAMPLE of a table function"),
])
def test_bad_calls(house, text, number, message):
    got, said = house.refused(text)
    assert (got, message in said) == (number, True), (got, said)


def test_a_function_is_not_called_in_from(house, tmp_path):
    from model_package import package

    create(house.connection, "SCALAR", package(), tmp_path)
    number, message = house.refused("select * from t, table(scalar!predict(a))")
    assert number == 2140 and "is no table function. Call it in the select list" in message


def test_cancelling_reaches_the_partitions(house):
    wire, request, answers = Wire(house.server, password=PASSWORD), str(uuid.uuid4()), []
    text = f"select * from (select 'slow' as mode), table(ml.{house.schema}.m!odd(mode) over (partition by mode))"
    thread = threading.Thread(target=lambda: answers.append(wire.query(text, request_id=request)))
    thread.start()
    time.sleep(1)
    began = time.monotonic()
    wire.post("/queries/v1/abort-request", {"sqlText": "", "requestId": request})
    thread.join(30)
    assert answers and answers[0].code == "000604" and time.monotonic() - began < 10, answers
    assert house.rows("select out from (select 'ok' as mode), table(m!odd(mode) over (partition by mode))") == [(1,)]


def test_usage_is_enough_and_needed(house, name):
    role, user = name("ROLE"), name("USER")
    for text in (f"create role {role}", f"create user {user} password = '{PASSWORD}' default_role = {role}", f"grant role {role} to user {user}",
                 f"grant usage on database ml to role {role}", f"grant usage on schema ml.{house.schema} to role {role}",
                 f"grant select on table t to role {role}"):
        house.rows(text)
    with house.server.connect(user=user, schema=house.schema) as connection:
        cursor = connection.cursor()
        call = "select g, total from t, table(m!sums(a) over (partition by g)) order by g"
        with pytest.raises(ProgrammingError, match="does not exist or not authorized"):
            cursor.execute(call)
        house.rows(f"grant usage on model m to role {role}")
        assert cursor.execute(call).fetchall() == [("x", 4), ("y", 2), (None, 9)]
        with pytest.raises(ProgrammingError, match="'ML.*U' does not exist or not authorized"):
            cursor.execute("select * from u, table(m!sums(w) over (partition by g))")
