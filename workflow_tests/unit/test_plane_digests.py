"""The published definition of plane digests: what the document says is what the program does."""

import re
import subprocess
import sys

import numpy as np
import pytest
import tifffile

from fixative.plane_digests import start_plane, update_rows
from objects import levels_of, make_object, pixels_of, stack, write_tiff

PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def document(repository):
    return (repository / "docs/plane_digests.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def program(document, tmp_path_factory):
    """The code block of the document, as a file."""
    path = tmp_path_factory.mktemp("program") / "planes.py"
    path.write_text(PYTHON.findall(document)[0], encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def plane_digest(document):
    """The function of the document's second block."""
    names = {}
    exec(PYTHON.findall(document)[1], names)
    return names["plane_digest"]


def run(program, image):
    return subprocess.run([sys.executable, program, image], capture_output=True, text=True)


DTYPES = ["uint8", "uint16", "int8", "int32", "float32", "float64", "bool", "complex64"]


def test_the_lines_of_the_document_find_every_digest_that_an_object_records(tmp_path, program):
    made = make_object(tmp_path)

    printed = run(program, made.folder / "data/A.ome.tiff")

    assert printed.stderr == ""
    assert [line.split()[0] for line in printed.stdout.splitlines()] == ["same"] * 9


@pytest.mark.parametrize("dtype", DTYPES)
def test_they_do_so_for_every_type(tmp_path, program, dtype):
    image = write_tiff(tmp_path / "A.ome.tiff", [stack(dtype)])
    (tmp_path / "A.ome.tiff.pixels.json").write_text(pixels_of([stack(dtype)]).model_dump_json())

    printed = run(program, image)

    assert printed.stderr == ""
    assert [line.split()[0] for line in printed.stdout.splitlines()] == ["same"] * 9


def test_they_find_those_of_rgb_and_of_several_images(tmp_path, program):
    made = make_object(tmp_path, images=[stack("uint8", samples=3), stack(t=2, c=1, z=1, y=33, x=65)])

    printed = run(program, made.folder / "data/A.ome.tiff")

    assert [line.split()[0] for line in printed.stdout.splitlines()] == ["same"] * (8 + 4 + 1)


def test_they_find_one_changed_sample(tmp_path, program):
    image = stack()
    made = make_object(tmp_path, images=[image])
    changed = image.copy()
    changed[0, 1, 0, 69, 89] += 1
    made.folder.joinpath("data").chmod(0o755)
    made.folder.joinpath("data/A.ome.tiff").unlink()
    write_tiff(made.folder / "data/A.ome.tiff", [changed], compression="zlib")

    lines = run(program, made.folder / "data/A.ome.tiff").stdout.splitlines()

    assert sum(line.startswith("DIFFERENT 0 {'t': 0, 'c': 1, 'z': 0") for line in lines) == 1
    assert lines[-1].startswith("DIFFERENT root digest")


def test_the_worked_example_is_right(document, plane_digest):
    plane = np.array([[0, 1, 2], [3, 4, 65535]], np.uint16)

    assert f"its digest is `{plane_digest(plane)}`" in document


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "zstd", "byteorder": ">", "rowsperstrip": 7},
        {"compression": None, "byteorder": "<", "rowsperstrip": 70},
        {"compression": "lzw", "byteorder": ">", "tile": (16, 48)},
        {"compression": "zlib", "byteorder": "<", "tile": (128, 128), "predictor": True, "bigtiff": True},
    ],
)
def test_a_digest_does_not_depend_on_compression_tiles_or_byte_order(tmp_path, plane_digest, options):
    made = make_object(tmp_path)
    plane = stack()[0, 1, 1]
    rewritten = tmp_path / "rewritten.tif"
    writing = {name: options[name] for name in options.keys() - {"byteorder", "bigtiff"}}
    with tifffile.TiffWriter(rewritten, byteorder=options["byteorder"], bigtiff="bigtiff" in options) as tiff:
        tiff.write(plane, photometric="minisblack", **writing)

    found = plane_digest(tifffile.imread(rewritten))

    assert found == made.parts.pixels.images[0].levels[0].planes[3].sha256


def test_a_digest_of_a_level_is_of_that_level(tmp_path, plane_digest):
    image = stack()
    made = make_object(tmp_path, images=[image])

    found = plane_digest(levels_of(image, 2)[1][0, 0, 0])

    assert found == made.parts.pixels.images[0].levels[1].planes[0].sha256


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rows", [1, 7, 70])
def test_rows_may_be_fed_in_any_number_at_once(plane_digest, dtype, rows):
    plane = stack(dtype)[0, 0, 0]
    digest = start_plane(dtype, *plane.shape, 1)

    [update_rows(digest, plane[start : start + rows]) for start in range(0, 70, rows)]

    assert digest.hexdigest() == plane_digest(plane)


def test_a_true_that_is_another_byte_than_one_is_a_one(plane_digest):
    plane = np.array([[0, 1], [255, 2]], np.uint8).view(bool)
    digest = start_plane("bool", 2, 2, 1)

    update_rows(digest, plane)

    assert digest.hexdigest() == plane_digest(np.array([[0, 1], [1, 1]], bool))
