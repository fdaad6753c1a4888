"""Which source files could be deleted, with the evidence for each; the default answer is no.

Fixative deletes nothing. The list is true of the moment it was made: `judged` says when that was.
"""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from fixative.audit.fixity_log import log_path, read_events
from fixative.audit.history import History, history_of, parse_time
from fixative.audit.options import AuditOptions
from fixative.audit.report import plain
from fixative.audit.roots import Copies, Root, distinct
from fixative.files import FileState, digest_file, write_bytes
from fixative.findings import RefusedSample
from fixative.models import Inventory, Receipt, SampleRow, SourceFile
from fixative.records import read_record

LIST = Path("results/reports/safe_to_delete.tsv")
COLUMNS = (
    "source",
    "safe",
    "reason",
    "sample_id",
    "object",
    "sealed",
    "witness",
    "read_back",
    "good_copies",
    "copies",
    "source_unchanged",
    "original_in_object",
    "bytes",
    "sha256",
    "judged",
)


ON_A_REMOTE = "it lies on remote storage: whether it is still what was archived is not asked there"


@dataclass(frozen=True)
class Evidence:
    """What is known of one source file. ``reason`` is empty where it could be deleted."""

    source: str
    reason: str
    sample_id: str
    object: str = ""
    sealed: str = ""
    witness: str = ""
    read_back: str = ""
    good_copies: int = 0
    copies: str = ""
    source_unchanged: str = ""
    original_in_object: str = ""
    bytes: int | None = None
    sha256: str = ""

    @property
    def safe(self) -> str:
        """The answer."""
        return "no" if self.reason else "yes"


def write_safe_to_delete(work: Path, rows: Sequence[SampleRow], options: AuditOptions, *, now: datetime) -> Path:
    """Write the list of every source file of the sheet; mode 0600, since it holds paths.

    Parameters
    ----------
    work
        The work folder, the one that holds ``results``.
    rows
        The sheet.
    """
    told = judge(work, rows, options, now=now)
    stream = io.StringIO()
    writer = csv.writer(stream, "excel-tab", lineterminator="\n")
    writer.writerow(COLUMNS)
    judged = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    for line in told:
        values = {**{column: getattr(line, column, "") for column in COLUMNS}, "judged": judged}
        writer.writerow(plain(str(values[column] if values[column] is not None else "")) for column in COLUMNS)
    return write_bytes(work / LIST, stream.getvalue().encode("utf-8"), mode=0o600)


def judge(work: Path, rows: Iterable[SampleRow], options: AuditOptions, *, now: datetime) -> list[Evidence]:
    """Judge every source file of the sheet; a file of several samples is safe when each of them says so."""
    told = [line for row in rows for line in _sample(work, row, options, now)]
    against: dict[str, Evidence] = {line.source: line for line in told if line.reason}
    return [
        replace(line, reason=f"sample {against[line.source].sample_id} needs it: {against[line.source].reason}")
        if not line.reason and line.source in against
        else line
        for line in told
    ]


def _sample(work: Path, row: SampleRow, options: AuditOptions, now: datetime) -> Iterator[Evidence]:
    folder = work / "results/samples" / row.sample_id
    receipt, inventory = (
        read_record(Receipt, folder / "sealed.json"),
        read_record(Inventory, folder / "inventory.json"),
    )
    files = inventory.files if inventory else ()
    blank = Evidence(row.origin, "", row.sample_id)
    reason, evidence = _object_evidence(row, receipt, inventory, options, now, blank)
    if row.remote:
        yield replace(evidence, reason=reason or ON_A_REMOTE)
        return
    states = [_unchanged(file, reread=options.safe_to_delete.rehash and not reason) for file in files]
    if inventory and not reason:
        reason = next((f"{file.name}: {told}" for file, (ok, told) in zip(files, states, strict=True) if not ok), "")
        reason = reason or _gained(inventory)
        reason = f"the set is deleted whole or not at all: {reason}" if reason and len(files) > 1 else reason
    if not files:
        yield replace(evidence, reason=reason or "no inventory of its files")
    for file, (_, told) in zip(files, states, strict=True):
        own = reason or _unfit(file.path, options)
        yield replace(
            evidence,
            source=str(file.path),
            reason=own,
            source_unchanged=told,
            bytes=file.bytes,
            sha256=file.sha256,
        )


def _object_evidence(
    row: SampleRow,
    receipt: Receipt | None,
    inventory: Inventory | None,
    options: AuditOptions,
    now: datetime,
    evidence: Evidence,
) -> tuple[str, Evidence]:
    """Judge the object: the first reason against deleting, or none, and what is known."""
    if receipt is None:
        return "not sealed", evidence
    evidence = replace(evidence, object=receipt.object, sealed=receipt.sealed)
    if receipt.source != row.origin or receipt.object != f"{row.dataset}/{row.sample_id}":
        return "the receipt is of another source or object", evidence
    if inventory is None or inventory.fileset_sha256 != receipt.fileset_sha256:
        return "the object was made from other bytes than the inventory lists", evidence
    said = _provenance(options.archive.path / receipt.object, receipt.manifest_sha256)
    history = history_of(*read_events(log_path(options.archive.path, receipt.object)), now=now)
    good = _good_roots(receipt, history, options, now)
    read_back = _read_back(receipt, history, options, good, now)
    evidence = replace(
        evidence,
        witness=_witness(said)[1],
        read_back=read_back.strftime("%Y-%m-%dT%H:%M:%SZ") if read_back else "",
        good_copies=distinct(good, receipt.object),
        copies=" ".join(root.name for root in good),
        original_in_object="yes" if _has_originals(said) else "no",
    )
    return _first_reason(said, receipt, evidence, options, good), evidence


def _first_reason(
    said: dict[str, Any], receipt: Receipt, evidence: Evidence, options: AuditOptions, good: Sequence[Copies]
) -> str:
    safe = options.safe_to_delete
    metadata = said.get("metadata") or {}
    source = said.get("source") or {}
    if not said:
        return "the object is not the one that was sealed, or its provenance cannot be read"
    if source.get("fileset_sha256") != receipt.fileset_sha256:
        return "the object says that it was made from another source"
    if source.get("incomplete") or (source.get("completeness") or {}).get("missing"):
        return "the source was archived incomplete"
    if metadata.get("refused"):
        return f"metadata values lost that nothing allows: {metadata['refused']}"
    if not _witness(said)[0]:
        return "no independent reader has seen the same pixels"
    if options.archive not in good:
        return f"the archive's own copy was not found good within {options.audit.every_days:g} days"
    if not evidence.read_back:
        return f"not read back {safe.after_days:g} days after sealing or later"
    if evidence.good_copies < safe.copies:
        return f"{evidence.good_copies} good copies of {safe.copies}"
    return ""


def _provenance(folder: Path, manifest_sha256: str) -> dict[str, Any]:
    """Read the object's provenance where it is, byte for byte, the one that was sealed; else nothing."""
    path = f"data/{folder.name}.ome.tiff.provenance.json"
    try:
        manifest, content = (folder / "manifest-sha256.txt").read_bytes(), (folder / path).read_bytes()
        if sha256(manifest).hexdigest() != manifest_sha256:
            return {}
        if f"{sha256(content).hexdigest()}  {path}".encode() not in manifest.splitlines():
            return {}
        read = json.loads(content)
    except (OSError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _witness(said: dict[str, Any]) -> tuple[bool, str]:
    witness, pixels = said.get("witness") or {}, said.get("pixels") or {}
    reader, planes = witness.get("reader"), witness.get("planes") or 0
    if not reader:
        return False, "none"
    exact = "" if witness.get("exact", True) else ", within a tolerance"
    told = f"{reader} {witness.get('version') or ''}".strip() + f": {planes} planes{exact}"
    return planes > 0 and planes >= (pixels.get("planes") or 0), told


def _has_originals(said: dict[str, Any]) -> bool:
    files = (said.get("source") or {}).get("files") or []
    return bool(files) and all(isinstance(file, dict) and file.get("path") for file in files)


def _good_roots(receipt: Receipt, history: History, options: AuditOptions, now: datetime) -> list[Copies]:
    """Roots whose copy was found good at its last check, lately, and is the object that was sealed."""
    period = timedelta(days=options.audit.every_days)
    good: list[Copies] = []
    for root in options.roots:
        copy = history.of(root.name)
        checked = copy.last_good(now)
        if copy.state != "good" or checked is None or now - checked > period or root.problem():
            continue
        there = root.holds(f"{receipt.object}/bagit.txt" if isinstance(root, Root) else receipt.object)
        if copy.manifest_sha256 == receipt.manifest_sha256 and there:
            good.append(root)
    return good


def _read_back(
    receipt: Receipt, history: History, options: AuditOptions, good: Sequence[Copies], now: datetime
) -> datetime | None:
    """When the archive's own copy was read back whole, late enough after it was sealed."""
    sealed, read = parse_time(receipt.sealed), history.of(options.archive.name).last_good(now)
    if options.archive not in good or sealed is None or read is None or sealed > now:
        return None
    return read if read - sealed >= timedelta(days=options.safe_to_delete.after_days) else None


def _unchanged(file: SourceFile, *, reread: bool) -> tuple[bool, str]:
    """Whether a source is still what was archived; the inode is not asked, since a remount may change it."""
    try:
        found = FileState.of(file.path)
        if file.path.is_symlink():
            return False, "a symbolic link now"
        if found.bytes != file.bytes:
            return False, "size differs"
        if reread:
            same = digest_file(file.path).sha256 == file.sha256 and FileState.of(file.path) == found
            return same, "same SHA-256" if same else "SHA-256 differs"
    except OSError as error:
        return False, f"cannot be read ({error.strerror})"
    if found.mtime_ns != file.mtime_ns:
        return False, "modification time differs"
    if found.ctime_ns != file.ctime_ns:
        return False, "change time differs; `safe_to_delete.rehash: true` compares its digest"
    return True, "same size and times"


def _gained(inventory: Inventory) -> str:
    """Say when a store that is a folder has gained files since."""
    from fixative.inventory import require_nothing_new

    if inventory.folder is None:
        return ""
    try:
        require_nothing_new(inventory.folder, inventory.files)
    except RefusedSample as refused:
        return refused.message
    except OSError as error:
        return f"its folder cannot be read ({error.strerror})"
    return ""


def _unfit(path: Path, options: AuditOptions) -> str:
    """Say why a path must not stand in the list as one that could be deleted."""
    if not str(path).isprintable() or not path.is_absolute():
        return "its name cannot be written in a table"
    # not Path.resolve, which raises where a link leads to itself
    real = Path(os.path.realpath(path))
    folders = [root.path.resolve() for root in options.roots if isinstance(root, Root)]
    if any(folder in real.parents for folder in folders):
        return "it lies in the archive or in a replica"
    return ""
