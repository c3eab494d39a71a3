"""A handler's results as typed columns, and their layout in the segment of a batch."""
import datetime
import decimal
import json
import math
import struct

import numpy as np
import pandas as pd

from roost_columns import (
    BINARY, BOOLEAN, COLUMN, DATE, DOUBLE, DTYPES, FLOAT, INT8, INT16, INT32, INT64, JSON, NAMES, TEXT, TIMESTAMP,
    VARIABLE,
)


class OutputError(ValueError):
    """A value of a result that does not fit the output's declared type."""


class Piece:
    """Some rows of one output: fixed-width `values`, or `lengths` and `data`; `nulls` is None or a mask."""
    __slots__ = ("values", "lengths", "data", "nulls")

    def __init__(self, values=None, nulls=None, lengths=None, data=b""):
        self.values, self.nulls, self.lengths, self.data = values, nulls, lengths, data

    @property
    def rows(self):
        return len(self.lengths if self.values is None else self.values)

    def same(self, other):
        """Whether every bit is equal."""
        if (self.nulls is None) != (other.nulls is None) or self.values is None or other.values is None:
            return False
        if self.nulls is not None and not np.array_equal(self.nulls, other.nulls):
            return False
        left, right = self.values, other.values
        if self.nulls is not None:
            left, right = left[~self.nulls], right[~other.nulls]
        return left.dtype == right.dtype and left.tobytes() == right.tobytes()


def misfit(name, kind, why):
    return OutputError(f"output '{name}' is declared {NAMES[kind]}, but the model returned {why}")


def joined(columns, kind, name):
    """The pieces of one output's columns, one after the other: converted together where they are of one type."""
    columns = [column for column in columns if len(column)]
    dtype = getattr(columns[0], "dtype", None) if len(columns) > 1 else None
    if dtype is not None:
        kinds = type(columns[0])
        if all(type(column) is kinds and column.dtype == dtype for column in columns):
            together = np.concatenate if kinds is np.ndarray else kinds._concat_same_type
            return [convert(together(columns), kind, name)]
    return [convert(column, kind, name) for column in columns]


def convert(values, kind, name):
    """A result column (array, Series or list) as a piece of the declared kind."""
    if isinstance(values, pd.api.extensions.ExtensionArray):
        values = pd.Series(values)
    if isinstance(values, pd.Series):
        dtype = values.dtype
        if isinstance(dtype, pd.DatetimeTZDtype):
            values = values.dt.tz_convert("UTC").dt.tz_localize(None)
        elif isinstance(dtype, pd.CategoricalDtype):
            values = values.astype(object)
        if isinstance(values.dtype, np.dtype):
            values = values.to_numpy()
        else:
            nulls = values.isna().to_numpy()
            kind_code = getattr(values.dtype, "kind", "O")
            if kind_code in "iufb" and hasattr(values.array, "_mask"):
                plain = values.to_numpy(dtype=values.dtype.numpy_dtype, na_value=values.dtype.numpy_dtype.type(0))
                return fixed(plain, nulls if nulls.any() else None, kind, name)
            values = values.to_numpy(dtype=object, na_value=None)
    if isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind in "biufM":
        return fixed(values, None, kind, name)
    if kind in (DOUBLE, FLOAT) and (isinstance(values, list) or values.ndim == 1):
        try:
            return fixed(np.array(values, dtype="f8"), None, kind, name)
        except (TypeError, ValueError, OverflowError):
            pass  # looked at value by value below
    return mixed(list(values), kind, name)


def fixed(values, nulls, kind, name):
    """From an array of a numeric or datetime dtype."""
    code = values.dtype.kind
    if code == "f":
        holes = np.isnan(values)
        if holes.any():
            nulls = holes if nulls is None else nulls | holes
    elif code == "M":
        holes = np.isnat(values)
        if holes.any():
            nulls = holes if nulls is None else nulls | holes
        if kind == TIMESTAMP:
            return Piece(values.astype("M8[us]").view("i8"), nulls)
        if kind == DATE:
            return Piece(values.astype("M8[D]").astype("i8").astype("i4"), nulls)
    if code in "biuf" and kind in (DOUBLE, FLOAT):
        return Piece(values.astype(DTYPES[kind], copy=False), nulls)
    if kind in (INT8, INT16, INT32, INT64) and values.dtype == DTYPES[kind]:
        return Piece(values, nulls)
    if code in "biuf" and kind == BOOLEAN:
        present = values if nulls is None else values[~nulls]
        if code != "b" and not np.isin(present, (0, 1)).all():
            raise misfit(name, kind, "a number other than 0 and 1")
        return Piece((values == 1).view("u1") if code != "b" else values.view("u1"), nulls)
    if code in "biuf" and kind in (INT8, INT16, INT32, INT64):
        present = values if nulls is None else values[~nulls]
        limits = np.iinfo(DTYPES[kind])
        if len(present) and code != "b":
            low, high = present.min(), present.max()
            outside = float(low) < float(limits.min) or (
                float(high) >= 2.0**63 if kind == INT64 else int(high) > limits.max) if code == "f" else (
                int(low) < limits.min or int(high) > limits.max)
            if outside:
                raise misfit(name, kind, "a number out of its range")
            if code == "f" and not np.array_equal(present, np.trunc(present)):
                raise misfit(name, kind, "a number with a fraction")
        if nulls is not None and code == "f":
            values = np.where(nulls, 0, values)
        return Piece(values.astype(DTYPES[kind], copy=False), nulls)
    if kind in VARIABLE:
        rows = values.astype(object) if code != "M" else pd.Series(values).astype(object)
        rows = list(rows)
        if nulls is not None:
            rows = [None if null else value for value, null in zip(rows, nulls)]
        return mixed(rows, kind, name)
    if len(values) == 0 or nulls is not None and nulls.all():
        return Piece(np.zeros(len(values), DTYPES[kind]), nulls)  # pandas types what is empty as float64
    raise misfit(name, kind, f"values of type {values.dtype}")


def is_null(value):
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, (float, np.floating)):
        return value != value
    return isinstance(value, np.datetime64) and bool(np.isnat(value))


def mixed(values, kind, name):
    """From Python objects, one by one."""
    holes = [is_null(value) for value in values]
    nulls = np.array(holes) if any(holes) else None
    if kind in VARIABLE:
        encode = {TEXT: text_of, BINARY: bytes_of, JSON: json_of}[kind]
        if kind == TEXT and nulls is None and all(type(value) is str for value in values):
            joined = "".join(values)
            if joined.isascii():
                lengths = np.fromiter(map(len, values), "i8", len(values))
                return Piece(lengths=lengths, data=joined.encode("ascii"))
        parts = [b"" if hole else encode(value, kind, name) for value, hole in zip(values, holes)]
        return Piece(nulls=nulls, lengths=np.fromiter(map(len, parts), "i8", len(parts)), data=b"".join(parts))
    result = np.zeros(len(values), DTYPES[kind])
    read = {BOOLEAN: boolean_of, DATE: date_of, TIMESTAMP: timestamp_of, FLOAT: float_of, DOUBLE: float_of}
    one = read.get(kind, integer_of)
    for index, (value, hole) in enumerate(zip(values, holes)):
        if not hole:
            result[index] = one(value, kind, name)
    return Piece(result, nulls)


def plain(value):
    """A numpy scalar or an array of one value as the Python value."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.size == 1):
        return value.item()
    return value


def float_of(value, kind, name):
    value = plain(value)
    if isinstance(value, (int, float, decimal.Decimal, str)):
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise misfit(name, kind, f"a value of type {type(value).__name__}")


def integer_of(value, kind, name):
    value = plain(value)
    if isinstance(value, str):
        try:
            value = decimal.Decimal(value.strip())
        except decimal.InvalidOperation:
            raise misfit(name, kind, "a text that is no number") from None
    if isinstance(value, (float, decimal.Decimal)):
        if not math.isfinite(value):
            raise misfit(name, kind, "a number out of its range")
        if value != int(value):
            raise misfit(name, kind, "a number with a fraction")
        value = int(value)
    if not isinstance(value, int):
        raise misfit(name, kind, f"a value of type {type(value).__name__}")
    limits = np.iinfo(DTYPES[kind])
    if not limits.min <= value <= limits.max:
        raise misfit(name, kind, "a number out of its range")
    return value


def boolean_of(value, kind, name):
    value = plain(value)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, (bool, int, float)) and value in (0, 1):
        return bool(value)
    raise misfit(name, kind, f"a value of type {type(value).__name__}" if not isinstance(value, (int, float)) else
                 "a number other than 0 and 1")


def timestamp_of(value, kind, name):
    try:
        if isinstance(value, (int, float)):
            raise ValueError
        moment = pd.Timestamp(value)
        if moment.tzinfo is not None:
            moment = moment.tz_convert("UTC").tz_localize(None)
        return moment.to_datetime64().astype("M8[us]").astype("i8")
    except (ValueError, TypeError):
        raise misfit(name, kind, f"a value of type {type(value).__name__}") from None


def date_of(value, kind, name):
    return timestamp_of(value, kind, name) // 86_400_000_000


def text_of(value, kind, name):
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass") if value.isascii() else clean(value)
    value = plain(value)
    if isinstance(value, bytes):
        return value.hex().upper().encode()
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return str(value).encode()
    if isinstance(value, (np.ndarray, list, tuple, dict)):
        return json_of(value, kind, name)
    return (json.dumps(value) if isinstance(value, (bool, int, float)) else str(value)).encode()


def clean(text):
    """UTF-8, with a replacement for lone surrogates, which no database takes."""
    return text.encode("utf-8", "replace")


def bytes_of(value, kind, name):
    value = plain(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, str):
        try:
            return bytes.fromhex(value)
        except ValueError:
            raise misfit(name, kind, "a text that is not hexadecimal") from None
    raise misfit(name, kind, f"a value of type {type(value).__name__}")


def json_of(value, kind=JSON, name=""):
    try:
        return json.dumps(value, default=jsonable, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, TypeError, RecursionError):
        pass
    try:
        return json.dumps(sanitised(value), allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise misfit(name, kind, f"a value that JSON can't hold ({type(error).__name__})") from None


def jsonable(value):
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item() if not isinstance(value, np.datetime64) else str(pd.Timestamp(value))
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex().upper()
    if value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, (pd.Series, pd.Index)):
        return value.tolist()
    raise TypeError(type(value).__name__)


def sanitised(value):
    """The same value with keys of text, and null for NaN and infinities, which JSON lacks."""
    if isinstance(value, dict):
        return {str(key): sanitised(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [sanitised(item) for item in value]
    if isinstance(value, (str, bool, int)) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return sanitised(jsonable(value))


class Result:
    """The pieces of a whole batch, ready to be laid out in a segment."""

    def __init__(self, kinds, rows, partitions, used_estimator):
        self.kinds, self.rows, self.partitions = kinds, rows, partitions
        self.columns = [[] for _ in kinds]
        self.used_estimator, self.cpu_seconds = used_estimator, 0.0

    @property
    def size(self):
        total = 0
        for kind, pieces in zip(self.kinds, self.columns):
            total += aligned(((self.rows + 63) // 64) * 8)
            if kind in VARIABLE:
                total += aligned((self.rows + 1) * 8) + aligned(sum(len(piece.data) for piece in pieces))
            else:
                total += aligned(self.rows * DTYPES[kind].itemsize)
        return total

    def write(self, batch):
        """Writes everything from the batch's output offset on; returns the payload of the answer."""
        memory, at, rows = batch.output_memory, batch.output_offset, self.rows
        header = struct.pack("<QdIIII", rows, self.cpu_seconds, len(self.kinds), len(self.partitions),
                             batch.output_segment, 1 if self.used_estimator else 0)
        descriptors = []
        for kind, pieces in zip(self.kinds, self.columns):
            data, validity, heap, heap_size, flags = at, 0, 0, 0, 0
            if kind in VARIABLE:
                offsets = np.frombuffer(memory, "i8", rows + 1, at)
                offsets[0] = 0
                lengths = np.concatenate([piece.lengths for piece in pieces]) if pieces else np.empty(0, "i8")
                np.cumsum(lengths, out=offsets[1:])
                at += aligned((rows + 1) * 8)
                heap, heap_size = at, int(offsets[rows])
                position = heap
                for piece in pieces:
                    memory[position:position + len(piece.data)] = piece.data
                    position += len(piece.data)
                at += aligned(heap_size)
            else:
                target = np.frombuffer(memory, DTYPES[kind], rows, at)
                position = 0
                for piece in pieces:
                    target[position:position + piece.rows] = piece.values
                    position += piece.rows
                at += aligned(rows * DTYPES[kind].itemsize)
            if any(piece.nulls is not None for piece in pieces):
                flags, validity = 1, at
                valid = np.concatenate([np.ones(piece.rows, bool) if piece.nulls is None else ~piece.nulls
                                        for piece in pieces])
                bits = np.packbits(valid, bitorder="little")
                words = ((rows + 63) // 64) * 8
                np.frombuffer(memory, "u1", words, at)[:len(bits)] = bits
                at += aligned(words)
            descriptors.append(COLUMN.pack(kind, flags, data, validity, heap, heap_size))
        return header + b"".join(descriptors) + np.array(self.partitions, "u8").tobytes()


def aligned(size):
    return (size + 63) & ~63
