"""What a deposition is asked for, as the rules hand it to the job."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from fixative.settings import Settings

Link = Literal["auto", "hard", "symlink", "copy"]


class DepositOptions(BaseModel):
    """The settings that a deposition or a curation depends on; paths absolute."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    archive_root: Path
    dataset: str
    repository: str | None = None
    to: Path | None = None
    link: Link = "auto"
    allow_incomplete: bool = False
    sheet: Path | None = None
    policies: tuple[str, ...] = ()
    pixels_seen: tuple[str, ...] = ()
    publisher: str | None = None
    empiar_schema: Path | None = None
    require_license: bool = True
    prefix: str | None = None
    scheme: Literal["doi", "ark"] = "doi"


def deposit_params(settings: "Settings") -> dict[str, Any]:
    """What the rules `make_deposit` and `curate_dataset` hand to their jobs."""
    deposit, identifiers = settings.deposit, settings.identifiers
    return {
        "archive_root": str(settings.archive_root),
        "dataset": settings.dataset,
        "repository": settings.repository,
        "to": _text(settings.to),
        "link": deposit.link,
        "allow_incomplete": deposit.allow_incomplete,
        "sheet": _text(deposit.sheet),
        "policies": list(deposit.policies),
        "pixels_seen": list(deposit.pixels_seen),
        "publisher": deposit.publisher,
        "empiar_schema": _text(deposit.empiar_schema),
        "require_license": settings.curation.require_license,
        "prefix": identifiers.prefix,
        "scheme": identifiers.scheme,
    }


def deposit_options(params: Mapping[str, Any]) -> DepositOptions:
    """Read them again, in the job."""
    return DepositOptions.model_validate(dict(params))


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path.expanduser().absolute())
