"""What the tests of model types share: one session, its registry, and the ways to call a version."""

import pytest
from model_bench import Bench


@pytest.fixture(scope="session")
def bench(server):
    bench = Bench(server)
    yield bench
    bench.close()
