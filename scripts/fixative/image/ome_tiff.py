"""The archived image: a pyramidal, lossless OME-TIFF in tiles (rarely strips), written in one pass over the source.

OME-TIFF: https://docs.openmicroscopy.org/ome-model/latest/ome-tiff/specification.html. Levels are SubIFDs of the
full-size page, NewSubfileType 1, factor 2. Planes stand in the file image by image, T slowest, then C, then Z.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.archive_profile import OmeTiff
from fixative.findings import RefusedSample
from fixative.image.codec import TAG_VALUE, TileCodec, strip_rows
from fixative.image.display import resolution_tags
from fixative.image.levels import Levels, bands, blank_bands, levels_of, native_bands
from fixative.image.plane_writer import Level, PlaneWriter
from fixative.image.seen import Seen
from fixative.image.tiff_file import ASCII, CLASSIC_LIMIT, LONG, LONG8, SHORT, Ifd, TiffFile, Value
from fixative.pixel_models import ImagePixels, LevelPixels, Pixels, PlaneDigest, planes_present
from fixative.plane_digests import root_digest
from fixative.readers.protocol import ImageInfo, Reader
from fixative.sampled_histogram import Sampler

Rows = npt.NDArray[Any]
Tags = Mapping[int, tuple[int, bytes]]
"""Code to TIFF type and value, little-endian."""

_PHOTOMETRIC = {"miniswhite": 0, "minisblack": 1, "rgb": 2, "palette": 3, "separated": 5, "cielab": 8}
_COLOURS = {"rgb": 3, "separated": 4, "cielab": 3}
_SAMPLE_FORMAT = {"u": 1, "b": 1, "i": 2, "f": 3, "c": 6}


@dataclass(frozen=True)
class Written:
    """What was written: every plane's digest, and small channel images for a thumbnail."""

    pixels: Pixels
    preview: list[Rows]
    shown: int | None
    """Image that the preview is of; None where it is nothing but a label, which no thumbnail shows."""
    sampler: Sampler
    """Samples of the planes as the reader gave them."""


def write_ome_tiff(
    reader: Reader,
    path: Path,
    *,
    ome_xml: bytes,
    options: OmeTiff,
    threads: int,
    resolutions: list[tuple[float, float] | None],
    advance: Callable[[int, int], None],
    carried: Sequence[Tags] = (),
) -> Written:
    """Write every plane of every image that ``reader`` offers.

    Parameters
    ----------
    path
        Must not exist; on any failure it is removed.
    ome_xml
        The finished document, TiffData included; stands verbatim in the first page.
    resolutions
        For each image, pixels per centimetre in X and Y, or None where the source states no pixel size.
    advance
        Called with the planes and the bytes of pixels done since the last call.
    carried
        Tags that each full-size directory has from the source (`geo_tags`); empty where there are none.

    Raises
    ------
    RefusedSample
        CNV001, CNV003 from the reader; CNV002 for a type OME cannot name.
    """
    tags_bytes = sum(len(value) + 64 for tags in carried for _, value in tags.values())
    tiff = TiffFile(path, big=_promised_bytes(reader.images, options) + tags_bytes > CLASSIC_LIMIT)
    try:
        with ThreadPoolExecutor(threads) as pool:
            ifds, images, seen = _write_images(reader, tiff, pool, options, threads, resolutions, advance)
        for ifd, tags in zip(ifds, carried, strict=bool(carried)):
            ifd.tags.update(tags)
        ifds[0].tags[270] = (ASCII, ome_xml)
        tiff.finish(ifds)
    except BaseException:
        tiff.close()
        path.unlink(missing_ok=True)
        raise
    pixels = Pixels(root_sha256=root_digest(images), images=tuple(images))
    return Written(pixels, seen.preview.planes(), _shown(reader.images), seen.sampler)


def _write_images(
    reader: Reader,
    tiff: TiffFile,
    pool: ThreadPoolExecutor,
    options: OmeTiff,
    threads: int,
    resolutions: list[tuple[float, float] | None],
    advance: Callable[[int, int], None],
) -> tuple[list[Ifd], list[ImagePixels], Seen]:
    ifds: list[Ifd] = []
    images: list[ImagePixels] = []
    if all(image.planes == len(image.left_out) for image in reader.images):
        raise RefusedSample("CNV003", expected="at least one plane", found="none", where="the whole file")
    seen = Seen(_shown(reader.images))
    for image, resolution in zip(reader.images, resolutions, strict=True):
        levels = levels_of(image, options)
        full = levels.sizes[0]
        seen.image(image, levels.sizes)
        codec = TileCodec.for_dtype(
            image.dtype,
            compression=options.codec,
            level=options.level,
            encoder=options.deflate_encoder,
            predictor=options.predictor and image.photometric != "palette",
            tile_px=options.tile_px,
            pictures=levels.how != "nearest" and image.samples in (1, 3),
        )
        writer = PlaneWriter(
            tiff,
            pool,
            codec,
            sizes=levels.sizes,
            downsampling=levels.how,
            most_pending=4 * threads,
            observe=seen.band,
        )
        pages = [_page_tags(image, size, codec, resolution, number) for number, size in enumerate(levels.sizes)]
        digests: list[list[PlaneDigest]] = [[] for _ in levels.sizes]
        for place in planes_present(image.size_t, image.size_c, image.size_z, image.left_out):
            seen.plane(place)
            rows = bands(reader, image, place, full, options.tile_px, advance=advance)
            native = native_bands(reader, image, levels, place, options.tile_px)
            written = writer.write(rows, dtype=image.dtype, samples=image.samples, native=native)
            ifds.append(_directory(written, pages, tiff.big))
            t, c, z = place
            for found, level in zip(digests, written, strict=True):
                found.append(PlaneDigest(t=t, c=c, z=z, sha256=level.digest.hexdigest()))
            advance(1, 0)
        if image.left_out:
            seen.plane(None)
            blank = {n: blank_bands(image, levels.sizes[n], options.tile_px) for n in (0, *levels.native)}
            written = writer.write(blank.pop(0), dtype=image.dtype, samples=image.samples, native=blank)
            ifds.append(_directory(written, pages, tiff.big))
        images.append(_image_pixels(image, levels, digests))
    return ifds, images, seen


def _shown(images: Sequence[ImageInfo]) -> int | None:
    """The image that the thumbnail is of: the first that has a plane, associated ones last, a label never."""
    rank = {"image": 0, "thumbnail": 1, "macro": 2}
    fit = [image for image in images if image.planes > len(image.left_out) and image.kind in rank]
    return min(fit, key=lambda image: (rank[image.kind], image.index)).index if fit else None


def _directory(levels: list[Level], pages: list[dict[int, tuple[int, Value]]], big: bool) -> Ifd:
    """Directory of one plane, with those of its smaller levels as SubIFDs."""
    offsets = LONG8 if big else LONG
    full, *smaller = (Ifd(level.tags(offsets), shared=page) for level, page in zip(levels, pages, strict=True))
    full.subifds = smaller
    return full


def _page_tags(
    image: ImageInfo,
    size: tuple[int, int],
    codec: TileCodec,
    resolution: tuple[float, float] | None,
    number: int,
) -> dict[int, tuple[int, Value]]:
    """Tags that all planes of an image have at one level (TIFF 6.0)."""
    dtype = np.dtype(image.dtype)
    bits = 1 if dtype.kind == "b" else dtype.itemsize * 8
    photometric = image.photometric
    # Floats have no largest value to be black: Bio-Formats, told so, turns their bits over.
    if (photometric == "palette" and image.palette is None) or (photometric == "miniswhite" and dtype.kind in "fc"):
        photometric = "minisblack"
    tags: dict[int, tuple[int, Value]] = {
        254: (LONG, 1 if number else 0),
        256: (LONG, size[1]),
        257: (LONG, size[0]),
        258: (SHORT, [bits] * image.samples),
        259: (SHORT, TAG_VALUE[codec.compression]),
        262: (SHORT, _PHOTOMETRIC[photometric]),
        277: (SHORT, image.samples),
        284: (SHORT, 1),
        339: (SHORT, [_SAMPLE_FORMAT[dtype.kind]] * image.samples),
    }
    if rows := strip_rows(image.dtype, *size, samples=image.samples, tile_px=codec.tile_px):
        tags[278] = (LONG, min(rows, size[0]))
    else:
        tags |= {322: (LONG, codec.tile_px), 323: (LONG, codec.tile_px)}
    if codec.predictor != 1:
        tags[317] = (SHORT, codec.predictor)
    if extra := image.samples - _COLOURS.get(photometric, 1):
        stated = (*image.extra_samples, *([0] * extra))[:extra]
        tags[338] = (SHORT, stated)
    if photometric == "palette" and image.palette is not None:
        tags[320] = (SHORT, image.palette.reshape(-1))
    return tags | resolution_tags(resolution, number)


def _image_pixels(image: ImageInfo, levels: Levels, digests: list[list[PlaneDigest]]) -> ImagePixels:
    return ImagePixels(
        index=image.index,
        dtype=image.dtype,
        size_t=image.size_t,
        size_c=image.size_c,
        size_z=image.size_z,
        size_y=image.size_y,
        size_x=image.size_x,
        samples=image.samples,
        downsampling=levels.made,
        absent=tuple(sorted(image.absent)),
        unimaged_px=image.unimaged_px,
        missing=tuple(sorted(image.missing)),
        levels=tuple(
            LevelPixels(
                level=number,
                size_y=y,
                size_x=x,
                from_source=number in levels.native,
                planes=tuple(digests[number]),
            )
            for number, (y, x) in enumerate(levels.sizes)
        ),
    )


def _promised_bytes(images: Sequence[ImageInfo], options: OmeTiff) -> int:
    """Bytes that the file can at most have: pixels uncompressed, tiles padded, a third more for the levels."""
    total = 0
    for image in images:
        edge = options.tile_px
        padded = -(-image.size_y // edge) * edge * -(-image.size_x // edge) * edge
        plane = padded * image.samples * np.dtype(image.dtype).itemsize
        total += image.planes * (plane + plane // 2 + 4096)
    return total
