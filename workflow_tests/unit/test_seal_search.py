"""The search before sealing reads large originals in pieces."""

import tracemalloc

import pytest

from fixative.privacy.search import Search
from fixative.privacy.secrets import Secret
from fixative.seal_sample import _search

SIZE = 200_000_000


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data/original").mkdir(parents=True)
    with (tmp_path / "data/original/a.czi").open("wb") as stream:
        stream.truncate(SIZE)
    return tmp_path


def search():
    return Search([Secret("people", "Ada Lovelace")], machine=False)


def test_a_large_original_is_searched_in_bounded_memory(folder):
    looked_for = search()

    tracemalloc.start()
    _search(folder, looked_for, skip=())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 40_000_000 < SIZE


@pytest.mark.parametrize("place", [0, 4 * 1024 * 1024 - 5, SIZE])
def test_a_value_anywhere_in_a_large_original_is_found(folder, place):
    with (folder / "data/original/a.czi").open("r+b") as stream:
        stream.seek(place)
        stream.write("Ada Lovelace".encode("utf-16-le"))

    found = _search(folder, search(), skip=())

    assert [(hit.rule, hit.where) for hit in found.hits] == [("people", "data/original/a.czi")]


def test_a_large_text_is_searched_as_text(folder):
    (folder / "data/original/b.csv").write_bytes(b"x;y\n" * 9_000_000 + b"by Lovi")

    found = _search(folder, Search([Secret("people", "Lovi")], machine=False), skip=())

    assert [hit.where for hit in found.hits] == ["data/original/b.csv"]
