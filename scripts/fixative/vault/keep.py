"""A sample's entry in the vault, made of the records that its steps have left."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

from fixative.files import json_bytes
from fixative.findings import RefusedSample
from fixative.models import Inventory, SampleRow, SanitisationLog
from fixative.package.assemble import original_paths
from fixative.privacy.marks import Marks, key_id
from fixative.vault.entry import Content, entry_name, keep_entry
from fixative.vault.key import vault_key
from fixative.vault.plan import VaultPlan
from fixative.vault.recipients import BadRecipient, read_recipient


def marks_of(plan: VaultPlan | None, inventory: Inventory) -> Marks | None:
    """Give what marks the values of a sample; None where there is no vault.

    Raises
    ------
    RefusedSample
        VLT001, VLT002 where the vault's key can neither be read nor made.
    """
    return Marks(vault_key(plan.root, plan.key_file), inventory.fileset_sha256) if plan else None


def marked_with_this_key(plan: VaultPlan | None, log: SanitisationLog) -> bool:
    """Whether a log was written with the vault's key as it is now.

    Raises
    ------
    RefusedSample
        VLT001, VLT002 where the vault's key can neither be read nor made.
    """
    return log.hmac_key == (key_id(vault_key(plan.root, plan.key_file)) if plan else None)


def keep_sample(
    plan: VaultPlan,
    folder: Path,
    *,
    row: SampleRow,
    inventory: Inventory,
    log: SanitisationLog,
    names: Mapping[str, str],
    only_missing: bool = False,
) -> Path:
    """Write what was taken out of a sample into the vault; gives the entry's folder.

    Parameters
    ----------
    plan : VaultPlan
    folder : Path
        Of the sample, in the work folder.
    row : SampleRow
        For its ids.
    inventory : Inventory
    log : SanitisationLog
    names : mapping
        Public name of each file of the source, by its name in the set.
    only_missing : bool
        Leave an entry that is there and holds.

    Raises
    ------
    RefusedSample
        VLT001, VLT002; INV007 where the source is not what was inventoried.
    """
    if not marked_with_this_key(plan, log):
        raise RefusedSample("VLT002", problem="it is not the one that the metadata were marked with")
    from fixative.inventory import ensure_unchanged

    recipients = _recipients(plan)
    originals = original_paths(inventory, names) if plan.originals else []
    content = Content(
        dataset=row.dataset,
        sample=row.sample_id,
        name=entry_name(inventory.fileset_sha256, log.policy_sha256),
        readme=_readme(row, inventory, log, recipients, with_originals=bool(originals)),
        documents={
            "dump.json": folder / "metadata/dump.json",
            "ome.xml": folder / "metadata/ome.xml",
            "mapping.json": folder / "private/mapping.json",
            "names.json": json_bytes(_names(inventory, names, with_originals=bool(originals))),
        },
        originals=originals,
    )
    entry = keep_entry(plan.root, content, recipients, only_missing=only_missing)
    if originals:
        ensure_unchanged(inventory)
    return entry


def _recipients(plan: VaultPlan) -> list[bytes]:
    """Read the public keys again: they were checked before the run, and may have been replaced since."""
    try:
        return list(dict.fromkeys(read_recipient(path) for path in plan.recipients))
    except BadRecipient as problem:
        raise RefusedSample("VLT001", reason=f"a recipient: {problem}") from None


def _names(inventory: Inventory, names: Mapping[str, str], *, with_originals: bool) -> list[dict[str, object]]:
    """List the files of the source: what they are called in public, here, and what they were called."""
    return [
        {
            "name": file.name,
            "public": names[file.name],
            "here": f"original/{path}" if with_originals else None,
            "role": file.role,
            "bytes": file.bytes,
            "sha256": file.sha256,
        }
        for file, path in original_paths(inventory, names)
    ]


def _readme(
    row: SampleRow, inventory: Inventory, log: SanitisationLog, recipients: Sequence[bytes], *, with_originals: bool
) -> str:
    """Say what the entry is and how to read it."""
    original = "original/      the source's files, bit for bit, under their public names (see names.json)\n"
    keys = "".join(f"  {base64.b64encode(key).decode('ascii')}\n" for key in recipients)
    encrypted = f"""
Each file is encrypted (Crypt4GH, GA4GH) to the public keys

{keys}
Whoever has the private key of one of them reads a file with

  crypt4gh decrypt --sk PRIVATE_KEY < dump.json.c4gh > dump.json

manifest-plain-sha256.txt, encrypted as well, has the digests of the files decrypted.
"""
    return f"""Restricted: what was taken out of {row.dataset}/{row.sample_id} before it was archived.

Source (SHA-256 of its file set): {inventory.fileset_sha256}
Policy: {log.policy} {log.policy_version}, SHA-256 {log.policy_sha256}
Vault key of the marks (values_hmac of the object's record): {log.hmac_key}

dump.json      all metadata as the source says them
ome.xml        the same in terms of OME
mapping.json   every value that was taken out or changed: where, what stood there, what stands there, by which rule
names.json     what the files were called
{original if with_originals else ""}{encrypted if recipients else ""}
To check:  sha256sum -c manifest-sha256.txt
"""
