"""Hamamatsu NDPI wider than JPEG can say: one JPEG strip of restart intervals, its size left out of its header."""

import io
import os
import struct
from contextlib import ExitStack, closing

import numpy as np
import pytest
from PIL import Image

from fixative.findings import RefusedSample
from fixative.readers.opening import open_backend
from fixative.readers.options import Request

INTERVAL_X, INTERVAL_Y = 1024, 8
LONGEST_JPEG_PX = 65500


def jpeg_parts(pixels):
    """Header to the scan, header of the scan, entropy-coded data, and the pixels as libjpeg decodes them."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=90, subsampling=0)
    content = stream.getvalue()
    scan = content.index(b"\xff\xda")
    end = scan + 2 + int.from_bytes(content[scan + 2 : scan + 4], "big")
    return content[:scan], content[scan:end], content[end:-2], np.asarray(Image.open(stream))


def strip(size_y, size_x, parts):
    """One JPEG of all intervals, and where each begins in it."""
    header, scan, *_ = parts[0]
    frame = header.index(b"\xff\xc0") + 5
    stated = (size_y, size_x) if size_x <= LONGEST_JPEG_PX else (0, 0)
    header = header[:frame] + struct.pack(">HH", *stated) + header[frame + 4 :]
    content = header + b"\xff\xdd\0\x04" + struct.pack(">H", INTERVAL_X // 8) + scan
    starts = []
    for number, (_, _, data, _) in enumerate(parts):
        starts.append(len(content))
        last = number == len(parts) - 1
        content += data + (b"\xff\xd9" if last else bytes([0xFF, 0xD0 + number % 8]))
    return content, starts


def ndpi(path, across, down):
    """Write a slide of one level; returns its pixels."""
    noise = np.random.default_rng(0).integers(0, 256, (down * across, INTERVAL_Y, INTERVAL_X // 8, 3), np.uint8)
    parts = [jpeg_parts(tile.repeat(8, axis=1)) for tile in noise]
    size_y, size_x = down * INTERVAL_Y, across * INTERVAL_X
    content, starts = strip(size_y, size_x, parts)
    first, far = 16, 16 + len(content) + len(content) % 2
    beyond = b""

    def away(data):
        nonlocal beyond
        place = far + len(beyond)
        beyond += data + bytes(len(data) % 2)
        return place

    (lens,) = struct.unpack("<I", struct.pack("<f", 40))
    resolution = struct.pack("<II", 40000, 1)
    tags = [
        (256, 4, 1, size_x),
        (257, 4, 1, size_y),
        (258, 3, 3, away(struct.pack("<3H", 8, 8, 8))),
        (259, 3, 1, 7),
        (262, 3, 1, 6),
        (271, 2, 10, away(b"Hamamatsu\0")),
        (272, 2, 6, away(b"C9600\0")),
        (273, 4, 1, first),
        (277, 3, 1, 3),
        (278, 4, 1, size_y),
        (279, 4, 1, len(content)),
        (282, 5, 1, away(resolution)),
        (283, 5, 1, away(resolution)),
        (296, 3, 1, 3),
        (305, 2, 9, away(b"NDP.scan\0")),
        (65420, 4, 1, 1),
        (65421, 11, 1, lens),
        (65422, 9, 1, 0),
        (65423, 9, 1, 0),
        (65424, 9, 1, 0),
        (65426, 4, len(starts), away(struct.pack(f"<{len(starts)}I", *starts))),
    ]
    directory = far + len(beyond)
    head = (b"II*\0" + struct.pack("<Q", directory)).ljust(first, b"\0")
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    # NDPI's offsets have 64 bits: those of the directories at once, the upper halves of the values behind them.
    table = struct.pack("<H", len(tags)) + entries + bytes(8 + 4 * len(tags))
    path.write_bytes((head + content).ljust(far, b"\0") + beyond + table)
    rows = [
        np.concatenate([part[3] for part in parts[at : at + across]], axis=1) for at in range(0, len(parts), across)
    ]
    return np.concatenate(rows)


@pytest.fixture
def open_with():
    """Open a slide with one backend; what was opened is closed after the test."""
    with ExitStack() as opened:

        def open_one(path, backend):
            return opened.enter_context(closing(open_backend(Request(path, "ndpi", backend))))

        yield open_one


@pytest.mark.parametrize("backend", ["tifffile", "openslide"])
@pytest.mark.parametrize("across", [3, 70])
def test_a_slide_wider_than_65535_pixels_is_read_as_any_other(open_with, tmp_path, backend, across):
    expected = ndpi(tmp_path / "slide.ndpi", across, 3)

    reader = open_with(tmp_path / "slide.ndpi", backend)
    info = reader.images[0]

    assert (info.size_y, info.size_x, info.samples) == expected.shape
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 0, 0, 24, info.size_x), expected)
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 5, info.size_x - 1500, 13, 1321), expected[5:18, -1500:-179])


@pytest.mark.parametrize("backend", ["tifffile", "openslide"])
def test_a_level_that_is_not_stored_is_not_listed(open_with, tmp_path, backend):
    ndpi(tmp_path / "slide.ndpi", 3, 3)

    assert open_with(tmp_path / "slide.ndpi", backend).images[0].levels == ()


@pytest.mark.parametrize("backend", ["tifffile", "openslide"])
@pytest.mark.parametrize("kept", [0.6, 0.9])
def test_a_slide_cut_short_is_refused(open_with, tmp_path, backend, kept):
    path = tmp_path / "slide.ndpi"
    ndpi(path, 3, 3)
    os.truncate(path, int(path.stat().st_size * kept))

    with pytest.raises(RefusedSample):
        open_with(path, backend)
