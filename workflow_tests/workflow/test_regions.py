"""Regions that somebody drew in Fiji or ZEN are, in the archived file, regions for the programs people use."""

import warnings
from contextlib import closing

import pytest
import tifffile
from lxml import etree

import regions as ij
from fixative.readers.bioformats.reader import BioFormatsReader
from fixative.readers.options import ReaderOptions, Request
from pipeline import Batch
from regions import czi_with_graphics, imagej_tiff, roi

OME = "{http://www.openmicroscopy.org/Schemas/OME/2016-06}"

DRAWN = [
    roi(ij.RECTANGLE, name="cell", czt=(2, 3, 1), stroke=3, colours=(ij.RED, ij.BLUE_HALF)),
    roi(ij.OVAL, floats=(2.25, 1.1, 6.5, 4.3), options=ij.SUBPIXEL, position=10),
    roi(ij.LINE, floats=(1.5, 2, 3, 4), subtype=ij.ARROW),
    roi(ij.POLYLINE, points=[(10, 11), (20, 11), (15, 19)]),
    roi(ij.POLYGON, points=[(2.5, 1.1), (7.75, 1.3), (4, 4.9)], options=ij.SUBPIXEL, name="nucleus"),
    roi(ij.RECTANGLE, subtype=ij.TEXT, text="ask ada@lab.example.org"),
    roi(ij.POINT, points=[(3, 4), (5, 6)], counted=[1, 4]),
    roi(ij.RECTANGLE, composite=24),
]


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    """A batch of an ImageJ hyperstack with an overlay, and a CZI with graphics; the metadata diff is a gate."""
    batch = Batch(tmp_path_factory.mktemp("regions"))
    imagej_tiff(batch.sheet.parent / "a.tif", *DRAWN, tzc=(2, 3, 2))
    czi_with_graphics(batch.sheet.parent / "b.czi")
    batch.write({"imagej": "a.tif", "czi": "b.czi"})
    run = batch.run()
    assert run.returncode == 0, run.stdout + run.stderr
    return batch


def by_bioformats(path):
    with closing(BioFormatsReader(Request(path, "ome_tiff", "bioformats", ReaderOptions()))) as reader:
        return shapes(reader.ome_xml())


def by_bioio(path):
    import bioio_ome_tiff
    from bioio import BioImage

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bioio's own: it calls ome-types as it once was.
        return shapes(BioImage(path, reader=bioio_ome_tiff.Reader).metadata.to_xml())


def written(path):
    with tifffile.TiffFile(path) as tiff:
        return shapes(tiff.pages[0].tags["ImageDescription"].value)


def shapes(xml):
    """Name of the region, kind and attributes of each shape of the first image's regions, numbers as numbers."""
    root = etree.fromstring(xml.encode())
    rois = {region.get("ID"): region for region in root.findall(f"{OME}ROI")}
    referred = [rois[one.get("ID")] for one in root.find(f"{OME}Image").findall(f"{OME}ROIRef")]
    assert len(referred) == len(rois)
    return sorted(
        (region.get("Name") or "", etree.QName(shape).localname, attributes(shape))
        for region in referred
        for shape in region.find(f"{OME}Union")
    )


def attributes(shape):
    return sorted((name, plain(value)) for name, value in shape.items() if name not in ("ID", "StrokeWidthUnit"))


def plain(value):
    return value if not value.lstrip("-").replace(".", "", 1).isdigit() else repr(float(value))


@pytest.mark.parametrize("sample", ["imagej", "czi"])
@pytest.mark.parametrize("reader", [by_bioformats, by_bioio])
def test_readers_show_the_regions_that_were_written(archived, sample, reader):
    path = archived.image(sample)

    assert reader(path) == written(path)


def test_all_regions_of_an_overlay_are_there_but_for_those_ome_has_no_shape_for(archived):
    found = [(name, kind) for name, kind, _ in written(archived.image("imagej"))]

    assert found == [
        ("", "Ellipse"),
        ("", "Label"),
        ("", "Line"),
        ("", "Point"),
        ("", "Point"),
        ("", "Polyline"),
        ("cell", "Rectangle"),
        ("nucleus", "Polygon"),
    ]


def test_a_region_lies_where_it_was_drawn_and_on_its_planes(archived):
    cell = dict(written(archived.image("imagej"))[6][2])

    assert {name: cell[name] for name in ("X", "Y", "Width", "Height")} == {
        "X": "2.0",
        "Y": "1.0",
        "Width": "6.0",
        "Height": "4.0",
    }
    assert (cell["TheZ"], cell["TheC"], cell["TheT"]) == ("2.0", "1.0", "0.0")


def test_graphics_of_a_czi_that_bio_formats_knows_too_are_not_doubled(archived):
    before = archived.sheet.parent / "b.czi"
    with closing(BioFormatsReader(Request(before, "czi", "bioformats", ReaderOptions()))) as reader:
        seen = shapes(reader.ome_xml())

    assert by_bioformats(archived.image("czi")) == seen
    assert len(seen) == 7


def test_the_text_of_a_region_is_cleaned_like_any_other(archived):
    labels = [dict(found)["Text"] for _, kind, found in written(archived.image("imagej")) if kind == "Label"]

    assert labels[0].startswith("ask ")
    assert "ada@" not in labels[0]
