"""Entries of a vault, and key pairs, for tests."""

import base64
import io
import os
import stat
from contextlib import contextmanager
from pathlib import Path

from crypt4gh import sodium
from crypt4gh.lib import decrypt

from fixative.models import SourceFile
from fixative.vault.entry import Content, keep_entry
from sources import source_file

NAME = "0123456789abcdef-01234567"


def key_pair() -> tuple[bytes, bytes]:
    """A new private key and its public one."""
    private = os.urandom(32)
    return private, bytes(sodium.derive_pk(private))


def public_key_file(path: Path, key: bytes, what: str = "PUBLIC") -> Path:
    """Write a public key as crypt4gh-keygen does."""
    text = base64.b64encode(key).decode()
    path.write_text(f"-----BEGIN CRYPT4GH {what} KEY-----\n{text}\n-----END CRYPT4GH {what} KEY-----\n")
    return path


def decrypted(path: Path, private: bytes) -> bytes:
    """Read a file of the vault as a recipient does."""
    plain = io.BytesIO()
    with path.open("rb") as stream:
        decrypt([(0, private, None)], stream, plain)
    return plain.getvalue()


def write_source(path: Path, content: bytes) -> SourceFile:
    """Write a source and take its inventory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return source_file(path)


def content(*originals: tuple[SourceFile, str], **documents: bytes | Path) -> Content:
    """What goes into an entry; ``documents`` by name without ``.json``."""
    named = {f"{name}.json": document for name, document in (documents or {"dump": b"{}\n"}).items()}
    return Content("d", "A", NAME, "how to read it\n", named, originals)


def kept(root: Path, *originals: tuple[SourceFile, str], recipients: tuple[bytes, ...] = (), **documents) -> Path:
    """Write an entry."""
    return keep_entry(root, content(*originals, **documents), recipients)


def modes(root: Path) -> set[tuple[str, int]]:
    """Modes of all folders and files, by what they are."""
    paths = [root, *root.rglob("*")]
    return {("folder" if path.is_dir() else "file", stat.S_IMODE(path.stat().st_mode)) for path in paths}


@contextmanager
def umask(mask: int):
    """Work under another umask."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)
