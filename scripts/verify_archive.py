"""Read each written file back and prove it against its source (rule `verify_archive`)."""

from fixative.stage import reader_options, run_shard


def verify(sample, job):
    """Prove one sample: every plane, by two readers, the OME-XML, its values, what must not be in it."""
    from fixative.metadata_diff.gate import MetadataAsked
    from fixative.verify_sample import verify_sample

    verification = verify_sample(
        sample.folder,
        sample.staging,
        sample.row.sample_id,
        readers=reader_options(job),
        witness=job.params.witness,
        metadata=MetadataAsked.of(job.params.metadata, job.params.allowed_loss),
        threads=job.threads,
    )
    sample.write("verification.json", verification)


def main(job):
    """Verify the samples of ``input.shard`` that came this far."""
    from fixative.metadata.exiftool import exiftool_session

    with exiftool_session(job.params.exiftool):
        run_shard(job, verify, results=["verification.json"])


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
