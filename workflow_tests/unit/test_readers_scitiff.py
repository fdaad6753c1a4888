"""SciTIFF: channels that are no colours, units, coordinates and persons; judged by the library scitiff itself."""

import json
import math

import numpy as np
import pytest
import tifffile

from fixative.archive_profile import OmeTiff
from fixative.findings import RefusedSample
from fixative.identify import identify
from fixative.image.ome_tiff import write_ome_tiff
from fixative.inventory import take_inventory
from fixative.metadata.dump import dump_metadata
from fixative.models import SampleRow
from fixative.ome.build import build_ome_xml, complete_for_tiff
from fixative.ome.schema import ome, problems
from fixative.ome.vendor.scitiff import scitiff as facts
from fixative.privacy.apply import sanitise
from fixative.readers.opening import open_backend
from fixative.readers.options import Request
from fixative.trees import to_tree
from fixative.xml_tree import parse_xml
from privacy_samples import everything, policy

REGRESSION = ("25.3.0", "25.4.0", "25.5.0", "25.6.0", "25.7.0", "25.12.0", "26.1.0", "26.6.0")
SPLIT = ("25.12.0", "26.1.0", "26.6.0")
NAMES = ["intensities", "stdevs", "mask"]


def opened(path):
    return open_backend(Request(path, "scitiff", "scitiff"))


def variable(dims, values, unit="mm", dtype="float64"):
    shape = list(np.shape(values))
    return {"dims": dims, "shape": shape, "unit": unit, "dtype": dtype, "values": values}


def metadata(shape, **changes):
    """SciTIFF's JSON of an image with a coordinate of channels; ``changes`` are further coordinates."""
    data = {"dims": list("tzcyx"), "shape": list(shape), "unit": "counts", "dtype": "float32"}
    names = variable(["c"], NAMES[: shape[2]], None, "string")
    return {"image": {"data": data, "masks": {}, "coords": {"c": names, **changes}}, "schema_version": "26.6.0"}


@pytest.fixture
def scitiff_file(tmp_path):
    """Write a SciTIFF of given pixels and metadata."""

    def make(pixels, tree):
        path = tmp_path / "measured.tiff"
        tifffile.imwrite(path, pixels, imagej=True, metadata={"scitiffmeta": json.dumps(tree)})
        return path

    return make


@pytest.fixture
def stack():
    """Pixels (t, z, c, y, x) whose third channel is a mask."""
    pixels = np.random.default_rng(3).normal(100, 20, (2, 3, 3, 33, 41)).astype(np.float32)
    pixels[:, :, 2] = pixels[:, :, 2] > 100
    return pixels


def row_of(path):
    return SampleRow(line=2, sample_id="S", source=path, dataset="d", privacy_policy="facility")


def dump_of(path, reader):
    inventory = take_inventory(row_of(path))
    return inventory, dump_metadata(reader, inventory, row_of(path), exiftool="none")


def test_it_is_told_from_other_imagej_tiffs(scitiff_file, stack):
    assert identify(scitiff_file(stack, metadata(stack.shape))) == "scitiff"


def test_the_mask_is_an_image_of_its_own(scitiff_file, stack):
    reader = opened(scitiff_file(stack, metadata(stack.shape)))

    both, mask = reader.images

    assert (both.name, both.size_c, both.categorical) == ("intensities, stdevs", 2, False)
    assert (mask.name, mask.size_c, mask.categorical) == ("mask", 1, True)
    np.testing.assert_array_equal(reader.read_region(1, 1, 0, 2, 7, 5, 20, 31), stack[1, 2, 2, 7:27, 5:36])
    np.testing.assert_array_equal(reader.read_region(0, 1, 1, 2, 7, 5, 20, 31), stack[1, 2, 1, 7:27, 5:36])
    reader.close()


def test_a_mask_in_the_first_place_is_found_by_its_name(scitiff_file, stack):
    tree = metadata(stack.shape)
    tree["image"]["coords"]["c"]["values"] = ["mask", "intensities", "stdevs"]
    reader = opened(scitiff_file(stack, tree))

    np.testing.assert_array_equal(reader.read_region(1, 0, 0, 0, 0, 0, 33, 41), stack[0, 0, 0])
    np.testing.assert_array_equal(reader.read_region(0, 0, 0, 0, 0, 0, 33, 41), stack[0, 0, 1])
    reader.close()


def test_a_mask_is_never_averaged_in_the_pyramid(scitiff_file, stack, tmp_path):
    path = scitiff_file(stack, metadata(stack.shape))
    reader = opened(path)
    inventory, dump = dump_of(path, reader)
    xml = build_ome_xml(reader, dump, inventory).xml
    target = tmp_path / "archived.ome.tiff"

    written = write_ome_tiff(
        reader,
        target,
        ome_xml=complete_for_tiff(xml, reader.images, target.name, "0a9b5f5e-3f50-5d5b-8b6e-0123456789ab"),
        options=OmeTiff(pyramid_min_px=16, tile_px=64),
        threads=1,
        resolutions=[None, None],
        advance=lambda planes, size: None,
    )
    reader.close()

    assert [image.downsampling for image in written.pixels.images] == ["mean 2x2", "nearest"]
    with tifffile.TiffFile(target) as tif:
        smaller = tif.series[1].levels[1].asarray()
        first = tif.series[0].levels[0].asarray()
    assert set(np.unique(smaller)) == {0, 1}
    np.testing.assert_array_equal(first, stack[:, :, :2].transpose(0, 2, 1, 3, 4))


def test_the_ome_xml_names_the_channels_and_says_what_the_mask_is(scitiff_file, stack):
    path = scitiff_file(stack, metadata(stack.shape))
    reader = opened(path)
    inventory, dump = dump_of(path, reader)

    xml = build_ome_xml(reader, dump, inventory).xml
    reader.close()

    assert problems(xml) == []
    root = parse_xml(xml)
    assert [channel.get("Name") for channel in root.iter(ome("Channel"))] == NAMES
    assert b"urn:fixative:categorical-values" in xml
    assert b"folded into images" in xml


def test_an_even_coordinate_in_a_unit_of_length_is_a_pixel_size(scitiff_file, stack):
    coords = {
        "x": variable(["x"], [0.5 * n for n in range(41)], "µm"),
        "y": variable(["y"], [2.0 - 0.25 * n for n in range(34)], "mm"),
        "z": variable(["z"], [0, 1, 5]),
        "t": variable(["t"], [0, 40], "ms"),
    }
    reader = opened(scitiff_file(stack, metadata(stack.shape, **coords)))

    found = facts(reader.vendor_metadata()["scitiff"], None, reader.images)[0]
    reader.close()

    assert {axis: (size.value, size.unit) for axis, size in found.size.items()} == {
        "X": ("0.5", "µm"),
        "Y": ("0.25", "mm"),
    }
    assert (found.time_increment.value, found.time_increment.unit) == ("40", "ms")


@pytest.mark.parametrize(
    "coordinate",
    [
        variable(["x"], [0.5 * n for n in range(41)], "angstrom^-1"),
        variable(["x"], [0.5 * n for n in range(41)], "Mm"),
        variable(["x"], [0.5 * n for n in range(41)], None),
        variable(["x"], [0.5 * n + (0.01 if n == 7 else 0) for n in range(41)]),
        variable(["y", "x"], [[0.5 * n for n in range(41)]] * 33),
        variable([], 4.2),
        variable(["x"], [1.0] * 41),
    ],
    ids=["no length", "megametres", "no unit", "uneven", "two-dimensional", "scalar", "constant"],
)
def test_any_other_coordinate_is_no_pixel_size(scitiff_file, stack, coordinate):
    reader = opened(scitiff_file(stack, metadata(stack.shape, x=coordinate)))

    tree = reader.vendor_metadata()["scitiff"]
    reader.close()

    assert "X" not in facts(tree, None, reader.images)[0].size
    assert tree["image"]["coords"]["x"] == coordinate


def test_coordinates_of_single_precision_are_even(scitiff_file, stack):
    values = (1000 + np.arange(41, dtype=np.float32) * np.float32(0.1)).astype(np.float32).tolist()
    reader = opened(scitiff_file(stack, metadata(stack.shape, x=variable(["x"], values, dtype="float32"))))

    found = facts(reader.vendor_metadata()["scitiff"], None, reader.images)[0]
    reader.close()

    assert float(found.size["X"].value) == pytest.approx(0.1, rel=1e-4)


def test_metadata_about_another_image_are_refused(scitiff_file, stack):
    path = scitiff_file(stack, metadata((2, 3, 3, 33, 40)))

    with pytest.raises(RefusedSample, match=r"INV005.*another image"):
        opened(path)


def test_metadata_that_are_cut_off_are_refused(tmp_path, stack):
    path = tmp_path / "cut.tiff"
    tifffile.imwrite(path, stack, imagej=True, metadata={"scitiffmeta": json.dumps(metadata(stack.shape))[:-9]})

    with pytest.raises(RefusedSample, match=r"INV005.*no JSON"):
        opened(path)


@pytest.mark.parametrize("kept", [0.6, 0.9])
def test_a_truncated_copy_is_refused(scitiff_file, stack, kept):
    path = scitiff_file(stack, metadata(stack.shape))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])

    with pytest.raises(RefusedSample):
        whole(opened(path))


def whole(reader):
    """Every value that a reader delivers, as (t, z, c, y, x) in the order of the file."""
    with_masks = [
        [
            [
                [
                    reader.read_region(info.index, t, c, z, 0, 0, info.size_y, info.size_x)
                    for info in reader.images
                    for c in range(info.size_c)
                ]
                for z in range(info.size_z)
            ]
            for t in range(info.size_t)
        ]
        for info in reader.images[:1]
    ]
    return np.array(with_masks[0])


def plain(var):
    """Values of a scipp variable, as JSON has them."""
    value = var.value if var.ndim == 0 else var.values
    if str(var.dtype) == "datetime64":
        return np.datetime_as_string(value).tolist() if var.ndim else str(value)
    return value.tolist() if hasattr(value, "tolist") else list(value) if var.ndim else value


def same_variable(tree, var):
    assert (list(var.dims), str(var.dtype)) == (tree["dims"], tree["dtype"])
    assert tree["unit"] == (None if var.unit is None else str(var.unit))
    assert tree["values"] == plain(var)


@pytest.mark.corpus
@pytest.mark.parametrize("version", REGRESSION)
def test_values_units_and_coordinates_are_those_of_the_library(suites, version):
    scitiff = pytest.importorskip("scitiff")
    path = suites / "scitiff-regression" / f"scitiff-{version}.tiff"
    reader = opened(path)

    judged_by(scitiff, reader, path)


@pytest.mark.corpus
def test_the_file_of_the_corpus_too(corpus):
    scitiff = pytest.importorskip("scitiff")
    path = corpus / "tiff" / "scitiff-25.12.0.tiff"
    reader = opened(path)

    judged_by(scitiff, reader, path)


def judged_by(scitiff, reader, path):
    """Compare what our dump holds, and every pixel, with what the library loads."""
    expected = scitiff.load_scitiff(path, resolve_channels=False, squeeze=False)
    inventory, dump = dump_of(path, reader)
    tree = next(source.tree for source in dump.sources if source.kind == "scitiff")
    image = expected["image"]

    np.testing.assert_array_equal(whole(reader), image.values)
    assert tree["image"]["data"]["unit"] == str(image.unit)
    assert sorted(tree["image"]["coords"]) == sorted(image.coords)
    for name, coord in image.coords.items():
        same_variable(tree["image"]["coords"][name], coord)
    assert sorted(tree["image"]["masks"]) == sorted(image.masks)
    assert tree["schema_version"] == expected["schema_version"]
    stated = expected["daq"].model_dump(mode="json")
    assert tree.get("daq", {}).items() <= stated.items()
    assert sorted(tree.get("extra") or {}) == sorted(expected["extra"] or {})
    assert problems(build_ome_xml(reader, dump, inventory).xml) == []
    reader.close()


@pytest.mark.corpus
@pytest.mark.parametrize("version", SPLIT)
def test_regression_files_with_a_mask_have_it_apart(suites, version):
    reader = opened(suites / "scitiff-regression" / f"scitiff-{version}.tiff")

    assert [info.name for info in reader.images] == ["intensities, stdevs", "mask"]
    reader.close()


def test_everything_that_the_library_saves_is_in_the_dump(tmp_path):
    scitiff = pytest.importorskip("scitiff")
    path = save_with_the_library(scitiff, tmp_path)
    reader = opened(path)

    tree = to_tree(reader.vendor_metadata()["scitiff"])
    mask = reader.read_region(1, 0, 0, 0, 0, 0, 4, 5)
    reader.close()

    assert tree["image"]["coords"]["wavelength"]["unit"] == "Å"
    assert tree["process"]["processing_steps"] == ["dark current subtracted"]
    assert tree["extra"]["comment-of-nobody"] == "second attempt"
    assert mask.tolist() == [[0, 1, 0, 1, 0]] * 4


def save_with_the_library(scitiff, folder):
    """A file with persons in it and a mask; a second mask makes scitiff 26.7.0 crash."""
    import scipp as sc
    from scitiff import _schema as schema

    values = sc.array(
        dims=["t", "y", "x"], values=np.arange(40.0).reshape(2, 4, 5), variances=np.ones((2, 4, 5)), unit="counts"
    ).to(dtype="float32")
    image = sc.DataArray(
        values,
        coords={"wavelength": sc.array(dims=["t"], values=[1.8, 2.4], unit="angstrom")},
        masks={
            "bad": sc.array(dims=["t", "y", "x"], values=np.broadcast_to([False, True] * 2 + [False], (2, 4, 5))),
        },
    )
    person = {"email": "marie.mustermann@ess.example", "orcid": "0000-0002-1825-0097"}
    group = sc.DataGroup(
        image=image,
        daq=schema.DAQMetadata(
            facility="ESS",
            instrument="ODIN",
            principal_investigators=[
                schema.Person(name="Marie Mustermann", affiliation="Mustermann Institute", **person)
            ],
            team=[schema.Person(name="Erik Exempelsson", affiliation="Exempel University")],
            local_contacts=[schema.Person(name="Lotte Beispiel")],
            experiment_identifiers=[
                schema.ExperimentIdentifier(
                    type="PROPOSAL_ID", value="PROP-4711-2026", description="neutron radiography"
                )
            ],
        ),
        process=schema.ImageProcessMetadata(result_type="SAMPLE", processing_steps=["dark current subtracted"]),
        extra={"comment-of-nobody": "second attempt"},
    )
    path = folder / "saved.tiff"
    scitiff.save_scitiff(group, path)
    return path


@pytest.mark.parametrize("name", ["facility", "hipaa_safe_harbor"])
def test_persons_and_proposals_are_nowhere_in_what_is_public(tmp_path, name):
    scitiff = pytest.importorskip("scitiff")
    path = save_with_the_library(scitiff, tmp_path)
    reader = opened(path)
    inventory, dump = dump_of(path, reader)
    xml = build_ome_xml(reader, dump, inventory).xml
    reader.close()

    clean = everything(sanitise(policy(name), dump, xml, row_of(path), inventory))

    private = ["Mustermann", "Exempel", "Beispiel", "PROP-4711", "marie.", "0000-0002-1825-0097"]
    assert [word for word in private if word.casefold() in clean.casefold()] == []
    assert name != "facility" or all(word in clean for word in ("ODIN", "second attempt", "PROPOSAL_ID"))


def test_numbers_that_json_does_not_know_are_kept_as_words(scitiff_file, stack):
    values = [math.nan, *(0.5 * n for n in range(40))]
    reader = opened(scitiff_file(stack, metadata(stack.shape, x=variable(["x"], values))))

    tree = to_tree(reader.vendor_metadata()["scitiff"])
    reader.close()

    assert tree["image"]["coords"]["x"]["values"][0] == "nan"


def test_masks_in_the_metadata_are_kept_whole(scitiff_file, stack):
    tree = metadata(stack.shape)
    tree["image"]["masks"]["dead columns"] = variable(["x"], [n % 7 == 0 for n in range(41)], None, "bool")
    reader = opened(scitiff_file(stack, tree))

    found = to_tree(reader.vendor_metadata()["scitiff"])
    reader.close()

    assert found == tree
