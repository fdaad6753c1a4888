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
  with `Search.tiff`.

How it is fast (`fixative.privacy.needles`): 30 values of 6 to 14 letters (90 needles), one thread of a busy
machine, MB of data in a CPU-second:

==================================================================== ============ ==============
way                                                                  random bytes 16-bit noise
==================================================================== ============ ==============
``re`` alternatives with IGNORECASE                                  0.9
``re`` alternatives over lowered bytes                               13
``bytes.find`` of each needle over lowered bytes                     33
three bytes at every fourth place looked up by numpy (this one)      600 to 1,100 120
==================================================================== ============ ==============

16-bit noise between 90 and 125 is the worst case: uncompressed pixels that look like UTF-16 text.
"""

import builtins
import getpass
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from fixative.privacy.needles import Needles
from fixative.privacy.secrets import Secret, folded, reason_not_searched
from fixative.privacy.tiff_gaps import outside_of_pixels
from fixative.privacy.undo import layers

MACHINE_RULE = "machine"
SHORTEST_USER = 3
CHANCE = 1e-6
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
        self._needles = Needles(self.secrets)
        self._hits: dict[Hit, None] = {}

    @property
    def hits(self) -> list[Hit]:
        """Every hit so far, each rule and place once."""
        return list(self._hits)

    def stream(self, where: str, *, opaque: bool = True) -> "Stream":
        """Begin to search a file as it is read: `Stream.update` with each block, then `Stream.finish`."""
        return Stream(self._needles, where, opaque, self._note)

    def bytes(self, where: str, data: bytes) -> None:
        """Search bytes in memory, also with what hides values undone: text as metadata, the rest as pixel data."""
        self._layers(where, data, None)

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
                stream = Stream(self._needles, place, True, self._note, bits / LETTER_BITS)
                stream.update(layer.data)
                stream.finish()

    def text(self, where: str, text: str) -> None:
        """Search a text: a file's name, a line of a log."""
        self.bytes(where, text.encode("utf-8", "surrogatepass"))

    def _note(self, hit: Hit) -> None:
        self._hits[hit] = None


class Stream:
    """One file being searched in a single pass."""

    def __init__(
        self, needles: Needles, where: str, opaque: bool, note: Callable[[Hit], None], unlikely: float = 1.0
    ) -> None:
        """``unlikely``: how many of a needle's bits count, in bytes that are not evenly spread."""
        self._unlikely = unlikely
        self._needles, self._where, self._opaque, self._note = needles, where, opaque, note
        self._tail = b""
        self._bytes = 0
        self._found: dict[tuple[str, int], None] = {}

    def update(self, block: bytes | bytearray | memoryview) -> None:
        """Search the next block."""
        overlap = self._needles.overlap
        data = block if isinstance(block, bytes) else bytes(block)
        if self._tail:
            # what stands across the border of two blocks, without copying either
            whole_so_far = self._bytes == len(self._tail)
            self._search(self._tail + data[:overlap], begins=whole_so_far, ends=False)
        self._search(data, begins=self._bytes == 0, ends=False)
        self._tail = (self._tail + data)[-overlap:] if len(data) < overlap else data[-overlap:]
        self._bytes += len(data)

    def finish(self) -> None:
        """Decide which hits count, now that the stream's length is known."""
        self._search(self._tail, begins=self._bytes == len(self._tail), ends=True)
        self._tail = b""
        for rule, bits in self._found:
            expected = self._bytes * self._needles.count * 2.0 ** (-bits * self._unlikely)
            if not self._opaque or expected <= CHANCE:
                self._note(Hit(rule, self._where))

    def _search(self, data: bytes, *, begins: bool, ends: bool) -> None:
        if self._opaque:
            found = self._needles.find_opaque(data, begins=begins, ends=ends)
        else:
            found = [(rule, 0) for rule in self._needles.find(data, begins=begins, ends=ends)]
        self._found.update(dict.fromkeys(found))


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
