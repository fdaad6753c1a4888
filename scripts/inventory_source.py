"""List each sample's file set with digests, and refuse what is not whole (rule `inventory_source`)."""

from fixative.stage import reader_options, run_shard


def take(sample, job):
    """Take the inventory; an object that the archive holds already is found later, when it would be sealed."""
    from fixative.inventory import take_inventory
    from fixative.remote.fetch import LISTED, fetch, of_the_set
    from fixative.sections import Remote

    fetched = ()
    (sample.folder / LISTED).unlink(missing_ok=True)
    if sample.row.remote or sample.row.remote_sidecars:
        # The last one is of files that are to be fetched anew.
        (sample.folder / "inventory.json").unlink(missing_ok=True)
        fetched = fetch(sample.row, sample.folder, Remote.model_validate(dict(job.params.remote)))
    inventory = take_inventory(sample.row, reader_options(job))
    remote = of_the_set(inventory, sample.row, fetched)
    sample.write("inventory.json", inventory.model_copy(update={"remote": remote}))


def unchanged(sample):
    """Whether every file of the set is still the one that was digested, here and on its remote."""
    from fixative.findings import RefusedSample
    from fixative.inventory import ensure_unchanged
    from fixative.models import Inventory
    from fixative.remote.fetch import require_unchanged

    try:
        inventory = sample.read(Inventory, "inventory.json")
        ensure_unchanged(inventory)
        require_unchanged(inventory)
    except RefusedSample:
        return False
    return True


def main(job):
    """Inventory every sample of ``input.shard``."""
    run_shard(job, take, results=["inventory.json"], intact=unchanged)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
