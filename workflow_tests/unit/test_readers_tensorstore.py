"""TensorStore as the second reader of Zarr: the same images, the same pixels, the same refusals."""

from contextlib import ExitStack, closing

import numcodecs
import numpy as np
import pytest
import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, ZstdCodec

from fixative.findings import RefusedSample
from fixative.readers.opening import open_backend
from fixative.readers.options import Request

RANDOM = np.random.default_rng(11)
DTYPES = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
DTYPES += ["float16", "float32", "float64", "complex64", "complex128"]
ZARR_2 = {
    "none": None,
    "zlib": numcodecs.Zlib(),
    "gzip": numcodecs.GZip(),
    "bz2": numcodecs.BZ2(),
    "zstd": numcodecs.Zstd(),
    "blosc-lz4": numcodecs.Blosc("lz4"),
    "blosc-zstd-bits": numcodecs.Blosc("zstd", shuffle=numcodecs.Blosc.BITSHUFFLE),
    "blosc-zlib": numcodecs.Blosc("zlib", shuffle=numcodecs.Blosc.NOSHUFFLE),
}
ZARR_3 = {
    "none": [],
    "gzip": [GzipCodec()],
    "zstd": [ZstdCodec()],
    "zstd-checksum": [ZstdCodec(checksum=True)],
    "blosc": [BloscCodec(cname="lz4")],
    "crc32c": [Crc32cCodec()],
    "gzip-crc32c": [GzipCodec(), Crc32cCodec()],
}


@pytest.fixture
def both():
    """Open a store with zarr-python and with TensorStore; both are closed after the test."""
    with ExitStack() as opened:

        def open_both(path, fmt="zarr"):
            return [
                opened.enter_context(closing(open_backend(Request(path, fmt, backend))))
                for backend in ("zarr", "tensorstore")
            ]

        yield open_both


def values(shape, dtype="uint16"):
    return RANDOM.integers(0, 2 if dtype == "bool" else 100, shape).astype(dtype)


def planes(reader):
    """Every plane of every level of every image."""
    return [
        reader.read_region(info.index, t, c, z, 0, 0, *size, level)
        for info in reader.images
        for level, size in enumerate(info.levels or ((info.size_y, info.size_x),))
        for t in range(info.size_t)
        for c in range(info.size_c)
        for z in range(info.size_z)
    ]


def same(readers):
    first, second = (planes(reader) for reader in readers)
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_is_read_as_it_is(both, tmp_path, dtype, zarr_format):
    data = values((2, 40, 50), dtype)
    zarr.create_array(tmp_path / "a.zarr", data=data, chunks=(1, 16, 16), zarr_format=zarr_format)

    readers = both(tmp_path / "a.zarr")

    # What OME has no type for arrives in one that holds it, whatever the reader.
    assert readers[1].images[0].dtype == {"float16": "float32", "int64": "int32", "uint64": "int32"}.get(dtype, dtype)
    assert np.array_equal(np.stack(planes(readers[1])), data)
    assert same(readers)


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("dtype", [">u2", ">f4", ">i8"])
def test_big_endian_values_are_read(both, tmp_path, dtype, zarr_format):
    data = values((40, 50)).astype(dtype)
    options = {"serializer": BytesCodec(endian="big")} if zarr_format == 3 else {}
    zarr.create_array(tmp_path / "a.zarr", data=data, chunks=(16, 16), zarr_format=zarr_format, **options)

    readers = both(tmp_path / "a.zarr")

    assert np.array_equal(planes(readers[1])[0], data)
    assert same(readers)


@pytest.mark.parametrize("separator", [".", "/"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("codec", ZARR_2)
def test_codecs_orders_and_separators_of_zarr_2(both, tmp_path, codec, order, separator):
    data = values((40, 50))
    zarr.create_array(
        tmp_path / "a.zarr",
        data=data,
        chunks=(16, 16),
        zarr_format=2,
        compressors=ZARR_2[codec],
        order=order,
        chunk_key_encoding={"name": "v2", "separator": separator},
    )

    readers = both(tmp_path / "a.zarr")

    assert np.array_equal(planes(readers[1])[0], data)
    assert same(readers)


@pytest.mark.parametrize("key", [{"name": "default", "separator": "/"}, {"name": "v2", "separator": "."}])
@pytest.mark.parametrize("shards", [None, (32, 32)])
@pytest.mark.parametrize("codec", ZARR_3)
def test_codecs_shards_and_separators_of_zarr_3(both, tmp_path, codec, shards, key):
    data = values((40, 50))
    zarr.create_array(
        tmp_path / "a.zarr",
        data=data,
        chunks=(16, 16),
        shards=shards,
        compressors=ZARR_3[codec],
        filters=[TransposeCodec(order=(1, 0))],
        chunk_key_encoding=key,
    )

    readers = both(tmp_path / "a.zarr")

    assert np.array_equal(planes(readers[1])[0], data)
    assert same(readers)


@pytest.mark.parametrize("codec", [numcodecs.LZ4(), numcodecs.LZMA()])
def test_a_codec_that_tensorstore_does_not_know_is_no_crash(both, tmp_path, codec):
    zarr.create_array(tmp_path / "a.zarr", data=values((40, 50)), chunks=(16, 16), zarr_format=2, compressors=codec)

    with pytest.raises(RefusedSample, match="MET001"):
        both(tmp_path / "a.zarr")


@pytest.mark.parametrize("reader", [0, 1])
def test_a_region_at_an_odd_place_of_an_image_with_x_before_y(both, tmp_path, reader):
    data = values((30, 3, 40))
    group = zarr.create_group(tmp_path / "a.zarr", zarr_format=2)
    group.create_array("0", data=data, chunks=(16, 1, 16))
    axes = [{"name": name} for name in "xzy"]
    group.attrs["multiscales"] = [{"axes": axes, "datasets": [{"path": "0"}]}]

    found = both(tmp_path / "a.zarr", "ome_zarr")[reader].read_region(0, 0, 0, 2, 7, 5, 21, 13)

    assert np.array_equal(found, data[5:18, 2, 7:28].T)
    assert found.flags.c_contiguous


@pytest.mark.parametrize("backend", ["zarr", "tensorstore"])
def test_a_missing_chunk_of_zarr_2_is_an_error(tmp_path, backend):
    zarr.create_array(tmp_path / "a.zarr", data=values((40, 50)) + 1, chunks=(16, 16), zarr_format=2)
    (tmp_path / "a.zarr" / "1.2").unlink()

    with pytest.raises(RefusedSample, match="INV004"):
        open_backend(Request(tmp_path / "a.zarr", "zarr", backend))


@pytest.mark.parametrize("shards", [None, (32, 32)])
def test_a_chunk_that_a_writer_of_zarr_3_left_out_is_its_fill_value_for_both(both, tmp_path, shards):
    data = values((64, 64)) + 1
    data[:16, :16] = 7
    array = zarr.create_array(
        tmp_path / "a.zarr", shape=(64, 64), dtype="uint16", chunks=(16, 16), shards=shards, fill_value=7
    )
    array[:] = data

    readers = both(tmp_path / "a.zarr")

    assert np.array_equal(planes(readers[0])[0], data)
    assert same(readers)


@pytest.mark.parametrize("backend", ["zarr", "tensorstore"])
@pytest.mark.parametrize("kept", [0.6, 0.9])
@pytest.mark.parametrize(
    "options",
    [
        *({"zarr_format": 2, "compressors": codec} for codec in ZARR_2.values()),
        *({"zarr_format": 3, "compressors": codec} for codec in ZARR_3.values()),
        {"zarr_format": 3, "shards": (64, 64)},
    ],
)
def test_a_chunk_cut_short_is_refused(tmp_path, backend, options, kept):
    path = tmp_path / "a.zarr"
    zarr.create_array(path, data=values((64, 64)) + 1, chunks=(32, 32), **options)
    chunk = max(path.rglob("*"), key=lambda file: (file.name not in ("zarr.json", ".zarray"), str(file)))
    chunk.write_bytes(chunk.read_bytes()[: int(chunk.stat().st_size * kept)])

    with pytest.raises(RefusedSample, match=r"CNV001|INV004"):
        open_backend(Request(path, "zarr", backend))


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_chunk_of_blosc_without_its_last_byte_is_refused(tmp_path, zarr_format):
    codec = numcodecs.Blosc() if zarr_format == 2 else [BloscCodec()]
    zarr.create_array(
        tmp_path / "a.zarr", data=values((64, 64)), chunks=(64, 64), zarr_format=zarr_format, compressors=codec
    )
    chunk = tmp_path / "a.zarr" / ("0.0" if zarr_format == 2 else "c/0/0")
    chunk.write_bytes(chunk.read_bytes()[:-1])

    with pytest.raises(RefusedSample, match="INV004"):
        open_backend(Request(tmp_path / "a.zarr", "zarr", "zarr"))


def test_both_are_other_code_bases_with_the_same_images_metadata_and_files(both, tmp_path):
    group = zarr.create_group(tmp_path / "a.zarr")
    group.create_array("0", data=values((2, 40, 50)), chunks=(1, 16, 16))
    group.create_array("1", data=values((2, 20, 25)), chunks=(1, 16, 16))
    scales = [{"axes": [{"name": n} for n in "cyx"], "datasets": [{"path": "0"}, {"path": "1"}], "name": "cells"}]
    group.attrs["ome"] = {"version": "0.5", "multiscales": scales}

    first, second = both(tmp_path / "a.zarr", "ome_zarr")

    assert first.library != second.library
    assert first.images == second.images
    assert first.vendor_metadata() == second.vendor_metadata()
    assert first.files() == second.files()
    assert same([first, second])


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["blobs_image_v04.ome.zarr", "camera.ome.zarr"])
def test_real_stores_are_read_alike(both, corpus, name):
    assert same(both(corpus / "ome_zarr" / name, "ome_zarr"))
