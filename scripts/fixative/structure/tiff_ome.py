"""OME-TIFF: each plane that the OME-XML promises has its directory, in whichever file of the set.

Notes
-----
https://ome-model.readthedocs.io/en/stable/ome-tiff/specification.html: ``TiffData`` maps directories to
planes; planes that no ``TiffData`` covers are lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.ome_xml import TIFF_MARKS, Block, Ome, Pixels, is_ome, parse_ome, read_ome
from fixative.structure.tiff import Survey, conclude, survey_tiff

METHOD = "planes of the OME-XML against directories of the TIFF"


@dataclass
class Count:
    """Planes found so far, and how often a plane was looked for."""

    promised: int = 0
    present: int = 0
    steps: int = 0


@dataclass
class OmeSet:
    """The TIFF files of one OME-TIFF set, surveyed when first asked for."""

    main: Path
    files: Sequence[Path]
    surveys: dict[Path, Survey] = field(default_factory=dict)

    def survey(self, path: Path) -> Survey:
        """Survey one file, once."""
        if path not in self.surveys:
            self.surveys[path] = survey_tiff(path)
        return self.surveys[path]

    def find(self, name: str) -> Path | None:
        """Find the member called ``name`` in the OME-XML, whatever the case of its letters."""
        wanted = name.replace("\\", "/").casefold()
        for path in self.files:
            if path.name.casefold() == wanted.rpartition("/")[2]:
                return path
        return None


def check_ome(path: Path, survey: Survey, files: Sequence[Path]) -> Completeness:
    """Check the planes of every image against the directories of every file of the set.

    Parameters
    ----------
    path, survey
        The main file and what was found in it.
    files
        The whole set.

    Raises
    ------
    RefusedSample
        INV004, INV005; INV006 where a file is named that is not in the set.
    """
    members = OmeSet(path, files, {path: survey})
    document, carrier = _document(path, parse_ome(survey.description), members)
    return _conclude(document, carrier, members)


def _document(path: Path, document: Ome, members: OmeSet) -> tuple[Ome, Path]:
    """Return the document that describes the set, and the file that carries it."""
    if not document.metadata_file:
        return document, path
    found = members.find(document.metadata_file)
    if found is None:
        raise RefusedSample("INV006", name=Path(document.metadata_file).name)
    return parse_ome(read_ome(found), strict=not _is_tiff(found)), found


def check_ome_xml(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Check an OME-XML file: a companion of TIFFs, or pixels in the XML itself."""
    return _conclude(parse_ome(read_ome(path), strict=True), path, OmeSet(path, files))


def _conclude(document: Ome, carrier: Path, members: OmeSet) -> Completeness:
    count = Count()
    running = 0
    for pixels in document.pixels:
        running = _image(document, pixels, carrier, members, count, running)
    whole = Survey(0)
    for survey in members.surveys.values():
        whole.problem = whole.problem or survey.problem
        whole.promised_bytes += survey.promised_bytes
        whole.present_bytes += survey.present_bytes
        whole.sparse += survey.sparse
    return conclude(whole, count.promised, count.present, METHOD)


def _image(document: Ome, pixels: Pixels, carrier: Path, members: OmeSet, count: Count, running: int) -> int:
    """Count the planes of one image; returns the next directory for images without ``TiffData``."""
    if pixels.metadata_only and not pixels.blocks:
        return running
    if pixels.inline is not None:
        count.promised += pixels.planes
        count.present += min(pixels.inline, pixels.planes)
        return running
    places = [(block, _file_of(document, block, carrier, members)) for block in pixels.blocks]
    if not places:
        block = Block(running, dict.fromkeys("ZCT", 0), pixels.planes, None, None)
        places = [(block, carrier)]
    samples = _samples(pixels, places, members)
    sizes = {**pixels.sizes, "C": pixels.sizes["C"] // samples}
    promised = sizes["Z"] * sizes["C"] * sizes["T"]
    count.promised += promised
    covered: set[int] = set()
    for block, path in places:
        _cover(block, members.survey(path), pixels.order, sizes, samples, covered, count)
    count.present += len(covered)
    return running + promised


def _cover(
    block: Block,
    survey: Survey,
    order: str,
    sizes: dict[str, int],
    samples: int,
    covered: set[int],
    count: Count,
) -> None:
    """Add the planes that a block's whole directories hold."""
    promised = sizes["Z"] * sizes["C"] * sizes["T"]
    for position, ifd in _directories_of(block, len(survey.whole), order, sizes, samples):
        count.steps += 1
        if count.steps > 16 * (promised + len(survey.whole)) + 1_000_000:
            raise RefusedSample("INV005", reason="OME-XML names the same planes over and over")
        if survey.whole[ifd]:
            covered.add(position)


def _directories_of(
    block: Block, directories: int, order: str, sizes: dict[str, int], samples: int
) -> Iterator[tuple[int, int]]:
    """Place of each plane in the document's order, and its directory, of those that the file has."""
    promised = sizes["Z"] * sizes["C"] * sizes["T"]
    first = dict(block.first)
    if first["C"] >= sizes["C"]:
        # Some writers count samples where others count channels.
        first["C"] //= samples
    position, step = 0, 1
    for axis in order[2:]:
        position += first[axis] * step
        step *= sizes[axis]
    ifd = block.ifd or 0
    planes = block.planes
    if planes is None:
        planes = 1 if block.ifd is not None else directories
    for number in range(min(planes, max(0, promised - position), max(0, directories - ifd))):
        yield position + number, ifd + number


@dataclass(frozen=True)
class ImagePlanes:
    """Where the planes of one image lie."""

    pixels: Pixels
    sizes: dict[str, int]
    """Z, C and T; channels that are samples of one plane count as one."""
    places: dict[int, tuple[Path, int]]
    """Place of a plane in the document's order, fastest axis first, to its file and directory."""


def plane_places(path: Path, files: Sequence[Path]) -> list[ImagePlanes]:
    """Say where each plane of an OME-TIFF set lies, of those whose directories the files have.

    Raises
    ------
    RefusedSample
        INV004, INV005, INV006 as `check_ome`.
    """
    members = OmeSet(path, files)
    document, carrier = _document(path, parse_ome(read_ome(path), strict=not _is_tiff(path)), members)
    found, running = [], 0
    for pixels in document.pixels:
        if pixels.metadata_only and not pixels.blocks:
            continue
        blocks = pixels.blocks or (Block(running, dict.fromkeys("ZCT", 0), pixels.planes, None, None),)
        placed = [(block, _file_of(document, block, carrier, members)) for block in blocks]
        samples = _samples(pixels, placed, members)
        sizes = {**pixels.sizes, "C": pixels.sizes["C"] // samples}
        places: dict[int, tuple[Path, int]] = {}
        for block, file in placed:
            directories = len(members.survey(file).whole)
            for position, ifd in _directories_of(block, directories, pixels.order, sizes, samples):
                places.setdefault(position, (file, ifd))
        running += sizes["Z"] * sizes["C"] * sizes["T"]
        found.append(ImagePlanes(pixels, sizes, places))
    return found


def _file_of(document: Ome, block: Block, carrier: Path, members: OmeSet) -> Path:
    """File of the set that holds a block's planes."""
    is_tiff = _is_tiff(carrier)
    if is_tiff and document.is_own(block, carrier.name):
        return carrier
    found = members.find(block.file_name) if block.file_name else None
    if found is not None:
        return found
    if is_tiff and document.names_one_file():
        return carrier
    raise RefusedSample("INV006", name=Path((block.file_name or "?").replace("\\", "/")).name)


def _is_tiff(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) in TIFF_MARKS


def _samples(pixels: Pixels, places: list[tuple[Block, Path]], members: OmeSet) -> int:
    """Count the samples of a pixel in an image's first directory: channels that share a plane."""
    block, path = places[0]
    samples = members.survey(path).samples
    ifd = block.ifd or 0
    found = samples[ifd] if ifd < len(samples) else 1
    return found if pixels.sizes["C"] % found == 0 else 1


__all__ = ["check_ome", "check_ome_xml", "is_ome", "plane_places"]
