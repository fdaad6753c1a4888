"""Small sources for tests of metadata: a reader that says what it is told to."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from fixative.models import Completeness, Inventory, MetadataDump, MetadataSource, SampleRow
from fixative.readers.protocol import ImageInfo
from sources import named_file

NO_INVENTORY = Inventory(
    format="tiff",
    files=(),
    completeness=Completeness(checked=False, method="test"),
    fileset_sha256="0" * 64,
)


class StubReader:
    """A reader of blank planes."""

    backend = "tifffile"
    library = "stub"
    version = "1.0"

    def __init__(self, images, xml=None, vendor=None):
        self.images = tuple(replace(info, index=n) for n, info in enumerate(images))
        self._xml = xml
        self._vendor = vendor or {}

    def read_region(self, image, t, c, z, y, x, height, width):
        return np.zeros((height, width), self.images[image].dtype)

    def ome_xml(self):
        return self._xml

    def vendor_metadata(self):
        return self._vendor

    def files(self):
        return []

    def close(self):
        pass


def image(**changes) -> ImageInfo:
    """An image of 8 x 6 pixels, one plane, uint8."""
    one = ImageInfo(index=0, name=None, size_t=1, size_c=1, size_z=1, size_y=6, size_x=8, samples=1, dtype="uint8")
    return replace(one, **changes)


def reader_of(xml, images, vendor=None) -> StubReader:
    return StubReader(images, xml, vendor)


def no_dump() -> MetadataDump:
    return MetadataDump(reader="stub", reader_version="1.0", reader_library="none", sources=())


def dump_of(**trees) -> MetadataDump:
    """A dump with one source for each kind."""
    sources = [MetadataSource(kind=kind, file="a", tool="t", version="1", tree=tree) for kind, tree in trees.items()]
    return MetadataDump(reader="stub", reader_version="1.0", reader_library="none", sources=tuple(sources))


def inventory_of(main: Path, *others: tuple[Path, str]) -> Inventory:
    """An inventory of files that exist; digests are not looked at."""
    files = [(main, "main"), *others]
    return Inventory(
        format="tiff",
        files=tuple(named_file(path, role, path.stat().st_size) for path, role in files),
        completeness=Completeness(checked=False, method="test"),
        fileset_sha256="0" * 64,
    )


def row_of(source: Path, **columns) -> SampleRow:
    return SampleRow(line=2, sample_id="s1", source=source, dataset="d", privacy_policy="facility", **columns)


class ArraySource:
    """An image in memory; axes T, C, Z, Y, X and samples."""

    backend = library = "array"
    version = "1"

    def __init__(self, array, **described):
        self.array = array
        self.images = (ImageInfo(0, "one", *array.shape, str(array.dtype), **described),)

    def read_region(self, image, t, c, z, y, x, height, width):
        region = self.array[t, c, z, y : y + height, x : x + width]
        return np.ascontiguousarray(region if region.shape[-1] > 1 else region[..., 0])

    def ome_xml(self):
        return None

    def vendor_metadata(self):
        return {}
