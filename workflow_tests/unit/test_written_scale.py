"""Resolution tags: a viewer that knows no OME shows the scale that the OME-XML states, at every level, or none."""

import shutil
import subprocess

import numpy as np
import pytest
import tifffile
from PIL import Image

from fixative.archive_profile import OmeTiff
from fixative.image.display import pixels_per_cm, resolution_tags
from fixative.image.ome_tiff import write_ome_tiff
from fixative.ome.complete import complete_for_tiff
from fixative.readers.protocol import ImageInfo
from fixative.verify.tiff import read_ome_tiff

OME = '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
FILE_UUID = "urn:uuid:8b6ea2a1-3a31-5d3c-9f8e-2d3d5a3f6c11"


class Blank:
    """Images of 70 x 100 pixels and two planes each."""

    backend = library = "blank"
    version = "1"

    def __init__(self, count):
        self.images = [ImageInfo(number, None, 1, 1, 2, 70, 100, 1, "uint8") for number in range(count)]

    def read_region(self, image, t, c, z, y, x, height, width):
        return np.full((height, width), 10 * image + z, np.uint8)


def write(path, *sizes):
    """Write an image for each string of PhysicalSize attributes; returns what was written."""
    images = "".join(
        f'<Image ID="Image:{n}"><Pixels ID="Pixels:{n}" DimensionOrder="XYZCT" Type="uint8" SizeX="100" SizeY="70" '
        f'SizeZ="2" SizeC="1" SizeT="1" {size}><Channel ID="Channel:{n}:0"/><MetadataOnly/></Pixels></Image>'
        for n, size in enumerate(sizes)
    )
    reader = Blank(len(sizes))
    xml = complete_for_tiff(f"{OME}{images}</OME>".encode(), reader.images, path.name, FILE_UUID)
    return write_ome_tiff(
        reader,
        path,
        ome_xml=xml,
        options=OmeTiff(tile_px=16, pyramid_min_px=32),
        threads=1,
        resolutions=pixels_per_cm(xml),
        advance=lambda planes, size: None,
    ).pixels


def stated(page):
    """Pixels per centimetre by the tags of a page of tifffile."""
    (x, above), (y, below) = page.tags["XResolution"].value, page.tags["YResolution"].value
    return int(page.tags["ResolutionUnit"].value), x / above, y / below


ANISOTROPIC = 'PhysicalSizeX="0.25" PhysicalSizeY="500" PhysicalSizeYUnit="nm"'


def test_every_page_and_every_level_states_its_own_scale(tmp_path):
    write(tmp_path / "a.ome.tiff", ANISOTROPIC)

    with tifffile.TiffFile(tmp_path / "a.ome.tiff") as tiff:
        found = [[stated(level) for level in (page, *page.pages)] for page in tiff.pages]

    assert found == [[(3, 40_000, 20_000), (3, 20_000, 10_000), (3, 10_000, 5_000)]] * 2


def test_images_of_one_file_have_each_their_own_scale_or_none(tmp_path):
    write(tmp_path / "a.ome.tiff", 'PhysicalSizeX="1" PhysicalSizeY="1"', "", 'PhysicalSizeX="2" PhysicalSizeY="4"')

    with tifffile.TiffFile(tmp_path / "a.ome.tiff") as tiff:
        assert stated(tiff.pages[0]) == (3, 10_000, 10_000)
        assert {"XResolution", "YResolution", "ResolutionUnit"}.isdisjoint(tag.name for tag in tiff.pages[2].tags)
        assert stated(tiff.pages[4]) == (3, 5_000, 2_500)


def test_pillow_shows_the_scale_in_dots_per_inch(tmp_path):
    write(tmp_path / "a.ome.tiff", ANISOTROPIC)

    with Image.open(tmp_path / "a.ome.tiff") as image:
        assert image.info["dpi"] == pytest.approx((40_000 * 2.54, 20_000 * 2.54))


def test_pillow_is_told_no_scale_where_none_is_known(tmp_path):
    write(tmp_path / "a.ome.tiff", "")

    with Image.open(tmp_path / "a.ome.tiff") as image:
        assert {282, 283, 296}.isdisjoint(image.tag_v2)


def test_libvips_shows_the_scale_in_pixels_per_millimetre(tmp_path):
    vipsheader = shutil.which("vipsheader") or pytest.skip("no libvips on this host")
    write(tmp_path / "a.ome.tiff", ANISOTROPIC)

    said = [
        subprocess.run([vipsheader, "-f", field, tmp_path / "a.ome.tiff"], capture_output=True, check=True).stdout
        for field in ("xres", "yres")
    ]

    assert [float(value) for value in said] == pytest.approx([4_000, 2_000])


@pytest.mark.parametrize(
    ("size", "per_cm"),
    [
        ('PhysicalSizeX="0.1" PhysicalSizeXUnit="mm" PhysicalSizeY="1" PhysicalSizeYUnit="cm"', (100, 1)),
        ('PhysicalSizeX="2" PhysicalSizeXUnit="Å" PhysicalSizeY="20" PhysicalSizeYUnit="pm"', (5e7, 5e8)),
        ('PhysicalSizeX="1" PhysicalSizeXUnit="in" PhysicalSizeY="72" PhysicalSizeYUnit="pt"', (50 / 127, 50 / 127)),
        ('PhysicalSizeX="9" PhysicalSizeXUnit="km" PhysicalSizeY="9" PhysicalSizeYUnit="m"', (1 / 9e5, 1 / 900)),
        ('PhysicalSizeX="3" PhysicalSizeXUnit="pm" PhysicalSizeY="3" PhysicalSizeYUnit="pm"', (1e10 / 3, 1e10 / 3)),
    ],
)  # fmt: skip
def test_a_fraction_of_two_numbers_is_as_good_as_the_size(tmp_path, size, per_cm):
    write(tmp_path / "a.ome.tiff", size)

    with tifffile.TiffFile(tmp_path / "a.ome.tiff") as tiff:
        assert stated(tiff.pages[0])[1:] == pytest.approx(per_cm, rel=1e-9)


@pytest.mark.parametrize(
    "size",
    [
        'PhysicalSizeX="1"',
        'PhysicalSizeX="1" PhysicalSizeXUnit="pixel" PhysicalSizeY="1" PhysicalSizeYUnit="pixel"',
        'PhysicalSizeX="1" PhysicalSizeXUnit="reference frame" PhysicalSizeY="1"',
        'PhysicalSizeX="1" PhysicalSizeXUnit="fm" PhysicalSizeY="1" PhysicalSizeYUnit="fm"',
        'PhysicalSizeX="INF" PhysicalSizeY="INF"',
    ],
)
def test_a_size_that_is_no_length_or_beyond_a_fraction_has_no_tag(tmp_path, size):
    write(tmp_path / "a.ome.tiff", size)

    with tifffile.TiffFile(tmp_path / "a.ome.tiff") as tiff:
        assert "XResolution" not in tiff.pages[0].tags


def test_a_level_beyond_what_a_fraction_holds_has_no_tag():
    assert resolution_tags((2**-30, 2**-30), 0)
    assert resolution_tags((2**-30, 2**-30), 1) == {}


@pytest.mark.parametrize("size", [ANISOTROPIC, ""])
def test_the_verifier_finds_the_scale_right(tmp_path, size):
    pixels = write(tmp_path / "a.ome.tiff", size)

    assert read_ome_tiff(tmp_path / "a.ome.tiff", pixels).problems == ()


def _level(path):
    with tifffile.TiffFile(path) as tiff:
        return tiff.pages[1].pages[0].tags["XResolution"].valueoffset


def _page(path):
    with tifffile.TiffFile(path) as tiff:
        return tiff.pages[0].tags["XResolution"].valueoffset


@pytest.mark.parametrize(
    ("place", "message"),
    [(_page, "image 0 level 0 T0 C0 Z0: 40000 x 20000 pixels per cm"), (_level, "level 1 T0 C0 Z1: 20000 x 10000")],
)
def test_the_verifier_finds_another_scale_in_any_directory(tmp_path, place, message):
    pixels = write(tmp_path / "a.ome.tiff", ANISOTROPIC)
    with (tmp_path / "a.ome.tiff").open("r+b") as file:
        file.seek(place(tmp_path / "a.ome.tiff"))
        file.write((39_999).to_bytes(4, "little"))

    (problem,) = read_ome_tiff(tmp_path / "a.ome.tiff", pixels).problems

    assert problem.code == "VER003"
    assert message in str(problem)


def test_the_verifier_finds_a_scale_that_nobody_stated(tmp_path):
    pixels = write(tmp_path / "a.ome.tiff", ANISOTROPIC)
    content = (tmp_path / "a.ome.tiff").read_bytes()
    (tmp_path / "a.ome.tiff").write_bytes(content.replace(b"PhysicalSizeY=", b"           T1="))

    problems = read_ome_tiff(tmp_path / "a.ome.tiff", pixels).problems

    assert "no resolution, found 40000 x 20000" in str(problems[-1])


@pytest.mark.parametrize(
    ("size", "unit", "micrometres"),
    [
        ("6.281833616298531", "nm", "0.006281833616298531"),
        ("11.4", "Å", "0.00114"),
        ("918.8671875", "m", "918867187.5"),
        ("1E-9", "mm", "0.000001"),
        ("0.325000", "µm", "0.325000"),
    ],
)
def test_pixel_sizes_are_written_in_micrometres_digit_for_digit(size, unit, micrometres):
    image = ImageInfo(0, None, 1, 1, 1, 70, 100, 1, "uint8")
    xml = (
        f'{OME}<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="100" SizeY="70" '
        f'SizeZ="1" SizeC="1" SizeT="1" PhysicalSizeX="{size}" PhysicalSizeXUnit="{unit}"><MetadataOnly/></Pixels>'
        "</Image></OME>"
    )

    written = complete_for_tiff(xml.encode(), [image], "a.ome.tiff", FILE_UUID).decode()

    assert f'PhysicalSizeX="{micrometres}" PhysicalSizeXUnit="µm"' in written


def test_a_size_in_pixels_keeps_its_unit():
    image = ImageInfo(0, None, 1, 1, 1, 70, 100, 1, "uint8")
    xml = (
        f'{OME}<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="100" SizeY="70" '
        'SizeZ="1" SizeC="1" SizeT="1" PhysicalSizeX="2" PhysicalSizeXUnit="pixel"><MetadataOnly/></Pixels>'
        "</Image></OME>"
    )

    written = complete_for_tiff(xml.encode(), [image], "a.ome.tiff", FILE_UUID).decode()

    assert 'PhysicalSizeX="2" PhysicalSizeXUnit="pixel"' in written
