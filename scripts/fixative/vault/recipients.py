"""Whom the vault is encrypted to: Crypt4GH public keys (https://samtools.github.io/hts-specs/crypt4gh.pdf)."""

import base64
import binascii
import io
import os
from pathlib import Path

from fixative.vault.crypt4gh_log import quiet

KEY_BYTES = 32
LARGEST_FILE_BYTES = 4096
BEGIN, END = b"-----BEGIN CRYPT4GH PUBLIC KEY-----", b"-----END CRYPT4GH PUBLIC KEY-----"


class BadRecipient(Exception):
    """No Crypt4GH public key."""


def read_recipient(path: Path) -> bytes:
    """Read a public key.

    The package's own reader takes whatever stands in a file whose first line holds ``CRYPT4GH``: a private key too.

    Raises
    ------
    BadRecipient
        Where it cannot be read, is something else, or nothing can be encrypted to it.
    """
    try:
        with path.open("rb") as stream:
            lines = stream.read(LARGEST_FILE_BYTES).split()
    except OSError as error:
        raise BadRecipient(error.strerror or type(error).__name__) from None
    if b"PRIVATE" in lines:
        raise BadRecipient("a private key: it must not lie here; name the public one")
    text = b" ".join(lines)
    if not (text.startswith(BEGIN) and text.endswith(END)):
        raise BadRecipient("no Crypt4GH public key")
    try:
        key = base64.b64decode(text[len(BEGIN) : -len(END)].strip(), validate=True)
    except binascii.Error:
        raise BadRecipient("no Crypt4GH public key: not base64") from None
    if len(key) != KEY_BYTES:
        raise BadRecipient(f"no Crypt4GH public key: expected {KEY_BYTES} bytes, found {len(key)}")
    _try(key)
    return key


def _try(key: bytes) -> None:
    """Encrypt nothing to a key: points with which every secret would be the same are refused by the library."""
    quiet()
    from crypt4gh.lib import encrypt

    try:
        encrypt([(0, os.urandom(KEY_BYTES), key)], io.BytesIO(), io.BytesIO())
    except (ValueError, RuntimeError, SystemError):
        raise BadRecipient("no Crypt4GH public key: nothing can be encrypted to it") from None
