"""Electron microscopy through RosettaSciIO: what is stored is delivered, what is missing is refused."""

import gc
import io
import pickle
import struct
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from rsciio.blockfile import file_writer as write_blo
from rsciio.emd import file_writer as write_emd
from rsciio.hspy import file_writer as write_hspy
from rsciio.pantarhei import file_writer as write_prz
from rsciio.ripple import file_writer as write_ripple
from rsciio.semper import file_writer as write_semper
from rsciio.tvips import file_writer as write_tvips

from fixative.findings import RefusedSample
from fixative.ome.vendor.electron import rosettasciio as facts
from fixative.readers.electron.axes import layout
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request
from fixative.readers.protocol import Reader

SCAN = np.arange(2 * 3 * 8 * 8, dtype=np.uint8).reshape(2, 3, 8, 8)
EM = "copyleft/em"
REAL = {
    f"{EM}/08_carbon.dm3": "dm3",
    f"{EM}/Fei HAADF-DE_location.dm3": "dm3",
    f"{EM}/test_STEM_image.dm3": "dm3",
    f"{EM}/dmTest_3D_int16_64,65,66.dm4": "dm4",
    f"{EM}/test-23.dm4": "dm4",
    f"{EM}/test_fft_packed_complex8.dm4": "dm4",
    "em/nion_ref_T_0_2.dm4": "dm4",
    f"{EM}/64x64_TEM_images_acquire_1.ser": "ser",
    f"{EM}/Camera Ceta Imaging Micro.emd": "emd",
    f"{EM}/example_image.emd": "emd",
    f"{EM}/Hitachi_TM3030Plus.bcf": "bcf",
    f"{EM}/Elid2Version2.elid": "elid",
    f"{EM}/panta_rhei_sample.prz": "prz",
    f"{EM}/test2.blo": "blo",
    f"{EM}/test_tvips_2233_000.tvips": "tvips",
    f"{EM}/20241021_00405_movie.mrc": "mrc",
    f"{EM}/focus_mode.img": "hamamatsu_img",
    "mrc/EMD-3197.map": "mrc",
}
WHOLE_FOR_BIO_FORMATS = [
    name for name in REAL if name.endswith(("3", "4")) and "23.dm4" not in name and "fft" not in name
]


def opened(path: Path, fmt: str, memory_mb: int = 1000) -> Reader:
    return open_backend(Request(path, fmt, "rosettasciio", ReaderOptions(memory_mb=memory_mb)))


def plane(reader: Reader, image: int = 0, t: int = 0, c: int = 0, z: int = 0) -> np.ndarray:
    info = reader.images[image]
    return reader.read_region(image, t, c, z, 0, 0, info.size_y, info.size_x)


def refusal(path: Path, fmt: str, memory_mb: int = 1000) -> str:
    with pytest.raises(RefusedSample) as caught:
        opened(path, fmt, memory_mb)
    return caught.value.code


def axis(name: str, size: int, units: str = "", *, navigate: bool) -> dict[str, object]:
    return {"name": name, "size": size, "units": units, "scale": 1.0, "offset": 0.0, "navigate": navigate}


def signal(data: np.ndarray, axes: list[dict[str, object]]) -> dict[str, object]:
    axes = [one | {"index_in_array": n} for n, one in enumerate(axes)]
    described: dict[str, object] = {"metadata": {"General": {"title": "signal"}, "Signal": {"signal_type": ""}}}
    parts = ("original_metadata", "tmp_parameters", "learning_results", "package_info", "models")
    described |= {name: {} for name in parts} | {"attributes": {"_lazy": False}}
    return {"data": data, "axes": axes, **described}


def scanned(data: np.ndarray, units: str = "1/nm") -> dict[str, object]:
    names = (("y", "nm", True), ("x", "nm", True), ("dy", units, False), ("dx", units, False))
    axes = [axis(n, size, u, navigate=nav) for (n, u, nav), size in zip(names, data.shape, strict=True)]
    return signal(data, axes)


@pytest.fixture
def blo(tmp_path) -> Path:
    path = tmp_path / "scan.blo"
    write_blo(str(path), scanned(SCAN, "cm"), show_progressbar=False)
    return path


@pytest.fixture
def tvips(tmp_path) -> Path:
    path = tmp_path / "film_000.tvips"
    frames = np.arange(6 * 4 * 5, dtype=np.uint16).reshape(6, 4, 5)
    axes = [axis("t", 6, navigate=True), axis("y", 4, "nm", navigate=False), axis("x", 5, "nm", navigate=False)]
    write_tvips(str(path), signal(frames, axes), show_progressbar=False)
    return path


def ser(path: Path, frames: np.ndarray, *wanted: int) -> Path:
    """A TIA series of images; ``wanted`` are the sizes of its axes, as many frames were taken as there are."""
    total = int(np.prod(wanted))
    valid, height, width = frames.shape
    dimensions = b"".join(
        struct.pack("<IddII", size, 0.0, 1.0, 0, 6) + b"Number" + struct.pack("<I", 0) for size in wanted
    )
    table = 34 + len(dimensions)
    header = struct.pack("<HHHIIII", 0x4949, 0x197, 0x220, 0x4122, 0x4152, total, valid)
    header += struct.pack("<QI", table, len(wanted)) + dimensions
    start = table + 2 * total * 8
    body, offsets, tags = b"", [], []
    for frame in frames:
        offsets.append(start + len(body))
        body += struct.pack("<ddIddIHII", 0, 2e-9, 0, 0, 2e-9, 0, 2, width, height) + frame.astype("<u2").tobytes()
        tags.append(start + len(body))
        body += struct.pack("<HHI", 0x4152, 0, 1456073429)
    rest = [0] * (total - valid)
    path.write_bytes(header + struct.pack(f"<{2 * total}Q", *offsets, *rest, *tags, *rest) + body)
    return path


def test_scan_positions_become_t_row_by_row(blo):
    reader = opened(blo, "blo")

    info = reader.images[0]
    assert (info.size_t, info.size_c, info.size_z) == (6, 1, 1)
    assert info.folded == {"y": "T", "x": "T"}
    assert np.array_equal(plane(reader, t=4), SCAN[1, 1])


def test_a_region_at_odd_offsets_is_that_of_the_plane(blo):
    reader = opened(blo, "blo")

    assert np.array_equal(reader.read_region(0, 5, 0, 0, 3, 1, 4, 5), SCAN[1, 2, 3:7, 1:6])


def test_a_region_outside_the_image_is_refused(blo):
    reader = opened(blo, "blo")

    with pytest.raises(RefusedSample, match="CNV003"):
        reader.read_region(0, 0, 0, 0, 4, 4, 5, 1)


def test_a_scan_with_fewer_patterns_than_positions_is_refused_where_rosettasciio_pads_it(blo):
    blo.write_bytes(blo.read_bytes()[: -(6 + 64)])

    assert refusal(blo, "blo") == "INV004"


def test_frames_of_a_stream_become_t_and_their_headers_metadata(tvips):
    reader = opened(tvips, "tvips")

    assert (reader.images[0].size_t, reader.images[0].source_axes) == (6, "TYX")
    assert plane(reader, t=5)[3, 4] == 119
    assert len(reader.vendor_metadata()["rosettasciio"]["frames"]["timestamp"]) == 6


def test_a_stream_that_ends_within_a_frame_is_refused(tvips):
    tvips.write_bytes(tvips.read_bytes()[:-7])

    assert refusal(tvips, "tvips") == "INV004"


def test_a_stream_without_a_part_between_others_is_refused(tvips):
    tvips.with_name("film_002.tvips").write_bytes(tvips.read_bytes()[256:])

    assert refusal(tvips, "tvips") == "INV006"


def test_every_part_of_a_stream_is_among_its_files(tvips):
    second = tvips.with_name("film_001.tvips")
    second.write_bytes(tvips.read_bytes()[256:])

    reader = opened(tvips, "tvips")

    assert reader.files() == [tvips, second]
    assert reader.images[0].size_t == 12


def test_a_series_that_was_stopped_holds_the_frames_that_were_taken(tmp_path):
    frames = np.arange(2 * 3 * 5, dtype=np.uint16).reshape(2, 3, 5)

    reader = opened(ser(tmp_path / "a_1.ser", frames, 4), "ser")

    assert (reader.images[0].size_t, reader.images[0].absent) == (2, frozenset())
    assert np.array_equal(plane(reader, t=1), frames[1, ::-1])


def test_positions_of_a_scan_that_were_never_taken_are_absent_and_not_blank(tmp_path):
    frames = np.arange(3 * 3 * 5, dtype=np.uint16).reshape(3, 3, 5)

    reader = opened(ser(tmp_path / "a_1.ser", frames, 2, 2), "ser")

    assert (reader.images[0].size_t, reader.images[0].absent) == (4, {(3, 0, 0)})
    assert np.array_equal(plane(reader, t=2), frames[2, ::-1])
    with pytest.raises(RefusedSample, match="never taken"):
        plane(reader, t=3)


def test_a_series_without_the_end_of_its_table_of_offsets_is_refused(tmp_path):
    path = ser(tmp_path / "a_1.ser", np.ones((2, 3, 5), np.uint16), 2)
    data = path.read_bytes()

    path.write_bytes(data[:-1])

    assert refusal(path, "ser") == "INV004"


def test_an_emi_opens_its_series_in_the_order_of_their_numbers(tmp_path):
    emi = tmp_path / "name [1].emi"
    people = "<Data><Label>User</Label><Value>Q. Canary</Value><Unit></Unit></Data>"
    emi.write_bytes(
        b"JK\0\2" + f"<ObjectInfo><ED><Root>{people}{people}</Root></ED></ObjectInfo>".encode() + bytes(80)
    )
    for number in (10, 2):
        ser(tmp_path / f"name [1]_{number}.ser", np.full((1, 3, 5), number, np.uint16), 1)

    reader = opened(emi, "emi")

    assert [plane(reader, n)[0, 0] for n in range(2)] == [2, 10]
    assert [file.name for file in reader.files()] == ["name [1].emi", "name [1]_2.ser", "name [1]_10.ser"]
    objects = reader.vendor_metadata()["rosettasciio"]["objects"]
    assert objects[0]["ObjectInfo"]["ED"]["Root"]["Data"]["User"]["Value"] == "Q. Canary"


def test_an_emi_without_its_series_is_refused(tmp_path):
    emi = tmp_path / "name.emi"
    emi.write_bytes(b"JK\0\2<ObjectInfo></ObjectInfo>" + bytes(80))

    assert refusal(emi, "emi") == "INV006"


def test_a_compressed_array_is_decompressed_and_not_mapped(tmp_path):
    path = tmp_path / "a.prz"
    pixels = np.arange(48, dtype=np.uint16).reshape(6, 8)
    write_prz(str(path), signal(pixels, [axis("y", 6, "m", navigate=False), axis("x", 8, "m", navigate=False)]))
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)

    assert np.array_equal(plane(opened(path, "prz")), pixels)


def test_what_a_file_has_pickled_is_not_run(tmp_path):
    ran = tmp_path / "ran"

    class Trap:
        def __reduce__(self):
            return Path.touch, (ran,)

    path = tmp_path / "old.prz"
    np.savez(path.with_suffix(""), data=np.zeros((4, 4), np.uint8))
    path.with_suffix(".npz").rename(path)
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "|O", "fortran_order": False, "shape": (1,)})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("meta_data.npy", content.getvalue() + pickle.dumps([Trap()]))

    tree = opened(path, "prz").vendor_metadata()["rosettasciio"]

    assert not ran.exists()
    assert set(tree["meta_data.npy"]) == {"sha256", "bytes"}


def test_a_chunk_that_was_never_written_is_refused_and_not_delivered_as_zeros(tmp_path):
    path = tmp_path / "a.emd"
    pixels = np.ones((8, 8), np.uint16)
    write_emd(str(path), signal(pixels, [axis("y", 8, "nm", navigate=False), axis("x", 8, "nm", navigate=False)]))
    assert np.array_equal(plane(opened(path, "emd")), pixels)
    with h5py.File(path, "a") as file:
        where = []
        file.visititems(lambda name, item: where.append(name) if getattr(item, "ndim", 0) == 2 else None)
        attributes = dict(file[where[0]].attrs)
        del file[where[0]]
        hollow = file.create_dataset(where[0], (8, 8), np.uint16, chunks=(4, 4))
        hollow[:4] = 1
        hollow.attrs.update(attributes)

    assert refusal(path, "emd") == "INV004"


def test_pixels_in_another_file_are_refused(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["Experiments"] = h5py.ExternalLink("elsewhere.h5", "/data")
        file.attrs["file_format"] = "HyperSpy"

    assert refusal(path, "hdf5") == "CNV001"


def test_a_stream_of_events_is_refused_and_not_left_out(tmp_path):
    path = tmp_path / "a.emd"
    with h5py.File(path, "w") as file:
        file["Version"] = np.array([b'{"format": "Velox", "version": "11"}'])
        file["Data/Image/0/Data"] = np.ones((4, 4, 1), np.uint16)
        file["Data/SpectrumStream/0/Data"] = np.ones((9, 1), np.uint16)

    with pytest.raises(RefusedSample, match="stream of X-ray events"):
        opened(path, "emd")


def test_a_closed_reader_has_no_file_open(tmp_path):
    path = tmp_path / "a.emd"
    pixels = np.ones((8, 8), np.uint16)
    write_emd(str(path), signal(pixels, [axis("y", 8, "nm", navigate=False), axis("x", 8, "nm", navigate=False)]))
    reader = opened(path, "emd")

    reader.close()
    gc.collect()

    held = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    assert path not in held


def test_the_channels_of_spectra_become_c(tmp_path):
    path = tmp_path / "a.hspy"
    cube = np.arange(3 * 4 * 5, dtype=np.uint32).reshape(3, 4, 5)
    axes = [
        axis("y", 3, "nm", navigate=True),
        axis("x", 4, "nm", navigate=True),
        axis("Energy", 5, "keV", navigate=False),
    ]
    write_hspy(str(path), signal(cube, axes), show_progressbar=False)

    reader = opened(path, "hdf5")

    info = reader.images[0]
    assert (info.size_c, info.size_y, info.size_x, info.folded) == (5, 3, 4, {"Energy": "C"})
    assert np.array_equal(plane(reader, c=2), cube[:, :, 2])


def test_ripple_opens_with_the_raw_file_beside_it(tmp_path):
    path = tmp_path / "a.rpl"
    stack = np.arange(2 * 3 * 4, dtype=np.uint16).reshape(2, 3, 4)
    axes = [axis("t", 2, "s", navigate=True), axis("y", 3, "nm", navigate=False), axis("x", 4, "nm", navigate=False)]
    write_ripple(str(path), signal(stack, axes))

    reader = opened(path, "ripple")

    assert np.array_equal(plane(reader, t=1), stack[1])
    assert reader.files() == [path, path.with_suffix(".raw")]


@pytest.mark.parametrize("left", [47, 24, 0])
def test_a_short_raw_file_is_refused(tmp_path, left):
    path = tmp_path / "a.rpl"
    stack = np.arange(2 * 3 * 4, dtype=np.uint16).reshape(2, 3, 4)
    axes = [axis("t", 2, "s", navigate=True), axis("y", 3, "nm", navigate=False), axis("x", 4, "nm", navigate=False)]
    write_ripple(str(path), signal(stack, axes))
    raw = path.with_suffix(".raw")
    raw.write_bytes(raw.read_bytes()[:left])

    assert refusal(path, "ripple") in ("INV004", "MET001", "CNV001")


@pytest.mark.parametrize("part", [0.6, 0.9, 1])
def test_a_semper_picture_is_read_whole_or_refused(tmp_path, part):
    path = tmp_path / "a.unf"
    stack = np.arange(3 * 5 * 7, dtype=np.float32).reshape(3, 5, 7)
    axes = [axis("z", 3, "nm", navigate=True), axis("y", 5, "nm", navigate=False), axis("x", 7, "nm", navigate=False)]
    write_semper(str(path), signal(stack, axes))
    assert np.array_equal(plane(opened(path, "semper"), t=2), stack[2])

    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part) if part < 1 else -1])

    assert refusal(path, "semper") == "INV004"


@pytest.mark.parametrize(("version", "imod", "kind"), [(20140, 0, "int8"), (0, 0, "uint8"), (0, 1146047817, "uint8")])
def test_bytes_of_an_mrc_are_signed_where_its_header_says_so(tmp_path, version, imod, kind):
    header = np.zeros(256, "<i4")
    header[:4] = (5, 4, 2, 0)
    header[[27, 38]] = (version, imod)
    header[52] = struct.unpack("<i", b"MAP ")[0]
    path = tmp_path / "a.mrc"
    path.write_bytes(header.tobytes() + bytes(range(200, 240)))

    reader = opened(path, "mrc")

    assert reader.images[0].dtype == kind
    assert plane(reader, z=1)[0, 0] == np.uint8(220).astype(kind)


def test_a_volume_with_fewer_sections_than_its_header_says_is_refused(tmp_path):
    header = np.zeros(256, "<i4")
    header[:4] = (5, 4, 2, 1)
    path = tmp_path / "a.mrc"
    path.write_bytes(header.tobytes() + bytes(79))

    assert refusal(path, "mrc") == "INV004"


@pytest.mark.parametrize(
    ("named", "letters", "sizes"),
    [
        ([axis("", 7, "Number", navigate=True)], "QYX", (7, 1, 1)),
        ([axis("z", 7, "nm", navigate=True)], "ZYX", (1, 1, 7)),
        ([axis("z", 7, "s", navigate=True)], "TYX", (7, 1, 1)),
        ([axis("z", 7, "eV", navigate=True)], "EYX", (1, 7, 1)),
        ([axis("time", 2, "s", navigate=True), axis("x", 3, "nm", navigate=True)], "TQYX", (6, 1, 1)),
    ],
)
def test_axes_go_by_their_unit_then_by_their_name(named, letters, sizes):
    axes = [*named, axis("y", 4, "nm", navigate=False), axis("x", 5, "nm", navigate=False)]

    found = layout(axes, [int(str(one["size"])) for one in axes])

    assert found.source_axes == letters
    assert found.planes.sizes == sizes


@pytest.mark.corpus
def test_the_stored_half_of_a_packed_transform_is_delivered(corpus):
    path = corpus / EM / "test_fft_packed_complex8.dm4"

    reader = opened(path, "dm4")

    stored = np.fromfile(path, "<c8", count=15, offset=73139).reshape(5, 3)
    assert np.array_equal(plane(reader), stored)


@pytest.mark.corpus
def test_colours_of_a_micrograph_are_red_green_blue(corpus):
    reader = opened(corpus / EM / "test-23.dm4", "dm4")

    stored = reader.vendor_metadata()["rosettasciio"]["signals"][0]["original_metadata"]
    offset = stored["ImageList"]["TagGroup0"]["ImageData"]["Data"]["offset"]
    blue_first = np.fromfile(corpus / EM / "test-23.dm4", np.uint8, count=16, offset=offset).reshape(2, 2, 4)
    assert (reader.images[0].samples, reader.images[0].photometric) == (4, "rgb")
    assert np.array_equal(plane(reader), blue_first[:, :, [2, 1, 0, 3]])


@pytest.mark.corpus
def test_a_hypermap_adds_up_to_the_sum_spectrum_that_its_file_keeps(corpus):
    from rsciio.bruker._api import BCF_reader

    path = corpus / EM / "Hitachi_TM3030Plus.bcf"

    reader = opened(path, "bcf")

    assert [info.size_c for info in reader.images] == [1, 2048]
    kept = BCF_reader(str(path)).header.spectra_data[0].data
    assert [plane(reader, 1, c=c).sum() for c in range(90, 110)] == kept[90:110].tolist()


@pytest.mark.corpus
def test_what_does_not_fit_into_memory_is_refused_with_the_memory_it_needs(corpus):
    with pytest.raises(RefusedSample, match="raise mem_mb to 315") as caught:
        opened(corpus / EM / "Hitachi_TM3030Plus.bcf", "bcf", memory_mb=100)

    assert caught.value.code == "CNV001"


@pytest.mark.corpus
def test_metadata_do_not_depend_on_the_time_zone_of_the_computer(corpus, monkeypatch):
    names = [f"{EM}/Camera Ceta Imaging Micro.emd", f"{EM}/test2.blo", f"{EM}/test_tvips_2233_000.tvips"]
    here = [opened(corpus / name, REAL[name]).vendor_metadata() for name in names]

    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    there = [opened(corpus / name, REAL[name]).vendor_metadata() for name in names]
    monkeypatch.undo()
    time.tzset()

    assert here == there


@pytest.mark.corpus
@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("part", [0.6, 0.9, 1])
def test_a_truncated_copy_is_refused(corpus, tmp_path, name, part):
    data = (corpus / name).read_bytes()
    copy = tmp_path / Path(name).name
    copy.write_bytes(data[: int(len(data) * part) if part < 1 else -1])

    assert refusal(copy, REAL[name]) in ("INV004", "INV005")


@pytest.mark.corpus
@pytest.mark.parametrize("part", [0.6, 0.9, 1])
def test_a_truncated_description_of_a_series_is_refused(corpus, tmp_path, part):
    name = "64x64_TEM_images_acquire"
    data = (corpus / EM / f"{name}.emi").read_bytes()
    (tmp_path / f"{name}.emi").write_bytes(data[: int(len(data) * part) if part < 1 else -1])
    (tmp_path / f"{name}_1.ser").write_bytes((corpus / EM / f"{name}_1.ser").read_bytes())

    assert refusal(tmp_path / f"{name}.emi", "emi") == "INV004"


@pytest.mark.corpus
def test_a_streak_image_keeps_its_type_and_the_order_of_its_columns(corpus):
    path = corpus / EM / "focus_mode.img"
    (comment,) = struct.unpack_from("<h", path.read_bytes(), 2)
    stored = np.fromfile(path, "<u4", count=512 * 672, offset=64 + comment).reshape(512, 672)

    reader = opened(path, "hamamatsu_img")

    assert reader.images[0].dtype == "uint32"
    assert np.array_equal(plane(reader), stored)


@pytest.mark.corpus
def test_sections_of_a_film_stay_in_their_order_and_its_settings_are_metadata(corpus):
    reader = opened(corpus / EM / "20241021_00405_movie.mrc", "mrc")

    assert reader.images[0].size_z == 32
    assert [file.name for file in reader.files()] == ["20241021_00405_movie.mrc", "20241021_00405_info.txt"]
    assert reader.vendor_metadata()["rosettasciio"]["info"]["Computer Name"] == "Lab-64"


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        (f"{EM}/dmTest_3D_int16_64,65,66.dm4", {"X": ("2", "pm"), "Y": ("3", "nm"), "Z": ("4", "µm")}),
        (f"{EM}/panta_rhei_sample.prz", {"X": ("7.795828292907633", "nm"), "Y": ("7.795828292907633", "nm")}),
        ("mrc/EMD-3197.map", {"X": ("11.4", "Å"), "Y": ("11.4", "Å"), "Z": ("11.4", "Å")}),
        (f"{EM}/test2.blo", {}),
    ],
)
def test_sizes_of_pixels_are_those_the_file_states(corpus, name, sizes):
    reader = opened(corpus / name, REAL[name])

    found = facts(reader.vendor_metadata()["rosettasciio"], None, reader.images)[0]

    assert found is not None
    assert {axis: (size.value, size.unit) for axis, size in found.size.items()} == sizes


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE_FOR_BIO_FORMATS)
def test_bio_formats_sees_the_same_pixels(corpus, name):
    ours = opened(corpus / name, REAL[name])
    theirs = open_backend(Request(corpus / name, REAL[name], "bioformats"))

    assert all(
        np.array_equal(plane(ours, z=z), plane(theirs, z=z), equal_nan=True) for z in range(ours.images[0].size_z)
    )
