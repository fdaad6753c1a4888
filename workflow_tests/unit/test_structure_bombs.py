"""What bounds bombs lets honest files pass, however badly they compress; and names a bomb as what it is."""

import itertools
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import tensorstore
import tifffile

from fixative.findings import RefusedSample
from fixative.readers.tiff.bombs import refuse_bomb
from fixative.structure.tiff import check_tiff
from fixative.structure.zarr import check_zarr
from fixative.structure.zarr_chunks import Inside
from hostile import HOSTILE

RANDOM = np.random.default_rng(3)
NOISE = RANDOM.integers(0, 2**16, (256, 384), dtype=np.uint16)
BLANK = np.full_like(NOISE, 7)
BYTES_CODEC = {"name": "bytes", "configuration": {"endian": "little"}}
CODECS_V2 = {
    "zlib": {"id": "zlib", "level": 5},
    "gzip": {"id": "gzip", "level": 5},
    "bz2": {"id": "bz2", "level": 5},
    "zstd": {"id": "zstd", "level": 19},
    "blosc": {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1},
    "none": None,
}
CODECS_V3 = {
    "gzip": [BYTES_CODEC, {"name": "gzip", "configuration": {"level": 5}}],
    "zstd and a check sum": [BYTES_CODEC, {"name": "zstd", "configuration": {"level": 3}}, {"name": "crc32c"}],
    "blosc": [BYTES_CODEC, {"name": "blosc", "configuration": {"cname": "zstd", "clevel": 5, "shuffle": "shuffle"}}],
    "none": [BYTES_CODEC],
}


def stored(path, pixels, driver, metadata):
    kvstore = {"driver": "file", "path": str(path / "0")}
    array = tensorstore.open({"driver": driver, "kvstore": kvstore, "metadata": metadata}, create=True).result()
    array[...] = pixels
    return path


def sharded(codecs, place):
    index = [BYTES_CODEC, {"name": "crc32c"}]
    inner = {"chunk_shape": [32, 64], "codecs": codecs, "index_codecs": index, "index_location": place}
    return [{"name": "sharding_indexed", "configuration": inner}]


def v3(codecs):
    grid = {"name": "regular", "configuration": {"chunk_shape": [128, 192]}}
    return {"shape": [256, 384], "data_type": "uint16", "chunk_grid": grid, "codecs": codecs}


@pytest.mark.parametrize("compression", ["zlib", "zstd", "lzw", "packbits", "lzma"])
@pytest.mark.parametrize("pixels", [NOISE, BLANK], ids=["noise", "blank"])
def test_a_tiff_may_compress_badly_or_very_well(tmp_path, compression, pixels):
    tifffile.imwrite(tmp_path / "a.tif", pixels, compression=compression, tile=(64, 64))

    assert check_tiff(tmp_path / "a.tif", "tiff", []).promised_planes == 1


@pytest.mark.parametrize("codec", CODECS_V2)
@pytest.mark.parametrize("pixels", [NOISE, BLANK], ids=["noise", "blank"])
def test_a_zarr_2_store_may_compress_badly_or_very_well(tmp_path, codec, pixels):
    metadata = {"shape": [256, 384], "chunks": [100, 384], "dtype": "<u2", "compressor": CODECS_V2[codec]}

    store = stored(tmp_path / "a.zarr", pixels, "zarr", metadata)

    assert check_zarr(store, "ome_zarr", []).checked


@pytest.mark.parametrize(("codec", "place"), list(itertools.product(CODECS_V3, ["start", "end", "not sharded"])))
@pytest.mark.parametrize("pixels", [NOISE, BLANK], ids=["noise", "blank"])
def test_a_zarr_3_store_may_compress_badly_or_very_well(tmp_path, codec, place, pixels):
    codecs = CODECS_V3[codec] if place == "not sharded" else sharded(CODECS_V3[codec], place)

    store = stored(tmp_path / "a.zarr", pixels, "zarr3", v3(codecs))

    assert check_zarr(store, "ome_zarr", []).checked


@pytest.mark.parametrize("codec", ["gzip", "zlib", "bz2", "lzma", "zstd"])
def test_a_chunk_is_inflated_no_further_than_it_promises(tmp_path, codec):
    encode = {"gzip": "gzip_encode", "zlib": "zlib_encode", "bz2": "bz2_encode", "lzma": "lzma_encode"}
    noise = RANDOM.integers(0, 2**8, 100_000, dtype=np.uint8).tobytes()
    content = noise + bytes(8 << 20)
    (tmp_path / "chunk").write_bytes(getattr(imagecodecs, encode.get(codec, "zstd_encode"))(content))

    with pytest.raises(RefusedSample, match="inflated to more than the 200000 bytes"):
        Inside(codec, 200_000).check(tmp_path / "chunk", "chunk 0")
    Inside(codec, len(content)).check(tmp_path / "chunk", "chunk 0")


def test_frames_of_zstd_may_follow_one_another_and_are_added_up(tmp_path):
    skipped = struct.pack("<II", 0x184D2A50, 3) + b"abc"
    (tmp_path / "chunk").write_bytes((imagecodecs.zstd_encode(bytes(100_000)) + skipped) * 3)

    with pytest.raises(RefusedSample, match="INV005"):
        Inside("zstd", 200_000).check(tmp_path / "chunk", "chunk 0")
    Inside("zstd", 300_000).check(tmp_path / "chunk", "chunk 0")


LIKELY = [
    name for name in HOSTILE if name.endswith("of-a-likely-length") and not name.startswith(("zarr", "tiff-lzw"))
]


@pytest.mark.parametrize("name", LIKELY)
def test_a_tiff_bomb_of_a_likely_length_is_called_so_when_it_is_opened(tmp_path, name):
    from fixative.readers.opening import open_source

    path = HOSTILE[name].write(tmp_path)

    with pytest.raises(RefusedSample, match="holds more than twice as many") as refused:
        open_source(path, "tiff")
    assert refused.value.code == "INV005"


NO_BOMBS = {
    "damaged": b"\x78\xda" + bytes(64),
    "too short": zlib.compress(bytes(1000)),
    "filled up": zlib.compress(NOISE.tobytes() + bytes(50_000)),
    "as promised": zlib.compress(NOISE.tobytes()),
}


@pytest.mark.parametrize("name", NO_BOMBS)
def test_a_strip_that_is_damaged_or_filled_up_is_no_bomb(tmp_path, name):
    tifffile.imwrite(tmp_path / "a.tif", NOISE, compression="zlib", rowsperstrip=256)

    with tifffile.TiffFile(tmp_path / "a.tif") as tif:
        refuse_bomb(tif.pages.first, NO_BOMBS[name])
