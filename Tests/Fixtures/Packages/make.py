"""Makes the sample packages of this directory with the stock client: python make.py <directory>.

Only the text files are kept.
"""
import os
import pathlib
import shutil
import sys

import numpy as np, pandas as pd
from sklearn import datasets, ensemble, linear_model, pipeline, preprocessing
from snowflake.ml.model import model_signature as ms, custom_model, task, target_platform, volatility
from snowflake.ml.model._packager import model_packager
from snowflake.ml.model._model_composer.model_manifest import model_manifest
from snowflake.ml._internal.platform_capabilities import PlatformCapabilities as PC
PC.set_mock_features({})
out = pathlib.Path(sys.argv[1]); out.mkdir(parents=True, exist_ok=True)

def save(name, model, **kw):
    options = kw.pop("options", {}) or {}; options.setdefault("relax_version", True)
    user_files = kw.pop("user_files", None)
    tp = kw.get("target_platforms")
    d = out / name
    shutil.rmtree(d, ignore_errors=True); (d/"model").mkdir(parents=True)
    p = model_packager.ModelPackager(local_dir_path=str(d/"model"))
    p.save(name=name.upper(), model=model, options=options, **kw)
    m = model_manifest.ModelManifest(workspace_path=d)
    m.save(model_meta=p.meta, model_rel_path=pathlib.PurePosixPath("model"), options=options, user_files=user_files, target_platforms=tp)
    print("ok", name, [m.method_name for m in m.methods])

def go(name, f):
    try: f()
    except Exception as e:
        import traceback; traceback.print_exc(); print("FAILED", name, e)

X, y = datasets.load_iris(as_frame=True, return_X_y=True)
X.columns = [c.replace(" (cm)","").replace(" ","_") for c in X.columns]
clf = ensemble.RandomForestClassifier(n_estimators=2, max_depth=2, random_state=1).fit(X, y)
conda = ["scikit-learn"]
go("iris", lambda: save("iris", clf, sample_input_data=X, task=task.Task.TABULAR_MULTI_CLASSIFICATION,
   options={"enable_explainability": False, "method_options": {"predict":{"case_sensitive":True},"predict_proba":{"case_sensitive":True},"predict_log_proba":{"case_sensitive":True}}}))
go("explain", lambda: save("explain", linear_model.LogisticRegression().fit(X, y), sample_input_data=X, conda_dependencies=["conda-forge::scikit-learn"], options={"enable_explainability": True}, target_platforms=[target_platform.TargetPlatform.WAREHOUSE]))

sig = ms.ModelSignature(inputs=[ms.FeatureSpec("x", ms.DataType.DOUBLE)], outputs=[ms.FeatureSpec("out", ms.DataType.DOUBLE)],
  params=[ms.ParamSpec("factor", ms.DataType.DOUBLE, default_value=2.0), ms.ParamSpec("label", ms.DataType.STRING, default_value="it's"), ms.ParamSpec("n", ms.DataType.INT64, default_value=3), ms.ParamSpec("on", ms.DataType.BOOL, default_value=True), ms.ParamSpec("none", ms.DataType.DOUBLE, default_value=None), ms.ParamSpec("arr", ms.DataType.DOUBLE, default_value=[1.0,2.0], shape=(2,)) ])
class Params(custom_model.CustomModel):
    @custom_model.inference_api
    def predict(self, df: pd.DataFrame, *, factor: float = 2.0, label: str = "it's", n: int = 3, on: bool = True, none: float = None, arr: list[float] = [1.0,2.0]) -> pd.DataFrame:
        return pd.DataFrame({"out": df["x"]*factor})
go("params", lambda: save("params", Params(custom_model.ModelContext()), signatures={"predict": sig}, pip_requirements=["numpy>=1.0,<3"], user_files=None))

class Types(custom_model.CustomModel):
    @custom_model.inference_api
    def predict(self, df: pd.DataFrame) -> pd.DataFrame:
        return df
D = ms.DataType
feats = [ms.FeatureSpec(d.name.lower(), d) for d in D if d != D.OBJECT]
feats += [ms.FeatureSpec("tensor", D.DOUBLE, shape=(2,3)), ms.FeatureSpec("ragged", D.INT64, shape=(-1,)), ms.FeatureSpec("strict", D.INT64, nullable=False),
  ms.FeatureGroupSpec("grp", [ms.FeatureSpec("a", D.INT64), ms.FeatureSpec("b", D.STRING)]), ms.FeatureGroupSpec("grps", [ms.FeatureSpec("a", D.INT64), ms.FeatureSpec("b", D.STRING)], shape=(-1,))]
go("types", lambda: save("types", Types(custom_model.ModelContext()), signatures={"predict": ms.ModelSignature(inputs=feats+[ms.FeatureSpec("obj", D.OBJECT)], outputs=feats+[ms.FeatureSpec("obj", D.OBJECT)])}))

class Part(custom_model.CustomModel):
    @custom_model.partitioned_api
    def predict(self, df: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"total": [df["a"].sum()]})
    @custom_model.inference_api
    def rowwise(self, df: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"total": df["a"]})
ps = ms.ModelSignature(inputs=[ms.FeatureSpec("g", D.STRING), ms.FeatureSpec("a", D.DOUBLE)], outputs=[ms.FeatureSpec("total", D.DOUBLE)])
go("partitioned", lambda: save("partitioned", Part(custom_model.ModelContext()), signatures={"predict": ps, "rowwise": ps}, options={"method_options":{"predict":{"function_type":"TABLE_FUNCTION"},"rowwise":{"function_type":"TABLE_FUNCTION"}}}))

W = pd.DataFrame(np.random.rand(20, 510), columns=[f"c{i}" for i in range(510)])
go("wide", lambda: save("wide", linear_model.LinearRegression().fit(W, W["c0"]), sample_input_data=W, options={"enable_explainability": False}))

class Files(custom_model.CustomModel):
    def __init__(self, context):
        super().__init__(context)
    @custom_model.inference_api
    def predict(self, df: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"out": df["x"]})
f = out/"bias.txt"; f.write_text("42")
go("files", lambda: save("files", Files(custom_model.ModelContext(artifacts={"bias": str(f)})), signatures={"predict": ms.ModelSignature(inputs=[ms.FeatureSpec("x", D.DOUBLE)], outputs=[ms.FeatureSpec("out", D.DOUBLE)])}, user_files={"extra": [str(f)]}))
os.unlink(f)

PC.set_mock_features({"ENABLE_SINGLE_OUTPUT_NATIVE_TYPE": True, "SET_MODULE_FUNCTIONS_VOLATILITY_FROM_MANIFEST": True})
go("native", lambda: save("native", linear_model.LinearRegression().fit(X, y), sample_input_data=X, options={"enable_explainability": False, "volatility": volatility.Volatility.IMMUTABLE}))

for file in out.rglob("*"):
    if file.is_file() and file.suffix not in (".yml", ".yaml", ".txt", ".py"):
        file.unlink()
for directory in sorted(out.rglob("*"), reverse=True):
    if directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()
