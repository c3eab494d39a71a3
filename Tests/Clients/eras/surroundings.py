"""What the documents' fragments stand in: the names they use without making them, and the objects they expect to exist.

Nothing here is of the documents' text: a key is a document's number and the line at which a block of code begins.
"""

import pathlib
import shutil


class Surroundings:
    """The names that a document's code runs in, and what is made before some of its blocks."""

    def __init__(self, session, registry):
        import pandas
        from sklearn import datasets, linear_model
        from snowflake.ml.model import type_hints

        self.session, self.registry = session, registry
        data = datasets.load_iris(as_frame=True)
        features = data.data.rename(columns=lambda name: name.replace(" (cm)", "").replace(" ", "_").upper())
        self.model, self.features = linear_model.LogisticRegression(max_iter=300).fit(features, data.target > 0), features
        self.names = dict(
            sp_session=session, session=session, reg=registry, registry=registry, type_hints=type_hints, clf=self.model,
            train_features=features, test_features=session.create_dataframe(features.head(20)),
            test_labels=[0, 1, 1, 0], prediction=[0, 1, 0, 0], f1_score=0.5)
        try:
            from snowflake.ml.model import ExportMode

            self.names["ExportMode"] = ExportMode
        except ImportError:
            pass
        self.names.update(input_data=pandas.DataFrame({"A": [1.0]}), output_data=pandas.DataFrame({"OUT": [2.0]}))

    def clear(self):
        for row in self.session.sql("show models in account").collect():
            self.session.sql(f'drop model "{row["database_name"]}"."{row["schema_name"]}"."{row["name"]}"').collect()

    def log(self, name, *versions):
        for version in versions:
            self.registry.log_model(
                self.model, model_name=name, version_name=version, sample_input_data=self.features.head(10),
                conda_dependencies=["scikit-learn"], options={"target_methods": ["predict"], "enable_explainability": False})

    def before(self, key):
        made = BEFORE.get(key)
        if made:
            made(self)

    # -- what single blocks need --------------------------------------------------------------------------------------
    def version_three(self):
        self.log("my_model", "V3")

    def a_model_to_delete(self):
        self.log("mymodel", "v1")

    def three_versions(self):
        self.log("MyModel", "v1", "v2", "rc1")

    def the_first_name_again(self):
        self.session.sql("alter model if exists MY_MODEL_TOO rename to MYMODEL").collect()

    def a_tag(self):
        self.session.sql("create tag if not exists LIVE_VERSION").collect()

    def an_empty_directory(self):
        """Where the client writes: it takes "~" as a directory's name, and does not make one that is missing."""
        directory = pathlib.Path("~/mymodel")
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)

    def a_directory_for_files(self):
        pathlib.Path("model_artifacts").mkdir(exist_ok=True)

    def no_models(self):
        self.clear()

    def a_model_with_parameters(self):
        """As the block's signature has it: a text in, a text out, two parameters."""
        self.clear()
        import pandas
        from snowflake.ml.model import custom_model, model_signature

        class Writer(custom_model.CustomModel):
            @custom_model.inference_api
            def predict(self, df: pandas.DataFrame, *, temperature: float = 0.7, max_tokens: int = 256) -> pandas.DataFrame:
                return pandas.DataFrame({"output_text": df["input_text"]})

            if not hasattr(model_signature, "ParamSpec"):  # a client that knows no parameters
                del predict

        self.names["my_model"] = Writer(custom_model.ModelContext())


BEFORE = {
    "000:257": Surroundings.version_three,
    "000:288": Surroundings.a_directory_for_files,
    "000:306": Surroundings.a_model_to_delete,
    "000:361": Surroundings.three_versions,
    "000:437": Surroundings.a_tag,
    "000:594": Surroundings.the_first_name_again,
    "000:717": Surroundings.an_empty_directory,
    "000:728": Surroundings.an_empty_directory,
    "001:114": Surroundings.version_three,
    "001:126": Surroundings.a_directory_for_files,
    "001:132": Surroundings.a_model_to_delete,
    "001:168": Surroundings.three_versions,
    "001:261": Surroundings.the_first_name_again,
    "001:309": Surroundings.an_empty_directory,
    "001:312": Surroundings.an_empty_directory,
    "002:87": Surroundings.a_model_with_parameters,
}
