"""Facts for OME-XML out of vendor metadata: what is surely stated, and nothing else."""

import pytest

from fixative.ome.facts import colour, length
from fixative.ome.from_vendor import facts_of
from ome_sources import dump_of, image


def sizes(facts):
    return {axis: (size.value, size.unit) for axis, size in facts[0].size.items()}


def tiff(**tags):
    return {"ifd": [{"ImageWidth": 8, "ImageLength": 6, **tags}]}


def test_imagej_states_pixels_per_unit_spacing_interval_and_colours():
    ramp = [[0] * 256, list(range(256)), [0] * 256]
    imagej = {"unit": "micron", "spacing": 2.5, "finterval": 10, "mode": "composite", "LUTs": [ramp, ramp]}
    tags = tiff(XResolution=[2, 1], YResolution=[4, 1], ResolutionUnit=1)

    facts = facts_of(dump_of(imagej=imagej, tiff=tags), [image(size_z=3, size_c=2, size_t=2)])

    assert sizes(facts) == {"X": ("0.5", "µm"), "Y": ("0.25", "µm"), "Z": ("2.5", "µm")}
    assert (facts[0].time_increment.value, facts[0].time_increment.unit) == ("10", "s")
    assert [channel.colour for channel in facts[0].channels] == [colour(0, 255, 0)] * 2


@pytest.mark.parametrize("unit", ["pixel", "inch", "", "furlong"])
def test_imagej_without_a_unit_of_length_states_no_size(unit):
    dump = dump_of(imagej={"unit": unit, "spacing": 1}, tiff=tiff(XResolution=[2, 1], YResolution=[2, 1]))

    assert sizes(facts_of(dump, [image(size_z=3)])) == {}


@pytest.mark.parametrize(("unit", "dots"), [(2, 72), (2, 96), (2, 300), (3, 28), (3, 38), (1, 10000), (2, 0)])
def test_a_printing_resolution_is_no_pixel_size(unit, dots):
    dump = dump_of(tiff=tiff(XResolution=[dots, 1], YResolution=[dots, 1], ResolutionUnit=unit))

    assert facts_of(dump, [image()])[0] is None


def test_a_resolution_in_centimetres_as_fine_as_a_microscope_is_a_pixel_size():
    dump = dump_of(tiff=tiff(XResolution=[40000, 1], YResolution=[40000, 1], ResolutionUnit=3))

    assert sizes(facts_of(dump, [image()])) == {"X": ("0.25", "µm"), "Y": ("0.25", "µm")}


def test_a_resolution_of_an_ifd_that_is_not_the_image_is_not_taken():
    dump = dump_of(tiff=tiff(XResolution=[40000, 1], YResolution=[40000, 1], ResolutionUnit=3))

    assert facts_of(dump, [image(size_x=4)])[0] is None


@pytest.mark.parametrize(
    ("kind", "tree", "expected"),
    [
        ("svs", {"MPP": 0.499}, ("0.499", "µm")),
        ("fei", {"Scan": {"PixelWidth": 1.07917e-09, "PixelHeight": 1.07917e-09}}, ("1.07917", "nm")),
        ("sem", {"ap_image_pixel_size": ["Image Pixel Size", 12.5, "nm"]}, ("12.5", "nm")),
        (
            "metamorph",
            {"CalibrationUnits": "um", "SpatialCalibration": True, "XCalibration": 0.2},
            ("0.2", "µm"),
        ),
        ("micromanager", {"Summary": {"PixelSize_um": 0.65}}, ("0.65", "µm")),
        ("mrc", {"header": {"dvid": -16224, "dx": 0.1, "dy": 0.1}}, ("0.1", "µm")),
    ],
)
def test_each_dialect_states_its_pixel_size_in_its_own_way(kind, tree, expected):
    assert sizes(facts_of(dump_of(**{kind: tree}), [image()]))["X"] == expected


@pytest.mark.parametrize(
    ("kind", "tree"),
    [
        ("sis", {"pixelsizex": 1.0, "pixelsizey": 1.0}),
        ("micromanager", {"Summary": {"PixelSize_um": 1}}),
        ("lsm", {"VoxelSizeX": 0.0, "VoxelSizeY": 1e-19}),
        ("fei", {"Scan": {"PixelWidth": "", "PixelHeight": "notafloat"}}),
        ("mrc", {"header": {"dvid": 0, "dx": 1.0, "dy": 1.0}}),
        ("svs", {"MPP": "unknown"}),
        ("metaseries", {"PlaneInfo": {"spatial-calibration-state": False, "spatial-calibration-x": 1}}),
    ],
)
def test_values_that_stand_for_not_known_are_not_taken(kind, tree):
    facts = facts_of(dump_of(**{kind: tree}), [image()])

    assert facts[0] is None or facts[0].size == {}


def test_a_czi_states_scaling_channels_and_objective_for_all_its_scenes():
    distances = [{"@Id": axis, "Value": "1e-07"} for axis in "XYZ"]
    channel = {"@Id": "Channel:0", "@Name": "DAPI", "Color": "#FF0000FF", "EmissionWavelength": "465"}
    objective = {"Manufacturer": {"Model": "Plan 20x"}, "LensNA": "0.8"}
    tree = {
        "ImageDocument": {
            "Metadata": {
                "Scaling": {"Items": {"Distance": distances}},
                "Information": {
                    "Image": {"Dimensions": {"Channels": {"Channel": channel}}},
                    "Instrument": {"Objectives": {"Objective": objective}},
                },
            }
        }
    }

    facts = facts_of(dump_of(czi=tree), [image(), image(index=1, size_z=2)])

    assert sizes(facts) == {"X": ("0.1", "µm"), "Y": ("0.1", "µm")}
    assert facts[1].size["Z"].value == "0.1"
    assert facts[0].channels[0].emission_nm == "465"
    assert facts[0].channels[0].colour == colour(0, 0, 255)
    assert facts[0].objective == {"Model": "Plan 20x", "LensNA": "0.8"}


def test_a_leica_length_runs_from_the_first_pixel_to_the_last():
    dimensions = [
        {"@DimID": "1", "@NumberOfElements": "11", "@Length": "1e-5", "@Unit": "m"},
        {"@DimID": "3", "@NumberOfElements": "3", "@Length": "4e-6", "@Unit": "m"},
    ]
    element = {
        "@Name": "xz",
        "Data": {"Image": {"ImageDescription": {"Dimensions": {"DimensionDescription": dimensions}}}},
    }

    facts = facts_of(dump_of(lif={"Element": element}), [image(name="xz", folded={"Z": "Y"})])

    assert sizes(facts) == {"X": ("1", "µm"), "Y": ("2", "µm")}


def test_an_ome_zarr_states_scale_only_with_a_unit():
    axes = [{"name": "y", "unit": "micrometer"}, {"name": "x"}]
    datasets = [{"coordinateTransformations": [{"type": "scale", "scale": [0.5, 0.5]}]}]
    omero = {"channels": [{"label": "DAPI", "color": "0000FF"}]}
    tree = {"/": {"multiscales": [{"axes": axes, "datasets": datasets}], "omero": omero}}

    facts = facts_of(dump_of(ome_zarr=tree), [image()])

    assert sizes(facts) == {"Y": ("0.5", "µm")}
    assert (facts[0].channels[0].name, facts[0].channels[0].colour) == ("DAPI", colour(0, 0, 255))


def test_numbers_are_written_without_the_noise_of_binary_fractions():
    assert length(2e-7, "µm", scale=6).value == "0.2"
    assert length([1, 3], "µm").value == "0.3333333333333333"
