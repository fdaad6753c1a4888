"""One read of an archived TIFF from beginning to end, in which everything that needs its bytes gets them.

Each block feeds both digests of the file and the search for private values; the tiles in it (strips too are called
so here) are decoded and put together to bands of rows, which feed the digests of their planes. Tiles that lie in an
order for which a few bands do not suffice are read one by one in a second pass instead.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256, sha512
from typing import IO, TYPE_CHECKING, Any

from fixative.files import Digests
from fixative.findings import RefusedSample
from fixative.page_cache import ReadBehind
from fixative.plane_digests import start_plane, update_rows
from fixative.verify.bands import Band, BandTracker, Segments, can_stream, empty_band
from fixative.verify.expectation import PlaneLevel
from fixative.verify.tiff_structure import wrong
from fixative.verify.tiles import BadTile, Samples, decode_tile
from fixative.verify.watch import Watch

if TYPE_CHECKING:
    from hashlib import _Hash

BLOCK_BYTES = 8 * 1024 * 1024
DECODED_BYTES = 32 * 1024 * 1024
"""Most that the tiles of one block may decode to: empty tiles compress a thousandfold."""

TASK_BYTES = 1024 * 1024

Observe = Callable[[bytes], object]
Tile = tuple[int, int, bytes | memoryview]
"""Index of the plane, of the tile in it, and the tile as it lies in the file."""

Span = tuple[int, int]
"""First byte and number of bytes of a tile within a block."""


class OneRead:
    """Reads blocks; decodes and digests in ``pool``, one block's work at a time while the next is read."""

    def __init__(self, stream: IO[bytes], pool: ThreadPoolExecutor, observe: Observe | None, watch: Watch) -> None:
        self._stream, self._pool, self._observe, self._watch = stream, pool, observe, watch
        self._handle = stream.fileno()
        self._bytes = os.fstat(self._handle).st_size
        self._behind = ReadBehind(self._handle, self._bytes)
        self._sha256, self._sha512, self._position = sha256(), sha512(), 0
        self.problems: list[RefusedSample] = []
        self._bands: dict[Band, Samples] = {}
        self._digests: dict[int, _Hash] = {}
        self._damaged: dict[int, str] = {}

    def digests(self) -> Digests:
        """Digests of the file, once it was read."""
        return Digests(self._position, self._sha256.hexdigest(), self._sha512.hexdigest())

    def run(self, planes: list[PlaneLevel]) -> None:
        """Read the file and compare ``planes``."""
        self._planes, self._tracker = planes, BandTracker(planes)
        blocks: Iterator[tuple[bytes | None, list[Tile], list[Span]]] = self._sequential(None)
        if planes:
            segments = Segments.of(planes)
            ordered = segments.in_file_order()
            streamed = can_stream(ordered, planes)
            blocks = self._sequential(ordered) if streamed else self._two_passes(segments)
        pending: list[Future[None]] = []
        ready: list[Band] = []
        for block, tiles, shown in blocks:
            _wait(pending)
            # What the block before has completed is digested while this one is decoded.
            pending = self._submit_digests(ready)
            if block is not None:
                self._position += len(block)
                pending.append(self._pool.submit(self._sha512.update, block))
                pending.append(self._pool.submit(self._sha256.update, block))
            ready = self._submit_tiles(tiles, pending)
            if block is not None and self._observe:
                self._observe(_without(block, shown))
            self._behind.reached(self._position)
        self._behind.finish()
        _wait(pending)
        _wait(self._submit_digests(ready))
        if self._position != self._bytes:
            self.problems.append(wrong(f"{self._bytes} bytes", f"{self._position}: the file changed"))

    def _sequential(self, segments: Segments | None) -> Iterator[tuple[bytes | None, list[Tile], list[Span]]]:
        """Blocks of the file in order, with the tiles that lie in them whole, and where those shown decoded lie."""
        rows = iter(()) if segments is None else segments.rows()
        upcoming = next(rows, None)
        start = 0
        while start < self._bytes:
            end = min(start + BLOCK_BYTES, self._bytes)
            inside = []
            decoded = 0
            while upcoming and upcoming[2] < end:
                if decoded >= DECODED_BYTES:
                    end = upcoming[2]
                    break
                # A tile that begins in this block is read whole with it.
                end = max(end, upcoming[2] + upcoming[3])
                decoded += self._planes[upcoming[0]].directory.layout.tile_bytes
                inside.append(upcoming)
                upcoming = next(rows, None)
            block = self._read(end - start)
            view = memoryview(block)
            tiles: list[Tile] = [(plane, tile, view[at - start :][:count]) for plane, tile, at, count in inside]
            shown = [(at - start, n) for plane, _, at, n in inside if self._watch.shows_all(self._planes[plane])]
            yield block, tiles, shown
            if len(block) < end - start:
                return
            start = end

    def _two_passes(self, segments: Segments) -> Iterator[tuple[bytes | None, list[Tile], list[Span]]]:
        """Blocks of the file in order, then the tiles in the order of their planes."""
        yield from self._sequential(None)
        tiles: list[Tile] = []
        size = 0
        for plane, tile, offset, count in segments.rows():
            tiles.append((plane, tile, os.pread(self._handle, count, offset)))
            size += max(count, self._planes[plane].directory.layout.tile_bytes)
            if size >= DECODED_BYTES:
                yield None, tiles, []
                tiles, size = [], 0
        yield None, tiles, []

    def _read(self, count: int) -> bytes:
        """Read ``count`` bytes, fewer only at the end of the file."""
        block = self._stream.read(count)
        while len(block) < count and (more := self._stream.read(count - len(block))):
            block += more
        return block

    def _submit_tiles(self, tiles: list[Tile], pending: list[Future[None]]) -> list[Band]:
        """Queue tiles for decoding, many small ones at once; returns the bands they complete."""
        ready: list[Band] = []
        task: list[Tile] = []
        size = 0
        for plane, tile, data in tiles:
            layout = self._planes[plane].directory.layout
            band = (plane, tile // layout.tiles_across)
            if band not in self._bands:
                self._bands[band] = empty_band(self._planes[plane], band[1])
            ready += self._tracker.arrive(plane, tile)
            task.append((plane, tile, data))
            size += layout.tile_bytes
            if size >= TASK_BYTES:
                pending.append(self._pool.submit(self._decode, task))
                task, size = [], 0
        if task:
            pending.append(self._pool.submit(self._decode, task))
        return ready

    def _decode(self, tiles: list[Tile]) -> None:
        for plane, tile, data in tiles:
            layout = self._planes[plane].directory.layout
            row, column = divmod(tile, layout.tiles_across)
            band = self._bands[plane, row]
            left = column * layout.tile_x
            place = band[:, left : left + layout.tile_x]
            try:
                decoded = decode_tile(data, layout, layout.stored_rows(row))
                place[...] = decoded[: place.shape[0], : place.shape[1]]
            except BadTile as error:
                place[...] = 0
                self._damaged.setdefault(plane, f"tile {tile} does not decode ({error})")

    def _submit_digests(self, ready: list[Band]) -> list[Future[None]]:
        """Queue complete bands, those of one plane together and in order."""
        by_plane: dict[int, list[tuple[int, Samples]]] = {}
        for plane, row in ready:
            by_plane.setdefault(plane, []).append((row, self._bands.pop((plane, row))))
        return [self._pool.submit(self._digest, plane, bands) for plane, bands in by_plane.items()]

    def _digest(self, index: int, bands: list[tuple[int, Samples]]) -> None:
        plane = self._planes[index]
        layout = plane.directory.layout
        if bands[0][0] == 0:
            self._digests[index] = start_plane(layout.dtype, layout.size_y, layout.size_x, layout.samples)
        digest = self._digests[index]
        for _, band in bands:
            update_rows(digest, band)
        self._watch.see(index, plane, bands)
        if bands[-1][0] == layout.tiles_down - 1:
            del self._digests[index]
            found = self._damaged.get(index, digest.hexdigest())
            if found != plane.sha256:
                where = plane.where
                self.problems.append(RefusedSample("VER001", where=where, expected=plane.sha256, found=found))


def _wait(pending: list[Future[Any]]) -> None:
    for future in pending:
        future.result()


def _without(block: bytes, spans: list[Span]) -> bytes:
    """Leave spans, in order, out of a block."""
    if not spans:
        return block
    edges = [0, *(edge for at, count in spans for edge in (at, at + count)), len(block)]
    return b"".join(block[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))
