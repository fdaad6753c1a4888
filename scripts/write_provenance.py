"""Write the sidecars of each sample and seal its object (rule `write_provenance`)."""

from fixative.stage import run_shard


def write_and_seal(sample, job):
    """Put one object together, search it once more, and move it into the archive."""
    from pathlib import Path

    from fixative.agents import Provenance
    from fixative.models import Inventory
    from fixative.permissions import owner_of
    from fixative.remote.fetch import drop, require_unchanged
    from fixative.seal_sample import seal_sample
    from fixative.sections import Permissions
    from fixative.vault.plan import VaultPlan

    require_unchanged(sample.read(Inventory, "inventory.json"))
    receipt = seal_sample(
        sample,
        Path(job.params.archive_root),
        keep_original=job.params.keep_original,
        settings={"ome_tiff": dict(job.params.ome_tiff)},
        vault=VaultPlan.model_validate(dict(job.params.vault)) if job.params.vault else None,
        owner=owner_of(Permissions.model_validate(dict(job.params.permissions))),
        agents=Provenance.model_validate(dict(job.params.provenance)),
    )
    sample.write("sealed.json", receipt.model_copy(update={"source": sample.row.origin}))
    drop(sample.row.sample_id)


def main(job):
    """Seal the samples of ``input.shard`` that were proven."""
    run_shard(job, write_and_seal, results=["sealed.json"])


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
