"""Bio-Formats as a reader: values against other libraries, regions, what a file no longer holds, metadata."""

import shutil
import threading
import zipfile

import numpy as np
import pytest
import tifffile

from fixative.findings import RefusedSample
from fixative.readers.bioformats.buffer import FIRST, doubtful
from fixative.readers.bioformats.catalogue import EXCLUDED, all_readers, recognised_by, used_files
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request

OPTIONS = ReaderOptions()


def opened(path, fmt="tiff", options=OPTIONS):
    return open_backend(Request(path, fmt, "bioformats", options))


def whole(reader, image=0, plane=(0, 0, 0)):
    info = reader.images[image]
    return reader.read_region(image, *plane, 0, 0, info.size_y, info.size_x)


@pytest.fixture
def ramp(tmp_path):
    """A TIFF of one plane of 16 bits and a size that no block divides, and its values."""
    values = np.random.default_rng(1).integers(0, 4000, (211, 307), dtype=np.uint16)
    path = tmp_path / "ramp.tif"
    tifffile.imwrite(path, values)
    return path, values


def written(path, values, **settings):
    tifffile.imwrite(path, values, **settings)
    return path


@pytest.mark.parametrize("name", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_values_and_types_are_the_source_s(tmp_path, name, order):
    values = (np.random.default_rng(2).random((37, 53)) * 200 - (60 if name[0] != "u" else 0)).astype(name)
    path = written(tmp_path / "a.tif", values, byteorder=order, metadata=None)

    reader = opened(path)

    assert reader.images[0].dtype == name
    assert reader.images[0].byte_order == ("little" if order == "<" else "big")
    assert np.array_equal(whole(reader), values)
    assert whole(reader).dtype.isnative


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_samples_come_last_in_the_order_red_green_blue(tmp_path, planar):
    values = np.random.default_rng(3).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    stored = values if planar == "contig" else values.transpose(2, 0, 1)
    path = written(tmp_path / "a.tif", stored, photometric="rgb", planarconfig=planar)

    reader = opened(path)

    assert (reader.images[0].samples, reader.images[0].size_c, reader.images[0].photometric) == (3, 1, "rgb")
    assert np.array_equal(whole(reader), values)
    assert whole(reader).flags.c_contiguous


def test_a_palette_stays_a_palette(tmp_path):
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    colours = np.random.default_rng(4).integers(0, 255, (3, 256), dtype=np.uint16) * 257
    path = written(tmp_path / "a.tif", values, photometric="palette", colormap=colours)

    reader = opened(path)

    assert reader.images[0].photometric == "palette"
    assert np.array_equal(reader.images[0].palette, colours)
    assert np.array_equal(whole(reader), values)


@pytest.mark.parametrize("region", [(0, 0, 211, 307), (13, 17, 64, 65), (210, 306, 1, 1), (7, 0, 33, 307)])
def test_a_region_is_that_part_of_the_plane(ramp, region):
    path, values = ramp
    y, x, height, width = region

    found = opened(path).read_region(0, 0, 0, 0, y, x, height, width)

    assert np.array_equal(found, values[y : y + height, x : x + width])


def test_what_was_read_stays_when_more_is_read(ramp):
    path, values = ramp
    reader = opened(path)

    first = reader.read_region(0, 0, 0, 0, 0, 0, 100, 100)
    reader.read_region(0, 0, 0, 0, 100, 100, 100, 100)

    assert np.array_equal(first, values[:100, :100])


def test_a_region_beyond_the_share_of_the_heap_is_read_in_parts(ramp):
    path, values = ramp
    reader = opened(path)
    reader._limit = 1000

    assert np.array_equal(whole(reader), values)


def test_levels_of_a_pyramid_are_read(tmp_path):
    values = np.random.default_rng(5).integers(0, 255, (256, 320), dtype=np.uint8)
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as writer:
        writer.write(values, tile=(64, 64), subifds=1)
        writer.write(values[::2, ::2], tile=(64, 64), subfiletype=1)

    reader = opened(path, "ome_tiff")

    assert reader.images[0].levels == ((256, 320), (128, 160))
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 3, 5, 100, 99, level=1), values[::2, ::2][3:103, 5:104])
    assert np.array_equal(whole(reader), values)


def test_planes_are_found_by_time_channel_and_depth(tmp_path):
    values = np.random.default_rng(6).integers(0, 9999, (2, 3, 4, 20, 30), dtype=np.uint16)
    path = written(tmp_path / "a.ome.tif", values, metadata={"axes": "TZCYX"})

    reader = opened(path, "ome_tiff")

    assert (reader.images[0].size_t, reader.images[0].size_c, reader.images[0].size_z) == (2, 4, 3)
    assert np.array_equal(whole(reader, plane=(1, 3, 2)), values[1, 2, 3])


def test_a_neighbour_with_a_similar_name_is_no_part_of_a_plain_tiff(tmp_path):
    values = np.ones((20, 30), np.uint8)
    for number in range(3):
        written(tmp_path / f"scan_z{number}.tif", values)

    reader = opened(tmp_path / "scan_z1.tif")

    assert reader.files() == [tmp_path / "scan_z1.tif"]
    assert reader.images[0].planes == 1


def test_nothing_is_written_beside_the_source(ramp):
    path, _ = ramp
    reader = opened(path)
    whole(reader)
    reader.close()

    assert list(path.parent.iterdir()) == [path]


def test_the_metadata_tell_no_private_folder(ramp):
    path, _ = ramp
    reader = opened(path)

    text = f"{reader.vendor_metadata()} {reader.ome_xml()}"

    assert "fixative-java" not in text
    assert reader.vendor_metadata()["bioformats"]["global"]["ImageWidth"] == 307
    assert 'SizeX="307"' in reader.ome_xml()


def test_a_thread_of_its_own_may_read(ramp):
    path, values = ramp
    reader, found = opened(path), []

    thread = threading.Thread(target=lambda: found.append(whole(reader)))
    thread.start()
    thread.join()

    assert np.array_equal(found[0], values)


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "packbits"])
@pytest.mark.parametrize("missing", [1, 40, 20000])
def test_a_tiff_that_ends_within_its_pixels_is_refused_or_lacks_no_pixel(tmp_path, compression, missing):
    values = np.random.default_rng(7).integers(0, 65535, (200, 300), dtype=np.uint16)
    path = written(tmp_path / "a.tif", values, compression=compression, metadata=None)
    content = path.read_bytes()
    (tmp_path / "cut.tif").write_bytes(content[:-missing])

    try:
        found = whole(opened(tmp_path / "cut.tif"))
    except RefusedSample as refusal:
        assert refusal.code in {"CNV001", "MET001"}
    else:
        # The last byte of LZW and of deflate belongs to no pixel.
        assert (missing, compression) in {(1, "lzw"), (1, "zlib")}
        assert np.array_equal(found, values)


def mrc(values):
    """Smallest MRC file: a header of 1,024 bytes, then rows from the bottom up."""
    header = np.zeros(256, np.int32)
    header[:4] = values.shape[2], values.shape[1], values.shape[0], 2
    header[7:10] = values.shape[2], values.shape[1], values.shape[0]
    header[16:19] = 1, 2, 3
    header[52] = int.from_bytes(b"MAP ", "little")
    header[53] = 0x4144
    return header.tobytes() + values.astype("<f4").tobytes()


@pytest.mark.parametrize("missing", [1, 30, 3000])
def test_an_uncompressed_file_that_ends_early_is_refused_where_rows_are_turned(tmp_path, missing):
    values = np.random.default_rng(8).random((3, 41, 43))
    path = tmp_path / "a.mrc"
    path.write_bytes(mrc(values)[:-missing])

    with pytest.raises(RefusedSample) as refusal:
        whole(opened(path, "mrc"), plane=(0, 0, 2))

    assert refusal.value.code == "CNV001"
    assert "end" in refusal.value.message


def test_a_plane_of_the_filler_s_own_values_is_no_refusal(tmp_path):
    values = np.frombuffer(FIRST * 50_000, dtype=np.uint16).reshape(250, 200)
    path = written(tmp_path / "a.tif", values)

    assert np.array_equal(whole(opened(path)), values)


@pytest.mark.parametrize("change", [lambda a: a, lambda a: a[:, ::-1], lambda a: a[::-1], lambda a: ~a])
@pytest.mark.parametrize("unwritten", [1, 2, 15, 16, 5000])
def test_a_part_that_was_never_written_is_doubted_whatever_was_moved(change, unwritten):
    row, rows = 334, 100
    found = np.random.default_rng(9).integers(0, 100, row * rows, dtype=np.uint8)
    filler = np.frombuffer(FIRST * (found.size // 2), dtype=np.uint8)
    found[-unwritten:] = filler[-unwritten:]

    turned = np.ascontiguousarray(change(found.reshape(rows, row))).reshape(-1)

    assert doubtful(turned, row, 2)


def test_a_written_region_is_not_read_twice():
    found = np.full(10_000, 100, np.uint8)

    assert not doubtful(found, 100, 1)


def test_readers_that_follow_other_files_or_make_images_up_are_left_out():
    names = [name for name, *_ in all_readers(OPTIONS)]

    assert len(names) >= 150
    assert not set(names) & EXCLUDED.keys()
    assert {"ZeissCZIReader", "TiffDelegateReader", "GatanReader"} <= set(names)


def test_a_file_is_recognised_by_its_content(tmp_path, ramp):
    disguised = tmp_path / "a.czi"
    shutil.copy(ramp[0], disguised)
    (tmp_path / "table.csv").write_text("1,2\n3,4\n")

    assert recognised_by(ramp[0], OPTIONS) == "TiffDelegateReader"
    assert recognised_by(disguised, OPTIONS) == "TiffDelegateReader"
    assert recognised_by(tmp_path / "table.csv", OPTIONS) is None


def test_an_archive_is_not_looked_into(tmp_path, ramp):
    with zipfile.ZipFile(tmp_path / "scans.zip", "w") as archive:
        archive.write(ramp[0], "ramp.tif")

    assert recognised_by(tmp_path / "scans.zip", OPTIONS) is None


def test_the_files_of_a_set_are_named_as_the_source_is(tmp_path, monkeypatch):
    header = "\t\nics_version\t1.0\nfilename\tscan\nlayout\tparameters\t3\nlayout\torder\tbits\tx\ty\n"
    header += "layout\tsizes\t8\t4\t3\nlayout\tcoordinates\tvideo\nlayout\tsignificant_bits\t8\n"
    header += "representation\tformat\tinteger\nrepresentation\tsign\tunsigned\n"
    header += "representation\tcompression\tuncompressed\nrepresentation\tbyte_order\t1\n"
    (tmp_path / "scan.ics").write_text(header)
    (tmp_path / "scan.ids").write_bytes(bytes(range(12)))
    monkeypatch.chdir(tmp_path)
    source = tmp_path.relative_to(tmp_path) / "scan.ics"

    assert used_files(source, OPTIONS) == [source, source.with_suffix(".ids")]
    assert np.array_equal(whole(opened(source, "ics")), np.arange(12, dtype=np.uint8).reshape(3, 4))


def test_fits_without_a_picture_is_handed_over_and_does_not_hang(tmp_path):
    cards = [f"{name:<8}= {value:>20}" for name, value in (("SIMPLE", "T"), ("BITPIX", 8), ("NAXIS", 0))]
    (tmp_path / "a.fits").write_bytes("".join(f"{card:<80}" for card in [*cards, "END"]).ljust(2880).encode())

    with pytest.raises(RefusedSample) as refusal:
        opened(tmp_path / "a.fits", "fits")

    assert refusal.value.code == "MET001"


CORPUS_PAIRS = [
    ("copyleft/czi/CellDivision_T3_Z5_CH2_X240_Y170_comp1.czi", "czi", "pylibCZIrw"),
    ("nd2/example-timelapse.nd2", "nd2", "nd2"),
    ("lsm/spectral golgi.lsm", "lsm", "tifffile"),
    ("ome_tiff/FLIM-modulo-sample_2013-06.ome.tif", "ome_tiff", "tifffile"),
    ("hcs/ImageXpress_9987_Plate_3435/TimePoint_1/9987_B02_s1_w1.TIF", "metaxpress", "tifffile"),
    ("ndpi/test3-DAPI-2-(387).ndpi", "ndpi", "tifffile"),
]


@pytest.mark.corpus
@pytest.mark.parametrize(("name", "fmt", "native"), CORPUS_PAIRS)
def test_the_planes_of_real_files_are_those_of_their_own_libraries(corpus, name, fmt, native):
    ours = opened(corpus / name, fmt)
    theirs = open_backend(Request(corpus / name, fmt, native, OPTIONS))

    planes = [(info.index, (info.size_t - 1, info.size_c - 1, info.size_z - 1)) for info in theirs.images]

    equal = [np.array_equal(whole(ours, *at), whole(theirs, *at)) for at in planes]
    theirs.close()
    assert all(equal)
    assert ours.files() == [corpus / name]


@pytest.mark.corpus
def test_scenes_of_one_file_stay_together_though_its_neighbours_are_hidden(corpus):
    reader = opened(corpus / "copyleft/czi/S3_1Pos_2Mosaic_T1_Z1_CH1.czi", "czi")

    assert [(info.size_y, info.size_x) for info in reader.images] == [(122, 295), (64, 64), (237, 352)]


@pytest.mark.corpus
def test_label_and_macro_of_a_slide_are_told_apart(corpus):
    reader = opened(corpus / "svs/CMU-1-Small-Region.svs", "svs")

    assert [info.kind for info in reader.images] == ["image", "label", "macro"]


@pytest.mark.corpus
def test_a_modulo_axis_is_named(corpus):
    reader = opened(corpus / "ome_tiff/FLIM-modulo-sample_2013-06.ome.tif", "ome_tiff")

    assert reader.images[0].folded == {"lifetime": "C"}


@pytest.mark.corpus
@pytest.mark.parametrize("share", [0.6, 0.9])
@pytest.mark.parametrize(
    ("name", "fmt"),
    [
        ("copyleft/czi/CellDivision_T3_Z5_CH2_X240_Y170.czi", "czi"),
        ("lsm/spectral golgi.lsm", "lsm"),
        ("spe/spestack_test.spe", "spe"),
        ("mrc/EMD-3197.map", "mrc"),
        ("dicom_wsi/sm_image.dcm", "dicom"),
        ("copyleft/em/20241021_00405_movie.mrc", "mrc"),
    ],
)
def test_a_truncated_copy_of_a_real_file_is_refused(corpus, tmp_path, name, fmt, share):
    content = (corpus / name).read_bytes()
    path = tmp_path / "cut"
    path = path.with_suffix((corpus / name).suffix)
    path.write_bytes(content[: int(len(content) * share)])

    with pytest.raises(RefusedSample):
        read_all(path, fmt)


def read_all(path, fmt):
    reader = opened(path, fmt)
    for info in reader.images:
        for t, c, z in np.ndindex(info.size_t, info.size_c, info.size_z):
            whole(reader, info.index, (t, c, z))


@pytest.mark.corpus
def test_metadata_of_a_czi_come_whole_and_sorted(corpus):
    found = opened(corpus / "copyleft/czi/CellDivision_T3_Z5_CH2_X240_Y170.czi", "czi").vendor_metadata()

    table = found["bioformats"]["global"]
    assert len(table) > 11_000
    assert list(table) == sorted(table)
    assert found["bioformats"]["reader"] == "ZeissCZIReader"
