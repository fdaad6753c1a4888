"""Enter in the archive's catalogue what was sealed, then write the batch's table and page (rule `report_batch`)."""

import sys


def main(job):
    """Report on every row of the sheet; a catalogue that cannot be written is told of, and keeps nobody from it."""
    from datetime import UTC, datetime
    from pathlib import Path

    from fixative.audit.options import audit_options
    from fixative.audit.safe_to_delete import write_safe_to_delete
    from fixative.catalogue.job import update_job
    from fixative.planning import read_batch
    from fixative.report.batch import write_batch_report

    root = Path(job.params.archive_root)
    for line in update_job(Path.cwd(), root, Path(job.output.entered)):
        print(line, file=sys.stderr)  # noqa: T201  the terminal is where it is read
    summary = write_batch_report(
        Path.cwd(), read_batch(), title=job.params.title, archive_root_name=root.name, archive_root=root
    )
    write_safe_to_delete(Path.cwd(), read_batch(), audit_options(job.params.audit), now=datetime.now(UTC))
    Path(job.log[0]).write_text(summary.line() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
