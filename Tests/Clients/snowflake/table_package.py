"""Packages with table functions, made by hand: the shapes that the stock client's packages have, and some that it
never makes. Their handlers need pandas only."""

from model_package import CONDA, MODEL_YAML

RUNTIMES = """runtimes:
  python_runtime:
    dependencies:
      conda: runtimes/python_runtime/env/conda.yml
      pip: runtimes/python_runtime/env/requirements.txt
    imports:
    - model/
    language: PYTHON
    version: '3.11'
"""

HANDLER = """import pandas as pd
from _snowflake import vectorized


class infer:
    @vectorized(input=pd.DataFrame, max_batch_size=None, flatten_object_input={wide})
    def {shape}(self, df):
        df.columns = {columns!r}
{body}
"""
SPEC = {"DOUBLE": "DOUBLE", "BIGINT": "INT64", "STRING": "STRING", "BOOLEAN": "BOOL", "ARRAY": "INT64",
        "TIMESTAMP": "TIMESTAMP_NTZ", "BINARY": "BYTES"}


class Method:
    """A table function: "A DOUBLE, S STRING" in, "OUT DOUBLE" out; `params` as "N BIGINT 2"."""

    def __init__(self, inputs, outputs, body, params="", partitioned=False, shape=None, wide=False, known=True):
        self.inputs, self.outputs, self.params = (
            [tuple(item.split()) for item in text.split(", ")] if text else [] for text in (inputs, outputs, params))
        self.body, self.partitioned, self.wide, self.known = body, partitioned, wide, known
        self.shape = shape or ("end_partition" if partitioned else "process")

    def handler(self):
        columns = [item[0] for item in self.inputs + self.params]
        body = "\n".join("        " + line for line in self.body.splitlines())
        return HANDLER.format(shape=self.shape, columns=columns, body=body, wide=self.wide)

    def manifest(self, name):
        def fields(items):
            return "".join(f"  - name: {quoted(item[0])}\n    type: {item[1]}\n" for item in items)

        inputs = [("INPUT", "OBJECT")] if self.wide else self.inputs
        params = "".join(f"  - name: {quoted(item[0])}\n    type: {item[1]}\n    default: '{item[2]}'\n" for item in self.params)
        return (f"- handler: functions.{name}.infer\n  inputs:{' []' if not inputs else ''}\n{fields(inputs)}"
                f"  name: {name.upper()}\n  outputs:\n{fields(self.outputs)}"
                + (f"  params:\n{params}" if params else "")
                + "  runtime: python_runtime\n  type: TABLE_FUNCTION\n")

    def signature(self, name):
        def features(items):
            return "".join(f"    - name: {quoted(item[0])}\n      nullable: true\n      type: {SPEC[item[1]]}\n"
                           + ("      shape: [-1]\n" if item[1] == "ARRAY" else "") for item in items) or "    []\n"

        return (f"  {name}:\n    inputs:\n{features(self.inputs)}    outputs:\n{features(self.outputs)}"
                "    params: []\n")


def quoted(name):
    return "'" + name.replace("'", "''") + "'"


def package(**methods):
    """Files of a package with these methods, {path: text}."""
    spec = MODEL_YAML[:MODEL_YAML.index("signatures:")] + "signatures:\n"
    spec += "".join(method.signature(name) for name, method in methods.items()) + "task: UNKNOWN\nversion: '2023-12-01'\n"
    start, end = spec.index("function_properties:"), spec.index("metadata:")
    known = "".join(f"  {name}:\n    PARTITIONED: {str(method.partitioned).lower()}\n"
                    for name, method in methods.items() if method.known)
    spec = spec[:start] + "function_properties:" + ("\n" + known if known else " {}\n") + spec[end:]
    return {
        "MANIFEST.yml": "manifest_version: '1.0'\nmethods:\n"
        + "".join(method.manifest(name) for name, method in methods.items()) + RUNTIMES,
        **{f"functions/{name}.py": method.handler() for name, method in methods.items()},
        "model/model.yaml": spec,
        "model/env/conda.yml": CONDA,
        "model/env/requirements.txt": "",
        "model/runtimes/cpu/env/conda.yml": CONDA,
        "model/runtimes/cpu/env/requirements.txt": "",
        "model/models/M/model.pkl": "not a pickle: no handler opens it",
        "runtimes/python_runtime/env/conda.yml": CONDA,
        "runtimes/python_runtime/env/requirements.txt": "",
    }


SUMS = """return pd.DataFrame({'TOTAL': [df['A'].sum()], 'SIZE': [len(df)]})"""
TOP = """n = int(df['N'].iloc[0])
top = df['A'].sort_values(ascending=False).head(n)
return pd.DataFrame({'PLACE': range(1, len(top) + 1), 'BEST': list(top)})"""
ODD = """mode = df['MODE'].iloc[0]
if mode == 'none': return None
if mode == 'number': return 5
if mode == 'text': return 'abc'
if mode == 'list': return [{'OUT': 1.5}, {'OUT': 2.5}]
if mode == 'series': return pd.Series([1.0, 2.0])
if mode == 'array': return __import__('numpy').array([[1.0], [2.0]])
if mode == 'dict': return {'OUT': [7.0]}
if mode == 'scalars': return {'OUT': 7.0}
if mode == 'renamed': return pd.DataFrame({'else': [3.0]})
if mode == 'missing': return pd.DataFrame({'a': [3.0], 'b': [4.0]})
if mode == 'extra': return pd.DataFrame({'a': [3.0], 'OUT': [4.0]})
if mode == 'twice': return pd.DataFrame([[1.0, 2.0]], columns=['OUT', 'OUT'])
if mode == 'misfit': return pd.DataFrame({'OUT': ['x']})
if mode == 'empty': return pd.DataFrame({'OUT': []})
if mode == 'bare': return pd.DataFrame()
if mode == 'raise': raise KeyError('no such thing')
if mode == 'exit': __import__('os')._exit(3)
if mode == 'system': raise SystemExit(4)
if mode == 'interrupt': raise KeyboardInterrupt
if mode == 'many': return pd.DataFrame({'OUT': __import__('numpy').arange(300000.0)})
if mode == 'slow': __import__('time').sleep(600)
return pd.DataFrame({'OUT': [float(len(df))]})"""

METHODS = dict(
    twice=Method("A DOUBLE, S STRING", "OUT DOUBLE, TEXT STRING",
                 "return pd.DataFrame({'OUT': df['A'] * 2, 'TEXT': df['S'].map(lambda s: None if s is None else s + '!')})"),
    sums=Method("A DOUBLE", "TOTAL DOUBLE, SIZE BIGINT", SUMS, partitioned=True),
    top=Method("A DOUBLE", "PLACE BIGINT, BEST DOUBLE", TOP, params="N BIGINT 2", partitioned=True),
    seen=Method("A DOUBLE, S STRING", "TEXT STRING",
                "return pd.DataFrame({'TEXT': [' '.join(f'{a:g}{s}' for a, s in zip(df['A'], df['S']))]})", partitioned=True),
    odd=Method("MODE STRING", "OUT DOUBLE", ODD, partitioned=True),
    oddrows=Method("MODE STRING", "OUT DOUBLE", ODD),
    scaled=Method("A DOUBLE", "OUT DOUBLE", """if df['F'].nunique(dropna=False) > 1: raise ValueError("All values for parameter 'F' must be equal.")
return pd.DataFrame({'OUT': df['A'] * df['F']})""", params="F DOUBLE 10.0"),
    twins=Method("A DOUBLE", "x DOUBLE, X DOUBLE", "return pd.DataFrame({'x': df['A'], 'X': df['A'] + 1})"),
    silent=Method("A DOUBLE", "TOTAL DOUBLE, SIZE BIGINT", SUMS, shape="end_partition", known=False),
    clash=Method("A DOUBLE", "A DOUBLE, number BIGINT, partition STRING",
                 "return pd.DataFrame({'A': [df['A'].max()], 'number': [len(df)], 'partition': ['p']})", partitioned=True),
)
