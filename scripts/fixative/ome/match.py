"""Which Image element describes which image of the reader: by name and size, else by position."""

from collections.abc import Sequence

from lxml import etree

from fixative.ome.schema import ome
from fixative.readers.protocol import ImageInfo


def matched(described: Sequence["etree._Element"], images: Sequence[ImageInfo]) -> list["etree._Element | None"]:
    """The Image element of each image, None where none describes it.

    Names decide where they are unique on both sides and fit the sizes no worse than positions do: a reader's
    OME-XML and its scene list may stand in different orders. Then position, where there are as many of one as of
    the other and no other order fits the sizes better; then sizes, in order.
    """
    by_position: list[etree._Element | None] = (
        list(described) if len(described) == len(images) else [None] * len(images)
    )
    by_name = _by_name(described, images)
    by_size: list[etree._Element | None] = [None] * len(images)
    _fill(by_size, described, images)
    if _fits(by_name, images) >= _fits(by_position, images) and any(pair is not None for pair in by_name):
        pairs = by_name
    elif _fits(by_size, images) > _fits(by_position, images):
        pairs = by_size
    else:
        pairs = by_position
    _fill(pairs, described, images)
    return pairs


def _by_name(described: Sequence["etree._Element"], images: Sequence[ImageInfo]) -> list["etree._Element | None"]:
    names = [element.get("Name") for element in described]
    wanted = [image.name for image in images]
    return [
        described[names.index(image.name)]
        if image.name and names.count(image.name) == 1 and wanted.count(image.name) == 1
        else None
        for image in images
    ]


def _fits(pairs: Sequence["etree._Element | None"], images: Sequence[ImageInfo]) -> int:
    """How many pairs agree in width and height."""
    return sum(_same_size(element, image) for element, image in zip(pairs, images, strict=True))


def _same_size(element: "etree._Element | None", image: ImageInfo) -> bool:
    pixels = None if element is None else element.find(ome("Pixels"))
    if pixels is None:
        return False
    return (pixels.get("SizeX"), pixels.get("SizeY")) == (str(image.size_x), str(image.size_y))


def _fill(
    pairs: list["etree._Element | None"],
    described: Sequence["etree._Element"],
    images: Sequence[ImageInfo],
) -> None:
    """Give images without a description the first free one of their size."""
    free = [element for element in described if not any(element is pair for pair in pairs)]
    for place, image in enumerate(images):
        if pairs[place] is not None:
            continue
        fitting = next((element for element in free if _same_size(element, image)), None)
        if fitting is None and len(described) == len(images):
            fitting = next(iter(free), None)
        if fitting is not None:
            pairs[place] = fitting
            free.remove(fitting)
