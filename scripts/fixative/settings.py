"""The configuration: one model, checked before any job; every problem is listed at once."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from fixative.agents import Provenance
from fixative.archive_profile import ArchiveProfile, OmeTiff, with_profile
from fixative.findings import BadBatch
from fixative.nightly.options import Notify
from fixative.remote.address import is_remote
from fixative.sections import (
    Audit,
    BioFormats,
    Curation,
    Deposit,
    Identifiers,
    Permissions,
    Readers,
    Remote,
    Replica,
    Report,
    SafeToDelete,
    Scan,
    Section,
    Shards,
    Vault,
    Verify,
)


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
    only: tuple[str, ...] | None = Field(default=None, description="samples, codes of findings, or `failed`")
    disk_reserve_bytes: int | None = Field(default=None, ge=0, description="null: 1 % of the disk, at most 10 GB")
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
    remote: Remote = Remote()
    audit: Audit = Audit()
    replicas: tuple[Replica, ...] = ()
    replicate_nightly: bool = False
    safe_to_delete: SafeToDelete = SafeToDelete()
    permissions: Permissions = Permissions()
    provenance: Provenance = Provenance()
    repository: str | None = Field(default=None, description="that a deposit is made for")
    to: Path | None = Field(default=None, description="folder that a deposit becomes")
    deposit: Deposit = Deposit()
    curation: Curation = Curation()
    identifiers: Identifiers = Identifiers()
    report: Report = Report()
    notify: Notify = Notify()
    live: Literal["auto", "never"] = "auto"

    @model_validator(mode="before")
    @classmethod
    def _profile(cls, config: Any) -> Any:
        """Let the profile choose codec and level."""
        return with_profile(config)

    @field_validator("archive_root", "vault_root", "staging_root", mode="before")
    @classmethod
    def _here(cls, value: Any) -> Any:
        """Refuse remote storage where a folder is needed: an object takes its name by a rename."""
        if is_remote(value):
            raise ValueError("must be a folder of this machine; remote storage is for sources and `replicas`")
        return value

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

    @field_validator("only", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        """Accept names in one text, as ``--config only=A,B`` gives them; a number is a name as well."""
        if value in (None, "null", "none", ""):
            return None
        names = value if isinstance(value, (list, tuple)) else str(value).split(",")
        return [str(name).strip() for name in names if str(name).strip()]

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
