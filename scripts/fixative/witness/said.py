"""What the source's own metadata say that matters to a comparison: loss, and colours that others convert."""

from collections.abc import Iterator
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
LUMA_CHROMA = ("yuv", "uyvy", "yvyu", "nv")
"""How FFmpeg's names of formats begin that store luma and chroma."""


COUNTED_FROM_WHITE = {0, 5}
"""TIFF PhotometricInterpretation of values that some readers invert: WhiteIsZero and Separated (CMYK)."""


def conditions(fmt: str, dump: MetadataDump) -> frozenset[str]:
    """What is true of the source, by the names that rules use."""
    found = {"lossy": is_lossy(fmt, dump), "from white": _is_counted_from_white(dump)}
    return frozenset(name for name, true in found.items() if true)


def _is_counted_from_white(dump: MetadataDump) -> bool:
    return any(value in COUNTED_FROM_WHITE for value in _values(dump, "tiff", "PhotometricInterpretation"))


def is_lossy(fmt: str, dump: MetadataDump) -> bool:
    """Whether two correct decoders may differ in their last bits."""
    return (
        fmt in LOSSY_FORMATS
        or any(value in LOSSY_TIFF for value in _values(dump, "tiff", "Compression"))
        or any(value in LOSSY_SYNTAXES for value in _values(dump, "dicom", "TransferSyntaxUID"))
    )


def is_luma_chroma(dump: MetadataDump) -> bool:
    """Whether a film stores luma and chroma, which some readers turn into red, green and blue."""
    return any(str(value).startswith(LUMA_CHROMA) for value in _values(dump, "av", "pixel_format"))


def _values(dump: MetadataDump, kind: str, name: str) -> Iterator[Any]:
    """Every value of a name, at any depth, in the trees of a kind."""
    stack = [source.tree for source in dump.sources if source.kind == kind]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            for key, value in node.items():
                if key == name or key.endswith(f":{name}") or key.split(" ")[-1] == name:
                    yield value.get("value") if isinstance(value, dict) and "value" in value else value
                else:
                    stack.append(value)
        elif isinstance(node, list):
            stack += node
