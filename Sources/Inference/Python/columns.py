"""Columns in shared memory as pandas sees them.

A column lies in the segment as DuckDB lays out a flat vector: values of fixed width, and a bitmap of 64-bit words with
1 for a valid row. Text, binary and JSON are int64 offsets (rows + 1 of them) into bytes.
"""
import json
import struct

import numpy as np
import pandas as pd

BOOLEAN, INT8, INT16, INT32, INT64, FLOAT, DOUBLE, DATE, TIMESTAMP, TEXT, BINARY, JSON, ABSENT = range(1, 14)
VARIABLE = (TEXT, BINARY, JSON)
DTYPES = {
    BOOLEAN: np.dtype("u1"), INT8: np.dtype("i1"), INT16: np.dtype("i2"), INT32: np.dtype("i4"),
    INT64: np.dtype("i8"), FLOAT: np.dtype("f4"), DOUBLE: np.dtype("f8"), DATE: np.dtype("i4"),
    TIMESTAMP: np.dtype("i8"),
}
NAMES = {
    BOOLEAN: "BOOLEAN", INT8: "TINYINT", INT16: "SMALLINT", INT32: "INTEGER", INT64: "BIGINT", FLOAT: "FLOAT",
    DOUBLE: "DOUBLE", DATE: "DATE", TIMESTAMP: "TIMESTAMP", TEXT: "VARCHAR", BINARY: "BINARY", JSON: "VARIANT",
}
COLUMN = struct.Struct("<BB6xQQQQ")
MASKED = {
    BOOLEAN: pd.arrays.BooleanArray, INT8: pd.arrays.IntegerArray, INT16: pd.arrays.IntegerArray,
    INT32: pd.arrays.IntegerArray, INT64: pd.arrays.IntegerArray, FLOAT: pd.arrays.FloatingArray,
    DOUBLE: pd.arrays.FloatingArray,
}
NAT = np.iinfo("i8").min
EXACT_IN_DOUBLE = 1 << 53


class Input:
    """One input column of a batch; `memory` is the whole segment."""

    def __init__(self, memory, rows, descriptor):
        self.memory, self.rows = memory, rows
        self.kind, flags, self.offset, self.validity, self.bytes, self.byte_count = descriptor
        self.nulls = None
        if flags & 1:
            bits = np.frombuffer(memory, "u1", (rows + 7) // 8, self.validity)
            nulls = np.unpackbits(bits, count=rows, bitorder="little") == 0
            if nulls.any():
                self.nulls = nulls

    def raw(self):
        return np.frombuffer(self.memory, DTYPES[self.kind], self.rows, self.offset)

    def strings(self):
        """The text or bytes of each row; NULL rows hold anything."""
        offsets = np.frombuffer(self.memory, "i8", self.rows + 1, self.offset).tolist()
        data = self.memory[self.bytes:self.bytes + self.byte_count]
        if self.kind != BINARY:
            if data.isascii():
                data = data.decode("ascii")
            else:
                return [data[a:b].decode() for a, b in zip(offsets, offsets[1:])]
        return [data[a:b] for a, b in zip(offsets, offsets[1:])]

    def objects(self):
        values = np.empty(self.rows, object)
        strings = self.strings()
        if self.kind == JSON:
            if self.nulls is not None:
                strings = ["null" if null else text for text, null in zip(strings, self.nulls)]
            parsed = json.loads("[" + ",".join(strings) + "]")
            if len(parsed) != self.rows:
                parsed = [json.loads(text) for text in strings]
            strings = parsed
        for i, value in enumerate(strings):
            values[i] = value
        if self.nulls is not None:
            values[self.nulls] = None
        return values

    def array(self):
        """The column as pandas should see it; NULL is NaN, NaT or None."""
        if self.kind == ABSENT:
            return np.full(self.rows, None, object)
        if self.kind in VARIABLE:
            return self.objects()
        values, nulls = self.raw(), self.nulls
        if self.kind in (FLOAT, DOUBLE):
            if nulls is not None:
                values[nulls] = np.nan  # in place: the segment is this batch's own
            return values
        if self.kind == TIMESTAMP:
            if nulls is not None:
                values[nulls] = NAT
            return values.view("M8[us]")
        if self.kind == DATE:
            days = values.astype("M8[D]").astype("M8[s]")
            if nulls is not None:
                days[nulls] = np.datetime64("NaT")
            return days
        if self.kind == BOOLEAN:
            values = values.view("?")
        if nulls is None:
            return values
        if self.kind != BOOLEAN and np.abs(values[~nulls].astype("f8")).max(initial=0) <= EXACT_IN_DOUBLE:
            values = values.astype("f8")
            values[nulls] = np.nan
            return values
        values = values.astype(object)
        values[nulls] = None
        return values


def uniform(columns):
    """The columns as one [columns, rows] view when all are numbers of one type at equal distance, else None."""
    first = columns[0]
    if first.kind not in (INT8, INT16, INT32, INT64, FLOAT, DOUBLE):
        return None
    distance = columns[1].offset - first.offset if len(columns) > 1 else DTYPES[first.kind].itemsize * first.rows
    for index, column in enumerate(columns):
        if column.kind != first.kind or column.offset != first.offset + index * distance:
            return None
        if column.nulls is not None:
            if first.kind not in (FLOAT, DOUBLE):
                return None
            column.array()  # writes the NaN
    dtype = DTYPES[first.kind]
    return np.ndarray((len(columns), first.rows), dtype, first.memory, first.offset, (distance, dtype.itemsize))


def masked(column, dtype):
    """The column as pandas' nullable array of `dtype`, bit for bit what `astype(dtype)` makes; None for other types."""
    wanted = getattr(dtype, "numpy_dtype", None)
    if wanted is None or column.kind not in MASKED:
        return None
    values, nulls = column.raw(), column.nulls
    if column.kind == BOOLEAN:
        values = values.view("?")
    if values.dtype != wanted and (values.dtype, wanted) != (DTYPES[DOUBLE], DTYPES[FLOAT]):
        return None  # astype checks the range
    if column.kind in (FLOAT, DOUBLE):
        missing = np.isnan(values)
        if nulls is not None:
            missing |= nulls
    else:
        missing = np.zeros(column.rows, bool) if nulls is None else nulls
    return MASKED[column.kind](values.astype(wanted, copy=False), missing)


def frame(columns, dtypes):
    """A DataFrame over the columns, without a copy where the types allow it.

    `dtypes` are those to which the handler will convert: pandas' nullable ones are made here, at a tenth of the cost.
    """
    if not any(hasattr(dtype, "numpy_dtype") for dtype in dtypes):
        block = uniform(columns) if columns else None
        if block is not None:
            return pd.DataFrame(block.T, copy=False)
    data = {}
    for index, column in enumerate(columns):
        array = masked(column, dtypes[index]) if index < len(dtypes) else None
        data[index] = column.array() if array is None else array
    return pd.DataFrame(data, copy=False)


def expand(column, names):
    """A DataFrame with one column per name from a column of JSON objects; a missing key is None."""
    rows = column.objects()
    for value in rows:
        if value is not None and not isinstance(value, dict):
            raise ValueError("the argument of a method with many inputs must be an OBJECT")
    folded = None
    present = next((value for value in rows if value), {})
    keys = []
    for name in names:
        if name not in present:
            folded = folded or {key.upper(): key for key in present}
            keys.append(folded.get(name.upper(), name))
        else:
            keys.append(name)
    data = {}
    for index, key in enumerate(keys):
        values = [None if row is None else row.get(key) for row in rows]
        data[index] = pd.Series(values) if not any(isinstance(v, (list, dict)) for v in values) else pd.Series(
            values, dtype=object)
    return pd.DataFrame(data, copy=False)
