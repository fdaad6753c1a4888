"""OME-XML as real software writes it, invalid by the schema: archived valid, and every word of it still there."""

import json

import numpy as np
import pytest
import tifffile

from fixative.ome.schema import problems

HEAD = '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
LENS = '<Instrument ID="Instrument:0"><Objective ID="Objective:0" LensNA="1.4" {}/></Instrument>'


def document(*, pixels="", image="", planes="", root="", after="") -> bytes:
    """An image of three slices and two channels."""
    channels = "".join(f'<Channel ID="Channel:0:{n}" SamplesPerPixel="1"/>' for n in range(2))
    return (
        f'{HEAD}{root}<Image ID="Image:0">{image}<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" '
        f'SizeX="50" SizeY="40" SizeZ="3" SizeC="2" SizeT="1" {pixels}>{channels}<TiffData/>{planes}</Pixels></Image>'
        f"{after}</OME>"
    ).encode()


INVALID = {
    "a size below zero": (document(pixels='PhysicalSizeX="-0.1" PhysicalSizeXUnit="µm"'), "-0.1"),
    "a date without a time": (document(image="<AcquisitionDate>2020-01-31</AcquisitionDate>"), "2020-01-31"),
    "a word that is not in the list": (
        document(root=LENS.format('Immersion="silicone"'), image='<InstrumentRef ID="Instrument:0"/>'),
        "silicone",
    ),
    "settings of an objective that is not there": (
        document(image='<ObjectiveSettings ID="Objective:7" RefractiveIndex="1.4567"/>'),
        "1.4567",
    ),
    "a plane stated twice": (
        document(
            planes='<Plane TheZ="0" TheC="0" TheT="0" DeltaT="1.5"/><Plane TheZ="0" TheC="0" TheT="0" DeltaT="7.25"/>'
        ),
        "7.25",
    ),
    "a plane outside the image": (document(planes='<Plane TheZ="9" TheC="0" TheT="0" DeltaT="9.75"/>'), "9.75"),
    "no number": (document(pixels='PhysicalSizeZ="NaN" PhysicalSizeZUnit="µm"'), "NaN"),
    "a value without a key": (
        document(
            after='<StructuredAnnotations><MapAnnotation ID="Annotation:0"><Value><M>keyless</M><M K="k">v</M>'
            "</Value></MapAnnotation></StructuredAnnotations>"
        ),
        "keyless",
    ),
}


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    """All of them, archived in one run; returns the batch and the names of the samples."""
    from pipeline import Batch

    batch = Batch(tmp_path_factory.mktemp("invalid"))
    values = np.random.default_rng(0).integers(1, 4000, (6, 40, 50), dtype=np.uint16)
    names = {case: f"S{number}" for number, case in enumerate(INVALID)}
    batch.sheet.parent.mkdir(parents=True, exist_ok=True)
    for case, name in names.items():
        path = batch.sheet.parent / f"{name}.ome.tif"
        tifffile.imwrite(path, values, description=INVALID[case][0], metadata=None, photometric="minisblack")
    batch.write({name: f"{name}.ome.tif" for name in names.values()})
    batch.run()
    return batch, names


@pytest.mark.parametrize("case", INVALID)
def test_what_ome_cannot_hold_is_archived_valid_and_in_an_annotation(archived, case):
    batch, names = archived

    assert batch.outcomes()[names[case]] == "sealed"
    with tifffile.TiffFile(batch.image(names[case])) as image:
        xml = image.ome_metadata
    note = xml[xml.index("urn:fixative:not-valid-in-ome") :]
    assert problems(xml) == []
    assert INVALID[case][1] in note[: note.index("</MapAnnotation>")]


@pytest.mark.parametrize("case", INVALID)
def test_the_diff_lets_pass_what_is_told_and_nothing_else(archived, case):
    batch, names = archived

    diff = json.loads((batch.work / f"results/samples/{names[case]}/metadata_diff.json").read_text())

    assert diff["refused"] == 0
    assert {line["rule"] for line in diff["losses"]} <= {"not-valid-in-ome"}
