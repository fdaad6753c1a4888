"""Copy sealed objects to the replicas that lack them, and read them back (rule `replicate_archive`)."""

import sys


def main(job):
    """Fill the replicas; exit with 1 where an object could not be replicated."""
    from pathlib import Path

    from fixative.audit.job import replicate_job

    lines, sound = replicate_job(job.params.audit, Path(job.log[0]))
    print(*lines, sep="\n", file=sys.stderr)  # noqa: T201  the terminal is where it is read
    if not sound:
        sys.exit(1)
    Path(job.output.verdict).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
