"""What tests share: the models' bench (one session, its registry, the ways to call a version) and a model to copy."""

import ssl
import subprocess

import pytest
from model_bench import Bench
from model_package import create, package
from sklearn import datasets


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


@pytest.fixture(scope="module")
def flowers():
    """Iris with names that SQL takes unquoted: (features, species as numbers)."""
    data = datasets.load_iris(as_frame=True)
    features = data.data.rename(columns=lambda column: column.replace(" (cm)", "").replace(" ", "_").upper())
    return features, data.target


@pytest.fixture
def tls_server(own_server, tmp_path):
    """(a server that speaks TLS with a certificate of its own, the certificate's file)."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate], capture_output=True)
    if made.returncode:
        pytest.skip("openssl is not installed")
    server = own_server(ROOST_TLS_CERTIFICATE=str(certificate), ROOST_TLS_KEY=str(key))
    server.scheme, server.trust = "https", ssl.create_default_context(cafile=certificate)
    server.start()
    return server, certificate
