"""The archive's profile chooses codec and level; what is said word for word goes before it."""

import re

import pytest

from fixative.archive_profile import PROFILES
from fixative.findings import BadBatch
from fixative.settings import load_settings


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_chooses_codec_and_level(profile):
    chosen = load_settings({"archive_profile": profile}).ome_tiff

    assert (chosen.compression, chosen.level) == PROFILES[profile]


def test_without_a_word_it_is_balanced_which_every_reader_opens():
    chosen = load_settings({}).ome_tiff

    assert (chosen.compression, chosen.level) == ("deflate", 1)


def test_a_compression_named_goes_before_the_profile():
    chosen = load_settings({"archive_profile": "small", "ome_tiff": {"compression": "lzw"}}).ome_tiff

    assert (chosen.compression, chosen.level) == ("lzw", None)


def test_a_level_named_goes_before_the_profile_s():
    chosen = load_settings({"archive_profile": "small", "ome_tiff": {"compression": None, "level": 19}}).ome_tiff

    assert (chosen.compression, chosen.level) == ("zstd", 19)


def test_a_level_that_the_codec_has_not_is_refused():
    with pytest.raises(BadBatch, match="deflate has 1 to 12"):
        load_settings({"ome_tiff": {"compression": "deflate", "level": 13}})


def test_a_profile_that_does_not_exist_is_refused():
    with pytest.raises(BadBatch, match="archive_profile"):
        load_settings({"archive_profile": "tiny"})


@pytest.mark.parametrize(("profile", "chosen"), PROFILES.items())
def test_the_documentation_says_what_each_profile_is(repository, profile, chosen):
    text = (repository / "docs/archive_profiles.md").read_text(encoding="utf-8")

    assert re.search(rf"^\| `{profile}`[^|]*\| {chosen[0]} {chosen[1]} \|", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("section", "encoder"),
    [
        ({}, "isa-l"),
        ({"compression": "deflate"}, "isa-l"),
        ({"compression": "deflate", "level": 6}, "libdeflate"),
        ({"compression": "deflate", "level": 1, "deflate_encoder": "libdeflate"}, "libdeflate"),
        ({"compression": "zstd"}, None),
    ],
)
def test_the_record_says_what_deflates(section, encoder):
    chosen = load_settings({"ome_tiff": section}).ome_tiff

    assert chosen.deflate_encoder == encoder


def test_the_level_of_isa_l_that_differs_from_processor_to_processor_is_refused():
    with pytest.raises(BadBatch, match="isa-l has 1 to 2"):
        load_settings({"ome_tiff": {"compression": "deflate", "level": 3, "deflate_encoder": "isa-l"}})
