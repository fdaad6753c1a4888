"""Score what is known of a data set and write its README (rule `curate_dataset`)."""

import sys


def main(job):
    """Write it, or tell why not; exit with 1 then."""
    from pathlib import Path

    from fixative.deposit.job import curation_job

    lines, made = curation_job(Path.cwd(), job.params.deposit)
    print(*lines, sep="\n", file=sys.stderr)  # noqa: T201  the terminal is where it is read
    Path(job.log[0]).write_text("\n".join(lines) + "\n", encoding="utf-8")
    if not made:
        sys.exit(1)
    Path(job.output.verdict).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
