"""The example storage: real formats, the same on every machine, made once."""

import csv
import os
import re
from pathlib import Path

import pytest

from fixative.example import make_storage
from fixative.example.__main__ import main
from fixative.example.storage import (
    COLUMNS,
    CZI_SCENES,
    CZI_STACK,
    IMAGEJ,
    OME_TIFF,
    PEOPLE,
    PHOTOGRAPH,
    PYRAMID,
)
from fixative.files import digest_file


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storage made once for all tests that only look at it."""
    return make_storage(tmp_path_factory.mktemp("example") / "storage").parent


def files_of(folder: Path) -> dict[str, tuple[str, int]]:
    """Digest and modification time of every file below a folder, but for the storage's own record."""
    paths = [path for path in sorted(folder.rglob("[!.]*")) if path.is_file()]
    return {str(path.relative_to(folder)): (digest_file(path).sha256, path.stat().st_mtime_ns) for path in paths}


def rows_of(storage: Path) -> list[dict[str, str]]:
    """The sheet's rows."""
    with (storage / "samples.tsv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, dialect="excel-tab"))


def test_two_machines_make_the_same_storage(storage, tmp_path):
    other = make_storage(tmp_path / "storage").parent

    made = {name: digest for name, (digest, _) in files_of(storage).items()}
    assert {name: digest for name, (digest, _) in files_of(other).items()} == made


def test_a_second_call_leaves_the_storage_untouched(storage):
    before = files_of(storage)

    make_storage(storage)

    assert files_of(storage) == before


def test_only_the_file_that_was_changed_is_made_anew(tmp_path):
    storage = make_storage(tmp_path / "storage").parent
    before = files_of(storage)
    os.utime(storage / CZI_STACK, (1, 1))
    (storage / PYRAMID).write_bytes(b"cut short")

    make_storage(storage)

    assert files_of(storage) == before | {CZI_STACK: (before[CZI_STACK][0], 1_000_000_000)}


def test_what_a_killed_call_left_is_cleared_away(tmp_path):
    leftover = tmp_path / ".storage.part" / "half.czi"
    leftover.parent.mkdir()
    leftover.write_bytes(b"half")

    make_storage(tmp_path / "storage")

    assert [path.name for path in tmp_path.iterdir()] == ["storage"]


def test_the_storage_is_small(storage):
    assert sum(path.stat().st_size for path in storage.rglob("*")) < 15e6


def test_the_sheet_lists_each_image_and_the_sidecar(storage):
    rows = rows_of(storage)

    listed = {row["source"] for row in rows} | {row["sidecars"] for row in rows if row["sidecars"]}
    assert tuple(rows[0]) == COLUMNS
    assert {name for name in files_of(storage) if not name.endswith((".json", ".tsv"))} == listed


def test_two_sources_share_a_base_name(storage):
    names = [Path(row["source"]).name for row in rows_of(storage)]

    assert names.count("stack.tif") == 2


def test_the_sheet_publishes_nobody_whom_the_metadata_name(storage):
    sheet = (storage / "samples.tsv").read_text(encoding="utf-8")
    public = re.sub(r"^([^\t]*)\t[^\t]*", r"\1", sheet, flags=re.MULTILINE)

    assert [name for name in PEOPLE if name in public] == []


def test_a_scan_takes_the_files_for_finished(storage):
    assert {mtime_ns for _, mtime_ns in files_of(storage / "widefield").values()} == {1_716_300_000 * 10**9}


def test_the_czi_stack_has_channels_slices_and_a_person(storage):
    from pylibCZIrw import czi

    with czi.open_czi(str(storage / CZI_STACK)) as document:
        sizes, xml = document.total_bounding_box, document.raw_metadata

    assert (sizes["C"], sizes["Z"]) == ((0, 2), (0, 5))
    assert "Tomasz Brzeziński" in xml
    assert r"D:\Users\tbrzezinski" in xml


def test_the_scenes_of_the_other_czi_differ_in_size(storage):
    from pylibCZIrw import czi

    with czi.open_czi(str(storage / CZI_SCENES)) as document:
        scenes = document.scenes_bounding_rectangle

    assert [(scene.h, scene.w) for scene in scenes.values()] == [(128, 160), (128, 160), (96, 120)]


def test_the_ome_tiff_is_valid_and_tells_of_instrument_planes_rois_annotations_and_a_person(storage):
    import ome_types
    import tifffile
    from lxml import etree

    with tifffile.TiffFile(storage / OME_TIFF) as tiff:
        shapes = [series.shape for series in tiff.series]
        xml = tiff.ome_metadata or ""

    schema = etree.XMLSchema(etree.parse(Path(ome_types.__file__).with_name("ome-2016-06.xsd")))
    ome = ome_types.from_xml(xml)
    assert schema.validate(etree.fromstring(xml.encode())), schema.error_log
    assert shapes == [(3, 2, 2, 128, 160), (192, 256)]
    assert ome.instruments[0].objectives[0].serial_number == "OBJ-1177"
    assert ome.images[0].pixels.planes[-1].delta_t == pytest.approx(120.25)
    assert len(ome.rois) == 2
    assert ome.structured_annotations.map_annotations
    assert ome.experimenters[0].email == "mei.lindqvist@example.org"


def test_the_imagej_hyperstack_names_a_person_and_a_path(storage):
    import tifffile

    with tifffile.TiffFile(storage / IMAGEJ) as tiff:
        axes, metadata = tiff.series[0].axes, tiff.imagej_metadata or {}

    assert axes == "TZCYX"
    assert "Operator = Mei Lindqvist" in metadata["Info"]
    assert "C:\\Users\\mlindqvist" in metadata["Info"]


def test_the_slide_is_a_pyramid_whose_levels_all_name_a_person(storage):
    import tifffile

    with tifffile.TiffFile(storage / PYRAMID) as tiff:
        levels = tiff.series[0].levels
        artists = [level.keyframe.tags["Artist"].value for level in levels]

    assert [level.shape for level in levels] == [(512, 768, 3), (256, 384, 3), (128, 192, 3)]
    assert artists == ["Dr. Jonas Weidmann"] * 3


def test_the_photograph_has_exif_xmp_and_a_position(storage):
    import tifffile

    with tifffile.TiffFile(storage / PHOTOGRAPH) as tiff:
        tags = tiff.pages.first.tags
        exif, xmp, gps = tags["ExifTag"].value, tags["XMP"].value, tags["GPSTag"].value

    assert exif["CameraOwnerName"] == "Jonas Weidmann"
    assert b"<rdf:li>Jonas Weidmann</rdf:li>" in xmp
    assert gps["GPSLatitudeRef"] == "N"


def test_the_command_prints_where_the_sheet_is(storage, capsys):
    status = main([str(storage)])

    assert status == 0
    assert capsys.readouterr().out == f"{storage / 'samples.tsv'}\n"
