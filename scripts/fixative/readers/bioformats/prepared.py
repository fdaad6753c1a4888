"""What every start of Java does again and ends in the same, prepared once by the set-up, for the installed jar.

Two files: Java's classes as the machine holds them (an AOT cache, JEP 483: https://openjdk.org/jeps/483; without
it some 5,000 classes are parsed and verified at each start), and the counting class of `eof`. They stand in
``.tools/java`` under a name that tells what they were made from. Whatever does not fit, or could have been
written by somebody else, is not used: Java then starts as it does without.
"""

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fixative.readers.bioformats import eof

PROJECT = Path(__file__).resolve().parents[4]
FOLDER = PROJECT / ".tools" / "java"
CLASSES, COUNTING, DIGEST = "classes.aot", "counting.class", "counting.sha256"


@dataclass(frozen=True)
class Prepared:
    """Files of one preparation that may be used."""

    classes: Path
    counting: bytes


def prepared(name: str, folder: Path = FOLDER) -> Prepared | None:
    """Find what was prepared under a name of `name_of`; None where it is absent, damaged or not safe to use."""
    own = folder / name
    try:
        if not all(map(_ours, (folder, own, own / CLASSES, own / COUNTING))):
            return None
        counting = (own / COUNTING).read_bytes()
        fits = hashlib.sha256(counting).hexdigest() == (own / DIGEST).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return Prepared(own / CLASSES, counting) if fits else None


def name_of(jar: Path, runtime: Path, options: Iterable[str]) -> str:
    """Name that tells whether a preparation fits: a digest of all it depends on.

    Parameters
    ----------
    jar : Path
        Bio-Formats; told from another by its size and time, as Java does it too.
    runtime : Path
        The Java runtime; told by its file ``release``.
    options : iterable of str
        Those that Java is always started with.
    """
    import jpype

    found = jar.stat()
    parts = [
        (runtime / "release").read_text(encoding="utf-8"),
        str((runtime / "lib" / "server" / "libjvm.so").stat().st_size),
        str(jpype.__version__),
        f"{found.st_size} {found.st_mtime_ns}",
        hashlib.sha256(Path(eof.__file__).read_bytes()).hexdigest(),
        *options,
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def arguments(classes: Path) -> list[str]:
    """Options that make Java use its prepared classes; if it cannot, it starts without, and says nothing."""
    # It prints warnings of an unfit cache to stdout. Its own checksums are checked: a damaged cache could crash it.
    return [f"-XX:AOTCache={classes}", "-XX:+VerifySharedSpaces", "-Xlog:disable"]


def recording(configuration: Path) -> list[str]:
    """Options that make Java write down at its end which classes it used."""
    # Classes alone, no profile of their use: Java would compile again at every start what was busy once.
    profile = ["-XX:+UnlockDiagnosticVMOptions", "-XX:-AOTRecordTraining"]
    return ["-XX:AOTMode=record", f"-XX:AOTConfiguration={configuration}", *profile]


def dumping(configuration: Path, classes: Path) -> list[str]:
    """Options that make Java write the prepared classes, and end."""
    # No compiled code among them: they may be used on another processor.
    compiled = ["-XX:+UnlockDiagnosticVMOptions", "-XX:-AOTAdapterCaching", "-XX:-AOTStubCaching"]
    return ["-XX:AOTMode=create", f"-XX:AOTConfiguration={configuration}", f"-XX:AOTCache={classes}", *compiled]


def _ours(path: Path) -> bool:
    """Whether only this user or root can have written it: it is run as code."""
    found = path.lstat()
    plain = stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)
    return plain and found.st_uid in (0, os.geteuid()) and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
