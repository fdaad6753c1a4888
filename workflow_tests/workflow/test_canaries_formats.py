"""Canaries in the slots of many formats, under each policy; `keep_all` is the control that they arrive at all.

What the dump loses on the way stands in `LOST`: none of it can leak, and none of it is archived but in the original.
"""

import json
import shutil
import subprocess

import pytest
import tifffile
from lxml import etree

from canary_formats import POLICIES, FormatBatch, everything, sample
from canary_scan import birds_in

SOURCES = everything()
ALSO = {
    "dicom": (*POLICIES, "dicom_basic"),
    **dict.fromkeys(("ome-shapes", "sidecars-more", "czi-more"), POLICIES),
}
WHICH = {name: ALSO.get(name, ("keep_all", "facility", "hipaa_safe_harbor")) for name in SOURCES}
SANITISED = [(name, policy) for name in SOURCES for policy in WHICH[name] if policy != "keep_all"]
STRICT = [(name, policy) for name, policy in SANITISED if policy in ("hipaa_safe_harbor", "dicom_basic")]

NUMBERS_IN_TAGS = {f"page 2 level {level} {kind}" for level in (0, 2) for kind in ("SHORT", "LONG", "BYTE")}
LOST = {
    "pages": NUMBERS_IN_TAGS,  # long arrays of numbers stand as digest and count
    "png-chunks": {"behind the end", "private chunk"},
    "jpeg": {"APP9", "APP12", "APP13", "behind the end"},
    "jp2": {"URL box"},
    "scn": {"SCN barcode"},
    "czi-more": {"event of a list", "label JPEG Artist", "label JPEG comment", "notes"},  # digests of attachments
    "fits": {"cell of a table"},
    "nrrd": {"NRRD comment"},
    "mha": {"MHA Comment"},
    "emd": {"compound operator"},
    "sidecars-more": {"YAML comment", "binary sidecar"},
    "png": {"iTXt translated keyword", "raw profile"},
}
"""Slots of which no archive says anything, whatever the policy."""

KNOWN: dict[str, set[str]] = {}
"""A table of two columns without a head: who is named in what reads as the name of a column?"""
TECHNICAL = {"zarr": {"channel label"}, "ome-shapes": {"BinData of a mask"}}
"""What a strict policy keeps by its written rule."""


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """Every source under its policies, in one run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIXATIVE_PRIVACY_KEY", "5f" * 32)
        return FormatBatch(tmp_path_factory.mktemp("formats"), SOURCES, WHICH)


@pytest.mark.parametrize(("source", "policy"), [(name, policy) for name in SOURCES for policy in WHICH[name]])
def test_every_sample_is_archived(batch, source, policy):
    row = batch.rows[sample(policy, source)]

    assert (row["outcome"], row["message"]) == ("sealed", "")


@pytest.mark.parametrize("source", SOURCES)
def test_with_nothing_removed_every_canary_arrives_but_what_the_dump_is_known_to_lose(batch, source):
    assert batch.lost("keep_all", source) - LOST.get(source, set()) == set()


@pytest.mark.parametrize(("source", "policy"), SANITISED)
def test_nobody_who_is_named_as_such_and_no_account_in_a_path_is_in_any_public_byte(batch, source, policy):
    found = batch.public(policy, source, "person", "path")

    assert {slot: places for slot, places in found.items() if slot not in KNOWN.get(source, ())} == {}


@pytest.mark.parametrize(("source", "policy"), STRICT)
def test_under_a_strict_policy_no_free_text_no_name_of_a_field_and_no_day_is_public(batch, source, policy):
    found = batch.public(policy, source, "bare", "day")

    assert {slot: places for slot, places in found.items() if slot not in TECHNICAL.get(source, ())} == {}


@pytest.mark.parametrize(("source", "policy"), SANITISED)
def test_every_plane_is_what_it_is_when_nothing_is_removed(batch, source, policy):
    assert digests(batch, policy, source) == digests(batch, "keep_all", source)


@pytest.mark.parametrize(("source", "policy"), SANITISED)
def test_every_scientific_value_is_what_it_is_when_nothing_is_removed(batch, source, policy):
    assert numbers(batch, policy, source) == numbers(batch, "keep_all", source)


@pytest.mark.parametrize(("source", "policy"), SANITISED)
def test_every_level_of_every_page_is_what_it_is_when_nothing_is_removed(batch, source, policy):
    assert levels(batch, policy, source) == levels(batch, "keep_all", source)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_sees_no_canary_in_the_archive_that_the_scanner_of_these_tests_does_not(batch):
    command = ["exiftool", "-j", "-a", "-u", "-G1", "-ee", "-b", "-fast0", "-r", "-ext", "*", str(batch.archive)]

    told = subprocess.run(command, capture_output=True).stdout

    planted = {bird for source in SOURCES for policy in WHICH[source] for bird in batch.planted(policy, source)}
    seen = birds_in(told) & planted
    assert len(seen) > 100
    assert seen - set(batch.found) == set()


def digests(batch, policy, source):
    """Digests of the planes, as the record of the conversion has them."""
    return json.dumps(batch.record(sample(policy, source), "pixels.json")["images"])


def numbers(batch, policy, source):
    """What a figure depends on: numbers of the pixels, channels, planes and of the optics."""
    with tifffile.TiffFile(batch.image(sample(policy, source))) as tiff:
        root = etree.fromstring(tiff.pages[0].tags["ImageDescription"].value.encode())
    told = ("Pixels", "Channel", "Plane", "Objective", "ObjectiveSettings", "DetectorSettings", "Detector", "Mask")
    return [
        (name, sorted((key, value) for key, value in node.attrib.items() if key not in ("ID", "Name", "Text")))
        for name in told
        for node in root.iter(f"{{*}}{name}")
    ]


def levels(batch, policy, source):
    """Sums and shapes of all pages and levels, read by the library itself."""
    with tifffile.TiffFile(batch.image(sample(policy, source))) as tiff:
        pages = list(tiff.pages) + [below for page in tiff.pages for below in page.pages or ()]
        return [(page.shape, str(page.dtype), page.asarray().tobytes()) for page in pages]
