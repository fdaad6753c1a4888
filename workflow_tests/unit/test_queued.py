"""Jobs of a killed run that Slurm still has. Slurm's answer is given by a script: a real one is asked in ../slurm."""

import os

import pytest

from fixative.findings import BadBatch
from fixative.queued import refuse_if_queued


@pytest.fixture
def squeue(tmp_path, monkeypatch):
    """Make a command of that name, which prints what it is given; Snakemake has submitted jobs from here before."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / ".snakemake/slurm_logs").mkdir(parents=True)

    def answer(*lines: str, status: int = 0) -> None:
        text = "\n".join(lines)
        (tmp_path / "squeue").write_text(f"#!/bin/sh\ncat <<'TEXT'\n{text}\nTEXT\necho down >&2\nexit {status}\n")
        (tmp_path / "squeue").chmod(0o755)

    return answer


def test_jobs_of_this_folder_stop_the_run_and_are_named(squeue, tmp_path):
    squeue(f"12|rule_chain|{tmp_path}", f"13|rule_chain|{tmp_path}", "14|rule_chain|/elsewhere")

    with pytest.raises(BadBatch, match=r"earlier run in .*: 12, 13\n.*scancel 12 13"):
        refuse_if_queued()


def test_a_person_s_own_job_in_this_folder_and_the_job_that_runs_this_stop_nothing(squeue, tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    squeue(f"12|rule_chain|{tmp_path}", f"15|(null)|{tmp_path}")

    refuse_if_queued()


def test_a_slurm_that_does_not_answer_stops_the_run(squeue):
    squeue("", status=1)

    with pytest.raises(BadBatch, match=r"does not say whether jobs of an earlier run are left.*: down"):
        refuse_if_queued()


def test_where_slurm_was_never_used_it_is_not_asked(squeue, tmp_path):
    squeue("", status=1)
    (tmp_path / ".snakemake/slurm_logs").rmdir()

    refuse_if_queued()
