"""The direct way into a package: the scikit-learn estimator itself, called on an array."""
import warnings

import numpy as np

import roost_columns as columns
import roost_results as results

# Rows on which the estimator's own outputs must equal the handler's before they are used.
ROWS_TO_COMPARE = 1_024


class Estimator:
    """The scikit-learn estimator inside a package, called on an array without the handler's detour through pandas.

    Used only after its outputs were equal, bit for bit, to the handler's on the first rows that came.
    """

    def __init__(self, handler, method, dtype, order_type):
        self.handler, self.method, self.dtype, self.array_type = handler, method, dtype, order_type
        self.compared, self.trusted = 0, False

    @staticmethod
    def find(handler):
        """The estimator of a package that is a plain scikit-learn model with numeric inputs, else None."""
        try:
            module = handler.module
            if getattr(module, "param_cols", None):
                return None
            bound = module.runner.func
            if type(bound.__self__).__name__ != "_SKLModel":
                return None
            function = bound.__func__
            name = module.TARGET_METHOD
            cells = dict(zip(function.__code__.co_freevars, (cell.cell_contents for cell in function.__closure__)))
            raw, target = cells["raw_model"], cells["target_method"]
            import sklearn.base
            if target != name or not isinstance(raw, sklearn.base.BaseEstimator):
                return None
            if not name.startswith("predict") and name not in ("decision_function", "transform", "score_samples"):
                return None
            dtypes = []
            for dtype in module.dtype_map.values():
                dtype = getattr(dtype, "numpy_dtype", None) or np.dtype(dtype)
                if dtype.kind not in "iuf":
                    return None
                dtypes.append(dtype)
            common = np.result_type(*dtypes)
            array_type = common
            from sklearn.ensemble._forest import BaseForest
            from sklearn.tree import BaseDecisionTree
            if isinstance(raw, (BaseForest, BaseDecisionTree)) and common.kind == "f":
                array_type = np.dtype("f4")  # what these convert to first of all
            return Estimator(handler, getattr(raw, name), common, array_type)
        except Exception:
            return None

    def array(self, batch):
        """[rows, columns] in row-major order, or None where the inputs are not plain numbers."""
        block = columns.uniform(batch.inputs) if batch.inputs else None
        if block is None or len(batch.inputs) != len(self.handler.module.input_cols):
            return None
        if any(column.nulls is not None for column in batch.inputs):
            return None
        if block.dtype != self.dtype and (block.dtype.kind != "f" or self.dtype.kind != "f"):
            return None  # astype would check the values
        count, rows = block.shape
        array = np.empty((rows, count), self.array_type)
        for at in range(0, rows, 256):
            array[at:at + 256] = block[:, at:at + 256].T
        return array

    def outputs(self, batch):
        """The pieces, or None where the estimator does not take the batch."""
        array = self.array(batch)
        if array is None:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = self.method(array)
        outputs = self.handler.outputs
        if not isinstance(result, np.ndarray) or result.dtype.kind not in "biuf":
            raise TypeError
        if result.ndim == 1:
            result = result[:, None]
        if result.ndim != 2 or result.shape[1] != len(outputs):
            raise TypeError
        return [results.convert(result[:, index], kind, name) for index, (name, kind) in enumerate(outputs)]

    def try_batch(self, batch):
        """The pieces of a batch, or None where the handler should have it: it also tells errors best."""
        if not self.trusted:
            return None
        try:
            return self.outputs(batch)
        except Exception:
            return None

    def compare(self, batch, parts):
        """Holds the estimator's outputs against the handler's; trusts it after enough equal rows, or drops it."""
        if self.trusted:
            return
        try:
            own = self.outputs(batch)
            if own is None:
                return
            at = 0
            for part in parts:
                for mine, theirs in zip(own, part):
                    count = theirs.rows
                    cut = results.Piece(mine.values[at:at + count],
                                        None if mine.nulls is None else mine.nulls[at:at + count])
                    if cut.nulls is not None and not cut.nulls.any():
                        cut.nulls = None
                    if not cut.same(theirs):
                        raise ValueError
                at += part[0].rows
            self.compared += batch.rows
            self.trusted = self.compared >= ROWS_TO_COMPARE
        except Exception:
            self.handler.estimator = None
