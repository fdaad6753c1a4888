"""What each subblock and each attachment of a CZI says stands in the dump."""

import hashlib
import struct

import pytest

from fixative.readers.czi.attachments import attachments
from fixative.readers.czi.subblocks import subblocks
from fixative.trees import digest_of

STATE = "&lt;CameraState&gt;&lt;ExposureTime&gt;{}&lt;/ExposureTime&gt;&lt;/CameraState&gt;"


def tags(time: int, x: str = "+000000001.5") -> bytes:
    """Metadata of a subblock, as ZEN writes it."""
    state = STATE.format(100 + time)
    inner = f"<AcquisitionTime>2020-01-01T00:00:0{time}Z</AcquisitionTime><StageXPosition>{x}</StageXPosition>"
    return f"<METADATA><Tags>{inner}<DetectorState>{state}</DetectorState></Tags><DataSchema /></METADATA>".encode()


def segment(name: str, content: bytes) -> bytes:
    return name.encode().ljust(16, b"\0") + struct.pack("<qq", len(content), len(content)) + content


def entry(position: int, t: int) -> bytes:
    """Entry of the directory: one Gray8 subblock of 2 x 1 pixels at a time point."""
    dimensions = (("X", 0, 2), ("Y", 0, 1), ("C", 0, 1), ("T", t, 1))
    table = b"".join(struct.pack("<4siifi", name.encode(), start, size, 0, size) for name, start, size in dimensions)
    return struct.pack("<2siqiiB5xi", b"DV", 0, position, 0, 0, 0, len(dimensions)) + table


def subblock(position: int, t: int, metadata: bytes) -> bytes:
    own = entry(position, t)
    head = (struct.pack("<iiq", len(metadata), 0, 2) + own).ljust(256, b"\0")
    return segment("ZISRAWSUBBLOCK", head + metadata + b"\1\2")


def czi(path, metadata: list[bytes], attached: list[tuple[str, str, bytes]] = ()):
    """Write a CZI of one part: a subblock for each metadata, an attachment for each (name, type, content)."""
    parts, position = [], 32 + 512
    places = []
    for t, each in enumerate(metadata):
        places.append(position)
        parts.append(subblock(position, t, each))
        position += len(parts[-1])
    directory = position
    entries = b"".join(entry(place, t) for t, place in enumerate(places))
    parts.append(segment("ZISRAWDIRECTORY", struct.pack("<i", len(places)).ljust(128, b"\0") + entries))
    position += len(parts[-1])
    listed = b""
    for name, kind, content in attached:
        listed += struct.pack("<2s10xqi16s8s80s", b"A1", position, 0, b"", kind.encode(), name.encode())
        parts.append(segment("ZISRAWATTACH", struct.pack("<i", len(content)).ljust(256, b"\0") + content))
        position += len(parts[-1])
    parts.append(segment("ZISRAWATTDIR", struct.pack("<i", len(attached)).ljust(256, b"\0") + listed))
    head = struct.pack("<ii8x32xiqqiq", 1, 0, 0, directory, 0, 0, position).ljust(512, b"\0")
    path.write_bytes(segment("ZISRAWFILE", head) + b"".join(parts))
    return path


def test_tags_of_subblocks_stand_as_columns_beside_their_place(tmp_path):
    path = czi(tmp_path / "a.czi", [tags(0), tags(1)])

    table = subblocks(path)["Metadata"]

    assert table["T"] == [0, 1]
    assert table["AcquisitionTime"] == ["2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z"]
    assert table["StageXPosition"] == "+000000001.5"


def test_xml_within_a_tag_is_a_tree_of_columns(tmp_path):
    path = czi(tmp_path / "a.czi", [tags(0), tags(1)])

    state = subblocks(path)["Metadata"]["DetectorState"]

    assert state == {"CameraState": {"ExposureTime": ["100", "101"]}}


def test_the_directory_is_summarised(tmp_path):
    path = czi(tmp_path / "a.czi", [tags(0), b"", tags(2)])

    tree = subblocks(path)

    assert (tree["Count"], tree["PixelType"], tree["PyramidType"]) == (3, {"Gray8": 3}, {"None": 3})
    assert (tree["Dimension"]["T"], tree["Metadata"]["rows"]) == ({"Start": 0, "Size": 3}, 2)


def test_metadata_of_a_subblock_that_is_no_xml_stands_as_its_digest(tmp_path):
    path = czi(tmp_path / "a.czi", [b"<METADATA><Tags>"])

    assert subblocks(path)["Metadata"]["METADATA"] == [digest_of(b"<METADATA><Tags>")]


@pytest.mark.parametrize(
    ("kind", "content", "name", "decoded"),
    [
        ("CZTIMS", struct.pack("<iidd", 24, 2, 0.5, 60.25), "TimeStamps", [0.5, 60.25]),
        (
            "CZEVL",
            struct.pack("<iiidii", 36, 1, 28, 1.5, 3, 8) + b"Bleached",
            "EventList",
            {"rows": 1, "Time": 1.5, "EventType": 3, "Description": "Bleached"},
        ),
        ("CZFBMX", b"<FiberMatrix><Rows>2</Rows></FiberMatrix>", "FiberMatrix", {"FiberMatrix": {"Rows": "2"}}),
        ("CZEVL", struct.pack("<ii", 8, 9), "EventList", {"error": "error"}),
    ],
)
def test_an_attachment_of_metadata_is_read(tmp_path, kind, content, name, decoded):
    path = czi(tmp_path / "a.czi", [tags(0)], [("Name", kind, content)])

    (found,) = attachments(path)

    assert found == {"Name": "Name", "ContentFileType": kind, "Content": digest_of(content), name: decoded}


def test_a_picture_among_the_attachments_stands_as_its_digest(tmp_path):
    path = czi(tmp_path / "a.czi", [tags(0)], [("Thumbnail", "JPG", b"\xff\xd8jpeg")])

    (found,) = attachments(path)

    assert found["Content"] == {"sha256": hashlib.sha256(b"\xff\xd8jpeg").hexdigest(), "bytes": 6}


@pytest.mark.corpus
def test_a_real_czi_says_when_and_where_each_tile_was_taken(corpus):
    path = corpus / "copyleft/czi/CellDivision_T3_Z5_CH2_X240_Y170.czi"

    table = subblocks(path)["Metadata"]
    attached = {found["Name"]: found for found in attachments(path)}

    assert (table["rows"], len(set(table["AcquisitionTime"])), len(set(table["FocusPosition"]))) == (30, 30, 5)
    assert table["DetectorState"]["CameraState"]["CameraDisplayName"] == "Axiocam 506"
    assert attached["TimeStamps"]["TimeStamps"] == pytest.approx([360.42, 420.40, 480.41], abs=0.01)
