"""Resolution levels: which sizes are a level's, and what is asked of a region before it is read."""

from fixative.findings import RefusedSample
from fixative.readers.protocol import ImageInfo


def require_region(info: ImageInfo, level: int, y: int, x: int, height: int, width: int) -> None:
    """Refuse a level that `ImageInfo.levels` does not list, and a region that leaves it.

    Libraries answer such a request with the next level, with an error of their own, or with blanks.

    Raises
    ------
    RefusedSample
        CNV003.
    """
    levels = info.levels or ((info.size_y, info.size_x),)
    where = f"image {info.index} level {level} Y{y} X{x}"
    if not 0 <= level < len(levels):
        raise RefusedSample("CNV003", where=where, expected=f"{len(levels)} levels", found=f"level {level}")
    size_y, size_x = levels[level]
    if min(y, x) < 0 or min(height, width) < 1 or y + height > size_y or x + width > size_x:
        raise RefusedSample(
            "CNV003",
            where=where,
            expected=f"{size_y} rows of {size_x}",
            found=f"{height} rows of {width} from there",
        )


def is_reduced(full: tuple[int, int], before: tuple[int, int], size: tuple[int, int]) -> bool:
    """Whether an image of ``size`` can be a smaller copy of one of ``full``; ``before`` is the level above it.

    One factor must turn ``full`` into ``size``, give or take the pixel that rounding adds or takes.
    """
    if size == before or any(new > old for new, old in zip(size, before, strict=True)):
        return False
    least = max(whole / (part + 1) for whole, part in zip(full, size, strict=True))
    most = min(whole / max(part - 1, 1e-9) for whole, part in zip(full, size, strict=True))
    return least <= most
