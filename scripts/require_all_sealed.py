"""Fail, after the report is written, when a sample is not sealed (rule `require_all_sealed`)."""

import sys


def main(job):
    """Exit with status 1 and a line per sample that is not sealed; otherwise leave the verdict."""
    from pathlib import Path

    from fixative.files import write_json
    from fixative.planning import read_batch
    from fixative.report.status import status_of

    statuses = [status_of(Path.cwd(), row) for row in read_batch()]
    missing = [status for status in statuses if status.outcome != "sealed"]
    lines = [f"{status.sample_id}: {status.outcome} {status.code or ''} {status.message or ''}" for status in missing]
    Path(job.log[0]).write_text("\n".join(lines) + "\n", encoding="utf-8")
    if missing:
        print("not sealed:", *lines, sep="\n  ", file=sys.stderr)  # noqa: T201  the terminal is where it is read
        sys.exit(1)
    write_json(Path(job.output.verdict), {"sealed": len(statuses)})


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
