"""Promised against present in formats of cameras, electron microscopes, volumes and films."""

import base64
import bz2
import gzip
import io
import random
import struct
import time
import zipfile
import zlib

import h5py
import numpy as np
import pytest
from PIL import Image

from fixative.findings import RefusedSample
from fixative.structure import check_structure, sis

NOISE = np.random.default_rng(0).integers(1, 250, 30_000, "u1").tobytes()


def spe():
    """2 frames of 30 x 20, uint16."""
    header = bytearray(4100)
    struct.pack_into("<H", header, 42, 30)
    struct.pack_into("<h", header, 108, 3)
    struct.pack_into("<H", header, 656, 20)
    struct.pack_into("<i", header, 1446, 2)
    return bytes(header) + NOISE[: 2 * 30 * 20 * 2]


def spe_3():
    header = bytearray(spe())
    struct.pack_into("<f", header, 1992, 3.0)
    struct.pack_into("<Q", header, 678, len(header))
    block = '<DataBlock type="Frame" count="2" pixelFormat="MonochromeUnsigned16" size="1200" stride="1200"/>'
    return bytes(header) + f'<SpeFormat version="3.0"><DataFormat>{block}</DataFormat></SpeFormat>'.encode()


def sif():
    text = (
        b"Andor Technology Multi-Channel File\n65538 1\n65567 0 0 1 1540956289 -70 \n"
        b"Pixel number6\nCounts12\nPixel number65541 1 30 20 1 2 1 1200 600\n65538 1 20 30 1 1 1 0\n0\n0\n0\n"
    )
    return text + NOISE[:4800]


def biorad():
    header = bytearray(76)
    struct.pack_into("<3H", header, 0, 30, 20, 3)
    struct.pack_into("<ih", header, 10, 1, 1)
    struct.pack_into("<H", header, 54, 12345)
    note = struct.pack("<hiihhhh", 0, 0, 0, 0, 1, 0, 0) + b"LENS_MAGNIFICATION = 1".ljust(78, b" ")
    return bytes(header) + NOISE[:1800] + note


def spider():
    words = np.zeros(256, "<f4")
    words[[0, 1, 4, 11, 12, 21, 22]] = 2, 20, 1, 30, 9, 1080, 120
    return words.tobytes() + bytes(56) + NOISE[: 2 * 20 * 30 * 4]


def klb():
    header = struct.pack("<B5I5f2B", 2, 30, 20, 4, 1, 1, 1, 1, 1, 1, 1, 0, 0).ljust(299, b"\0")
    header += struct.pack("<5I", 30, 20, 2, 1, 1)
    return header + struct.pack("<2Q", 1200, 2400) + NOISE[:2400]


def tvips():
    header = struct.pack("<13I", 256, 2, 30, 20, 8, 0, 0, 1, 1, 1, 1, 1, 60).ljust(256, b"T")
    return header + (bytes(60) + NOISE[:600]) * 3


def blo():
    header = b"IMGBLO" + struct.pack("<H3I5H", 0x0102, 4096, 4112, 131141, 20, 0, 3, 2, 0)
    patterns = b"".join(struct.pack("<HI", 0x55AA, n) + NOISE[:400] for n in range(6))
    return header.ljust(4096, b"\0") + bytes(16) + patterns


def dm3():
    """One image of 30 x 20, uint16, as Gatan nests it."""

    def data(name, info, value):
        head = struct.pack(">BH", 21, len(name)) + name + b"%%%%"
        return head + struct.pack(f">{len(info) + 1}i", len(info), *info) + value

    def group(name, *tags):
        head = struct.pack(">BH", 20, len(name)) + name if name is not None else b""
        return head + struct.pack(">BBi", 1, 0, len(tags)) + b"".join(tags)

    sizes = group(b"Dimensions", data(b"", [5], struct.pack("<I", 30)), data(b"", [5], struct.pack("<I", 20)))
    image = group(b"ImageData", sizes, data(b"Data", [20, 4, 600], NOISE[:1200]))
    root = group(None, group(b"ImageList", group(b"", image)))
    return struct.pack(">3i", 3, len(root), 1) + root + bytes(8)


def ser():
    """Two elements of 30 x 20, uint16, and their tags."""
    element = bytes(40) + struct.pack("<HII", 2, 30, 20) + NOISE[:1200]
    head = struct.pack("<2sHHIIII", b"II", 0x0197, 0x210, 0x4122, 0x4152, 2, 2) + struct.pack("<II", 30, 0)
    first = 30 + 16
    ends = first + 2 * len(element)
    table = struct.pack("<4I", first, first + len(element), ends, ends + 8)
    return head + table + element * 2 + bytes(16)


def prz():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.npy", NOISE)
    return stream.getvalue()


def elid():
    return bz2.compress(NOISE)


def nrrd():
    return b"NRRD0004\ntype: ushort\nsizes: 30 20 4\nencoding: raw\nendian: little\n\n" + NOISE[:4800]


def nrrd_gzip():
    return b"NRRD0004\ntype: uint8\nsizes: 30 20 4\nencoding: gzip\n\n" + gzip.compress(NOISE[:2400])


def nrrd_bzip2():
    return b"NRRD0004\ntype: uint8\nsizes: 30 20 4\nencoding: bzip2\n\n" + bz2.compress(NOISE[:2400])


def nrrd_text():
    return b"NRRD0004\ntype: short\nsizes: 30 20\nencoding: ascii\n\n" + b" ".join(b"%d" % n for n in NOISE[:600])


def nrrd_hex():
    return b"NRRD0004\ntype: uint8\nsizes: 30 20\nencoding: hex\n\n" + NOISE[:600].hex("\n", 30).encode()


def nifti():
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, 30, 20, 4, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 512, 16)
    struct.pack_into("<f", header, 108, 352)
    header[344:348] = b"n+1\0"
    return bytes(header) + NOISE[:4800]


def nifti_2():
    header = bytearray(544)
    struct.pack_into("<i8s2h", header, 0, 540, b"n+2\0\r\n\x1a\n", 512, 16)
    struct.pack_into("<8q", header, 16, 3, 30, 20, 4, 1, 1, 1, 1)
    struct.pack_into("<q", header, 168, 544)
    return bytes(header) + NOISE[:4800]


def fits():
    """A primary image and an extension, both ending where their blocks end."""

    def header(*cards):
        return b"".join(card.encode().ljust(80) for card in (*cards, "END")).ljust(2880)

    sizes = ("BITPIX  =                   16", "NAXIS   =                    2")
    sizes += ("NAXIS1  =                   48", "NAXIS2  =                   30")
    one = header("SIMPLE  =                    T", *sizes, "NEXTEND =                    1") + NOISE[:2880]
    return one + header("XTENSION= 'IMAGE   '", *sizes) + NOISE[:2880]


def netcdf():
    """One variable of 20 x 30 bytes."""

    def name(text):
        return struct.pack(">I", len(text)) + text.ljust(-(-len(text) // 4) * 4, b"\0")

    dimensions = struct.pack(">II", 10, 2) + name(b"y") + struct.pack(">I", 20) + name(b"x") + struct.pack(">I", 30)
    variable = name(b"image") + struct.pack(">3I", 2, 0, 1) + bytes(8) + struct.pack(">II", 1, 600)
    head = b"CDF\x01" + bytes(4) + dimensions + bytes(8) + struct.pack(">II", 11, 1) + variable
    return head + struct.pack(">I", len(head) + 4) + NOISE[:600]


def bcf():
    """A container of one file of 300 bytes in chunks of 1,024."""
    item = struct.pack("<iQQQQIi176s?3s256s32s", 1, 300, 0, 0, 0, 0, -1, b"", False, b"", b"EDSDatabase", b"")

    def chunk(content):
        return struct.pack("<i28x", -1) + content.ljust(992, b"\0")

    head = bytearray(0x118)
    head[:8] = b"AAMVHFSS"
    body = chunk(item) + chunk(struct.pack("<I", 2)) + chunk(NOISE[:300])
    content = bytearray(bytes(head) + body)
    struct.pack_into("<fI", content, 0x124, 2.6, 1024)
    # The first chunk's own header overlaps the fields behind the container's: as in real files.
    struct.pack_into("<3I", content, 0x140, 0, 1, 3)
    return bytes(content)


def avi():
    def chunk(kind, content):
        return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1)

    header = chunk(b"avih", struct.pack("<14I", 0, 0, 0, 0, 3, 0, 1, 0, 30, 20, 0, 0, 0, 0))
    frames = b"".join(chunk(b"00db", NOISE[:600]) for _ in range(3))
    lists = chunk(b"LIST", b"hdrl" + header) + chunk(b"LIST", b"movi" + frames)
    return chunk(b"RIFF", b"AVI " + lists)


def mp4():
    def box(kind, content):
        return struct.pack(">I4s", 8 + len(content), kind) + content

    data = box(b"ftyp", b"isom" + bytes(4)) + box(b"mdat", NOISE[:600])
    table = box(b"stbl", box(b"stsz", struct.pack(">4I", 0, 0, 1, 600)) + box(b"stco", struct.pack(">3I", 0, 1, 24)))
    return data + box(b"moov", box(b"trak", box(b"mdia", box(b"minf", table))))


def hdf5():
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.create_dataset("image", data=np.frombuffer(NOISE[:2400], "u1").reshape(4, 20, 30), chunks=(1, 20, 30))
    return stream.getvalue()


def pgm():
    return b"P5\n# a comment\n30 20\n255\n" + NOISE[:600]


def pbm_text():
    return b"P2\n30 20\n255\n" + b"\n".join(b"%d" % value for value in NOISE[:600])


def photograph(form, **options):
    def make():
        stream = io.BytesIO()
        Image.frombytes("RGB", (40, 20), NOISE[:2400]).save(stream, form, **options)
        return stream.getvalue()

    return make


FORMATS = {
    "spe": (spe, "spe"),
    "spe 3": (spe_3, "spe"),
    "sif": (sif, "sif"),
    "biorad_pic": (biorad, "biorad_pic"),
    "spider": (spider, "spider"),
    "klb": (klb, "klb"),
    "tvips": (tvips, "tvips"),
    "blo": (blo, "blo"),
    "dm3": (dm3, "dm3"),
    "ser": (ser, "ser"),
    "prz": (prz, "prz"),
    "elid": (elid, "elid"),
    "nrrd": (nrrd, "nrrd"),
    "nrrd gzip": (nrrd_gzip, "nrrd"),
    "nrrd bzip2": (nrrd_bzip2, "nrrd"),
    "nrrd text": (nrrd_text, "nrrd"),
    "nrrd hex": (nrrd_hex, "nrrd"),
    "nifti": (nifti, "nifti"),
    "nifti 2": (nifti_2, "nifti"),
    "nifti gzip": (lambda: gzip.compress(nifti()), "nifti"),
    "fits": (fits, "fits"),
    "netcdf": (netcdf, "minc"),
    "bcf": (bcf, "bcf"),
    "avi": (avi, "avi"),
    "mp4": (mp4, "mp4"),
    "hdf5": (hdf5, "hdf5"),
    "pgm": (pgm, "pnm"),
    "pnm text": (pbm_text, "pnm"),
    "pcx": (photograph("PCX"), "pcx"),
    "tga": (photograph("TGA"), "tga"),
    "tga run lengths": (photograph("TGA", compression="tga_rle"), "tga"),
    "sgi": (photograph("SGI"), "sgi"),
}
"""How each is made, and its key."""

NO_PIXEL_IN_THE_LAST_BYTE = {"nrrd text", "pnm text", "tga", "tga run lengths"}
"""A number may be a digit shorter; TGA ends in a footer."""


@pytest.fixture
def source(tmp_path):
    def write(name, content):
        path = tmp_path / name.replace(" ", "_")
        path.write_bytes(content)
        return path

    return write


def refusal(path, fmt, *members):
    with pytest.raises(RefusedSample) as refused:
        check_structure(path, fmt, [path, *members])
    return refused.value


@pytest.mark.parametrize("name", FORMATS)
def test_a_whole_file_passes(source, name):
    make, fmt = FORMATS[name]
    path = source(name, make())

    assert check_structure(path, fmt, [path]).checked


@pytest.mark.parametrize("share", [0.6, 0.9])
@pytest.mark.parametrize("name", FORMATS)
def test_a_shortened_file_is_refused(source, name, share):
    make, fmt = FORMATS[name]
    content = make()

    refused = refusal(source(name, content[: int(len(content) * share)]), fmt)

    assert refused.code == "INV004"


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - NO_PIXEL_IN_THE_LAST_BYTE))
def test_a_file_that_lost_its_last_byte_is_refused(source, name):
    make, fmt = FORMATS[name]

    assert refusal(source(name, make()[:-1]), fmt).code == "INV004"


@pytest.mark.parametrize("name", FORMATS)
def test_no_damage_makes_a_check_fail_or_take_long(source, name):
    make, fmt = FORMATS[name]
    content, dice, start = make(), random.Random(0), time.monotonic()

    for damaged in damages(content, dice, 60):
        path = source(name, damaged)
        try:
            check_structure(path, fmt, [path])
        except RefusedSample as refused:
            assert refused.code in {"INV004", "INV005", "INV006"}

    assert time.monotonic() - start < 10


def damages(content, dice, number):
    """Copies cut anywhere, with bytes changed and numbers made absurd, most of them in the header."""
    for _ in range(number):
        damaged = bytearray(content)
        for _ in range(dice.choice([1, 3, 9])):
            at = dice.randrange(min(len(damaged), dice.choice([64, 512, len(damaged)])))
            wrong = dice.choice(
                [b"\xff" * 4, b"\xff" * 8, bytes(4), b"\x7f\xff\xff\xff", bytes([dice.randrange(256)])]
            )
            damaged[at : at + len(wrong)] = wrong[: len(damaged) - at]
        yield bytes(damaged[: dice.randrange(1, len(damaged))] if dice.random() < 0.3 else damaged)


def test_planes_promised_and_present_are_told(source):
    refused = refusal(source("a.spe", spe()[:-1]), "spe")

    assert (refused.places["promised"], refused.places["present"]) == ("2 planes", "1")


def test_an_ics_is_compared_with_its_ids(source):
    lines = "\t\nics_version\t1.0\nlayout\torder\tbits\tx\ty\tz\nlayout\tsizes\t16\t30\t20\t4\n"
    path, pixels = source("a.ics", lines.encode()), source("a.ids", NOISE[:4799])

    refused = refusal(path, "ics", pixels)

    assert (refused.places["promised"], refused.places["present"]) == ("4 planes", "3")


def test_a_compressed_ics_is_inflated(source):
    lines = "\t\nics_version\t1.0\nlayout\torder\tbits\tx\ty\nlayout\tsizes\t8\t30\t20\n"
    path = source("a.ics", f"{lines}representation\tcompression\tgzip\n".encode())
    pixels = source("a.ids", gzip.compress(NOISE[:599]))

    assert refusal(path, "ics", pixels).places["present"] == "599"


def test_a_header_of_an_ics_that_ends_within_a_line_is_refused(source):
    lines = "\t\nics_version\t1.0\nlayout\torder\tbits\tx\ty\nlayout\tsizes\t8\t30\t20\nparameter\tsca"
    path, pixels = source("a.ics", lines.encode()), source("a.ids", NOISE[:600])

    assert refusal(path, "ics", pixels).places["where"] == "ICS header"


def test_a_detached_nrrd_is_compared_with_each_of_its_files(source):
    text = "NRRD0004\ntype: uint8\nsizes: 30 20 2\nencoding: raw\ndata file: slice%02d.raw 1 2 1\n"
    path, _ = source("a.nhdr", text.encode()), source("slice01.raw", NOISE[:600])
    source("slice02.raw", NOISE[:599])

    assert refusal(path, "nrrd").code == "INV004"


def test_a_detached_nrrd_whose_file_is_not_there_is_refused(source):
    path = source("a.nhdr", b"NRRD0004\ntype: uint8\nsizes: 30 20\nencoding: raw\ndata file: a.raw\n")

    assert refusal(path, "nrrd").code == "INV006"


def test_an_analyze_pair_is_compared_with_its_img(source):
    header = bytearray(nifti()[:348])
    header[344:348] = b"ni1\0"
    path, pixels = source("a.hdr", bytes(header)), source("a.img", NOISE[:4799])

    assert refusal(path, "analyze", pixels).places["promised"] == "4 planes"


def test_a_fits_that_lacks_only_the_filling_of_its_last_block_passes_and_says_so(source):
    content = fits().replace(b"NAXIS2  =                   30", b"NAXIS2  =                   29")
    path = source("a.fits", content[:-96])

    assert "96 bytes of filling" in check_structure(path, "fits", [path]).method


def test_a_fits_that_lost_an_extension_it_promises_is_refused(source):
    assert refusal(source("a.fits", fits()[:5760]), "fits").places["promised"] == "1 extensions"


def test_an_acquisition_that_was_stopped_is_noted_not_refused(source):
    content = bytearray(ser())
    struct.pack_into("<I", content, 18, 1)
    path = source("a.ser", bytes(content))

    found = check_structure(path, "ser", [path])

    assert (found.promised_planes, found.present_planes) == (1, 1)
    assert "1 of 2 elements were never acquired" in found.method


def test_an_emi_without_its_series_is_refused(source):
    assert refusal(source("a.emi", b"JK\0\2<ObjectInfo></ObjectInfo>\3M\0\x08\0\0\0\0"), "emi").code == "INV006"


def test_an_emi_is_compared_with_its_series(source):
    path = source("a.emi", b"JK\0\2<ObjectInfo></ObjectInfo>\3M\0\x08\0\0\0\0")
    series = source("a_1.ser", ser()[:-1000])

    assert refusal(path, "emi", series).places["promised"] == "2 planes"


def test_a_damaged_member_of_a_zip_is_refused(source):
    content = bytearray(prz())
    content[200] ^= 0xFF

    assert refusal(source("a.prz", bytes(content)), "prz").code == "INV005"


def test_chunks_of_an_hdf5_that_were_never_written_are_noted(source, tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset("image", shape=(4, 20, 30), dtype="u1", chunks=(1, 20, 30))
        dataset[0] = 7

    assert "3 chunks were never written" in check_structure(path, "hdf5", [path]).method


def test_a_film_with_fewer_frames_than_its_header_promises_is_refused(source):
    content = bytearray(avi())
    at = content.index(b"avih") + 8 + 16
    struct.pack_into("<I", content, at, 5)

    refused = refusal(source("a.avi", bytes(content)), "avi")

    assert (refused.places["promised"], refused.places["present"]) == ("5 frames", "3")


def test_a_gzip_bomb_is_not_inflated_to_its_end(source):
    header = b"NRRD0004\ntype: uint8\nsizes: 30 20\nencoding: gzip\n\n"
    path = source("a.nrrd", header + gzip.compress(bytes(200_000_000), 1))
    start = time.monotonic()

    assert check_structure(path, "nrrd", [path]).checked

    assert time.monotonic() - start < 1


def test_a_stream_of_members_counts_as_one(source):
    header = b"NRRD0004\ntype: uint8\nsizes: 30 20\nencoding: gzip\n\n"
    path = source("a.nrrd", header + gzip.compress(NOISE[:300]) + gzip.compress(NOISE[300:600]))

    assert check_structure(path, "nrrd", [path]).checked


def test_mirax_tiles_are_compared_with_the_data_files(source, tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    ini = (
        "[GENERAL]\nSLIDE_ID = 1234\n[HIERARCHICAL]\nINDEXFILE = Index.dat\nHIER_COUNT = 1\nHIER_0_COUNT = 1\n"
        "NONHIER_COUNT = 0\n[DATAFILE]\nFILE_COUNT = 1\nFILE_0 = Data0000.dat\n"
    )
    (folder / "Slidedat.ini").write_text(ini)
    page = struct.pack("<ii", 2, 0) + struct.pack("<8i", 0, 0, 100, 0, 1, 100, 100, 0)
    index = b"01.02" + b"1234" + struct.pack("<ii", 17, 21) + struct.pack("<ii", 25, 0)
    (folder / "Index.dat").write_bytes(index + struct.pack("<ii", 0, 33) + page)
    (folder / "Data0000.dat").write_bytes(bytes(199))

    refused = refusal(source("a.mrxs", photograph("JPEG")()), "mrxs")

    assert (refused.places["promised"], refused.places["present"]) == ("2 tiles", "1")


def test_a_set_is_as_whole_as_its_members(source):
    main = source("a.xml", b"<Experiment/>")
    member = source("b.png", photograph("PNG")()[:-20])

    assert refusal(main, "prairie", member).code == "INV004"


def test_streams_of_an_ole_file_must_be_whole(source):
    """A stream of 5,000 bytes whose chain ends after 512."""
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<5H", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<I", header, 44, 1)
    struct.pack_into("<I", header, 48, 1)
    struct.pack_into("<5I", header, 56, 4096, end, 0, end, 0)
    struct.pack_into("<109I", header, 76, 0, *[free] * 108)
    table = struct.pack("<128I", 0xFFFFFFFD, end, end, *[free] * 125)
    entry = bytearray(128)
    entry[66] = 2
    struct.pack_into("<IQ", entry, 116, 2, 5000)
    path = source("a.zvi", bytes(header) + table + bytes(entry).ljust(512, b"\0") + NOISE[:512])

    refused = refusal(path, "zvi")

    assert (refused.places["promised"], refused.places["present"]) == ("10 sectors", "1")


def test_check_sums_of_compressed_data_are_looked_at(source):
    content = bytearray(nrrd_gzip())
    content[-6] ^= 0xFF

    assert refusal(source("a.nrrd", bytes(content)), "nrrd").code == "INV005"


def ome_xml(data, compression="none", planes=2):
    """OME-XML of planes of 30 x 20, uint8, each in an element of its own."""
    one = f'<BinData Length="{len(data)}" Compression="{compression}">{base64.b64encode(data).decode()}</BinData>'
    return (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" '
        f'DimensionOrder="XYZCT" Type="uint8" SizeX="30" SizeY="20" SizeZ="{planes}" SizeC="1" SizeT="1">'
        f"{one * planes}</Pixels></Image></OME>"
    ).encode()


@pytest.mark.parametrize(("compression", "pack"), [("none", bytes), ("zlib", zlib.compress), ("bzip2", bz2.compress)])
def test_planes_in_ome_xml_have_all_their_bytes(source, compression, pack):
    path = source("a.ome", ome_xml(pack(NOISE[:600]), compression))

    found = check_structure(path, "ome_xml", [path])

    assert (found.promised_planes, found.present_planes) == (2, 2)


@pytest.mark.parametrize(("compression", "pack"), [("none", bytes), ("zlib", zlib.compress), ("bzip2", bz2.compress)])
def test_planes_in_ome_xml_that_lack_bytes_are_refused(source, compression, pack):
    refused = refusal(source("a.ome", ome_xml(pack(NOISE[:599]), compression)), "ome_xml")

    assert (refused.places["promised"], refused.places["present"]) == ("2 planes", "0")


def test_sections_that_a_header_does_not_speak_of_are_told(source):
    header = bytearray(1024)
    struct.pack_into("<4i", header, 0, 30, 20, 2, 0)
    path = source("a.mrc", bytes(header) + NOISE[: 5 * 600])

    assert "1800 bytes follow" in check_structure(path, "mrc", [path]).method


def ets(tile):
    """One tile of a cellSens stack, JPEG 2000."""
    head = struct.pack("<4sIiiqiiqi", b"SIS\0", 64, 3, 2, 64, 228, 0, 292 + len(tile), 1).ljust(64, b"\0")
    head += struct.pack("<4s9i", b"ETS\0", 196614, 4, 1, 1, 3, 100, 30, 20, 1).ljust(228, b"\0")
    return head + tile + struct.pack("<3iqii", 0, 0, 0, 292, len(tile), 0)


def test_a_tile_of_a_cellsens_stack_ends_in_its_mark(tmp_path):
    (tmp_path / "whole.ets").write_bytes(ets(NOISE[:500] + b"\xff\xd9"))
    (tmp_path / "cut.ets").write_bytes(ets(NOISE[:500]))

    assert sis.check_ets(tmp_path / "whole.ets") == 1
    with pytest.raises(RefusedSample, match="end mark"):
        sis.check_ets(tmp_path / "cut.ets")
