"""The configuration: one model, checked before any job; every problem is listed at once."""

import os
import sys
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from fixative.archive_profile import ArchiveProfile, OmeTiff, with_profile
from fixative.findings import BadBatch

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout: holds Snakefile, config/ and scripts/."""


class Section(BaseModel):
    """A part of the configuration that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Scan(Section):
    """Keys of ``scan:``."""

    sheet: Path = Path("results/scan/samples.tsv")
    quiet_period_s: float = Field(default=3600, ge=0)


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


class Replica(Section):
    """An entry of ``replicas:``: another tree of the same objects."""

    root: Path
    location: str | None = None
    medium: str | None = None


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


class Report(Section):
    """Keys of ``report:``."""

    title: str = "Fixative batch report"


class Settings(Section):
    """The whole configuration; see ``config/config.yaml`` for what each key means."""

    sheet: Path = Path("config/samples.tsv")
    archive_root: Path = Path("archive")
    vault_root: Path | None = None
    privacy_policy: str = "facility"
    required_metadata: Path | None = Path("config/required_metadata.yaml")
    dataset: str = Field(default="unassigned", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    staging_root: Path | None = None
    keep_original: bool = False
    vault: Vault = Vault()
    source_roots: tuple[Path, ...] = ()
    scan: Scan = Scan()
    shards: Shards = Shards()
    archive_profile: ArchiveProfile = "balanced"
    ome_tiff: OmeTiff = OmeTiff()
    exiftool: str = "auto"
    readers: Readers = Readers()
    bioformats: BioFormats = BioFormats()
    verify: Verify = Verify()
    incomplete: Literal["refuse", "whole_planes"] = "refuse"
    audit: Audit = Audit()
    replicas: tuple[Replica, ...] = ()
    safe_to_delete: SafeToDelete = SafeToDelete()
    permissions: Permissions = Permissions()
    report: Report = Report()

    @model_validator(mode="before")
    @classmethod
    def _profile(cls, config: Any) -> Any:
        """Let the profile choose codec and level."""
        return with_profile(config)

    @field_validator("required_metadata", "vault_root", mode="before")
    @classmethod
    def _none(cls, value: Any) -> Any:
        """Accept what Snakemake makes of ``--config vault_root=null``: a text."""
        return None if value in ("null", "none", "") else value

    @field_validator("replicas", mode="before")
    @classmethod
    def _replicas(cls, value: Any) -> Any:
        """Accept a replica that is only a path, and one without a list."""
        entries = [value] if isinstance(value, (str, dict)) else value
        return [{"root": entry} if isinstance(entry, str) else entry for entry in entries or ()]

    @field_validator("source_roots", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Accept one folder, as ``--config source_roots=/data`` gives it, or several."""
        return [value] if isinstance(value, str) else value


def reader_params(settings: Settings) -> dict[str, Any]:
    """What the rules hand to the jobs that open sources; `stage.reader_options` is its other end."""
    return {
        "order": {fmt: list(backends) for fmt, backends in settings.readers.order.items()},
        "bioformats_jar": str(settings.bioformats.jar) if settings.bioformats.jar else None,
        "whole_planes_only": settings.incomplete == "whole_planes",
        "aicsimageio": str(settings.verify.aicsimageio) if settings.verify.aicsimageio else None,
    }


def load_settings(config: dict[str, Any]) -> Settings:
    """Check Snakemake's config dictionary.

    Raises
    ------
    BadBatch
        With every problem, named by its key.
    """
    try:
        return Settings.model_validate(config)
    except ValidationError as error:
        problems = error.errors()
        lines = [f"configuration: {len(problems)} problem{'s' if len(problems) > 1 else ''}"]
        for problem in problems:
            key = ".".join(str(part) for part in problem["loc"])
            lines.append(f"  {key}: {problem['msg']} (got {problem['input']!r})")
        raise BadBatch("\n".join(lines)) from None


def locate_sheet(sheet: Path) -> Path:
    """Find the sample sheet; see `locate`."""
    return locate(sheet, "sample sheet", "sheet")


def locate(path: Path, what: str, key: str) -> Path:
    """Find a file that the configuration names: in the work folder, where the command was given, in the checkout.

    Snakemake changes into ``--directory`` before it reads the Snakefile, so a relative path that a person
    typed is tried against the folder they typed it in as well.

    Raises
    ------
    BadBatch
        Naming every place that was looked in.
    """
    if path.is_absolute():
        places = [path]
    else:
        folders = [Path.cwd(), *_invocation_folders(), PROJECT]
        places = list(dict.fromkeys(folder / path for folder in folders))
    for place in places:
        if place.is_file():
            return place
    looked = "\n".join(f"  looked for {place}" for place in places)
    raise BadBatch(f"{what} not found: {path}\n{looked}\n  give it with --config {key}=...")


def _invocation_folders() -> list[Path]:
    """Folders the command may have been given in: what Snakemake left, then the shell's."""
    folders = []
    frame = sys._getframe()
    while frame := frame.f_back:  # type: ignore[assignment]
        api = frame.f_locals.get("self")
        handler = getattr(getattr(api, "workflow_api", api), "_workdir_handler", None)
        if (left := getattr(handler, "olddir", None)) is not None:
            folders.append(Path(left))
    if shell := os.environ.get("PWD"):
        folders.append(Path(shell))
    return folders
