"""Write the sidecars of each sample and seal its object (rule `write_provenance`)."""

from fixative.stage import run_shard


def write_and_seal(sample, job):
    """Put one object together, search it once more, and move it into the archive."""
    from pathlib import Path

    from fixative.seal_sample import seal_sample

    receipt = seal_sample(
        sample,
        Path(job.params.archive_root),
        keep_original=job.params.keep_original,
        settings={"ome_tiff": dict(job.params.ome_tiff)},
    )
    sample.write("sealed.json", receipt)


def main(job):
    """Seal the samples of ``input.shard`` that were proven."""
    run_shard(job, write_and_seal, results=["sealed.json"])


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
