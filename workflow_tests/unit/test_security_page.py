"""SECURITY.md names a test for each threat, and every test that it names is there."""

import re

import pytest


@pytest.fixture(scope="module")
def threats(repository):
    """Threat, what stops it and its tests: the cells of each row of the table."""
    section = (repository / "SECURITY.md").read_text(encoding="utf-8").split("\n## ")
    (text,) = [part for part in section if part.startswith("Threats")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:2] == "| "]
    return rows[1:]


def named(cell):
    """What stands in the cell as code."""
    return re.findall(r"`([^`]+)`", cell)


def found(repository, name):
    """Files of tests by a name as the page writes it: with or without its folder, without `.py`."""
    folder = repository / "workflow_tests"
    pattern = name.removesuffix("/").removesuffix(".py")
    places = [folder.glob(pattern), folder.glob(f"{pattern}.py"), folder.glob(f"*/{pattern}.py")]
    return [path for place in places for path in place]


def test_every_threat_says_what_stops_it_and_which_test_shows_it(threats):
    assert len(threats) > 25
    assert [row[0] for row in threats if len(row) != 3 or not row[1] or not named(row[2])] == []


def test_every_test_that_the_page_names_is_there(threats, repository):
    names = {name for row in threats for name in named(row[2])}

    assert sorted(name for name in names if not found(repository, name)) == []


def test_every_file_of_faults_is_named_on_the_page(repository):
    page = (repository / "SECURITY.md").read_text(encoding="utf-8")
    files = sorted(path.stem for path in (repository / "workflow_tests/faults").glob("*.py"))

    assert [name for name in files if name not in page] == []
