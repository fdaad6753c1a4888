"""List each sample's file set with digests, and refuse what is not whole (rule `inventory_source`)."""

from fixative.stage import reader_options, run_shard


def take(sample, job):
    """Take the inventory; an object that the archive holds already is found later, when it would be sealed."""
    from fixative.inventory import take_inventory

    sample.write("inventory.json", take_inventory(sample.row, reader_options(job)))


def unchanged(sample):
    """Whether every file of the set is still the one that was digested."""
    from fixative.findings import RefusedSample
    from fixative.inventory import ensure_unchanged
    from fixative.models import Inventory

    try:
        ensure_unchanged(sample.read(Inventory, "inventory.json"))
    except RefusedSample:
        return False
    return True


def main(job):
    """Inventory every sample of ``input.shard``."""
    run_shard(job, take, results=["inventory.json"], intact=unchanged)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
