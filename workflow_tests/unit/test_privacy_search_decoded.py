"""What is hidden in compressed pixels is found: the search of the decoded planes, its rule of chance, its filter."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fixative.findings import RefusedSample
from fixative.metadata_diff.gate import MetadataAsked
from fixative.privacy.needles import Needles
from fixative.privacy.search import Hit, Search
from fixative.privacy.secrets import Secret
from fixative.privacy.store import write_secrets
from fixative.readers.options import ReaderOptions
from fixative.records import write_record
from fixative.verification_models import CarriedTags
from fixative.verify.tiff import verify_ome_tiff
from fixative.verify_sample import verify_sample
from objects import levels_of, ome_xml, pixels_of, stack, write_tiff

NAME = "Ada Lovelace"


def drawn(image, values, at=0):
    """The image with values in its last plane, from a place on, row by row."""
    plane = image[-1, -1, -1].reshape(-1)
    plane[at : at + len(values)] = values
    return image


def letters(text=NAME, encoding="ascii", dtype="uint8"):
    return np.frombuffer(text.encode(encoding), dtype)


def found_in(path, images, decoded=True, levels=2):
    search = Search([Secret("people", NAME)], machine=False)
    raw, planes = search.stream("raw"), search.streams()
    verify_ome_tiff(
        path,
        pixels_of(images, levels),
        observe=raw.update,
        observe_plane=planes.begin if decoded else None,
        threads=2,
    )
    raw.finish()
    planes.finish()
    return search.hits


@pytest.mark.parametrize("compression", ["zlib", "lzw", "zstd"])
def test_a_name_in_compressed_pixels_is_found_decoded_and_not_in_the_bytes_of_the_file(tmp_path, compression):
    images = [drawn(stack("uint8"), letters(), 700)]
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression=compression)

    assert found_in(path, images, decoded=False) == []
    assert found_in(path, images) == [Hit("people", "image 0 level 0 T0 C1 Z1")]


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_samples_of_16_bit_with_the_numbers_of_letters_are_text(tmp_path, byteorder):
    images = [drawn(stack("uint16"), letters(encoding="utf-16-le", dtype="<u2"), 700)]
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression="zlib", predictor=True, byteorder=byteorder)

    assert found_in(path, images) == [Hit("people", "image 0 level 0 T0 C1 Z1")]


def test_two_letters_in_each_sample_are_text(tmp_path):
    images = [drawn(stack("uint16"), letters(dtype="<u2"), 700)]
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression="zlib")

    assert found_in(path, images) == [Hit("people", "image 0 level 0 T0 C1 Z1")]


def test_a_name_that_begins_in_one_row_of_tiles_and_ends_in_the_next_is_found(tmp_path):
    images = [drawn(stack("uint8", y=64, x=64), letters(), 32 * 64 - 5)]
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression="zlib")

    assert found_in(path, images) != []


def test_a_name_in_a_smaller_level_alone_is_found(tmp_path):
    image = stack("uint8", c=1, z=1, y=64, x=64)
    image[0, 0, 0, 0 : 2 * 1 : 2, 0:24:2] = letters()
    path = write_tiff(tmp_path / "A.ome.tiff", [image], compression="zlib")

    assert [hit.where for hit in found_in(path, [image])] == ["image 0 level 1 T0 C0 Z0"]
    assert bytes(levels_of(image, 2)[1][0, 0, 0, 0, :12]) == NAME.encode()


def test_bits_are_searched_eight_to_a_byte(tmp_path):
    bits = np.zeros((1, 1, 1, 64, 96), bool)
    bits[0, 0, 0, 40] = np.unpackbits(letters())
    path = write_tiff(tmp_path / "A.ome.tiff", [bits], compression="zlib", bitspersample=1, levels=1)

    assert found_in(path, [bits], levels=1) != []


def test_planes_that_are_not_compressed_are_searched_as_they_lie_in_the_file(tmp_path):
    images = [stack("uint8")]
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression=None)
    seen = []

    verify_ome_tiff(path, pixels_of(images), observe_plane=seen.append)

    assert seen == []


def hide_behind_a_tile(path, secret):
    """Make the last tile of the file longer by a text that no decoder looks at."""
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[-1]
        offsets, sizes = page.dataoffsets, list(page.databytecounts)
        tiff.filehandle.seek(offsets[-1])
        tile = tiff.filehandle.read(sizes[-1])
    end = path.stat().st_size
    hidden = tile + secret
    with tifffile.TiffFile(path, mode="r+b") as tiff:
        page = tiff.pages[-1]
        page.tags["TileOffsets"].overwrite([*offsets[:-1], end])
        page.tags["TileByteCounts"].overwrite([*sizes[:-1], len(hidden)])
    with path.open("r+b") as stream:
        stream.seek(end)
        stream.write(hidden)


def test_a_name_behind_the_deflated_pixels_of_a_tile_is_a_damage(tmp_path):
    images = [stack("uint8", y=64, x=64)]
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression="zlib", levels=1)
    hide_behind_a_tile(path, NAME.encode())

    with pytest.raises(RefusedSample, match="something stands behind the stream"):
        found_in(path, images, levels=1)


def test_a_name_behind_the_pixels_of_another_codec_is_found_in_the_bytes(tmp_path):
    images = [stack("uint8", y=64, x=64)]
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression="lzw", levels=1)
    hide_behind_a_tile(path, NAME.encode())

    assert Hit("people", "raw") in found_in(path, images, levels=1)


def test_the_bytes_of_what_is_searched_decoded_are_left_out_and_no_others(tmp_path):
    images = [stack("uint8", y=64, x=64)]
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression="zlib", levels=1)
    raw, search = [], Search([Secret("people", NAME)], machine=False)
    with tifffile.TiffFile(path) as tiff:
        tiles = sum(sum(page.databytecounts) for page in tiff.pages)

    verify_ome_tiff(path, pixels_of(images, 1), observe=raw.append, observe_plane=search.streams().begin)

    assert sum(map(len, raw)) == path.stat().st_size - tiles


def test_chance_is_reckoned_over_all_planes_together():
    search = Search([Secret("people", "qwzjvx")], machine=False)
    alone, together = search.streams(), search.streams()
    for streams in (alone, together):
        plane = streams.begin("plane")
        plane.update(b"\x00" * 500 + b"qwzjvx" + b"\x00" * 500)
        plane.finish()
    plane = together.begin("another")
    plane.update(bytes(4_000_000))
    plane.finish()

    together.finish()
    assert search.hits == []
    alone.finish()
    assert search.hits == [Hit("people", "plane")]


@pytest.mark.parametrize("value", ["Noether", "Lise Meitner"])
def test_pixels_beside_a_value_that_read_as_letters_do_not_hide_it(value):
    search = Search([Secret("people", value)], machine=False)
    planes = search.streams()
    plane = planes.begin("plane")

    plane.update("Ĭx".encode("utf-16-le") * 50 + value.encode("utf-16-le") + "xĬ".encode("utf-16-le") * 50)
    plane.finish()
    planes.finish()

    assert search.hits == [Hit("people", "plane")]


@pytest.mark.parametrize("value", ["12345678", "00000000", "hgfedcba", "xoxoxoxo"])
@pytest.mark.parametrize("dtype", ["uint8", "<u2"])
def test_a_ramp_or_a_grey_area_is_no_number(value, dtype):
    search = Search([Secret("devices", value)], machine=False)
    planes = search.streams()
    plane = planes.begin("plane")

    plane.update(np.r_[0:256, 255:-1:-1, [48] * 99, [120, 111] * 50].astype(dtype).tobytes())
    plane.finish()
    planes.finish()

    assert search.hits == []


def test_planes_are_searched_by_several_threads_at_once():
    search = Search([Secret("people", NAME)], machine=False)
    streams = search.streams()
    noise = np.random.default_rng(3).integers(90, 125, 1 << 18, dtype=np.uint16).tobytes()

    def one(number):
        plane = streams.begin(str(number))
        plane.update(noise + NAME.encode("utf-16-le") * (number == 17) + noise)
        plane.finish()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(24)))
    streams.finish()

    assert search.hits == [Hit("people", "17")]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("length", [7, 8, 9, 10, 11, 12])
@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_the_filter_for_pixel_data_lets_every_needle_pass_wherever_it_stands(encoding, length, spelled):
    value = "qwzjäxkbphyg"[:length]
    needles = Needles([Secret("people", value)])
    inside = spelled(value).encode(encoding)

    found = [needles.find_opaque(b"\0" * before + inside + b"\0" * 3) for before in range(9)]

    assert all(found)


def verified(folder, images, thumbnail):
    """Verify a sample whose image is staged in a folder, with the records beside it."""
    (folder / "staging").mkdir()
    write_tiff(folder / "staging/A.ome.tiff", images, compression="zlib", description=ome_xml(images))
    write_secrets(folder / "private/secrets.json", [Secret("people", NAME)])
    write_record(folder / "pixels.json", pixels_of(images))
    write_record(folder / "carried_tags.json", CarriedTags(runs=()))
    info = PngInfo()
    info.add_text("Author", thumbnail, zip=True)
    Image.new("L", (8, 8)).save(folder / "thumbnail.png", pnginfo=info)
    return verify_sample(
        folder,
        folder / "staging",
        "A",
        readers=ReaderOptions(),
        witness="none",
        metadata=MetadataAsked.of("none", None),
        threads=2,
    )


def test_a_value_in_compressed_pixels_refuses_the_sample(tmp_path):
    images = [drawn(stack("uint8"), letters(), 700)]

    with pytest.raises(RefusedSample, match=r"SAN002.*pixels of image 0 level 0 T0 C1 Z1.*people"):
        verified(tmp_path, images, "x")


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="no exiftool on this machine")
def test_a_value_in_a_text_of_the_thumbnail_refuses_the_sample(tmp_path):
    with pytest.raises(RefusedSample, match=r"SAN002.*thumbnail.png, as exiftool reads it.*people"):
        verified(tmp_path, [stack("uint8")], f"by {NAME}")
