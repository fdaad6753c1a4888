"""Write each image of a shard as OME-TIFF (rule `convert_to_ome_tiff`)."""

from fixative.stage import reader_options, run_shard


def convert(sample, job):
    """Convert one sample; the digests of its planes go beside its other records."""
    from fixative.archive_profile import OmeTiff
    from fixative.convert import convert_sample

    convert_sample(sample, OmeTiff.model_validate(dict(job.params.ome_tiff)), reader_options(job), job.threads)


def still_there(sample):
    """Whether the file that an earlier run wrote is still the same."""
    from fixative.convert import is_converted

    return is_converted(sample)


def main(job):
    """Convert the samples of ``input.shard`` that came this far."""
    run_shard(job, convert, results=["pixels.json", "thumbnail.png"], intact=still_there)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
