"""Registry, Model and ModelVersion: where a registry opens, what its handles are, and that they hold nothing themselves."""

import email.utils
import hashlib
import json
import uuid

import numpy
import pandas
import pytest
from model_package import package
from roost_server import PASSWORD
from snowflake.ml.model import Model, ModelVersion
from snowflake.ml.registry import Registry
from snowflake.snowpark.exceptions import SnowparkSQLException

ROWS = pandas.DataFrame({"A": [1.0, 2.0]})


class House:
    """A database with a schema REG that nothing was prepared in, and two sessions that look at it."""

    def __init__(self, server, doubling):
        self.server, self.doubling = server, doubling
        self.database = f"HANDLES_{uuid.uuid4().hex[:8]}".upper()
        self.first, self.second = server.session(), server.session()
        self.rows(f"create database {self.database}")
        self.rows(f"create schema {self.database}.REG")
        self.registry = self.open(self.first)
        self.again = self.open(self.second)

    def open(self, session, **more):
        return Registry(session=session, database_name=self.database, schema_name="REG", **more)

    def rows(self, text):
        return self.first.sql(text).collect()

    def make(self, name):
        """A model with the one version V1, which doubles A; its handles in both sessions."""
        self.rows(f"create model {self.database}.REG.{name} with version V1 from model {self.doubling}")
        return self.registry.get_model(name), self.again.get_model(name)

    def close(self):
        self.rows(f"drop database {self.database}")
        self.first.close()
        self.second.close()


@pytest.fixture(scope="module")
def house(server, doubling):
    house = House(server, doubling)
    yield house
    house.close()


# -- opening --------------------------------------------------------------------------------------------------------
def test_a_registry_opens_where_it_is_told_or_where_the_session_is(server, house):
    assert house.open(house.first, options={"enable_monitoring": True}).location == f"{house.database}.REG"
    assert house.open(house.first, options={"enable_monitoring": False}).location == f"{house.database}.REG"
    assert Registry(session=house.first, database_name="ML").location == "ML.PUBLIC"
    house.rows(f"use schema {house.database}.REG")
    assert Registry(session=house.first).location == f"{house.database}.REG"
    with pytest.raises(ValueError, match="Database NO_SUCH_DATABASE does not exist"):
        Registry(session=house.first, database_name="NO_SUCH_DATABASE", schema_name="REG")
    with pytest.raises(ValueError, match="Schema NO_SUCH_SCHEMA does not exist"):
        Registry(session=house.first, database_name="ML", schema_name="NO_SUCH_SCHEMA")
    with server.session(database=None, schema=None) as nowhere:
        with pytest.raises(ValueError, match="need to provide a database"):
            Registry(session=nowhere)


def test_any_schema_is_a_registry_from_the_start(house):
    """The first version logged makes the model; a version is logged with what the sample tells, and nothing else."""
    from sklearn.linear_model import LinearRegression

    house.rows(f"use schema {house.database}.REG")
    version = house.registry.log_model(
        LinearRegression().fit(ROWS, [2.0, 4.0]), model_name="First_One", sample_input_data=ROWS, conda_dependencies=["scikit-learn"])
    model = house.registry.get_model("first_one")
    assert type(version) is ModelVersion and type(model) is Model and version.version_name == model.last().version_name
    assert numpy.allclose(version.run(ROWS, function_name="predict").iloc[:, 0], [2.0, 4.0])
    row = house.registry.show_models().set_index("name").loc["FIRST_ONE"]
    assert (row["database_name"], row["schema_name"], row["model_type"]) == (house.database, "REG", "USER_MODEL")
    assert (model.name, model.fully_qualified_name) == ("FIRST_ONE", f"{house.database}.REG.FIRST_ONE")
    assert json.loads(house.rows("select first_one!predict(3)")[0][0]) == {"output_feature_0": pytest.approx(6.0)}
    # A version of a model can be logged again as another model, by its name alone.
    with pytest.raises(ValueError, match="only model_name and version_name"):
        house.registry.log_model(version, model_name="SECOND", comment="x")
    assert house.registry.log_model(version, model_name="SECOND", version_name="c").fully_qualified_model_name == f"{house.database}.REG.SECOND"


@pytest.mark.parametrize("given, error", [
    ({"model": object()}, TypeError), ({"tags": {"a": "b"}}, TypeError), ({"model_name": "not a name"}, ValueError)])
def test_what_log_model_does_not_take(house, given, error):
    """A model of no known type, tags (they belong to the model, not the version), a name that is none."""
    from sklearn.linear_model import LinearRegression

    arguments = {"model": LinearRegression().fit(ROWS, [1, 2]), "model_name": "NEVER", "sample_input_data": ROWS, **given}
    with pytest.raises(error):
        house.registry.log_model(arguments.pop("model"), **arguments)
    assert "NEVER" not in [model.name for model in house.registry.models()]


@pytest.mark.parametrize("text, named", [
    ("create model monitor x with model = m version = 'v1' function = 'predict'", "MODEL MONITOR"), ("alter model monitor x suspend", "MODEL MONITOR"),
    ("show model monitors", "MODEL MONITORS"), ("describe model monitor x", "MODEL MONITOR"), ("drop model monitor x", "MODEL MONITOR"),
    ("call system$deploy_model('x')", "CALL"), ("show services", "SERVICES"), ("execute inference job service in compute pool p", "EXECUTE")])
def test_monitors_and_services_are_refused_by_name(house, text, named):
    with pytest.raises(SnowparkSQLException) as caught:
        house.rows(text)
    assert caught.value.sql_error_code == 2 and named in str(caught.value).upper(), caught.value


# -- handles --------------------------------------------------------------------------------------------------------
def test_a_change_through_one_handle_is_seen_through_another(house):
    one, other = house.make("SEEN")
    house.rows(f"alter model {house.database}.REG.SEEN add version V2 from model {house.database}.REG.SEEN version V1")
    one.comment = "of the model"
    one.default = "v2"
    one.version("v2").set_alias("best")
    one.version("v1").comment = "of the version"
    one.version("v1").set_metric("score", {"deep": [1, 2.5, "x"]})
    assert other.comment == other.description == "of the model" and other.default.version_name == "V2"
    assert other.version("BEST").version_name == "V2" and other.version("v1").description == "of the version"
    assert other.version("v1").get_metric("score") == {"deep": [1, 2.5, "x"]}
    other.version("V1").description = "anew"
    assert one.version("v1").comment == "anew"
    with pytest.raises(ValueError, match="Unable to find version or alias with name NOPE"):
        one.version("nope")
    other.delete_version("v1")
    assert [version.version_name for version in one.versions()] == ["V2"]


def test_a_handle_follows_its_model_to_another_schema(house):
    model, other = house.make("MOVED")
    house.rows(f"create schema {house.database}.ELSEWHERE")
    model.rename(f"{house.database}.ELSEWHERE.ARRIVED")
    assert model.fully_qualified_name == f"{house.database}.ELSEWHERE.ARRIVED"
    assert model.version("v1").fully_qualified_model_name == f"{house.database}.ELSEWHERE.ARRIVED"
    model.comment = "there"
    assert Registry(session=house.second, database_name=house.database, schema_name="ELSEWHERE").get_model("arrived").comment == "there"
    with pytest.raises((ValueError, SnowparkSQLException)):
        other.versions()


def test_metrics_are_metadata_that_sql_may_write(house):
    version = house.make("MEASURED")[0].version("V1")
    alter = f"alter model {house.database}.REG.MEASURED modify version V1 set metadata = $${{}}$$".replace("{}", "%s")
    assert version.show_metrics() == {}
    house.rows(alter % json.dumps({"metrics": {"a": 1}}))  # without the client's own key they are not its metrics
    assert version.show_metrics() == {}
    house.rows(alter % json.dumps({"metrics": {"a": 1}, "snowpark_ml_schema_version": "2024-01-01"}))
    assert version.show_metrics() == {"a": 1} and version.get_metric("a") == 1
    version.set_metric("matrix", numpy.array([[8, 2], [1, 9]]).tolist())
    version.set_metric("words", "it's")
    shown = json.loads(house.registry.get_model("MEASURED").show_versions()["metadata"][0])
    assert shown["metrics"] == {"a": 1, "matrix": [[8, 2], [1, 9]], "words": "it's"}
    with pytest.raises(SnowparkSQLException, match="102400.*limit-metadata-bytes|limit-metadata-bytes.*102400"):
        version.set_metric("long", "x" * 102_400)
    version.delete_metric("a")
    with pytest.raises(KeyError):
        version.get_metric("a")


# -- files ----------------------------------------------------------------------------------------------------------
def test_the_files_of_a_version_are_what_their_list_says(house, tmp_path):
    house.make("FILES")
    place = f"snow://model/{house.database}.REG.FILES/versions/V1/"
    listed = house.rows(f"list '{place}'")
    assert list(listed[0].as_dict()) == ["name", "size", "md5", "last_modified"]
    assert {row["name"] for row in listed} == {f"versions/V1/{path}" for path in package()}
    for row in listed[:3]:
        assert row["last_modified"].endswith(" GMT") and email.utils.parsedate_to_datetime(row["last_modified"])
        house.first.file.get(place + row["name"].removeprefix("versions/V1/"), str(tmp_path))
        content = (tmp_path / row["name"].rpartition("/")[2]).read_bytes()
        assert (len(content), hashlib.md5(content).hexdigest()) == (row["size"], row["md5"])


# -- roles ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def reader(server, house, name):
    """(role, a session in it): it may use the database and the schema, and nothing in it yet."""
    role, user = name("ROLE"), name("USER")
    for text in (f"create role {role}", f"create user {user} password = '{PASSWORD}' default_role = {role}",
                 f"grant role {role} to user {user}", f"grant usage on database {house.database} to role {role}",
                 f"grant usage on schema {house.database}.REG to role {role}"):
        house.rows(text)
    with server.session(user=user, database=house.database, schema="REG") as session:
        yield role, session
    house.rows(f"drop user {user}")
    house.rows(f"drop role {role}")


def test_usage_lets_the_client_run_a_model_and_not_load_it(house, reader):
    role, session = reader
    house.make("LENT")
    registry = house.open(session)
    assert "LENT" not in [model.name for model in registry.models()]
    with pytest.raises(ValueError, match="LENT"):
        registry.get_model("LENT")
    house.rows(f"grant usage on model {house.database}.REG.LENT to role {role}")
    version = registry.get_model("LENT").default
    assert "LENT" in list(registry.show_models()["name"]) and len(version.show_functions()) == 1
    assert session.sql("select lent!predict(4)['OUT']::int").collect()[0][0] == 8
    with pytest.raises(Exception, match="(?i)only the model's owner|not authorized|privilege"):
        version.load(force=True)
    with pytest.raises(SnowparkSQLException):
        session.sql(f"list 'snow://model/{house.database}.REG.LENT/versions/V1/'").collect()


@pytest.mark.parametrize("privilege, files", [("usage", False), ("read", True)])
def test_grants_on_all_and_on_future_models(house, reader, privilege, files):
    role, session = reader
    schema = f"in schema {house.database}.REG"
    before, after = f"BEFORE_{privilege}".upper(), f"AFTER_{privilege}".upper()

    def reached():
        return [name for name in (before, after) if session.sql(f"show models like '{name}'").collect()]

    house.make(before)
    house.rows(f"grant {privilege} on future models {schema} to role {role}")
    assert reached() == []
    house.make(after)
    assert reached() == [after]
    house.rows(f"grant {privilege} on all models {schema} to role {role}")
    assert reached() == [before, after]
    for name in (before, after):
        assert session.sql(f"select {name}!predict(4)['OUT']::int").collect()[0][0] == 8
        listing = session.sql(f"list 'snow://model/{house.database}.REG.{name}/versions/V1/'")
        if files:
            assert len(listing.collect()) == len(package())
        else:
            with pytest.raises(SnowparkSQLException):
                listing.collect()
    house.rows(f"revoke {privilege} on all models {schema} from role {role}")
    assert reached() == []
    house.rows(f"revoke {privilege} on future models {schema} from role {role}")


def test_the_owner_of_a_schema_makes_models_in_it(house, reader):
    role, session = reader
    house.make("SOURCE")
    house.rows(f"create schema {house.database}.OWNED")
    house.rows(f"grant ownership on model {house.database}.REG.SOURCE to role {role}")
    text = f"create model {house.database}.OWNED.MINE from model {house.database}.REG.SOURCE version V1"
    with pytest.raises(SnowparkSQLException):
        session.sql(text).collect()
    house.rows(f"grant ownership on schema {house.database}.OWNED to role {role}")
    session.sql(text).collect()
    assert session.sql(f"show models in schema {house.database}.OWNED").collect()[0]["owner"] == role
