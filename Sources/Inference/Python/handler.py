"""Loads one handler of a model version as Snowflake's runtime does, and calls it on batches.

The handler's contract: `sys._xoptions["snowflake_import_directory"]` names the version's directory, a module
`_snowflake` offers `vectorized` and `udf_init_once`; a function takes a DataFrame of inputs then params and returns
records or a Series; a class offers `process` or `end_partition` and returns a DataFrame.
"""
import glob
import importlib
import mmap
import os
import struct
import sys
import time
import traceback
import types
import zipfile
import zlib

import numpy as np
import pandas as pd

import roost_columns as columns
import roost_results as results
from roost_estimator import Estimator
from roost_partitions import Partitions

PREDICT_HEADER = struct.Struct("<IIQQQIIII")
SEGMENT = struct.Struct("<IIQ")
LONGEST_TRACEBACK = 16_000
# Rows per call of a handler that names no max_batch_size.
USUAL_BATCH = 65_536


class Segments:
    """The shared memory that this worker has mapped, by the server's number."""

    def __init__(self):
        self.maps = {}

    def add(self, number, size, descriptor):
        self.maps[number] = mmap.mmap(descriptor, size)
        os.close(descriptor)

    def take(self, payload, descriptors):
        """A PREDICT frame as a batch."""
        segment, _, rows, output_offset, capacity, count, partitions, fresh, forgotten = PREDICT_HEADER.unpack_from(
            payload)
        at = PREDICT_HEADER.size
        for index in range(fresh):
            number, _, size = SEGMENT.unpack_from(payload, at)
            self.add(number, size, descriptors[index])
            at += SEGMENT.size
        for number in np.frombuffer(payload, "<u4", forgotten, at).tolist():
            self.maps.pop(number, None)  # unmapped when the last view on it goes
        at += forgotten * 4
        memory = self.maps[segment]
        inputs = [columns.Input(memory, rows, columns.COLUMN.unpack_from(payload, at + index * columns.COLUMN.size))
                  for index in range(count)]
        at += count * columns.COLUMN.size
        lengths = np.frombuffer(payload, "<u8", partitions, at).tolist()
        return Batch(inputs, rows, lengths, memory, segment, output_offset, capacity)


class Batch:
    def __init__(self, inputs, rows, partitions, memory, segment, output_offset, capacity):
        self.inputs, self.rows, self.partitions = inputs, rows, partitions
        self.output_memory, self.output_segment = memory, segment
        self.output_offset, self.room = output_offset, capacity - output_offset

    def take_room(self, segments, payload, descriptors):
        """A MORE frame: the results go to a segment of their own."""
        number, _, size = SEGMENT.unpack_from(payload)
        segments.add(number, size, descriptors[0])
        self.output_memory, self.output_segment, self.output_offset = segments.maps[number], number, 0


class Records:
    """What `frame.to_dict("records")` returns to a handler: the list, made only if anyone looks at it."""

    def __init__(self, frame, make):
        self.frame, self._make, self._list = frame, make, None

    def materialised(self):
        if self._list is None:
            self._list = self._make()
        return self._list

    def __len__(self):
        return len(self.frame)

    def __iter__(self):
        return iter(self.materialised())

    def __getitem__(self, index):
        return self.materialised()[index]

    def __eq__(self, other):
        return self.materialised() == (other.materialised() if isinstance(other, Records) else other)

    def __add__(self, other):
        return self.materialised() + list(other)

    def __getattr__(self, name):
        return getattr(self.materialised(), name)


def install_runtime(directory):
    """What the code of a package expects to find in the interpreter."""
    sys._xoptions["snowflake_import_directory"] = directory + "/"
    shim = types.ModuleType("_snowflake")

    def vectorized(input=None, max_batch_size=None, flatten_object_input=False):
        def mark(function):
            function._roost_max_batch_size = max_batch_size
            function._roost_flatten = flatten_object_input
            return function
        return mark

    def udf_init_once(function):
        function._roost_init_once = True
        return function

    shim.vectorized, shim.udf_init_once = vectorized, udf_init_once
    sys.modules["_snowflake"] = shim
    sys.path.insert(0, directory)
    for archive in sorted(glob.glob(os.path.join(glob.escape(directory), "runtimes", "*", "*.zip"))):
        import_from(archive)


def import_from(archive):
    """Puts a zip file that the package's runtime imports ahead of the environment: a client embeds its own library so."""
    sys.path.insert(0, archive)
    package = sys.modules.get("snowflake")
    if package is None or is_installed(archive, package):
        return
    if isinstance(package.__path__, list):  # the connector's .pth file made it a package of fixed places
        package.__path__.insert(0, os.path.join(archive, "snowflake"))
    for name in [name for name in sys.modules if name == "snowflake.ml" or name.startswith("snowflake.ml.")]:
        del sys.modules[name]  # imported ahead, out of the environment
    files = sys.modules.get("fsspec.registry")
    if files is not None:  # the library's file systems, which can't be registered twice
        for name, made in list(files._registry.items()):
            if made.__module__.startswith("snowflake.ml."):
                del files._registry[name]


def is_installed(archive, package):
    """Whether the environment has every file of Python code in the archive, with the same content."""
    places = [os.path.dirname(place) for place in package.__path__]
    with zipfile.ZipFile(archive) as contents:
        for entry in contents.infolist():
            if not entry.filename.endswith(".py"):
                continue
            found = next(filter(os.path.isfile, (os.path.join(place, entry.filename) for place in places)), None)
            if found is None:
                return False
            with open(found, "rb") as file:
                if zlib.crc32(file.read()) != entry.CRC:
                    return False
    return True


def lazy_records(module):
    """Spares the generated handler's last step, a dict per row, which would be taken apart at once."""
    original = pd.DataFrame.to_dict

    def to_dict(self, *args, **kwargs):
        if args == ("records",) and not kwargs and self.columns.is_unique:
            if sys._getframe(1).f_globals is module.__dict__:
                return Records(self, lambda: original(self, "records"))
        return original(self, *args, **kwargs)

    pd.DataFrame.to_dict = to_dict


class Handler:
    def __init__(self, request):
        directory = request["directory"]
        self.outputs = [(output["name"], output["kind"]) for output in request["outputs"]]
        self.output_names = tuple(name for name, _ in self.outputs)
        self.input_names = request["inputs"]
        install_runtime(directory)
        module_name, _, attribute = request["handler"].rpartition(".")
        self.module = importlib.import_module(module_name)
        target = getattr(self.module, attribute)
        for value in list(vars(self.module).values()):
            if getattr(value, "_roost_init_once", False):
                value()
        self.target = target
        if isinstance(target, type):
            self.shape = "end_partition" if hasattr(target, "end_partition") else "process"
            marked = getattr(target, self.shape)
        else:
            self.shape, marked = "function", target
        usual = USUAL_BATCH if self.shape == "function" else None
        self.limit = getattr(marked, "_roost_max_batch_size", None) or usual
        self.flatten = bool(getattr(marked, "_roost_flatten", False))
        lazy_records(self.module)
        self.estimator = Estimator.find(self) if request["estimator"] and self.shape == "function" else None

    def describe(self):
        return {"shape": self.shape, "maximumBatchSize": self.limit, "flatten": self.flatten,
                "estimator": self.estimator is not None}

    def names(self):
        known = getattr(self.module, "input_cols", None)
        if known:
            return [*known, *(getattr(self.module, "param_cols", None) or [])]
        return self.input_names

    def dtypes(self):
        """What the generated handler converts its inputs to, by position."""
        module = self.module
        wanted = getattr(module, "dtype_map", None) or {}
        return [wanted.get(name) for name in getattr(module, "input_cols", None) or []]

    def frame(self, batch):
        if self.flatten and len(batch.inputs) < len(self.names()) and batch.inputs[0].kind == columns.JSON:
            return self.expanded(batch.inputs)
        frame = columns.frame(batch.inputs, self.dtypes())
        # From pandas 3 on astype copies nothing, and a model might keep what lies in shared memory.
        return frame.copy() if int(pd.__version__.split(".")[0]) >= 3 else frame

    def expanded(self, inputs):
        """The frame of a wide call: an object per row, then maybe columns of the parameters, which win over its keys."""
        names = self.names()
        frame = columns.expand(inputs[0], names)
        for index, column in enumerate(inputs[1:], start=len(names) - len(inputs) + 1):
            values = column.array()
            if not pd.isna(values).all():
                frame[index] = values
        return frame

    def run(self, batch):
        """The batch's result; raises whatever the model's code raises."""
        started = time.process_time()
        kinds = [kind for _, kind in self.outputs] or [columns.JSON]
        if self.shape == "end_partition":
            pieces, partitions = self.partitions(batch)
            result = results.Result(kinds, sum(partitions), partitions, False)
            result.columns = pieces
        else:
            parts, used_estimator = self.pieces(batch)
            result = results.Result(kinds, sum(part[0].rows for part in parts), [], used_estimator)
            for part in parts:
                for target, piece in zip(result.columns, part):
                    target.append(piece)
        result.cpu_seconds = time.process_time() - started
        return result

    def partitions(self, batch):
        """(pieces per output, rows that each partition gave)."""
        counts = batch.partitions or ([batch.rows] if batch.rows else [])
        frames = [self.checked(self.target().end_partition(part), None)
                  for part in Partitions(self.module, self.frame(batch), counts)]
        pieces = [results.joined([frame[index] for frame in frames], kind, name)
                  for index, (name, kind) in enumerate(self.outputs or [("OBJECT", columns.JSON)])]
        return pieces, [len(frame[0]) for frame in frames]

    def pieces(self, batch):
        """([pieces per output] per part, whether the estimator was called itself)."""
        if self.estimator:
            part = self.estimator.try_batch(batch)
            if part is not None:
                return [part], True
        parts = []
        frame = self.frame(batch)
        step = self.limit or max(batch.rows, 1)
        for at in range(0, batch.rows, step):
            piece = frame if step >= batch.rows else frame.iloc[at:at + step].reset_index(drop=True)
            count = len(piece)
            if self.shape == "process":
                parts.append(self.from_frame(self.target().process(piece), count))
            else:
                parts.append(self.from_function(self.target(piece), count))
        if self.estimator and len(parts) > 0:
            self.estimator.compare(batch, parts)
        return parts, False

    def from_frame(self, result, count):
        named = self.outputs or [("OBJECT", columns.JSON)]
        return [results.convert(values, kind, name)
                for values, (name, kind) in zip(self.checked(result, count), named)]

    def checked(self, result, count):
        """The outputs' columns in the frame that a table function returned."""
        if not isinstance(result, pd.DataFrame):
            result = frame_of(result)
        if count is not None and len(result) != count:
            raise results.OutputError(f"the model returned {len(result)} rows for {count}")
        if result.shape == (0, 0):
            return [[]] * max(1, len(self.outputs))
        if not self.outputs:
            return [result.to_dict("records")]
        if tuple(result.columns) == self.output_names:
            return [column_of(result, index) for index in range(len(self.outputs))]
        return [column_of(result, self.position(result.columns, name, index)) for index, name in
                enumerate(self.output_names)]

    def position(self, names, wanted, index):
        names = [str(name) for name in names]
        if names.count(wanted) == 1:
            return names.index(wanted)
        folded = [name.upper() for name in names]
        if folded.count(wanted.upper()) == 1:
            return folded.index(wanted.upper())
        if len(names) == len(self.outputs):
            return index
        raise results.OutputError(f"the model returned no output '{wanted}' (it returned {', '.join(names[:20])})")

    def from_function(self, result, count):
        if len(result) != count:
            raise results.OutputError(f"the model returned {len(result)} rows for {count}")
        if isinstance(result, Records) and result._list is None and self.outputs:
            frame = result.frame
            positions = {name: index for index, name in enumerate(frame.columns)}
            if all(name in positions for name, _ in self.outputs):
                return [results.convert(frame.iloc[:, positions[name]], kind, name) for name, kind in self.outputs]
        if isinstance(result, (pd.Series, np.ndarray)) and len(self.outputs) == 1:
            return [results.convert(result, self.outputs[0][1], self.outputs[0][0])]
        rows = list(result)
        if not self.outputs:
            return [results.mixed(rows, columns.JSON, "OBJECT")]
        if len(self.outputs) == 1 and not any(isinstance(row, dict) for row in rows):
            return [results.convert(rows, self.outputs[0][1], self.outputs[0][0])]
        picked = []
        for name, kind in self.outputs:
            key = name
            if rows and isinstance(rows[0], dict) and name not in rows[0]:
                near = [other for other in rows[0] if str(other).upper() == name.upper()]
                key = near[0] if len(near) == 1 else name
            values = [row.get(key) if isinstance(row, dict) else None for row in rows]
            picked.append(results.convert(values, kind, name))
        return picked


def column_of(frame, position):
    """A column as an array of numpy's or pandas', which costs a fifth of a Series."""
    get = getattr(frame, "_get_column_array", None)
    return frame.iloc[:, position].array if get is None else get(position)


def frame_of(result):
    """A DataFrame of what a table function returned in place of one."""
    if result is not None and not isinstance(result, (str, bytes, int, float)):
        try:
            return pd.DataFrame(list(result) if isinstance(result, Records) or not hasattr(result, "__len__") else result)
        except (TypeError, ValueError):
            pass
    kind = "None" if result is None else f"a value of type {type(result).__name__}"
    raise results.OutputError(f"the model returned {kind}: a table function returns a DataFrame")


def describe_failure(error):
    """A FAILED frame's content for an exception of the model's code."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith("<roost_"):
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace)
    text = "".join(lines).rstrip("\n")
    if len(text) > LONGEST_TRACEBACK:
        text = text[:LONGEST_TRACEBACK // 2] + "\n...\n" + text[-LONGEST_TRACEBACK // 2:]
    note = getattr(error, "roost_note", None)
    if note:
        text += "\n" + note
    return {
        "type": type(error).__name__, "message": str(error)[:2_000], "traceback": text,
        "output": isinstance(error, results.OutputError), "memory": isinstance(error, MemoryError),
    }
