"""The stock mlflow client, and raw HTTP, against the shared server."""

import base64
import json
import os
import urllib.error
import urllib.request
import uuid

os.environ.update(
    MLFLOW_HTTP_REQUEST_MAX_RETRIES="1", GIT_PYTHON_REFRESH="quiet", MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false")

import pytest
from roost_server import PASSWORD


class Client:
    """`mlflow` set up for one server, with a raw call beside it."""

    def __init__(self, server):
        import mlflow

        self.server, self.mlflow = server, mlflow
        os.environ.update(MLFLOW_TRACKING_USERNAME="ADMIN", MLFLOW_TRACKING_PASSWORD=PASSWORD)
        mlflow.set_tracking_uri(f"http://127.0.0.1:{server.port}")
        mlflow.set_registry_uri(f"http://127.0.0.1:{server.port}")
        self.client = mlflow.MlflowClient()

    def call(self, method, path, body=None, user="ADMIN", password=PASSWORD, headers=None):
        """(status, headers, JSON or bytes) of one HTTP request."""
        headers = dict(headers or {})
        if user:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        data = body
        if isinstance(body, (dict, list)):
            data = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, got, content = answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            status, got, content = error.code, dict(error.headers), error.read()
        if got.get("content-type", got.get("Content-Type", "")).startswith("application/json") and content:
            content = json.loads(content)
        return status, got, content


@pytest.fixture(scope="session")
def ml(server):
    return Client(server)


@pytest.fixture(scope="session")
def client_of():
    """The client for a server of a test's own."""
    return Client


@pytest.fixture
def fresh():
    """Gives fresh lower-case names: fresh("iris")."""
    return lambda prefix="m": f"{prefix}_{uuid.uuid4().hex[:8]}"
