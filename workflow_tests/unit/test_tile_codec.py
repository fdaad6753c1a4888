"""Tiles are deflated so that anybody inflates them, and to the same bytes on every machine of one architecture."""

import hashlib
import platform
import zlib

import numpy as np
import pytest

from fixative.image.codec import TileCodec

OF_X86_64 = {
    1: "f71af9189d629c62aa0158e88cbbc4f562346f6c5bd363b02dad5ce95f8833ad",
    2: "65398cbb66bf17a53f716fc4691a57db2c1f1e1fe9ee1b8acfcc56fca5b01007",
}


def tile(dtype="uint16", samples=()):
    """Smooth, noisy and blank parts, the same whatever the version of numpy."""
    y, x = np.mgrid[:256, :256]
    noise = (x * 2654435761 + y * 40503) >> 7 & 15
    values = np.where(y < 200, 1000 + x * 3 + y + noise, 0)
    return np.ascontiguousarray(np.broadcast_to(values[..., None], (256, 256, *(samples or (1,))))).astype(dtype)[
        ..., slice(None) if samples else 0
    ]


def codec(encoder, level=1):
    return TileCodec("deflate", level, 2, 256, encoder)


@pytest.mark.parametrize(("encoder", "level"), [("isa-l", 1), ("isa-l", 2), ("libdeflate", 1), ("libdeflate", 12)])
@pytest.mark.parametrize(("dtype", "samples"), [("uint8", (3,)), ("uint16", ()), ("int32", ())])
def test_a_deflated_tile_is_inflated_by_python_s_own_zlib(encoder, level, dtype, samples):
    pixels = tile(dtype, samples)

    inflated = zlib.decompress(codec(encoder, level).encode(pixels)[0])

    differences = np.frombuffer(inflated, pixels.dtype).reshape(pixels.shape)
    assert np.array_equal(np.cumsum(differences, axis=1, dtype=pixels.dtype), pixels)


def test_a_tile_that_lies_otherwise_in_memory_gives_the_same_bytes():
    pixels = tile()
    wide, swapped = np.zeros((256, 600), np.uint16), pixels.astype(">u2")
    wide[:, 100:356] = pixels

    found = {bytes(codec("isa-l").encode(given)[0]) for given in (pixels, wide[:, 100:356], swapped)}

    assert len(found) == 1


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the digests are of x86-64; ARM gives others")
@pytest.mark.parametrize("level", [1, 2])
def test_isa_l_gives_the_bytes_that_it_has_always_given(level):
    """As measured on emulated processors with SSE 4.2 and AVX2 and on one with AVX-512: docs/archive_profiles.md."""
    found = hashlib.sha256(codec("isa-l", level).encode(tile())[0]).hexdigest()

    assert found == OF_X86_64[level]
