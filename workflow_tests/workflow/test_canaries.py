"""A unique string in every slot of every kind, archived under each policy: none is in any public byte.

What a policy keeps by promise stands in `KEPT`, with the reason. A path with an account is kept by none.
"""

import re
from collections import defaultdict

import numpy as np
import pytest
import tifffile
from lxml import etree

from canary_batch import CLASSES, POLICIES, CanaryBatch, sample
from canary_scan import Aviary, birds_in
from canary_sources import PIXELS, CanaryOme
from ome_schema_walk import schema

KEY = "5f" * 32
MADE = r".+@(Manufacturer|Model|FilterWheel)|Channel@(Fluor|Name)|OME@Creator"
SERIALS = r".+@(SerialNumber|LotNumber)|.+ (Body|Lens)SerialNumber"
TEXT_OF_OME = (
    r"(Image|StageLabel|Project|Dataset|Folder|ROI|Plate|PlateAcquisition|Screen|Reagent|ExperimenterGroup)@Name"
    r"|Description|Value|M|M@K|XMLAnnotation (body|attribute)|.+@(Text|StrokeDashArray|Status|Type)"
    r"|(Plate|Well|Screen|Reagent)@(External|Protocol|Reagent).+|Experimenter@Institution"
)
TEXT_OF_TIFF = (
    r".+ (DocumentName|PageName|InkNames|TargetPrinter|Software|Make|Model|ImageDescription note|GDAL_METADATA)"
    r"|.+ (GeoAsciiParamsTag|private text|Hamamatsu reference|XPTitle|XPComment|XPKeywords|XPSubject|UserComment)"
    r"|.+ (XMP title|IPTC caption|ImageUniqueID|RelatedSoundFile)"
)

KEPT_BY_FACILITY = {
    "ome": {
        MADE: "instruments stay",
        SERIALS: "instruments stay",
        TEXT_OF_OME: "text that no rule says is private",
        "BinaryFile@(FileName|MIMEType)": "the name of a file, without its folders, where its removal is described",
    },
    "annotations": {"OriginalMetadata Note": "text that no rule says is private"},
    "tiff": {TEXT_OF_TIFF: "text that no rule says is private", SERIALS: "instruments stay"},
    "bigtiff": {TEXT_OF_TIFF: "text that no rule says is private", SERIALS: "instruments stay"},
    "imagej": {r"Info note|Labels \d": "text that no rule says is private"},
    "micromanager": {r"page . (Summary )?(Comment|Prefix|Directory)": "text; the folders of a directory go"},
    "czi": {"document name|channel name|attribute (Remark|FilePath)": "text; the folders of a path go"},
    "svs": {".+ (Note|Title|Filename)": "text; the folders of a path go"},
    "png": {"(zTXt|iTXt) .+": "text that no rule says is private"},
    "jpeg": {"UserComment|JPEG XMP title|comment|XPComment": "text that no rule says is private"},
    "names": {"file name": "the name of a file, without its folders"},
    "sidecars": {
        r".+ (remark|attribute|prose)": "text that no rule says is private",
        "JSON key": "the name of a field",
        "sidecar name": "the name of a file, without its folders",
    },
    "sheet": {"notes|instrument|experiment|remark|study_.+": "columns that describe the object in public"},
}
KEPT_BY_HIPAA = {
    "ome": {MADE: "instruments and channels are technical"},
    "tiff": {".+ (Make|Model|Software)": "instruments are technical"},
    "bigtiff": {".+ (Make|Model|Software)": "instruments are technical"},
    "czi": {"channel name": "channels are technical"},
    "sheet": {"instrument": "a column that describes the object in public"},
}
KEPT = {
    "facility": KEPT_BY_FACILITY,
    "gdpr_pseudonymous": KEPT_BY_FACILITY,
    "hipaa_safe_harbor": KEPT_BY_HIPAA,
}

NUMBERS = {
    "Plane": ("DeltaT", "ExposureTime", "PositionX", "PositionY", "PositionZ"),
    "Channel": ("EmissionWavelength", "ExcitationWavelength", "PinholeSize"),
    "Objective": ("LensNA", "NominalMagnification", "CalibratedMagnification", "WorkingDistance"),
    "ObjectiveSettings": ("RefractiveIndex", "CorrectionCollar"),
    "Detector": ("Gain", "Voltage", "Offset", "Zoom", "AmplificationGain"),
    "Laser": ("Wavelength", "Power", "RepetitionRate"),
    "TransmittanceRange": ("CutIn", "CutOut", "Transmittance"),
    "Pixels": ("TimeIncrement", "SignificantBits"),
    "Rectangle": ("X", "Y", "Width", "Height"),
    "WellSample": ("PositionX", "PositionY"),
}
"""What a figure depends on."""


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """Every class of slots under every policy, in one run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIXATIVE_PRIVACY_KEY", KEY)
        return CanaryBatch(tmp_path_factory.mktemp("canaries"))


by_policy = pytest.mark.parametrize("policy", POLICIES)
by_class = pytest.mark.parametrize("source", CLASSES)


@by_policy
@by_class
def test_every_sample_is_archived(batch, policy, source):
    assert batch.table()[sample(policy, source)]["outcome"] == "sealed"


@by_policy
@by_class
def test_no_account_in_a_path_is_in_any_public_byte(batch, policy, source):
    assert leaked(batch, policy, source, "path") == {}


@by_policy
@by_class
def test_nothing_is_in_any_public_byte_but_what_the_policy_keeps_by_promise(batch, policy, source):
    kept = KEPT[policy].get(source, {})

    found = leaked(batch, policy, source, "bare")

    assert {name: places for name, places in found.items() if not any(re.fullmatch(one, name) for one in kept)} == {}


def test_the_crate_of_the_batch_is_among_what_is_public(batch):
    reports = batch.work / "results/reports/ro-crate"

    assert batch.described.returncode == 0, batch.described.stderr
    assert (reports / "ro-crate-metadata.json").is_file()
    assert (reports / "ro-crate-preview.html").is_file()


@by_class
def test_under_hipaa_no_day_is_in_any_public_byte(batch, source):
    assert leaked(batch, "hipaa_safe_harbor", source, "day") == {}


@pytest.mark.parametrize("source", ["sidecars", "tiff"])
def test_a_sample_that_a_strict_policy_refuses_is_told_of_by_keys_alone(batch, source):
    row = batch.table()[sample("strict", source)]

    assert (row["outcome"], row["code"]) == ("refused", "SAN001")
    assert leaked(batch, "strict", source, "path") == {}
    assert set(leaked(batch, "strict", source, "bare")) <= {"JSON key", "TXT prose"}, "names of keys"


def test_the_key_of_the_pseudonyms_is_in_no_file(batch):
    files = [path for path in batch.archive.rglob("*") if path.is_file()]

    assert [path for path in files if KEY.encode() in path.read_bytes()] == []


def test_the_document_fills_every_slot_of_text_and_date_of_the_schema():
    document = CanaryOme("x.ome.tif", Aviary().nest("any", "ome"))
    filled = {slot.rpartition("@")[2] for slot in document.text_slots | document.date_slots}

    assert slots_of_the_schema() - filled == set()
    assert len(document.text_slots) > 63
    assert len(document.date_slots) == 5


def test_the_scanner_finds_every_canary_in_the_sources(batch):
    """Otherwise what it does not find proves nothing."""
    for policy_and_class in [(policy, source) for policy in POLICIES for source in CLASSES]:
        folder = batch.sheet.parent.joinpath(*policy_and_class)
        content = [path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")]
        names = [str(path.relative_to(folder)).encode() for path in folder.rglob("*")]
        found = set().union(*map(birds_in, [*content, *names, batch.sheet.read_bytes()]))
        planted = {bird for how in ("bare", "path", "day") for bird in batch.aviary.of(*policy_and_class, how)}
        assert planted - found == set()


@by_policy
@pytest.mark.parametrize("element", NUMBERS)
def test_every_scientific_value_is_as_it_was(batch, policy, element):
    before = etree.fromstring(description(batch.sheet.parent / policy / "ome/every slot.ome.tif"))

    after = etree.fromstring(description(batch.image(sample(policy, "ome"))))

    assert numbers(before, element) != {}
    assert numbers(after, element) == numbers(before, element)


@by_policy
@pytest.mark.parametrize("source", ["annotations", "imagej", "czi"])
def test_the_size_of_a_pixel_is_as_it_was(batch, policy, source):
    root = etree.fromstring(description(batch.image(sample(policy, source))))

    assert float(root.find(".//{*}Pixels").get("PhysicalSizeX")) == pytest.approx(0.1317, rel=1e-4)


@by_policy
@pytest.mark.parametrize("source", ["annotations", "tiff", "bigtiff", "imagej", "micromanager", "czi", "sidecars"])
def test_pixels_are_as_they_were(batch, policy, source):
    with tifffile.TiffFile(batch.image(sample(policy, source))) as tiff:
        found = tiff.pages[0].asarray()

    assert np.array_equal(found, PIXELS)


def leaked(batch, policy, source, how):
    """Slots whose canaries are public, and the files they are in."""
    found = defaultdict(set)
    for slot, places in batch.leaks(policy, source).values():
        if slot.how == how:
            found[slot.name].update(place.rpartition("/")[2] for place in places)
    return dict(found)


def slots_of_the_schema():
    """Attributes of text and time that the schema has, but for `BinaryOnly`'s and the coordinates of polygons."""
    xs = "{http://www.w3.org/2001/XMLSchema}"
    return {
        attribute.get("name")
        for attribute in schema().iter(f"{xs}attribute")
        if attribute.get("type") in ("xsd:string", "xsd:dateTime")
    } - {"MetadataFile", "Points"}


def description(path):
    with tifffile.TiffFile(path) as tiff:
        return tiff.pages[0].tags["ImageDescription"].value.encode()


def numbers(root, element):
    found = {
        name: sorted(float(node.get(name)) for node in root.iter(f"{{*}}{element}") if node.get(name))
        for name in NUMBERS[element]
    }
    return {name: values for name, values in found.items() if values}
