"""Progress: plain lines in the log now and then, one rewritten line on a terminal."""

import io
import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fixative.models import STEPS, StepOutcome
from fixative.progress import Progress, end_shard, lines, shard_progress, tell_outcome
from fixative.progress.board import Board
from fixative.progress.state import JobState
from pipeline import REPOSITORY


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A terminal that a person watches."""

    def isatty(self) -> bool:
        return True


class BrokenTerminal(Terminal):
    """A terminal whose window was closed."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


class Scene:
    """A log, an error stream, a clock, and steps of equal planes."""

    def __init__(self, terminal: io.StringIO) -> None:
        self.log = io.StringIO()
        self.terminal = terminal
        self.clock = Clock()

    def progress(self, *, total_planes: int = 400, total_bytes: int = 400_000_000) -> Progress:
        return Progress(
            self.log,
            label="A_czi",
            total_planes=total_planes,
            total_bytes=total_bytes,
            clock=self.clock,
            terminal=self.terminal,
        )

    def advance(self, work: Progress, *, seconds: float, planes: int, bytes: int, times: int = 1) -> None:
        for _ in range(times):
            self.clock.now += seconds
            work.advance(planes, bytes)

    def shard(self, number: int, *, after: float) -> None:
        self.clock.now += after
        shard_progress(
            self.log,
            step="convert_to_ome_tiff",
            sample=f"S{number}",
            number=number,
            total=12,
            clock=self.clock,
            terminal=self.terminal,
        )


@pytest.fixture(autouse=True)
def forget_screens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_screens", {})


@pytest.fixture
def watched() -> Scene:
    return Scene(Terminal())


@pytest.fixture
def unwatched() -> Scene:
    return Scene(io.StringIO())


def test_the_line_tells_planes_share_rate_and_time_left(unwatched: Scene) -> None:
    work = unwatched.progress()

    unwatched.advance(work, seconds=0.1, planes=1, bytes=1_000_000, times=120)

    assert work.line() == "A_czi: 120 of 400 planes (30 %), 10 MB/s, 28 s left"


def test_the_log_gets_a_line_every_five_seconds_at_most(unwatched: Scene) -> None:
    work = unwatched.progress()

    unwatched.advance(work, seconds=0.1, planes=1, bytes=1_000_000, times=120)

    assert len(unwatched.log.getvalue().splitlines()) == 2


def test_an_error_stream_that_nobody_watches_gets_a_line_every_thirty_seconds_at_most(
    unwatched: Scene,
) -> None:
    work = unwatched.progress()

    unwatched.advance(work, seconds=1, planes=1, bytes=1_000_000, times=65)

    assert len(unwatched.terminal.getvalue().splitlines()) == 2
    assert "\r" not in unwatched.terminal.getvalue()


def test_a_terminal_shows_one_line_that_is_rewritten(watched: Scene) -> None:
    work = watched.progress()

    watched.advance(work, seconds=1, planes=1, bytes=1_000_000, times=3)

    assert watched.terminal.getvalue().count("\r") == 3
    assert "\n" not in watched.terminal.getvalue()


def test_the_end_is_told_in_the_log_and_closes_the_line_on_the_terminal(watched: Scene) -> None:
    work = watched.progress()
    watched.advance(work, seconds=1, planes=100, bytes=100_000_000, times=4)

    work.done()

    assert watched.log.getvalue() == "A_czi: 400 planes in 4 s, 100 MB/s\n"
    assert watched.terminal.getvalue().endswith("A_czi: 400 planes in 4 s, 100 MB/s\x1b[K\n")


def test_the_end_is_told_once(unwatched: Scene) -> None:
    work = unwatched.progress()

    work.done()
    work.done()

    assert unwatched.log.getvalue() == "A_czi: 0 planes in 0 s\n"


def test_a_quick_sample_says_nothing_on_a_stream_that_nobody_watches(unwatched: Scene) -> None:
    work = unwatched.progress()
    unwatched.advance(work, seconds=1, planes=400, bytes=400_000_000)

    work.done()

    assert unwatched.terminal.getvalue() == ""


def test_the_share_of_one_large_plane_grows_with_its_bytes(unwatched: Scene) -> None:
    work = unwatched.progress(total_planes=1, total_bytes=1000_000_000)

    unwatched.advance(work, seconds=1, planes=0, bytes=430_000_000)

    assert work.line() == "A_czi: 0 of 1 plane (43 %), 430 MB/s, 1 s left"


def test_the_rate_is_that_of_the_last_minute(unwatched: Scene) -> None:
    work = unwatched.progress(total_bytes=100_000_000_000)
    unwatched.advance(work, seconds=1, planes=1, bytes=100_000_000, times=60)

    unwatched.advance(work, seconds=1, planes=1, bytes=20_000_000, times=90)

    assert ", 20 MB/s," in work.line()


def test_an_unknown_total_leaves_share_and_time_left_unsaid(unwatched: Scene) -> None:
    work = unwatched.progress(total_planes=0, total_bytes=0)

    unwatched.advance(work, seconds=2, planes=7, bytes=1_000_000)

    assert work.line() == "A_czi: 7 planes, 0.5 MB/s"


def test_a_long_time_left_is_told_in_hours(unwatched: Scene) -> None:
    work = unwatched.progress(total_bytes=100_000_000_000)

    unwatched.advance(work, seconds=1, planes=1, bytes=10_000_000)

    assert work.line().endswith("2 h 46 min left")


def test_memory_does_not_grow_with_the_number_of_calls(unwatched: Scene) -> None:
    work = unwatched.progress()

    unwatched.advance(work, seconds=0.001, planes=0, bytes=1, times=100_000)

    assert len(work._minute) < 110


def test_a_closed_terminal_does_not_stop_the_work() -> None:
    scene = Scene(BrokenTerminal())
    work = scene.progress()

    scene.advance(work, seconds=10, planes=1, bytes=1)
    work.done()

    assert len(scene.log.getvalue().splitlines()) == 2


def test_work_that_fails_leaves_no_unfinished_line_on_the_terminal(watched: Scene) -> None:
    work = watched.progress()

    with pytest.raises(ZeroDivisionError), work:
        watched.advance(work, seconds=1, planes=1, bytes=1)
        raise ZeroDivisionError

    assert watched.terminal.getvalue().endswith("\n")
    assert watched.log.getvalue() == ""


def test_a_logger_and_a_function_serve_as_log(unwatched: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    lines: list[str] = []

    Progress(logging.getLogger("a 100 % name"), label="A %s", total_planes=1, total_bytes=1).done()
    Progress(lines.append, label="B", total_planes=1, total_bytes=1, clock=unwatched.clock).done()

    assert caplog.messages[0].startswith("A %s: 0 planes in 0 s")
    assert lines == ["B: 0 planes in 0 s"]


def test_a_log_that_is_the_error_stream_itself_gets_no_line_twice(tmp_path: Path) -> None:
    clock = Clock()
    with (tmp_path / "log").open("w") as log, (tmp_path / "log").open("a") as stderr:
        work = Progress(log, label="A", total_planes=9, total_bytes=0, clock=clock, terminal=stderr)
        clock.now += 60
        work.advance(1, 0)

    assert (tmp_path / "log").read_text() == "A: 1 of 9 planes (11 %)\n"


def test_every_sample_of_a_shard_has_its_line_in_the_log(unwatched: Scene) -> None:
    unwatched.shard(3, after=0)
    unwatched.shard(4, after=0)

    assert unwatched.log.getvalue().splitlines() == [
        "convert_to_ome_tiff: sample 3 of 12 (S3)",
        "convert_to_ome_tiff: sample 4 of 12 (S4)",
    ]


def test_many_small_samples_do_not_flood_an_error_stream_that_nobody_watches(unwatched: Scene) -> None:
    unwatched.shard(1, after=0)
    unwatched.shard(2, after=31)
    unwatched.shard(3, after=1)

    assert unwatched.terminal.getvalue() == "convert_to_ome_tiff: sample 2 of 12 (S2)\n"


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Board:
    """The board of a job whose work folder is empty; nothing but the test writes it."""
    monkeypatch.chdir(tmp_path)
    return Board(STEPS[3], "0001-0001", clock=Clock())


def state_of(board: Board) -> dict[str, object]:
    board.write()
    return json.loads(board.path.read_text())


def test_a_job_leaves_its_state_in_a_file_of_its_own(board: Board) -> None:
    board.begin_sample("A_czi", 3, 12)
    board.begin_work(400, 400_000_000)
    board._clock.now += 10
    board.advance(120, 120_000_000)

    state = state_of(board)

    assert board.path == Path("results/progress/convert_to_ome_tiff-0001-0001.json").absolute()
    assert (state["sample"], state["number"], state["total"]) == ("A_czi", 3, 12)
    assert (state["planes"], state["total_planes"], state["mb_per_s"]) == (120, 400, 12.0)


def test_the_state_of_a_job_is_for_its_owner_alone(board: Board) -> None:
    board.write()

    assert board.path.stat().st_mode & 0o777 == 0o600
    assert board.path.parent.stat().st_mode & 0o777 == 0o700


def test_the_state_is_not_written_again_when_nothing_has_changed(board: Board) -> None:
    board.write()
    board.path.unlink()

    board.write()

    assert not board.path.exists()


def test_a_job_that_is_silent_for_long_says_that_it_is_alive(board: Board) -> None:
    board.write()
    board.path.unlink()
    board._clock.now += 5

    board.write()

    assert board.path.exists()


def test_what_became_of_the_samples_is_counted_and_those_that_failed_are_named(board: Board) -> None:
    told = {"step": STEPS[3], "started": "2026-11-21T22:00:00Z"}
    board.end_sample(StepOutcome(sample="A", outcome="success", **told))
    board.end_sample(StepOutcome(sample="B", outcome="refused", code="CNV002", message="of Ilse Voss", **told))

    state = state_of(board)

    assert state["outcomes"] == {"success": 1, "refused": 1}
    assert state["failed"] == [{"sample": "B", "outcome": "refused", "code": "CNV002"}]


def test_a_board_that_cannot_be_written_stops_nothing(board: Board) -> None:
    Path("results").write_text("no folder")

    board.write()
    board.close()

    assert Path("results").read_text() == "no folder"


def test_a_shard_that_is_done_takes_its_state_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shard_progress(lambda line: None, step=STEPS[3], sample="A", number=1, total=1, shard="0001-0001")
    states = [JobState.model_validate_json(path.read_bytes()) for path in Path("results/progress").iterdir()]
    tell_outcome(StepOutcome(sample="A", step=STEPS[3], outcome="success", started="2026-11-21T22:00:00Z"))

    end_shard()

    assert [state.sample for state in states] == ["A"]
    assert list(Path("results/progress").iterdir()) == []


def _job(folder: Path, end: str) -> subprocess.CompletedProcess[bytes]:
    shard = "step='verify_archive', sample='A', number=1, total=1, shard='0001-0001'"
    program = f"import os\nfrom fixative.progress import shard_progress\nshard_progress(print, {shard})\n{end}"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "scripts")}
    return subprocess.run([sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True)


def test_a_job_that_fails_takes_its_state_away(tmp_path: Path) -> None:
    done = _job(tmp_path, "raise ValueError")

    assert done.returncode == 1
    assert list((tmp_path / "results/progress").iterdir()) == []


def test_a_job_that_is_killed_leaves_its_state(tmp_path: Path) -> None:
    done = _job(tmp_path, "os.kill(os.getpid(), 9)")

    assert done.returncode == -signal.SIGKILL
    assert [path.name for path in (tmp_path / "results/progress").iterdir()] == ["verify_archive-0001-0001.json"]


def test_a_job_whose_run_is_drawn_keeps_to_its_log(watched: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(lines.WATCHED, lines.PICTURE)
    monkeypatch.setattr("sys.__stderr__", watched.terminal)
    told: list[str] = []

    Progress(told.append, label="A", total_planes=1, total_bytes=1, clock=watched.clock).done()

    assert len(told) == 1
    assert watched.terminal.getvalue() == ""
