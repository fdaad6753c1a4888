"""Known differences between readers that are no disagreement, as data: one table, each with its reason.

A rule turns an image as one witness sees it into the image that the other reader sees. Rules about the layout may
apply to any reader: the pixels must agree all the same. A rule that changes values names the witness and the formats
it is for. What no rule explains stays a finding.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations

from fixative.pixel_models import ImagePixels
from fixative.witness import layouts, values
from fixative.witness.seen import Seen, shape_of

MOST_RULES = 2
"""Rules that are tried one after the other on one image."""


@dataclass(frozen=True)
class Rule:
    """One known difference."""

    name: str
    reason: str
    adapt: Callable[[Seen, ImagePixels], Iterator[Seen]]
    """The image after the rule, in every way it can apply."""
    witnesses: frozenset[str] = frozenset()
    """Backends it is for; empty: all."""
    formats: frozenset[str] = frozenset()
    """Keys of formats it is for; empty: all."""
    only_if: str | None = None
    """What must be true of the source: one of `fixative.witness.said.conditions`."""


def views(seen: Seen, image: ImagePixels, witness: str, fmt: str, said: frozenset[str]) -> Iterator[Seen]:
    """Every way in which rules make an image of the witness one of the archived image's shape, fewest rules first."""
    rules = [rule for rule in RULES if _is_for(rule, witness, fmt, said)]
    for number in range(MOST_RULES + 1):
        for chain in permutations(rules, number):
            yield from (view for view in _through(seen, image, chain) if view.shape == shape_of(image))


def _through(seen: Seen, image: ImagePixels, chain: tuple[Rule, ...]) -> Iterator[Seen]:
    if not chain:
        yield seen
        return
    for view in chain[0].adapt(seen, image):
        yield from _through(view.named(chain[0].name), image, chain[1:])


def _is_for(rule: Rule, witness: str, fmt: str, said: frozenset[str]) -> bool:
    return (
        (not rule.witnesses or witness in rule.witnesses)
        and (not rule.formats or fmt in rule.formats)
        and (rule.only_if is None or rule.only_if in said)
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "other-axis",
        "planes of a stack whose file does not name the axis: T to one reader, Z or C to another",
        layouts.other_axis,
    ),
    Rule(
        "flat-list",
        "a reader that does not know the axes lists the planes one after the other, as they stand in the file",
        layouts.flat_list,
    ),
    Rule(
        "samples-as-channels",
        "planar colours are channels to one reader, samples of a pixel to another",
        layouts.samples_as_channels,
    ),
    Rule(
        "planes-as-samples",
        "samples that are no colours are planes to one reader, samples of a pixel to another",
        layouts.planes_as_samples,
    ),
    Rule(
        "grey-as-colours",
        "a GIF whose palette is grey: one sample a pixel to Bio-Formats, red, green and blue to others",
        layouts.grey_as_colours,
        witnesses=frozenset({"bioformats"}),
        formats=frozenset({"gif"}),
    ),
    Rule(
        "part-of-the-channels",
        "channels that mean different things (SciTIFF's mask) are an image of their own here, channels there",
        layouts.part_of_the_channels,
        formats=frozenset({"scitiff"}),
    ),
    Rule(
        "rows-as-slices",
        "an xz scan: Bio-Formats shows each scan as a plane, here Y and X are the specimen's",
        layouts.rows_as_slices,
        formats=frozenset({"lif", "lof", "xlef"}),
    ),
    Rule("bits-as-bytes", "one bit a sample is a byte of 0 and 255, or 0 and 1, to Java and C", values.bits_as_bytes),
    Rule(
        "packed-colours",
        "Gatan's RGB pixels of four bytes are one number to Bio-Formats",
        values.packed_colours,
        witnesses=frozenset({"bioformats"}),
        formats=frozenset({"dm3", "dm4"}),
    ),
    Rule(
        "other-sign",
        "Bio-Formats takes the signed integers of NRRD for unsigned ones; their bits are the same",
        values.other_sign,
        witnesses=frozenset({"bioformats"}),
        formats=frozenset({"nrrd"}),
    ),
    Rule(
        "mirrored-rows",
        "DeltaVision, MRC and MINC count rows from the bottom; Bio-Formats turns them, others keep the order",
        values.mirrored_rows,
        witnesses=frozenset({"bioformats"}),
        formats=frozenset({"dv", "mrc", "minc"}),
    ),
    Rule(
        "inverted",
        "Bio-Formats turns WhiteIsZero and CMYK values of TIFFs round; other readers keep them as stored",
        values.inverted,
        witnesses=frozenset({"bioformats"}),
        only_if="from white",
    ),
    Rule(
        "lossy-decoder",
        "inverse transforms and the enlarging of subsampled colours are not defined to the bit (ITU-T T.83, T.81)",
        values.lossy_decoder,
        only_if="lossy",
    ),
)

PAGES_AS_IMAGES = "a stack whose pages are images of their own to the other reader"
"""Reason of the one rule that takes several images of a witness together, ``pages-as-images`` (`layouts.stacked`)."""

NOT_HEARD: dict[tuple[str, str], str] = {
    ("fits", "bioformats"): "takes the binary table of a tile-compressed image for the image",
}
"""(format, witness) to the reason why that reader is not asked about that format."""

NO_COMPLEX = {"bioformats": "it has no complex numbers", "openslide": "it has no complex numbers"}
"""Witness to the reason why it is not asked about images of complex numbers."""

NO_LUMA_CHROMA = {"bioformats": "it turns luma and chroma into red, green and blue"}
"""Witness to the reason why it is not asked about films that store luma and chroma."""
