"""The last step of one sample: its object is put together, searched once more, and sealed."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixative.agents import NOBODY, Provenance
from fixative.files import Digests
from fixative.findings import RefusedSample
from fixative.models import STEPS, Inventory, MetadataDump, Receipt, SampleRow, SanitisationLog, StepOutcome
from fixative.package.assemble import ObjectParts, assemble_object, own_words, sidecar_names, without_agents
from fixative.package.discard import discard
from fixative.package.seal import NOBODY_ELSE, adopt, seal_object
from fixative.permissions import Owner
from fixative.pixel_models import Pixels
from fixative.privacy.search import Search, machine_secrets
from fixative.privacy.secrets import Secret
from fixative.privacy.store import read_names, read_secrets
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
    agents: Provenance = NOBODY,
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
    parts = replace(_parts(sample, log, keep_original, settings), agents=agents)
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


def _told_apart(secrets: Iterable[Secret], own: bytes) -> list[Secret]:
    """The values that a text does not hold.

    A value that is a word of Fixative's own ("author", "Confocal") says nothing where it stands in a README or as
    the name of a field. It is looked for in the image alone, whose every text is the source's.
    """
    listed = list(secrets)
    search = Search([Secret(str(number), secret.value) for number, secret in enumerate(listed)], machine=False)
    search.bytes("", own)
    said = {hit.rule for hit in search.hits}
    return [secret for number, secret in enumerate(listed) if str(number) not in said]


def _refuse_private(folder: Path, parts: ObjectParts, secrets: tuple[Secret, ...]) -> None:
    """Refuse an object that holds a private value outside its image, which was searched as it was read.

    The person and the organisation that the configuration names are published by intent, also where the source has
    the same name for the operator: that name may stand where they are named, and nowhere else.
    """
    image = {parts.image_name}
    if not _search(folder, Search(secrets), skip=image).hits:
        return
    apart = [*_told_apart(secrets, own_words(parts)), *machine_secrets()]
    others = _told_apart(apart, parts.agents.model_dump_json().encode())
    hits = _search(folder, Search(others, machine=False), skip=image).hits
    if not hits and (named := [secret for secret in apart if secret not in others]):
        search = Search(named, machine=False)
        search.bytes("a sidecar", without_agents(parts))
        hits = _search(folder, search, skip=image | sidecar_names(parts)).hits
    if hits:
        raise RefusedSample("SAN002", where=hits[0].where, rule=hits[0].rule)


def _search(folder: Path, search: Search, *, skip: Collection[str]) -> Search:
    """Look for the values of a search in every file of an object but some, and in the files' names."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in skip:
            search.file(str(path.relative_to(folder)), path)
    search.bytes("file names", "\n".join(str(path.relative_to(folder)) for path in folder.rglob("*")).encode())
    return search
