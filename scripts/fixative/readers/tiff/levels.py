"""Which reduced copies of a TIFF series are levels of its pyramid: the same planes, stored alike, only smaller."""

from typing import Any

from fixative.readers.levels import is_reduced


def levels_of(series: Any) -> tuple[Any, ...]:
    """Return the series itself and its levels, largest first.

    tifffile takes SubIFDs and tiled pages of a slide for levels by their place in the file. A page of another
    shape (a label, a macro picture), of other samples or of another number of planes is left out here.
    """
    found = [series]
    for level in series.levels[1:]:
        if _stored_alike(series, level) and _is_smaller_copy(series, found[-1], level):
            found.append(level)
    return tuple(found)


def _stored_alike(series: Any, level: Any) -> bool:
    """Whether a plane of the series and of the level are found in the same way."""
    mine, theirs = series.keyframe, level.keyframe
    return (
        len(series._pages) == len(level._pages)
        and mine.dtype == theirs.dtype
        and mine.photometric == theirs.photometric
        and (mine.shaped[0], mine.shaped[1], mine.shaped[4]) == (theirs.shaped[0], theirs.shaped[1], theirs.shaped[4])
    )


def _is_smaller_copy(series: Any, before: Any, level: Any) -> bool:
    full, last, size = ((one.keyframe.imagelength, one.keyframe.imagewidth) for one in (series, before, level))
    # Philips pads levels to whole tiles; its own metadata tell them.
    return series.kind == "philips" or is_reduced(full, last, size)
