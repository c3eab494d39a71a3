"""One object, two protocols: random changes through both stock clients, and what each then says of the model."""

import json
import random

import mlflow
import pytest
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

ROUNDS, CHANGES = 5, 14


@pytest.fixture(scope="module")
def session(server):
    session = server.session()
    yield session
    session.close()


@pytest.fixture(scope="module")
def base(ml):
    """A registered model whose version 1 the others are copies of."""
    class Same(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input

    ml.mlflow.set_experiment("round trips")
    ml.mlflow.pyfunc.log_model(name="m", python_model=Same(), registered_model_name="round_trip_base", pip_requirements=["mlflow"])
    return "round_trip_base"


def sql_name(name):
    return name if name.replace("_", "").isalnum() and name.isascii() else '"' + name.replace('"', '""') + '"'


class Model:
    """What both clients should say of one model; each change goes through one of them, by chance."""

    def __init__(self, ml, registry, session, base, chance):
        self.ml, self.client, self.registry, self.session, self.base, self.chance = ml, ml.client, registry, session, base, chance
        self.name, self.comment, self.tags, self.aliases, self.versions = self.new_name(), "", {}, {}, {}
        if chance.random() < 0.5:
            self.client.create_registered_model(self.name)
            self.client.create_model_version(self.name, f"models:/{base}/1", await_creation_for=0)
        else:
            session.sql(f"create model {sql_name(self.name)} with version V1 from model {base} version V1").collect()
        self.versions[1] = ""

    def new_name(self):
        mark = f"{self.chance.getrandbits(40):x}"
        return self.chance.choice(["plain_{}", "MixedCase_{}", "with-dash-{}", "with space {}", "dotted.{}", "ünïcode-{}"]).format(mark)

    def text(self):
        return self.chance.choice(["", "short", "it's \"quoted\"", "two\nlines", "$ and ; --", "ünïcode 語"])

    @property
    def there(self):
        return self.registry.get_model(sql_name(self.name))

    def change(self):
        change = self.chance.choice([self.describe, self.describe_version, self.set_tag, self.remove_tag, self.set_alias,
                                     self.set_alias, self.remove_alias, self.add_version, self.rename])
        change(self.chance.random() < 0.5)

    def describe(self, by_mlflow):
        self.comment = self.text()
        if by_mlflow:
            self.client.update_registered_model(self.name, self.comment)
        else:
            self.there.comment = self.comment

    def describe_version(self, by_mlflow):
        number, text = self.chance.choice(list(self.versions)), self.text()
        self.versions[number] = text
        if by_mlflow:
            self.client.update_model_version(self.name, str(number), text)
        else:
            self.there.version(f"V{number}").comment = text

    def set_tag(self, _):
        key, value = self.chance.choice(["team", "stage.of", "a key"]), self.text()
        self.tags[key] = value
        self.client.set_registered_model_tag(self.name, key, value)

    def remove_tag(self, by_mlflow):
        if not self.tags:
            return
        key = self.chance.choice(list(self.tags))
        del self.tags[key]
        if by_mlflow:
            self.client.delete_registered_model_tag(self.name, key)
        else:
            self.there.unset_tag(f"ML.REGISTRY.{sql_name(key)}")

    def set_alias(self, by_mlflow):
        alias, number = self.chance.choice(["prod", "Champion", "first-try"]), self.chance.choice(list(self.versions))
        self.aliases[alias] = number
        if by_mlflow:
            self.client.set_registered_model_alias(self.name, alias, str(number))
        else:
            self.there.version(f"V{number}").set_alias(sql_name(alias))

    def remove_alias(self, by_mlflow):
        if not self.aliases:
            return
        alias = self.chance.choice(list(self.aliases))
        number = self.aliases.pop(alias)
        if by_mlflow:
            self.client.delete_registered_model_alias(self.name, alias)
        else:
            self.there.version(f"V{number}").unset_alias(sql_name(alias))

    def add_version(self, by_mlflow):
        number = max(self.versions) + 1
        if by_mlflow:
            self.client.create_model_version(self.name, f"models:/{self.base}/1", await_creation_for=0)
        else:
            self.session.sql(
                f"alter model {sql_name(self.name)} add version V{number} from model {self.base} version V1").collect()
        self.versions[number] = ""

    def rename(self, by_mlflow):
        new = self.new_name()
        if by_mlflow:
            self.client.rename_registered_model(self.name, new)
        else:
            self.there.rename(sql_name(new))
        self.name = new

    def check(self):
        def folded(aliases):
            # A plain alias is one name in any spelling.
            return {alias.upper() if sql_name(alias) == alias else alias: int(number) for alias, number in aliases.items()}

        seen = self.client.get_registered_model(self.name)
        assert seen.name.upper() == self.name.upper() and (seen.description or "") == self.comment
        assert seen.tags == self.tags and folded(seen.aliases) == folded(self.aliases)
        found = self.client.search_model_versions(f"name = '{self.name}'")
        assert {int(v.version): v.description or "" for v in found} == self.versions
        there = self.there
        assert (there.comment or "") == self.comment
        assert {key.split(".", 2)[2].strip('"').upper(): value for key, value in there.show_tags().items()} == {
            key.upper(): value for key, value in self.tags.items()}
        rows = there.show_versions()
        assert {int(name[1:]): comment or "" for name, comment in zip(rows["name"], rows["comment"])} == self.versions
        aliases = {alias.strip('"'): int(name[1:]) for name, aliases in zip(rows["name"], rows["aliases"])
                   for alias in json.loads(aliases) if alias not in ("DEFAULT", "FIRST", "LAST")}
        assert folded(aliases) == folded(self.aliases)


def test_random_changes_are_seen_by_both_clients(ml, server, session, base):
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    chance, registry = random.Random(seed), server.registry(session)
    for _ in range(ROUNDS):
        model = Model(ml, registry, session, base, chance)
        for number in range(CHANGES):
            model.change()
            if number % 5 == 4:
                model.check()
        model.check()


COLUMNS = {DataType.long: "INT64", DataType.integer: "INT32", DataType.double: "DOUBLE", DataType.float: "FLOAT",
           DataType.boolean: "BOOL", DataType.string: "STRING", DataType.binary: "BYTES", DataType.datetime: "TIMESTAMP_NTZ"}


@pytest.mark.parametrize("seed", range(3))
def test_random_signatures_of_mlflow_are_those_of_sql(ml, server, session, fresh, seed):
    chance, name = random.Random(seed), fresh("sig")
    types = chance.sample(list(COLUMNS), 5)
    columns = [ColSpec(each, f"C{index}", required=chance.random() < 0.7) for index, each in enumerate(types)]
    params = [ParamSpec("threshold", DataType.double, round(chance.random(), 3)), ParamSpec("word", DataType.string, "é")]

    class First(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input.iloc[:, 0]

    ml.mlflow.pyfunc.log_model(
        name="m", python_model=First(), registered_model_name=name, pip_requirements=["mlflow"],
        signature=mlflow.models.ModelSignature(Schema(columns), Schema([ColSpec(types[0], "OUT")]), ParamSchema(params)))
    function = server.registry(session).get_model(name).version("V1").show_functions()[0]
    signature = function["signature"]
    # A column that is required must be there; what is in it may still be NULL.
    assert [(spec.name, spec._dtype.name, spec._nullable) for spec in signature.inputs] == [
        (column.name, COLUMNS[column.type], True) for column in columns]
    assert [spec._dtype.name for spec in signature.outputs] == [COLUMNS[types[0]]]
    assert [(spec.name, spec.default_value) for spec in signature.params] == [(param.name, param.default) for param in params]


@pytest.mark.parametrize("seed", range(3))
def test_random_signatures_of_snowpark_are_those_of_mlflow(ml, server, session, fresh, seed):
    import numpy
    import pandas
    from sklearn.dummy import DummyClassifier
    from snowflake.ml.model import model_signature

    chance, name = random.Random(seed), fresh("sig")
    kinds = {"DOUBLE": DataType.double, "FLOAT": DataType.float, "INT64": DataType.long, "INT32": DataType.integer, "BOOL": DataType.boolean}
    chosen = [chance.choice(list(kinds)) for _ in range(4)]
    specs = [model_signature.FeatureSpec(f"F{index}", model_signature.DataType[kind]) for index, kind in enumerate(chosen)]
    output = [model_signature.FeatureSpec("OUT", model_signature.DataType.INT64)]
    model = DummyClassifier(strategy="constant", constant=1).fit(pandas.DataFrame(numpy.zeros((4, 4)), columns=["F0", "F1", "F2", "F3"]), [0, 1, 0, 1])
    server.registry(session).log_model(
        model, model_name=name, version_name="V1", signatures={"predict": model_signature.ModelSignature(specs, output)},
        conda_dependencies=["scikit-learn"])
    got = mlflow.models.get_model_info(f"models:/{name}/1").signature
    assert [(column.name, column.type) for column in got.inputs] == [(f"F{index}", kinds[kind]) for index, kind in enumerate(chosen)]
    assert [column.type for column in got.outputs] == [DataType.long]
