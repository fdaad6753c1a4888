"""Fixtures of the tests that need a real Slurm: `make test-slurm` starts one, elsewhere they are skipped."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import FOLDER, Cluster
from slurm_batch import FIGURES, Night, SlurmBatch, night_of


def pytest_collection_modifyitems(items):
    if FOLDER not in os.environ:
        here = Path(__file__).parent
        for item in items:
            if item.path.is_relative_to(here):
                item.add_marker(pytest.mark.skip(reason="no Slurm here: make test-slurm"))


def pytest_terminal_summary(terminalreporter):
    for line in FIGURES:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def slurm() -> Iterator[Cluster]:
    """The Slurm that runs beside the tests."""
    running = Cluster(Path(os.environ[FOLDER]))
    yield running
    running.stop_started()


@pytest.fixture
def batch(tmp_path, slurm) -> SlurmBatch:
    """An empty batch that runs on Slurm."""
    return SlurmBatch(tmp_path, slurm)


@pytest.fixture(scope="module")
def night(tmp_path_factory, slurm) -> Night:
    """One batch with what goes wrong in a night, archived on Slurm and, as it should be, on this machine alone."""
    return night_of(tmp_path_factory.mktemp("night"), slurm)
