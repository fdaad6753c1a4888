"""What a file is: from its content, and where that says nothing, by asking Bio-Formats."""

from collections.abc import Iterable
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.formats import FORMAT_OF_READER, FORMATS
from fixative.identify import Places, Unrecognised, identify
from fixative.models import Inventory
from fixative.readers.options import READER_DEFAULTS, ReaderOptions

__all__ = ["BY_BIOFORMATS", "recognise", "recognise_met", "require_known_files"]

BY_BIOFORMATS = frozenset(
    {
        *("aim", "apl", "axiovision_tiff", "burleigh", "cellomics", "dv", "fuji_las", "imagic", "im3", "incell3000"),
        *("ivision", "i2i", "leica_lei", "lim", "mrc", "naf", "olympus_tile", "pict", "povray", "pqbin"),
        *("quesant", "rcpnl", "rhk", "scanr", "seiko", "slidebook", "smcamera", "spc", "tecan", "tillvision", "ubm"),
        *("visitech", "volocity_clipping"),
    }
)
"""Formats whose content is not told by `fixative.identify`, or not always. Of all others it is: what does not
look like one of them is none, whatever its name makes a reader believe."""

_ASKED_TEXTS = ("_meta.xml",)
"""Ends of names of texts that a reader may lead by; asked only about a file that a sheet names."""

_AMBIGUOUS = frozenset(
    {".txt", ".csv", ".log", ".xml", ".dat", ".raw", ".bin", ".htm", ".cfg", ".db", ".tim", ".ano"}
)
_MET_EXTENSIONS = tuple(
    sorted({extension for key in BY_BIOFORMATS for extension in FORMATS[key].extensions} - _AMBIGUOUS)
)
"""Extensions for which a scan starts a Java machine; never those that anything may have."""


def recognise(path: Path, options: ReaderOptions = READER_DEFAULTS) -> str:
    """Format of a file or folder that a sheet names.

    Returns
    -------
    str
        A key of `fixative.formats.FORMATS`.

    Raises
    ------
    RefusedSample
        INV003, INV009 and INV011 as `fixative.identify.identify`.
    """
    try:
        return identify(path)
    except RefusedSample as refusal:
        text = refusal.code == "INV011" and path.name.lower().endswith(_ASKED_TEXTS)
        key = _asked(path, options) if text or isinstance(refusal, Unrecognised) else None
        if key is None:
            raise
        return key


def recognise_met(path: Path, places: Places, options: ReaderOptions = READER_DEFAULTS) -> str:
    """Format of a file that a scan met: Bio-Formats is asked only where the name speaks for one of its formats.

    Raises
    ------
    RefusedSample
        As `recognise`.
    """
    try:
        return identify(path, places)
    except RefusedSample as refusal:
        ask = isinstance(refusal, Unrecognised) and path.name.lower().endswith(_MET_EXTENSIONS)
        key = _asked(path, options) if ask else None
        if key is None:
            raise
        return key


def _asked(path: Path, options: ReaderOptions) -> str | None:
    """Format of the reader that claims a file, where content is not known better and the name agrees."""
    name = path.name.lower()
    if path.is_dir() or not any(name.endswith(FORMATS[key].extensions) for key in BY_BIOFORMATS):
        return None
    from fixative.readers.bioformats.catalogue import recognised_by

    try:
        reader = recognised_by(path.absolute(), options)
    except RefusedSample:
        return None
    key = FORMAT_OF_READER.get(reader or "")
    return key if key in BY_BIOFORMATS and name.endswith(FORMATS[key].extensions) else None


def require_known_files(used: Iterable[Path], inventory: Inventory) -> None:
    """Refuse where a reader used a file that the inventory does not hold: it would not be archived, nor watched.

    Parameters
    ----------
    used : iterable of Path
        `fixative.readers.protocol.Reader.files`.
    inventory : Inventory
        The sample's.

    Raises
    ------
    RefusedSample
        INV005 naming the first such file: the image is made of more than its set.
    """
    known = {file.path.absolute() for file in inventory.files}
    folder = inventory.folder.absolute() if inventory.folder else None
    for path in used:
        here = path.absolute()
        # Of a store that is a folder, readers name the folder.
        if here in known or here == folder:
            continue
        if any(here.exists() and here.samefile(other) for other in known if other.name == here.name):
            continue
        raise RefusedSample("INV005", reason=f"its reader opened {path.name}, which the set does not hold")
