"""Values of the sheet go into the OME-XML where the source says nothing, and are marked as a person's."""

from pathlib import Path

import pytest
from lxml import etree

from fixative.findings import RefusedSample
from fixative.metadata_diff.allowed_loss import load_allowed_loss
from fixative.models import SampleRow
from fixative.ome.complete import serialised
from fixative.ome.schema import NAMESPACE, problems
from fixative.readers.protocol import ImageInfo
from fixative.required.fields import FIELDS
from fixative.required.supplied import SUPPLIED_NAMESPACE, supply

OME = {"o": NAMESPACE}
EVERYTHING = {
    "physical_size_x_um": "0.1",
    "physical_size_y_um": "0.2",
    "physical_size_z_um": "0.5",
    "time_increment_s": "2",
    "channel_names": "DAPI; GFP",
    "excitation_wavelength_nm": "405;488",
    "emission_wavelength_nm": "450;520",
    "fluorophores": "DAPI;EGFP",
    "exposure_time_s": "0.05",
    "objective_na": "1.4",
    "objective_magnification": "63",
    "objective_immersion": "oil",
    "microscope_manufacturer": "Zeiss",
    "microscope_model": "LSM 880",
    "detector_model": "Orca",
    "acquisition_date": "2024-03-05T10:11:12",
    "accelerating_voltage_kv": "200",
}


def row(**extra: str) -> SampleRow:
    return SampleRow(line=2, sample_id="A", source=Path("a.tif"), dataset="d", privacy_policy="p", extra=extra)


def image(number: int = 0, *, channels: int = 2, pixels: str = "", inside: str = "", z: int = 2, t: int = 2) -> str:
    found = "".join(f'<Channel ID="Channel:{number}:{c}"/>' for c in range(channels))
    return (
        f'<Image ID="Image:{number}">{inside}<Pixels ID="Pixels:{number}" DimensionOrder="XYZCT" SizeX="4" SizeY="4" '
        f'SizeZ="{z}" SizeC="{channels}" SizeT="{t}" Type="uint8" {pixels}>{found}<MetadataOnly/></Pixels></Image>'
    )


def document(*parts: str) -> "etree._Element":
    return etree.fromstring(f'<OME xmlns="{NAMESPACE}">{"".join(parts)}</OME>')


def info(number: int, kind: str = "image", **more: object) -> ImageInfo:
    sizes = {"size_t": 2, "size_c": 2, "size_z": 2, "size_y": 4, "size_x": 4, "samples": 1}
    return ImageInfo(index=number, name=None, dtype="uint8", kind=kind, **{**sizes, **more})


def texts(root: "etree._Element", path: str) -> list[str]:
    return [str(found) for found in root.xpath(path, namespaces=OME)]


def test_every_field_that_ome_has_a_place_for_is_put_there():
    root = document(image())

    supply(root, row(**EVERYTHING))

    assert texts(root, "//o:Pixels/@PhysicalSizeX | //o:Pixels/@PhysicalSizeXUnit") == ["0.1", "µm"]
    assert texts(root, "//o:Pixels/@TimeIncrement") == ["2"]
    assert texts(root, "//o:Channel/@Name") == ["DAPI", "GFP"]
    assert texts(root, "//o:Channel/@ExcitationWavelength") == ["405", "488"]
    assert texts(root, "//o:Channel/@Fluor") == ["DAPI", "EGFP"]
    assert texts(root, "//o:Plane/@ExposureTime") == ["0.05"] * 8
    assert texts(root, "//o:Objective[@ID = //o:ObjectiveSettings/@ID]/@LensNA") == ["1.4"]
    assert texts(root, "//o:Objective/@Immersion") == ["Oil"]
    assert texts(root, "//o:Instrument[@ID = //o:InstrumentRef/@ID]/o:Microscope/@Model") == ["LSM 880"]
    assert texts(root, "//o:Image/o:AcquisitionDate/text()") == ["2024-03-05T10:11:12"]


def test_the_document_is_valid_with_everything_supplied():
    root = document(image(), image(1))

    supply(root, row(**EVERYTHING))

    assert problems(serialised(root)) == []


def test_what_is_supplied_is_marked_as_a_persons_on_every_image_that_got_it():
    root = document(image(), image(1))

    supply(root, row(objective_na="1.4", accelerating_voltage_kv="200"))

    mark = f"//o:MapAnnotation[@Namespace='{SUPPLIED_NAMESPACE}']"
    assert texts(root, f"{mark}//o:M/@K") == ["objective_na", "accelerating_voltage_kv"]
    assert texts(root, f"{mark}//o:M/text()") == ["1.4", "200"]
    assert texts(root, "//o:Image/o:AnnotationRef/@ID") == texts(root, f"{mark}/@ID") * 2


@pytest.mark.parametrize(("stated", "differs"), [("0.3", True), ("0.2501", False)])
def test_the_source_stands_where_it_says_something(stated, differs):
    root = document(image(pixels='PhysicalSizeX="250" PhysicalSizeXUnit="nm"'))

    (found,) = supply(root, row(physical_size_x_um=stated))

    assert (found.images, found.differs) == (0, differs)
    assert texts(root, "//@PhysicalSizeX | //@PhysicalSizeXUnit") == ["250", "nm"]
    assert texts(root, "//o:MapAnnotation") == []


def test_a_size_in_pixels_is_no_size():
    root = document(image(pixels='PhysicalSizeX="1" PhysicalSizeXUnit="pixel"'))

    supply(root, row(physical_size_x_um="0.25"))

    assert texts(root, "//@PhysicalSizeX | //@PhysicalSizeXUnit") == ["0.25", "µm"]


def test_a_channel_that_has_a_name_keeps_it():
    root = document(image())
    root.find(".//{*}Channel").set("Name", "from the source")

    (found,) = supply(root, row(channel_names="DAPI;GFP"))

    assert texts(root, "//o:Channel/@Name") == ["from the source", "GFP"]
    assert (found.images, found.differs) == (1, True)


def test_a_channel_that_nobody_knows_is_left_without_a_value():
    root = document(image())

    supply(root, row(emission_wavelength_nm=";520"))

    assert texts(root, "//o:Channel[1]/@EmissionWavelength") == []
    assert texts(root, "//o:Channel[2]/@EmissionWavelength") == ["520"]


@pytest.mark.parametrize("column", ["channel_names", "exposure_time_s"])
def test_values_for_another_number_of_channels_refuse_the_sample(column):
    with pytest.raises(RefusedSample, match=f"MET005.*{column}.*2 channels, 3 values"):
        supply(document(image()), row(**{column: "1;2;3"}))


def test_a_macro_gets_nothing():
    root = document(image(), image(1))

    supply(root, row(physical_size_x_um="0.25"), [info(0), info(1, "macro")])

    assert texts(root, "//o:Image[@ID='Image:0']//@PhysicalSizeX") == ["0.25"]
    assert texts(root, "//o:Image[@ID='Image:1']//@PhysicalSizeX | //o:Image[@ID='Image:1']/o:AnnotationRef") == []


def test_a_plane_that_was_never_taken_gets_no_exposure():
    root = document(image())

    supply(root, row(exposure_time_s="0.05;0.1"), [info(0, absent=frozenset({(1, 1, 1)}))])

    assert texts(root, "//o:Plane[@TheC=1]/@ExposureTime") == ["0.1"] * 3


def test_an_image_without_a_third_axis_gets_no_distance_of_slices():
    root = document(image(z=1))

    (found,) = supply(root, row(physical_size_z_um="0.5"))

    assert found.images == 0
    assert texts(root, "//@PhysicalSizeZ") == []


def test_a_day_without_a_time_stands_in_the_annotation_alone():
    root = document(image())

    supply(root, row(acquisition_date="2024-03-05"))

    assert texts(root, "//o:AcquisitionDate") == []
    assert texts(root, "//o:M[@K='acquisition_date']/text()") == ["2024-03-05"]


def test_images_that_share_an_instrument_share_what_is_supplied():
    reference = '<InstrumentRef ID="Instrument:0"/>'
    root = document('<Instrument ID="Instrument:0"/>', image(inside=reference), image(1, inside=reference))

    supply(root, row(objective_na="1.4", detector_model="Orca"))

    assert texts(root, "//o:Objective/@LensNA") == ["1.4"]
    assert texts(root, "//o:ObjectiveSettings/@ID") == ["Objective:0", "Objective:0"]
    assert problems(serialised(root)) == []


def test_one_objective_of_a_turret_is_not_chosen_by_chance():
    turret = '<Instrument ID="Instrument:0"><Objective ID="Objective:0"/><Objective ID="Objective:1"/></Instrument>'
    root = document(turret, image(inside='<InstrumentRef ID="Instrument:0"/>'))

    supply(root, row(objective_na="1.4"))

    assert texts(root, "//o:Objective[@LensNA]/@ID") == ["Objective:2"]


def test_the_test_above_supplies_every_field_with_a_column():
    assert set(EVERYTHING) == {field.name for field in FIELDS.values() if field.own_column}


@pytest.mark.parametrize(
    ("value", "allowed"), [("0.14 pixel", True), ("1 reference frame", True), ("0.14 µm", False)]
)
def test_the_metadata_diff_lets_a_length_stand_for_a_size_in_pixels_and_for_no_other(repository, value, allowed):
    shipped = load_allowed_loss(repository / "config/allowed_loss.yaml")
    (entry,) = [entry for entry in shipped.allowed if entry.id == "size-in-pixels"]

    assert entry.selects("Image/Pixels@PhysicalSizeX", value, "bioformats", "imagej_tiff") is allowed
