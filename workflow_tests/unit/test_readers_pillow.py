"""Raster files through Pillow: the stored values, or a refusal where Pillow would change or compose them."""

import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin

from fixative.findings import RefusedSample
from fixative.readers.options import ReaderOptions, Request
from fixative.readers.pillow.reader import open_reader

pytestmark = pytest.mark.filterwarnings("ignore:IM image format is deprecated:DeprecationWarning")

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 255, (37, 53), dtype=np.uint8)
COLOUR = RANDOM.integers(0, 255, (37, 53, 3), dtype=np.uint8)
ALPHA = RANDOM.integers(0, 255, (37, 53, 4), dtype=np.uint8)
DEEP = RANDOM.integers(0, 65535, (37, 53), dtype=np.uint16)
REAL = RANDOM.random((37, 53)).astype(np.float32)
BITS = RANDOM.random((37, 53)) > 0.5

FILES = [
    *[("a.pcx", GREY, {}), ("a.pcx", COLOUR, {}), ("a.sgi", GREY, {}), ("a.sgi", COLOUR, {}), ("a.tga", ALPHA, {})],
    *[("a.tga", COLOUR, {"compression": "tga_rle"}), ("a.pgm", GREY, {}), ("a.pgm", DEEP, {}), ("a.ppm", COLOUR, {})],
    *[("a.bmp", COLOUR, {}), ("a.bmp", GREY, {}), ("a.im", COLOUR, {}), ("a.msp", BITS, {}), ("a.xbm", BITS, {})],
    *[("a.png", DEEP, {}), ("a.png", ALPHA, {}), ("a.spi", REAL, {"format": "SPIDER"})],
    *[("a.webp", COLOUR, {"lossless": True}), ("a.qoi", COLOUR, {})],
]
IDS = [f"{name[2:]} {pixels.dtype} {pixels.ndim}" for name, pixels, _ in FILES]


def save(path: Path, pixels, **options) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.fromarray(pixels).save(path, **options)
    return path


def format_of(path: Path) -> str:
    names = {".png": "png", ".webp": "webp", ".bmp": "bmp", ".spi": "spider", ".gif": "gif", ".jpg": "jpeg"}
    return names.get(path.suffix, "other")


@pytest.fixture
def opened():
    readers = []

    def open_it(path, fmt=None, **options):
        request = Request(path, fmt or format_of(path), "pillow", ReaderOptions(**options))
        readers.append(open_reader(request))
        return readers[-1]

    yield open_it
    for reader in readers:
        reader.close()


def whole(reader, image=0, t=0):
    info = reader.images[image]
    return reader.read_region(image, t, 0, 0, 0, 0, info.size_y, info.size_x)


@pytest.mark.parametrize(("name", "pixels", "options"), FILES, ids=IDS)
def test_values_are_the_stored_ones(tmp_path, opened, name, pixels, options):
    reader = opened(save(tmp_path / name, pixels, **options))

    assert np.array_equal(whole(reader), pixels)
    assert (whole(reader).dtype, reader.images[0].dtype) == (pixels.dtype, pixels.dtype.name)
    region = reader.read_region(0, 0, 0, 0, 11, 7, 19, 31)
    assert np.array_equal(region, pixels[11:30, 7:38])
    assert region.flags.c_contiguous


@pytest.mark.parametrize(("name", "pixels", "options"), FILES, ids=IDS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_file_gives_its_pixels_or_none(tmp_path, opened, name, pixels, options, share):
    path = save(tmp_path / name, pixels, **options)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])

    try:
        found = whole(opened(path))
    except (RefusedSample, ValueError, OSError, SyntaxError, IndexError, struct.error):
        return
    assert np.array_equal(found, pixels)  # what is missing was no pixel: the palette of a PCX


def test_a_palette_is_not_applied(tmp_path, opened):
    image = Image.fromarray(GREY).convert("P")
    image.putpalette(list(range(255, -1, -1)) * 3)
    image.save(tmp_path / "a.png")

    reader = opened(tmp_path / "a.png")

    assert reader.images[0].photometric == "palette"
    assert np.array_equal(whole(reader), np.asarray(image))
    assert reader.images[0].palette[:, 0].tolist() == [255 * 257, 254 * 257, 253 * 257]


def test_black_as_one_is_told_not_turned(tmp_path, opened):
    reader = opened(save(tmp_path / "a.pbm", BITS))

    assert reader.images[0].photometric == "miniswhite"
    assert np.array_equal(whole(reader), ~BITS)


@pytest.mark.parametrize("bits", [2, 4])
def test_few_bits_are_not_spread_over_eight(tmp_path, opened, bits):
    import zlib

    rows = [bytes([0, 0b00011011, 0b11100100])] * 4
    size = 16 // bits
    header = struct.pack(">IIBBBBB", size, 4, bits, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")]
    content = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + content)

    reader = opened(tmp_path / "a.png")

    assert reader.images[0].significant_bits == bits
    assert whole(reader)[0].tolist() == ([0, 1, 2, 3, 3, 2, 1, 0] if bits == 2 else [1, 11, 14, 4])


def test_sixteen_bit_colours_are_left_to_others(tmp_path, opened):
    import imagecodecs

    deep = RANDOM.integers(0, 65535, (8, 8, 3), dtype=np.uint16)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(deep))
    (tmp_path / "a.pgm").write_bytes(b"P5 2 1 1000\n" + struct.pack(">2H", 5, 1000))

    with pytest.raises(ValueError, match="changes"):
        opened(tmp_path / "a.png")
    with pytest.raises(ValueError, match="scale"):
        opened(tmp_path / "a.pgm")


def test_films_that_pillow_composes_are_left_to_others(tmp_path, opened):
    frames = [Image.fromarray(np.roll(GREY, n, 0)) for n in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])

    with pytest.raises(ValueError, match="composes"):
        opened(tmp_path / "a.gif")
    with pytest.raises(ValueError, match="composes"):
        opened(tmp_path / "a.png")


def test_cmyk_in_jpeg_is_left_to_others(tmp_path, opened):
    Image.fromarray(COLOUR).convert("CMYK").save(tmp_path / "a.jpg")

    with pytest.raises(ValueError, match="CMYK"):
        opened(tmp_path / "a.jpg")


def test_postscript_runs_no_program(tmp_path, opened):
    Image.fromarray(GREY).save(tmp_path / "a.eps")

    with pytest.raises(OSError, match="cannot identify"):
        opened(tmp_path / "a.eps")


def test_an_image_beyond_the_memory_is_refused(tmp_path, opened):
    save(tmp_path / "a.png", np.zeros((3000, 3000), np.uint8))

    with pytest.raises(RefusedSample, match="mem_mb"):
        opened(tmp_path / "a.png", memory_mb=16)


def test_large_images_are_no_bombs(tmp_path, opened, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)

    assert np.array_equal(whole(opened(save(tmp_path / "a.bmp", GREY))), GREY)
    assert Image.MAX_IMAGE_PIXELS == 100


def test_metadata_are_whole(tmp_path, opened):
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "thin section")
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x011A] = TiffImagePlugin.IFDRational(601, 2)
    Image.fromarray(GREY).save(tmp_path / "a.png", pnginfo=texts, exif=exif, dpi=(300, 300))

    tree = opened(tmp_path / "a.png").vendor_metadata()["pillow"]

    assert (tree["format"], tree["mode"]) == ("PNG", "L")
    assert tree["info"]["Comment"] == "thin section"
    assert tree["exif"]["Make"] == "Maker"
    assert tree["exif"]["XResolution"] == [601, 2]


def test_the_library_is_the_one_that_decodes(tmp_path, opened):
    libraries = [opened(save(tmp_path / name, COLOUR)).library for name in ("a.jpg", "a.webp", "a.ppm")]

    assert libraries == ["libjpeg-turbo", "libwebp", "Pillow"]


@pytest.mark.corpus
def test_a_real_spider_file_is_its_floats(corpus, opened):
    path = corpus / "spider/hopper.spider"
    content = path.read_bytes()
    order = next(order for order in "<>" if struct.unpack_from(f"{order}f", content, 16)[0] == 1)
    values = np.frombuffer(content[len(content) - 128 * 128 * 4 :], f"{order}f4").reshape(128, 128)

    assert np.array_equal(whole(opened(path, "spider")), values)


@pytest.mark.corpus
def test_a_real_image_composer_file_keeps_its_premultiplied_alpha(corpus, opened):
    import io

    import olefile
    import tifffile

    path = corpus / "flashpix/hopper.mic"
    with olefile.OleFileIO(path) as ole:
        stream = next(name for name in ole.listdir() if name[0].endswith(".ACI") and name[1] == "Image")
        stored = tifffile.imread(io.BytesIO(ole.openstream(stream).read()))

    reader = opened(path, "flashpix")

    assert reader.images[0].extra_samples == (1,)
    assert np.array_equal(whole(reader), stored)
    assert "SummaryInformation" in str(reader.vendor_metadata()) or reader.vendor_metadata()["pillow"]["exif"]


@pytest.mark.corpus
def test_a_real_flashpix_with_five_bands_is_refused(corpus, opened):
    with pytest.raises(OSError, match="bands"):
        opened(corpus / "flashpix/input_bw_five_bands.fpx", "flashpix")
