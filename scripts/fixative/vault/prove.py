"""Proof of what stood in a key of an archived object: ``python -m fixative.vault prove``."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixative.models import Redaction
from fixative.privacy.marks import Marks


class CannotProve(Exception):
    """The object, the key or the mapping does not serve."""


@dataclass(frozen=True)
class Proof:
    """What the record of an object says of a value."""

    held: tuple[Redaction, ...]
    """Lines that stand for a value that is exactly this one."""
    undecided: tuple[Redaction, ...]
    """Lines with too many values for a mark each: the vault's mapping decides."""


def prove(folder: Path, key: bytes, value: bytes, mapping: Path | None = None) -> Proof:
    """Say which lines of an object's record of sanitising held exactly this value.

    Parameters
    ----------
    folder : Path
        The object.
    key : bytes
        The vault key.
    value : bytes
        UTF-8. Tried as it is, without a final line break, and as a number where it is one.
    mapping : Path, optional
        ``mapping.json`` of the vault, for lines with more values than have a mark of their own.

    Raises
    ------
    CannotProve
        Where there is no record, or it was made with another key.
    """
    redactions, fileset = _record(folder, Marks(key, "").key_id)
    marks, candidates = Marks(key, fileset), _candidates(value)
    known = _known(mapping, marks, redactions) if mapping else {}
    held, undecided = [], []
    for line in redactions:
        mine = (
            known.get((line.key, line.action, line.rule)) if line.values_hmac_of == "all" else set(line.values_hmac)
        )
        if mine is None:
            undecided.append(line)
        elif any(marks.of(line.key, candidate) in mine for candidate in candidates):
            held.append(line)
    return Proof(tuple(held), tuple(undecided))


def _record(folder: Path, key_id: str) -> tuple[list[Redaction], str]:
    """Read the lines that bear marks, and what they are bound to."""
    try:
        (metadata,), (made,) = (list(folder.glob(f"data/*.ome.tiff.{end}.json")) for end in ("meta", "provenance"))
        log = json.loads(metadata.read_bytes())["sanitisation"]
        provenance = json.loads(made.read_bytes())
        redactions = [Redaction.model_validate(line) for line in log["redactions"]]
        used, fileset = log["hmac_key"], str(provenance["source"]["fileset_sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        raise CannotProve("no object with a record of sanitising") from None
    if used is None:
        raise CannotProve("the object was made without a vault: its record bears no marks")
    if used != key_id:
        raise CannotProve(f"another key: the record was made with {used}, this one is {key_id}")
    return [line for line in redactions if line.values_hmac], fileset


def _candidates(value: bytes) -> list[Any]:
    """Give what the bytes may stand for."""
    try:
        text = value.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise CannotProve("the value is not UTF-8") from None
    bare = text.removesuffix("\n").removesuffix("\r")
    candidates: list[Any] = [text] if text == bare else [text, bare]
    try:
        number = json.loads(bare)
    except ValueError:
        return candidates
    return [*candidates, number] if isinstance(number, int | float) else candidates


def _known(mapping: Path, marks: Marks, redactions: list[Redaction]) -> dict[tuple[str, str, str], set[str]]:
    """Give the marks that stand behind lines with too many values, where the mapping is proven to hold them all."""
    try:
        changes = json.loads(mapping.read_bytes())["changes"]
        by_line: dict[tuple[str, str, str], set[str]] = {}
        for one in changes:
            if one["copied"]:
                continue
            by_line.setdefault((one["line"], one["action"], one["rule"]), set()).add(one["hmac"])
    except (OSError, ValueError, KeyError, TypeError):
        raise CannotProve("no mapping of a vault") from None
    lines = {(line.key, line.action, line.rule): line for line in redactions}
    return {
        which: found
        for which, found in by_line.items()
        if which in lines and lines[which].values_hmac == (marks.over(which[0], found),)
    }
