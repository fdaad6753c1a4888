"""Sources whose OME-XML fills every element of the schema, archived: every value is there for the readers people use.

Nothing here looks at a written file through code of ours: Bio-Formats and bioio say what they see, lxml compares.
"""

import json
import warnings
from functools import cache

import pytest
import tifffile
from lxml import etree

from fixative.ome.schema import problems
from fixative.readers.bioformats.reader import BioFormatsReader
from fixative.readers.options import ReaderOptions, Request
from ome_compare import OME, lost_values
from pipeline import Batch
from rich_ome import RichOme, values_of, write_rich_ome_tiff

SEEDS = [0, 1]


@cache
def by_tifffile(path):
    with tifffile.TiffFile(path) as tiff:
        return tiff.pages[0].tags["ImageDescription"].value.encode()


@cache
def by_bioformats(path):
    reader = BioFormatsReader(Request(path, "ome_tiff", "bioformats", ReaderOptions()))
    try:
        return reader.ome_xml().encode()
    finally:
        reader.close()


@cache
def by_bioio(path):
    import bioio_ome_tiff
    from bioio import BioImage

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bioio's own: it calls ome-types as it once was.
        return BioImage(path, reader=bioio_ome_tiff.Reader).metadata.to_xml().encode()


READERS = {"tifffile": by_tifffile, "Bio-Formats": by_bioformats, "bioio": by_bioio}


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    """A batch of rich sources, run under the policy that keeps everything."""
    batch = Batch(tmp_path_factory.mktemp("rich"))
    for seed in SEEDS:
        write_rich_ome_tiff(batch.sheet.parent / f"rich{seed}.ome.tif", seed)
    batch.write({f"S{seed}": f"rich{seed}.ome.tif" for seed in SEEDS})
    run = batch.run(privacy_policy="keep_all")
    assert run.returncode == 0, run.stdout + run.stderr
    return batch


def source(seed):
    return RichOme(f"rich{seed}.ome.tif", seed).xml


@pytest.fixture(params=SEEDS)
def seed(request):
    return request.param


@pytest.fixture(params=["Bio-Formats", "bioio"])
def seen(request, archived, seed):
    """What a reader sees of a written file, as OME-XML."""
    return etree.fromstring(READERS[request.param](archived.image(f"S{seed}")))


@pytest.fixture
def said(seed):
    """What its source says."""
    return etree.fromstring(source(seed))


def test_sources_of_several_hundred_values_are_archived(archived, seed):
    assert archived.outcomes()[f"S{seed}"] == "sealed"
    assert values_of(etree.fromstring(source(seed))) > 587


def test_the_written_document_is_valid(archived, seed):
    assert problems(by_tifffile(archived.image(f"S{seed}"))) == []


@pytest.mark.parametrize("reader", ["tifffile", "bioio"])
def test_every_value_is_there_for_a_reader_that_takes_the_document_whole(archived, seed, reader):
    assert lost_values(source(seed), READERS[reader](archived.image(f"S{seed}"))) == []


def test_bio_formats_sees_of_the_written_file_what_it_sees_of_the_source(archived, seed):
    before = by_bioformats(archived.sheet.parent / f"rich{seed}.ome.tif")

    after = by_bioformats(archived.image(f"S{seed}"))

    assert lost_values(before, after) == []


def test_scenes_have_their_names_and_dates(seen, said):
    assert names(seen) == names(said)
    assert [image.findtext(f"{OME}AcquisitionDate") for image in images(seen)] == [
        image.findtext(f"{OME}AcquisitionDate") for image in images(said)
    ]


def test_channels_have_their_names_colours_and_wavelengths(seen, said):
    attributes = ("Name", "Color", "Fluor", "EmissionWavelength", "EmissionWavelengthUnit", "PinholeSize")

    assert channels(seen, attributes) == channels(said, attributes)


def test_planes_have_their_times_and_positions(seen, said):
    assert planes(seen) == planes(said)


def test_plates_have_their_layout(seen, said):
    assert layout(seen) == layout(said)


def test_regions_have_their_shapes_and_belong_to_their_images(seen, said):
    assert regions(seen) == regions(said)
    assert regions_of_images(seen) == regions_of_images(said)


def test_the_scale_is_that_of_the_source_in_micrometres(seen, said):
    assert scales(seen) == pytest.approx(scales(said), rel=1e-12)


def test_the_pixels_are_those_of_the_source(archived, seed):
    with tifffile.TiffFile(archived.sheet.parent / f"rich{seed}.ome.tif") as tiff:
        before = [page.asarray().tolist() for page in tiff.pages]

    with tifffile.TiffFile(archived.image(f"S{seed}")) as tiff:
        after = [page.asarray().tolist() for page in tiff.pages]

    assert sorted(map(json.dumps, after)) == sorted(map(json.dumps, before))


def images(root):
    return root.findall(f"{OME}Image")


def names(root):
    return [image.get("Name") for image in images(root)]


def channels(root, attributes):
    found = root.findall(f"{OME}Image/{OME}Pixels/{OME}Channel")
    return [[_value(channel.get(attribute)) for attribute in attributes] for channel in found]


def planes(root):
    """Every attribute of every plane, in the order of T, C, Z."""
    found = [
        sorted(
            ([int(plane.get(f"The{axis}")) for axis in "TCZ"], _attributes(plane))
            for plane in image.iterfind(f"{OME}Pixels/{OME}Plane")
        )
        for image in images(root)
    ]
    assert len(found[0]) == 8
    return found


def layout(root):
    """Of each plate its size, and of each field its well, place and image."""
    named = {image.get("ID"): image.get("Name") for image in images(root)}
    found = {}
    for plate in root.iterfind(f"{OME}Plate"):
        size = plate.get("Rows"), plate.get("Columns"), plate.get("RowNamingConvention")
        fields = [
            (
                *(well.get("Row"), well.get("Column"), well.get("ExternalIdentifier")),
                *(
                    _value(field.get(name))
                    for name in ("Index", "PositionX", "PositionY", "PositionXUnit", "Timepoint")
                ),
                named[field.find(f"{OME}ImageRef").get("ID")],
            )
            for well in plate.iterfind(f"{OME}Well")
            for field in well.iterfind(f"{OME}WellSample")
        ]
        found[plate.get("Name")] = size, fields
    assert len(found) == 2
    return found


def regions(root):
    """Of each region its shapes with every attribute of theirs, by kind: Bio-Formats sorts them so."""
    found = {
        region.get("Name"): sorted((shape.tag, str(_attributes(shape))) for shape in region.find(f"{OME}Union"))
        for region in root.iterfind(f"{OME}ROI")
    }
    assert {len(shapes) for shapes in found.values()} == {8}
    return found


def regions_of_images(root):
    named = {region.get("ID"): region.get("Name") for region in root.iterfind(f"{OME}ROI")}
    return [[named[ref.get("ID")] for ref in image.iterfind(f"{OME}ROIRef")] for image in images(root)]


def scales(root):
    factors = {"nm": 1e-3, "µm": 1.0, "mm": 1e3}
    found = [pixels for image in images(root) for pixels in image.iterfind(f"{OME}Pixels")]
    return [
        float(pixels.get(f"PhysicalSize{axis}")) * factors[pixels.get(f"PhysicalSize{axis}Unit")]
        for pixels in found
        for axis in "XYZ"
    ]


def _attributes(element):
    return {name: _value(value) for name, value in sorted(element.attrib.items()) if name != "ID"}


def _value(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return text
