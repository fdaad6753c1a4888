"""The metadata diff as a gate: a sample with a value lost or changed for no listed reason is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fixative.findings import RefusedSample
from fixative.metadata_diff.allowed_loss import AllowedLosses
from fixative.metadata_diff.record import NO_LOSSES, Known, diff_documents
from fixative.metadata_diff.speakers import Listen, archived_tree, speaker_of, tree_at, why_silent
from fixative.models import Inventory, MetadataDump, SanitisationLog
from fixative.pixel_models import Pixels
from fixative.readers.options import ReaderOptions
from fixative.records import write_record
from fixative.verification_models import MetadataDiff, MetadataLoss

WHOLE = "metadata_diff.json"
"""The whole record, in the sample's folder."""

LISTED = 200
"""Lines of losses that go into the object's own records; the work folder keeps them all."""

_FIRST = 3
_LONGEST = 120
_PARTS = {"image", "field", "kept", "overruled", "overruled_from"}


@dataclass(frozen=True)
class MetadataAsked:
    """Settings of the diff."""

    mode: Literal["gate", "report", "none"]
    allowed: AllowedLosses

    @classmethod
    def of(cls, mode: Literal["gate", "report", "none"], allowed: dict[str, Any] | None) -> "MetadataAsked":
        """Make them of a rule's parameters."""
        return cls(mode, AllowedLosses.model_validate(allowed) if allowed else NO_LOSSES)


@dataclass(frozen=True)
class Sample:
    """Records of one sample that the diff goes by; the dump as the source says it."""

    inventory: Inventory
    dump: MetadataDump
    pixels: Pixels


def metadata_of_sample(
    path: Path,
    folder: Path,
    sample: Sample,
    readers: ReaderOptions,
    asked: MetadataAsked,
    listen: Listen | None = None,
) -> MetadataDiff | None:
    """Compare the metadata of a sample's source and archived file, write the whole record, and refuse losses.

    Parameters
    ----------
    path
        The written file.
    folder
        The sample's records; ``metadata_diff.json`` is written.
    sample
        What was read of them already.
    readers, asked
        Settings.
    listen
        Is told what Bio-Formats says of the archived file, where it is asked.

    Returns
    -------
    MetadataDiff or None
        As it goes into the object: of very many losses, the first. None where it was not asked for.

    Raises
    ------
    RefusedSample
        VER007 for a loss that nothing allows, and where the reader does not open the archived file.
    """
    (folder / WHOLE).unlink(missing_ok=True)
    if asked.mode == "none":
        return None
    diff = diff_sample(path, folder, sample, readers, asked.allowed, listen)
    write_record(folder / WHOLE, diff)
    if asked.mode == "gate":
        require_kept(diff)
    return shortened(diff)


def diff_sample(
    path: Path,
    folder: Path,
    sample: Sample,
    readers: ReaderOptions,
    allowed: AllowedLosses,
    listen: Listen | None = None,
) -> MetadataDiff:
    """Compare what one reader says of a sample's source and of its archived file.

    Raises
    ------
    RefusedSample
        VER007 where the reader does not open the archived file.
    """
    dump = sample.dump
    speaker = speaker_of(dump, sample.pixels)
    if speaker is None:
        return MetadataDiff(reason=why_silent(dump, sample.pixels))
    clean = MetadataDump.model_validate_json((folder / "sanitised/dump.json").read_bytes())
    log = SanitisationLog.model_validate_json((folder / "sanitised/log.json").read_bytes())
    known = Known(
        allowed=allowed,
        redactions=log.redactions,
        pixels=sample.pixels,
        names=tuple(file.name for file in sample.inventory.files),
        format=sample.inventory.format,
        corrections=next((source.tree for source in dump.sources if source.kind == "correction"), ()),
        # As the source has it and as the policy left it: the archive may have the one or the other.
        disagreements=_renumbered([*_disagreements(dump), *_disagreements(clean)], sample.pixels),
    )
    return diff_documents(
        tree_at(dump.sources, speaker),
        tree_at(clean.sources, speaker),
        archived_tree(path, speaker, readers, listen),
        known,
        reader=speaker.backend,
        version=speaker.version,
    )


def _disagreements(dump: MetadataDump) -> list[dict[str, Any]]:
    """Give what the sources of a dump disagree about; a line that the policy took a part out of says nothing."""
    told = next((source.tree for source in dump.sources if source.kind == "disagreement"), None) or ()
    return [line for line in told if isinstance(line, dict) and line.keys() >= _PARTS]


def _renumbered(disagreements: Sequence[dict[str, Any]], pixels: Pixels) -> Sequence[dict[str, Any]]:
    """Give what sources disagree about by the numbers that images have in the archive, where some were left out."""
    if all(image.source_index is None for image in pixels.images):
        return disagreements
    numbers = {image.of_source: image.index for image in pixels.images}
    known = (line for line in disagreements if line["image"] is None or line["image"] in numbers)
    return [{**line, "image": numbers.get(line["image"], line["image"])} for line in known]


def require_kept(diff: MetadataDiff) -> None:
    """Refuse a sample of which a value is lost or changed, and nothing allows it.

    Raises
    ------
    RefusedSample
        VER007, with the count and the first few.
    """
    if diff.refused:
        first = [line for line in diff.losses if line.rule is None][:_FIRST]
        what = f"{diff.refused} metadata value{'s' if diff.refused > 1 else ''} lost or changed, first "
        raise RefusedSample("VER007", what=what + "; ".join(_said(line) for line in first))


def shortened(diff: MetadataDiff) -> MetadataDiff:
    """Give the diff as the object's own records hold it: of very many losses, the first."""
    left_out = len(diff.losses) - LISTED
    return diff.model_copy(update={"losses": diff.losses[:LISTED], "not_listed": left_out}) if left_out > 0 else diff


def _said(loss: MetadataLoss) -> str:
    where = f"{loss.field} ({loss.place})" if loss.place else loss.field
    if loss.fate == "exposed":
        return f"{where}: a redacted value is in the archive"
    archive = "none" if loss.archive is None else _short(loss.archive)
    return f"{where}: source {_short(loss.source or 'none')}, archive {archive}"


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _LONGEST else f"{one_line[:_LONGEST]}..."
