"""Native resolution levels: those that are listed are those that the file stores, pixel for pixel."""

import struct
from contextlib import ExitStack, closing

import imagecodecs
import numpy as np
import pytest
import tifffile
import zarr
from pylibCZIrw import czi as pylibczirw

from fixative.findings import RefusedSample
from fixative.readers.levels import is_reduced
from fixative.readers.opening import open_backend
from fixative.readers.options import Request

RANDOM = np.random.default_rng(23)


@pytest.fixture
def open_with():
    """Open a source with one backend; what was opened is closed after the test."""
    with ExitStack() as opened:

        def open_one(path, fmt, backend):
            return opened.enter_context(closing(open_backend(Request(path, fmt, backend))))

        yield open_one


def values(*shape, dtype="uint16"):
    return RANDOM.integers(1, 255, shape).astype(dtype)


def code_of(read):
    """Code of the refusal that reading ends in."""
    with pytest.raises(RefusedSample) as caught:
        read()
    return caught.value.code


def ome_tiff(path, data, smaller, **options):
    """An OME-TIFF whose levels are SubIFDs of the full pages."""
    axes = options.pop("axes")
    with tifffile.TiffWriter(path, ome=True) as out:
        out.write(data, subifds=len(smaller), metadata={"axes": axes}, **options)
        for level in smaller:
            out.write(level, subfiletype=1, **options)
    return path


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_levels_of_an_ome_tiff_are_its_subifds(open_with, tmp_path, compression):
    data, half, quarter = values(2, 3, 201, 150), values(2, 3, 100, 75), values(2, 3, 50, 37)
    path = ome_tiff(
        tmp_path / "image.ome.tif", data, [half, quarter], axes="CZYX", tile=(32, 32), compression=compression
    )

    reader = open_with(path, "ome_tiff", "tifffile")

    assert reader.images[0].levels == ((201, 150), (100, 75), (50, 37))
    assert np.array_equal(reader.read_region(0, 0, 1, 2, 0, 0, 100, 75, 1), half[1, 2])
    assert np.array_equal(reader.read_region(0, 0, 0, 1, 33, 7, 51, 41, 1), half[0, 1, 33:84, 7:48])
    assert np.array_equal(reader.read_region(0, 0, 1, 0, 49, 36, 1, 1, 2), quarter[1, 0, 49:, 36:])
    assert np.array_equal(reader.read_region(0, 0, 1, 2, 5, 3, 99, 77), data[1, 2, 5:104, 3:80])


@pytest.mark.parametrize("planarconfig", ["contig", "separate"])
def test_levels_of_an_rgb_image_are_rgb(open_with, tmp_path, planarconfig):
    shapes = [(3, 120, 90), (3, 60, 45)] if planarconfig == "separate" else [(120, 90, 3), (60, 45, 3)]
    data, half = (values(*shape, dtype="uint8") for shape in shapes)
    axes = "CYX" if planarconfig == "separate" else "YXS"
    options = {"axes": axes, "tile": (32, 32), "photometric": "rgb", "planarconfig": planarconfig}
    path = ome_tiff(tmp_path / "image.ome.tif", data, [half], **options)

    found = open_with(path, "ome_tiff", "tifffile").read_region(0, 0, 0, 0, 11, 13, 30, 20, 1)

    expected = np.moveaxis(half, 0, -1) if planarconfig == "separate" else half
    assert np.array_equal(found, expected[11:41, 13:33])


def test_a_subifd_of_another_shape_or_type_is_no_level(open_with, tmp_path):
    path, data = tmp_path / "image.ome.tif", values(200, 160)
    with tifffile.TiffWriter(path, ome=True) as out:
        out.write(data, subifds=3, tile=(32, 32))
        out.write(values(100, 80, dtype="uint8"), subfiletype=1, tile=(32, 32))
        out.write(values(90, 60), subfiletype=1, tile=(32, 32))
        out.write(values(50, 40), subfiletype=1, tile=(32, 32))

    reader = open_with(path, "ome_tiff", "tifffile")

    assert reader.images[0].levels == ((200, 160), (50, 40))


def test_a_label_is_never_a_level(open_with, tmp_path):
    path, description = tmp_path / "slide.svs", "Aperio Image Library v11 \r\n{}x{}|MPP = 0.5"
    slide, thumbnail, half = values(300, 402, 3, dtype="uint8"), values(60, 80, 3, dtype="uint8"), values(150, 201, 3)
    half = half.astype("uint8")
    with tifffile.TiffWriter(path) as out:
        out.write(slide, tile=(64, 64), description=description.format(402, 300), photometric="rgb", metadata=None)
        out.write(thumbnail, description=description.format(80, 60), photometric="rgb", metadata=None)
        out.write(half, tile=(64, 64), description=description.format(201, 150), photometric="rgb", metadata=None)
        out.write(thumbnail, description="Aperio\r\nlabel 80x60", photometric="rgb", metadata=None, subfiletype=1)

    reader = open_with(path, "svs", "tifffile")

    assert reader.images[0].levels == ((300, 402), (150, 201))
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 7, 9, 100, 90, 1), half[7:107, 9:99])
    assert [image.kind for image in reader.images] == ["image", "thumbnail", "label"]


@pytest.mark.parametrize(
    ("full", "size", "expected"),
    [
        ((2967, 2220), (1483, 1110), True),
        ((32914, 46000), (2057, 2875), True),
        ((2967, 2220), (463, 387), False),
        ((100, 100), (100, 100), False),
        ((100, 100), (120, 90), False),
        ((7, 3), (3, 1), True),
        ((5, 100), (1, 12), True),
    ],
)
def test_a_level_has_the_shape_of_the_image(full, size, expected):
    assert is_reduced(full, full, size) is expected


def pyramid_czi(path, full, reduced, factor, *, tiles=1, shift=0):
    """A CZI whose second layer stands for ``factor`` times its pixels; pylibCZIrw writes none: sizes are patched."""
    height, width = reduced.shape
    step = width // tiles
    with pylibczirw.create_czi(str(path)) as out:
        out.write(full, location=(100, 50))
        for tile in range(tiles):
            part = reduced[:, tile * step : (tile + 1) * step]
            out.write(np.ascontiguousarray(part), location=(100 + shift + tile * step * factor, 50))
    content = path.read_bytes()
    for name, starts, size in (
        (b"X", [100 + shift + n * step * factor for n in range(tiles)], step),
        (b"Y", [50], height),
    ):
        for start in starts:
            written = struct.pack("<4siifi", name, start, size, 0.0, size)
            assert written in content
            content = content.replace(written, struct.pack("<4siifi", name, start, size * factor, 0.0, size))
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("tiles", [1, 2])
def test_a_level_of_a_czi_is_the_one_that_is_stored(open_with, tmp_path, factor, tiles):
    reduced = values(33, 48)
    full = values(33 * factor, 48 * factor)
    path = pyramid_czi(tmp_path / "image.czi", full, reduced, factor, tiles=tiles)

    reader = open_with(path, "czi", "pylibCZIrw")

    assert reader.images[0].levels == ((33 * factor, 48 * factor), (33, 48))
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 0, 0, 33, 48, 1), reduced)
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 5, 17, 21, 29, 1), reduced[5:26, 17:46])
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 5, 17, 21, 29), full[5:26, 17:46])


def test_a_level_of_a_czi_that_would_be_resampled_is_not_listed(open_with, tmp_path):
    path = pyramid_czi(tmp_path / "image.czi", values(66, 96), values(33, 48), 2, shift=1)

    assert open_with(path, "czi", "pylibCZIrw").images[0].levels == ()


def test_a_level_of_a_czi_that_covers_a_part_is_not_listed(open_with, tmp_path):
    path = pyramid_czi(tmp_path / "image.czi", values(66, 96), values(33, 24), 2)

    assert open_with(path, "czi", "pylibCZIrw").images[0].levels == ()


@pytest.mark.corpus
def test_the_level_of_a_real_czi_is_its_stored_tile(open_with, corpus):
    path = corpus / "copyleft/czi/WellD6_S1.czi"
    content, (height, width) = path.read_bytes(), (220, 272)
    segment = content.index(b"ZISRAWSUBBLOCK")
    (metadata,) = struct.unpack_from("<i", content, segment + 32)
    expected = np.frombuffer(content, "<u2", height * width, segment + 32 + 256 + metadata).reshape(height, width)

    reader = open_with(path, "czi", "pylibCZIrw")

    assert reader.images[0].levels == ((440, 544), (height, width))
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 3, 5, 201, 203, 1), expected[3:204, 5:208])


@pytest.fixture
def pyramid_zarr(tmp_path):
    """An OME-Zarr with levels of which two hold the same planes, and its arrays."""
    arrays = [values(2, 4, 81, 60), values(2, 4, 41, 30), values(2, 2, 20, 15), values(2, 4, 10, 8)]
    group = zarr.create_group(tmp_path / "image.zarr")
    for number, data in enumerate(arrays):
        group.create_array(str(number), data=data, chunks=(1, 1, 16, 16))
    axes = [{"name": name} for name in "czyx"]
    scales = [{"axes": axes, "datasets": [{"path": str(number)} for number in range(len(arrays))]}]
    group.attrs["ome"] = {"version": "0.5", "multiscales": scales}
    return tmp_path / "image.zarr", arrays


@pytest.mark.parametrize("backend", ["zarr", "tensorstore"])
def test_levels_of_an_ome_zarr_are_the_arrays_that_hold_the_same_planes(open_with, pyramid_zarr, backend):
    path, arrays = pyramid_zarr

    reader = open_with(path, "ome_zarr", backend)

    assert reader.images[0].levels == ((81, 60), (41, 30), (10, 8))
    assert np.array_equal(reader.read_region(0, 0, 1, 3, 0, 0, 41, 30, 1), arrays[1][1, 3])
    assert np.array_equal(reader.read_region(0, 0, 1, 3, 17, 3, 20, 19, 1), arrays[1][1, 3, 17:37, 3:22])
    assert np.array_equal(reader.read_region(0, 0, 0, 2, 1, 1, 9, 7, 2), arrays[3][0, 2, 1:, 1:])


def test_a_level_out_of_range_is_refused_by_every_reader(open_with, tmp_path, pyramid_zarr):
    tifffile.imwrite(tmp_path / "image.tif", values(20, 30))
    (tmp_path / "image.png").write_bytes(imagecodecs.png_encode(values(20, 30, dtype="uint8")))
    with pylibczirw.create_czi(str(tmp_path / "image.czi")) as out:
        out.write(values(20, 30))
    sources = [
        ("image.tif", "tiff", "tifffile"),
        ("image.png", "png", "imagecodecs"),
        ("image.czi", "czi", "pylibCZIrw"),
        ("image.zarr", "ome_zarr", "zarr"),
        ("image.zarr", "ome_zarr", "tensorstore"),
    ]

    readers = [open_with(tmp_path / name, fmt, backend) for name, fmt, backend in sources]

    assert {code_of(lambda one=one: one.read_region(0, 0, 0, 0, 0, 0, 1, 1, 3)) for one in readers} == {"CNV003"}
    assert {code_of(lambda one=one: one.read_region(0, 0, 0, 0, 0, 0, 1, 1, -1)) for one in readers} == {"CNV003"}


def test_a_region_that_leaves_the_image_is_refused_by_every_reader(open_with, tmp_path):
    tifffile.imwrite(tmp_path / "image.tif", values(20, 30))
    (tmp_path / "image.png").write_bytes(imagecodecs.png_encode(values(20, 30, dtype="uint8")))
    with pylibczirw.create_czi(str(tmp_path / "image.czi")) as out:
        out.write(values(20, 30))
    sources = [
        ("image.tif", "tiff", "tifffile"),
        ("image.png", "png", "imagecodecs"),
        ("image.czi", "czi", "pylibCZIrw"),
    ]

    readers = [open_with(tmp_path / name, fmt, backend) for name, fmt, backend in sources]

    assert {code_of(lambda one=one: one.read_region(0, 0, 0, 0, 10, 0, 11, 30)) for one in readers} == {"CNV003"}


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "fmt", "backend"),
    [
        ("copyleft/lif/testdata_2channel_xz.lif", "lif", "liffile"),
        ("nd2/example-timelapse.nd2", "nd2", "nd2"),
    ],
)
def test_a_second_level_of_a_format_without_levels_is_refused(open_with, corpus, name, fmt, backend):
    reader = open_with(corpus / name, fmt, backend)

    assert code_of(lambda: reader.read_region(0, 0, 0, 0, 0, 0, 1, 1, 1)) == "CNV003"


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name",
    [
        "ndpi/test3-DAPI-2-(387).ndpi",
        "tiff/commons_BigTIFFSubIFD8.tif",
        "tiff/test_orient6.tif",
        "tiff/pillow_tiff_strip_planar_raw_with_overviews.tif",
    ],
)
def test_levels_of_real_tiffs_are_those_that_tifffile_decodes(open_with, corpus, name):
    reader = open_with(corpus / name, "tiff", "tifffile")
    info = reader.images[0]
    with tifffile.TiffFile(corpus / name) as tif:
        stored = {level.keyframe.shaped[2:4]: level.pages[0].asarray() for level in tif.series[0].levels}

    found = [reader.read_region(0, 0, 0, 0, 0, 0, *size, level) for level, size in enumerate(info.levels)]

    expected = [stored[size] for size in info.levels]
    expected = [np.moveaxis(one, 0, -1) if one.ndim == 3 and one.shape[0] == 3 else one for one in expected]
    assert len(found) >= 2
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
