"""Unpack a package of npm's after checking its digest: ``unpack_verified.py PACKAGE SHA512_BASE64 FOLDER``."""

import base64
import hashlib
import sys
import tarfile
from pathlib import Path


def main(package: str, expected: str, folder: str) -> str | None:
    """Unpack into ``folder``; return what is wrong, or None."""
    found = base64.b64encode(hashlib.sha512(Path(package).read_bytes()).digest()).decode()
    if found != expected:
        return f"{package}: damaged or another: SHA-512 expected {expected}, found {found}"
    with tarfile.open(package) as archive:
        archive.extractall(folder, filter="data")
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
