"""What tests share: the models' bench (one session, its registry, the ways to call a version) and a model to copy."""

import pytest
from model_bench import Bench
from model_package import create, package


@pytest.fixture(scope="session")
def bench(server):
    bench = Bench(server)
    yield bench
    bench.close()


@pytest.fixture(scope="session")
def doubling(server, tmp_path_factory):
    """The full name of a model that doubles A, made of a package by hand, with the one version V1. Tests take copies."""
    with server.connect() as connection:
        create(connection, "ML.PUBLIC.DOUBLING", package(), tmp_path_factory.mktemp("doubling"))
    return "ML.PUBLIC.DOUBLING"
