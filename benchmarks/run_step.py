"""Run one step of the chain by itself, as Snakemake's job would: ``run_step.py WORK STEP [THREADS]``.

The work folder is one in which the chain has come as far as the step before. What the step has left there is done
again. The configuration is the project's own with what `prepared` in ``steps.py`` has written beside it.
"""

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
BEFORE = {"convert_to_ome_tiff": "sanitise", "verify_archive": "convert"}
OUTCOMES = {"convert_to_ome_tiff": "convert", "verify_archive": "verify"}


class Named(dict[str, Any]):
    """Values by name, as attributes too: what Snakemake's ``input``, ``output`` and ``params`` are."""

    def __getattr__(self, name: str) -> Any:
        """Value of that name."""
        return self[name]


class Job:
    """As much of Snakemake's job as a step uses."""

    def __init__(self, step: str, config: dict[str, Any], threads: int) -> None:
        from fixative.batch import read_run

        run = read_run(config)
        (shard,) = run.shards
        self.rule, self.threads = step, threads
        self.input = Named(shard=f"results/shards/{shard}.json", previous=f"results/{BEFORE[step]}/{shard}.json")
        self.output = Named(outcomes=f"results/{OUTCOMES[step]}/{shard}.json")
        self.log = [f"results/logs/{step}-benchmark.log"]
        self.resources = Named(mem_mb=1000)
        settings = run.settings
        self.params = Named(
            staging=run.staging,
            readers=run.readers,
            exiftool=settings.exiftool,
            ome_tiff=settings.ome_tiff.model_dump(),
            witness=settings.verify.witness,
            metadata=settings.verify.metadata,
            allowed_loss=run.allowed_loss,
        )


def main() -> int:
    """Run the step for the one shard of the work folder; exit status 1 when a sample did not succeed."""
    work, step = sys.argv[1:3]
    threads = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    os.chdir(work)
    for record in Path("results/samples").glob(f"*/outcomes/{step}.json"):
        record.unlink()
    job = Job(step, json.loads(Path("config.json").read_text(encoding="utf-8")), threads)
    runpy.run_path(str(PROJECT / f"scripts/{step}.py"))["main"](job)
    outcomes = json.loads(Path(job.output.outcomes).read_text(encoding="utf-8"))
    for outcome in outcomes:
        if outcome["outcome"] != "success":
            print(outcome)
    return 0 if all(outcome["outcome"] == "success" for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
