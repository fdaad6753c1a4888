"""Slides, archived under policies that keep, drop and blank their labels: what is in the object, seen by others."""

import json
import subprocess
import sys
from contextlib import closing
from io import BytesIO

import numpy as np
import pydicom
import pytest
import tifffile
from PIL import Image

from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request
from pipeline import REPOSITORY, Batch

POLICY_FOLDER = REPOSITORY / "config/privacy"
POLICIES = ("keep_all", "facility", "blanking")
BLANKING = """name: blanking
version: "1"
description: a test
extends: keep_all
associated_images: {label: blank, macro: drop}
"""
SLIDES = {"svs": "svs/CMU-1-Small-Region.svs", "ndpi": "ndpi/test3-DAPI-2-(387).ndpi"}


def source_planes(path, fmt):
    """Pixels of a slide's images by kind."""
    with closing(open_backend(Request(path, fmt, "tifffile", ReaderOptions()))) as reader:
        return {
            image.kind: reader.read_region(image.index, 0, 0, 0, 0, 0, image.size_y, image.size_x)
            for image in reader.images
        }


@pytest.fixture(scope="module")
def runs(tmp_path_factory, corpus):
    """A batch of slides a policy."""
    own = tmp_path_factory.mktemp("policy") / "blanking.yaml"
    own.write_text(BLANKING.replace("keep_all", str(POLICY_FOLDER / "keep_all.yaml")), encoding="utf-8")
    batches = {name: Batch(tmp_path_factory.mktemp(name)) for name in POLICIES}
    for name, batch in batches.items():
        batch.write({sample: corpus / path for sample, path in SLIDES.items()})
        run = batch.run(privacy_policy=own if name == "blanking" else name)
        assert run.returncode == 0, run.stdout + run.stderr
    return batches


@pytest.fixture(scope="module")
def planes(corpus):
    return {sample: source_planes(corpus / path, sample) for sample, path in SLIDES.items()}


def archived(batch, sample):
    """Every plane of the object at every level, by tifffile."""
    with tifffile.TiffFile(batch.image(sample)) as tiff:
        return [page.asarray() for page in tiff.pages for page in (page, *(page.pages or ()))]


def holds(found, plane):
    return any(one.shape == plane.shape and np.array_equal(one, plane) for one in found)


def digests(batch, sample):
    """Digests of all planes of each image at all levels, by the size of the image."""
    images = batch.record(sample, "pixels.json")["images"]
    return {(image["size_y"], image["size_x"]): json.dumps(image["levels"]) for image in images}


@pytest.mark.parametrize(("sample", "kind"), [("svs", "label"), ("svs", "macro"), ("ndpi", "macro")])
def test_pixels_of_a_dropped_image_are_nowhere_in_the_object(runs, planes, sample, kind):
    plane = planes[sample][kind]

    assert holds(archived(runs["keep_all"], sample), plane)
    assert not holds(archived(runs["facility"], sample), plane)
    assert not any(page.shape[:2] == plane.shape[:2] for page in archived(runs["facility"], sample))


@pytest.mark.parametrize("sample", SLIDES)
def test_the_images_that_stay_are_the_same_at_every_level(runs, sample):
    kept, left = digests(runs["keep_all"], sample), digests(runs["facility"], sample)

    assert len(left) < len(kept)
    assert left.items() <= kept.items()


@pytest.mark.parametrize("sample", SLIDES)
@pytest.mark.parametrize("policy", POLICIES)
def test_the_verifier_passes_the_object(runs, policy, sample):
    command = [sys.executable, "-m", "fixative.verify", str(runs[policy].object(sample))]

    run = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=REPOSITORY / "scripts")

    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("backend", ["tifffile", "bioformats"])
@pytest.mark.parametrize(
    ("policy", "sample", "sizes"),
    [
        ("keep_all", "svs", [(2967, 2220), (768, 574), (463, 387), (431, 1280)]),
        ("facility", "svs", [(2967, 2220), (768, 574)]),
        ("blanking", "svs", [(2967, 2220), (768, 574), (463, 387)]),
        ("facility", "ndpi", [(4864, 3968), (203, 594)]),
    ],
)
def test_readers_that_others_wrote_open_what_is_left(runs, planes, backend, policy, sample, sizes):
    path = runs[policy].image(sample)

    with closing(open_backend(Request(path, "ome_tiff", backend, ReaderOptions()))) as reader:
        found = [(image.size_y, image.size_x) for image in reader.images]
        last = reader.read_region(1, 0, 0, 0, 0, 0, *sizes[1])

    assert found == sizes
    assert np.array_equal(last, planes[sample]["thumbnail"])


def test_a_blanked_label_is_there_and_is_zeros(runs, planes):
    found = archived(runs["blanking"], "svs")
    images = runs["blanking"].record("svs", "pixels.json")["images"]

    assert not holds(found, planes["svs"]["label"])
    assert holds(found, np.zeros_like(planes["svs"]["label"]))
    assert [image["blanked"] for image in images] == [False, False, True]


def test_the_object_says_what_it_leaves_out(runs):
    data = runs["facility"].object("svs") / "data"
    provenance = json.loads((data / "svs.ome.tiff.provenance.json").read_text())
    left_out = [image["kind"] for image in provenance["policy"]["associated_images"] if image["action"] == "drop"]

    assert left_out == ["label", "macro"]
    assert "2 of the source's images left out (label, macro)" in (data / "README.md").read_text()


def test_the_metadata_of_a_dropped_image_is_in_no_document_of_the_object(runs):
    data = runs["facility"].object("svs") / "data"
    dump = json.loads((data / "svs.ome.tiff.meta.json").read_text())["dump"]
    documents = [source["tree"]["OME"]["Image"] for source in dump["sources"] if source["kind"] == "ome"]

    assert documents
    assert all({"@redacted": "associated_images.label"} in images for images in documents)
    assert '"463"' not in json.dumps(documents)


def test_values_of_a_dropped_image_count_as_redacted(runs):
    diff = runs["facility"].record("svs", "verification.json")["metadata"]

    assert (diff["reader"], diff["refused"], diff["dropped"]) == ("bioformats", 0, 0)
    assert {"associated_images.label", "associated_images.macro"} <= {line["rule"] for line in diff["redactions"]}


@pytest.mark.parametrize("policy", POLICIES)
def test_the_witness_sees_all_that_stays(runs, policy):
    images = runs[policy].record("svs", "pixels.json")["images"]
    witness = runs[policy].record("svs", "verification.json")["witness"]

    assert witness["planes"] == sum(not image["blanked"] for image in images)
    assert witness["dissents"] == []


def test_the_thumbnail_is_of_the_slide(runs):
    data = runs["facility"].object("svs") / "data"

    with Image.open(BytesIO((data / "svs.thumbnail.png").read_bytes())) as picture:
        width, height = picture.size

    assert width / height == pytest.approx(2220 / 2967, rel=0.02)


def test_the_original_is_not_archived_beside_an_image_that_lacks_its_label(tmp_path, corpus):
    own = tmp_path / "blanking.yaml"
    own.write_text(BLANKING.replace("keep_all", str(POLICY_FOLDER / "keep_all.yaml")), encoding="utf-8")
    batch = Batch(tmp_path)
    batch.write({"svs": corpus / SLIDES["svs"]})

    batch.run(privacy_policy=own, keep_original="true")

    assert batch.table()["svs"]["code"] == "SAN003"
    assert not batch.object("svs").exists()


@pytest.mark.parametrize(("policy", "outcome"), [("facility", "sealed"), ("hipaa_safe_harbor", "refused")])
def test_a_file_that_says_its_pixels_name_somebody_is_flagged_or_refused(tmp_path, corpus, policy, outcome):
    batch = Batch(tmp_path)
    ds = pydicom.dcmread(corpus / "dicom/liver_1frame/liver_1frame.dcm")
    ds.BurnedInAnnotation = "YES"
    ds.save_as(tmp_path / "named.dcm")
    batch.write({"A": tmp_path / "named.dcm"})

    batch.run(privacy_policy=policy)

    row = batch.table()["A"]
    assert (row["outcome"], row["code"]) == (outcome, {"sealed": "", "refused": "SAN005"}[outcome])
