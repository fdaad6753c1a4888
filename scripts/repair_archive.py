"""Restore damaged and missing copies from good ones; fail when one stays as it is (rule `repair_archive`)."""

import sys


def main(job):
    """Repair what audits have found; exit with 1 where something could not be repaired."""
    from pathlib import Path

    from fixative.audit.job import repair_job

    lines, sound = repair_job(job.params.audit, Path(job.log[0]))
    print(*lines, sep="\n", file=sys.stderr)  # noqa: T201  the terminal is where it is read
    if not sound:
        sys.exit(1)
    Path(job.output.verdict).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
