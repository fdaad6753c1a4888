"""The manifest of an entry: what ``sha256sum -c`` reads; and whether the entry is still what it says."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from fixative.files import digest_file

MANIFEST, PLAIN_MANIFEST, README = "manifest-sha256.txt", "manifest-plain-sha256.txt", "README.txt"
ENCRYPTED = ".c4gh"


def manifest(digests: Mapping[str, str]) -> bytes:
    """Compose a manifest: a line ``sha256  path`` for each file, sorted by path."""
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode("utf-8")


def read_manifest(path: Path) -> dict[str, str]:
    """Read a manifest: digest by path.

    Raises
    ------
    ValueError
        Where a line is none of a manifest, or leads out of the entry.
    """
    digests = {}
    for line in path.read_text(encoding="utf-8").removesuffix("\n").split("\n"):
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not name or name.startswith("/") or ".." in name.split("/"):
            raise ValueError("no line of a manifest")
        digests[name] = digest
    return digests


def manifest_findings(entry: Path) -> list[str]:
    """Compare an entry with its manifest; every file is read. Nothing is found where it holds."""
    return list(_findings(entry))


def _findings(entry: Path) -> Iterator[str]:
    try:
        promised = read_manifest(entry / MANIFEST)
    except FileNotFoundError:
        yield f"{MANIFEST}: missing"
        return
    except (ValueError, OSError):
        yield f"{MANIFEST}: cannot be read"
        return
    present = {path.relative_to(entry).as_posix() for path in entry.rglob("*") if not path.is_dir()}
    for name in sorted(present - set(promised) - {MANIFEST}):
        yield f"{name}: not in the manifest"
    for name, digest in sorted(promised.items()):
        path = entry / name
        if not path.is_file() or path.is_symlink():
            yield f"{name}: missing"
        elif digest_file(path).sha256 != digest:
            yield f"{name}: damaged: its digest differs"
