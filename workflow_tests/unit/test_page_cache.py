"""The page cache of a shared server: large files leave it again, small ones stay for the next step."""

import ctypes
import mmap
from pathlib import Path

import pytest

from fixative import page_cache
from fixative.files import digest_file
from fixative.image.tiff_file import TiffFile
from fixative.verify.tiff import read_ome_tiff

BYTES = 24 * 1024 * 1024


@pytest.fixture
def small_server(monkeypatch):
    """A machine on which a megabyte is large."""
    monkeypatch.setattr(page_cache, "LEAST_BYTES", 1024 * 1024)
    monkeypatch.setattr(page_cache, "MEMORY_SHARE", 2**40)
    monkeypatch.setattr(page_cache, "STEP_BYTES", 4 * 1024 * 1024)
    page_cache.threshold.cache_clear()
    yield
    page_cache.threshold.cache_clear()


def cached_share(path: Path) -> float:
    """Share of a file's pages that is in memory (mincore)."""
    with path.open("r+b") as stream, mmap.mmap(stream.fileno(), 0) as view:
        pages = -(-len(view) // mmap.PAGESIZE)
        vector = (ctypes.c_ubyte * pages)()
        held = ctypes.c_char.from_buffer(view)
        failed = ctypes.CDLL(None).mincore(
            ctypes.c_void_p(ctypes.addressof(held)), ctypes.c_size_t(len(view)), vector
        )
        del held
    assert not failed
    return sum(page & 1 for page in vector) / pages


@pytest.fixture
def file(tmp_path, request):
    """A file that is on the disk and in memory; on a file system without a disk there is nothing to test."""
    path = tmp_path / "a.bin"
    with path.open("wb") as stream:
        stream.write(bytes(range(256)) * (BYTES // 256))
        stream.flush()
        page_cache.os.fsync(stream.fileno())
        page_cache.give_back(stream.fileno(), 0, 0)
    if cached_share(path) > 0.5:
        pytest.skip("the file system of temporary files keeps everything in memory")
    path.read_bytes()
    return path


def test_a_large_file_that_was_digested_does_not_stay_in_memory(small_server, file):
    digest_file(file)

    assert cached_share(file) < 0.1


def test_a_small_file_stays_for_the_next_step(file):
    digest_file(file)

    assert cached_share(file) == 1


def test_a_large_file_that_was_verified_does_not_stay_in_memory(small_server, file):
    read_ome_tiff(file, None)

    assert cached_share(file) < 0.1


def test_a_large_file_that_was_written_does_not_stay_in_memory(small_server, file, tmp_path):
    tiff = TiffFile(tmp_path / "a.tif", big=True)
    for _ in range(24):
        tiff.append(bytes(1024 * 1024))

    tiff.finish([])

    assert cached_share(tmp_path / "a.tif") < 0.1


def test_what_a_library_reads_of_a_large_source_does_not_stay_in_memory(small_server, file):
    source = page_cache.SourceBehind([file])

    source.took(page_cache.STEP_BYTES)

    assert cached_share(file) < 0.1


def test_an_empty_file_has_digests_too(tmp_path):
    (tmp_path / "a").touch()

    assert digest_file(tmp_path / "a").bytes == 0


def test_a_write_that_fails_behind_is_not_lost(small_server, tmp_path, monkeypatch):
    tiff = TiffFile(tmp_path / "a.tif", big=True)

    with pytest.raises(OSError, match="no space"):
        _fill(tiff, monkeypatch)

    monkeypatch.undo()
    tiff.close()


def _fill(tiff: TiffFile, monkeypatch) -> None:
    """Write on a disk that is full."""

    def full(handle: int) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(page_cache.os, "fdatasync", full)
    for _ in range(24):
        tiff.append(bytes(1024 * 1024))
