"""The codec and SHA-256 alone, on bytes in memory: what no conversion can be cheaper than.

``codec_floor.py SOURCE [ENCODER]`` prints CPU-seconds for the tiles and planes of a TIFF's pages, in all levels:
horizontal difference, compression of every 512 x 512 tile at level 1 (ENCODER: isa-l, libdeflate, zstd), SHA-256 of
every plane. Reading the source, making the smaller levels and cutting tiles are not counted; one thread.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile
from isal import isal_zlib

TILE = 512


def levels_of(plane: np.ndarray) -> list[np.ndarray]:
    """The plane and its halves, means of 2 x 2 pixels, until no edge is longer than a tile."""
    levels = [plane]
    while max(levels[-1].shape[:2]) > TILE:
        height, width = (size // 2 * 2 for size in levels[-1].shape[:2])
        even = levels[-1][:height, :width].astype(np.uint32)
        total = even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]
        levels.append(((total + 2) >> 2).astype(plane.dtype))
    return levels


def tiles_of(level: np.ndarray) -> list[np.ndarray]:
    """Tiles, contiguous and padded with zeros, as they are to be encoded."""
    padding = [(0, -size % TILE) for size in level.shape[:2]] + [(0, 0)] * (level.ndim - 2)
    level = np.pad(level, padding)
    rows, columns = range(0, level.shape[0], TILE), range(0, level.shape[1], TILE)
    return [np.ascontiguousarray(level[y : y + TILE, x : x + TILE]) for y in rows for x in columns]


def main() -> int:
    """Print the CPU-seconds as JSON."""
    source = Path(sys.argv[1])
    encoders = {
        "isa-l": isal_zlib.compress,
        "libdeflate": imagecodecs.deflate_encode,
        "zstd": imagecodecs.zstd_encode,
    }
    encode = encoders[sys.argv[2] if len(sys.argv) > 2 else "isa-l"]
    seconds = {"difference": 0.0, "codec": 0.0, "sha256": 0.0}
    written = 0
    with tifffile.TiffFile(source) as tiff:
        for page in tiff.pages:
            for plane in levels_of(page.asarray()):
                tiles = tiles_of(plane)
                began = time.process_time()
                differences = [imagecodecs.delta_encode(tile, axis=1) for tile in tiles]
                differed = time.process_time()
                written += sum(len(encode(tile, 1)) for tile in differences)
                encoded = time.process_time()
                hashlib.sha256(plane.data).hexdigest()
                digested = time.process_time()
                seconds["difference"] += differed - began
                seconds["codec"] += encoded - differed
                seconds["sha256"] += digested - encoded
    print(json.dumps({**seconds, "bytes": written}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
