"""Make a package of a data set for a repository (rule `make_deposit`)."""

import sys


def main(job):
    """Make it, or tell everything that keeps it from being made; exit with 1 then."""
    from pathlib import Path

    from fixative.deposit.job import deposit_job

    lines, made = deposit_job(Path.cwd(), job.params.deposit)
    print(*lines, sep="\n", file=sys.stderr)  # noqa: T201  the terminal is where it is read
    Path(job.log[0]).write_text("\n".join(lines) + "\n", encoding="utf-8")
    if not made:
        sys.exit(1)
    Path(job.output.verdict).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
