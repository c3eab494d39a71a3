"""docs/features.md: each test that it names exists, and each item is there once."""

import functools
import re

from roost_server import ROOT

DOCS = ROOT / "docs"
CLIENTS = ROOT / "Tests/Clients"
# Sharing, replication and cost (F184 to F186) are no part of Roost; what comes after F261 is listed as far as it is seen.
WANTED = {*range(1, 184), *range(187, 262)}
ROWS = [line.strip().strip("|").split(" | ") for line in (DOCS / "features.md").read_text().splitlines() if re.match(r"\| F\d", line)]
ROWS = [[cell.strip(" |") for cell in row] + [""] * (3 - len(row)) for row in ROWS]


def items(cell):
    """The numbers of "F001", "F001–F003" and "F001, F003"."""
    for part in cell.split(", "):
        first, _, last = part.replace("F", "").partition("–")
        yield from range(int(first), int(last or first) + 1)


@functools.cache
def found_in(file):
    """Names of the tests in a file of client-side tests or of Swift tests; None where there is no such file."""
    if file.endswith("Tests"):
        found = list((ROOT / "Tests").glob(f"*Tests/{file}.swift"))
        pattern = r"@Test(?:(?!@Test).)*?func (\w+)\("
    else:
        found = list(CLIENTS.glob(f"*/test_{file}.py"))
        pattern = r"^def (test_\w+)\("
    assert len(found) < 2, f"two files are called {file}"
    return set(re.findall(pattern, found[0].read_text(), re.M | re.S)) if found else None


def missing(cell):
    """What a cell of the middle column names and is not there."""
    file = None
    for word in re.split(r", (?![^(]*\))", cell):
        name = word.removesuffix(" (all)").partition(" (")[0]
        if name.startswith("acceptance "):
            script = (CLIENTS / "snowflake/test_acceptance.py").read_text()
            there = re.fullmatch(r"acceptance t\d\d", name) and f'"{name[11:]}_' in script
        elif name.startswith("golden "):
            there = (ROOT / f"Tests/SQL/{name[7:]}.slt").is_file()
        elif name in ("none", "eras"):
            there = name == "none" or (CLIENTS / "eras").is_dir()
        elif "::" in name:
            file = name.partition("::")[0] or file
            there = file and found_in(file) is not None and name.partition("::")[2] in found_in(file)
        else:
            file, there = name, found_in(name) is not None
        if not there:
            yield word


def test_each_item_is_listed_once():
    listed = [item for row in ROWS for item in items(row[0])]
    assert sorted(WANTED - set(listed)) == []
    assert [item for item in set(listed) if listed.count(item) > 1] == [] and listed == sorted(listed)


def test_each_named_test_exists():
    assert {item: names for item, seen, _ in ROWS if (names := list(missing(seen)))} == {}
    assert [item for item, seen, note in ROWS if seen == "none" and not note] == [], "not tested, and no reason is given"


def test_each_link_leads_somewhere():
    def anchors(text):
        return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.M)}

    for file, anchor in re.findall(r"\]\(([\w.]+)(?:#([\w-]+))?\)", (DOCS / "features.md").read_text()):
        assert (DOCS / file).is_file() and (not anchor or anchor in anchors((DOCS / file).read_text())), f"{file}#{anchor}"


def test_what_is_not_there_is_noticed():
    assert list(missing("handles::test_nothing, ::test_a_handle_follows_its_model_to_another_schema, nowhere::test_x, LimitTests::nothing")) == [
        "handles::test_nothing", "nowhere::test_x", "LimitTests::nothing"]
    assert list(missing("acceptance t99, golden no/where, no_file (all), eras (1.7)")) == ["acceptance t99", "golden no/where", "no_file (all)"]
    assert list(items("F003–F005")) == [3, 4, 5] and list(items("F215, F216")) == [215, 216]
