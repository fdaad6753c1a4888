"""The last step of one sample: its object is put together, searched once more, and sealed."""

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixative.catalogue import enter
from fixative.files import Digests
from fixative.findings import RefusedSample
from fixative.models import STEPS, Inventory, MetadataDump, Receipt, SampleRow, SanitisationLog, StepOutcome
from fixative.package.assemble import ObjectParts, assemble_object, own_words
from fixative.package.discard import discard
from fixative.package.seal import NOBODY_ELSE, adopt, seal_object
from fixative.permissions import Owner
from fixative.pixel_models import Pixels
from fixative.privacy.search import Search
from fixative.privacy.secrets import Secret
from fixative.privacy.store import read_names, read_secrets
from fixative.records import read_record
from fixative.required.records import RequiredReport
from fixative.vault.keep import keep_sample
from fixative.vault.plan import VaultPlan
from fixative.verification_models import Verification

if TYPE_CHECKING:
    from fixative.stage import Sample


def adopted_receipt(sample: "Sample", archive_root: Path, policy_sha256: str) -> Receipt | None:
    """Receipt of the object that the archive holds under this sample's name already, verified; or None.

    Raises
    ------
    RefusedSample
        SEA001 when it is of another source or policy, SEA002 when it is damaged.
    """
    inventory = sample.read(Inventory, "inventory.json")
    return adopt(
        archive_root / sample.row.dataset / sample.row.sample_id,
        source=sample.row.source,
        fileset_sha256=inventory.fileset_sha256,
        policy_sha256=policy_sha256,
    )


def seal_sample(
    sample: "Sample",
    archive_root: Path,
    *,
    keep_original: bool,
    settings: dict[str, Any],
    vault: VaultPlan | None = None,
    owner: Owner = NOBODY_ELSE,
) -> Receipt:
    """Assemble the object in staging, search its sidecars for private values, move it into the archive.

    What was taken out of it goes into the vault first: whatever is sealed has its entry there.

    Raises
    ------
    RefusedSample
        SAN002 for a private value, SEA001 and SEA002 where the archive holds something under this name, VLT001
        and VLT002 for what keeps the vault from being written.
    """
    log = sample.read(SanitisationLog, "sanitised/log.json")
    if receipt := adopted_receipt(sample, archive_root, log.policy_sha256):
        _keep(sample, log, vault, only_missing=True)
        discard(sample.staging)
        return receipt
    secrets = read_secrets(sample.folder / "private/secrets.json")
    parts = _parts(sample, log, keep_original, settings)
    folder = sample.staging / "object"
    assemble_object(parts, folder)
    _refuse_private(folder, parts, secrets)
    _keep(sample, log, vault)
    final = archive_root / sample.row.dataset / sample.row.sample_id
    try:
        receipt = seal_object(folder, final, source=sample.row.source, owner=owner)
    except RefusedSample as refusal:
        if refusal.code != "SEA001" or not (quicker := adopted_receipt(sample, archive_root, log.policy_sha256)):
            raise
        # A run from another work folder has sealed the same source meanwhile.
        receipt = quicker
    discard(sample.staging)
    return receipt


def enter_in_catalogue(outcomes: Path, archive_root: Path) -> None:
    """Enter what a shard has sealed in the archive's catalogue, at one go.

    The objects are the truth: where the catalogue cannot be written, the next audit enters them.
    """
    succeeded = (one["sample"] for one in json.loads(outcomes.read_bytes()) if one["outcome"] == "success")
    receipts = (read_record(Receipt, Path(f"results/samples/{sample}/sealed.json")) for sample in succeeded)
    folders = [archive_root / receipt.object for receipt in receipts if receipt]
    if folders:
        with suppress(RefusedSample):
            enter(archive_root, *folders)


def _keep(sample: "Sample", log: SanitisationLog, vault: VaultPlan | None, *, only_missing: bool = False) -> None:
    """Put what was taken out into the vault, where there is one."""
    if vault is not None:
        entry = keep_sample(
            vault,
            sample.folder,
            row=sample.row,
            inventory=sample.read(Inventory, "inventory.json"),
            log=log,
            names=read_names(sample.folder / "sanitised/names.json"),
            only_missing=only_missing,
        )
        sample.log.info("%s: in the vault: %s", sample.row.sample_id, entry.name)


def _parts(sample: "Sample", log: SanitisationLog, keep_original: bool, settings: dict[str, Any]) -> ObjectParts:
    verified = sample.read(Verification, "verification.json")
    return ObjectParts(
        row=sample.read(SampleRow, "sanitised/row.json"),
        inventory=sample.read(Inventory, "inventory.json"),
        dump=sample.read(MetadataDump, "sanitised/dump.json"),
        log=log,
        names=read_names(sample.folder / "sanitised/names.json"),
        pixels=sample.read(Pixels, "pixels.json"),
        witness=verified.witness,
        metadata=verified.metadata,
        scanners=verified.private_values_scanners,
        searched=verified.private_values_searched,
        tiff=sample.staging / verified.file,
        tiff_digests=Digests(verified.bytes, verified.sha256, verified.sha512),
        thumbnail=(sample.folder / "thumbnail.png").read_bytes(),
        outcomes=tuple(sample.read(StepOutcome, f"outcomes/{step}.json") for step in STEPS),
        settings=settings,
        original=keep_original,
        required=sample.read(RequiredReport, "metadata/required.json"),
    )


def _told_apart(secrets: tuple[Secret, ...], own: bytes) -> list[Secret]:
    """The values that the sidecars would not hold anyway.

    A value that is a word of Fixative's own ("author", "Confocal") says nothing where it stands in a README or as
    the name of a field. It is looked for in the image alone, whose every text is the source's.
    """
    search = Search([Secret(str(number), secret.value) for number, secret in enumerate(secrets)], machine=False)
    search.bytes("", own)
    said = {hit.rule for hit in search.hits}
    return [secret for number, secret in enumerate(secrets) if str(number) not in said]


def _refuse_private(folder: Path, parts: ObjectParts, secrets: tuple[Secret, ...]) -> None:
    """Refuse an object that holds a private value outside its image, which was searched as it was read."""
    if _search(folder, Search(secrets), skip=parts.image_name).hits:
        apart = Search(_told_apart(secrets, own_words(parts)))
        if hits := _search(folder, apart, skip=parts.image_name).hits:
            raise RefusedSample("SAN002", where=hits[0].where, rule=hits[0].rule)


def _search(folder: Path, search: Search, *, skip: str) -> Search:
    """Look for the values of a search in every file of an object but one, and in the files' names."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != skip:
            search.file(str(path.relative_to(folder)), path)
    search.bytes("file names", "\n".join(str(path.relative_to(folder)) for path in folder.rglob("*")).encode())
    return search
