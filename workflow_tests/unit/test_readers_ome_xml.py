"""OME-XML that holds its pixels: found in a stream, decoded plane by plane, checked to the end."""

import base64
import bz2
import textwrap
import zlib
from itertools import product

import numpy as np
import pytest

from fixative.filesets import file_set
from fixative.findings import RefusedSample
from fixative.identify import identify
from fixative.ome.build import build_ome_xml
from fixative.ome.schema import problems
from fixative.readers.opening import open_backend, open_source
from fixative.readers.options import ReaderOptions, Request
from fixative.structure import check_structure
from ome_sources import NO_INVENTORY, no_dump

NEW = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
SIZES = {"X": 7, "Y": 5, "Z": 2, "C": 3, "T": 4}
COMPRESS = {"none": bytes, "zlib": zlib.compress, "bzip2": bz2.compress}
OME_TYPES = {"uint8": "uint8", "int16": "int16", "uint32": "uint32", "float32": "float", "complex64": "complex"}


def volume(dtype="uint16"):
    """Values (T, C, Z, Y, X)."""
    values = np.random.default_rng(1).integers(0, 120, [SIZES[axis] for axis in "TCZYX"])
    return values.astype(dtype)


def ordered(values, order):
    """Planes in the order in which a document lists them."""
    sizes = [range(SIZES[axis]) for axis in reversed(order[2:])]
    for place in product(*sizes):
        at = dict(zip(reversed(order[2:]), place, strict=True))
        yield values[at["T"], at["C"], at["Z"]]


def bin_data(content, compression="none", prefix="", wrap=False, **attributes):
    text = base64.b64encode(COMPRESS[compression](content)).decode()
    text = "\n      ".join(["", *textwrap.wrap(text, 20), ""]) if wrap else text
    attributes = {"BigEndian": "false", "Length": len("".join(text.split())), **attributes}
    if compression != "none":
        attributes["Compression"] = compression
    stated = "".join(f' {name}="{value}"' for name, value in attributes.items() if value is not None)
    return f"<{prefix}BinData{stated}>{text}</{prefix}BinData>"


def document(blocks, order="XYZCT", kind="uint16", channels="", namespace=NEW, sizes=None, **pixels):
    sizes = sizes or SIZES
    stated = "".join(f' Size{axis}="{size}"' for axis, size in sizes.items())
    stated += "".join(f' {name}="{value}"' for name, value in pixels.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- by a test --><OME xmlns="{namespace}" '
        f'xmlns:Bin="http://www.openmicroscopy.org/Schemas/BinaryFile/2010-06"><Image ID="Image:0" Name="a &gt; b">'
        f'<Pixels ID="Pixels:0" DimensionOrder="{order}" Type="{kind}"{stated}>{channels}{"".join(blocks)}</Pixels>'
        "</Image></OME>"
    )


def planes(order="XYZCT", **more):
    return [bin_data(plane.tobytes(), **more) for plane in ordered(volume(), order)]


@pytest.fixture
def written(tmp_path):
    def write(text, name="a.ome"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def opened():
    readers = []

    def open_it(path, backend="ome-xml", **options):
        readers.append(open_backend(Request(path, "ome_xml", backend, ReaderOptions(**options))))
        return readers[-1]

    yield open_it
    for reader in readers:
        reader.close()


def whole(reader, number=0):
    info = reader.images[number]
    every = product(range(info.size_t), range(info.size_c), range(info.size_z))
    found = [reader.read_region(number, *place, 0, 0, info.size_y, info.size_x) for place in every]
    return np.stack(found).reshape(info.size_t, info.size_c, info.size_z, *found[0].shape)


def check(path):
    return check_structure(path, "ome_xml", [path])


@pytest.mark.parametrize("order", ["XYZCT", "XYZTC", "XYCZT", "XYCTZ", "XYTZC", "XYTCZ"])
@pytest.mark.parametrize("compression", COMPRESS)
def test_planes_are_where_the_order_of_dimensions_says(written, opened, order, compression):
    path = written(document(planes(order, compression=compression, wrap=True), order))

    reader = opened(path)

    assert identify(path) == "ome_xml"
    assert file_set(path, "ome_xml") == [path]
    assert np.array_equal(whole(reader), volume())
    assert np.array_equal(reader.read_region(0, 3, 2, 1, 1, 2, 3, 4), volume()[3, 2, 1, 1:4, 2:6])
    assert check(path).present_planes == 24
    assert reader.files() == [path]


@pytest.mark.parametrize("dtype", OME_TYPES)
@pytest.mark.parametrize("big", [True, False])
@pytest.mark.parametrize("of", ["block", "pixels"])
def test_types_and_orders_of_bytes(written, opened, dtype, big, of):
    values = volume(dtype)
    stored = values.astype(values.dtype.newbyteorder(">" if big else "<"))
    own = str(big).lower() if of == "block" else None
    blocks = [bin_data(plane.tobytes(), BigEndian=own) for plane in ordered(stored, "XYZCT")]
    whole_image = {} if of == "block" else {"BigEndian": str(big).lower()}

    reader = opened(written(document(blocks, kind=OME_TYPES[dtype], **whole_image)))

    found = whole(reader)
    assert found.dtype == np.dtype(dtype)
    assert found.dtype.isnative
    assert np.array_equal(found, values)


@pytest.mark.parametrize("compression", COMPRESS)
def test_bio_formats_reads_the_same(written, opened, compression):
    path = written(document(planes("XYCZT", compression=compression), "XYCZT"))

    assert np.array_equal(whole(opened(path, "bioformats")), whole(opened(path)))


@pytest.mark.parametrize("compression", COMPRESS)
def test_all_planes_may_stand_in_one_block(written, opened, compression):
    content = b"".join(plane.tobytes() for plane in ordered(volume(), "XYZCT"))
    path = written(document([bin_data(content, compression, Length=len(content))]))

    reader = opened(path)

    assert np.array_equal(reader.read_region(0, 3, 2, 1, 0, 0, 5, 7), volume()[3, 2, 1])
    assert np.array_equal(whole(reader), volume())
    assert check(path).present_planes == 24


COLOUR = {"X": 4, "Y": 3, "Z": 2, "C": 3, "T": 1}
RGB = np.random.default_rng(2).integers(0, 255, (2, 3, 4, 3)).astype(np.uint8)
"""(Z, Y, X, samples)."""


@pytest.mark.parametrize("interleaved", ["true", "false", None])
def test_samples_of_a_pixel(written, opened, interleaved):
    if interleaved is None:
        blocks = [bin_data(RGB[z, ..., s].tobytes()) for s in range(3) for z in range(2)]
        stated = {}
    else:
        turn = (0, 1, 2) if interleaved == "true" else (2, 0, 1)
        blocks = [bin_data(RGB[z].transpose(turn).tobytes()) for z in range(2)]
        stated = {"Interleaved": interleaved}
    channel = '<Channel ID="Channel:0" SamplesPerPixel="3"/>'
    path = written(document(blocks, kind="uint8", channels=channel, sizes=COLOUR, **stated))

    reader = opened(path)

    info = reader.images[0]
    assert (info.size_c, info.samples, info.photometric) == (1, 3, "rgb")
    assert np.array_equal(whole(reader)[0, 0], RGB)
    assert np.array_equal(reader.read_region(0, 0, 0, 1, 1, 1, 2, 3), RGB[1, 1:3, 1:4])
    assert check(path).checked


def test_samples_in_an_order_that_nothing_states_are_not_guessed(written, opened):
    blocks = [bin_data(RGB[z].tobytes()) for z in range(2)]
    channel = '<Channel ID="Channel:0" SamplesPerPixel="3"/>'

    with pytest.raises(RefusedSample, match="CNV001"):
        opened(written(document(blocks, kind="uint8", channels=channel, sizes=COLOUR)))


@pytest.mark.parametrize(
    ("namespace", "prefix"),
    [
        ("http://www.openmicroscopy.org/XMLschemas/OME/FC/ome.xsd", "Bin:"),
        ("http://www.openmicroscopy.org/Schemas/OME/2008-02", "Bin:"),
        ("http://www.openmicroscopy.org/Schemas/OME/2010-06", "Bin:"),
        ("http://www.openmicroscopy.org/Schemas/OME/2015-01", "Bin:"),
        (NEW, ""),
    ],
)
def test_documents_of_every_age(written, opened, namespace, prefix):
    text = document(planes(prefix=prefix), namespace=namespace)
    if "2003" in namespace or "FC" in namespace or "2008" in namespace:
        text = text.replace(" Type=", " PixelType=")
    reader = opened(written(text))

    built = build_ome_xml(reader, no_dump(), NO_INVENTORY).xml

    assert np.array_equal(whole(reader), volume())
    assert reader.images[0].name == "a > b"
    assert "BinData" not in reader.ome_xml()
    assert problems(built) == []
    assert b'Name="a &gt; b"' in built


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("kept", [0.2, 0.6, 0.9, -1])
def test_a_document_that_is_cut_short_is_refused(written, compression, kept):
    text = document(planes(compression=compression)).encode()
    path = written(text[: int(len(text) * kept) if kept > 0 else kept])

    with pytest.raises(RefusedSample, match="INV004"):
        check(path)
    with pytest.raises(RefusedSample, match="INV004"):
        open_source(path, "ome_xml")


def test_a_plane_that_is_not_there_is_missing(written):
    path = written(document(planes()[:-1]))

    with pytest.raises(RefusedSample, match=r"INV004.*24 planes promised, 23 present"):
        check(path)
    with pytest.raises(RefusedSample, match="INV004"):
        open_source(path, "ome_xml")


@pytest.mark.parametrize("compression", COMPRESS)
def test_a_plane_that_is_shorter_than_promised_is_no_blank(written, opened, compression):
    blocks = planes(compression=compression)
    blocks[5] = bin_data(volume()[0, 0, 0, :-1].tobytes(), compression)
    path = written(document(blocks))

    with pytest.raises(RefusedSample, match=r"INV004.*24 planes promised, 5 present"):
        check(path)
    with pytest.raises(RefusedSample, match="CNV001"):
        whole(opened(path))


DAMAGED = {
    "a letter that is none of base64": lambda text: text.replace('"zlib">eJ', '"zlib">*J', 1),
    "padding in the middle": lambda text: text.replace('"zlib">eJ', '"zlib">==', 1),
    "another stream than stated": lambda text: text.replace('Compression="zlib"', 'Compression="bzip2"', 1),
    "a bit that flipped": lambda text: text[:-60] + ("B" if text[-60] != "B" else "C") + text[-59:],
    "an unknown compression": lambda text: text.replace('Compression="zlib"', 'Compression="j2k"', 1),
    "an element inside": lambda text: text.replace("</BinData>", "<b/></BinData>", 1),
    "CDATA inside": lambda text: text.replace("</BinData>", "<![CDATA[AAAA]]></BinData>", 1),
    "a document type": lambda text: text.replace("<OME", "<!DOCTYPE OME [<!ENTITY a 'b'>]><OME", 1),
    "an unknown encoding": lambda text: text.replace("UTF-8", "UVF-8", 1),
    "a size of zero": lambda text: text.replace('SizeT="4"', 'SizeT="0"', 1),
    "another Length": lambda text: text.replace('Length="', 'Length="9', 1),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damage_is_found(written, damage):
    text = document([bin_data(plane.tobytes(), "zlib") for plane in ordered(volume(), "XYZCT")])

    with pytest.raises(RefusedSample, match="INV005"):
        check(written(DAMAGED[damage](text)))


def test_more_bytes_than_a_plane_has_are_refused(written, opened):
    blocks = planes(compression="zlib")
    blocks[0] = bin_data(volume()[0, 0, 0].tobytes() + b"\0\0", "zlib")
    path = written(document(blocks))

    with pytest.raises(RefusedSample, match="INV005"):
        check(path)
    with pytest.raises(RefusedSample, match="CNV001"):
        opened(path)


def test_a_bomb_of_zeros_is_not_inflated_to_its_end(written):
    blocks = planes()
    blocks[3] = bin_data(bytes(300 << 20), "zlib")

    with pytest.raises(RefusedSample, match=r"INV005.*more bytes"):
        check(written(document(blocks)))


@pytest.mark.parametrize("inside", ["<MetadataOnly/>", '<TiffData IFD="0"/>', ""])
def test_documents_without_pixels_of_their_own_are_left_to_others(written, opened, inside):
    with pytest.raises(RefusedSample, match="MET001"):
        opened(written(document([inside])))


def test_documents_in_utf_16_are_refused(written):
    path = written(document(planes()).replace("UTF-8", "UTF-16").encode("utf-16"))

    with pytest.raises(RefusedSample, match=r"MET001.*ome-xml.*bioformats"):
        open_source(path, "ome_xml")


def test_a_plane_larger_than_the_job_s_memory_is_refused_with_what_to_do(written, opened):
    sizes = {"X": 1024, "Y": 1024, "Z": 1, "C": 1, "T": 1}
    path = written(document([bin_data(bytes(2 << 20))], sizes=sizes))

    with pytest.raises(RefusedSample, match=r"CNV001.*mem_mb"):
        opened(path, memory_mb=4)


def test_a_mask_in_a_region_of_interest_is_no_plane(written, opened):
    mask = f"<ROI><Union><Mask>{bin_data(b'AAAA')}</Mask></Union></ROI>"
    path = written(document(planes()).replace("</Image>", f"</Image>{mask}"))

    reader = opened(path)

    assert np.array_equal(whole(reader), volume())
    assert reader.ome_xml().count("<BinData") == 1
    assert check(path).present_planes == 24


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["instrument_2015-01.ome.xml", "multi-channel_2013-06.ome.xml"])
def test_the_documents_of_the_corpus(corpus, opened, name):
    path = corpus / "ome_xml" / name

    assert np.array_equal(whole(opened(path)), whole(opened(path, "bioformats")))


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["multi-channel-z-series-time-series", "spim", "folders-simple-taxonomy", "ROI"])
def test_the_samples_of_the_ome_model(suites, opened, name):
    path = suites / "ome-model-2016-06" / "specification" / "samples" / "2016-06" / f"{name}.ome.xml"
    reader, second = opened(path), opened(path, "bioformats")

    assert check(path).checked
    assert [np.array_equal(whole(reader, n), whole(second, n)) for n in range(len(second.images))] == [True] * len(
        reader.images
    )
