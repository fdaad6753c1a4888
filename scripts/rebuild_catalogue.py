"""Make the archive's catalogue anew from its objects (rule `rebuild_catalogue`)."""

import sys


def main(job):
    """Rebuild the catalogue and the archive's page; exit with 1 where that did not go well."""
    from pathlib import Path

    from fixative.catalogue.job import rebuild_job

    lines, well = rebuild_job(Path(job.params.archive_root), Path(job.log[0]))
    print(*lines, sep="\n", file=sys.stderr)  # noqa: T201  the terminal is where it is read
    if not well:
        sys.exit(1)
    Path(job.output.verdict).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
