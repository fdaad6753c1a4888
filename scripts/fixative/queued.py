"""Jobs of a killed run that Slurm still has: the work folder's lock died with that run, its jobs have not.

They do no harm (a job whose shard is in no plan ends at once), but those that run may be sealing, and of those that
wait each is a sample's turn: a new run waits until they are gone.
"""

import os
import shutil
import subprocess
from pathlib import Path

from fixative.findings import BadBatch

LOGS = Path(".snakemake/slurm_logs")
"""Made by Snakemake's plugin with the first job, and removed by it when all have ended well."""

TIMEOUT_S = 60


def refuse_if_queued() -> None:
    """Refuse to plan while Slurm has jobs of an earlier run in the current folder (main process).

    Raises
    ------
    BadBatch
        With their numbers; or when Slurm was used here and cannot be asked.
    """
    if not LOGS.is_dir() or shutil.which("squeue") is None:
        return
    if jobs := _jobs():
        raise BadBatch(
            f"Slurm still has jobs of an earlier run in {Path.cwd()}: {', '.join(jobs)}\n"
            f"  wait until they have ended (squeue --me), or end them: scancel {' '.join(jobs)}"
        )


def _jobs() -> list[str]:
    """Numbers of this account's jobs that Snakemake has submitted from here; not the one this process runs in."""
    try:
        # %Z: the folder it works in; %k: a comment, which Snakemake's plugin gives each of its jobs.
        command = ["squeue", "--me", "--noheader", "--format=%i|%k|%Z"]
        asked = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise _silent("no answer") from None
    if asked.returncode:
        raise _silent(asked.stderr.strip())
    here, mine = os.path.realpath(Path.cwd()), os.environ.get("SLURM_JOB_ID")
    rows = [line.split("|", 2) for line in asked.stdout.splitlines() if line.count("|") >= 2]
    return [job for job, comment, folder in rows if comment.startswith("rule_") and _is(folder, here) and job != mine]


def _is(folder: str, here: str) -> bool:
    return os.path.realpath(folder) == here


def _silent(reason: str) -> BadBatch:
    return BadBatch(
        f"Slurm does not say whether jobs of an earlier run are left in {Path.cwd()}: {reason}\n"
        f"  try again later; when you know that there are none, remove {LOGS}"
    )
