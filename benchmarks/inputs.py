"""Inputs of the benchmarks: made once, the same on every machine, kept in the cache folder.

Confocal images are smooth structures with Poisson noise, scaled so that deflate level 1 after a horizontal predictor
leaves 50 to 65 % of the bytes, as it does of real ones.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[Any]
SEED = 20261121


def smooth(rng: np.random.Generator, height: int, width: int, *, grain: int) -> Plane:
    """Smooth structures in 0 to 1, some ``grain`` pixels wide: a coarse random grid, interpolated linearly."""
    coarse = rng.random((height // grain + 2, width // grain + 2), np.float32) ** 3
    return _stretch(height, grain) @ coarse @ _stretch(width, grain).T


def _stretch(size: int, grain: int) -> Plane:
    """Matrix that interpolates a grid of ``grain`` pixels to single ones."""
    where = np.arange(size, dtype=np.float32) / grain
    left = where.astype(np.intp)
    matrix = np.zeros((size, size // grain + 2), np.float32)
    matrix[np.arange(size), left] = 1 - (where - left)
    matrix[np.arange(size), left + 1] = where - left
    return matrix


def confocal_plane(number: int, height: int, width: int) -> Plane:
    """uint16 plane of a confocal stack: up to 180 photons on a dark ground, gain 4, offset 100, noise of reading."""
    rng = np.random.default_rng((SEED, number))
    photons = rng.poisson(4 + 180 * smooth(rng, height, width, grain=48)).astype(np.uint16)
    return photons * np.uint16(4) + np.uint16(97) + rng.integers(0, 7, photons.shape, np.uint16)


def slide_rows(top: int, rows: int, width: int) -> Plane:
    """RGB rows of a stained section: pale ground, violet structures, the noise of a camera."""
    rng = np.random.default_rng((SEED, 7, top))
    tissue = smooth(rng, rows, width, grain=64)[..., None]
    pale, stained = np.float32([238, 232, 240]), np.float32([120, 60, 150])
    colour = pale + (stained - pale) * np.minimum(1, 2 * tissue)
    noise = rng.integers(-3, 4, colour.shape, dtype=np.int8)
    return np.clip(colour + noise, 0, 255).astype(np.uint8)


def made(path: Path, write: Callable[[Path], None], *, told: bool = True) -> Path:
    """The file, written now if it is not there; a writer that was stopped leaves nothing under its name."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        if told:
            print(f"  makes {path.name}", flush=True)
        partial = path.with_name(f"partial-{os.getpid()}-{path.name}")
        try:
            write(partial)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    return path


def ome_description(name: str, *, channels: int, slices: int, height: int, width: int, dtype: str) -> str:
    """OME-XML such as an instrument writes: sizes, channels, an objective, a time for every plane, and who did it."""
    planes = "".join(
        f'<Plane TheC="{c}" TheT="0" TheZ="{z}" DeltaT="{c * slices + z}.5" ExposureTime="0.05"/>'
        for c in range(channels)
        for z in range(slices)
    )
    channel = "".join(
        f'<Channel ID="Channel:0:{c}" Name="channel {c}" SamplesPerPixel="1" EmissionWavelength="{480 + 40 * c}"/>'
        for c in range(channels)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        '<Experimenter ID="Experimenter:0" FirstName="Ottilie" LastName="Fassbinder" '
        'Email="ottilie.fassbinder@example.org" Institution="Institute of Examples" UserName="ofassbinder"/>'
        '<Instrument ID="Instrument:0"><Microscope Manufacturer="Example" Model="Benchmark"/>'
        '<Objective ID="Objective:0" NominalMagnification="63" LensNA="1.4"/></Instrument>'
        f'<Image ID="Image:0" Name="{name}"><AcquisitionDate>2026-11-01T12:00:00</AcquisitionDate>'
        r"<Description>D:\Users\ofassbinder\2026-11-01\mouse 12\field</Description>"
        '<ExperimenterRef ID="Experimenter:0"/><InstrumentRef ID="Instrument:0"/>'
        '<ObjectiveSettings ID="Objective:0"/>'
        f'<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="{dtype}" SizeX="{width}" SizeY="{height}" '
        f'SizeZ="{slices}" SizeC="{channels}" SizeT="1" PhysicalSizeX="0.1" PhysicalSizeY="0.1" PhysicalSizeZ="0.3">'
        f"{channel}<TiffData/>{planes}</Pixels></Image></OME>"
    )


def write_ome(
    path: Path, planes: Iterator[Plane], *, channels: int, slices: int, height: int, width: int, **options: Any
) -> None:
    """Write uint16 planes, channel slowest, as OME-TIFF; ``options`` are tifffile's."""
    import tifffile

    text = ome_description(
        path.name.split("-", 2)[-1], channels=channels, slices=slices, height=height, width=width, dtype="uint16"
    )
    size = channels * slices * height * width * 2
    with tifffile.TiffWriter(path, bigtiff=size > 4_000_000_000) as tiff:
        for number, plane in enumerate(planes):
            description = text.encode() if number == 0 else None
            tiff.write(
                plane, description=description, metadata=None, contiguous=False, photometric="minisblack", **options
            )


def confocal_stack(cache: Path, *, channels: int, slices: int, edge: int = 2048) -> Path:
    """Uncompressed OME-TIFF of a confocal stack."""
    name = f"stack-{channels}x{slices}x{edge}.ome.tiff"
    planes = (confocal_plane(number, edge, edge) for number in range(channels * slices))
    return made(
        cache / name,
        lambda path: write_ome(path, planes, channels=channels, slices=slices, height=edge, width=edge),
    )


def czi_stack(cache: Path, source: Path, *, channels: int, slices: int, compression: str) -> Path:
    """CZI of an OME-TIFF's planes, written by libCZI; ``compression``: ``uncompressed:`` or ``zstd1:...``."""

    def write(path: Path) -> None:
        import tifffile
        from pylibCZIrw import czi

        with tifffile.TiffFile(source) as tiff, czi.create_czi(str(path), compression_options=compression) as out:
            for number, page in enumerate(tiff.pages):
                c, z = divmod(number, slices)
                out.write(page.asarray()[..., None], plane={"T": 0, "C": c, "Z": z})
            names = {c: f"channel {c}" for c in range(channels)}
            out.write_metadata("benchmark", channel_names=names, scale_x=1e-7, scale_y=1e-7, scale_z=3e-7)

    kind = compression.partition(":")[0]
    return made(cache / f"{source.name.removesuffix('.ome.tiff')}-{kind}.czi", write)


def large_planes(cache: Path, *, edge: int) -> Path:
    """Two large uint16 planes, made of confocal fields side by side, as uncompressed OME-TIFF."""

    def planes() -> Iterator[Plane]:
        for number in range(2):
            plane = np.empty((edge, edge), np.uint16)
            for at, (y, x) in enumerate((y, x) for y in range(0, edge, 2048) for x in range(0, edge, 2048)):
                plane[y : y + 2048, x : x + 2048] = confocal_plane(1000 * number + at % 8, 2048, 2048)[
                    : min(2048, edge - y), : min(2048, edge - x)
                ]
            yield plane

    return made(
        cache / f"planes-2x{edge}.ome.tiff",
        lambda path: write_ome(path, planes(), channels=1, slices=2, height=edge, width=edge, rowsperstrip=64),
    )


def rgb_slide(cache: Path, *, edge: int) -> Path:
    """A slide as tiled, uncompressed RGB TIFF of one level."""

    def write(path: Path) -> None:
        import tifffile

        def tiles() -> Iterator[Plane]:
            for top in range(0, edge, 512):
                rows = slide_rows(top, 512, -(-edge // 512) * 512)
                yield from (np.ascontiguousarray(rows[:, x : x + 512]) for x in range(0, edge, 512))

        tifffile.imwrite(
            path,
            tiles(),
            shape=(edge, edge, 3),
            dtype=np.uint8,
            tile=(512, 512),
            photometric="rgb",
            metadata=None,
            resolution=(40000, 40000),
            resolutionunit="CENTIMETER",
            software=False,
        )

    return made(cache / f"slide-{edge}.tiff", write)


def small_files(cache: Path, *, count: int, edge: int = 512, channels: int = 3) -> list[Path]:
    """Many small OME-TIFFs, each of other pixels."""
    folder = cache / f"small-{channels}x{edge}"

    def one(number: int) -> Path:
        planes = (confocal_plane(10_000 + number * channels + c, edge, edge) for c in range(channels))
        return made(
            folder / f"field{number:05d}.ome.tiff",
            lambda path: write_ome(path, planes, channels=channels, slices=1, height=edge, width=edge),
            told=number % 500 == 0,
        )

    return [one(number) for number in range(count)]


def plain_stack(cache: Path, *, planes: int, edge: int) -> Path:
    """A very large image that takes little room: strips of one colour a plane, compressed."""
    source = (np.full((edge, edge), number + 1, np.uint16) for number in range(planes))
    return made(
        cache / f"plain-{planes}x{edge}.ome.tiff",
        lambda path: write_ome(
            path, source, channels=1, slices=planes, height=edge, width=edge, compression="zlib", rowsperstrip=64
        ),
    )
