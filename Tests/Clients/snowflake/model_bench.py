"""Logs models with the stock client and calls them in each way a user can, beside the same model in this process."""

import json
import pathlib
import shutil
import tempfile
import uuid

import numpy
import pandas


class Bench:
    """One session on the server. Rows for a model lie in a temporary table: its columns, and their order in ID."""

    def __init__(self, server):
        self.server = server
        self.session = server.session()
        self.registry = server.registry(self.session)
        self.tables = []
        self.directory = None

    def close(self):
        self.session.close()
        if self.directory is not None:
            shutil.rmtree(self.directory)

    def log(self, model, conda=(), **arguments):
        """A version V1 of a new model, logged for the warehouse."""
        name = f"M_{uuid.uuid4().hex[:8]}".upper()
        if conda is not None:
            arguments.setdefault("conda_dependencies", list(conda))
        return self.registry.log_model(model, model_name=name, version_name="V1", **arguments)

    def table(self, frame):
        """The name of a table with the frame's rows; made once for a frame."""
        for known, table in self.tables:
            if known is frame:
                return table
        table = f"ROWS_{uuid.uuid4().hex[:8]}".upper()
        rows = frame.reset_index(drop=True)
        rows.insert(0, "ID", range(len(rows)))
        self.session.create_dataframe(rows).write.save_as_table(table, table_type="temporary")
        self.tables.append((frame, table))
        return table

    # -- the ways to call -----------------------------------------------------------------------------------------
    def by_pandas(self, version, function, frame, **more):
        return version.run(frame, function_name=function, **more)

    def by_snowpark(self, version, function, frame, **more):
        """The columns of the method's outputs, in the rows' order."""
        rows = self.session.table(self.table(frame))
        result = version.run(rows, function_name=function, **more).to_pandas().sort_values("ID")
        return result.drop(columns=["ID", *[c for c in frame.columns if c in result.columns]]).reset_index(drop=True)

    def by_sql(self, version, function, frame, parameters=""):
        arguments = ", ".join(f'"{column}"' for column in frame.columns) + parameters
        text = (f"select model({version.model_name}, {version.version_name})!{function}({arguments}) as r "
                f"from {self.table(frame)} order by id")
        return [json.loads(row[0]) if isinstance(row[0], str) and row[0].startswith("{") else row[0]
                for row in self.session.sql(text).collect()]

    # -- what is expected -----------------------------------------------------------------------------------------
    def outputs(self, version, function):
        """Names of a method's outputs as the version's signature has them."""
        return [output.name for output in self.function(version, function)["signature"].outputs]

    def function(self, version, name):
        found = [f for f in version.show_functions() if name in (f["name"], f["target_method"])]
        assert len(found) == 1, (name, [f["name"] for f in version.show_functions()])
        return found[0]

    def agree(self, version, function, frame, expected, rtol=1e-9):
        """pandas, Snowpark and SQL all give `expected`: an array of rows, or of rows by outputs."""
        expected = as_rows(expected)
        same(as_rows(self.by_pandas(version, function, frame)), expected, rtol, f"{function} on pandas")
        same(as_rows(self.by_snowpark(version, function, frame)), expected, rtol, f"{function} on Snowpark")
        names = self.outputs(version, function)
        rows = [[row[name] for name in names] if isinstance(row, dict) else [row]
                for row in self.by_sql(version, function, frame)]
        same(as_rows(rows), expected, rtol, f"{function} in SQL")

    def methods_agree(self, version, frame, model, methods, rtol=1e-9, given=None):
        """Each method of the version gives what the model's own method gives, and no other method is offered."""
        assert {f["target_method"] for f in version.show_functions()} == set(methods)
        for method in methods:
            expected = getattr(model, method)(frame if given is None else given)
            if isinstance(expected, list):  # multi-output estimators give an array for each output
                expected = [[list(each[row]) for each in expected] for row in range(len(frame))]
            self.agree(version, method, frame, expected, rtol)

    def scratch(self):
        """A directory for files of this session."""
        if self.directory is None:
            self.directory = pathlib.Path(tempfile.mkdtemp())
        return self.directory

    def text(self, version, path):
        """A text file of the version, fetched as its owner may."""
        directory = pathlib.Path(tempfile.mkdtemp(dir=self.scratch()))
        url = f"snow://model/{version.fully_qualified_model_name}/versions/{version.version_name}/{path}"
        self.session.file.get(url, str(directory))
        return (directory / pathlib.PurePosixPath(path).name).read_text()

    def loads(self, version):
        return version.load(force=True)

    def exports(self, version):
        """Paths of an export, relative to its directory."""
        directory = pathlib.Path(tempfile.mkdtemp(dir=self.scratch()))
        version.export(str(directory))
        return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def as_rows(values):
    """Rows of values, a list each."""
    if isinstance(values, pandas.DataFrame):
        values = values.values.tolist()
    rows = [list(row) if isinstance(row, (list, tuple, numpy.ndarray)) else [row] for row in values]
    return [[json.loads(v) if isinstance(v, str) and v.startswith("[") else v for v in row] for row in rows]


def same(found, expected, rtol, what):
    assert len(found) == len(expected), f"{what}: {len(found)} rows for {len(expected)}"
    for row, (left, right) in enumerate(zip(found, expected)):
        assert len(left) == len(right), f"{what}, row {row}: {left} for {right}"
        for a, b in zip(left, right):
            if isinstance(b, (str, bytes)) or b is None:
                assert a == b, f"{what}, row {row}: {a!r} for {b!r}"
            else:
                assert numpy.allclose(numpy.asarray(a, dtype=float), numpy.asarray(b, dtype=float), rtol=rtol, atol=1e-12,
                                      equal_nan=True), f"{what}, row {row}: {a!r} for {b!r}"
