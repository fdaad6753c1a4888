"""The repositories: what each takes (a table, `repositories.tsv`), and the module that makes its forms."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Literal

from fixative.deposit.dataset import Dataset, PublicFile, Sample
from fixative.deposit.needs import Need
from fixative.findings import RefusedSample

TABLE = Path(__file__).with_name("repositories.tsv")
UPLOAD = "upload"
"""Folder of a package for what is uploaded as it is."""
SUBMISSION = "submission"
"""Folder of a package for forms: what a person types or sends in the repository's own tool."""


@dataclass(frozen=True)
class Limits:
    """What a repository takes."""

    repository: str
    title: str
    public: bool
    max_bytes: int | None = None
    max_file_bytes: int | None = None
    max_files: int | None = None
    ask_bytes: int | None = None
    ask_file_bytes: int | None = None
    licences: tuple[str, ...] = ()
    human: str = ""
    source: str = ""
    read: str = ""
    note: str = ""


@dataclass(frozen=True)
class Placed:
    """A file of an object and where it stands in the package."""

    path: str
    """Within the package, POSIX."""
    sample: Sample
    file: PublicFile

    @property
    def upload(self) -> str:
        """Path within the folder that is uploaded."""
        return self.path.removeprefix(f"{UPLOAD}/")


@dataclass(frozen=True)
class Problem:
    """What a validator has found in a package, as it lies on disk."""

    kind: Literal["files", "metadata"]
    """metadata: a form is not complete or not valid; files: the package itself is wrong."""
    text: str


@dataclass(frozen=True)
class Context:
    """What a validator may use beside the package."""

    empiar_schema: Path | None = None


Documents = Mapping[str, bytes]
"""Content by path within the package."""


@dataclass(frozen=True)
class Kind:
    """How a package for one repository is made and checked."""

    name: str
    needs: tuple[Need, ...]
    place: Callable[[Sample, PublicFile], str | None]
    """Path within `upload` for a file of an object; None where it is left out."""
    documents: Callable[[Dataset, Sequence[Placed]], Documents]
    problems: Callable[[Path, Context], Iterator[Problem]]
    validator: str
    """What `problems` checks with, for a person."""
    to_do: tuple[str, ...] = ()
    """What remains to be done by a person, in order."""


@cache
def limits_table() -> Mapping[str, Limits]:
    """Read the table."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    header = lines[0].split("\t")
    rows = (dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:])
    return {row["repository"]: _limits(row) for row in rows}


def _limits(row: Mapping[str, str]) -> Limits:
    numbers = ("max_bytes", "max_file_bytes", "max_files", "ask_bytes", "ask_file_bytes")
    texts = ("repository", "title", "human", "source", "read", "note")
    return Limits(
        public=row["public"] == "yes",
        licences=tuple(row["licences"].split()),
        **{name: int(row[name]) if row[name] else None for name in numbers},  # type: ignore[arg-type]
        **{name: row[name] for name in texts},  # type: ignore[arg-type]
    )


def kind_of(name: str) -> Kind:
    """Give the module's description of how a package is made.

    Raises
    ------
    RefusedSample
        DEP002 when there is no such repository.
    """
    if name not in limits_table():
        raise RefusedSample("DEP002", repository=name, known=", ".join(limits_table()))
    kind: Kind = import_module(f"fixative.deposit.to_{name}").KIND
    return kind


def record(sample: Sample, file: PublicFile) -> bool:
    """Whether a file is the image or a record of it that a reader elsewhere can use."""
    image = f"{sample.name}.ome.tiff"
    return file.path in (image, *(f"{image}.{kind}.json" for kind in ("meta", "pixels", "provenance")))


def image(sample: Sample, file: PublicFile) -> bool:
    """Whether a file is the archived image."""
    return file.path == f"{sample.name}.ome.tiff"
