"""The quality checklist of an object, its histograms, and the second look at privacy."""

import json
import socket

import numpy as np
import pytest

from fixative import quality
from fixative.quality import CHECKS, Sizes, size_line, sizes_of
from fixative.report import checklist as of_the_report
from fixative.verify.histogram import drawn
from fixative.verify.object import verify_object
from fixative.verify.privacy import privacy_notes
from objects import flip_bit, make_object, pixels_of, stack


def lines_of(folder):
    return {line.name: (line.state, line.detail) for line in verify_object(folder).checklist}


def test_the_lines_are_those_of_the_report(made):
    assert tuple(lines_of(made.folder)) == CHECKS == of_the_report.CHECKS
    assert of_the_report.Check is quality.Check


def test_each_line_says_what_it_goes_by(made):
    root = made.parts.pixels.root_sha256

    assert lines_of(made.folder) == {
        "source complete": ("passed", "4 planes promised, 4 present"),
        "pixel integrity": ("passed", f"8 planes of all levels as recorded, root digest {root}"),
        "bit depth": ("passed", "uint16; the same in TIFF, OME-XML and record"),
        "witness": ("passed", "bioformats 7: 4 planes read again"),
        "metadata accounted for": (
            "noted",
            "12 keys kept, 1 redacted; source and archive not compared: not asked for",
        ),
        "metadata completeness": ("noted", "no checklist was gone through"),
        "OME-XML valid": ("passed", "checked against the schema of OME 2016-06 and the rules it cannot say"),
        "file size against source": lines_of(made.folder)["file size against source"],
        "privacy confirmed": lines_of(made.folder)["privacy confirmed"],
        "checksums recorded": (
            "passed",
            "SHA-256 and SHA-512 of every file, SHA-256 of every plane: 15 files",
        ),
    }


def test_privacy_names_policy_version_and_approver(made):
    state, detail = lines_of(made.folder)["privacy confirmed"]

    assert detail == "policy facility 1, approver Data Protection Office; no figure recorded"
    assert state == "noted"


def test_privacy_counts_the_values_that_were_searched_where_the_record_has_them(whole):
    path = whole / "data/A.ome.tiff.provenance.json"
    record = json.loads(path.read_bytes())
    record["policy"].update(values_searched=7, searched_by=["exiftool 13"])
    path.write_text(json.dumps(record))

    state, detail = lines_of(whole)["privacy confirmed"]

    assert state == "passed"
    assert detail.endswith("; 7 redacted values looked for in every public byte by exiftool 13")


@pytest.mark.parametrize(
    ("file", "line", "state"),
    [
        ("data/A.ome.tiff", "checksums recorded", "failed"),
        ("data/A.ome.tiff.pixels.json", "pixel integrity", "open"),
        ("data/A.ome.tiff.pixels.json", "file size against source", "open"),
        ("manifest-sha256.txt", "checksums recorded", "failed"),
    ],
)
def test_a_line_fails_or_stays_open_where_there_is_damage(whole, file, line, state):
    flip_bit(whole / file)

    assert lines_of(whole)[line][0] == state


def test_a_missing_record_leaves_its_lines_open(whole):
    (whole / "data/A.ome.tiff.provenance.json").unlink()

    lines = lines_of(whole)

    assert {name for name, (state, _) in lines.items() if state == "open"} == {
        "source complete",
        "witness",
        "metadata accounted for",
        "file size against source",
        "privacy confirmed",
    }


def test_a_text_that_is_none_leaves_its_line_open(whole):
    path = whole / "data/A.ome.tiff.provenance.json"
    record = json.loads(path.read_bytes())
    record["source"].update(incomplete=["x"])
    path.write_text(json.dumps(record))

    assert lines_of(whole)["source complete"] == ("open", "its record is missing or damaged")


@pytest.mark.parametrize("content", ["{}", '{"policy": 3}', '{"witness": [], "source": {"files": "x"}}'])
def test_a_record_of_any_content_leaves_lines_open_and_no_traceback(whole, content):
    (whole / "data/A.ome.tiff.provenance.json").write_text(content)

    assert lines_of(whole)["witness"][0] == "open"


MEGABYTE = 1_000_000
SIZES = {
    "as it should be": (Sizes(5 * MEGABYTE, 10 * MEGABYTE, 10 * MEGABYTE, 13 * MEGABYTE, 8), "deflate", "passed"),
    "larger than its pixels": (
        Sizes(20 * MEGABYTE, 10 * MEGABYTE, 10 * MEGABYTE, 13 * MEGABYTE, 8),
        "deflate",
        "expected at most",
    ),
    "smaller than deflate can be": (
        Sizes(9_000, 10 * MEGABYTE, 10 * MEGABYTE, 13 * MEGABYTE, 8),
        "deflate",
        "expected at least",
    ),
    "smaller than its pixels, not compressed": (
        Sizes(9 * MEGABYTE, 10 * MEGABYTE, 10 * MEGABYTE, 13 * MEGABYTE, 8),
        "none",
        "expected at least",
    ),
    "a twentieth of an uncompressed source": (
        Sizes(MEGABYTE // 4, 10 * MEGABYTE, 10 * MEGABYTE, 13 * MEGABYTE, 8),
        "deflate",
        "of an uncompressed source",
    ),
    "ten times a compressed source": (
        Sizes(10 * MEGABYTE, MEGABYTE, 10 * MEGABYTE, 13 * MEGABYTE, 8),
        "deflate",
        "passed",
    ),
    "no source known": (Sizes(10 * MEGABYTE, 0, 10 * MEGABYTE, 13 * MEGABYTE, 8), None, "passed"),
}


@pytest.mark.parametrize("name", SIZES)
def test_a_size_outside_of_what_its_pixels_allow_is_noted(name):
    sizes, compression, expected = SIZES[name]

    state, detail = size_line(sizes, compression)

    assert expected in (state, detail) or (state == "noted" and expected in detail)


def test_the_samples_of_all_levels_are_counted_with_tiles_filled_up():
    images = [image.model_dump() for image in pixels_of([stack("uint16")]).images]

    sizes = sizes_of(images, file=1, source=1, tile_px=64)

    assert (sizes.level_0, sizes.planes) == (4 * 70 * 90 * 2, 8)
    assert sizes.all_levels == 4 * 2 * (128 * 128 + 64 * 64)


def test_bits_are_counted_as_bits():
    images = [image.model_dump() for image in pixels_of([stack("bool", c=1, z=1)], levels=1).images]

    assert sizes_of(images, file=1, source=1).level_0 == -(-70 * 90 // 8)


def test_a_histogram_counts_every_sample_of_the_smallest_level(tmp_path):
    image = stack("uint16")
    folder = make_object(tmp_path, images=[image]).folder

    first, second = verify_object(folder, histogram=True).histograms

    assert (first.channel, second.channel, first.level, first.planes) == (0, 1, 1, 2)
    assert sum(first.counts) == 2 * 35 * 45
    assert first.maximum == image[:, 0, :, ::2, ::2].max()
    assert len(first.counts) == 64


@pytest.mark.parametrize("dtype", ["bool", "float32", "int8", "uint8"])
def test_a_histogram_of_any_type_can_be_drawn(tmp_path, dtype):
    from fixative.verify.histogram import histograms
    from objects import write_tiff

    path = write_tiff(tmp_path / "A.ome.tiff", [stack(dtype, samples=1)])

    lines = [drawn(found) for found in histograms(path, pixels_of([stack(dtype)]))]

    assert [line.partition("  ")[0] for line in lines] == ["image 0 C0", "image 0 C1"]
    assert all(len(line.split("|")[1]) == 64 for line in lines)


def test_the_samples_of_rgb_have_histograms_of_their_own_and_what_is_not_finite_is_left_out(tmp_path):
    from fixative.verify.histogram import histograms
    from objects import write_tiff

    image = stack("float32", c=1, z=1, samples=3)
    image[..., 1] = np.nan
    path = write_tiff(tmp_path / "A.ome.tiff", [image], levels=1)

    found = list(histograms(path, pixels_of([image], levels=1)))

    assert [each.sample for each in found] == [0, 1, 2]
    assert [sum(each.counts) for each in found] == [70 * 90, 0, 70 * 90]


PRIVATE = {
    "an absolute path": "made of /home/x/a.tif",
    "a path with a drive letter": "made of D:\\data\\a.tif",
    "a path on a server": "made of \\\\server\\share\\a.tif",
    "a file address": "made of file:///x",
    "an e-mail address": "ask a.b@example.org",
    "a UUID of version 1": "urn:uuid:0fe5d024-e53d-11f1-bfe0-02fc00000001",
    "a network (MAC) address": "from 02:fc:00:00:00:01",
}


@pytest.mark.parametrize("kind", PRIVATE)
@pytest.mark.parametrize("form", ["text", "json"])
def test_places_and_machines_are_noted_and_never_repeated(kind, form):
    text = PRIVATE[kind]
    files = {"text": {"README.md": f"\n{text}"}, "json": {"a.json": "\n" + json.dumps({"a": text})}}[form]

    found = [str(note) for note in privacy_notes({name: content.encode() for name, content in files.items()})]

    assert len(found) == 1
    assert f"found {kind}" in found[0]
    assert found[0].endswith("1 times, first in line 2")
    assert text.split()[-1] not in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/home/page",
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">',
        "tiff:/ifd[0]/Artist",
        "urn:uuid:5b07b5a4-45a3-5bd2-9c88-7a85167351b4",
        "2026-11-21T16:01:02Z",
        "unit=\\u00B5m\nspacing=0.05",
        "and/or, 50 / 60 px, T:1 Z:2",
        "0123456789abcdef0123456789abcdef",
    ],
)
def test_what_names_no_place_is_not_noted(text):
    files = {"README.md": text.encode(), "a.json": json.dumps({"a": text}).encode()}

    assert [str(note) for note in privacy_notes(files)] == []


def test_the_name_of_this_machine_is_noted(monkeypatch):
    from fixative.verify.privacy import this_machine

    monkeypatch.setattr(socket, "gethostname", lambda: "scope-room-7.example.org")
    this_machine.cache_clear()

    found = [str(note) for note in privacy_notes({"README.md": b"made on Scope-Room-7"})]

    this_machine.cache_clear()
    assert "the name of this machine" in found[0]


def test_a_document_that_names_a_place_is_noted_in_the_checklist(whole):
    with (whole / "data/README.md").open("a") as readme:
        readme.write("made of /home/somebody/a.tif\n")

    state, detail = lines_of(whole)["privacy confirmed"]

    assert state == "noted"
    assert detail.endswith("1 note of the second look")
