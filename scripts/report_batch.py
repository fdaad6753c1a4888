"""Write the batch's table and page (rule `report_batch`)."""


def main(job):
    """Report on every row of the sheet."""
    from datetime import UTC, datetime
    from pathlib import Path

    from fixative.audit.options import audit_options
    from fixative.audit.safe_to_delete import write_safe_to_delete
    from fixative.planning import read_batch
    from fixative.report.batch import write_batch_report

    root = Path(job.params.archive_root)
    summary = write_batch_report(
        Path.cwd(), read_batch(), title=job.params.title, archive_root_name=root.name, archive_root=root
    )
    write_safe_to_delete(Path.cwd(), read_batch(), audit_options(job.params.audit), now=datetime.now(UTC))
    Path(job.log[0]).write_text(summary.line() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
