"""The archived TIFF, verified in one read: digests of the file and of every plane of every level, its structure."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fixative.files import Digests
from fixative.findings import RefusedSample
from fixative.pixel_models import Pixels
from fixative.verification_models import CarriedTags
from fixative.verify.carried import carried_problems
from fixative.verify.expectation import PlaneLevel, match_directories, pages_of, pyramid_problems, record_problems
from fixative.verify.ome import ome_problems
from fixative.verify.one_read import Observe, OneRead
from fixative.verify.reader_view import reader_problems
from fixative.verify.scale import scale_problems
from fixative.verify.tiff_structure import read_structure
from fixative.verify.watch import Look, ObservePlane, Watch


@dataclass(frozen=True)
class TiffReading:
    """What one read of the file has found."""

    digests: Digests
    planes: int
    """Planes of all levels whose digests were compared."""
    problems: tuple[RefusedSample, ...]


def verify_ome_tiff(
    path: Path,
    pixels: Pixels,
    *,
    threads: int = 1,
    observe: Observe | None = None,
    observe_plane: ObservePlane | None = None,
    look: Look | None = None,
    file_name: str | None = None,
    carried: CarriedTags | None = None,
) -> Digests:
    """Verify an OME-TIFF against the digests of its planes, in one sequential read.

    Parameters
    ----------
    path
        The file, under any name.
    pixels
        Digest of every plane of every level.
    observe
        Called with every block of the file, in order and without overlap; what ``observe_plane`` sees decoded is
        left out.
    observe_plane
        Makes an observer for each compressed plane, which sees its decoded samples: see `verify.watch`.
    look
        Sees the rows of every plane of level 0, compressed or not.
    file_name
        Name that the OME-XML must give the file; not compared when None.
    carried
        Tags that the file must have from its source, and no others; not compared when None.

    Raises
    ------
    RefusedSample
        VER001 for pixels, VER002 and VER003 for OME-XML and structure; the first of several.
    """
    reading = read_ome_tiff(
        path,
        pixels,
        threads=threads,
        observe=observe,
        observe_plane=observe_plane,
        look=look,
        file_name=file_name,
        carried=carried,
    )
    if reading.problems:
        raise reading.problems[0]
    return reading.digests


def read_ome_tiff(
    path: Path,
    pixels: Pixels | None,
    *,
    threads: int = 1,
    observe: Observe | None = None,
    observe_plane: ObservePlane | None = None,
    look: Look | None = None,
    file_name: str | None = None,
    carried: CarriedTags | None = None,
) -> TiffReading:
    """Do what `verify_ome_tiff` does, and return every problem with the digests, whatever the damage.

    With no ``pixels`` to compare with, only the digests of the file are taken.
    """
    with path.open("rb", buffering=0) as stream, ThreadPoolExecutor(max(1, threads)) as pool:
        reader = OneRead(stream, pool, observe, Watch(observe_plane, look))
        planes: list[PlaneLevel] = []
        if pixels is not None:
            try:
                planes = _expected(path, stream, pixels, file_name, carried, reader.problems)
            except RefusedSample as problem:
                reader.problems.append(problem)
        reader.run(planes)
        return TiffReading(reader.digests(), len(planes), tuple(reader.problems))


def _expected(
    path: Path,
    stream: IO[bytes],
    pixels: Pixels,
    file_name: str | None,
    carried: CarriedTags | None,
    problems: list[RefusedSample],
) -> list[PlaneLevel]:
    """Planes to compare; problems of record, directories and OME-XML are added to ``problems``."""
    record = list(record_problems(pixels))
    problems += record
    if any(problem.code == "VER003" for problem in record):
        return []
    problems += pyramid_problems(pixels)
    count = sum(pages_of(image) for image in pixels.images)
    structure = read_structure(stream, most_planes=count)
    planes = match_directories(structure, pixels)
    order = "big" if structure.byte_order == ">" else "little"
    problems += ome_problems(structure.description, pixels, byte_order=order, file_name=file_name)
    problems += scale_problems(structure.description, planes)
    problems += reader_problems(path, pixels)
    if carried is not None:
        problems += carried_problems(structure, carried)
    return planes
