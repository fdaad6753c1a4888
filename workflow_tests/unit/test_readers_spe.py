"""Princeton Instruments SPE: as many frames as the header says, of one region each."""

import struct
from pathlib import Path

import numpy as np
import pytest

from fixative.findings import RefusedSample
from fixative.readers.opening import open_backend
from fixative.readers.options import Request
from fixative.readers.protocol import Reader

FRAMES = np.arange(4 * 6 * 9, dtype="<u2").reshape(4, 6, 9)


def spe(path: Path, *, version: float = 2.0, frames: int = 4, regions: int = 1, xml: str = "") -> Path:
    header = bytearray(4100)
    fields = {108: ("<h", 3), 42: ("<H", 9), 656: ("<H", 6), 1446: ("<i", frames), 1510: ("<h", regions)}
    fields |= {1992: ("<f", version), 2996: ("<i", 0x01234567), 10: ("<f", 0.25)}
    fields |= {678: ("<Q", 4100 + FRAMES.nbytes)}
    for at, (layout, value) in fields.items():
        struct.pack_into(layout, header, at, value)
    path.write_bytes(bytes(header) + FRAMES.tobytes() + xml.encode())
    return path


def blocks(stride: int = 108, count: int = 4, regions: int = 1) -> str:
    region = '<DataBlock type="Region" count="1" width="9" height="6" size="108" stride="108" />' * regions
    block = f'<DataBlock type="Frame" count="{count}" size="108" stride="{stride}">{region}</DataBlock>'
    return f'<SpeFormat version="3.0"><DataFormat>{block}</DataFormat></SpeFormat>'


def opened(path: Path) -> Reader:
    return open_backend(Request(path, "spe", "imageio-spe"))


def refusal(path: Path) -> str:
    with pytest.raises(RefusedSample) as caught:
        opened(path)
    return caught.value.code


def test_frames_become_t(tmp_path):
    reader = opened(spe(tmp_path / "a.spe"))

    info = reader.images[0]
    assert (info.size_t, info.size_y, info.size_x, info.dtype) == (4, 6, 9, "uint16")
    assert np.array_equal(reader.read_region(0, 3, 0, 0, 2, 1, 3, 5), FRAMES[3, 2:5, 1:6])


def test_version_3_has_its_xml_as_metadata(tmp_path):
    reader = opened(spe(tmp_path / "a.spe", version=3.0, xml=blocks()))

    assert reader.vendor_metadata()["spe"]["SpeFormat"]["@version"] == "3.0"
    assert np.array_equal(reader.read_region(0, 1, 0, 0, 0, 0, 6, 9), FRAMES[1])


@pytest.mark.parametrize("lost", [1, 108, 400])
def test_fewer_frames_than_the_header_says_are_refused(tmp_path, lost):
    path = spe(tmp_path / "a.spe")
    path.write_bytes(path.read_bytes()[:-lost])

    assert refusal(path) == "INV004"


def test_more_frames_than_the_header_says_are_refused(tmp_path):
    assert refusal(spe(tmp_path / "a.spe", frames=3)) == "CNV003"


def test_xml_without_its_end_is_refused(tmp_path):
    assert refusal(spe(tmp_path / "a.spe", version=3.0, xml=blocks()[:-1])) == "INV004"


def test_several_regions_of_interest_are_refused(tmp_path):
    assert refusal(spe(tmp_path / "a.spe", regions=2)) == "CNV001"
    assert refusal(spe(tmp_path / "b.spe", version=3.0, xml=blocks(regions=2))) == "CNV001"


def test_frames_with_metadata_of_their_own_are_refused_and_not_read_as_pixels(tmp_path):
    assert refusal(spe(tmp_path / "a.spe", version=3.0, xml=blocks(stride=124))) == "CNV001"


def test_a_count_of_frames_that_the_xml_denies_is_refused(tmp_path):
    assert refusal(spe(tmp_path / "a.spe", version=3.0, xml=blocks(count=5))) == "CNV003"


@pytest.mark.corpus
def test_a_real_film_is_its_values_one_after_the_other(corpus):
    path = corpus / "spe" / "spestack_test.spe"
    expected = np.fromfile(path, "<u2", offset=4100).reshape(5, 128, 128)

    reader = opened(path)

    assert all(np.array_equal(reader.read_region(0, t, 0, 0, 0, 0, 128, 128), expected[t]) for t in range(5))


@pytest.mark.corpus
@pytest.mark.parametrize("part", [0.6, 0.9, 1])
def test_a_truncated_copy_is_refused(corpus, tmp_path, part):
    data = (corpus / "spe" / "spestack_test.spe").read_bytes()
    copy = tmp_path / "a.spe"
    copy.write_bytes(data[: int(len(data) * part) if part < 1 else -1])

    assert refusal(copy) == "INV004"
