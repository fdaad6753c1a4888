"""A run on a terminal: the picture comes and goes by itself, and nothing that is said is lost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import REPOSITORY, Batch
from terminal import HIDE_CURSOR, SHOW_CURSOR, Session, Shown, on_terminal

RUN = """
import os, subprocess, sys
from fixative.watch import start

start.LINE_EVERY_S = 0.1
start.begin_watch(start.Asked())
say = lambda text: print(text, file=sys.stderr, flush=True)
sys.stdin.readline()
{during}
say("a warning of Snakemake")
subprocess.run(["sh", "-c", "echo an error of a job >&2"])
{after}
start.end_watch()
say("the summary")
"""
"""What the main process of a run does, without Snakemake. It waits for a key."""

KILL_THE_PICTURE = """
picture = start._watched[0]._screen._process
picture.kill()
picture.wait()
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """A batch of which one sample is truncated, on a terminal, to its end."""
    import numpy as np
    import tifffile

    batch = Batch(tmp_path_factory.mktemp("live"))
    sources = batch.sheet.parent / "Ilse Voss"
    sources.mkdir()
    tifffile.imwrite(sources / "ilse_voss_1.tif", np.arange(4096, dtype=np.uint16).reshape(64, 64), imagej=True)
    (sources / "ilse_voss_2.tif").write_bytes((sources / "ilse_voss_1.tif").read_bytes()[:4000])
    batch.write({"whole": "Ilse Voss/ilse_voss_1.tif", "cut": "Ilse Voss/ilse_voss_2.tif"}, owner="Ilse Voss")
    return on_terminal(batch.command(), cwd=batch.folder, env=batch.environment)


def test_the_picture_shows_the_states_of_the_samples(shown: Shown) -> None:
    assert "● 1 refused   ● 1 in work" in shown.said
    assert "● 1 sealed   ● 1 refused" in shown.said
    assert "✗ cut  INV004  truncated or incomplete" in shown.said


def test_the_picture_is_gone_in_the_end_and_the_cursor_is_back(shown: Shown) -> None:
    assert shown.raw.count(HIDE_CURSOR) == 1
    assert shown.raw.rindex(SHOW_CURSOR) > shown.raw.rindex(HIDE_CURSOR)
    assert not [line for line in shown.lines if "╭" in line or "│" in line]


def test_the_summary_and_what_snakemake_says_of_it_stand_last(shown: Shown) -> None:
    said = [line for line in shown.lines if line]

    assert shown.returncode == 1
    assert said.index("2 samples: 1 sealed, 1 refused (INV004)") > said.index("Error in rule require_all_sealed:")
    assert said[-2:] == ["WorkflowError:", "At least one job did not complete successfully."]


def test_errors_of_snakemake_and_of_jobs_are_seen_and_idle_talk_is_not(shown: Shown) -> None:
    assert "Error in rule require_all_sealed:" in shown.lines
    assert [line for line in shown.lines if "cut: refused INV004" in line]
    assert not [line for line in shown.lines if line.startswith(("localrule", "Finished jobid", "Select jobs"))]


def test_no_name_of_a_source_is_shown(shown: Shown) -> None:
    assert "voss" not in shown.said.lower()


def test_an_error_of_snakemake_before_the_first_job_is_seen(batch: Batch) -> None:
    batch.write({"bad id": "a.tif"})

    shown = on_terminal(batch.command(), cwd=batch.folder, env=batch.environment)

    assert shown.returncode == 1
    assert [line for line in shown.lines if "sample_id: String should match pattern" in line]
    assert HIDE_CURSOR not in shown.raw


def _run(tmp_path: Path, during: str = "", after: str = "") -> Session:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "scripts")}
    program = RUN.format(during=during, after=after)
    return Session([sys.executable, "-c", program], cwd=tmp_path, env=environment)


def test_what_is_said_during_a_run_stands_above_the_picture_and_is_kept(tmp_path: Path) -> None:
    run = _run(tmp_path)
    run.wait_for("Fixative")
    run.type("\n")

    shown = run.end()

    said = [line for line in shown.lines if line]
    assert said == ["a warning of Snakemake", "an error of a job", "the summary"]


def test_a_run_whose_picture_is_killed_goes_on_and_loses_no_word(tmp_path: Path) -> None:
    run = _run(tmp_path, KILL_THE_PICTURE)
    run.wait_for("Fixative")
    run.type("\n")

    shown = run.end()

    said = [line for line in shown.lines if line and "│" not in line and "╭" not in line and "╰" not in line]
    assert (shown.returncode, said) == (0, ["a warning of Snakemake", "an error of a job", "the summary"])
    assert shown.raw.rindex(SHOW_CURSOR) > shown.raw.rindex(HIDE_CURSOR)


def test_a_main_process_that_is_killed_leaves_its_terminal_whole(tmp_path: Path) -> None:
    run = _run(tmp_path, after="os.kill(os.getpid(), 9)")
    run.wait_for("Fixative")
    run.type("\n")

    shown = run.end()

    assert [line for line in shown.lines if line] == ["a warning of Snakemake", "an error of a job"]
    assert shown.raw.endswith(SHOW_CURSOR)


def test_ctrl_c_leaves_the_terminal_whole(tmp_path: Path) -> None:
    run = _run(tmp_path)
    run.wait_for("Fixative")
    run.type("\x03")

    shown = run.end()

    assert [line for line in shown.lines if line][-1] == "KeyboardInterrupt"
    assert shown.raw.rindex(SHOW_CURSOR) > shown.raw.rindex(HIDE_CURSOR)


ASKED = """
from fixative.watch.start import Asked, wants_picture
print("a picture" if wants_picture(Asked({asked})) else "none")
"""


def _wanted(tmp_path: Path, asked: str, **environment: str) -> list[str]:
    known = {**os.environ, "PYTHONPATH": str(REPOSITORY / "scripts")}
    command = ["env", *(f"{name}={value}" for name, value in environment.items()), sys.executable, "-c"]
    return on_terminal([*command, ASKED.format(asked=asked)], cwd=tmp_path, env=known).lines


def test_a_terminal_gets_a_picture(tmp_path: Path) -> None:
    assert _wanted(tmp_path, "") == ["a picture", ""]


@pytest.mark.parametrize("asked", ["live='never'", "quiet=True"])
def test_who_asks_for_quiet_gets_no_picture(tmp_path: Path, asked: str) -> None:
    assert _wanted(tmp_path, asked) == ["none", ""]


@pytest.mark.parametrize("environment", [{"FIXATIVE_LIVE": "0"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_an_environment_that_says_so_gets_no_picture(tmp_path: Path, environment: dict[str, str]) -> None:
    assert _wanted(tmp_path, "", **environment) == ["none", ""]


def test_where_nobody_watches_a_plain_line_is_said_now_and_then(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "scripts")}
    run = subprocess.Popen(
        [sys.executable, "-c", RUN.format(during="", after="")],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=tmp_path,
        env=environment,
    )
    assert run.stderr
    first = run.stderr.readline()

    _, rest = run.communicate("\n")

    assert first == "fixative: 0 of 0 sealed\n"
    assert rest.splitlines()[-3:] == ["a warning of Snakemake", "an error of a job", "the summary"]
    assert "\x1b" not in rest


def test_a_run_says_that_it_is_alive_until_it_ends(tmp_path: Path) -> None:
    run = _run(tmp_path, after="say(*os.listdir('results/progress'))")
    run.wait_for("Fixative")
    run.type("\n")

    shown = run.end()

    assert "run.json" in shown.lines
    assert list((tmp_path / "results/progress").iterdir()) == []
    assert shown.returncode == 0
