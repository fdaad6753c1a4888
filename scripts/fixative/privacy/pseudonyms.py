"""Keyed pseudonyms and date shifts (actions ``P`` and ``S``).

A pseudonym is HMAC-SHA-256 over the domain and the value (NFC, case folded), the first 100 bits in
base32: whoever lacks the key can neither make it nor try names against it (EDPB Guidelines 01/2025).
The key is 32 bytes or more, from a file of mode 0600 or from the environment, and is never written.
"""

import base64
import binascii
import hashlib
import hmac
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.privacy.secrets import folded

SHORTEST_KEY_BYTES = 32
LARGEST_SHIFT_DAYS = 3650
KEY_VARIABLE = "FIXATIVE_PRIVACY_KEY"
KEY_FILE_VARIABLE = "FIXATIVE_PRIVACY_KEY_FILE"


@dataclass(frozen=True)
class Pseudonyms:
    """Makes pseudonyms with one key."""

    key: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        """What the key is known by in records: 8 hexadecimal digits that say nothing else of it."""
        return hmac.new(self.key, b"key-id", hashlib.sha256).hexdigest()[:8]

    def token(self, domain: str, value: str) -> str:
        """Give the pseudonym of a value: the same for the same key, domain and value."""
        digest = self._mac("pseudonym", domain, value)
        return f"{domain}-{base64.b32encode(digest)[:20].decode('ascii').lower()}"

    def days(self, subject: str) -> int:
        """Give the days by which all dates of a subject are shifted: never none."""
        number = int.from_bytes(self._mac("days", "subject", subject)[:8], "big")
        return -(1 + number % LARGEST_SHIFT_DAYS)

    def _mac(self, purpose: str, domain: str, value: str) -> bytes:
        message = "\x00".join(("fixative-1", purpose, domain, folded(value)))
        return hmac.new(self.key, message.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def load_pseudonyms(key_file: Path | None) -> Pseudonyms:
    """Load the key: from the policy's ``key_file``, or as the environment says.

    ``FIXATIVE_PRIVACY_KEY_FILE`` names a file; ``FIXATIVE_PRIVACY_KEY`` is the key in base64 or
    hexadecimal.

    Raises
    ------
    RefusedSample
        SAN003 where there is none, it is too short, or others may read its file.
    """
    named = key_file or (Path(os.environ[KEY_FILE_VARIABLE]) if os.environ.get(KEY_FILE_VARIABLE) else None)
    if named is not None:
        key = _from_file(named)
    elif os.environ.get(KEY_VARIABLE):
        key = _decoded(os.environ[KEY_VARIABLE])
    else:
        raise RefusedSample(
            "SAN003", reason=f"pseudonyms need a key: set {KEY_FILE_VARIABLE} or the policy's `key_file`"
        )
    if len(key) < SHORTEST_KEY_BYTES:
        raise RefusedSample(
            "SAN003", reason=f"key too short: expected {SHORTEST_KEY_BYTES} bytes or more, found {len(key)}"
        )
    return Pseudonyms(key)


def _from_file(path: Path) -> bytes:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise RefusedSample("SAN003", reason=f"key file may be read by others: expected 0600, found {mode:04o}")
        return path.read_bytes()
    except OSError as error:
        raise RefusedSample("SAN003", reason=f"key file cannot be read: {error.strerror}") from error


def _decoded(text: str) -> bytes:
    for decode in (bytes.fromhex, lambda value: base64.b64decode(value, validate=True)):
        try:
            return decode(text.strip())
        except (ValueError, binascii.Error):
            continue
    raise RefusedSample("SAN003", reason=f"{KEY_VARIABLE}: expected base64 or hexadecimal")
