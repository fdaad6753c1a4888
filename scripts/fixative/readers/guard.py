"""The one place that catches whatever a third-party decoder raises.

Vendors' libraries and codecs raise anything: RuntimeError, KeyError, struct.error, their own classes. At
the border to them, and only there, any exception becomes a documented finding; it is never swallowed.
"""

import locale
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fixative.findings import RefusedSample

_ABSOLUTE = re.compile(r"(?:[A-Za-z]:)?[\\/](?:[^\\/\s'\",:;<>]+[\\/])+")


@contextmanager
def decoding(as_finding: Callable[[Exception], RefusedSample]) -> Iterator[None]:
    """Turn an exception of a third-party decoder into a finding; findings and memory errors pass.

    Its warnings are dropped: they are about its own housekeeping, and may hold names. The process's locale is put
    back: Java and ITK change it, and with it how every text and number is read from then on.
    """
    before = locale.setlocale(locale.LC_ALL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (RefusedSample, MemoryError):
        raise
    except Exception as error:
        raise as_finding(error) from error
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
