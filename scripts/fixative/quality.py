"""The quality checklist: its lines, and what each says. One definition for the report and for `fixative.verify`.

Everything here goes by plain values, as they stand in the records of the work folder and, under the same names, in
the documents of an object. Nothing is read, nothing else of Fixative is imported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

State = Literal["passed", "failed", "noted", "open"]
STATES: tuple[State, ...] = ("passed", "failed", "noted", "open")
"""``noted``: could not be checked, or lacks something, as is told. ``open``: it did not come so far."""

Result = tuple[State, str]

SOURCE = "source complete"
PIXELS = "pixel integrity"
DEPTH = "bit depth"
WITNESS = "witness"
METADATA = "metadata accounted for"
REQUIRED = "metadata completeness"
OME = "OME-XML valid"
SIZE = "file size against source"
PRIVACY = "privacy confirmed"
DIGESTS = "checksums recorded"
CHECKS = (SOURCE, PIXELS, DEPTH, WITNESS, METADATA, REQUIRED, OME, SIZE, PRIVACY, DIGESTS)
"""Names of the lines, in the order in which they are listed."""

CHECKSUMS = "SHA-256 and SHA-512 of every file, SHA-256 of every plane"
OVERHEAD_BYTES, OVERHEAD_PER_PLANE = 65_536, 4_096
"""What an OME-TIFF has besides pixels: OME-XML and directories."""

LEAST_OF_PIXELS = 1 / 1_032
"""No deflate stream is smaller than that; LZW and zstd of real images are not either."""
MOST_OF_PIXELS = 1.02
"""Lossless codecs store what they cannot compress: a little more than the samples, never twice as much."""
LEAST_OF_SOURCE = 0.05
MOST_OF_SOURCE = 1.5
"""Of a source that is not compressed: a third for the levels, and tiles filled up at the edges."""

COMPRESSIONS = {1: "none", 5: "lzw", 8: "deflate", 32946: "deflate", 34712: "jpeg2000", 50000: "zstd"}


@dataclass(frozen=True)
class Check:
    """One line of the checklist."""

    name: str
    state: State
    detail: str


def number_of(value: object) -> int | None:
    """Give a count, or None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(value: object) -> str | None:
    """Give a text that is not empty, or None."""
    return value if isinstance(value, str) and value else None


def counted(number: int | None, what: str) -> str:
    """Give a number with its noun."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def pixel_text(planes: int | None) -> str:
    """Say how many planes were compared."""
    return f"{counted(planes, 'plane')} equal in source and archive" if planes else "no figure recorded"


def witness_line(witness: Mapping[str, Any]) -> Result:
    """Say who read the source a second time. ``witness`` is an `Attestation` as JSON."""
    name = text_of(witness.get("reader"))
    if name is None:
        return "noted", "none was asked" if witness.get("asked") == "none" else "there is none for this source"
    planes = number_of(witness.get("planes")) or 0
    detail = f"{name} {text_of(witness.get('version')) or ''}: {counted(planes, 'plane')} read again"
    if rules := witness.get("rules"):
        detail += f" ({', '.join(text_of(rule) or '' for rule in rules)})"
    if dissents := witness.get("dissents"):
        others = ", ".join(text_of(dissent.get("reader")) or "another" for dissent in dissents)
        return "noted", f"{detail}; {others} saw something else"
    return "passed", detail


def metadata_line(diff: object, keys: str) -> Result:
    """Say what became of each value. ``diff`` is a `MetadataDiff` as JSON, ``keys`` what to say before."""
    if not isinstance(diff, Mapping) or diff.get("reader") is None:
        why = text_of(diff.get("reason")) if isinstance(diff, Mapping) else "not asked for"
        return "noted", f"{keys}; source and archive not compared: {why}"
    refused = number_of(diff.get("refused")) or 0
    return ("noted" if refused else "passed"), f"{keys}; {_values(diff, refused)}"


def _values(diff: Mapping[str, Any], refused: int) -> str:
    """Say what became of each value, as one reader sees source and archive."""
    fates = ", ".join(
        f"{number:,} {fate}"
        for fate in ("kept", "changed", "dropped", "redacted", "added")
        if (number := number_of(diff.get(fate)) or 0) or fate == "kept"
    )
    told = f"{counted(number_of(diff.get('values')) or 0, 'value')} by {text_of(diff.get('reader'))}: {fates}"
    allowed = sum(number_of(count) or 0 for count in (diff.get("allowed") or {}).values())
    if allowed:
        told += f" ({allowed:,} of them for a listed reason)"
    return f"{told}; {refused:,} lost for none" if refused else told


def approval_text(approval: object) -> str:
    """Say who approved the plan, where the policy asks for that. An `Approval` as JSON."""
    if not isinstance(approval, Mapping):
        return ""
    by = f" by {approver}" if (approver := text_of(approval.get("approver"))) else ""
    when = f" on {when[:10]}" if (when := text_of(approval.get("when"))) else ""
    return f"plan approved{by}{when} ({text_of(approval.get('command')) or 'sample sheet'})"


def required_line(checklist: str | None, text: str, missing: Sequence[str]) -> Result:
    """Say what the facility's checklist asks for and lacks; ``text`` is `fixative.report.required.required_text`."""
    if checklist is None:
        return "noted", "nothing is required: no checklist is configured"
    return ("noted" if missing else "passed"), text


def privacy_line(log: Mapping[str, Any], searched: int | None, scanners: Sequence[object] = ()) -> Result:
    """Say what was taken out and looked for. ``log`` is a `SanitisationLog` as JSON."""
    detail = "no figure recorded"
    if searched is not None:
        detail = f"{counted(searched, 'redacted value')} looked for in every public byte"
    if names := [name for name in map(text_of, scanners) if name]:
        detail += f" by {', '.join(names)}"
    if told := _images(log):
        detail += f"; {told}"
    burnt_in = text_of(log.get("burnt_in"))
    if burnt_in in ("stated", "likely"):
        return "noted", f"{detail}; pixels may show text ({burnt_in}: {text_of(log.get('burnt_in_reason'))})"
    return "passed", detail


def _images(log: Mapping[str, Any]) -> str:
    """Say which associated images the policy has left out or blanked."""
    images = [image for image in log.get("images") or () if isinstance(image, Mapping)]
    told = []
    for action, word in (("drop", "left out"), ("blank", "blanked")):
        kinds = [text_of(image.get("kind")) or "?" for image in images if image.get("action") == action]
        if kinds:
            told.append(f"{counted(len(kinds), 'image')} {word} ({', '.join(kinds)})")
    return "; ".join(told)


def depth_text(images: Sequence[Mapping[str, Any]], significant: Mapping[int, int] | None = None) -> str:
    """Say of what type the samples are. ``images`` as in pixels.json; ``significant`` bits by image, where stated."""
    told: dict[str, int] = {}
    for number, image in enumerate(images):
        name = text_of(image.get("dtype")) or "?"
        bits = (significant or {}).get(number)
        told[f"{name}, {bits} bits used" if bits else name] = told.get(name, 0) + 1
    return "; ".join(told) or "no image"


@dataclass(frozen=True)
class Sizes:
    """How many bytes an image takes, in the archive and elsewhere."""

    file: int
    """The archived OME-TIFF."""
    source: int
    """The file set it was made from."""
    level_0: int
    """Samples at full size, not compressed."""
    all_levels: int
    """Samples of all levels, tiles filled up where the layout is known."""
    planes: int
    """Of all levels."""


def sizes_of(images: Sequence[Mapping[str, Any]], *, file: int, source: int, tile_px: int = 1) -> Sizes:
    """Add up what the record of pixels promises.

    Parameters
    ----------
    images
        As in pixels.json.
    tile_px
        Edge of a tile in pixels, where it is known: tiles are filled up at the edges.
    """
    level_0 = levels = planes = 0
    for image in images:
        bits = _bits(str(image.get("dtype"))) * (number_of(image.get("samples")) or 1)
        for level in image.get("levels") or ():
            shape = (number_of(level.get("size_y")) or 0, number_of(level.get("size_x")) or 0)
            count = len(level.get("planes") or ())
            planes += count
            levels += count * -(-prod(-(-size // tile_px) * tile_px for size in shape) * bits // 8)
            if level.get("level") == 0:
                level_0 += count * -(-prod(shape) * bits // 8)
    return Sizes(file=file, source=source, level_0=level_0, all_levels=levels, planes=planes)


def _bits(dtype: str) -> int:
    digits = "".join(character for character in dtype if character.isdigit())
    return int(digits) if digits else 1


def size_line(sizes: Sizes, compression: str | None = None) -> Result:
    """Compare the file's size with the source's, and with what its pixels and compression allow.

    The rule: the file is no larger than its samples of all levels and tiles (with 2 % and the directories), no
    smaller than 1/1,032 of them (all of them where nothing is compressed); and, where the source is not
    compressed itself (90 % of the samples or more), between 5 % and 150 % of the source.
    """
    ratio = sizes.file / sizes.source if sizes.source else 0.0
    told = f"{sizes.file:,} bytes, {ratio:.2f} of the source's {sizes.source:,}"
    if compression:
        told += f" ({compression})"
    overhead = OVERHEAD_BYTES + OVERHEAD_PER_PLANE * sizes.planes
    most = sizes.all_levels * MOST_OF_PIXELS + overhead
    least = sizes.level_0 * (1 if compression == "none" else LEAST_OF_PIXELS)
    if sizes.file > most:
        return "noted", f"{told}; expected at most {most:,.0f}"
    if sizes.file < least:
        return "noted", f"{told}; expected at least {least:,.0f}"
    if sizes.source >= 0.9 * sizes.level_0 > 0 and sizes.source > overhead:
        low, high = LEAST_OF_SOURCE * sizes.source, MOST_OF_SOURCE * sizes.source + overhead
        if not low <= sizes.file <= high:
            return "noted", f"{told}; expected {LEAST_OF_SOURCE} to {MOST_OF_SOURCE} of an uncompressed source"
    return "passed", told
