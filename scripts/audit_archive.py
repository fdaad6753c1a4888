"""Check sealed objects and their copies; fail when one is not sound (rule `audit_archive`)."""

import sys


def main(job):
    """Audit what is due, write the report and the list of safe-to-delete sources; exit with 1 where damage is."""
    from pathlib import Path

    from fixative.audit.job import audit_job

    lines, sound = audit_job(Path.cwd(), job.params.audit, Path(job.log[0]))
    print(*lines, sep="\n", file=sys.stderr)  # noqa: T201  the terminal is where it is read
    if not sound:
        sys.exit(1)
    Path(job.output.verdict).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
