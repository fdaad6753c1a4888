"""The official samples of OME-XML 2016-06 go through our model without loss."""

from pathlib import Path

import pytest
from lxml import etree

from fixative.ome.build import build_ome_xml
from fixative.ome.schema import problems
from ome_compare import OME, lost_values
from ome_sources import NO_INVENTORY, image, no_dump, reader_of
from rich_ome import RichOme, values_of

FOLDER = "ome-model-2016-06/specification/samples/2016-06"
SAMPLES = """
    ROI commentannotation filter folders-larger-taxonomy folders-simple-taxonomy hcs instrument
    instrument-units-alternate instrument-units-default mapannotation metadata-only minimum-specification
    multi-channel multi-channel-time-series multi-channel-z-series multi-channel-z-series-time-series no-date
    one-screen-one-plate-four-wells single-image spim tagannotation time-series timestampannotation
    timestampannotation-posix-only transformations-downgrade transformations-upgrade
    two-screens-two-plates-four-wells xmlannotation-body-space xmlannotation-multi-value xmlannotation-svg z-series
    z-series-time-series
""".split()  # noqa: SIM905  32 names are read more easily so
TYPES = {"bit": "bool", "float": "float32", "double": "float64", "complex": "complex64"}


def described_images(xml: bytes):
    """The images that a document describes, as a reader of them would deliver them."""
    for pixels in etree.fromstring(xml).iterfind(f"{OME}Image/{OME}Pixels"):
        sizes = {f"size_{axis}": int(pixels.get(f"Size{axis.upper()}")) for axis in "tzyx"}
        samples = [int(channel.get("SamplesPerPixel", "1")) for channel in pixels.iterfind(f"{OME}Channel")] or [1]
        kind = pixels.get("Type")
        channels = int(pixels.get("SizeC")) // samples[0]
        yield image(dtype=TYPES.get(kind, kind), size_c=channels, samples=samples[0], **sizes)


def built(xml: bytes) -> bytes:
    reader = reader_of(xml.decode(), list(described_images(xml)))
    return build_ome_xml(reader, no_dump(), NO_INVENTORY).xml


@pytest.fixture
def samples(suites) -> Path:
    return suites / FOLDER


def test_every_official_sample_is_named_here(samples):
    assert sorted(path.name.removesuffix(".ome.xml") for path in samples.iterdir()) == sorted(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_an_official_sample_comes_out_whole_and_valid(samples, name):
    source = (samples / f"{name}.ome.xml").read_bytes()

    result = built(source)

    assert problems(result) == []
    assert lost_values(source, result) == []


@pytest.mark.parametrize("seed", range(3))
def test_every_value_of_a_document_that_fills_the_schema_comes_out(seed):
    source = RichOme("a.ome.tif", seed)
    assert values_of(source.root) > 587

    result = built(source.xml)

    assert problems(result) == []
    assert lost_values(source.xml, result) == []


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('Name="Image Name', 'Name="Picture Name', "OME/Image@Name"),
        ("RightsHolder text", "RightsHolder tixt", "OME/Rights/RightsHolder text"),
        ('NominalMagnification="', 'NominalMagnification="1', "OME/Instrument/Objective@NominalMagnification"),
        ('<ROIRef ID="ROI:0"/>', '<ROIRef ID="ROI:1"/>', "-> another"),
        ("<StageLabel ", "<StageLobel ", "OME/Image/StageLabel"),
    ],
)
def test_the_comparison_sees_a_value_that_is_not_the_same(old, new, path):
    source = RichOme("a.ome.tif").xml
    assert old in source.decode()

    lost = lost_values(source, source.decode().replace(old, new, 1).encode())

    assert any(path in value for value in lost)


def test_the_comparison_takes_renumbered_ids_for_the_same():
    source = RichOme("a.ome.tif").xml.decode()

    renumbered = source.replace('"Detector:0"', '"Detector:x"').replace('"Annotation:1"', '"Annotation:y"')

    assert lost_values(source.encode(), renumbered.encode()) == []
