"""Members of a file set, found by the names that files use for each other.

Such names are hostile until proven otherwise: they stand in files that came from anywhere, and what they
name is read, digested and archived.
"""

import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from fixative.findings import RefusedSample

MAX_MEMBERS = 1_000_000


class Folder:
    """A folder in which the members of one file set are looked for, and nowhere else.

    Names match whatever the case of their letters, as on the Windows machine that wrote them; an exact match
    wins. Backslashes separate folders.

    Parameters
    ----------
    path : Path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listings: dict[Path, dict[str, list[str]]] = {}

    @cached_property
    def _root(self) -> str:
        return os.path.realpath(self.path)

    def member(self, name: str) -> Path:
        """Find the file that ``name`` names.

        Raises
        ------
        RefusedSample
            INV005 where the name leads out of the folder, INV006 where there is no such file.
        """
        found = self.find(name)
        if found is None:
            raise RefusedSample("INV006", name=base_name(name))
        return found

    def find(self, name: str) -> Path | None:
        """Like `member`, but None where there is no such file."""
        place = self.path
        for part in _parts(name):
            actual = self._match(place, part)
            if actual is None:
                return None
            place = place / actual
        return self.inside(place) if place.is_file() else None

    def subfolder(self, name: str) -> Path | None:
        """Find a folder directly below, or None."""
        actual = self._match(self.path, name)
        if actual is None or not (self.path / actual).is_dir():
            return None
        return self.inside(self.path / actual)

    def matching(self, pattern: str) -> Iterator[tuple[Path, re.Match[str]]]:
        """Files directly in the folder whose whole name matches, case ignored, sorted."""
        expression = re.compile(pattern, re.IGNORECASE)
        for names in self._listing(self.path).values():
            for name in names:
                match = expression.fullmatch(name)
                if match and (self.path / name).is_file():
                    yield self.inside(self.path / name), match

    def inside(self, path: Path) -> Path:
        """Return ``path``, or refuse it when a symbolic link leads it out of the folder.

        Raises
        ------
        RefusedSample
            INV005.
        """
        real = os.path.realpath(path)
        if real != self._root and not real.startswith(self._root.rstrip("/") + "/"):
            raise RefusedSample("INV005", reason="a file of the set is a link that leaves its folder")
        return path

    def _match(self, folder: Path, name: str) -> str | None:
        names = self._listing(folder).get(name.casefold(), [])
        return name if name in names else (names[0] if names else None)

    def _listing(self, folder: Path) -> dict[str, list[str]]:
        """Names in a folder by their case-folded form, sorted; listed once."""
        if folder not in self._listings:
            listing: dict[str, list[str]] = {}
            if folder.is_dir():
                for name in sorted(os.listdir(folder)):  # noqa: PTH208  Path.iterdir is slow on large folders
                    listing.setdefault(name.casefold(), []).append(name)
            self._listings[folder] = listing
        return self._listings[folder]


def tree(root: Path, folder: Path) -> list[Path]:
    """Every file below ``folder``, sorted; a link that leaves ``root`` is refused.

    Raises
    ------
    RefusedSample
        INV005 for such a link, or for more files than any set has.
    """
    guard, files = Folder(root), []
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in [*folders, *names]:
            if Path(place, name).is_symlink():
                guard.inside(Path(place, name))
        files += [Path(place, name) for name in names]
        if len(files) > MAX_MEMBERS:
            raise RefusedSample("INV005", reason=f"more than {MAX_MEMBERS} files in one set")
    return sorted(files)


def base_name(name: str) -> str:
    """Last part of a name that may use either kind of separator; control characters shown as `?`."""
    return "".join(letter if letter.isprintable() else "?" for letter in re.split(r"[\\/]", name.rstrip("\\/"))[-1])


def _parts(name: str) -> list[str]:
    """Split a relative name into its parts; refuse one that is not relative, or climbs."""
    parts = [part for part in re.split(r"[\\/]", name) if part not in ("", ".")]
    if re.match(r"[\\/]|[A-Za-z]:|\w+://", name) or ".." in parts or "\0" in name or not parts:
        raise RefusedSample("INV005", reason="a file of the set is named outside its folder")
    return parts
