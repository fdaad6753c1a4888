"""Watching a run from its work folder: what is counted, what is said, and what is never said."""

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixative.models import STEPS, StepOutcome
from fixative.progress.state import OTHER, Failed, JobState
from fixative.watch.picture import picture, widths
from fixative.watch.plain import block, bytes_word, job_line, left_word, line
from fixative.watch.quiet import IdleTalk
from fixative.watch.snapshot import WORDS, Job, Snapshot
from fixative.watch.watcher import Watcher
from pipeline import REPOSITORY
from terminal import HIDE_CURSOR, SHOW_CURSOR, Session

T = "2026-11-21T22:00:00Z"
NOW = 1_800_000_000.0


class Clock:
    """The time of day and a clock, moved by hand together."""

    def __init__(self) -> None:
        self.gone = 0.0

    def now(self) -> float:
        return NOW + self.gone

    def clock(self) -> float:
        return self.gone


class Work:
    """A work folder as a run of one shard of four samples leaves it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.results = folder / "results"
        self.clock = Clock()

    def plan(self, *samples: str, shard: str = "0001-0001", rows: int = 6, sealed: int = 2) -> None:
        row = {"line": 2, "dataset": "d", "privacy_policy": "facility"}
        sheet = [{**row, "sample_id": name, "source": f"/data/Dr Voss/{name} of Ilse Voss.tif"} for name in samples]
        self.write(f"shards/{shard}.json", sheet)
        plan = {"run": 1, "shards": [shard], "threads": {}, "staging": "/s"}
        self.write("plan.json", plan | {"rows": rows, "sealed": sealed, "bytes": {shard: 4_000_000_000}})
        os.utime(self.results / "plan.json", (NOW, NOW))

    def write(self, name: str, content: object, *, at: float = 0.0) -> Path:
        path = self.results / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
        os.utime(path, (NOW + at, NOW + at))
        return path

    def done(self, step: str, shard: str = "0001-0001", **outcomes: str) -> None:
        """A step is done with the shard: sample to outcome."""
        self.write(f"{WORDS[step]}/{shard}.json", [_outcome(step, name, what) for name, what in outcomes.items()])

    def refuse(self, sample: str, message: str, step: str = STEPS[0], shard: str = "0001-0001") -> None:
        outcome = {**_outcome(step, sample, "refused"), "message": message, "run": shard}
        self.write(f"samples/{sample}/outcomes/{step}.json", outcome)

    def at_work(self, at: float = 0.0, **state: object) -> Path:
        """A process leaves its state."""
        known = {"rule": STEPS[3], "shard": "0001-0001", "sample": "A", "number": 1, "total": 4}
        content = JobState.model_validate({**known, "started": T, "updated": T, **state}).model_dump(mode="json")
        name = f"{content['rule']}-{content['shard']}".removesuffix("-")
        return self.write(f"progress/{name}.json", content, at=at)

    def watcher(self) -> Watcher:
        return Watcher(self.folder, now=self.clock.now, clock=self.clock.clock)

    def look(self, *, after: float = 0.0) -> Snapshot:
        self.clock.gone += after
        return self.watcher().look()


def _outcome(step: str, sample: str, what: str) -> dict[str, object]:
    code = "INV004" if what == "refused" else None
    return StepOutcome(sample=sample, step=step, outcome=what, code=code, started=T).model_dump(mode="json")


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path)


@pytest.fixture
def midway(work: Work) -> Work:
    """A was refused by the inventory, B waits to be sealed, C is being converted, D waits for that."""
    work.plan("A", "B", "C", "D")
    work.done(STEPS[0], A="refused", B="success", C="success", D="success")
    work.refuse("A", "truncated or incomplete: 6 planes promised, 0 present")
    work.done(STEPS[1], B="success", C="success", D="success")
    work.done(STEPS[2], B="success", C="success", D="success")
    numbers = {"number": 2, "total": 3, "planes": 30, "total_planes": 120, "bytes": 500, "total_bytes": 2000}
    work.at_work(sample="C", mb_per_s=85.0, outcomes={"success": 1}, **numbers)
    return work


def draw(seen: Snapshot, columns: int = 100, **console: object) -> str:
    from rich.console import Console

    window = Console(width=columns, height=40, file=io.StringIO(), force_terminal=True, color_system=None, **console)
    window.print(picture(seen, window))
    return window.file.getvalue()


def test_samples_are_counted_by_state(midway: Work) -> None:
    seen = midway.look(after=1)

    assert (seen.rows, seen.before, seen.pending) == (6, 2, 4)
    assert (seen.ended, seen.in_work, seen.waiting) == ({"refused": 1}, 1, 2)
    assert seen.passed == dict(zip(STEPS, (3, 3, 3, 1, 0, 0), strict=True))


def test_one_line_says_how_far_it_is(midway: Work) -> None:
    seen = midway.look(after=20)

    assert line(seen) == "fixative: 2 of 6 sealed, 1 refused, 1 in work, 85 MB/s, about 40 s left"


def test_a_few_lines_say_who_is_at_what_and_what_was_refused(midway: Work) -> None:
    said = block(midway.look(after=20)).splitlines()

    assert said[1] == "run 1, for 20 s: about 1.4 GB of 4.0 GB (35 %)"
    assert said[2] == "  convert    C, sample 2 of 3: 30 of 120 planes (25 %), 85 MB/s"
    assert said[3] == "  A: refused INV004: truncated or incomplete: 6 planes promised, 0 present"


def test_the_picture_shows_states_steps_and_processes(midway: Work) -> None:
    drawn = draw(midway.look(after=1))

    assert "1 refused   ● 1 in work   ● 2 waiting   2 sealed before" in drawn
    assert "30/120 planes" in drawn
    assert "✗ A  INV004  truncated or incomplete: 6 planes promised, 0 present" in drawn


@pytest.mark.parametrize("columns", [40, 80, 160, 300])
def test_the_picture_keeps_within_the_window(midway: Work, columns: int) -> None:
    drawn = draw(midway.look(after=1), columns)

    assert {len(text) for text in drawn.splitlines()} == {columns}


def test_the_picture_is_drawn_in_ascii_where_the_terminal_knows_no_more(midway: Work) -> None:
    class Latin(io.StringIO):
        encoding = "ascii"

    from rich.console import Console

    window = Console(width=100, height=40, file=Latin(), force_terminal=True, color_system=None)

    window.print(picture(midway.look(after=1), window))

    assert window.file.getvalue().isascii()


def test_a_sample_that_a_running_job_has_refused_is_told_at_once(midway: Work) -> None:
    failed = (Failed(sample="B", outcome="refused", code="CNV002"),)
    midway.at_work(sample="C", number=2, total=3, outcomes={"refused": 1}, failed=failed)
    midway.refuse("B", "no memory for it", step=STEPS[3])

    seen = midway.look(after=1)

    assert seen.ended == {"refused": 2}
    assert [setback.sample for setback in seen.setbacks] == ["A", "B"]
    assert seen.setbacks[1].message == "no memory for it"


def test_each_look_reads_what_is_new(midway: Work) -> None:
    watcher = midway.watcher()
    watcher.look()
    midway.done(STEPS[3], B="success", C="error", D="success")

    seen = watcher.look()

    assert (seen.passed[STEPS[3]], seen.ended, seen.jobs) == (2, {"refused": 1, "error": 1}, ())


def test_a_new_run_makes_the_one_before_forgotten(midway: Work) -> None:
    watcher = midway.watcher()
    watcher.look()
    midway.plan("A", shard="0002-0001", sealed=5)
    os.utime(midway.results / "plan.json", (NOW + 5, NOW + 5))

    seen = watcher.look()

    assert (seen.before, seen.pending, seen.ended, seen.waiting) == (5, 1, {}, 1)


def test_samples_that_this_run_leaves_alone_are_no_sealed_ones(work: Work) -> None:
    work.plan("A", rows=6, sealed=2)

    assert work.look().not_tried == 3


def test_a_process_of_which_nothing_is_heard_is_said_to_be_silent(midway: Work) -> None:
    midway.at_work(at=40, rule=STEPS[4], sample="B")

    seen = midway.look(after=43)

    assert (seen.at_work, seen.in_work) == (True, 1)
    assert [job_line(job).rpartition(": ")[2] for job in seen.jobs] == [
        "no sign of life for 43 s",
        "verify     B, sample 1 of 4",
    ]


def test_a_clock_that_is_wrong_on_another_host_makes_no_process_silent(midway: Work) -> None:
    watcher = midway.watcher()
    midway.clock.gone = 500
    watcher.look()
    midway.clock.gone = 501
    midway.at_work(at=1, sample="C")

    seen = watcher.look()

    assert seen.at_work
    assert seen.jobs[0].alive


def test_a_run_that_was_killed_is_at_work_no_more(midway: Work) -> None:
    seen = midway.look(after=180)

    assert not seen.at_work
    assert block(seen).splitlines()[:2] == [
        "fixative: no run is at work here: no sign of life for 3 min 0 s",
        "run 1: 2 of 6 sealed, 1 refused",
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"rule": 7}', b"\xff\xfe", b'{"rule": "x", "started": "", "updated": "", "more": 1}'],
)
def test_a_damaged_state_is_as_good_as_none(midway: Work, content: bytes) -> None:
    (midway.results / "progress/verify_archive-0001-0001.json").write_bytes(content)

    seen = midway.look(after=1)

    assert [job.state.sample for job in seen.jobs] == ["C"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"shards": "../.."}', b'{"shards": ["../../etc"], "run": 1}']
)
def test_a_damaged_plan_is_as_good_as_none(work: Work, content: bytes) -> None:
    work.results.mkdir()
    (work.results / "plan.json").write_bytes(content)

    assert work.look() == Snapshot(at_work=False, elapsed_s=0.0, passed=dict.fromkeys(STEPS, 0))


def test_damaged_records_of_steps_are_passed_over(midway: Work) -> None:
    (midway.results / "convert").mkdir()
    (midway.results / "convert/0001-0001.json").write_bytes(b"[{}, 7, null")
    (midway.results / "convert/9999-0001.json").write_bytes(b"[]")

    assert midway.look(after=1).ended == {"refused": 1}


def test_nothing_private_is_said_of_a_sample_that_was_refused(work: Work) -> None:
    work.plan("A")
    work.done(STEPS[0], A="refused")
    work.refuse("A", "cannot read /data/Dr Voss/A of Ilse Voss.tif nor ilse.voss@example.org\x1b[31m")

    said = block(work.look()) + draw(work.look())

    assert "Voss" not in said
    assert "example.org" not in said
    assert "\x1b" not in said


def test_a_sample_whose_row_is_gone_is_told_by_its_code_alone(work: Work) -> None:
    work.plan("A")
    work.done(STEPS[0], A="refused")
    work.refuse("A", "something about Ilse Voss", shard="0007-0001")

    assert block(work.look()).splitlines()[-1] == "  A: refused INV004"


@pytest.mark.parametrize("name", ["\x1b[2J", "[red]", "../A", ""])
def test_a_process_whose_sample_has_no_name_of_a_sheet_is_not_shown(midway: Work, name: str) -> None:
    midway.at_work(rule=STEPS[4], sample=name)

    assert [job.state.sample for job in midway.look(after=1).jobs] == ["C"]


def test_a_name_that_could_drive_the_terminal_or_lead_elsewhere_does_not(work: Work) -> None:
    work.plan("A")
    work.done(STEPS[0], **{"../../\x1b[2J": "refused"})

    assert block(work.look()).splitlines()[-1] == "  ../../\\x1b[2J: refused INV004"


def test_the_time_that_is_left_goes_by_the_pace_of_late(midway: Work) -> None:
    watcher = midway.watcher()
    midway.clock.gone = 1000
    midway.at_work(at=1000, sample="C", number=2, total=3)
    before = watcher.look().share
    midway.clock.gone = 1100
    midway.at_work(at=1100, sample="C", number=3, total=3, planes=60, total_planes=120)

    seen = watcher.look()

    assert seen.left_s == pytest.approx((1 - seen.share) * 100 / (seen.share - before))


def test_before_a_run_has_a_pace_the_forecast_says_how_long_it_takes(midway: Work) -> None:
    midway.write("forecast.json", {"samples": 4, "seconds": 1000.0})

    seen = midway.look(after=1)

    assert seen.left_s == pytest.approx(1000 * (1 - seen.share))


@pytest.mark.parametrize(
    ("level", "event", "shown"),
    [
        (logging.INFO, "job_info", False),
        (logging.INFO, "job_error", True),
        (logging.INFO, "an event of a later Snakemake", True),
        (logging.INFO, None, True),
        (logging.ERROR, "job_info", True),
    ],
)
def test_only_known_idle_talk_of_snakemake_is_left_out(level: int, event: str | None, shown: bool) -> None:
    record = logging.LogRecord("snakemake.logging", level, "", 0, "words", None, None)
    record.event = event

    assert IdleTalk().filter(record) == shown


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (3, "a few seconds left"),
        (44, "about 40 s left"),
        (250, "about 4 min left"),
        (3600, "about 60 min left"),
        (7980, "about 2 h 10 min left"),
    ],
)
def test_a_guess_is_said_as_one(seconds: float, said: str) -> None:
    assert left_word(seconds) == said


@pytest.mark.parametrize(("size", "said"), [(12, "12 B"), (1_500, "1.5 kB"), (9_960_000, "10 MB"), (2e12, "2.0 TB")])
def test_sizes_are_said_in_round_numbers(size: float, said: str) -> None:
    assert bytes_word(size) == said


def test_every_state_has_a_place_in_the_bar(tmp_path: Path) -> None:
    cut = widths({"sealed": 99_990, "refused": 1, "waiting": 9}, 80)

    assert cut == {"sealed": 78, "refused": 1, "waiting": 1}


def test_more_processes_than_lines_are_counted(midway: Work) -> None:
    job = midway.look(after=1).jobs[0]
    seen = Snapshot(at_work=True, pending=400, jobs=tuple(Job(job.state) for _ in range(200)))

    drawn = draw(seen)

    assert len(drawn.splitlines()) < 40
    assert "and 173 more" in drawn


def _watch(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "fixative.watch", str(folder), *options],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "scripts")},
    )


def test_once_on_an_idle_folder_says_so_and_exits_with_three(tmp_path: Path) -> None:
    done = _watch(tmp_path, "--once")

    assert (done.returncode, done.stdout, done.stderr) == (3, "fixative: no run is at work here\n", "")


def test_once_during_a_run_says_how_far_it_is_and_exits_with_zero(midway: Work) -> None:
    os.utime(midway.results / "progress/convert_to_ome_tiff-0001-0001.json")

    done = _watch(midway.folder, "--once")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("fixative: 2 of 6 sealed, 1 refused, 1 in work, 85 MB/s")


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    assert _watch(tmp_path / "none").returncode == 2


def test_a_run_that_archives_nothing_is_not_taken_for_the_last_that_did(midway: Work) -> None:
    midway.at_work(at=100, rule=OTHER, shard="")

    seen = midway.look(after=101)

    assert block(seen) == "fixative: a run is at work that has no samples to archive"
    assert draw(seen) == "fixative: a run is at work that has no samples to archive\n"


def test_a_run_is_watched_from_another_terminal_until_it_ends(midway: Work) -> None:
    state = midway.results / "progress/convert_to_ome_tiff-0001-0001.json"
    os.utime(state)
    command = [sys.executable, "-P", "-m", "fixative.watch", str(midway.folder)]
    watching = Session(command, cwd=midway.folder, env={**os.environ, "PYTHONPATH": str(REPOSITORY / "scripts")})
    watching.wait_for("30/120 planes")
    state.unlink()

    shown = watching.end()

    assert shown.returncode == 0
    assert [text for text in shown.lines if text][:2] == [
        "fixative: no run is at work here",
        "run 1: 2 of 6 sealed, 1 refused",
    ]
    assert shown.raw.rindex(SHOW_CURSOR) > shown.raw.rindex(HIDE_CURSOR)
