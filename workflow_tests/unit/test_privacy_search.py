"""The search finds a private value in any encoding, case and disguise, and says where, not what."""

import base64
import io
import json
import os
import random
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fixative.privacy import search as search_module
from fixative.privacy.search import Hit, Search, machine_secrets
from fixative.privacy.secrets import Secret

NAME = "Lovelace"
ACCENTED = "Müllerová"


def found_in(data, value=NAME):
    search = Search([Secret("people", value)], machine=False)
    search.bytes("file", data)
    return bool(search.hits)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("spelling", [NAME, NAME.upper(), NAME.lower(), "loVElaCe"])
def test_a_value_is_found_in_every_encoding_and_case(encoding, spelling):
    assert found_in(b"\x00\x01\x02" + spelling.encode(encoding) + b"\x00\x00\xff")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("spelling", [ACCENTED, ACCENTED.upper(), "Mu\u0308llerova\u0301"])
def test_accents_are_found_composed_and_decomposed(encoding, spelling):
    assert found_in(b"\x00\x00" + spelling.encode(encoding) + b"\x00\x00", ACCENTED)


@pytest.mark.parametrize("length", range(4, 12))
@pytest.mark.parametrize("before", range(5))
def test_a_value_is_found_wherever_it_begins(length, before):
    value = "qwzjvxkbphyg"[:length]

    assert found_in(b"-" * before + value.encode() + b"-", value)


@pytest.mark.parametrize(
    "disguise",
    [
        json.dumps({"by": "Lov\u0065lace"}).encode(),
        b'{"by": "\\u004cov\\u0065lace"}',
        b"<by>&#76;ov&#x65;lace</by>",
        b"by=%4Cov%65lace",
        base64.b64encode(b"made by Lovelace, 1843"),
        base64.encodebytes(b"x" * 90 + b"made by Lovelace, 1843"),
        b"\x89PNG zTXt\x00" + zlib.compress(b"made by Lovelace"),
        base64.b64encode(zlib.compress(b"made by Lovelace")),
        json.dumps({"inner": json.dumps({"by": "&#76;ovelace"})}).encode(),
    ],
)
def test_a_value_is_found_in_disguise(disguise):
    assert found_in(disguise)


@pytest.mark.parametrize("text", [rb"C:\\Users\\jdoe7\\x", b"C:&#92;Users&#92;jdoe7&#92;x"])
def test_a_path_is_found_escaped(text):
    assert found_in(text, r"C:\Users\jdoe7")


@pytest.mark.parametrize("text", [b"blacksmith", b"smiths", "blacksmith".encode("utf-16-le"), b"Smit", b""])
def test_a_part_of_another_word_is_no_hit(text):
    assert not found_in(text, "Smith")


def test_a_value_is_found_behind_any_number_of_words_that_look_like_base64():
    words = b" ".join(base64.b64encode(os.urandom(12)) for _ in range(3000))

    assert found_in(words + b" " + base64.b64encode(b"by Lovelace, 1843"))


@pytest.mark.parametrize("encode", [base64.b64encode, base64.encodebytes, lambda data: data.hex().encode()])
def test_base64_and_digests_hold_short_values_by_chance_and_make_no_hit(encode):
    page = b'<img src="' + encode(os.urandom(2_000_000)) + b'"> by Lovelace'

    assert not any(found_in(page, value) for value in ("qwzj", "vxkb", "pzqw", "jvqx", "beda", "cafe"))
    assert found_in(page)


def test_the_texts_of_a_picture_are_searched_as_metadata_and_its_pixels_as_pixels():
    pixels = io.BytesIO()
    noise = np.random.default_rng(4).integers(0, 255, (256, 256, 3), dtype=np.uint8)
    texts = PngInfo()
    texts.add_text("Author", "qwzj", zip=True)
    texts.add_text("Host", "vxkb")
    Image.fromarray(noise).save(pixels, "png", pnginfo=texts)

    assert found_in(pixels.getvalue(), "qwzj")
    assert found_in(pixels.getvalue(), "vxkb")
    assert not found_in(pixels.getvalue(), "pzqw")


def test_a_hit_names_rule_and_place_and_not_the_value():
    search = Search([Secret("people", NAME)], machine=False)

    search.bytes("data/README.md", b"by Lovelace")

    assert search.hits == [Hit("people", "data/README.md")]
    assert NAME not in repr(search.hits)


def stream(data, size, value=NAME, opaque=True, others=()):
    search = Search([Secret("people", value), *others], machine=False)
    streamed = search.stream("image", opaque=opaque)
    [streamed.update(data[start : start + size]) for start in range(0, len(data), size)]
    streamed.finish()
    return search.hits


@pytest.mark.parametrize("size", [1, 3, 5, 8, 17, 64, 1000])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_value_across_blocks_is_found(size, encoding):
    assert stream(b"\x00" * 51 + NAME.encode(encoding) + b"\x00" * 40, size) == [Hit("people", "image")]


@pytest.mark.parametrize("size", range(1, 20))
def test_the_border_of_a_block_does_not_make_a_part_a_whole(size):
    assert stream(b"the blacksmiths", size, "Smith", opaque=False) == []


@pytest.mark.parametrize("size", range(1, 20))
def test_a_value_at_the_very_end_is_found(size):
    assert stream(b"by the black Smith", size, "Smith", opaque=False) == [Hit("people", "image")]


def test_random_pixels_hold_short_values_by_chance_and_make_no_hit():
    data = os.urandom(1 << 20) + b"\x00qwzjvx\x00"
    others = [Secret("others", f"{number}kxvqzzywjq") for number in range(9)]

    assert stream(data, 1 << 18, "qwzjvx", others=others) == []
    assert stream(data, 1 << 18, "qwzjvx", opaque=False, others=others) == [Hit("people", "image")]


def test_a_long_value_in_pixels_is_a_hit():
    assert stream(os.urandom(1 << 20) + b"Lovelace", 1 << 18) == [Hit("people", "image")]


def test_pixels_that_look_like_utf_16_are_searched_all_the_same():
    values = np.random.default_rng(1).integers(97, 123, 1 << 19, dtype=np.uint16).tobytes()

    assert stream(values, 1 << 18, "qwzjvxkbphyg") == []
    assert stream(values + "\x00qwzjvxkbphyg".encode("utf-16-le"), 1 << 18, "qwzjvxkbphyg") != []


def test_many_values_at_once_are_all_found():
    letters = random.Random(3)
    values = ["".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=9)) for _ in range(40)]
    search = Search([Secret(value, value) for value in values], machine=False)

    search.bytes("all", b"\x00".join(os.urandom(50) + value.encode("utf-16-be") for value in values))

    assert {hit.rule for hit in search.hits} == set(values)


def test_tags_of_every_ifd_of_a_tiff_are_searched_as_metadata(tmp_path):
    path = tmp_path / "image.tif"
    noise = np.random.default_rng(2).integers(0, 65535, (64, 64), dtype=np.uint16)
    with tifffile.TiffWriter(path) as tif:
        tif.write(noise, subifds=1, metadata=None)
        tif.write(noise[::2, ::2], extratags=[(316, 2, 0, "qwzj", True)], metadata=None)
    search = Search([Secret("computers", "QWZJ")], machine=False)

    search.tiff("image.tif", path)

    assert [hit.rule for hit in search.hits] == ["computers"]


def test_this_machine_is_looked_for(monkeypatch):
    monkeypatch.setattr(search_module.socket, "gethostname", lambda: "scope7.lab.example.org")
    monkeypatch.setattr(search_module.getpass, "getuser", lambda: "jdo")
    monkeypatch.setenv("HOME", "/home/jdo")

    assert {secret.value for secret in machine_secrets()} == {
        "scope7.lab.example.org",
        "scope7",
        "jdo",
        "/home/jdo",
    }


def test_a_machine_that_says_nothing_is_not_looked_for(monkeypatch):
    monkeypatch.setattr(search_module.socket, "gethostname", lambda: "localhost")
    monkeypatch.setattr(search_module.getpass, "getuser", lambda: "root")
    monkeypatch.setenv("HOME", "/root")

    assert machine_secrets() == ()
