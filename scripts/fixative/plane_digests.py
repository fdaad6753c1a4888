r"""Plane digests: a small format that anybody can recompute with numpy alone (`docs/plane_digests.md`).

SHA-256 over one header line and the plane's samples::

    header = f"fixative-plane-1 {dtype} {size_y} {size_x} {samples}\n"      # ASCII
    sha256(header.encode() + plane.astype(little_endian).tobytes())        # C order: Y, X, samples

``dtype`` is numpy's name (uint8, uint16, float32, complex64, bool ...); a bool sample is one byte, 0 or 1.
The digest does not depend on compression, tiling, byte order or container. The root digest is SHA-256 over
one line ``image level t c z sha256\n`` for every plane of level 0, images in order, T slowest, Z fastest.

The definition is all that writing, the witness and `fixative.verify` share: it has a module outside them all.
"""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from hashlib import _Hash

    from fixative.pixel_models import ImagePixels


def start_plane(dtype: str, size_y: int, size_x: int, samples: int) -> "_Hash":
    """Digest of one plane with its header in it; feed rows with `update_rows`."""
    header = f"fixative-plane-1 {dtype} {size_y} {size_x} {samples}\n"
    return hashlib.sha256(header.encode("ascii"))


def update_rows(digest: "_Hash", rows: "npt.NDArray[np.generic]") -> None:
    """Feed whole rows, shape (n, X) or (n, X, samples), in order from the top of the plane."""
    little = np.ascontiguousarray(rows, dtype=rows.dtype.newbyteorder("<"))
    samples = little.view(np.uint8)
    if rows.dtype == bool:
        # A library may hand out any other byte for true.
        samples = (samples != 0).view(np.uint8)
    digest.update(samples.reshape(-1).data)


def root_digest(images: "Iterable[ImagePixels]") -> str:
    """One digest over the level-0 digests of all images."""
    root = hashlib.sha256()
    for image in images:
        for plane in image.levels[0].planes:
            root.update(f"{image.index} 0 {plane.t} {plane.c} {plane.z} {plane.sha256}\n".encode("ascii"))
    return root.hexdigest()
