"""Apply each sample's privacy policy to its metadata (rule `sanitise_metadata`)."""

from fixative.stage import run_shard

RESULTS = [
    "sanitised/dump.json",
    "sanitised/ome.xml",
    "sanitised/row.json",
    "sanitised/names.json",
    "sanitised/log.json",
]


def sanitise_sample(sample, job):
    """Plan, check that the plan is complete, then carry it out."""
    from pathlib import Path

    from fixative.files import write_bytes, write_json
    from fixative.findings import RefusedSample
    from fixative.models import Inventory, MetadataDump
    from fixative.ome.original import embed_original_metadata
    from fixative.privacy.apply import sanitise
    from fixative.privacy.images import treat_images
    from fixative.privacy.plan import UnknownKeys
    from fixative.privacy.policy import load_policy
    from fixative.privacy.store import write_secrets

    policy = load_policy(sample.row.privacy_policy, Path(job.params.policies))
    inventory = sample.read(Inventory, "inventory.json")
    dump = sample.read(MetadataDump, "metadata/dump.json")
    ome_xml = (sample.folder / "metadata/ome.xml").read_bytes()
    try:
        clean = sanitise(policy, dump, ome_xml, sample.row, inventory)
    except UnknownKeys as refused:
        write_json(sample.folder / "sanitised/unknown_keys.json", refused.keys)
        raise
    clean = treat_images(clean, policy, dump, inventory)
    taken = clean.log.redactions or clean.secrets or any(image.action != "keep" for image in clean.log.images)
    if job.params.keep_original and taken:
        reason = f"keep_original, and {policy.name} redacts: the original would carry it all"
        raise RefusedSample("SAN003", reason=reason)
    most = job.params.original_metadata_keys
    embedded = embed_original_metadata(clean.ome_xml, clean.dump, allowed=policy.original_metadata, most=most)
    log = {"original_metadata": embedded.written, "original_metadata_left_out": embedded.left_out}
    sample.write("sanitised/dump.json", clean.dump)
    write_bytes(sample.folder / "sanitised/ome.xml", embedded.ome_xml)
    sample.write("sanitised/row.json", clean.row)
    write_json(sample.folder / "sanitised/names.json", clean.names)
    sample.write("sanitised/log.json", clean.log.model_copy(update=log))
    write_secrets(sample.folder / "private/secrets.json", clean.secrets)


def main(job):
    """Sanitise every sample of ``input.shard`` whose metadata were dumped."""
    run_shard(job, sanitise_sample, results=[*RESULTS, "private/secrets.json"])


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
