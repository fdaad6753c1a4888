"""A week of nights on a clock that moves: what each summary says, and what it leaves for the next.

The clock is moved for every process of a night, by `moving_clock`; Fixative has no setting for it.
"""

import csv
import socket

import pytest

from nights import Nights
from objects import flip_bit, unlock

A, B, BAD, GROWING, C = "lab/a.tif", "lab/b.tif", "lab/bad.tif", "lab/growing.tif", "lab/c.tif"


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """Seven nights; what each has told, the first at place 1."""
    nights = Nights(tmp_path_factory.mktemp("week") / "nights with ü and %")
    nights.tiff(A, seed=1)
    nights.tiff(B, seed=2)
    nights.tiff(BAD, seed=3, keep=0.5)
    nights.tiff(GROWING, seed=4, age_s=60, keep=0.9)
    first = nights.night()

    nights.tiff(GROWING, seed=4, age_s=60)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/hook?token=secret"
        second = nights.night(notify=f"{{when: always, webhook: {{url: '{address}'}}}}")

    nights.tiff(BAD, seed=3)
    third = nights.night()

    nights.tiff(C, seed=5)
    fourth = nights.killed_night(
        nights.work / "results/samples" / nights.sample(C) / "outcomes/inventory_source.json"
    )
    (nights.storage.parent / "copy/.fixative").mkdir(parents=True)
    fifth = nights.night(replicate_nightly=True, replicas=f"[{nights.storage.parent / 'copy'}]")

    flip_bit(unlock(nights.object(A)) / f"data/{nights.sample(A)}.ome.tiff")
    nights.tiff(B, seed=6)
    sixth = nights.night()

    seventh = nights.night()
    return nights, None, first, second, third, fourth, fifth, sixth, seventh


def test_the_first_night_seals_what_rests_refuses_what_is_damaged_and_leaves_what_grows(week):
    nights, _, night, *_ = week

    assert night.status == 1, night.stderr
    assert set(night.record["sealed"]) == {nights.sample(A), nights.sample(B)}
    assert night.line("sealed").startswith("2 samples, ")
    assert night.line("refused") == "1 sample: INV004 x 1 (1 new)"
    assert night.line("scan") == "3 samples to archive found; 1 left out, still being written"
    assert night.line("audit").endswith("of 2 objects; sound")
    assert night.line("before") == "none: this is the first"


def test_the_second_night_has_nothing_new_and_says_for_how_long_a_sample_fails(week):
    nights, _, _, night, *_ = week

    assert night.status == 1
    assert night.line("sealed").startswith("0 samples, 0 B (the night before: 2, ")
    assert night.line("refused") == "1 sample: INV004 x 1"
    assert night.line("failing") == f"{nights.sample(BAD)} INV004 for 2 nights"
    assert "1 left out, still being written" in night.line("scan")


def test_a_message_that_cannot_be_delivered_changes_nothing_but_is_told(week):
    _, _, _, night, *_ = week

    assert night.stderr == "fixative: webhook not sent: Connection refused\n"
    assert night.record["notified"] == ["webhook not sent: Connection refused"]


def test_the_third_night_seals_the_sample_that_was_replaced_and_the_file_that_came_to_rest(week):
    nights, _, _, _, night, *_ = week

    assert night.status == 0, night.stdout + night.stderr
    assert set(night.record["sealed"]) == {nights.sample(BAD), nights.sample(GROWING)}
    assert f"1 of them refused before: {nights.sample(BAD)}" in night.line("sealed")
    assert (night.line("refused"), night.line("failing")) == ("none", "")
    assert "all is well" in night.stdout
    assert "; 0 left out, still being written" in night.line("scan")


def test_the_fourth_night_is_killed_and_its_record_stays_begun(week):
    _, _, _, _, _, night, *_ = week

    assert night.status == -9
    assert (night.record["state"], night.record["ended"]) == ("begun", None)


def test_the_fifth_night_takes_up_what_was_left_and_says_so(week):
    nights, _, _, _, _, killed, night, *_ = week

    assert night.status == 0, night.stdout + night.stderr
    assert night.record["sealed"] == [nights.sample(C)]
    start = killed.record["started"].replace("T", " ").removesuffix("Z")
    assert night.line("before") == f"{start} did not end (killed, or the power failed); its work was taken up"
    assert "(the night before: 2, " in night.line("sealed")


def test_a_night_that_is_asked_to_copies_what_the_replicas_lack(week):
    nights, _, _, _, _, _, night, *_ = week
    copies = {path.parent.name for path in (nights.storage.parent / "copy").glob("lab/*/bagit.txt")}

    assert night.line("copies") == "every replica holds every object"
    assert copies == {nights.sample(name) for name in (A, B, BAD, GROWING, C)}


def test_the_sixth_night_finds_the_damage_and_the_source_that_changed_after_sealing(week):
    nights, _, _, _, _, _, _, night, _ = week

    assert night.status == 1
    assert f"NOT GOOD: 1 (1 new): lab/{nights.sample(A)}: damaged" in night.line("audit")
    assert f"changed after sealing: 1 (1 new): {nights.sample(B)}" in night.line("scan")
    assert night.line("sealed").startswith("0 samples")


def test_the_seventh_night_tells_the_same_damage_as_known(week):
    *_, night = week

    assert night.status == 1
    assert "NOT GOOD: 1 (0 new)" in night.line("audit")
    assert "changed after sealing: 1 (0 new)" in night.line("scan")
    assert night.line("before") == ""
    assert night.line("disk").startswith("archive ")
    assert "full in " in night.line("disk")


def test_the_list_of_what_could_be_deleted_knows_what_earlier_nights_have_sealed(week):
    nights, *_ = week
    with (nights.work / "results/reports/safe_to_delete.tsv").open(newline="", encoding="utf-8") as stream:
        listed = {row["sample_id"]: row["reason"] for row in csv.DictReader(stream, dialect="excel-tab")}

    assert listed.keys() == {nights.sample(name) for name in (A, B, BAD, GROWING, C)}
    assert set(listed.values()) == {"no independent reader has seen the same pixels"}


def test_a_night_is_named_by_its_clock_and_no_record_is_open_to_others(week):
    nights, *_ = week
    paths = sorted((nights.work / "results/nights").glob("2*.json"))

    days = [path.name[8:10] for path in paths]

    assert len(set(days)) == 7
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert (nights.work / "results/nights").stat().st_mode & 0o777 == 0o700


def test_no_summary_names_a_source_or_a_folder_of_the_storage(week):
    nights, _, *told = week

    said = "".join(night.stdout + night.stderr for night in told)

    assert str(nights.storage) not in said
    assert "growing.tif" not in said
    assert "secret" not in said
