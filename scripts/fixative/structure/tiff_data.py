"""Whether the strips and tiles that a TIFF directory promises lie within the file, whole."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fixative.findings import RefusedSample
from fixative.structure.tiff_ifd import Ifd, Tiff

WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
SAMPLES, ROWS_PER_STRIP, PLANAR = 277, 278, 284
STRIP_OFFSETS, STRIP_BYTES, TILE_OFFSETS, TILE_BYTES = 273, 279, 324, 325
TILE_WIDTH, TILE_LENGTH, DEPTH, TILE_DEPTH, SUBSAMPLING = 322, 323, 32997, 32998, 530
JPEG_OFFSET, JPEG_BYTES, LSM_INFO = 513, 514, 34412

UNCOMPRESSED, LZW, OLD_JPEG = 1, 5, 6
DEFLATE, PACKBITS, LZMA, ZSTD = (8, 32946), 32773, 34925, (34926, 50000)
SEPARATE, YCBCR = 2, 6
MAX_RATIO = {LZW: 3000, **dict.fromkeys(DEFLATE, 1100), PACKBITS: 64, **dict.fromkeys(ZSTD, 50_000)}
"""Decoded bytes that one stored byte can at most stand for: of zstd 32,768, a block of one value."""

MOST_STORED = {LZW: 2.0, **dict.fromkeys((*DEFLATE, PACKBITS, LZMA, *ZSTD), 1.25)}
"""Stored bytes that one decoded byte can at most need: noise in LZW takes 1.5. What is longer holds more than it
promises."""

STORED_MARGIN = 16 * 1024
"""Bytes that may be stored in addition: headers of the codec, what a writer fills up to a block of its own."""

MOST_SHARED = 64
"""Times that strips and tiles together may be as long as the file: some writers store one blank tile for all."""

ANY_RATIO = 1_000_000
"""The same for codecs without a sharp bound (a blank CCITT G4 row takes one bit)."""


@dataclass(frozen=True)
class Layout:
    """What one directory promises."""

    width: int
    length: int
    depth: int
    samples: int
    bits: int
    """Bits of one pixel of a segment: of all samples where they are interleaved, of one where not."""
    compression: int
    tiled: bool
    segments: int
    """Strips or tiles that the image is made of."""
    segment_rows: int
    segment_bytes: int
    """Decoded bytes of a whole strip or tile."""
    total_bytes: int
    """Decoded bytes of all segments."""
    per_plane: int
    last_bytes: int
    """Decoded bytes of the last strip of a plane (a tile is always whole)."""

    def bytes_of(self, segment: int) -> int:
        """Return the decoded bytes of one segment."""
        last = segment % self.per_plane == self.per_plane - 1
        return self.last_bytes if last else self.segment_bytes


@dataclass
class Stored:
    """What was found of one directory's pixels."""

    promised_bytes: int = 0
    present_bytes: int = 0
    unfolded_bytes: int = 0
    """Of all pixels once they are decoded."""
    absent_segments: int = 0
    segments: int = 0
    problem: RefusedSample | None = None


def layout_of(tiff: Tiff, ifd: Ifd) -> Layout:
    """Work out what a directory promises; no number of it is trusted to be small."""
    width, length = tiff.value(ifd, WIDTH, 0), tiff.value(ifd, LENGTH, 0)
    depth = max(1, tiff.value(ifd, DEPTH, 1))
    samples = max(1, tiff.value(ifd, SAMPLES, 1))
    compression = tiff.value(ifd, COMPRESSION, UNCOMPRESSED)
    separate = tiff.value(ifd, PLANAR, 1) == SEPARATE and samples > 1
    bits = _bits(tiff, ifd, samples, separate)
    photometric = tiff.value(ifd, PHOTOMETRIC, 1)
    subsampled = photometric == YCBCR and compression == UNCOMPRESSED and not separate
    down = (tiff.values(ifd, SUBSAMPLING) or (2, 2)) if subsampled and samples == 3 else (1, 1)
    tiled = TILE_OFFSETS in ifd.entries
    if tiled:
        across, rows = tiff.value(ifd, TILE_WIDTH, 0), tiff.value(ifd, TILE_LENGTH, 0)
        layers = max(1, tiff.value(ifd, TILE_DEPTH, 1))
    else:
        across, rows, layers = width, tiff.value(ifd, ROWS_PER_STRIP, length), 1
        rows = min(rows, length) or length
    if min(width, length, across, rows) < 1:
        raise RefusedSample("INV005", reason=f"{ifd.where} promises pixels but no size ({width} x {length})")
    columns, strips = -(-width // across), -(-length // rows)
    per_plane = columns * strips * -(-depth // layers)
    segments = per_plane * (samples if separate else 1)
    whole = layers * _block_bytes(across, rows, bits, down)
    last = whole if tiled else _block_bytes(across, length - (strips - 1) * rows, bits, down)
    if not tiled and depth > 1:
        last = whole
    total = (segments // per_plane) * ((per_plane - 1) * whole + last)
    return Layout(
        width=width,
        length=length,
        depth=depth,
        samples=samples,
        bits=bits,
        compression=compression,
        tiled=tiled,
        segments=segments,
        segment_rows=rows,
        segment_bytes=whole,
        total_bytes=total,
        per_plane=per_plane,
        last_bytes=last,
    )


def check_data(tiff: Tiff, ifd: Ifd) -> Stored:
    """Compare the segments that a directory promises with the file.

    Returns
    -------
    Stored
        With ``problem`` where something is missing; never raises.
    """
    stored = Stored()
    try:
        _check(tiff, ifd, stored)
    except RefusedSample as problem:
        stored.problem = problem
    return stored


def whole_planes(tiff: Tiff, ifd: Ifd) -> tuple[bool, ...]:
    """Whether each plane of a directory lies within the file, whole: several where samples are stored apart.

    Returns
    -------
    tuple of bool
        Empty where the directory cannot be read; never raises.
    """
    if ifd.problem is not None:
        return ()
    try:
        layout = layout_of(tiff, ifd)
        offsets = tiff.values(ifd, TILE_OFFSETS if layout.tiled else STRIP_OFFSETS)
        counts = _byte_counts(tiff, ifd, layout, offsets)
    except RefusedSample:
        return ()
    if layout.compression == OLD_JPEG or min(len(offsets), len(counts)) < layout.segments:
        return (check_data(tiff, ifd).problem is None,)
    exact = layout.compression == UNCOMPRESSED
    found = []
    for first in range(0, layout.segments, layout.per_plane):
        numbers = range(first, first + layout.per_plane)
        whole = all(
            counts[n] == 0
            or (tiff.window.holds(offsets[n], counts[n]) and not (exact and counts[n] < layout.bytes_of(n)))
            for n in numbers
        )
        # Blank segments may be left out, all of a plane's are not.
        found.append(whole and any(counts[n] for n in numbers))
    return tuple(found)


def _check(tiff: Tiff, ifd: Ifd, stored: Stored) -> None:
    if JPEG_OFFSET in ifd.entries and tiff.value(ifd, COMPRESSION, 1) in (OLD_JPEG, UNCOMPRESSED):
        # A bare JPEG stream (TIFF 6.0, section 22, or an EXIF thumbnail): strips, if any, point into it.
        size = tiff.value(ifd, JPEG_BYTES, 0)
        tiff.window.require(tiff.value(ifd, JPEG_OFFSET, 0), size, f"{ifd.where} JPEG stream")
        stored.promised_bytes = stored.present_bytes = size
    if not {STRIP_OFFSETS, TILE_OFFSETS} & ifd.entries.keys():
        if JPEG_OFFSET not in ifd.entries and {WIDTH, LENGTH} <= ifd.entries.keys():
            raise RefusedSample("INV004", promised="pixels", present="none", where=f"{ifd.where}: no strips or tiles")
        return
    layout = layout_of(tiff, ifd)
    offsets = tiff.values(ifd, TILE_OFFSETS if layout.tiled else STRIP_OFFSETS)
    counts = _byte_counts(tiff, ifd, layout, offsets)
    stored.segments, stored.unfolded_bytes = layout.segments, layout.total_bytes
    if layout.compression != OLD_JPEG and len(offsets) < layout.segments:
        kind = "tiles" if layout.tiled else "strips"
        raise RefusedSample(
            "INV004", promised=f"{layout.segments} {kind}", present=f"{len(offsets)}", where=ifd.where
        )
    for problem in _segments(tiff, ifd, layout, offsets, counts, stored):
        raise problem
    if stored.present_bytes > MOST_SHARED * tiff.window.bytes:
        raise RefusedSample("INV005", reason=f"strips or tiles of {ifd.where} lie on top of each other")
    if layout.compression != OLD_JPEG:
        _plausible(ifd, layout, stored)


def _segments(
    tiff: Tiff, ifd: Ifd, layout: Layout, offsets: Sequence[int], counts: Sequence[int], stored: Stored
) -> Iterator[RefusedSample]:
    """Refusals of segments that are not in the file; fills ``stored``."""
    exact = layout.compression == UNCOMPRESSED
    size = tiff.window.bytes
    most = layout.segment_bytes * MOST_STORED.get(layout.compression, math.inf) + STORED_MARGIN
    for number in range(min(len(offsets), max(layout.segments, 1))):
        offset, count = offsets[number], counts[number]
        needed = layout.bytes_of(number) if exact else count
        stored.promised_bytes += max(needed, count)
        if count == 0:
            # Sparse: GDAL, Philips and others store nothing for a blank tile or strip.
            stored.absent_segments += 1
            stored.promised_bytes -= max(needed, count)
            continue
        stored.present_bytes += max(0, min(count, size - offset))
        name = f"{ifd.where} {'tile' if layout.tiled else 'strip'} {number}"
        if offset + count > size or offset < 8:
            yield (
                tiff.window.outside(offset, count, name)
                if offset >= 8
                else RefusedSample("INV005", reason=f"{name} lies in the header")
            )
        elif count < needed:
            yield RefusedSample("INV004", promised=f"{needed} bytes", present=f"{count}", where=name)
        elif count > most:
            yield RefusedSample("INV005", reason=f"{name} stores {count} bytes, more than what it promises can need")
    if stored.absent_segments and stored.absent_segments >= layout.segments:
        yield RefusedSample("INV004", promised=f"{layout.segments} strips or tiles", present="0", where=ifd.where)


def _plausible(ifd: Ifd, layout: Layout, stored: Stored) -> None:
    """Refuse a size that the stored bytes cannot hold under any use of the codec."""
    ratio = MAX_RATIO.get(layout.compression, ANY_RATIO)
    held = stored.absent_segments * layout.segment_bytes + ratio * (stored.present_bytes + 64)
    if layout.compression != UNCOMPRESSED and layout.total_bytes > held:
        raise RefusedSample(
            "INV005",
            reason=f"{ifd.where} promises {layout.width} x {layout.length} px, "
            f"which {stored.present_bytes} stored bytes cannot hold",
        )


def _byte_counts(tiff: Tiff, ifd: Ifd, layout: Layout, offsets: Sequence[int]) -> Sequence[int]:
    """Return the stored bytes of each segment; where the file does not say, what readers assume."""
    counts = tiff.values(ifd, TILE_BYTES if layout.tiled else STRIP_BYTES)
    if not counts and layout.tiled:
        counts = tiff.values(ifd, STRIP_BYTES)
    lsm_compressed = layout.compression == LZW and LSM_INFO in ifd.entries
    missing = len(counts) < len(offsets) or (len(offsets) == 1 and not any(counts) and any(offsets))
    if not missing and not lsm_compressed:
        return counts
    if layout.compression == UNCOMPRESSED:
        return tuple(layout.bytes_of(number) for number in range(min(len(offsets), layout.segments)))
    # Compressed segments of unknown length (LSM states the uncompressed one): only their start is known.
    return (1,) * len(offsets)


def _bits(tiff: Tiff, ifd: Ifd, samples: int, separate: bool) -> int:
    bits = tiff.values(ifd, BITS) or (1,)
    if separate:
        return bits[0]
    return sum(bits) if len(bits) == samples else bits[0] * samples


def _block_bytes(width: int, rows: int, bits: int, down: Sequence[int]) -> int:
    across, along = max(1, down[0]), max(1, down[1] if len(down) > 1 else 1)
    if (across, along) == (1, 1):
        return rows * -(-width * bits // 8)
    # YCbCr data units: across x along luma samples and one of each chroma.
    units = -(-width // across) * -(-rows // along)
    return units * -(-(across * along + 2) * bits // 24)
