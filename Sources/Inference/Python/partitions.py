"""The partitions of a batch as DataFrames, at a fraction of the cost of slicing and converting each by itself."""
import numpy as np
import pandas as pd


class Partition(pd.DataFrame):
    """One partition for a generated handler, which would now name, pick and convert its columns.

    All of that was done for the whole batch at once: the handler's steps find it done and cost nothing. Anything else
    that is asked of it works as on a plain DataFrame.
    """
    _roost_whole = None

    @property
    def _constructor(self):
        return pd.DataFrame

    def __setattr__(self, name, value):
        if name == "columns" and type(value) is list and value == self._roost_whole.names:
            return
        super().__setattr__(name, value)

    def __getitem__(self, key):
        whole = self._roost_whole
        if whole is not None and key is whole.module.input_cols:
            return whole.inputs_of(self)
        return super().__getitem__(key)

    def astype(self, dtype=None, *args, **kwargs):
        whole = self._roost_whole
        if whole is None or dtype is not whole.module.dtype_map:
            return super().astype(dtype, *args, **kwargs)
        self.__class__ = pd.DataFrame
        return self


class Partitions:
    """Cuts a batch's frame into partitions; `lengths` are their rows."""

    def __init__(self, module, frame, lengths):
        self.module, self.frame, self.lengths = module, frame, lengths
        self.whole = Converted.make(module, frame) if len(lengths) > 1 else None

    def __iter__(self):
        at = 0
        for count in self.lengths:
            if self.whole is not None:
                yield self.whole.partition(at, count)
            else:
                yield self.frame.iloc[at:at + count].reset_index(drop=True)
            at += count


class Converted:
    """A whole batch with the names and types that a generated handler gives to each partition."""

    def __init__(self, module, frame, inputs):
        self.module, self.frame, self.inputs = module, frame, inputs
        self.names = list(frame.columns)

    @staticmethod
    def make(module, frame):
        """None where the handler is not a generated one, or would not find in each partition what it finds in all."""
        try:
            inputs, params, dtypes = module.input_cols, module.param_cols, module.dtype_map
            if list(dtypes) != inputs or any(np.dtype(dtype).kind in "SU" for dtype in dtypes.values()
                                             if isinstance(dtype, (type, str, np.dtype))):
                return None  # the width of such a type is that of the longest value
            frame = frame.copy(deep=False)  # astype copies what the model may keep
            frame.columns = inputs + params
            converted = frame[inputs].astype(dtype=dtypes)
            return Converted(module, frame if params else converted, converted)
        except Exception:  # a value that does not fit: the handler of its partition says so
            return None

    def partition(self, at, count):
        part = self.cut(self.frame, at, count)
        object.__setattr__(part, "_roost_place", (at, count))
        return part

    def cut(self, frame, at, count):
        part = frame.iloc[at:at + count]
        part.index = pd.RangeIndex(count)
        if getattr(part, "_is_copy", None) is not None:
            part._is_copy = None  # nobody else sees these rows
        part.__class__ = Partition
        object.__setattr__(part, "_roost_whole", self)
        return part

    def inputs_of(self, part):
        """The partition without the columns of parameters."""
        if self.frame is self.inputs:
            return part
        return self.cut(self.inputs, *part._roost_place)
