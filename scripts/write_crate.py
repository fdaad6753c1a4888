"""Write the crate of the batch (rule `write_crate`)."""


def main(job):
    """Describe the run, its steps and its samples."""
    from pathlib import Path

    from fixative.agents import Provenance
    from fixative.planning import read_batch
    from fixative.run_crate.write import write_run_crate

    written = write_run_crate(
        Path.cwd(),
        read_batch(),
        Path(job.output.metadata).parent,
        settings=dict(job.params.settings),
        agents=Provenance.model_validate(dict(job.params.provenance)),
    )
    sizes = "\n".join(f"{path.name}: {path.stat().st_size} bytes" for path in written)
    Path(job.log[0]).write_text(f"{sizes}\n", encoding="utf-8")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
