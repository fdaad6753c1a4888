"""Promised against present in containers other than TIFF, and over the real files."""

import io
import shutil
import struct

import numpy as np
import pytest
from PIL import Image

from fixative.filesets import file_set
from fixative.findings import RefusedSample
from fixative.identify import identify
from fixative.structure import check_structure

WHOLE = 1.0


def noise(*shape, dtype="u1"):
    return np.random.default_rng(0).integers(0, 255, shape).astype(dtype)


def photograph(form):
    stream = io.BytesIO()
    Image.fromarray(noise(64, 48, 3)).save(stream, form)
    return stream.getvalue()


def czi(path):
    from pylibCZIrw import czi as pylibczi

    with pylibczi.create_czi(str(path)) as document:
        document.write(noise(64, 48), plane={"C": 0, "Z": 0})
        document.write(noise(64, 48), plane={"C": 0, "Z": 1})
        document.write(noise(64, 48), plane={"C": 1, "Z": 0})
        document.write(noise(64, 48), plane={"C": 1, "Z": 1})
        document.write_metadata("sample", channel_names={0: "A", 1: "B"})
    return path.read_bytes()


def nd2(path, *, frames=3, promised=3):
    """An ND2 with as many frame chunks as said, and a chunk map."""
    key = "uiSequenceCount".encode("utf-16-le") + b"\0\0"
    chunks = [(b"ND2 FILE SIGNATURE CHUNK NAME01!", b"Ver3.0".ljust(64, b"\0"))]
    chunks += [(b"ImageDataSeq|%d!" % frame, bytes(500)) for frame in range(frames)]
    chunks += [(b"ImageAttributesLV!", b"\x03\x10" + key + struct.pack("<I", promised))]
    content, table = b"", b""
    for name, data in chunks:
        table += name + struct.pack("<QQ", len(content), len(data))
        content += struct.pack("<IIQ", 0x0ABECEDA, len(name), len(data)) + name + data
    table += b"ND2 CHUNK MAP SIGNATURE 0000001!" + struct.pack("<Q", len(content))
    name = b"ND2 FILEMAP SIGNATURE NAME 0001!"
    path.write_bytes(content + struct.pack("<IIQ", 0x0ABECEDA, len(name), len(table)) + name + table)
    return path.read_bytes()


def lif(path):
    memory = '<Memory Size="900" MemoryBlockID="MemBlock_1"/>'
    xml = f'<LMSDataContainerHeader Version="2">{memory}</LMSDataContainerHeader>'
    text = xml.encode("utf-16-le")
    head = struct.pack("<iiBI", 0x70, 5 + len(text), 0x2A, len(xml)) + text
    name = "MemBlock_1".encode("utf-16-le")
    block = struct.pack("<iiBqBI", 0x70, 14 + len(name), 0x2A, 900, 0x2A, 10) + name + bytes(900)
    path.write_bytes(head + block)
    return path.read_bytes()


def dv(path):
    header = bytearray(1024)
    struct.pack_into("<4i", header, 0, 20, 10, 6, 6)
    struct.pack_into("<h", header, 96, -16224)
    path.write_bytes(bytes(header) + bytes(20 * 10 * 6 * 2))
    return path.read_bytes()


def png(path):
    path.write_bytes(photograph("PNG"))
    return path.read_bytes()


def jpeg(path):
    path.write_bytes(photograph("JPEG"))
    return path.read_bytes()


def gif(path):
    path.write_bytes(photograph("GIF"))
    return path.read_bytes()


def bmp(path):
    path.write_bytes(photograph("BMP"))
    return path.read_bytes()


def jp2(path):
    path.write_bytes(photograph("JPEG2000"))
    return path.read_bytes()


def zarr_v2(folder, *, missing=()):
    """A store of one array of 2 x 3 chunks, as zarr-python 2 writes it."""
    array = folder / "0"
    array.mkdir(parents=True)
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    (folder / ".zattrs").write_text('{"multiscales": [{"datasets": [{"path": "0"}]}]}')
    (array / ".zarray").write_text(
        '{"zarr_format": 2, "shape": [20, 30], "chunks": [10, 10], "dtype": "|u1", "fill_value": 0,'
        ' "order": "C", "compressor": null, "filters": null, "dimension_separator": "/"}'
    )
    names = [(y, x) for y in range(2) for x in range(3) if (y, x) not in missing]
    [(array / str(y)).mkdir(exist_ok=True) for y, _ in names]
    [(array / str(y) / str(x)).write_bytes(bytes(100)) for y, x in names]
    return folder


def zarr_v3(folder, *, chunks):
    """A store of one array of 2 x 3 chunks, as zarr-python 3 writes it."""
    array = folder / "0"
    (array / "c" / "0").mkdir(parents=True)
    (array / "c" / "1").mkdir(parents=True)
    (folder / "zarr.json").write_text(
        '{"zarr_format": 3, "node_type": "group",'
        ' "attributes": {"ome": {"multiscales": [{"datasets": [{"path": "0"}]}]}}}'
    )
    (array / "zarr.json").write_text(
        '{"zarr_format": 3, "node_type": "array", "shape": [20, 30], "data_type": "uint8", "fill_value": 0,'
        ' "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [10, 10]}},'
        ' "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}}, "codecs": []}'
    )
    [(array / "c" / name).write_bytes(bytes(100)) for name in chunks]
    return folder


FORMATS = {
    "czi": czi,
    "nd2": nd2,
    "lif": lif,
    "dv": dv,
    "png": png,
    "jpeg": jpeg,
    "gif": gif,
    "bmp": bmp,
    "jp2": jp2,
}


def check(path, fmt):
    return check_structure(path, fmt, [path])


def refusal(path, fmt):
    with pytest.raises(RefusedSample) as refused:
        check(path, fmt)
    return refused.value


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_whole_file_passes(tmp_path, fmt):
    path = tmp_path / f"whole.{fmt}"
    FORMATS[fmt](path)

    assert check(path, fmt).checked


@pytest.mark.parametrize("share", [0.6, 0.9, "last byte"])
@pytest.mark.parametrize("fmt", FORMATS)
def test_a_shortened_file_is_refused(tmp_path, fmt, share):
    path = tmp_path / f"cut.{fmt}"
    content = FORMATS[fmt](path)
    kept = len(content) - 1 if share == "last byte" else int(len(content) * share)
    path.write_bytes(content[:kept])

    assert refusal(path, fmt).code == "INV004"


def test_a_czi_has_the_planes_of_its_directory(tmp_path):
    path = tmp_path / "a.czi"
    czi(path)

    found = check(path, "czi")

    assert (found.promised_planes, found.present_planes) == (4, 4)


def test_a_czi_whose_writing_was_interrupted_has_no_directory_and_is_refused(tmp_path):
    path = tmp_path / "a.czi"
    content = bytearray(czi(path))
    content[84:92] = bytes(8)
    path.write_bytes(content)

    assert "interrupted" in refusal(path, "czi").message


def test_a_czi_whose_subblock_was_overwritten_is_refused(tmp_path):
    path = tmp_path / "a.czi"
    path.write_bytes(czi(path).replace(b"ZISRAWSUBBLOCK\0", b"\0" * 15, 1))

    refused = refusal(path, "czi")

    assert (refused.places["promised"], refused.places["present"]) == ("4 planes", "3")


def test_a_czi_with_an_absurd_number_of_entries_is_refused(tmp_path):
    path = tmp_path / "a.czi"
    content = bytearray(czi(path))
    at = content.index(b"ZISRAWDIRECTORY") + 32
    content[at : at + 4] = struct.pack("<i", 2**31 - 1)
    path.write_bytes(content)

    assert refusal(path, "czi").code == "INV004"


def test_an_nd2_with_fewer_frames_than_its_attributes_promise_is_refused(tmp_path):
    path = tmp_path / "a.nd2"
    nd2(path, frames=3, promised=5)

    refused = refusal(path, "nd2")

    assert (refused.places["promised"], refused.places["present"]) == ("5 frames", "3")


def test_a_png_with_a_damaged_byte_is_refused(tmp_path):
    path = tmp_path / "a.png"
    content = bytearray(png(path))
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)

    assert refusal(path, "png").code == "INV005"


def test_bytes_after_the_end_of_a_jpeg_are_no_reason_to_refuse_it(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(path) + b"appended by a camera")

    assert check(path, "jpeg").checked


def test_a_zarr_v2_store_with_every_chunk_passes(tmp_path):
    assert check(zarr_v2(tmp_path / "a.zarr"), "ome_zarr").checked


def test_a_zarr_v2_store_that_lost_a_chunk_is_refused(tmp_path):
    refused = refusal(zarr_v2(tmp_path / "a.zarr", missing={(1, 2)}), "ome_zarr")

    assert (refused.places["promised"], refused.places["present"]) == ("6 chunks", "5")


def test_a_zarr_v3_store_may_leave_out_chunks_of_fill_value_and_says_so(tmp_path):
    found = check(zarr_v3(tmp_path / "a.zarr", chunks=["0/0", "1/2"]), "ome_zarr")

    assert "4 are not stored" in found.method


def test_a_zarr_v3_array_without_any_chunk_is_refused(tmp_path):
    assert refusal(zarr_v3(tmp_path / "a.zarr", chunks=[]), "ome_zarr").places["present"] == "0"


def test_a_zarr_store_without_a_level_that_it_names_is_refused(tmp_path):
    store = zarr_v2(tmp_path / "a.zarr")
    shutil.rmtree(store / "0")

    assert refusal(store, "ome_zarr").code == "INV004"


def test_a_format_without_a_check_says_so(tmp_path):
    path = tmp_path / "a.his"
    path.write_bytes(bytes(5000))

    assert not check(path, "his").checked


INCOMPLETE = {
    "copyleft/exiftool/DICOM.dcm",  # a header for tests of metadata, 18 bytes of pixels
    "copyleft/exiftool/FITS.fits",  # the same, 160 of 2,880 bytes
    "copyleft/exiftool/MRC.mrc",  # the same, no pixels at all
    "hcs/ImageXpress_9987_Plate_3435/9987.HTD",  # a part of a plate
    "dicom/MR_truncated/MR_truncated.dcm",  # truncated on purpose
}


@pytest.mark.corpus
def test_the_whole_files_of_the_corpus_pass(corpus):
    refused = {name for name in whole_files(corpus) if verdict(corpus / name) not in ("whole", "unchecked")}

    assert refused == INCOMPLETE


@pytest.mark.corpus
def test_copies_of_the_corpus_cut_to_60_percent_are_refused(corpus, tmp_path):
    names = [name for name in whole_files(corpus) if verdict(corpus / name) == "whole"]
    # A main file cut alone is not its set.
    names = [name for name in names if len(file_set(corpus / name, identify(corpus / name))) == 1]

    passed = [name for name in names if verdict(cut_copy(corpus / name, tmp_path, 0.6)) == "whole"]

    assert len(names) > 100
    assert passed == []


def whole_files(corpus):
    """Files that stand alone and are not said to be corrupt."""
    members = ("companion", "ndtiff", ".zarr", "vsi/")
    names = sorted(path.relative_to(corpus).as_posix() for path in corpus.rglob("*") if path.is_file())
    return [name for name in names if not name.startswith("corrupt") and not any(m in name for m in members)]


def cut_copy(path, folder, share):
    copy = folder / path.name
    copy.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return copy


def verdict(path):
    """``whole``, ``unchecked``, ``no image``, or the code of the refusal."""
    try:
        fmt = identify(path)
    except RefusedSample:
        return "unchecked"
    try:
        members = file_set(path, fmt)
    except RefusedSample:
        # One file of a set whose others are not in the corpus, or were not copied with it.
        return "unchecked"
    try:
        return "whole" if check_structure(path, fmt, members).checked else "unchecked"
    except RefusedSample as refused:
        return refused.code
