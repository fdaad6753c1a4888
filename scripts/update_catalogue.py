"""Enter in the archive's catalogue what was sealed (rule `update_catalogue`)."""

import sys


def main(job):
    """Enter what is new; a catalogue that cannot be written is told of, and keeps nobody from archiving."""
    from pathlib import Path

    from fixative.catalogue.job import update_job

    for line in update_job(Path.cwd(), Path(job.params.archive_root), Path(job.log[0]), Path(job.output.entered)):
        print(line, file=sys.stderr)  # noqa: T201  the terminal is where it is read


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
