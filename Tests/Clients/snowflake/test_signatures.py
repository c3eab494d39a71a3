"""Signatures with the stock client: what goes into a model and what comes out, for each type, by frames and by SQL."""

import datetime
import uuid
import warnings

import numpy as np
import pandas as pd
import pytest
import snowflake.connector
from snowflake.ml.model import custom_model, model_signature
from snowflake.ml.model.model_signature import DataType as D
from snowflake.ml.model.model_signature import FeatureGroupSpec, FeatureSpec, ModelSignature, ParamGroupSpec, ParamSpec

ProgrammingError = snowflake.connector.errors.ProgrammingError

# Type, two values, its type in a result of SQL, and as a column of mv.run's frame.
SCALARS = [
    (D.INT8, -128, 127, "Int8"), (D.INT16, -2**15, 2**15 - 1, "Int16"), (D.INT32, -2**31, 2**31 - 1, "Int32"),
    (D.INT64, -2**63, 2**63 - 1, "Int64"), (D.UINT8, 0, 255, "UInt8"), (D.UINT16, 0, 2**16 - 1, "UInt16"),
    (D.UINT32, 0, 2**32 - 1, "UInt32"), (D.UINT64, 0, 2**63 - 1, "UInt64"), (D.FLOAT, 1.5, -3.4e38, "Float32"),
    (D.DOUBLE, 0.1, 1.7e308, "Float64"), (D.BOOL, True, False, "boolean"), (D.STRING, "é🙂'\"\\\n", "", "string"),
    (D.BYTES, b"\x00\xff", b"abc", "|S3"), (D.TIMESTAMP_NTZ, pd.Timestamp("2024-01-02 03:04:05.678901"), pd.Timestamp("1900-01-01"), "datetime64[ns]"),
]
NAMES = [kind.name for kind, *_ in SCALARS]


class House:
    """A schema of its own, and the registry in it."""

    def __init__(self, server, schema):
        self.session = server.session()
        self.session.sql(f"create schema ml.{schema}").collect()
        self.session.sql(f"use schema ml.{schema}").collect()
        from snowflake.ml.registry import Registry

        self.registry = Registry(session=self.session, database_name="ML", schema_name=schema)
        self.connection = server.connect(schema=schema)

    def log(self, name, predict, inputs, outputs, params=(), **options):
        """A custom model whose `predict` is the given function of a frame, and of parameters."""
        signature = ModelSignature(inputs=inputs, outputs=outputs, params=list(params))
        return self.log_model(name, predict, signatures={"predict": signature}, **options)

    def log_model(self, name, predict, **options):
        model = type("Custom", (custom_model.CustomModel,), {"predict": custom_model.inference_api(predict)})
        return self.registry.log_model(
            model(custom_model.ModelContext()), model_name=name, version_name="V1", conda_dependencies=["pandas"], **options)

    def rows(self, text):
        return self.connection.cursor().execute(text).fetchall()

    def refused(self, text):
        with pytest.raises(ProgrammingError) as caught:
            self.rows(text)
        assert self.rows("select 1") == [(1,)]
        return caught.value.errno, caught.value.msg


@pytest.fixture(scope="module")
def house(server):
    house = House(server, f"SIG_{uuid.uuid4().hex[:8]}".upper())
    yield house
    house.connection.close()
    house.session.close()


def renamed(spec, prefix="O_"):
    return type(spec).from_dict({**spec.to_dict(), "name": prefix + spec.name})


@pytest.fixture(scope="module")
def echo(house):
    """Gives back what it takes, and how Python sees it."""

    def predict(self, X: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        out = pd.DataFrame({"O_" + name: X[name] for name in X.columns})
        out["SEEN"] = ["|".join(f"{X[name].dtype}" for name in X.columns)] * len(X)
        return out

    inputs = [FeatureSpec(name=name, dtype=kind) for (kind, *_), name in zip(SCALARS, NAMES)]
    return house.log("ECHO", predict, inputs, [*map(renamed, inputs), FeatureSpec(name="SEEN", dtype=D.STRING)])


@pytest.fixture(scope="module")
def frame():
    return pd.DataFrame({
        kind.name: np.array(values, dtype=kind._numpy_type) if kind.name != "BYTES" and kind.name != "STRING" else values
        for kind, *values, _ in SCALARS})


def literal(kind, value):
    if value is None or kind in (D.FLOAT, D.DOUBLE) and value != value:
        return "null"
    return {D.STRING: lambda: "$$" + value + "$$", D.BYTES: lambda: f"to_binary('{value.hex()}')",
            D.TIMESTAMP_NTZ: lambda: f"'{value}'::timestamp_ntz"}.get(kind, lambda: str(value))()


# -- scalars --------------------------------------------------------------------------------------------------------
def test_every_type_through_a_pandas_frame(echo, frame):
    result = echo.run(frame, function_name="predict")
    for (kind, *values, dtype), name in zip(SCALARS, NAMES):
        column = result["O_" + name]
        assert str(column.dtype) == dtype, name
        assert list(column) == [kind._numpy_type(value) if kind == D.FLOAT else value for value in values], name
    assert result["SEEN"][0] == "Int8|Int16|Int32|Int64|UInt8|UInt16|UInt32|UInt64|Float32|Float64|boolean|string||S3|datetime64[ns]"


def test_every_type_through_a_snowpark_frame(house, echo, frame):
    from snowflake.snowpark import types

    lazy = echo.run(house.session.create_dataframe(frame), function_name="predict")
    kinds = {field.name.strip('"'): type(field.datatype) for field in lazy.schema.fields}
    assert [kinds["O_" + name] for name in NAMES] == [types.LongType] * 8 + [
        types.DoubleType] * 2 + [types.BooleanType, types.StringType, types.BinaryType, types.TimestampType]
    result = lazy.to_pandas()
    assert list(result.columns) == NAMES + ["O_" + name for name in NAMES] + ["SEEN"]
    for (kind, *values, _), name in zip(SCALARS, NAMES):
        assert list(result["O_" + name]) == [float(np.float32(value)) if kind == D.FLOAT else value for value in values], name
    # A relational query on top of the model's.
    assert lazy.filter("O_BOOL").select("O_INT64").collect()[0][0] == -2**63 and lazy.count() == 2


def test_every_type_through_sql(house, echo):
    casts = dict(zip(NAMES, ["int"] * 8 + ["float"] * 2 + ["boolean", "varchar", "binary", "timestamp_ntz"]))
    for place in (0, 1):
        arguments = ", ".join(literal(kind, values[place]) for kind, *values, _ in SCALARS)
        paths = ", ".join(f"p:O_{name}::{casts[name]}" for name in NAMES)
        row = house.rows(f"select {paths} from (select echo!predict({arguments}) as p)")[0]
        for (kind, *values, _), got in zip(SCALARS, row):
            value = values[place]
            assert (bytes(got) if kind == D.BYTES else got) == (float(np.float32(value)) if kind == D.FLOAT else value), kind
    text = house.rows(f"select echo!predict({arguments})")[0][0]
    assert text.startswith('{"O_INT8":127,"O_INT16":32767,') and '"O_BYTES":"616263"' in text and '"O_TIMESTAMP_NTZ":"1900-01-01 00:00:00' in text


def test_null_of_every_type(house, echo, frame):
    # Client 2.6.0 turns NULL into the bytes b'None' before the model sees it (astype("S")).
    row = house.rows("select echo!predict(" + ", ".join(["null"] * 14) + ")")[0][0]
    assert row.startswith("{" + ",".join(f'"O_{name}":null' for name in NAMES[:12]) + ',"O_BYTES":"4E6F6E65","O_TIMESTAMP_NTZ":null')
    house.rows("create or replace table nulls as select " + ", ".join(f"{literal(kind, first)} as {kind.name}" for kind, first, *_ in SCALARS)
               + " union all select " + ", ".join(["null"] * 14))
    columns = ", ".join(NAMES)
    rows = house.rows("select " + ", ".join(f"p:O_{name} is null" for name in NAMES if name != "BYTES")
                      + f" from (select echo!predict({columns}) as p, int8 from nulls) order by int8")
    assert rows == [(False,) * 13, (True,) * 13]
    holes = frame.astype({name: "Int64" for name in NAMES[:7]})
    for name in NAMES:
        if name not in ("INT64", "UINT64", "BYTES"):
            holes[name] = holes[name].astype(object)
            holes.loc[0, name] = None
    result = echo.run(holes, function_name="predict")
    assert [bool(result["O_" + name].isna()[0]) for name in NAMES] == [name not in ("INT64", "UINT64", "BYTES") for name in NAMES]
    assert result["O_INT32"][1] == 2**31 - 1 and result["O_STRING"][1] == ""


def test_features_that_are_not_nullable(house):
    def predict(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"SEEN": [" ".join(str(dtype) for dtype in X.dtypes)] * len(X), "SUM_": X["I"] + X["D"]})

    inputs = [FeatureSpec(name=name, dtype=kind, nullable=False) for name, kind in (("I", D.INT32), ("D", D.DOUBLE), ("B", D.BOOL), ("S", D.STRING))]
    house.log("SURE", predict, inputs, [FeatureSpec(name="SEEN", dtype=D.STRING), FeatureSpec(name="SUM_", dtype=D.DOUBLE)])
    assert house.rows("select p:SEEN::text, p:SUM_::float from (select sure!predict(1, 2.5, true, 'x') as p)") == [("int32 float64 bool object", 3.5)]
    assert house.rows("select sure!predict(1, null, true, 'x'):SUM_::float") == [(None,)]
    number, message = house.refused("select sure!predict(column1, 2.5, true, 'x') from values (1), (null)")
    assert number == 100357 and "input_df = df[input_cols].astype(dtype=dtype_map)" in message and "integer" in message


def test_not_a_number_and_infinity(house, echo):
    def ask(value):
        arguments = ["1"] * 8 + [value, value, "true", "'x'", "to_binary('00')", "'2024-01-01'"]
        return house.rows(f"select p:O_FLOAT::float, p:O_DOUBLE::float from (select echo!predict({', '.join(arguments)}) as p)")[0]

    assert ask("'inf'::float") == (np.inf, np.inf) and ask("'-inf'::float") == (-np.inf, -np.inf)
    assert ask("'NaN'::float") == (None, None)  # pandas knows no difference to NULL
    assert ask("1e300") == (np.inf, 1e300)


def test_an_empty_frame(house, echo, frame):
    lazy = echo.run(house.session.create_dataframe(frame).filter("INT8 > 127"), function_name="predict")
    assert lazy.count() == 0 and len(lazy.to_pandas().columns) == 29
    nothing = ", ".join(["null"] * 14)
    assert house.rows(f"select echo!predict({nothing}) from (select 1) where false") == []


@pytest.mark.parametrize("place, value, number, message", [
    (0, "300", 100357, "Cannot cast array data from dtype('int64') to dtype('int8')"),
    (4, "-1", 100357, "dtype('uint8')"),
    (3, "9223372036854775808", 100039, "Numeric value '9223372036854775808' is out of range for BIGINT"),
    (7, "18446744073709551615", 100039, "out of range for BIGINT"),
    (0, "'x'", 1008, "Argument 'INT8' of method 'PREDICT' is a text: BYTEINT is expected"),
    (8, "'1.5.2'", 1008, "Argument 'FLOAT'"),
    (9, "'2024-01-01'::date", 100038, "A value of type DATE can't be converted to DOUBLE"),
    (10, "'maybe'", 1008, "Argument 'BOOL' of method 'PREDICT' is a text: BOOLEAN is expected"),
    (13, "'10:00:00'::time", 100038, "A value of type TIME can't be converted to TIMESTAMP"),
    (13, "'not a date'", 100035, "Timestamp 'not a date' is not recognized"),
    (13, "5::number(5, 2)", 100038, "can't be converted to TIMESTAMP"),
])
def test_what_no_argument_can_be(house, echo, place, value, number, message):
    arguments = [literal(kind, first) for kind, first, *_ in SCALARS]
    arguments[place] = value
    got, said = house.refused(f"select echo!predict({', '.join(arguments)})")
    assert (got, message in said) == (number, True), (got, said)


@pytest.mark.parametrize("place, value, result", [
    (3, "4.5", 5), (3, "'12'", 12), (3, "true", 1), (3, "9007199254740993::number(38, 0)", 9007199254740993), (3, "parse_json('7')", 7),
    (9, "1.25::number(10, 2)", 1.25), (9, "'1.5'", 1.5), (9, "0.1::number(38, 20)", 0.1), (9, "12345678901234567890123::number(38, 0)", 1.2345678901234567e22),
    (9, "parse_json('2.5')", 2.5), (10, "1", True), (10, "'false'", False),
    (11, "1.0::float", "1"), (11, "2.50", "2.50"), (11, "true", "true"), (11, "'2024-01-02'::date", "2024-01-02"), (11, "array_construct(1, 'a')", '[1,"a"]'),
    (11, "object_construct('a', 1)", '{"a":1}'), (11, "parse_json('\"x\"')", "x"), (11, "to_binary('00FF')", "00FF"), (11, "'11:12:13'::time", "11:12:13"),
    (12, "'00ff'", b"\x00\xff"),
    (13, "'2024-01-02'::date", datetime.datetime(2024, 1, 2)), (13, "'2024-01-02 03:04:05'", datetime.datetime(2024, 1, 2, 3, 4, 5)),
    (13, "'2024-01-02 03:04:05'::timestamp_ltz", datetime.datetime(2024, 1, 2, 3, 4, 5)),
    (13, "'2024-01-02T03:04:05+02:00'::timestamp_tz", datetime.datetime(2024, 1, 2, 1, 4, 5)),
])
def test_what_is_converted_for_an_argument(house, echo, place, value, result):
    arguments = [literal(kind, first) for kind, first, *_ in SCALARS]
    arguments[place] = "x"
    cast = (["int"] * 8 + ["float"] * 2 + ["boolean", "varchar", "binary", "timestamp_ntz"])[place]
    got = house.rows(f"select p:O_{NAMES[place]}::{cast} from (select echo!predict({', '.join(arguments)}) as p from (select {value} as x))")[0][0]
    assert (bytes(got) if isinstance(got, bytearray) else got) == result


def test_strict_validation_refuses_what_overflows(house, echo, frame):
    large = frame.astype({"INT8": "int64"})
    large.loc[1, "INT8"] = 300
    for data in (large, house.session.create_dataframe(large)):
        with pytest.raises(ValueError, match="INT8 is not met"):
            echo.run(data, function_name="predict", strict_input_validation=True)
    assert len(echo.run(frame, function_name="predict", strict_input_validation=True)) == 2
    with pytest.raises(ValueError, match="BOOL does not exist in data"):
        echo.run(frame.drop(columns=["BOOL"]), function_name="predict")
    shuffled = echo.run(frame.assign(EXTRA=1)[["EXTRA", *reversed(NAMES)]], function_name="predict")
    assert list(shuffled["O_INT16"]) == [-2**15, 2**15 - 1]


def test_columns_of_other_types_in_a_snowpark_frame(house, echo, frame):
    house.rows("create or replace table given as select 1::number(5, 0) a, 1.25::number(10, 2) d, '2024-01-02 03:04:05'::timestamp_ltz l, "
               "'2024-01-02T03:04:05+02:00'::timestamp_tz z, '2024-01-02'::date dd")
    base = ", ".join(f"{literal(kind, first)} as {kind.name}" for kind, first, *_ in SCALARS if kind.name not in ("INT16", "DOUBLE", "TIMESTAMP_NTZ"))
    for column, moment in (("l", pd.Timestamp("2024-01-02 03:04:05")), ("z", pd.Timestamp("2024-01-02 01:04:05"))):
        data = house.session.sql(f"select {base}, a as int16, d as double, {column} as timestamp_ntz from given")
        result = echo.run(data, function_name="predict").to_pandas()
        assert (result["O_INT16"][0], result["O_DOUBLE"][0], result["O_TIMESTAMP_NTZ"][0]) == (1, 1.25, moment)
    with pytest.raises(ValueError, match="TIMESTAMP_NTZ is not met by column"):
        echo.run(house.session.sql(f"select {base}, a as int16, d as double, dd as timestamp_ntz from given"), function_name="predict")


# -- tensors and groups ---------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def nested(house):
    def predict(self, X: pd.DataFrame) -> pd.DataFrame:
        out = X.copy()
        out.columns = ["O_" + name for name in X.columns]
        out["SEEN"] = [" ".join(type(value).__name__ for value in row) for row in X.itertuples(index=False)]
        return out

    inputs = [
        FeatureSpec(name="FIXED", dtype=D.DOUBLE, shape=(2, 2)), FeatureSpec(name="RAGGED", dtype=D.INT64, shape=(-1,)),
        FeatureSpec(name="TEXTS", dtype=D.STRING, shape=(2,)), FeatureSpec(name="FLAGS", dtype=D.BOOL, shape=(-1,)),
        FeatureGroupSpec(name="GROUP_", specs=[
            FeatureSpec(name="a", dtype=D.INT64), FeatureSpec(name="b", dtype=D.STRING),
            FeatureGroupSpec(name="inner", specs=[FeatureSpec(name="x", dtype=D.DOUBLE, shape=(-1,))])]),
        FeatureGroupSpec(name="LIST_", specs=[FeatureSpec(name="k", dtype=D.STRING)], shape=(-1,)),
        FeatureSpec(name="MAP_", dtype=D.OBJECT),
    ]
    return house.log("NESTED", predict, inputs, [*map(renamed, inputs), FeatureSpec(name="SEEN", dtype=D.STRING)])


ROW = {"FIXED": [[1.0, 2.0], [3.5, 4.0]], "RAGGED": [1, 2**60 + 1], "TEXTS": ["é'", ""], "FLAGS": [True],
       "GROUP_": {"a": 1, "b": "x", "inner": {"x": [1.5, 2.5]}}, "LIST_": [{"k": "v"}, {"k": "w"}], "MAP_": {"z": 1.0, "y": 2.0}}


def test_tensors_and_groups_through_a_pandas_frame(nested):
    result = nested.run(pd.DataFrame({name: [value] for name, value in ROW.items()}), function_name="predict")
    assert {name: result["O_" + name][0] for name in ROW} == ROW and result["SEEN"][0] == "list list list list dict list dict"
    arrays = pd.DataFrame({name: [np.array(value) if name in ("FIXED", "RAGGED", "TEXTS", "FLAGS") else value] for name, value in ROW.items()})
    assert nested.run(arrays, function_name="predict")["O_FIXED"][0] == ROW["FIXED"]
    both = pd.DataFrame({name: [value, None] for name, value in ROW.items()})
    result = nested.run(both, function_name="predict")
    assert [result["O_" + name][1] for name in ROW] == [None] * 7 and result["O_GROUP_"][0] == ROW["GROUP_"]
    with pytest.raises(ValueError, match=r"Feature shape \(2, 2\) is not met"):
        nested.run(pd.DataFrame({name: [[1.0] if name == "FIXED" else value] for name, value in ROW.items()}), function_name="predict")


def test_tensors_and_groups_through_sql(house, nested):
    given = ("[[1, 2], [3.5, 4]], array_construct(1, 1152921504606846977), ['é''', ''], parse_json('[true]'), "
             "{'a': 1, 'b': 'x', 'inner': {'x': [1.5]}}, [object_construct('k', 'v')], {'z': 1}")
    row = house.rows(f"select p:O_FIXED[1][0]::float, p:O_RAGGED[1]::int, p:O_TEXTS::array, p:O_GROUP_:inner.x[0]::float, p:O_LIST_[0].k::text, "
                     f"p:O_MAP_:z::int, p:SEEN::text from (select nested!predict({given}) as p)")[0]
    assert row[:2] == (3.5, 2**60 + 1) and row[2].replace(" ", "").replace("\n", "") == '["é\'",""]'
    assert row[3:] == (1.5, "v", 1, "list list list list dict list dict")
    assert house.rows("select nested!predict(null, null, null, null, null, null, null):O_FIXED is null")[0][0]
    kinds = ["", "", "", "::array", "::variant", "", "::object"]
    house.rows("create or replace table g as select "
               + ", ".join(f"({text}){kind} as {name}" for name, text, kind in zip(ROW, split(given), kinds)))
    result = nested.run(house.session.table("g"), function_name="predict").to_pandas()
    assert result["SEEN"][0] == "list list list list dict list dict"
    assert house.rows("select nested!predict(*):SEEN::text from g") == [("list list list list dict list dict",)]
    for argument in ("1", "'[1]'"):
        number, message = house.refused(f"select nested!predict({argument}, null, null, null, null, null, null)")
        assert number == 1008 and "Argument 'FIXED' of method 'PREDICT' is a" in message and "ARRAY is expected" in message


def split(text):
    """Arguments at their commas outside brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


# -- parameters -----------------------------------------------------------------------------------------------------
# Texts without backslashes, and none with quotes in lists: client 2.6.0 does not escape those in the SQL that it sends.
PARAMS = [
    ("P_INT8", D.INT8, None, -5), ("P_INT16", D.INT16, None, 300), ("P_INT32", D.INT32, None, 70000), ("P_INT64", D.INT64, None, 2**60 + 1),
    ("P_UINT8", D.UINT8, None, 200), ("P_UINT16", D.UINT16, None, 60000), ("P_UINT32", D.UINT32, None, 2**32 - 1),
    ("P_UINT64", D.UINT64, None, 2**63 - 1), ("P_FLOAT", D.FLOAT, None, 1.5), ("P_DOUBLE", D.DOUBLE, None, 0.1), ("P_BOOL", D.BOOL, None, True),
    ("P_STRING", D.STRING, None, "it's é \"q\"\n2"), ("P_BYTES", D.BYTES, None, b"\x00\xff"),
    ("P_TIMESTAMP", D.TIMESTAMP_NTZ, None, datetime.datetime(2024, 1, 2, 3, 4, 5, 678000)),
    ("A_INTS", D.INT64, (-1,), [1, 2, 3]), ("A_FIXED", D.DOUBLE, (2, 2), [[1.0, 2.0], [3.0, 4.0]]), ("A_TEXTS", D.STRING, (-1,), ["a", "é"]),
    ("A_EMPTY", D.INT64, (-1,), []), ("NONE_INT", D.INT64, None, None), ("NONE_TEXT", D.STRING, None, None),
]
DEFAULTS = {name: value for name, _, _, value in PARAMS}


@pytest.fixture(scope="module")
def params(house):
    def predict(
        self, X: pd.DataFrame, *, P_INT8: int = 0, P_INT16: int = 0, P_INT32: int = 0, P_INT64: int = 0, P_UINT8: int = 0, P_UINT16: int = 0,
        P_UINT32: int = 0, P_UINT64: int = 0, P_FLOAT: float = 0, P_DOUBLE: float = 0, P_BOOL: bool = False, P_STRING: str = "", P_BYTES: bytes = b"",
        P_TIMESTAMP: datetime.datetime = None, A_INTS: list[int] = None, A_FIXED: list[list[float]] = None, A_TEXTS: list[str] = None,
        A_EMPTY: list[int] = None, NONE_INT: int = None, NONE_TEXT: str = None,
    ) -> pd.DataFrame:
        import numpy as np

        given = {name: value for name, value in locals().items() if name[0] in "PAN" and name[1:2] in "_O"}
        plain = {name: value.item() if isinstance(value, np.generic) and not isinstance(value, np.datetime64) else value for name, value in given.items()}
        return pd.DataFrame({"SEEN": [repr({name: str(value)[:26] if name == "P_TIMESTAMP" else value for name, value in plain.items()})] * len(X)})

    specs = [ParamSpec(name=name, dtype=kind, default_value=value, shape=shape) for name, kind, shape, value in PARAMS]
    return house.log("PARAMS", predict, [FeatureSpec(name="X", dtype=D.DOUBLE)], [FeatureSpec(name="SEEN", dtype=D.STRING)], specs)


def seen(text):
    values = eval(text)
    values["P_TIMESTAMP"] = pd.Timestamp(values["P_TIMESTAMP"]).to_pydatetime()
    return values


ONE = pd.DataFrame({"X": [1.0]})


def test_parameters_have_their_defaults(house, params):
    assert seen(params.run(ONE, function_name="predict")["SEEN"][0]) == DEFAULTS
    assert seen(house.rows("select params!predict(1):SEEN::varchar")[0][0]) == DEFAULTS
    function = params.show_functions()[0]
    assert [spec.name for spec in function["signature"].params] == list(DEFAULTS)
    assert [spec.default_value for spec in function["signature"].params][:4] == [-5, 300, 70000, 2**60 + 1]


def test_parameters_that_are_given(house, params):
    given = dict(P_INT8=7, P_INT64=2**60 + 3, P_UINT64=5, P_FLOAT=2.5, P_DOUBLE=1e300, P_BOOL=False, P_STRING="x'y\n\t", P_BYTES=b"abc",
                 P_TIMESTAMP=datetime.datetime(2020, 5, 6, 7, 8, 9, 123456), A_INTS=[9], A_FIXED=[[0.0, 1.0], [2.0, 3.0]], A_TEXTS=["q", "r"],
                 A_EMPTY=[4], NONE_INT=3, NONE_TEXT="t")
    expected = {**DEFAULTS, **given}
    # An integer is taken for a number with a point.
    assert seen(params.run(ONE, function_name="predict", params={"P_DOUBLE": 2})["SEEN"][0]) == {**DEFAULTS, "P_DOUBLE": 2.0}
    assert seen(params.run(ONE, function_name="predict", params=given)["SEEN"][0]) == expected
    assert seen(params.run(house.session.create_dataframe(ONE), function_name="predict", params=given).to_pandas()["SEEN"][0]) == expected
    text = """select params!predict(x => 1, p_int8 => 7, a_ints => [5, 6], p_bool => false, p_timestamp => '2020-05-06', p_bytes => to_binary('61'),
              p_string => 'ü', none_int => -1):SEEN::varchar"""
    assert seen(house.rows(text)[0][0]) == {**DEFAULTS, **dict(
        P_INT8=7, A_INTS=[5, 6], P_BOOL=False, P_TIMESTAMP=datetime.datetime(2020, 5, 6), P_BYTES=b"a", P_STRING="ü", NONE_INT=-1)}
    assert seen(house.rows("select params!predict(1, 7, p_int16 => null):SEEN::varchar")[0][0]) == {**DEFAULTS, "P_INT8": 7}
    assert seen(house.rows("select params!predict(1, 7, 8):SEEN::varchar")[0][0]) == {**DEFAULTS, "P_INT8": 7, "P_INT16": 8}


@pytest.mark.parametrize("call, number, message", [
    ("params!predict(1, p_int8 => 'x')", 1008, "Argument 'P_INT8' of method 'PREDICT' is a text"),
    ("params!predict(1, a_ints => 5)", 1008, "Argument 'A_INTS' of method 'PREDICT' is a number: ARRAY is expected"),
    ("params!predict(1, p_none => 1)", 2140, "there is no argument 'P_NONE'"),
    ("params!predict(p_int8 => 1)", 2140, "argument 'X' is missing"),
    ("params!predict(x => 1, 2)", 2140, "a positional argument follows a named one"),
    ("params!predict(1, 2, p_int8 => 3)", 2140, "argument 'P_INT8' is given twice"),
    ("params!predict(" + ", ".join(["1"] * 22) + ")", 2140, "22 arguments are given, 1 to 21 are expected"),
    ("params!predict(v, n) from values (1, 1), (2, 2) t(v, n)", 100357, "All values for parameter 'P_INT8' must be equal"),
])
def test_parameters_that_do_not_fit(house, params, call, number, message):
    got, said = house.refused("select " + call)
    assert (got, message in said) == (number, True), (got, said)


@pytest.mark.parametrize("given, message", [
    ({"P_INT8": "x"}, "not compatible"), ({"P_INT8": True}, "not compatible"), ({"ZZ": 1}, "ZZ"), ({"P_INT8": 1000}, ""), ({"A_FIXED": [1.0]}, ""),
])
def test_the_client_checks_parameters(params, given, message):
    with pytest.raises(ValueError, match=message):
        params.run(ONE, function_name="predict", params=given)


def test_a_group_of_parameters(house):
    def predict(self, X: pd.DataFrame, *, OPTIONS: dict = None) -> pd.DataFrame:
        return pd.DataFrame({"SEEN": [repr(OPTIONS)] * len(X)})

    group = ParamGroupSpec(name="OPTIONS", specs=[
        ParamSpec(name="limit", dtype=D.INT64, default_value=3), ParamSpec(name="unit", dtype=D.STRING, default_value="m")])
    version = house.log("GROUPED", predict, [FeatureSpec(name="X", dtype=D.DOUBLE)], [FeatureSpec(name="SEEN", dtype=D.STRING)], [group])
    assert version.show_functions()[0]["signature"].params == [group]
    assert eval(version.run(ONE, function_name="predict")["SEEN"][0]) == {"limit": 3, "unit": "m"}
    given = {"limit": 5, "unit": "it's"}
    assert eval(version.run(ONE, function_name="predict", params={"OPTIONS": given})["SEEN"][0]) == given
    assert eval(house.rows("select grouped!predict(1, options => {'limit': 7, 'unit': 'x'}):SEEN::text")[0][0]) == {"limit": 7, "unit": "x"}


def test_names_of_parameters_are_unlike_each_other_and_inputs():
    inputs = [FeatureSpec(name="X", dtype=D.DOUBLE)]
    for params in ([("k", 1), ("K", 2)], [("x", 1)]):
        with pytest.raises(Exception, match="distinct names"):
            ModelSignature(inputs=inputs, outputs=[], params=[ParamSpec(name=name, dtype=D.INT8, default_value=value) for name, value in params])


# -- names ----------------------------------------------------------------------------------------------------------
def test_reserved_words_as_names(house):
    data = pd.DataFrame({name: [float(n)] for n, name in enumerate(["BY", "ORDER", "SELECT", "DATE", "USER", "FROM", "VALUE", "CASE"])})

    def predict(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"out " + name: X[name] + 1 for name in X.columns})

    version = house.log_model("RESERVED", predict, sample_input_data=data)
    result = version.run(data[["ORDER", "BY", "SELECT", "DATE", "USER", "FROM", "VALUE", "CASE"]], function_name="predict")
    assert [result["out " + name][0] for name in data.columns] == [n + 1 for n in range(8)]
    quoted = ", ".join(f'{n} as "{name}"' for n, name in enumerate(data.columns))
    assert house.rows(f'select reserved!predict(*)[\'out USER\']::int from (select {quoted})') == [(5,)]
    assert house.rows('select reserved!predict("BY" => 7, "ORDER" => 1, "SELECT" => 2, "DATE" => 3, "USER" => 4, "FROM" => 5, value => 6, "CASE" => 8):"out BY"::int') == [(8,)]


def test_names_that_need_quotes(house):
    names = ["a b", 'q"q', "é", "a", "1x", "col.umn", "$d", "x'y", "select"]
    data = pd.DataFrame({name: [float(n)] for n, name in enumerate(names)})

    def predict(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"out " + name: X[name] + 1 for name in X.columns})

    with pytest.raises(ValueError, match="case_sensitive"):
        house.log_model("QUOTED", predict, sample_input_data=data)
    version = house.log_model("QUOTED", predict, sample_input_data=data, options={"method_options": {"predict": {"case_sensitive": True}}})
    result = version.run(data, function_name='"predict"')
    assert [result["out " + name][0] for name in names] == list(range(1, 10))
    assert house.rows("""select quoted!"predict"(0, 1, 2, 3, 4, 5, 6, 7, 8)['out q"q']::int""") == [(2,)]
    assert house.rows("""select quoted!"predict"(0, 1, 2, "a" => 30, "1x" => 5, "col.umn" => 6, "$d" => 7, "x'y" => 8, "select" => 9)['out a']::int""") == [(31,)]


def test_features_that_differ_only_in_case(house):
    """Both can be told apart by place; a frame that has both can't be made of a table here."""
    data = pd.DataFrame({"a": [1.0], "A": [2.0]})

    def predict(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"out " + name: X[name] + 1 for name in X.columns})

    with pytest.raises(ValueError, match="duplicate input feature"):
        house.log_model("TWINS", predict, sample_input_data=data)
    house.log_model("TWINS", predict, sample_input_data=data, options={"method_options": {"predict": {"case_sensitive": True}}})
    row = house.rows('select p[\'out a\']::int, p[\'out A\']::int from (select twins!"predict"(1, 2) as p)')
    assert row == [(2, 3)]
    assert house.rows('select p[\'out a\']::int, p[\'out A\']::int from (select twins!"predict"("A" => 10, "a" => 20) as p)') == [(21, 11)]


@pytest.mark.parametrize("count, kind", [(500, "FUNCTION"), (501, "TABLE_FUNCTION")])
def test_wide_methods(house, count, kind):
    """Up to 500 inputs are arguments of their own; more travel as one OBJECT."""
    def predict(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"TOTAL": X.sum(axis=1), "LAST": X.iloc[:, -1]})

    data = pd.DataFrame(np.arange(3.0 * count).reshape(3, count), columns=[f"C{n}" for n in range(count)])
    inputs = [FeatureSpec(name=name, dtype=D.DOUBLE) for name in data.columns]
    outputs = [FeatureSpec(name="TOTAL", dtype=D.DOUBLE), FeatureSpec(name="LAST", dtype=D.DOUBLE)]
    version = house.log(f"WIDE_{count}_{kind[0]}", predict, inputs, outputs, options={"function_type": kind})
    result = version.run(data, function_name="predict")
    assert np.allclose(result["TOTAL"].astype(float), data.sum(axis=1)) and list(result["LAST"]) == list(data.iloc[:, -1])
    lazy = version.run(house.session.create_dataframe(data), function_name="predict")
    assert sorted(row["LAST"] for row in lazy.select("LAST").collect()) == list(data.iloc[:, -1])


# -- inference of signatures ----------------------------------------------------------------------------------------
def test_signatures_inferred_from_data(house):
    house.rows("create or replace table samples as select seq4() as i, 1.25::number(10, 2) as d, 1::number(5, 0) as n, 'x' as s, true as b, "
               "'2024-01-01'::timestamp_ntz as t, iff(seq4() < 120, null, 1.5) as late from table(generator(rowcount => 130))")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        frame = house.session.table("samples")
        known = model_signature.infer_signature(frame.drop("LATE"), frame.select("D"), params=[ParamSpec(name="k", dtype=D.INT32, default_value=10)])
        assert [(spec.name, spec._dtype) for spec in known.inputs] == [
            ("I", D.INT64), ("D", D.DOUBLE), ("N", D.INT64), ("S", D.STRING), ("B", D.BOOL), ("T", D.TIMESTAMP_NTZ)]
        # Snowpark has LongType for NUMBER(p, 0): only the decimal places are worth a warning.
        assert any("DecimalType(10, 2) is being automatically converted to DOUBLE" in str(one.message) for one in warned)
        assert ModelSignature.from_dict(known.to_dict()) == known
        with house.session.query_history() as history:
            with pytest.raises(ValueError, match="no non-null data in column LATE"):
                model_signature.infer_signature(frame, frame.select("D"))
        assert any("LIMIT 100" in query.sql_text for query in history.queries)
    numpy = model_signature.infer_signature(np.zeros((2, 2), dtype="f4"), np.array([1, 2], dtype="i2"))
    assert [spec.name for spec in [*numpy.inputs, *numpy.outputs]] == ["input_feature_0", "input_feature_1", "output_feature_0"]
    assert [spec._dtype for spec in [*numpy.inputs, *numpy.outputs]] == [D.FLOAT, D.FLOAT, D.INT16]
    named = model_signature.infer_signature(np.zeros((2, 2)), np.zeros(2), input_feature_names=["a", "b"], output_feature_names=["o"])
    assert [spec.name for spec in [*named.inputs, *named.outputs]] == ["a", "b", "o"]


def test_types_of_numpy_and_pandas_are_inferred():
    """All that pandas has for columns with gaps, datetimes of every unit, and C's names of the integers."""
    kinds = {kind.name: kind for kind in D}
    extended = pd.DataFrame({name: pd.array([1, 0], dtype=name.title().replace("Ui", "UI")) for name in NAMES[:8]} | {
        "FLOAT": pd.array([1.5, None], dtype="Float32"), "DOUBLE": pd.array([1.5, None], dtype="Float64"),
        "BOOL": pd.array([True, None], dtype="boolean"), "STRING": pd.array(["x", None], dtype="string")})
    inferred = model_signature.infer_signature(extended, extended).inputs
    assert [(spec.name, spec._dtype) for spec in inferred] == [(name, kinds[name]) for name in extended.columns]
    for unit in ("D", "h", "s", "ms", "us", "ns"):
        assert D.from_numpy_type(np.dtype(f"M8[{unit}]")) == D.TIMESTAMP_NTZ
    for kind, expected in ((np.longlong, D.INT64), (np.intc, D.INT32), (np.ubyte, D.UINT8), (np.bool_, D.BOOL), (np.bytes_, D.BYTES)):
        assert D.from_numpy_type(np.dtype(kind)) == expected


def test_one_signature_serves_several_methods(house):
    class Two(custom_model.CustomModel):
        @custom_model.inference_api
        def double(self, X: pd.DataFrame) -> pd.DataFrame:
            return pd.DataFrame({"O": X["X"] * 2})

        @custom_model.inference_api
        def triple(self, X: pd.DataFrame) -> pd.DataFrame:
            return pd.DataFrame({"O": X["X"] * 3})

    signature = ModelSignature(inputs=[FeatureSpec(name="X", dtype=D.DOUBLE)], outputs=[FeatureSpec(name="O", dtype=D.DOUBLE)])
    version = house.registry.log_model(
        Two(custom_model.ModelContext()), model_name="TWO", version_name="V1", conda_dependencies=["pandas"],
        signatures={"double": signature, "triple": signature})
    assert [function["signature"] for function in version.show_functions()] == [signature] * 2
    assert house.rows("select two!double(2):O::int, two!triple(2):O::int") == [(4, 6)]


def test_a_signature_is_written_into_the_package_and_shown(house, nested, tmp_path):
    import yaml

    place = "snow://model/NESTED/versions/V1/"
    for path in ("MANIFEST.yml", "model/model.yaml"):
        house.session.file.get(place + path, str(tmp_path))
    signature = nested.show_functions()[0]["signature"]
    assert ModelSignature.from_dict(yaml.safe_load((tmp_path / "model.yaml").read_text())["signatures"]["predict"]) == signature
    method = yaml.safe_load((tmp_path / "MANIFEST.yml").read_text())["methods"][0]
    assert [(given["name"], given["type"]) for given in method["inputs"]] == [
        (name, kind) for name, kind in zip(ROW, ["ARRAY"] * 4 + ["OBJECT", "ARRAY", "OBJECT"])]
    page = signature._repr_html_()
    assert all(name in page for name in ROW) and "DOUBLE" in page


def test_the_signature_comes_back_as_it_was_logged(echo, nested, params):
    for version in (echo, nested, params):
        function = version.show_functions()[0]
        signature = function["signature"]
        assert ModelSignature.from_dict(signature.to_dict()) == signature and function["target_method"] == "predict"
    assert [spec._shape for spec in nested.show_functions()[0]["signature"].inputs][:4] == [(2, 2), (-1,), (2,), (-1,)]
