"""One entry of the vault: what was taken out of one object, written whole or not at all."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO, FileIO
from pathlib import Path

from fixative.files import Digests, fsync_folder
from fixative.findings import RefusedSample
from fixative.models import SourceFile
from fixative.package.discard import discard
from fixative.proven_read import ProvenRead, pour, require_inventoried
from fixative.vault.encrypt import encrypt
from fixative.vault.manifest import ENCRYPTED, MANIFEST, PLAIN_MANIFEST, README, manifest, manifest_findings
from fixative.vault.places import locked, private_file, private_folder, write_private

PARTIAL, REPLACED = ".partial", ".replaced"


@dataclass(frozen=True)
class Content:
    """What goes into an entry."""

    dataset: str
    sample: str
    name: str
    """Of the entry: `entry_name`."""
    readme: str
    documents: Mapping[str, bytes | Path]
    """Bytes, or the file that holds them, by path within the entry."""
    originals: Sequence[tuple[SourceFile, str]] = ()
    """Files of the source, each with its path below ``original/``, which is its public name: that of the file may
    name somebody, and is in the clear even where its content is encrypted."""


def entry_name(fileset_sha256: str, policy_sha256: str) -> str:
    """Name an entry by the source and the policy it speaks of."""
    return f"{fileset_sha256[:16]}-{policy_sha256[:8]}"


def keep_entry(root: Path, content: Content, recipients: Sequence[bytes], *, only_missing: bool = False) -> Path:
    """Write an entry into the vault, in place of what an earlier run wrote of the same source and policy.

    Parameters
    ----------
    root : Path
    content : Content
    recipients : sequence of bytes
        Public keys; none: written as it is.
    only_missing : bool
        Leave an entry that is there and matches its manifest.

    Raises
    ------
    RefusedSample
        VLT001 where it cannot be written, INV007 where an original is not the inventoried one.
    """
    try:
        sample = _sample_folder(root, content)
        with locked(sample):
            recover(sample)
            final = sample / content.name
            if not (only_missing and final.is_dir() and not manifest_findings(final)):
                _write(sample, final, content, recipients)
    except OSError as error:
        # the system's own text names the file, and with it perhaps a person
        raise RefusedSample("VLT001", reason=error.strerror or type(error).__name__) from None
    return final


def recover(sample: Path) -> None:
    """Clear up after killed runs: partial entries go; one that was to be replaced and was not comes back."""
    for left in sorted(sample.glob(f".*{REPLACED}")):
        final = sample / left.name.removeprefix(".").removesuffix(REPLACED)
        if final.exists():
            discard(left)
        else:
            left.rename(final)
    for left in sample.glob(f".*{PARTIAL}"):
        discard(left)
    fsync_folder(sample)


def _sample_folder(root: Path, content: Content) -> Path:
    private_folder(root, "VAULT_ROOT")
    private_folder(root / content.dataset, f"VAULT_ROOT/{content.dataset}")
    return private_folder(root / content.dataset / content.sample, f"VAULT_ROOT/{content.dataset}/{content.sample}")


def _write(sample: Path, final: Path, content: Content, recipients: Sequence[bytes]) -> None:
    partial, replaced = (sample / f".{final.name}{end}" for end in (PARTIAL, REPLACED))
    try:
        private_folder(partial, "a partial entry")
        _fill(partial, content, recipients)
        for place, _, _ in os.walk(partial, topdown=False):
            fsync_folder(Path(place))
    except BaseException:
        discard(partial)
        raise
    if final.exists():
        final.rename(replaced)
    partial.rename(final)
    fsync_folder(sample)
    discard(replaced)


def _fill(partial: Path, content: Content, recipients: Sequence[bytes]) -> None:
    """Write every file of an entry; the manifest last."""
    plain: dict[str, str] = {}
    stored: dict[str, str] = {}
    for path, document in content.documents.items():
        plain[path] = _put(partial, path, document, recipients, stored).sha256
    for file, name in content.originals:
        path = f"original/{name}"
        digests = _put(partial, path, file.path, recipients, stored)
        require_inventoried(file, digests, name)
        plain[path] = digests.sha256
    if recipients:
        # encrypted as well: a digest of few bytes can be tried against guesses
        _put(partial, PLAIN_MANIFEST, manifest(plain), recipients, stored)
    write_private(partial / README, content.readme.encode("utf-8"))
    stored[README] = sha256(content.readme.encode("utf-8")).hexdigest()
    write_private(partial / MANIFEST, manifest(stored))


def _put(
    partial: Path, path: str, document: bytes | Path, recipients: Sequence[bytes], stored: dict[str, str]
) -> Digests:
    """Write one file, encrypted or not, in one read; give the digests of what it holds.

    Raises
    ------
    RefusedSample
        VLT001 where less was read than the file holds.
    """
    name = path + ENCRYPTED if recipients else path
    target = partial / name
    private_folder(target.parent, "a folder of a partial entry")
    with (
        document.open("rb", buffering=0) if isinstance(document, Path) else BytesIO(document) as raw,
        private_file(target) as handle,
        FileIO(handle, "wb", closefd=False) as file,
    ):
        size = os.fstat(raw.fileno()).st_size if isinstance(raw, FileIO) else len(raw.getvalue())
        source, written = ProvenRead(raw), _Digested(file)
        if recipients:
            encrypt(source, written, recipients)
        else:
            pour(source, written)
    if source.digests.bytes != size:
        reason = f"a file was read in part: expected {size} bytes, found {source.digests.bytes}"
        raise RefusedSample("VLT001", reason=reason)
    stored[name] = written.sha256
    return source.digests


class _Digested:
    """Digests what is written to a file."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._digest = sha256()

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Write some, and give how much."""
        count = self._file.write(data)
        self._digest.update(memoryview(data)[:count])
        return count

    @property
    def sha256(self) -> str:
        """Of all that was written."""
        return self._digest.hexdigest()
