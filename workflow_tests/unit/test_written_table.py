"""The table of readers, for the closing note: made of an archive, object by object and reader by reader."""

import subprocess
import sys

from objects import flip_bit, make_object, unlock


def table(repository, archive, *options):
    command = [sys.executable, repository / "workflow_tests/readable.py", archive, *options]
    return subprocess.run(command, capture_output=True, encoding="utf-8")


def test_a_line_for_each_reader_counts_the_objects_that_it_shows_as_they_are(tmp_path, repository):
    make_object(tmp_path)

    run = table(repository, tmp_path / "archive", "--readers", "tifffile,pillow")

    assert run.stdout.splitlines() == ["tifffile\tall 1\t{'identical': 1}", "pillow\tall 1\t{'identical': 1}"], (
        run.stderr
    )


def test_a_reader_that_cannot_be_started_shows_nothing(tmp_path, repository):
    make_object(tmp_path)

    run = table(repository, tmp_path / "archive", "--readers", "pillow", "--python", "pillow=/bin/false")

    assert run.stdout.splitlines()[-1] == "pillow\tall 1\t{'cannot': 1}"


def test_samples_that_are_not_those_of_the_record_are_no_measure(tmp_path, repository):
    made = make_object(tmp_path)
    flip_bit(unlock(made.folder) / "data/A.ome.tiff.pixels.json", 300)

    run = table(repository, tmp_path / "archive", "--readers", "tifffile")

    assert run.returncode == 1
    assert run.stdout == ""
