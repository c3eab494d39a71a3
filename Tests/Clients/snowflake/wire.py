"""The Snowflake wire by hand, for what the stock clients never send: repeated ids, broken bodies, old tokens."""

import base64
import gzip
import http.client
import json
import time
import uuid


def arrow_rows(encoded):
    """Rows of a base64 Arrow stream; every cell as text."""
    if not encoded:
        return []
    import pyarrow

    table = pyarrow.ipc.open_stream(base64.b64decode(encoded)).read_all()
    columns = [[None if value is None else str(value) for value in column.to_pylist()] for column in table.columns]
    return [list(row) for row in zip(*columns)]


class Answer:
    """Status, headers and body of one answer; `json` is None when the body is not JSON."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = None

    @property
    def code(self):
        return self.json.get("code")

    @property
    def data(self):
        return self.json["data"]

    @property
    def rows(self):
        """Cells of the inline result, as text or None, whichever format the server chose."""
        assert self.json["success"], self.json
        if self.data.get("queryResultFormat") == "arrow":
            return arrow_rows(self.data["rowsetBase64"])
        return self.data["rowset"]

    def __repr__(self):
        return f"{self.status} {self.body[:2000]!r}"


class Wire:
    """One caller with its token. Nothing is retried."""

    def __init__(self, server, user="ADMIN", password=None, **session_parameters):
        self.server = server
        self.token = self.master = None
        if password is not None:
            answer = self.login(user, password, session_parameters)
            assert answer.json["success"], answer
            self.token, self.master = answer.data["token"], answer.data["masterToken"]

    def request(self, method, path, body=None, headers=None, token=None, timeout=120):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=timeout)
        all_headers = {"Accept": "application/snowflake", "Content-Type": "application/json"}
        if (token or self.token) is not None:
            all_headers["Authorization"] = f'Snowflake Token="{token or self.token}"'
        all_headers.update(headers or {})
        try:
            connection.request(method, path, body=body, headers=all_headers)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def post(self, path, value, token=None, compress=True, timeout=120):
        body, headers = json.dumps(value).encode(), {}
        if compress:
            body, headers = gzip.compress(body, 1), {"Content-Encoding": "gzip"}
        return self.request("POST", path, body, headers, token, timeout)

    def login(self, user, password, session_parameters=None, query="databaseName=ML&schemaName=REGISTRY", **data):
        parameters = {"PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": "JSON"}
        parameters.update(session_parameters or {})
        return self.post(
            f"/session/v1/login-request?request_id={uuid.uuid4()}&{query}",
            {"data": {"CLIENT_APP_ID": "PythonConnector", "CLIENT_APP_VERSION": "4.8.1", "ACCOUNT_NAME": "local",
                      "LOGIN_NAME": user, "PASSWORD": password, "CLIENT_ENVIRONMENT": {},
                      "SESSION_PARAMETERS": parameters, **data}},
            token="None")

    def query(self, text, request_id=None, follow=True, token=None, compress=True, **body):
        """One statement; a slow one is followed to its end unless `follow` is False."""
        answer = self.post(
            f"/queries/v1/query-request?requestId={request_id or uuid.uuid4()}",
            {"sqlText": text, "asyncExec": False, "sequenceId": 1, "querySubmissionTime": int(time.time() * 1000), **body},
            token=token, compress=compress)
        while follow and answer.json and answer.code in ("333333", "333334"):
            answer = self.request("GET", answer.data["getResultUrl"], token=token)
        return answer

    def rows(self, text, **body):
        return self.query(text, **body).rows
