"""The sections of the configuration: a model for each; `fixative.settings` puts them together."""

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from fixative.places import PROJECT, invocation_folders
from fixative.remote.address import is_remote


class Section(BaseModel):
    """A part of the configuration that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Scan(Section):
    """Keys of ``scan:``."""

    sheet: Path = Path("results/scan/samples.tsv")
    quiet_period_s: float = Field(default=3600, ge=0)
    memory: bool = True


class Shards(Section):
    """Keys of ``shards:``."""

    max_samples: int = Field(default=64, ge=1)
    max_bytes: int = Field(default=4_000_000_000, ge=1)


class Readers(Section):
    """Keys of ``readers:``."""

    order: dict[str, tuple[str, ...]] = Field(default={}, description="format key to backends, first tried first")

    @field_validator("order")
    @classmethod
    def _known(cls, order: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Refuse formats and backends that do not exist."""
        from fixative.formats import FORMATS
        from fixative.readers.backends import BACKENDS

        for fmt, backends in order.items():
            if fmt not in FORMATS:
                raise ValueError(f"no format {fmt!r}: `make formats` lists them")
            if unknown := [name for name in backends if name not in BACKENDS]:
                raise ValueError(f"no backend {unknown[0]!r}: there are {', '.join(BACKENDS)}")
        return order


class BioFormats(Section):
    """Keys of ``bioformats:``."""

    jar: Path | None = None

    @field_validator("jar")
    @classmethod
    def _there(cls, jar: Path | None) -> Path | None:
        """Refuse a jar that is not there; make its path absolute, as jobs may run elsewhere."""
        if jar is not None and not jar.expanduser().is_file():
            raise ValueError(f"no such file: {jar}")
        return jar.expanduser().absolute() if jar else None


class Verify(Section):
    """Keys of ``verify:``."""

    witness: Literal["none", "independent", "required"] = "independent"
    aicsimageio: Path | None = None
    metadata: Literal["gate", "report", "none"] = "gate"
    allowed_loss: Path = Path("config/allowed_loss.yaml")


class Audit(Section):
    """Keys of ``audit:``."""

    every_days: float = Field(default=90, gt=0)
    share: int | None = Field(default=None, ge=1, description="bytes a night; null: all bytes / every_days")
    sample: int | None = Field(default=None, ge=1, description="check this many copies, chosen at random")
    full: bool = False
    objects: tuple[str, ...] | None = Field(default=None, description="dataset/sample, or patterns: only these")
    max_mb_per_s: float | None = Field(default=None, gt=0)
    decode: bool = False
    modes: bool = True
    location: str | None = Field(default=None, description="where the archive root stands")
    medium: str | None = None

    @field_validator("objects", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Accept one object without a list."""
        return [value] if isinstance(value, str) else value


class Remote(Section):
    """Keys of ``remote:``."""

    transfers: int = Field(default=4, ge=1, le=64, description="files that are moved at once")
    max_mb_per_s: float | None = Field(default=None, gt=0)
    reread: bool = True


class Lock(Section):
    """Key ``lock:`` of a replica on S3: retention of every file that is uploaded (object lock)."""

    mode: Literal["governance", "compliance"]
    days: int = Field(ge=1, le=36500)


class Replica(Section):
    """An entry of ``replicas:``: another tree of the same objects, a folder or a place on remote storage."""

    root: Path | str = Field(description="a path, or rclone:<remote>:<path>")
    location: str | None = None
    medium: str | None = None
    lock: Lock | None = None

    @field_validator("root", mode="before")
    @classmethod
    def _place(cls, value: Any) -> Any:
        """Leave an address as it is written: a path would lose its slashes."""
        return Path(value) if isinstance(value, str) and not is_remote(value) else value


class SafeToDelete(Section):
    """Keys of ``safe_to_delete:``."""

    after_days: float = Field(default=30, ge=0)
    copies: int = Field(default=2, ge=1)
    rehash: bool = False


class Vault(Section):
    """Keys of ``vault:``."""

    originals: bool = False
    recipients: tuple[Path, ...] = ()
    key_file: Path | None = None

    @field_validator("recipients", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Accept one file or several."""
        return [value] if isinstance(value, str) else value


class Permissions(Section):
    """Keys of ``permissions:``."""

    owner: str | None = Field(default=None, min_length=1, description="account that sealed objects are given to")
    group: str | None = Field(default=None, min_length=1, description="group that sealed objects are given to")
    umask: str = Field(default="022", pattern=r"^0?0[0-7][0-7]$", description="octal; the owner is never kept out")

    @field_validator("owner", "group", mode="before")
    @classmethod
    def _none(cls, value: Any) -> Any:
        """Accept what Snakemake makes of ``null`` on the command line: a text."""
        return None if value in ("null", "none", "") else value

    @field_validator("umask", mode="before")
    @classmethod
    def _quoted(cls, value: Any) -> Any:
        """Refuse a number: of 027 YAML makes 23, and Snakemake's command line 27."""
        if not isinstance(value, str):
            raise ValueError('put it in quotes, as in `umask: "027"`')
        return value


class Deposit(Section):
    """Keys of ``deposit:``."""

    link: Literal["auto", "hard", "symlink", "copy"] = "auto"
    allow_incomplete: bool = False
    sheet: Path | None = None
    policies: tuple[str, ...] = ("facility", "hipaa_safe_harbor", "dicom_basic")
    pixels_seen: tuple[str, ...] = Field(default=(), description="samples whose pixels a person has looked at")
    publisher: str | None = None
    empiar_schema: Path | None = None

    @field_validator("policies", "pixels_seen", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Accept one name without a list."""
        return [value] if isinstance(value, str) else value

    @field_validator("sheet", "empiar_schema")
    @classmethod
    def _there(cls, path: Path | None) -> Path | None:
        """Refuse a file that is not there; make its path absolute, as jobs may run elsewhere."""
        if path is None:
            return None
        places = [folder / path.expanduser() for folder in (Path.cwd(), *invocation_folders(), PROJECT)]
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            raise ValueError(f"no such file: {path}")
        return found.absolute()


class Curation(Section):
    """Keys of ``curation:``."""

    require_license: bool = True


class Identifiers(Section):
    """Keys of ``identifiers:``."""

    prefix: str | None = Field(default=None, description="what identifiers are formed behind; none is registered")
    scheme: Literal["doi", "ark"] = "doi"

    @model_validator(mode="after")
    def _of_its_scheme(self) -> "Identifiers":
        """Refuse a prefix that is no DOI or no ARK."""
        form = (
            r"(?:https?://[^/]+/)?10\.\d{4,9}/?" if self.scheme == "doi" else r"(?:https?://[^/]+/)?ark:/?\d{5,9}/?"
        )
        if self.prefix is not None and not re.fullmatch(form, self.prefix):
            known = "https://doi.org/10.1234/" if self.scheme == "doi" else "https://n2t.net/ark:/12345/"
            raise ValueError(f"prefix: expected one of the form {known}")
        return self


class Report(Section):
    """Keys of ``report:``."""

    title: str = "Fixative batch report"
