"""Reads, runs and rewrites golden SQL files over the wire; Tests/SQL/README.md has the format."""

import base64
import datetime
import decimal
import json
import re
from dataclasses import dataclass, field

from roost_server import PASSWORD
from wire import Wire

LETTERS = {
    "real": "R", "text": "T", "boolean": "B", "date": "D", "time": "H", "timestamp_ntz": "P", "timestamp_ltz": "L",
    "timestamp_tz": "Z", "binary": "X", "variant": "V", "object": "O", "array": "A"}
EPOCH = datetime.datetime(1970, 1, 1)


@dataclass
class Record:
    """One statement of a file. `kind` is ok, error or query; lines of comments before it are kept in `lead`."""

    kind: str
    session: str
    sql: str
    line: int
    position: tuple = None
    message: str = ""
    types: str = ""
    options: list = field(default_factory=list)
    expected: list = field(default_factory=list)
    lead: list = field(default_factory=list)


def parse(text):
    """Records of a file, in order; each `session` line is kept in the lead of the record behind it."""
    records, lead, session = [], [], "main"
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip() or line.startswith("#"):
            lead.append(line)
            at += 1
            continue
        head, number = line.split(), at + 1
        if head[0] == "session":
            session = head[1]
            lead.append(line)
            at += 1
            continue
        at += 1
        sql = []
        while at < len(lines) and lines[at].strip() and lines[at] != "----":
            sql.append(lines[at])
            at += 1
        record = Record("", session, "\n".join(sql), number, lead=lead)
        lead = []
        if head[:2] == ["statement", "ok"]:
            record.kind = "ok"
        elif head[:2] == ["statement", "error"]:
            record.kind = "error"
            rest = line.split("error", 1)[1].strip()
            if found := re.match(r"@(-?\d+):(-?\d+)\s*", rest):
                record.position = (int(found.group(1)), int(found.group(2)))
                rest = rest[found.end():]
            record.message = rest
        elif head[0] == "query":
            record.kind, record.types, record.options = "query", head[1], head[2:]
            if at < len(lines) and lines[at] == "----":
                at += 1
            while at < len(lines) and lines[at] != "":
                record.expected.append(lines[at])
                at += 1
        else:
            raise ValueError(f"line {number}: not a record: {line}")
        records.append(record)
    return records


def unparse(records):
    """The text of a file; a rewrite of an unchanged file changes nothing."""
    lines = []
    for record in records:
        lines += record.lead
        if record.kind == "ok":
            lines.append("statement ok")
        elif record.kind == "error":
            position = f"@{record.position[0]}:{record.position[1]}" if record.position else ""
            lines.append(" ".join(word for word in ("statement error", position, record.message) if word))
        else:
            lines.append(" ".join(["query", record.types, *record.options]))
        lines += record.sql.split("\n")
        if record.kind == "query":
            lines += ["----", *record.expected]
    return "\n".join(lines) + "\n"


def moment(seconds, nanoseconds, offset=0):
    when = EPOCH + datetime.timedelta(seconds=seconds + offset * 60)
    fraction = f".{nanoseconds:09}".rstrip("0") if nanoseconds else ""
    return when.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0") + fraction


def clock(nanoseconds):
    seconds, rest = divmod(nanoseconds, 10**9)
    fraction = f".{rest:09}".rstrip("0") if rest else ""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def zone(offset):
    return f" {'-' if offset < 0 else '+'}{abs(offset) // 60:02}{abs(offset) % 60:02}"


def split(text, scale=9):
    """'-1.5' -> (-2, 500000000): whole seconds downwards and nanoseconds."""
    nanoseconds = int(decimal.Decimal(text) * 10**9)
    return divmod(nanoseconds, 10**9)


def compact(text):
    """JSON text without white space outside strings."""
    return "".join(part if part.startswith('"') else "".join(part.split())
                   for part in re.findall(r'"(?:[^"\\]|\\.)*"|[^"]+', text))


def words(text):
    if text == "":
        return "(empty)"
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def json_cell(cell, column):
    """A cell of a JSON result as a golden file has it."""
    if cell is None:
        return "NULL"
    kind = column["type"]
    if kind == "real":
        return repr(float(cell))
    if kind == "boolean":
        return "true" if cell in ("1", "true", "TRUE") else "false"
    if kind == "date":
        return (EPOCH + datetime.timedelta(days=int(cell))).strftime("%Y-%m-%d").rjust(10, "0")
    if kind == "time":
        return clock(int(decimal.Decimal(cell) * 10**9))
    if kind in ("timestamp_ntz", "timestamp_ltz"):
        return moment(*split(cell))
    if kind == "timestamp_tz":
        number, offset = cell.split(" ")
        return moment(*split(number), int(offset) - 1440) + zone(int(offset) - 1440)
    if kind in ("variant", "object", "array"):
        return words(compact(cell))
    if kind == "binary":
        assert cell == cell.upper(), "binary in JSON must be upper-case hex"
        return cell or "(empty)"
    return words(cell) if kind == "text" else cell


def arrow_cell(cell, column):
    """A cell of an Arrow result (as pyarrow gives it) as a golden file has it."""
    if cell is None:
        return "NULL"
    kind, scale = column["type"], column.get("scale") or 0
    if kind == "fixed":
        value = decimal.Decimal(cell)
        if scale and isinstance(cell, int):
            value = value.scaleb(-scale)
        return format(value.quantize(decimal.Decimal(1).scaleb(-scale), context=decimal.Context(prec=60)), "f")
    if kind == "real":
        return repr(float(cell))
    if kind == "boolean":
        return "true" if cell else "false"
    if kind == "date":
        return cell.strftime("%Y-%m-%d").rjust(10, "0")
    if kind == "time":
        return clock(cell * 10 ** (9 - scale))
    if kind.startswith("timestamp"):
        if isinstance(cell, dict):
            seconds, nanoseconds = cell["epoch"], cell.get("fraction") or 0
        else:
            seconds, nanoseconds = divmod(cell * 10 ** (9 - scale), 10**9)
        if kind == "timestamp_tz":
            return moment(seconds, nanoseconds, cell["timezone"] - 1440) + zone(cell["timezone"] - 1440)
        return moment(seconds, nanoseconds)
    if kind in ("variant", "object", "array"):
        return words(compact(cell))
    if kind == "binary":
        return cell.hex().upper() or "(empty)"
    return words(str(cell))


def rendered(answer):
    """Type letters, column names and rows of a successful answer. All rows must be inline."""
    data = answer.data
    columns = data["rowtype"]
    letters = "".join(
        ("N" if column.get("scale") else "I") if column["type"] == "fixed" else LETTERS.get(column["type"], "?")
        for column in columns)
    if data.get("queryResultFormat") == "arrow":
        rows = []
        if data["rowsetBase64"]:
            import pyarrow

            table = pyarrow.ipc.open_stream(base64.b64decode(data["rowsetBase64"])).read_all()
            for field_ in table.schema:
                assert b"logicalType" in (field_.metadata or {}), f"Arrow field {field_.name} has no logicalType"
            rows = list(zip(*[column.to_pylist() for column in table.columns]))
        cell = arrow_cell
    else:
        rows, cell = data["rowset"], json_cell
    assert len(rows) == data["total"], f"{len(rows)} rows inline, total says {data['total']}"
    lines = ["\t".join(cell(value, column) for value, column in zip(row, columns)) for row in rows]
    return letters, [column["name"] for column in columns], lines


def plain(message):
    """What a message says, without the wire's prefix and position."""
    lines = [line for line in message.split("\n")
             if line not in ("SQL compilation error:", "SQL execution error:", "SQL access control error:")
             and not re.match(r"error line \d+ at position \d+$", line)]
    return lines[0] if lines else message


class Run:
    """One file against one server. `differences` has a text for each record that came out differently."""

    def __init__(self, server, records, schema, result_format):
        self.server, self.records, self.schema, self.format = server, records, schema, result_format
        self.sessions, self.differences = {}, []

    def session(self, name):
        if name not in self.sessions:
            wire = Wire(self.server, password=PASSWORD, PYTHON_CONNECTOR_QUERY_RESULT_FORMAT=self.format)
            for text in (f"create schema if not exists ML.{self.schema}", f"use schema ML.{self.schema}"):
                answer = wire.query(text)
                assert answer.json["success"], answer
            self.sessions[name] = wire
        return self.sessions[name]

    def run(self):
        """Runs every record and notes in it what came."""
        try:
            for record in self.records:
                self.one(record, self.session(record.session).query(record.sql))
        finally:
            for wire in list(self.sessions.values())[1:]:
                wire.request("POST", "/session?delete=true")
            for wire in list(self.sessions.values())[:1]:
                wire.query(f"drop schema if exists ML.{self.schema}")
                wire.request("POST", "/session?delete=true")

    def one(self, record, answer):
        if answer.json is None:
            return self.differs(record, f"no JSON came: {answer}")
        succeeded, message = answer.json["success"], answer.json.get("message") or ""
        if record.kind == "error":
            if succeeded:
                self.differs(record, "it succeeded")
                record.kind = "ok"
                return None
            position = (answer.data.get("line"), answer.data.get("pos"))
            if record.message not in message or (record.position and record.position != position):
                self.differs(record, f"it failed otherwise: @{position[0]}:{position[1]} {message}")
                record.message = plain(message)
                record.position = position if record.position else None
            return None
        if not succeeded:
            self.differs(record, f"it failed: {answer.code} {message}")
            record.kind, record.message = "error", plain(message)
            return None
        if record.kind == "ok":
            return None
        try:
            types, names, rows = rendered(answer)
        except Exception as error:
            return self.differs(record, f"the result can't be read: {error!r}")
        if "rowsort" in record.options:
            rows.sort()
        if "names" in record.options:
            rows.insert(0, "\t".join(names))
        if (types, rows) != (record.types, record.expected):
            self.differs(record, f"{record.types} became {types}" * (types != record.types) + "\n" + "\n".join(
                f"  - {line}" for line in record.expected) + "\n" + "\n".join(f"  + {line}" for line in rows))
            record.types, record.expected = types, rows
        return None

    def differs(self, record, what):
        self.differences.append(f"line {record.line}: {record.sql}\n{what}")
