"""Finds the code in the documents that Roost is held to. They lie beside the project; nothing of them is kept in it."""

import ast
import pathlib
import re
import textwrap

FOLDER = pathlib.Path(__file__).resolve().parents[4] / "shared/seeds"
CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
STATEMENT = re.compile(r"^(LIST|GET|PUT|SELECT|CREATE|ALTER|SHOW|DROP|GRANT|CALL)\s+\S[^;]*;?\s*$", re.S)
WORD = re.compile(r"^`?\w+`?$")  # what is left of prose between two languages
SHELL = re.compile(r"^conda \w+")


class Block:
    """One piece of code: the line it begins at, its language (python, sql, shell) and its text."""

    def __init__(self, line, language, text):
        self.line, self.language, self.text = line, language, text

    def __repr__(self):
        return f"{self.line} {self.language}: {self.text.splitlines()[0][:70]}"


def path(number):
    """The document whose file begins with the number, None where the folder is absent."""
    found = sorted(FOLDER.glob(f"{number}_*.txt")) if FOLDER.is_dir() else []
    return found[0] if found else None


def blocks(number):
    text = path(number).read_text()
    lines = text.splitlines()
    if CHINESE.search(text):
        pieces = runs(lines, lambda line: re.search(r"\w", line) and not CHINESE.search(line) and not WORD.match(line))
    elif re.search(r"^Copy$", text, re.M):
        pieces = indented(lines)
    else:
        pieces = paragraphs(lines)
    found = (Block(line, language(piece), piece) for line, piece in pieces)
    return [block for block in found if block.language]


def runs(lines, belongs):
    """(line, text) of neighbouring lines that belong."""
    start = None
    for index, line in enumerate([*lines, None]):
        if line is not None and belongs(line):
            start = index if start is None else start
        elif start is not None:
            yield start + 1, "\n".join(lines[start:index])
            start = None


def indented(lines):
    """Code is indented by four or more, and stands between lines that are not."""
    for line, text in runs(lines, lambda line: line.startswith("    ") or not line.strip()):
        skipped = len(text) - len(text.lstrip("\n "))
        yield line + text[:skipped].count("\n"), textwrap.dedent(text).strip("\n ") + "\n"


def paragraphs(lines):
    """Code is a paragraph that Python understands, together with the paragraphs of code right after it."""
    at, kept = 0, []
    for line, text in runs(lines, lambda line: line.strip()):
        if is_python(text):
            if not kept:
                at = line
            kept.append(text)
        elif kept:
            yield at, "\n\n".join(kept)
            kept = []
    if kept:
        yield at, "\n\n".join(kept)


def is_python(text):
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return False
    prose = (ast.Name, ast.Constant, ast.Tuple, ast.Attribute, ast.List, ast.Subscript)
    return any(not (isinstance(node, (ast.Expr, ast.AnnAssign)) and isinstance(getattr(node, "value", None), (*prose, type(None))))
               for node in body)


def language(text):
    if STATEMENT.match(text.strip()):
        return "sql"
    if SHELL.match(text.strip()):
        return "shell"
    if is_python(text):
        return "python"
    return None


if __name__ == "__main__":
    import sys

    for number in sys.argv[1:] or ("000", "001", "002"):
        print(path(number).name)
        for block in blocks(number):
            print("   ", block)
