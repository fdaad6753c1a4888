"""The one place that catches whatever a third-party decoder raises.

Vendors' libraries and codecs raise anything: RuntimeError, KeyError, struct.error, their own classes. At
the border to them, and only there, any exception becomes a documented finding; it is never swallowed.
"""

import errno
import locale
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fixative.findings import RefusedSample

LOST = (errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE, errno.EREMOTEIO, errno.ETIMEDOUT, errno.ENOTCONN)
"""What the system says where a disk or a network share fails while a file is read."""

_LOST_WORDS = {os.strerror(number): number for number in (errno.EIO, errno.ESTALE, errno.EREMOTEIO)}
"""The same in a text: HDF5, Java and tifffile's log hand on no number."""
_READ_BYTES = 8 << 20

_ABSOLUTE = re.compile(r"(?:[A-Za-z]:)?[\\/](?:[^\\/\s'\",:;<>]+[\\/])+")


class SourceLost(OSError):
    """The system could not read the source. No finding: no other reader is asked, no catch of findings stops it."""


def lost_source(error: BaseException) -> SourceLost | None:
    """Say whether a failure of disk or network stands behind an error, however it was wrapped."""
    seen: set[int] = set()
    behind: BaseException | None = error
    while behind is not None and id(behind) not in seen:
        seen.add(id(behind))
        if isinstance(behind, SourceLost):
            return behind
        if isinstance(behind, OSError) and behind.errno in LOST:
            return SourceLost(behind.errno, os.strerror(behind.errno))
        if found := lost_in_text(str(behind)):
            return found
        behind = behind.__cause__ or behind.__context__
    return None


def lost_in_text(text: str) -> SourceLost | None:
    """Say whether a message tells of a failure of disk or network."""
    return next((SourceLost(number, words) for words, number in _LOST_WORDS.items() if words in text), None)


def ensure_readable(paths: Iterable[Path]) -> None:
    """Read files to their ends.

    Raises
    ------
    SourceLost
        Where the system cannot.
    """
    for path in paths:
        try:
            with path.open("rb", buffering=0) as stream:
                while stream.read(_READ_BYTES):
                    pass
        except FileNotFoundError:
            continue  # a change of the set, which is told of as that
        except OSError as error:
            raise SourceLost(error.errno, error.strerror) from error


@contextmanager
def decoding(as_finding: Callable[[Exception], RefusedSample]) -> Iterator[None]:
    """Turn an exception of a third-party decoder into a finding; findings, lost sources and memory errors pass.

    Its warnings are dropped: they are about its own housekeeping, and may hold names. The process's locale is put
    back: Java and ITK change it, and with it how every text and number is read from then on.
    """
    before = locale.setlocale(locale.LC_ALL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (RefusedSample, MemoryError, SourceLost):
        raise
    except Exception as error:
        raise lost_source(error) or as_finding(error) from error
    finally:
        if locale.setlocale(locale.LC_ALL) != before:
            locale.setlocale(locale.LC_ALL, before)


def describe(error: BaseException, path: Path) -> str:
    """Type and message of an error, without absolute paths and without the file's own name."""
    text = str(error).replace(str(path), "<file>").replace(path.name, "<file>")
    text = re.sub(rf"(?<!\w){re.escape(path.stem)}(?!\w)", "<file>", text)
    text = " ".join(_ABSOLUTE.sub("", text).split())
    name = type(error).__name__
    return f"{name}: {text}"[:200] if text else name


def undecodable(where: str, path: Path) -> Callable[[Exception], RefusedSample]:
    """CNV001 at ``where`` for whatever a decoder raises."""
    return lambda error: RefusedSample("CNV001", where=where, reason=describe(error, path))
