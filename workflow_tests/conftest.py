"""Fixtures shared by all tests."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from pipeline import Batch

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


@pytest.fixture
def batch(tmp_path) -> Batch:
    """An empty batch; its folder's name has what file names have in real life."""
    folder = tmp_path / "batch with space, ü and %"
    folder.mkdir()
    return Batch(folder)


@pytest.fixture
def tiff(batch):
    """Make a small ImageJ stack beside the sheet; returns its path relative to the sheet."""

    def make(name: str, shape=(3, 2, 64, 80), seed: int = 0) -> str:
        path = batch.sheet.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 4000, shape, dtype=np.uint16)
        tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": "ZCYX"[-len(shape) :]})
        return name

    return make
