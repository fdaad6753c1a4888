"""Whether a source's pixels are compressed with loss, by its own tags."""

from typing import Any

from fixative.models import MetadataDump

LOSSY_TIFF = {6, 7, 22610, 33003, 33004, 33005, 33007, 34892, 34933, 34934, 50001, 50002}
"""TIFF Compression values whose decoding is not defined to the bit: JPEG, JPEG 2000 (lossy or not), WebP, JPEG XR."""
LOSSY_FORMATS = {"jpeg", "jp2", "j2k", "webp"}
LOSSY_SYNTAXES = (
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.91",
)
"""DICOM transfer syntaxes (PS3.5, 10): JPEG baseline and extended, JPEG-LS and JPEG 2000 near-lossless."""


def is_lossy(fmt: str, dump: MetadataDump) -> bool:
    """Whether two correct decoders may differ in their last bits."""
    if fmt in LOSSY_FORMATS:
        return True
    for source in dump.sources:
        if source.kind == "tiff" and any(value in LOSSY_TIFF for value in _values(source.tree, "Compression")):
            return True
        if source.kind == "dicom" and any(
            value in LOSSY_SYNTAXES for value in _values(source.tree, "TransferSyntaxUID")
        ):
            return True
    return False


def _values(tree: Any, name: str) -> list[Any]:
    """Every value of a name, at any depth."""
    found: list[Any] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            for key, value in node.items():
                if key == name or key.endswith(f":{name}") or key.split(" ")[-1] == name:
                    found.append(value.get("value") if isinstance(value, dict) and "value" in value else value)
                else:
                    stack.append(value)
        elif isinstance(node, list):
            stack += node
    return found
