"""The search: whether a private value still stands in any public byte.

Values are looked for in UTF-8, Latin-1 and UTF-16 of both byte orders, whatever their case, whole as
`fixative.privacy.secrets.is_whole` says. A hit names the rule and the place, never the value.

Two sensitivities:

* Metadata and text (`Search.bytes`, `Search.tiff`, `Search.stream` with ``opaque=False``): every value of the
  table in `secrets`, the short ones as well. `bytes` and `tiff` also undo XML entities, JSON and percent
  escapes, base64 and zlib.
* Pixel data (``opaque=True``): random bytes hold any short value by chance. A value of *n* letters stands at
  a given byte of random data with a chance of (2/256)^n. A hit counts where the expected number of such
  chance hits in the whole stream, over all needles (values times encodings), is one in a million at most
  (`CHANCE`); values of less than 6 bytes never count. With 30 values, 90 needles: 6 letters count in up to
  49 kB, 7 in 6 MB, 8 in 800 MB, 9 in 100 GB; in UTF-16, 4 letters always. Search the tags of the same file
  with `Search.tiff`, and what its tiles decode to with `Search.streams`: there all planes count as one stream,
  and a value counts beside a letter too, which a pixel is by chance. Samples are read as little-endian bytes, so
  that text put into pixels is found as bytes, as UTF-16 (a letter in each 16-bit sample) and across rows.

How it is fast: 30 values of 5 to 18 letters (90 needles), one thread of a busy machine, MB of data in a CPU-second:

======================================================================== ============ ============
way                                                                      random bytes 16-bit noise
======================================================================== ============ ============
``re`` alternatives with IGNORECASE                                      0.9
``re`` alternatives over lowered bytes                                   13
``bytes.find`` of each needle over lowered bytes                         33
three bytes at every fourth place, by numpy (`needles`: metadata)        1,200        280
four bytes and the next at every fourth place (`words`: pixel data)      760          760
======================================================================== ============ ============

16-bit noise around 105 is the worst case: pixels that look like UTF-16 text, as those of many cameras do.
"""

import builtins
import getpass
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from fixative.privacy.needles import CHANCE, Block, Needles
from fixative.privacy.secrets import Secret, folded, reason_not_searched
from fixative.privacy.tiff_gaps import outside_of_pixels
from fixative.privacy.undo import layers, looks_like_text

MACHINE_RULE = "machine"
SHORTEST_USER = 3
LARGE_BYTES = 32 * 1024 * 1024
BLOCK_BYTES = 4 * 1024 * 1024
LETTER_BITS = 7
LETTER_BITS_BASE64 = 5
"""How unlikely a letter of either case stands at a random byte (2 of 256), and in base64 (2 of 64)."""

_NOBODY = frozenset(("root", "user", "admin", "nobody", "daemon", "runner", "ubuntu", "debian", "vagrant", "docker"))
_NOWHERE = frozenset(("/", "/root", "/home", "/nonexistent", "."))


@dataclass(frozen=True)
class Hit:
    """A private value was found: by which rule it is private, and where it stands."""

    rule: str
    where: str


@lru_cache(maxsize=4)
def _needles(secrets: tuple[Secret, ...]) -> Needles:
    """Make the needles once for searches for the same: samples of one shard share people and machine."""
    return Needles(secrets)


class Search:
    """Looks for the private values of one sample; gathers `hits`.

    Parameters
    ----------
    secrets : iterable of Secret
    machine : bool
        Look for the host name, user name and home folder of this machine too (`machine_secrets`).
    """

    def __init__(self, secrets: Iterable[Secret], machine: bool = True) -> None:
        self.secrets = (*secrets, *(machine_secrets() if machine else ()))
        self._needles = _needles(self.secrets)
        self._hits: dict[Hit, None] = {}

    @property
    def hits(self) -> list[Hit]:
        """Every hit so far, each rule and place once."""
        return list(self._hits)

    def stream(self, where: str, *, opaque: bool = True) -> "Stream":
        """Begin to search a file as it is read: `Stream.update` with each block, then `Stream.finish`."""
        return SoleStream(self._needles, where, opaque, self._note)

    def streams(self, *, opaque: bool = True) -> "Streams":
        """Begin to search several streams of one file, its decoded planes; `Streams.finish` at the end.

        A pixel beside a value may read as a letter: where ``opaque``, a value counts within a longer word too.
        """
        return Streams(self._needles, opaque, self._note, whole=False)

    def bytes(self, where: str, data: bytes) -> None:
        """Search bytes in memory, also with what hides values undone: text as metadata, the rest as pixel data."""
        self._layers(where, data, None)

    def file(self, where: str, path: Path) -> None:
        """Search a file: as `bytes` does up to `LARGE_BYTES`, a larger one, an original that is kept, in one pass.

        Of a large one the beginning says whether it is text, in UTF-8 or Latin-1; else it is taken for pixel data.
        Nothing in it is undone.
        """
        if path.stat().st_size <= LARGE_BYTES:
            self.bytes(where, path.read_bytes())
            return
        with path.open("rb", buffering=0) as opened:
            block = opened.read(BLOCK_BYTES)
            stream = self.stream(where, opaque=b"\0" in block or not looks_like_text(block))
            while block:
                stream.update(block)
                block = opened.read(BLOCK_BYTES)
        stream.finish()

    def tiff(self, where: str, path: Path) -> None:
        """Search a TIFF but for its pixel data as metadata: tags, and whatever lies between tiles."""
        for piece in outside_of_pixels(path):
            self._layers(f"{where}, tags", piece, True)

    def _layers(self, where: str, data: builtins.bytes, is_text: bool | None) -> None:
        for layer in layers(data, is_text=is_text):
            place = f"{where} ({layer.how})" if layer.how else where
            if layer.made_of == "text":
                for rule in self._needles.find(layer.data):
                    self._note(Hit(rule, place))
            else:
                bits = LETTER_BITS if layer.made_of == "bytes" else LETTER_BITS_BASE64
                stream = SoleStream(self._needles, place, True, self._note, bits / LETTER_BITS)
                stream.update(layer.data)
                stream.finish()

    def text(self, where: str, text: str) -> None:
        """Search a text: a file's name, a line of a log."""
        self.bytes(where, text.encode("utf-8", "surrogatepass"))

    def _note(self, hit: Hit) -> None:
        self._hits[hit] = None


class Streams:
    """Streams that belong together, such as the planes of a file: chance is reckoned over the length of all."""

    def __init__(
        self,
        needles: Needles,
        opaque: bool,
        note: Callable[[Hit], None],
        unlikely: float = 1.0,
        whole: bool = True,
    ) -> None:
        """``unlikely``: how many of a needle's bits count, in bytes that are not evenly spread."""
        self._needles, self._opaque, self._note, self._unlikely = needles, opaque, note, unlikely
        self._whole = whole
        self._bytes = 0
        self._found: dict[tuple[str, int], str] = {}
        self._lock = Lock()

    def begin(self, where: str) -> "Stream":
        """Begin one of them; each may be fed by a thread of its own."""
        return Stream(self._needles, where, self._opaque, self._ended, self._whole)

    def _ended(self, where: str, size: int, found: Iterable[tuple[str, int]]) -> None:
        with self._lock:
            self._bytes += size
            for one in found:
                self._found.setdefault(one, where)

    def finish(self) -> None:
        """Decide which hits count, now that the length of all is known."""
        for (rule, bits), where in self._found.items():
            expected = self._bytes * self._needles.count * 2.0 ** (-bits * self._unlikely)
            if not self._opaque or expected <= CHANCE:
                self._note(Hit(rule, where))


class Stream:
    """One file, or one plane, being searched in a single pass."""

    def __init__(
        self,
        needles: Needles,
        where: str,
        opaque: bool,
        ended: Callable[[str, int, Iterable[tuple[str, int]]], None],
        whole: bool,
    ) -> None:
        """``ended``: called with the place, the bytes seen and rule and bits of what stands in them."""
        self._needles, self._where, self._opaque, self._ended = needles, where, opaque, ended
        self._whole = whole
        self._tail = b""
        self._bytes = 0
        self._found: dict[tuple[str, int], None] = {}

    def update(self, block: Block) -> None:
        """Search the next block."""
        overlap = self._needles.overlap
        # Text is lowered to be searched, so it is copied; pixel data is not.
        data = block if self._opaque or isinstance(block, bytes) else bytes(block)
        if self._tail:
            # what stands across the border of two blocks, without copying either
            whole_so_far = self._bytes == len(self._tail)
            self._search(self._tail + bytes(data[:overlap]), begins=whole_so_far, ends=False)
        self._search(data, begins=self._bytes == 0, ends=False)
        self._tail = (self._tail + bytes(data))[-overlap:] if len(data) < overlap else bytes(data[-overlap:])
        self._bytes += len(data)

    def finish(self) -> None:
        """Search the end, and hand over what was found."""
        self._search(self._tail, begins=self._bytes == len(self._tail), ends=True)
        self._tail = b""
        self._ended(self._where, self._bytes, self._found)

    def _search(self, data: Block, *, begins: bool, ends: bool) -> None:
        if self._opaque:
            found = self._needles.find_opaque(data, begins=begins, ends=ends, whole=self._whole)
        else:
            found = [(rule, 0) for rule in self._needles.find(bytes(data), begins=begins, ends=ends)]
        self._found.update(dict.fromkeys(found))


class SoleStream(Stream):
    """A stream that is judged by its own length."""

    def __init__(
        self, needles: Needles, where: str, opaque: bool, note: Callable[[Hit], None], unlikely: float = 1.0
    ) -> None:
        self._alone = Streams(needles, opaque, note, unlikely)
        super().__init__(needles, where, opaque, self._alone._ended, True)

    def finish(self) -> None:
        """Search the end, and decide which hits count."""
        super().finish()
        self._alone.finish()


def machine_secrets() -> tuple[Secret, ...]:
    """Give what would tell on which machine this ran: host name, user name, home folder.

    Left out are what says nothing: a host name of the table in `secrets` (too short, a common word), a user
    name shorter than 3 characters, of that table's common words or such as ``root``, and the home ``/root``.
    """
    names = []
    host = socket.gethostname()
    names += [name for name in dict.fromkeys((host, host.split(".")[0])) if reason_not_searched(name) is None]
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    specific = reason_not_searched(user) in (None, "too short")
    if len(user) >= SHORTEST_USER and folded(user) not in _NOBODY and specific:
        names.append(user)
    try:
        home = str(Path.home())
    except RuntimeError:
        home = "/"
    if home not in _NOWHERE:
        names.append(home)
    return tuple(Secret(MACHINE_RULE, name) for name in names)
