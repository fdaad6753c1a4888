"""Plates of OME-Zarr: every field an image, named by its place; holes stay holes, what is missing is a finding."""

import shutil
from contextlib import ExitStack, closing

import numpy as np
import pytest
import zarr

from fixative.findings import RefusedSample
from fixative.ome.build import build_ome_xml
from fixative.ome.schema import ome, problems
from fixative.readers.opening import open_backend
from fixative.readers.options import Request
from fixative.xml_tree import parse_xml
from ome_sources import NO_INVENTORY, dump_of

RANDOM = np.random.default_rng(29)
WELLS = {
    "A/1": [{"path": "0", "acquisition": 1}, {"path": "1", "acquisition": 2}],
    "A/2": [{"path": "1", "acquisition": 1}],
    "B/3": [],
}
"""Wells in the order of the plate, which is not that of the metadata, and their fields; B/3 was not imaged."""
ACQUISITIONS = [
    {"id": 1, "name": "first", "maximumfieldcount": 2, "starttime": 1343731272000, "description": "before"},
    {"id": 2, "name": "second", "maximumfieldcount": 2, "starttime": "yesterday"},
]


class Plate:
    """A plate that was written: its folder and the pixels of each field."""

    def __init__(self, path, zarr_format):
        self.path, self.fields = path, {}
        self._nested = zarr_format == 3
        root = zarr.create_group(path, zarr_format=zarr_format)
        wells = [
            {"path": well, "rowIndex": "AB".index(well[0]), "columnIndex": int(well[2]) - 1}
            for well in reversed(WELLS)
        ]
        plate = {"name": "screen", "acquisitions": ACQUISITIONS, "field_count": 2, "wells": wells, "version": "0.4"}
        plate |= {"rows": [{"name": "A"}, {"name": "B"}], "columns": [{"name": str(n)} for n in (1, 2, 3)]}
        self._describe(root, {"plate": plate})
        for well, fields in WELLS.items():
            self._describe(root.create_group(well), {"well": {"images": fields}})
            for field in fields:
                self._write(root, f"{well}/{field['path']}")

    def _describe(self, group, attributes):
        group.attrs.update({"ome": attributes | {"version": "0.5"}} if self._nested else attributes)

    def _write(self, root, name):
        data = RANDOM.integers(1, 200, (2, 20 + len(self.fields), 30)).astype("uint8")
        group = root.create_group(name)
        group.create_array("0", data=data, chunks=(1, 16, 16))
        size = 0.5 + len(self.fields)
        scale = [{"type": "scale", "scale": [1, size, size]}]
        axes = [{"name": "c"}, *({"name": axis, "type": "space", "unit": "micrometer"} for axis in "yx")]
        datasets = [{"path": "0", "coordinateTransformations": scale}]
        self._describe(group, {"multiscales": [{"name": "0", "axes": axes, "datasets": datasets}]})
        self.fields[name] = data


@pytest.fixture(params=[2, 3])
def plate(tmp_path, request):
    return Plate(tmp_path / "plate.zarr", request.param)


@pytest.fixture
def open_plate(plate):
    with ExitStack() as opened:

        def open_one(backend="zarr"):
            return opened.enter_context(closing(open_backend(Request(plate.path, "ome_zarr", backend))))

        yield open_one


@pytest.mark.parametrize("backend", ["zarr", "tensorstore"])
def test_every_field_of_every_well_is_an_image_named_by_its_place(open_plate, plate, backend):
    reader = open_plate(backend)

    found = {info.name: reader.read_region(info.index, 0, 1, 0, 3, 5, 17, 20) for info in reader.images}

    assert list(found) == ["A/1/0", "A/1/1", "A/2/1"]
    assert all(np.array_equal(found[name], data[1, 3:20, 5:25]) for name, data in plate.fields.items())


def test_the_plate_its_wells_and_its_acquisitions_are_in_the_ome_xml(open_plate):
    reader = open_plate()

    xml = build_ome_xml(reader, dump_of(**reader.vendor_metadata()), NO_INVENTORY).xml

    assert problems(xml) == []
    root = parse_xml(xml)
    element = root.find(ome("Plate"))
    names = {image.get("ID"): image.get("Name") for image in root.iter(ome("Image"))}
    wells = {
        (well.get("Row"), well.get("Column")): [names[ref.get("ID")] for ref in well.iter(ome("ImageRef"))]
        for well in element.iter(ome("Well"))
    }
    assert (element.get("Name"), element.get("Rows"), element.get("Columns")) == ("screen", "2", "3")
    assert (element.get("RowNamingConvention"), element.get("ColumnNamingConvention")) == ("letter", "number")
    assert wells == {("0", "0"): ["A/1/0", "A/1/1"], ("0", "1"): ["A/2/1"], ("1", "2"): []}
    first, second = element.iter(ome("PlateAcquisition"))
    assert (first.get("Name"), first.get("StartTime")) == ("first", "2012-07-31T10:41:12Z")
    assert first.find(ome("Description")).text == "before"
    assert [ref.get("ID") for ref in first.iter(ome("WellSampleRef"))] == ["WellSample:0", "WellSample:2"]
    assert (second.get("StartTime"), len(list(second.iter(ome("WellSampleRef"))))) == (None, 1)


def test_each_field_has_the_pixel_size_of_its_own_metadata(open_plate):
    reader = open_plate()

    xml = build_ome_xml(reader, dump_of(**reader.vendor_metadata()), NO_INVENTORY).xml

    assert [p.get("PhysicalSizeX") for p in parse_xml(xml).iter(ome("Pixels"))] == ["0.5", "1.5", "2.5"]


@pytest.mark.parametrize("missing", ["A/1/1", "A/2", "A/1/1/0"])
@pytest.mark.parametrize("backend", ["zarr", "tensorstore"])
def test_a_well_or_field_that_is_listed_and_not_there_is_missing(open_plate, plate, missing, backend):
    shutil.rmtree(plate.path / missing)

    with pytest.raises(RefusedSample) as caught:
        open_plate(backend)

    assert (caught.value.code, caught.value.places["name"]) == ("INV006", missing)


def test_the_order_of_the_wells_is_that_of_the_ome_xml_where_the_writer_states_it(tmp_path):
    plate = Plate(tmp_path / "plate.zarr", 2)
    order = ["A/2/1", "A/1/1", "A/1/0"]
    zarr.open_group(plate.path).create_group("OME").attrs["series"] = order

    with closing(open_backend(Request(plate.path, "ome_zarr", "zarr"))) as reader:
        assert [info.name for info in reader.images] == order


def test_a_plate_of_ome_zarr_0_1_has_its_rows_and_columns_in_the_paths_of_its_wells(tmp_path):
    plate = Plate(tmp_path / "plate.zarr", 2)
    root = zarr.open_group(plate.path)
    old = root.attrs["plate"] | {"wells": [{"path": well} for well in WELLS]}
    root.attrs["plate"] = old

    with closing(open_backend(Request(plate.path, "ome_zarr", "zarr"))) as reader:
        wells = parse_xml(reader.ome_xml()).iter(ome("Well"))

    assert [(well.get("Row"), well.get("Column")) for well in wells] == [("0", "0"), ("0", "1"), ("1", "2")]


def test_labels_of_a_field_are_categories_beside_the_plate(tmp_path):
    plate = Plate(tmp_path / "plate.zarr", 2)
    labels = zarr.open_group(plate.path)["A/1/0"].create_group("labels")
    labels.attrs["labels"] = ["nuclei"]
    nuclei = labels.create_group("nuclei")
    nuclei.create_array("0", data=np.ones((20, 30), np.uint16), chunks=(16, 16))
    nuclei.attrs["multiscales"] = [{"axes": [{"name": "y"}, {"name": "x"}], "datasets": [{"path": "0"}]}]

    with closing(open_backend(Request(plate.path, "ome_zarr", "zarr"))) as reader:
        images = [(info.name, info.categorical) for info in reader.images]
        root = parse_xml(build_ome_xml(reader, dump_of(**reader.vendor_metadata()), NO_INVENTORY).xml)

    assert images == [("A/1/0", False), ("A/1/0/labels/nuclei", True), ("A/1/1", False), ("A/2/1", False)]
    assert len(list(root.iter(ome("WellSample")))) == 3
    assert [p.get("PhysicalSizeX") for p in root.iter(ome("Pixels"))] == ["0.5", None, "1.5", "2.5"]
