"""Walk the source roots and write a sample sheet (rule `scan_storage`)."""


def main(job):
    """Scan ``params.roots``; what the archive holds already is left out."""
    import time
    from pathlib import Path

    from fixative.scan import scan_storage, write_sheet, write_skipped
    from fixative.sealed import sealed_sets

    result = scan_storage(
        [Path(root) for root in job.params.roots],
        quiet_period_s=job.params.quiet_period_s,
        sealed=sealed_sets(Path(job.params.archive_root)),
        now=time.time(),
    )
    write_sheet(result, Path(job.output.sheet))
    write_skipped(result, Path(job.output.left_out))
    summary = f"{len(result.samples)} samples found, {len(result.skipped)} files left out"
    Path(job.log[0]).write_text(summary + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
