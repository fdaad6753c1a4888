"""Encryption to the recipients, proven as far as it can be without their private keys.

Crypt4GH 1.0 (https://samtools.github.io/hts-specs/crypt4gh.pdf): a header with a packet for each recipient, then
segments of 64 KiB, each with nonce and code of authentication. What can be known here: the bytes that went in are
those that were to go in (their digest), and so many came out as must have.
"""

import os
from collections.abc import Sequence

from fixative.findings import RefusedSample
from fixative.proven_read import ProvenRead, Sink, write_all
from fixative.vault.crypt4gh_log import quiet

SEGMENT_BYTES = 65536
SEGMENT_EXTRA_BYTES = 28
"""Nonce (12) and code of authentication (16) of a segment, and of a header packet."""
HEADER_BYTES = 16
PACKET_BYTES = 4 + 4 + 32 + 40 + SEGMENT_EXTRA_BYTES
"""Length, method, the writer's public key, type and method and session key, nonce and code."""


class _Counted:
    """Counts what is written."""

    def __init__(self, target: Sink) -> None:
        self._target = target
        self.bytes = 0

    def write(self, data: bytes | bytearray) -> int:
        write_all(self._target, data)
        self.bytes += len(data)
        return len(data)


def encrypt(source: ProvenRead, target: Sink, recipients: Sequence[bytes]) -> None:
    """Encrypt a stream to its end, to every recipient, with a key pair that nobody keeps.

    Raises
    ------
    RefusedSample
        VLT001 where not as much came out as must have.
    """
    quiet()
    from crypt4gh.lib import encrypt as encrypt_stream

    ours = os.urandom(32)
    counted = _Counted(target)
    encrypt_stream([(0, ours, recipient) for recipient in recipients], source, counted)
    expected = encrypted_bytes(source.digests.bytes, len(recipients))
    rest = source.readinto(bytearray(1))
    if rest or counted.bytes != expected:
        found = "the source goes on" if rest else f"{counted.bytes} bytes"
        raise RefusedSample("VLT001", reason=f"encryption ended early: expected {expected} bytes, found {found}")


def encrypted_bytes(plain_bytes: int, recipients: int) -> int:
    """Size of a Crypt4GH file, by the size of what is in it."""
    segments = -(-plain_bytes // SEGMENT_BYTES)
    return HEADER_BYTES + PACKET_BYTES * recipients + plain_bytes + SEGMENT_EXTRA_BYTES * segments
