"""A few of the kills, flips and damaged files of `make faults`, at each run of the tests."""

import subprocess
import sys
from pathlib import Path

import flip_many
import kill_many
import pytest

FAULTS = Path(__file__).resolve().parent


def test_every_flipped_bit_is_found_and_its_file_named(tmp_path):
    archive = flip_many.made_archive(tmp_path)

    found, missed = flip_many.run(archive, 100, seed=1)

    assert (found, missed) == (100, [])


@pytest.mark.slow
def test_runs_killed_within_a_step_end_as_the_undisturbed_one(tmp_path):
    identical, problems = kill_many.run(tmp_path, 1, seed=1)

    assert (identical, problems) == (1, [])


def test_no_parser_of_ours_breaks_on_damaged_files(tmp_path):
    command = [sys.executable, str(FAULTS / "fuzz.py"), "--rounds", "1", "--seed", "1", "--examples", "8"]

    done = subprocess.run([*command, "--corpus", str(tmp_path)], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("0 places broke\n")
