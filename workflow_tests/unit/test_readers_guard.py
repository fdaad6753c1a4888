"""A failure of disk or network is told from damage, however a library wraps it."""

import errno
import os

import pytest

from fixative.findings import RefusedSample
from fixative.readers.guard import SourceLost, decoding, ensure_readable, lost_source


def damaged(error):
    return RefusedSample("CNV001", where="here", reason=str(error))


def wrapped(error):
    """An error as a library hands it on that has caught another."""
    try:
        try:
            raise error
        except OSError as caught:
            raise ValueError("a tile cannot be decoded") from caught
    except ValueError as outer:
        return outer


LOST = {
    "a system's error": OSError(errno.EIO, os.strerror(errno.EIO)),
    "a share that went away": OSError(errno.ESTALE, os.strerror(errno.ESTALE)),
    "one behind another error": wrapped(OSError(errno.EIO, os.strerror(errno.EIO))),
    "HDF5's words": RuntimeError("file read failed: errno = 5, error message = 'Input/output error'"),
    "Java's words": RuntimeError("java.io.IOException: Input/output error"),
}

OTHERS = {
    "damage": ValueError("bad tile"),
    "a file that is not there": FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)),
    "an end of file": EOFError(),
}


@pytest.mark.parametrize("name", LOST)
def test_a_source_that_the_system_cannot_read_is_no_finding_of_a_reader(name):
    with pytest.raises(SourceLost), decoding(damaged):
        raise LOST[name]


@pytest.mark.parametrize("name", OTHERS)
def test_what_a_reader_cannot_decode_is_a_finding(name):
    with pytest.raises(RefusedSample), decoding(damaged):
        raise OTHERS[name]


def test_errors_that_are_each_others_cause_are_followed_once():
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first

    assert lost_source(first) is None


def test_files_that_can_be_read_are_and_those_that_are_gone_are_another_finding(tmp_path):
    (tmp_path / "a").write_bytes(bytes(100))

    ensure_readable([tmp_path / "a", tmp_path / "gone"])


def test_a_file_that_cannot_be_read_is_lost(tmp_path):
    with pytest.raises(SourceLost):
        ensure_readable([tmp_path])
