"""Runs a model directory of MLflow through `mlflow.pyfunc`, with the same batches as a generated handler.

The rows become what the model's signature asks for: a DataFrame of the declared types, or tensors. MLflow itself then
checks them against the signature, as it does for any caller. Imports of mlflow stay inside of functions: most workers
have nothing to do with it, and its versions differ between environments.
"""
import base64
import binascii
import contextlib
import os
import time

import numpy as np
import pandas as pd

import roost_columns as columns
import roost_results as results

# Must agree with MLmodel+Methods.swift.
HANDLER = "roost.mlflow."
# Rows of one call of the model.
BATCH = 65_536
# These take one request at a time.
SINGLE = ("mlflow.pyfunc.loaders.chat_model", "mlflow.pyfunc.loaders.chat_agent",
          "mlflow.pyfunc.loaders.responses_agent")
VARIABLES = {
    "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "true", "MLFLOW_ENABLE_ASYNC_LOGGING": "false",
}


class SchemaError(ValueError):
    """The data do not fit the model's signature."""


class MissingRuntime(RuntimeError):
    """Something that the model needs is not in its environment."""


def is_handler(path):
    return path.startswith(HANDLER)


def warm_up():
    """Imports mlflow ahead, once; a worker that can't have it says so itself."""
    os.environ.update(VARIABLES)
    try:
        import mlflow.pyfunc  # noqa: F401
    except Exception:
        pass


def load(directory):
    """The model of a directory, by its python_function flavor."""
    os.environ.update(VARIABLES)
    home = "file://" + os.path.join(os.environ.get("TMPDIR", "/tmp"), "mlruns")
    os.environ.update(MLFLOW_TRACKING_URI=home, MLFLOW_REGISTRY_URI=home)
    try:
        import mlflow.pyfunc
    except ImportError as error:
        raise MissingRuntime(f"the model's environment can't import mlflow: {error}") from error
    try:
        mlflow.tracing.disable()
    except Exception:
        pass  # versions without tracing
    try:
        return mlflow.pyfunc.load_model(directory, suppress_warnings=True)
    except ModuleNotFoundError as error:
        raise MissingRuntime(
            f"the model needs the Python module '{error.name}', which its environment lacks: "
            f"name the package in the model's requirements") from error


def variables_of(directory):
    """The names of environment variables that log_model saw the model read."""
    try:
        with open(os.path.join(directory, "environment_variables.txt"), encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except (OSError, UnicodeDecodeError):
        return []
    return [line for line in lines if line and not line.startswith("#")]


class Handler:
    """One method of one MLflow model: `predict`, or `predict_stream` with the parts of each row as a list."""

    def __init__(self, request):
        self.outputs = [(output["name"], output["kind"]) for output in request["outputs"]]
        self.is_stream = request["handler"] == HANDLER + "predict_stream"
        self.directory = request["directory"]
        with self.naming_variables():
            self.model = load(self.directory)
        metadata = self.model.metadata
        schema = metadata.get_input_schema()
        self.inputs = list(schema.inputs) if schema is not None else []
        self.is_tensor = bool(self.inputs) and schema.is_tensor_spec()
        parameters = metadata.get_params_schema() if hasattr(metadata, "get_params_schema") else None
        self.parameters = list(parameters.params) if parameters is not None else []
        from_hint = getattr(metadata, "_is_signature_from_type_hint", None)
        self.takes_list = bool(from_hint and from_hint()) and len(self.inputs) == 1 and self.inputs[0].name is None
        flavor = metadata.flavors.get("python_function", {})
        self.limit = 1 if self.is_stream or flavor.get("loader_module") in SINGLE else BATCH

    def describe(self):
        return {"shape": "function", "maximumBatchSize": self.limit, "flatten": False, "estimator": False}

    # -- in -------------------------------------------------------------------------------------------------------
    def run(self, batch):
        """The batch's result; raises whatever the model's code raises."""
        started = time.process_time()
        kinds = [kind for _, kind in self.outputs] or [columns.JSON]
        result = results.Result(kinds, batch.rows, [], False)
        with self.naming_variables():
            for piece, column in zip(self.pieces(batch), result.columns):
                column.append(piece)
        result.cpu_seconds = time.process_time() - started
        return result

    @contextlib.contextmanager
    def naming_variables(self):
        """Has what fails say which environment variables the model was logged with and a worker does not have."""
        try:
            yield
        except BaseException as error:
            missing = [name for name in variables_of(self.directory) if name not in os.environ]
            if missing:
                error.roost_note = (
                    f"The model names environment variables that are not set in workers: {', '.join(missing)}.")
            raise

    def pieces(self, batch):
        rows, count = batch.rows, max(1, len(self.inputs))
        inputs, given = batch.inputs[:count], batch.inputs[count:]
        if count > 1 and len(batch.inputs) == 1 + len(self.parameters) and batch.inputs[0].kind == columns.JSON:
            data = self.expanded(batch.inputs[0])
            given = batch.inputs[1:]
        else:
            data = [values_of(column, spec) for column, spec in zip(inputs, self.inputs)] or [inputs[0].objects()]
        groups = self.parameter_groups(given, rows)
        calls = []
        for params, at in groups:
            places = np.arange(rows) if at is None else at
            for start in range(0, len(places), self.limit):
                calls.append((params, places[start:start + self.limit]))
        if not calls:
            return [results.mixed([], kind, name) for name, kind in self.outputs or [("OBJECT", columns.JSON)]]
        if len(calls) == 1:
            params, places = calls[0]
            return self.converted(self.call(data, None, rows, params), rows)
        collected, order = None, np.concatenate([places for _, places in calls])
        for params, places in calls:
            values = [list(column) for column in self.spread(
                self.call(data, places, len(places), params), len(places))]
            collected = values if collected is None else [a + b for a, b in zip(collected, values)]
        back = np.argsort(order, kind="stable").tolist()
        outputs = self.outputs or [("OBJECT", columns.JSON)]
        return [results.convert([column[index] for index in back], kind, name)
                for column, (name, kind) in zip(collected, outputs)]

    def expanded(self, column):
        """The inputs out of one OBJECT per row; a key that is missing is NULL."""
        rows = column.objects()
        for value in rows:
            if value is not None and not isinstance(value, dict):
                raise SchemaError("the argument of a method with many inputs must be an OBJECT")
        present = next((value for value in rows if value), {})
        folded = {key.strip('"').upper(): key for key in present}
        data = []
        for spec in self.inputs:
            key = spec.name if spec.name in present else folded.get(str(spec.name).upper(), spec.name)
            data.append(from_objects([None if row is None else row.get(key) for row in rows], spec))
        return data

    def call(self, data, places, count, params):
        """Calls the model with some rows (None: all) of the inputs."""
        arguments = self.arguments(data, places, count)
        keywords = {"params": params} if params else {}
        try:
            if self.is_stream:
                return [[plain(chunk) for chunk in self.model.predict_stream(arguments, **keywords)]]
            return self.model.predict(arguments, **keywords)
        except Exception as error:
            # MLflow repeats the data in front of what is wrong with them.
            text = str(error)
            if type(error).__name__ == "MlflowException" and text.startswith("Failed to enforce schema of data"):
                raise SchemaError(text.rpartition(" Error: ")[2]) from None
            raise

    def arguments(self, data, places, count):
        def part(values):
            if places is None:
                return values
            return values.iloc[places].reset_index(drop=True) if isinstance(values, pd.Series) else values[places]

        if not self.inputs:
            return loose(list(part(data[0])))
        if self.is_tensor:
            tensors = [part(values) for values in data]
            return {spec.name: tensor for spec, tensor in zip(self.inputs, tensors)} \
                if self.inputs[0].name is not None else tensors[0]
        if self.takes_list:
            return [item.item() if isinstance(item, np.generic) else item for item in part(data[0])]
        frame = {}
        for index, (spec, values) in enumerate(zip(self.inputs, data)):
            if values is None:
                continue
            values = part(values)
            # Nothing of an optional column: it may as well not be there, and integers could not be.
            if not required(spec) and (self.limit == 1 or type_name(spec) in ("integer", "long")) \
                    and pd.isna(values).all():
                continue
            frame[index if spec.name is None else spec.name] = values
        return pd.DataFrame(frame, index=pd.RangeIndex(count))

    def parameter_groups(self, given, rows):
        """[(parameters, places of the rows or None for all)]: rows with equal parameters are predicted together."""
        values = []
        for spec, column in zip(self.parameters, given):
            if column.kind == columns.ABSENT:
                continue
            is_same, value = constant(column)
            values.append((spec, None if is_same else column_list(column), value))
        if all(many is None for _, many, _ in values):
            return [(parameters((spec, value) for spec, _, value in values), None)] if rows else []
        places = {}
        for row in range(rows):
            key = repr([many[row] for _, many, _ in values if many is not None])
            places.setdefault(key, []).append(row)
        return [(parameters((spec, value if many is None else many[at[0]]) for spec, many, value in values),
                 np.array(at)) for at in places.values()]

    # -- out ------------------------------------------------------------------------------------------------------
    def converted(self, result, count):
        outputs = self.outputs or [("OBJECT", columns.JSON)]
        return [results.convert(values, kind, name) for values, (name, kind) in zip(self.spread(result, count), outputs)]

    def spread(self, result, count):
        """What the model returned as one sequence of `count` values for each output."""
        result = unwrapped(result)
        if isinstance(result, pd.DataFrame):
            self.check(len(result), count)
            return self.from_frame(result)
        if isinstance(result, dict) and is_columnar(result, count):
            return self.from_frame(pd.DataFrame({str(key): list(value) for key, value in result.items()}))
        if isinstance(result, np.ndarray) and result.ndim:
            self.check(len(result), count)
            return self.from_array(result)
        rows = [plain(row) for row in result] if isinstance(result, (list, tuple, pd.Series)) else None
        if isinstance(result, pd.Series) and len(self.outputs) == 1 and len(result) == count:
            return [result]
        if rows is None or len(rows) != count:
            # One answer to one request, or to all rows together.
            self.check(1, count)
            rows = [plain(result)]
        return self.from_rows(rows)

    def check(self, found, count):
        if found != count:
            raise results.OutputError(f"the model returned {found} rows for {count}")

    def from_frame(self, frame):
        names = [str(name) for name in frame.columns]
        if not self.outputs:
            frame = frame.set_axis(names, axis=1)
            return [frame.to_dict("records")]
        if len(set(names)) == len(names) and all(name in names for name, _ in self.outputs):
            return [frame.iloc[:, names.index(name)] for name, _ in self.outputs]
        if len(names) == len(self.outputs):
            return [frame.iloc[:, index] for index in range(len(names))]
        if len(self.outputs) == 1 and self.outputs[0][1] == columns.JSON:
            return [list(frame.to_numpy())]
        raise results.OutputError(
            f"the model returned the columns {', '.join(names[:20])} for the outputs "
            f"{', '.join(name for name, _ in self.outputs[:20])}")

    def from_array(self, array):
        if array.ndim == 2 and not self.outputs:
            return [[{f"output_feature_{index}": value for index, value in enumerate(row)} for row in array]]
        if array.ndim == 2 and len(self.outputs) == array.shape[1] and (
                array.shape[1] > 1 or self.outputs[0][1] != columns.JSON):
            return [array[:, index] for index in range(array.shape[1])]
        if array.ndim == 1 and len(self.outputs) == 1:
            return [array]
        return self.from_rows(list(array))

    def from_rows(self, rows):
        if not self.outputs:
            return [[row if isinstance(row, dict) else {"output_feature_0": row} for row in rows]]
        if len(self.outputs) == 1:
            name = self.outputs[0][0]
            return [[row[name] if isinstance(row, dict) and list(row) == [name] else row for row in rows]]
        if all(isinstance(row, dict) for row in rows):
            return [[row.get(name) for row in rows] for name, _ in self.outputs]
        if all(isinstance(row, (list, tuple, np.ndarray)) and len(row) == len(self.outputs) for row in rows):
            return [[row[index] for row in rows] for index in range(len(self.outputs))]
        raise results.OutputError(f"the model returned one value a row for {len(self.outputs)} outputs")


# -- types of MLflow, whose classes differ between versions ---------------------------------------------------------
def type_name(spec):
    """`long`, …, or the class of a nested type: `Array`, `Object`, `Map`, `AnyType`."""
    kind = getattr(spec, "type", spec)
    return getattr(kind, "name", None) if type(kind).__name__ == "DataType" else type(kind).__name__


def required(spec):
    if hasattr(spec, "required"):
        return bool(spec.required)
    return not getattr(spec, "optional", False)


def values_of(column, spec):
    """An input column as the signature types it: a Series, an array for a tensor, None where it was left out."""
    if hasattr(spec, "shape"):
        return tensor(column, spec)
    if column.kind == columns.ABSENT:
        return None
    name = type_name(spec)
    if column.kind == columns.JSON:
        return from_objects(list(column.objects()), spec)
    values = column.array()
    if values.dtype.kind in "iuf" and name in ("integer", "long", "float", "double"):
        values = narrowed(values, name)
    return pd.Series(values)


def narrowed(values, name):
    """Numbers in the declared width, where they fit: SQL has 64 bits only."""
    if name == "float" and values.dtype.kind == "f":
        return values.astype("f4")
    if name == "integer" and values.dtype.kind == "i" and values.dtype.itemsize > 4:
        limits = np.iinfo("i4")
        if len(values) == 0 or (values.min() >= limits.min and values.max() <= limits.max):
            return values.astype("i4")
    return values


def from_objects(values, spec):
    """A Series of values that came as JSON."""
    name = type_name(spec)
    if hasattr(spec, "shape"):
        return stacked(values, spec)
    try:
        if name in ("double", "float"):
            return pd.Series(np.array([np.nan if v is None else float(v) for v in values], "f8").astype(
                "f4" if name == "float" else "f8"))
        if name in ("integer", "long") and all(v is None or int(v) == v for v in values):
            if any(v is None for v in values):
                return pd.Series(np.array([np.nan if v is None else v for v in values], "f8"))
            return pd.Series(narrowed(np.array(values, "i8"), name))
        if name == "datetime":
            return pd.Series(pd.to_datetime(pd.Series(values, dtype=object)))
        if name == "binary":
            values = [bytes_of(v) for v in values]
        if name == "boolean" and all(isinstance(v, bool) for v in values):
            return pd.Series(np.array(values, bool))
    except (TypeError, ValueError, OverflowError):
        pass  # MLflow says what does not fit
    series = pd.Series([None] * len(values), dtype=object)
    for index, value in enumerate(values):
        series.iat[index] = coerced(value, spec.type)
    return series


def bytes_of(value):
    if not isinstance(value, str):
        return value
    try:
        return bytes.fromhex(value)
    except ValueError:
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error:
            return value.encode()


def coerced(value, kind):
    """A value of JSON in the declared types; what does not fit stays, and MLflow refuses it."""
    name = type_name(kind)
    if value is None:
        return None
    if isinstance(value, list) and hasattr(kind, "dtype"):
        items = [coerced(item, kind.dtype) for item in value]
        if type_name(kind.dtype) in ("integer", "float") and items and all(isinstance(i, np.generic) for i in items):
            return np.array(items)  # a list would be taken for 64 bits
        return items
    if isinstance(value, dict) and hasattr(kind, "properties"):
        known = {member.name: member.dtype for member in kind.properties}
        return {key: coerced(item, known[key]) if key in known else item for key, item in value.items()}
    if isinstance(value, dict) and hasattr(kind, "value_type"):
        return {key: coerced(item, kind.value_type) for key, item in value.items()}
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if name == "double" and is_number:
        return float(value)
    if name == "float" and is_number:
        return np.float32(value)
    if name in ("integer", "long") and is_number and value == int(value):
        limits = np.iinfo("i4")
        return np.int32(value) if name == "integer" and limits.min <= value <= limits.max else int(value)
    if name == "datetime" and isinstance(value, str):
        try:
            return pd.Timestamp(value).to_datetime64()
        except ValueError:
            return value
    if name == "binary":
        return bytes_of(value)
    return value


def tensor(column, spec):
    if len(spec.shape) == 1:
        values = column.array()
        if column.kind == columns.ABSENT or values.dtype == spec.type:
            return values
        return cast(values, spec)
    return stacked(list(column.objects()), spec)


def stacked(values, spec):
    """One array of the declared element type over the rows; ragged ones as an array of arrays."""
    wanted, arrays = tuple(spec.shape[1:]), []
    for value in values:
        array = cast(value, spec)
        if array.shape != wanted and array.ndim <= 1 and -1 not in wanted and array.size == np.prod(wanted, dtype=int):
            array = array.reshape(wanted)
        arrays.append(array)
    if len({array.shape for array in arrays}) == 1:
        return np.stack(arrays)
    ragged = np.empty(len(arrays), object)
    for index, array in enumerate(arrays):
        ragged[index] = array
    return ragged


def cast(values, spec):
    try:
        return np.asarray(values).astype(spec.type)
    except (TypeError, ValueError):
        name = f" '{spec.name}'" if spec.name else ""
        raise SchemaError(f"the input{name} can't be made a tensor of {spec.type}") from None


def loose(rows):
    """The rows of a model without a signature: objects are a DataFrame, lists of numbers an array, others a list."""
    if all(isinstance(row, dict) for row in rows):
        return pd.DataFrame(rows)
    if all(isinstance(row, list) for row in rows):
        try:
            array = np.array(rows)
            if array.dtype.kind in "biuf":
                return array
        except ValueError:
            pass
    return rows


# -- parameters -----------------------------------------------------------------------------------------------------
def constant(column):
    """(True, value) where all rows hold one value, else (False, None). None is NULL."""
    if column.rows == 0:
        return True, None
    if column.nulls is not None:
        return (True, None) if column.nulls.all() else (False, None)
    if column.kind in columns.VARIABLE:
        offsets = np.frombuffer(column.memory, "i8", column.rows + 1, column.offset)
        length = int(offsets[1])
        if not (np.diff(offsets) == length).all():
            return False, None
        data = bytes(column.memory[column.bytes:column.bytes + column.byte_count])
        if data != data[:length] * column.rows:
            return False, None
        first = columns.Input(column.memory, 1, (column.kind, 0, column.offset, 0, column.bytes, length))
        return True, column_list(first)[0]
    raw = column.raw()
    if not (raw == raw[0]).all():
        return False, None
    first = columns.Input(column.memory, 1, (column.kind, 0, column.offset, 0, 0, 0))
    return True, column_list(first)[0]


def column_list(column):
    """The rows' values as Python's own; NULL is None."""
    if column.kind in columns.VARIABLE:
        return list(column.objects())
    values = column.array()
    if column.kind in (columns.TIMESTAMP, columns.DATE):
        return [None if np.isnat(value) else value for value in values]
    return [None if value is None or value != value else value for value in values.tolist()]


def parameters(pairs):
    """What goes to MLflow: NULL stands for its own default."""
    found = {}
    for spec, value in pairs:
        if value is None:
            continue
        name = type_name(spec.dtype)
        if name in ("integer", "long") and isinstance(value, float):
            value = int(value)
        found[spec.name] = coerced(value, spec.dtype) if isinstance(value, dict) else value
    return found


# -- results --------------------------------------------------------------------------------------------------------
def unwrapped(result):
    """Tensors of other libraries and sparse matrices as numpy arrays."""
    if isinstance(result, (np.ndarray, pd.DataFrame, pd.Series, list, tuple, dict, str, bytes)):
        return result
    for name in ("toarray", "detach", "numpy"):
        if hasattr(result, name):
            result = getattr(result, name)()
    if isinstance(result, (pd.Index, np.ndarray)):
        return np.asarray(result)
    if hasattr(result, "__next__"):
        return list(result)
    return result


def is_columnar(result, count):
    """Whether a dict holds a column of `count` values under each key, not one answer."""
    arrays = (np.ndarray, pd.Series) if count == 1 else (np.ndarray, pd.Series, list, tuple)
    return bool(result) and all(isinstance(value, arrays) and np.ndim(value) > 0 and len(value) == count
                                for value in result.values())


def plain(value):
    """Objects of pydantic and MLflow's own response types as dicts."""
    if isinstance(value, (dict, str, list)):
        return value
    for name in ("model_dump", "to_dict"):
        if hasattr(value, name) and not isinstance(value, (pd.Series, pd.DataFrame)):
            return getattr(value, name)()
    return value
