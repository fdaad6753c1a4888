"""Every field of an NRRD header as it stands, of which ITK's reader keeps only the geometry.

Notes
-----
https://teem.sourceforge.net/nrrd/format.html
"""

from pathlib import Path

from fixative.trees import decode_text

MOST_BYTES = 16 * 1024 * 1024


def nrrd_header(path: Path) -> dict[str, str]:
    """Fields (``name: value``) and key/value pairs (``name:=value``) up to the blank line; no comments."""
    with path.open("rb") as stream:
        content = stream.read(MOST_BYTES)
    if not content.startswith(b"NRRD"):
        return {}
    found: dict[str, str] = {}
    for raw in content.split(b"\n"):
        line = decode_text(raw.rstrip(b"\r"))
        if not line:
            break
        name, sign, value = line.partition(":=" if ":=" in line and ": " not in line.partition(":=")[0] else ": ")
        if sign and not line.startswith("#"):
            found[name.strip()] = value.strip()
    return found
