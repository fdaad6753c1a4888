"""Walk the source roots and write a sample sheet (rule `scan_storage`)."""


def main(job):
    """Scan ``params.roots``; what the archive holds already is left out."""
    import time
    from pathlib import Path

    from fixative.scan import scan_storage, write_sheet, write_skipped
    from fixative.scan_memory import ScanMemory, read_memory
    from fixative.scan_sealed import Sealed

    now, archive_root, seen = time.time(), Path(job.params.archive_root), Path(job.params.memory)
    memory = read_memory(seen, now) if job.params.remembers else ScanMemory(now)
    result = scan_storage(
        [Path(root) for root in job.params.roots],
        quiet_period_s=job.params.quiet_period_s,
        sealed=Sealed(memory.sealed_sets(archive_root), archive_root, Path("results/samples")),
        now=now,
        memory=memory,
    )
    write_sheet(result, Path(job.output.sheet))
    write_skipped(result, Path(job.output.left_out))
    memory.save(seen)
    summary = f"{len(result.samples)} samples found, {len(result.skipped)} files left out"
    Path(job.log[0]).write_text(summary + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
