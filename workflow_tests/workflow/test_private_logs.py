"""Logs of a run: neither a private value nor anything of the machine, though libraries quote both."""

import getpass
import socket

import pytest

from pipeline import REPOSITORY

PERSON = "Qzvkxwbhmp Ñuñez"
RAISES = f"""
import sys

sys.path.insert(0, {str(REPOSITORY / "scripts")!r})
from fixative.ome import build


def failing(reader, record, inventory, **rest):
    import warnings

    warnings.warn(f"odd file {{inventory.opens}}")
    raise ValueError(f"cannot understand {{inventory.opens.name!r}} of {{inventory.opens.parent}}")


build.build_ome_xml = failing
"""
"""A library that fails, and quotes the path."""


@pytest.fixture
def ran(batch, tiff, monkeypatch):
    """A batch of a corrupt source and of one over which a library fails, both below a folder named after a person."""
    names = {"S1": tiff(f"{PERSON}/of Qzvkxwbhmp 1.tif"), "S2": tiff(f"{PERSON}/of Qzvkxwbhmp 2.tif")}
    path = batch.sheet.parent / names["S2"]
    path.write_bytes(path.read_bytes()[:5000])
    (batch.folder / "broken").mkdir()
    (batch.folder / "broken/sitecustomize.py").write_text(RAISES, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(batch.folder / "broken"), prepend=":")
    batch.write(names)
    run = batch.run()
    return batch, run


def logs_of(batch):
    return "".join(path.read_text("utf-8") for path in (batch.work / "results/logs").rglob("*.log"))


def test_no_log_tells_person_file_or_machine(ran):
    batch, _ = ran

    everything = logs_of(batch).casefold()

    assert "cannot understand" in everything
    assert "odd file" in everything
    assert "qzvkxwbhmp" not in everything
    assert str(batch.folder).casefold() not in everything
    assert str(REPOSITORY).casefold() not in everything
    assert socket.gethostname().casefold() not in everything
    assert f"/{getpass.getuser()}/" not in everything


def test_the_traceback_still_says_where(ran):
    batch, _ = ran

    everything = logs_of(batch)

    assert 'File "fixative/stage.py", line' in everything
    assert "ValueError: cannot understand '<source name>' of <source folder>" in everything


def test_neither_does_the_report(ran):
    batch, _ = ran

    reports = [batch.work / "results/reports" / name for name in ("batch.tsv", "index.html")]

    assert "qzvkxwbhmp" not in "".join(path.read_text("utf-8") for path in reports).casefold()
