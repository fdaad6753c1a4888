"""The bag: BagIt 1.0 (RFC 8493), https://www.rfc-editor.org/rfc/rfc8493.

Manifests are what ``sha256sum -c`` reads: two spaces, LF. RFC 8493 wants CR, LF and ``%`` encoded in them,
but common tools do not agree on how, so payload paths never hold these characters (`payload_name`).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from fixative.files import Digests, digest_bytes

BAGIT_TXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
# Control characters, what one of the common file systems refuses, and what manifests would have to encode.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f%\\:*?"<>|\ud800-\udfff\u2028\u2029]')


def payload_name(name: str, taken: Iterable[str] = ()) -> str:
    """Turn a POSIX path relative to the source's folder into one that any bag reader and file system takes.

    NFC, no ``%``, no control characters, no way out of the folder; ``_`` stands for what was replaced. A name
    that another one in ``taken`` equals, case aside, gets a number.
    """
    parts = [
        _UNSAFE.sub("_", unicodedata.normalize("NFC", part)).strip().rstrip(" .") or "_"
        for part in name.split("/")
        if part not in ("", ".")
    ]
    clean = "/".join(parts) or "_"
    used = {other.casefold() for other in taken}
    folder, _, last = clean.rpartition("/")
    stem, dot, suffix = last.partition(".")
    number, candidate = 1, clean
    while candidate.casefold() in used:
        number += 1
        candidate = f"{folder}/" * bool(folder) + f"{stem}-{number}{dot}{suffix}"
    return candidate


def tag_files(payload: Mapping[str, Digests], info: Mapping[str, str]) -> dict[str, bytes]:
    """Compose every tag file of a bag.

    Parameters
    ----------
    payload
        Digests by path within the bag (``data/...``).
    info
        Further fields of bag-info.txt, in order; Payload-Oxum is added.

    Returns
    -------
    dict
        Content by file name, in the order in which they may be written.
    """
    octets = sum(digests.bytes for digests in payload.values())
    fields = {**info, "Payload-Oxum": f"{octets}.{len(payload)}"}
    files = {
        "bagit.txt": BAGIT_TXT,
        "bag-info.txt": "".join(f"{name}: {_one_line(value)}\n" for name, value in fields.items()).encode(),
        **_manifests("manifest", payload),
    }
    return files | _manifests("tagmanifest", {name: digest_bytes(content) for name, content in files.items()})


def _manifests(kind: str, digests: Mapping[str, Digests]) -> dict[str, bytes]:
    return {
        f"{kind}-{algorithm}.txt": "".join(
            f"{getattr(digests[path], algorithm)}  {path}\n" for path in sorted(digests)
        ).encode()
        for algorithm in ("sha256", "sha512")
    }


def _one_line(value: str) -> str:
    """Put a value of bag-info.txt on one line: a line break would begin another field."""
    return " ".join(value.split())
