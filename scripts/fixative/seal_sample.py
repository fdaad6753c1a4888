"""The last step of one sample: its object is put together, searched once more, and sealed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixative.files import Digests
from fixative.findings import RefusedSample
from fixative.models import STEPS, Inventory, MetadataDump, Pixels, Receipt, SampleRow, SanitisationLog, StepOutcome
from fixative.package.assemble import ObjectParts, assemble_object, own_words
from fixative.package.discard import discard
from fixative.package.seal import adopt, seal_object
from fixative.privacy.search import Search
from fixative.privacy.secrets import Secret
from fixative.privacy.store import read_secrets
from fixative.required.records import RequiredReport
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


def seal_sample(sample: "Sample", archive_root: Path, *, keep_original: bool, settings: dict[str, Any]) -> Receipt:
    """Assemble the object in staging, search its sidecars for private values, move it into the archive.

    Raises
    ------
    RefusedSample
        SAN002 for a private value, SEA001 and SEA002 where the archive holds something under this name.
    """
    log = sample.read(SanitisationLog, "sanitised/log.json")
    if receipt := adopted_receipt(sample, archive_root, log.policy_sha256):
        discard(sample.staging)
        return receipt
    secrets = read_secrets(sample.folder / "private/secrets.json")
    parts = _parts(sample, log, keep_original, settings)
    folder = sample.staging / "object"
    assemble_object(parts, folder)
    _search(folder, Search(_told_apart(secrets, own_words(parts))), skip=parts.image_name)
    receipt = seal_object(folder, archive_root / sample.row.dataset / sample.row.sample_id, source=sample.row.source)
    discard(sample.staging)
    return receipt


def _parts(sample: "Sample", log: SanitisationLog, keep_original: bool, settings: dict[str, Any]) -> ObjectParts:
    verified = sample.read(Verification, "verification.json")
    return ObjectParts(
        row=sample.read(SampleRow, "sanitised/row.json"),
        inventory=sample.read(Inventory, "inventory.json"),
        dump=sample.read(MetadataDump, "sanitised/dump.json"),
        log=log,
        names=json.loads((sample.folder / "sanitised/names.json").read_text(encoding="utf-8")),
        pixels=sample.read(Pixels, "pixels.json"),
        witness=verified.witness,
        metadata=verified.metadata,
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


def _search(folder: Path, search: Search, *, skip: str) -> None:
    """Look for every redacted value in every file of the object but the image, which was searched as it was read."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != skip:
            search.bytes(str(path.relative_to(folder)), path.read_bytes())
    search.bytes("file names", "\n".join(str(path.relative_to(folder)) for path in folder.rglob("*")).encode())
    if search.hits:
        raise RefusedSample("SAN002", where=search.hits[0].where, rule=search.hits[0].rule)
