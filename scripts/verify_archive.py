"""Read each written file back and prove it against its source (rule `verify_archive`)."""

from fixative.stage import run_shard


def verify(sample, job):
    """Prove one sample: every plane, the OME-XML, every value that must not be in it."""
    from fixative.verify.sample import verify_sample

    sample.write("verification.json", verify_sample(sample.folder, sample.staging, sample.row.sample_id, job.threads))


def main(job):
    """Verify the samples of ``input.shard`` that came this far."""
    run_shard(job, verify, results=["verification.json"])


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
