"""Andor SIF: every acquisition of the file, and an end for those that have none."""

import struct
from pathlib import Path

import numpy as np
import pytest

from fixative.findings import RefusedSample
from fixative.ome.vendor.cameras import sif as facts
from fixative.readers.opening import open_backend
from fixative.readers.options import Request
from fixative.readers.protocol import Reader

NAMES = ("image.sif", "cli-0.sif", "DD58_785_1_Fe2O3_5x10s.sif")


def opened(path: Path) -> Reader:
    return open_backend(Request(path, "sif", "sif_parser"))


def refusal(path: Path) -> str:
    with pytest.raises(RefusedSample) as caught:
        opened(path)
    return caught.value.code


@pytest.fixture
def film(corpus, tmp_path) -> Path:
    """A real header with three small frames in place of its one."""
    data = (corpus / "sif" / "image.sif").read_bytes()
    header, _, _ = data[:2656].partition(b"Pixel number65538 1 512 512 1 1 1 262144 262144\n")
    size = b"Pixel number65538 1 2 3 1 3 1 18 6\n65538 1 2 3 1 1 1 0\n0\n0\n0\n"
    pixels = np.arange(18, dtype="<f4").tobytes()
    path = tmp_path / "film.sif"
    path.write_bytes(header + size + pixels + b"0\n0\n0\n0\n")
    return path


@pytest.mark.corpus
def test_frames_become_t(film):
    reader = opened(film)

    info = reader.images[0]
    assert (info.size_t, info.size_y, info.size_x, info.dtype) == (3, 2, 3, "float32")
    assert reader.read_region(0, 2, 0, 0, 1, 1, 1, 2).tolist() == [[16.0, 17.0]]


@pytest.mark.corpus
@pytest.mark.parametrize("lost", [1, 8, 9, 60])
def test_a_film_without_its_end_is_refused(film, lost):
    film.write_bytes(film.read_bytes()[:-lost])

    assert refusal(film) == "INV004"


@pytest.mark.corpus
def test_a_header_that_ends_in_the_middle_is_refused_where_sif_parser_never_returns(corpus, tmp_path):
    copy = tmp_path / "a.sif"
    copy.write_bytes((corpus / "sif" / "image.sif").read_bytes()[:700])

    assert refusal(copy) == "MET001"


@pytest.mark.corpus
def test_the_background_is_an_image_of_its_own(corpus):
    reader = opened(corpus / "sif" / "image.sif")

    background = np.fromfile(corpus / "sif" / "image.sif", "<f4", count=512 * 512, offset=1053846).reshape(512, 512)
    assert [info.name for info in reader.images] == ["Signal", "Background"]
    assert np.array_equal(reader.read_region(1, 0, 0, 0, 100, 3, 50, 500), background[100:150, 3:503])


@pytest.mark.corpus
@pytest.mark.parametrize("name", NAMES)
def test_the_signal_is_what_sif_parser_reads(corpus, name):
    import sif_parser

    expected, _ = sif_parser.np_open(str(corpus / "sif" / name))

    reader = opened(corpus / "sif" / name)

    assert np.array_equal(reader.read_region(0, 0, 0, 0, 0, 0, *expected.shape[1:]), expected[0])


@pytest.mark.corpus
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", [0.6, 0.9, 1])
def test_a_truncated_copy_is_refused(corpus, tmp_path, name, part):
    data = (corpus / "sif" / name).read_bytes()
    copy = tmp_path / name
    copy.write_bytes(data[: int(len(data) * part) if part < 1 else -1])

    assert refusal(copy) == "INV004"


@pytest.mark.corpus
def test_headers_and_xml_are_metadata(corpus):
    tree = opened(corpus / "sif" / "cli-0.sif").vendor_metadata()["sif"]

    assert tree["Signal"]["info"]["DetectorType"] == "DU420_OE"
    assert "DU420_OE " in tree["Background"]["header"]
    assert "Backgrounds" in tree["xml"]["sifx"]


@pytest.mark.corpus
def test_memory_that_the_camera_software_dumped_is_no_text(corpus):
    tree = opened(corpus / "sif" / "cli-0.sif").vendor_metadata()["sif"]

    lines = [line for line in tree["Signal"]["header"] if isinstance(line, str)]
    assert all(line.isprintable() and line.isascii() for line in lines)


@pytest.mark.corpus
def test_exposure_is_stated_in_seconds(corpus):
    reader = opened(corpus / "sif" / "cli-0.sif")

    found = facts(reader.vendor_metadata()["sif"], None, reader.images)[0]

    assert found is not None
    assert found.exposure is not None
    assert (found.exposure.value, found.exposure.unit) == ("0.1", "s")


def test_the_length_at_the_end_must_be_that_of_the_xml():
    from fixative.readers.sif import _xml

    body = b"<?xml version='1.0'?><Signals />"

    assert _xml(body + struct.pack("<Q", len(body)) + b"SIFX") == body
    with pytest.raises(RefusedSample, match="INV004"):
        _xml(body + struct.pack("<Q", len(body) + 1) + b"SIFX")
