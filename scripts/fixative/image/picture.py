"""What a thumbnail shows: of which image, how large its pixels are, which channel stands in which colour."""

from typing import TYPE_CHECKING

from fixative.models import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixative.image.ome_tiff import Written
    from fixative.image.thumbnail import Colour


class DrawnChannel(Record):
    """One channel of a thumbnail."""

    name: str | None = None
    """As the sanitised metadata have it."""
    colour: tuple[int, int, int]
    """Red, green, blue at full light."""


class Picture(Record):
    """The legend of a thumbnail (`picture.json`, not published)."""

    image: int | None
    """None where nothing may be shown in small."""
    size_x: int = 0
    """Width of the image in pixels: the thumbnail shows all of it."""
    um_per_px: float | None = None
    """Width of a pixel of the image; None where the source does not state it."""
    channels: tuple[DrawnChannel, ...] = ()
    """Empty for a picture in true colours."""


def picture_of(
    written: "Written",
    ome_xml: bytes,
    colours: "Sequence[Colour | None]",
    per_cm: "Sequence[tuple[float, float] | None]",
) -> Picture:
    """Say what the thumbnail of a written image shows.

    Parameters
    ----------
    colours
        Of its channels, as given to `make_thumbnail`.
    per_cm
        Pixels per centimetre of each image of the file, as `pixels_per_cm` gives them.
    """
    from fixative.image.display import channel_names
    from fixative.image.thumbnail import colours_drawn

    if written.shown is None:
        return Picture(image=None)
    image = written.pixels.images[written.shown]
    scale = per_cm[written.shown]
    drawn = colours_drawn(written.preview, colours)
    names = channel_names(ome_xml, written.shown)
    return Picture(
        image=written.shown,
        size_x=image.size_x,
        um_per_px=10_000 / scale[0] if scale else None,
        channels=tuple(
            DrawnChannel(name=names[number] if number < len(names) else None, colour=colour)
            for number, colour in enumerate(drawn)
        ),
    )
