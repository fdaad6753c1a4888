"""Olympus OIB and OIF: frames stand where their settings say; what the settings count is there."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from fixative.findings import RefusedSample
from fixative.ome.vendor.olympus import oif as facts
from fixative.readers.opening import open_backend
from fixative.readers.options import Request
from fixative.readers.protocol import Reader
from fixative.structure.oif import check_oif

SIZES = {"X": 7, "Y": 5, "C": 2, "Z": 0, "T": 3}
PIXELS = np.arange(3 * 2 * 5 * 7, dtype=np.uint16).reshape(3, 2, 5, 7)


def settings(path: Path, sections: dict[str, dict[str, object]]) -> None:
    lines = []
    for name, values in sections.items():
        lines.append(f"[{name}]")
        lines += [f'{key}="{value}"' if isinstance(value, str) else f"{key}={value}" for key, value in values.items()]
    path.write_bytes(b"\xff\xfe" + "\r\n".join(lines).encode("utf-16-le"))


def frame(folder: Path, c: int, t: int, kind: str = "COFAFrameImage") -> Path:
    """One frame: its TIFF and its settings, with numbers from 1."""
    name = f"s_C{c:03d}T{t:03d}" if kind == "COFAFrameImage" else f"s_C{c:03d}-R{t:03d}"
    tifffile.imwrite(folder / f"{name}.tif", PIXELS[t - 1, c - 1], photometric="minisblack")
    numbers = {0: 1, 1: 1, 2: c, 3: 1, 4: t}
    sections: dict[str, dict[str, object]] = {
        f"Axis {n} Parameters": {"Number": number} for n, number in numbers.items()
    }
    sections |= {
        "Acquisition Parameters Common": {"ObjectiveLens Name": "UPLSAPO 20X", "Magnification": 20.0},
        "File Info": {"DataName": f"{name}.tif"},
        "Image Parameters": {"ValidBitCounts": 12, "WidthConvertValue": 0.25, "WidthUnit": "um"},
        "ProfileSaveInfo": {"Name": kind},
    }
    settings(folder / f"{name}.pty", sections)
    return folder / f"{name}.tif"


def main_file(path: Path, count: int) -> None:
    sections: dict[str, dict[str, object]] = {
        f"Axis {n} Parameters Common": {"AxisCode": code, "MaxSize": size}
        for n, (code, size) in enumerate(SIZES.items())
    }
    sections |= {
        "Axis Parameter Common": {"AxisCount": 4, "AxisOrder": "XYCT"},
        "Channel 1 Parameters": {"CH Name": "CH1", "DyeName": "Alexa Fluor 488", "EmissionWavelength": 520},
        "Channel 2 Parameters": {"CH Name": "CH2", "DyeName": "None", "EmissionWavelength": 0},
        "ProfileSaveInfo": {"FrameCount": count, "Name": "COFAImages", "Version": "2.0.0.0"},
    }
    settings(path, sections)


@pytest.fixture
def oif(tmp_path) -> Path:
    path = tmp_path / "cells [1].oif"
    folder = tmp_path / "cells [1].oif.files"
    folder.mkdir()
    for t in (1, 2, 3):
        for c in (1, 2):
            frame(folder, c, t)
    main_file(path, 6)
    return path


def members(path: Path) -> list[Path]:
    return sorted((path.parent / f"{path.name}.files").iterdir())


OPEN: list[Reader] = []


@pytest.fixture(autouse=True)
def _closed():
    yield
    while OPEN:
        OPEN.pop().close()


def opened(path: Path, fmt: str = "oif") -> Reader:
    OPEN.append(open_backend(Request(path, fmt, "oiffile")))
    return OPEN[-1]


def refusal(path: Path, fmt: str = "oif") -> str:
    with pytest.raises(RefusedSample) as caught:
        opened(path, fmt)
    return caught.value.code


def refused_by_structure(path: Path) -> str:
    with pytest.raises(RefusedSample) as caught:
        check_oif(path, "oif", [path, *members(path)])
    return caught.value.code


def test_frames_stand_where_their_settings_say(oif):
    reader = opened(oif)

    info = reader.images[0]
    assert (info.size_t, info.size_c, info.size_z, info.significant_bits) == (3, 2, 1, 12)
    assert all(
        np.array_equal(reader.read_region(0, t, c, 0, 1, 2, 3, 5), PIXELS[t, c, 1:4, 2:7])
        for t in range(3)
        for c in range(2)
    )


def test_every_file_of_the_folder_is_among_its_files(oif):
    assert opened(oif).files() == [oif, *members(oif)]


def test_the_pages_are_decoded_by_tifffile(oif):
    assert opened(oif).library == "tifffile"


def test_settings_of_every_frame_are_metadata(oif):
    tree = opened(oif).vendor_metadata()["oif"]

    assert tree["main"]["ProfileSaveInfo"]["FrameCount"] == 6
    assert tree["frames"]["rows"] == 6


def test_a_frame_without_its_tiff_is_refused(oif):
    members(oif)[1].unlink()

    assert refusal(oif) == "INV006"
    assert refused_by_structure(oif) == "INV006"


def test_a_frame_that_the_main_file_counts_and_nothing_describes_is_refused(oif):
    for file in members(oif)[:2]:
        file.unlink()

    assert refusal(oif) == "INV004"
    assert refused_by_structure(oif) == "INV004"


def test_frames_after_the_acquisition_was_stopped_are_absent(oif):
    for file in members(oif):
        if "T003" in file.name:
            file.unlink()
    main_file(oif, 4)

    reader = opened(oif)

    assert reader.images[0].absent == {(2, 0, 0), (2, 1, 0)}
    assert check_oif(oif, "oif", [oif, *members(oif)]).promised_planes == 4


def test_a_tiff_cut_short_is_refused(oif):
    file = members(oif)[1]
    file.write_bytes(file.read_bytes()[:-1])
    reader_code = None
    try:
        reader = opened(oif)
        reader.read_region(0, 0, 0, 0, 0, 0, 5, 7)
    except RefusedSample as refused:
        reader_code = refused.code

    assert reader_code is not None
    assert refused_by_structure(oif) == "INV004"


def test_a_set_without_its_folder_is_refused(oif):
    folder = oif.parent / f"{oif.name}.files"
    folder.rename(oif.parent / "elsewhere")

    assert refusal(oif) == "INV006"


def test_reference_images_are_images_of_their_own(oif):
    frame(oif.parent / f"{oif.name}.files", 1, 2, "COFAReferenceImage")

    reader = opened(oif)

    assert [info.kind for info in reader.images] == ["image", "macro"]
    assert np.array_equal(reader.read_region(1, 0, 0, 0, 0, 0, 5, 7), PIXELS[1, 0])


def test_channels_and_sizes_are_those_of_the_settings(oif):
    reader = opened(oif)

    found = facts(reader.vendor_metadata()["oif"], None, reader.images)[0]

    assert found is not None
    assert [(channel.name, channel.fluor, channel.emission_nm) for channel in found.channels] == [
        ("CH1", "Alexa Fluor 488", "520"),
        ("CH2", None, None),
    ]
    assert (found.size["X"].value, found.size["X"].unit) == ("0.25", "µm")
    assert found.objective == {"Model": "UPLSAPO 20X", "NominalMagnification": "20"}


@pytest.mark.corpus
def test_an_oib_is_read_as_its_own_library_reads_it(corpus):
    import oiffile

    path = corpus / "oib" / "test.oib"
    expected = oiffile.imread(path)

    reader = opened(path, "oib")

    assert all(np.array_equal(reader.read_region(0, 0, c, 0, 0, 0, 256, 256), expected[c]) for c in range(3))
    assert check_oif(path, "oib", [path]).present_planes == 3


@pytest.mark.corpus
@pytest.mark.parametrize("part", [0.6, 0.9])
def test_a_truncated_oib_is_refused(corpus, tmp_path, part):
    data = (corpus / "oib" / "test.oib").read_bytes()
    copy = tmp_path / "test.oib"
    copy.write_bytes(data[: int(len(data) * part)])

    assert refusal(copy, "oib") == "INV004"
    with pytest.raises(RefusedSample, match="INV004"):
        check_oif(copy, "oib", [copy])


@pytest.mark.corpus
def test_an_oib_without_its_last_byte_still_holds_every_frame(corpus, tmp_path):
    """The last sector of an OLE file is padding after the last stream; the streams are whole."""
    path = corpus / "oib" / "test.oib"
    copy = tmp_path / "test.oib"
    copy.write_bytes(path.read_bytes()[:-1])

    whole, cut = opened(path, "oib"), opened(copy, "oib")

    assert all(
        np.array_equal(whole.read_region(0, 0, c, 0, 0, 0, 256, 256), cut.read_region(0, 0, c, 0, 0, 0, 256, 256))
        for c in range(3)
    )
    assert whole.vendor_metadata() == cut.vendor_metadata()
