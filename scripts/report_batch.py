"""Write the batch's table and page (rule `report_batch`)."""


def main(job):
    """Report on every row of the sheet."""
    from pathlib import Path

    from fixative.planning import read_batch
    from fixative.report.batch import write_batch_report

    root = Path(job.params.archive_root)
    summary = write_batch_report(
        Path.cwd(), read_batch(), title=job.params.title, archive_root_name=root.name, archive_root=root
    )
    Path(job.log[0]).write_text(summary.line() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
