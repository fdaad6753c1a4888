"""Fixtures shared by all tests."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


def _shared(name: str) -> Path:
    folder = REPOSITORY.parent / "shared" / name
    if not folder.is_dir():
        pytest.skip(f"no shared/{name} beside the project: tests on those files do not run")
    return folder


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Folder of real microscope files."""
    return _shared("corpus")


@pytest.fixture(scope="session")
def suites() -> Path:
    """Folder of conformance suites."""
    return _shared("suites")


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return REPOSITORY
