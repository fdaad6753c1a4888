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
    from fixative.privacy.approval import gate_of
    from fixative.privacy.images import treat_images
    from fixative.privacy.plan import UnknownKeys
    from fixative.privacy.policy import load_policy
    from fixative.privacy.store import write_private, write_secrets
    from fixative.vault.keep import marks_of

    policy = load_policy(sample.row.privacy_policy, Path(job.params.policies))
    inventory = sample.read(Inventory, "inventory.json")
    dump = sample.read(MetadataDump, "metadata/dump.json")
    ome_xml = (sample.folder / "metadata/ome.xml").read_bytes()
    gate = gate_of(policy, sample.row, sample.folder, dump, ome_xml, inventory)
    try:
        clean = sanitise(policy, dump, ome_xml, gate.row, inventory, marks_of(_vault(job), inventory))
    except UnknownKeys as refused:
        write_json(sample.folder / "sanitised/unknown_keys.json", refused.keys)
        raise
    clean = treat_images(clean, policy, dump, inventory)
    taken = clean.log.redactions or clean.secrets or any(image.action != "keep" for image in clean.log.images)
    if job.params.keep_original and taken:
        reason = (
            f"keep_original, and {policy.name} redacts: the original would carry it all; `keep_original: false`, and "
            "`vault.originals: true` to keep it in the vault"
        )
        raise RefusedSample("SAN003", reason=reason)
    # After all refusals: nobody is asked to approve what would be refused.
    gate.require()
    most = job.params.original_metadata_keys
    embedded = embed_original_metadata(clean.ome_xml, clean.dump, allowed=policy.original_metadata, most=most)
    log = {"original_metadata": embedded.written, "original_metadata_left_out": embedded.left_out}
    log["approval"] = gate.told(clean.log.approver)
    sample.write("sanitised/dump.json", clean.dump)
    write_bytes(sample.folder / "sanitised/ome.xml", embedded.ome_xml)
    sample.write("sanitised/row.json", clean.row)
    write_json(sample.folder / "sanitised/names.json", clean.names)
    sample.write("sanitised/log.json", clean.log.model_copy(update=log))
    write_secrets(sample.folder / "private/secrets.json", clean.secrets)
    write_private(sample.folder / "private/mapping.json", clean.mapping)


def _vault(job):
    """Where the marks of this run are made, or None."""
    from fixative.vault.plan import VaultPlan

    return VaultPlan.model_validate(dict(job.params.vault)) if job.params.vault else None


def _marked_as_now(sample, job):
    """Whether the log that is there was marked with the vault key as it is now."""
    from fixative.findings import RefusedSample
    from fixative.models import SanitisationLog
    from fixative.vault.keep import marked_with_this_key

    try:
        return marked_with_this_key(_vault(job), sample.read(SanitisationLog, "sanitised/log.json"))
    except RefusedSample:
        return False


def main(job):
    """Sanitise every sample of ``input.shard`` whose metadata were dumped."""
    from pathlib import Path

    from fixative.privacy.approval import still_holds, still_waits

    policies = Path(job.params.policies)
    run_shard(
        job,
        sanitise_sample,
        results=[*RESULTS, "private/secrets.json", "private/mapping.json"],
        intact=lambda sample: still_holds(sample.row, sample.folder, policies) and _marked_as_now(sample, job),
        waits=lambda sample: still_waits(sample.row, sample.folder, policies),
    )


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
