"""What tests of modules share."""

import shutil

import pytest

from objects import make_object, unlock


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A sealed object with its original; not to be changed."""
    return make_object(tmp_path_factory.mktemp("made"), original=True)


@pytest.fixture
def whole(made, tmp_path):
    """A copy of a sealed object that may be damaged."""
    return unlock(shutil.copytree(made.folder, tmp_path / "A", copy_function=shutil.copy))
