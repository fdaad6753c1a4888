"""What a user may set about readers, in one value that every backend is opened with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class ReaderOptions:
    """Settings of the readers; the defaults are those of ``config/config.yaml``."""

    order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Format key to backends, tried in this order instead of the table's."""
    bioformats_jar: Path | None = None
    """A Bio-Formats jar (``bioformats_package.jar``) to use instead of the one that is installed."""
    memory_mb: int = 1000
    """Memory of the job: bounds the Java heap and every cache that a backend keeps."""
    whole_planes_only: bool = False
    """Open a truncated source too, its damaged planes named in `ImageInfo.missing`."""
    aicsimageio: Path | None = None
    """Python of the environment that holds aicsimageio; None: the one that ``make witness`` made, if any."""


READER_DEFAULTS = ReaderOptions()


@dataclass(frozen=True)
class Request:
    """One source to open with one backend."""

    path: Path
    fmt: str
    """Key of `fixative.formats.FORMATS`."""
    backend: str
    """Key of `fixative.readers.backends.BACKENDS`."""
    options: ReaderOptions = READER_DEFAULTS
