"""What an audit reads, and when: shares, order, resuming, logs that lie about the time."""

import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from audits import SEALED, Kept, codes, states
from fixative.audit.fixity_log import append_event, event, log_path, read_events
from fixative.audit.history import history_of
from fixative.audit.schedule import Item, choose, forecast
from fixative.findings import RefusedSample
from fixative.sections import Audit
from objects import flip_bit

NOW = SEALED + timedelta(days=100)


def item(name, size=10, age=None, **facts):
    return Item(f"set1/{name}", "archive", size, None if age is None else NOW - timedelta(days=age), **facts)


def names(items):
    return [item.name.removeprefix("set1/") for item in items]


def test_a_nights_share_is_all_bytes_by_the_days_of_the_period():
    items = [item(f"{number:03}", size=9) for number in range(100)]

    assert names(choose(items, Audit(every_days=90), NOW)) == ["000", "001"]


def test_a_share_given_in_bytes_is_filled_and_not_more():
    items = [item(name, size=10) for name in "ABCDEF"]

    assert names(choose(items, Audit(share=25), NOW)) == ["A", "B", "C"]


def test_a_copy_larger_than_the_share_is_read_alone():
    assert names(choose([item("A", size=1000), item("B")], Audit(share=5), NOW)) == ["A"]


def test_overdue_ones_come_first_then_new_ones_then_the_oldest():
    items = [
        item("rested", age=60),
        item("older", age=80),
        item("new"),
        item("overdue", age=91),
        item("fresh", age=3),
    ]

    assert names(choose(items, Audit(share=1000), NOW)) == ["overdue", "new", "older", "rested"]


def test_a_single_large_copy_is_not_read_every_night():
    assert choose([item("A", size=10**12, age=10)], Audit(), NOW) == []


def test_what_was_not_good_is_looked_at_again_as_soon_as_there_is_room():
    assert names(choose([item("A", age=1, bad=True), item("B", age=60)], Audit(share=100), NOW)) == ["B", "A"]


def test_a_copy_whose_reading_would_free_its_source_does_not_rest():
    assert names(choose([item("A", age=31, wanted=True)], Audit(), NOW)) == ["A"]


def nights_until_read(items, audit):
    """Audit night after night; which night read each copy first."""
    read, night = {}, 0
    while len(read) < len(items):
        now = NOW + timedelta(days=night)
        known = [
            replace(item, checked=NOW + timedelta(days=read[item.name])) if item.name in read else item
            for item in items
        ]
        read |= {item.name: night for item in choose(known, audit, now)}
        night += 1
    return read


def test_night_after_night_everything_is_read_within_the_period():
    items = [item(f"{number:02}", size=number % 7 + 1, age=90) for number in range(40)]

    read = nights_until_read(items, Audit(every_days=30))

    assert max(read.values()) < 30
    assert len(set(read.values())) > 15


def test_a_full_audit_reads_everything_whatever_its_age():
    assert names(choose([item("A", age=1), item("B", age=2)], Audit(full=True), NOW)) == ["B", "A"]


def test_a_sample_is_drawn_at_random():
    items = [item(str(number)) for number in range(50)]

    drawn = {tuple(names(choose(items, Audit(sample=5), NOW, chance=random.Random(seed)))) for seed in range(3)}

    assert {len(names) for names in drawn} == {5}
    assert len(drawn) == 3


def test_named_objects_are_read_and_no_others():
    assert names(choose([item("A", age=1), item("AB"), item("B")], Audit(objects=("set1/A*",)), NOW)) == ["AB", "A"]


def test_the_forecast_says_how_many_nights_it_takes_and_what_is_due():
    told = forecast([item("A", age=100), item("B", age=10), item("C")], Audit(share=15), NOW)

    assert (told.copies, told.bytes, told.overdue, told.never, told.nights) == (3, 30, 1, 1, 2)
    assert told.next_due == NOW


@pytest.fixture
def kept(tmp_path):
    archive = Kept(tmp_path)
    archive.seal("A", "B", "C")
    return archive


def test_an_audit_goes_on_with_what_was_never_checked(kept):
    read = [[copy.object for copy in kept.audit(1 + night, share=1).copies if copy.now] for night in range(4)]

    assert read == [["set1/A"], ["set1/B"], ["set1/C"], []]


def test_a_killed_audit_loses_the_object_in_work_and_no_other(kept):
    def killed_at_the_second(line):
        if "set1/B" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept.audit(1, told=killed_at_the_second)

    resumed = kept.audit(1.5)

    assert [copy.object for copy in resumed.copies if copy.now] == ["set1/C"]
    assert not (kept.folder / "unfinished.json").exists()
    assert [copy.object for copy in kept.audit(2).copies if copy.now] == ["set1/A", "set1/B", "set1/C"]


def test_another_order_does_not_go_on_with_a_killed_one(kept):
    (kept.folder / "unfinished.json").write_text(
        json.dumps({"key": "of another", "started": SEALED.isoformat(), "chosen": []})
    )

    assert kept.audit(1).read == 3


def test_each_check_is_a_premis_event_in_the_log_of_its_object(kept):
    kept.audit(1)
    kept.audit(2)

    (first, second), unreadable = read_events(kept.log())
    assert unreadable == 0
    assert first["eventType"]["valueURI"] == "http://id.loc.gov/vocabulary/preservation/eventType/fix"
    assert first["eventIdentifier"] != second["eventIdentifier"]
    assert first["eventDateTime"] == "2026-11-22T03:00:00Z"
    assert first["eventOutcomeInformation"][0]["eventOutcome"] == "success"


def test_a_failure_is_logged_with_its_codes(kept):
    flip_bit(kept.opened("bag-info.txt"))
    kept.shut()

    kept.audit()

    (told,), _ = read_events(kept.log())
    assert told["eventOutcomeInformation"][0]["eventOutcome"] == "failure"
    assert "bag-info.txt" in told["eventOutcomeInformation"][0]["eventOutcomeDetail"][0]["eventOutcomeDetailNote"]


def test_a_line_that_a_crash_has_torn_hides_no_other(kept):
    kept.audit(1)
    content = kept.log().read_bytes()
    kept.log().write_bytes(content + content[:40])

    result = kept.audit(2)

    events, unreadable = read_events(kept.log())
    assert (len(events), unreadable) == (2, 1)
    assert kept.log().read_bytes().startswith(content)
    assert result.notes == ["fixity log of set1/A: 1 line cannot be read"]


@pytest.mark.parametrize("line", [b"[]", b"{}", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"eventType": 3}'])
def test_a_log_may_hold_anything(kept, line):
    kept.audit(1)
    kept.log().write_bytes(line + b"\n" + kept.log().read_bytes())

    assert kept.audit(2).sound


def test_a_line_from_the_future_does_not_postpone_checks(kept):
    kept.audit(36_500, objects=("set1/A",))

    result = kept.audit(1, share=1)

    assert [copy.object for copy in result.copies if copy.now] == ["set1/A"]


def test_a_line_from_the_past_that_was_added_last_decides_what_the_copy_is():
    good = event("fix", "set1/A", outcome="success", extension={"state": "good"}, now=NOW)
    bad = event("fix", "set1/A", outcome="failure", extension={"state": "damaged"}, now=NOW - timedelta(days=9))

    history = history_of([good, bad], now=NOW).of("archive")

    assert history.state == "damaged"
    assert history.last_checked(NOW) == NOW


def test_known_damage_is_told_until_it_is_repaired(kept):
    flip_bit(kept.opened("bag-info.txt"))
    kept.shut()
    kept.audit(1)

    result = kept.audit(1.1, sample=1, chance=random.Random(1))

    assert states(result)["set1/A", "archive"] == "damaged"
    assert not result.sound


def test_logs_are_read_again_only_when_they_have_changed(kept):
    kept.audit(1)
    first = kept.audit(2, objects=("set1/A",))
    append_event(
        log_path(kept.root, "set1/B"), event("fix", "set1/B", outcome="failure", extension={"state": "damaged"})
    )

    assert states(first)["set1/B", "archive"] == "good"
    assert states(kept.audit(3, objects=("set1/A",)))["set1/B", "archive"] == "damaged"


def test_two_audits_at_once_are_one_too_many(kept):
    def second(line):
        kept.audit(1)

    with pytest.raises(RefusedSample, match="AUD009"):
        kept.audit(1, told=second)


def test_an_empty_folder_does_not_pass_for_an_archive(tmp_path):
    empty = Kept(tmp_path)
    empty.root.mkdir()

    with pytest.raises(RefusedSample, match="AUD006"):
        empty.audit()


def test_an_archive_that_holds_nothing_is_not_sound(tmp_path):
    empty = Kept(tmp_path)
    (empty.root / ".fixative/fixity").mkdir(parents=True)

    assert codes(empty.audit()) == {"AUD006"}


def test_a_name_that_no_object_has_is_not_sound(kept):
    assert codes(kept.audit(1, objects=("set1/a",))) == {"AUD001"}


def test_a_log_that_cannot_be_written_stops_the_audit(kept):
    (kept.root / ".fixative").mkdir()
    (kept.root / ".fixative/fixity").write_text("in the way")

    with pytest.raises(RefusedSample, match="AUD008"):
        kept.audit()
