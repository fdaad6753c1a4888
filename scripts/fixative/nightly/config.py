"""The configuration of a night: as Snakemake reads it, with what the command line adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from fixative.checked_yaml import parse_yaml
from fixative.files import write_json
from fixative.findings import BadBatch
from fixative.places import PROJECT
from fixative.settings import Settings, load_settings

BASE = PROJECT / "config/config.yaml"
CONFIG = Path("results/nights/config.json")


@dataclass(frozen=True)
class NightConfig:
    """Checked settings, and what stands besides the project's own configuration file."""

    settings: Settings
    own: dict[str, Any]

    @property
    def has_sheet(self) -> bool:
        """Whether a curator's sheet is named, or lies where the default says."""
        default: Path = Settings.model_fields["sheet"].default
        return self.settings.sheet != default or default.is_file()

    def write(self, work: Path, **changes: Any) -> Path:
        """Write what Snakemake is to read (`--configfile`); restricted: a webhook's address may be a secret."""
        return write_json(work / CONFIG, {**self.own, **changes}, mode=0o600)


def night_config(configfile: Path | None, asked: Mapping[str, Any], pairs: Sequence[str] = ()) -> NightConfig:
    """Read and check the configuration, in the work folder.

    Parameters
    ----------
    configfile
        The facility's own; absolute.
    asked
        Keys of the command line that go before it.
    pairs
        ``key=value``, the value as YAML, as Snakemake's ``--config`` takes them.

    Raises
    ------
    BadBatch
        With every problem, and what to do.
    """
    own = merged(_read(configfile) if configfile else {}, {**dict(map(_pair, pairs)), **asked})
    settings = load_settings(merged(_read(BASE), own))
    config = NightConfig(
        settings.model_copy(update={"archive_root": settings.archive_root.expanduser().absolute()}), own
    )
    if not settings.source_roots and not config.has_sheet:
        raise BadBatch(
            "a night needs something to archive\n"
            "  name folders to scan (`source_roots`), or a sheet (`sheet`), in the configuration file"
        )
    return config


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Put one configuration over another, section by section, as Snakemake does."""
    result = dict(one)
    for key, value in other.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def _read(path: Path) -> dict[str, Any]:
    try:
        content = parse_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadBatch(f"{path}: cannot be read: {error.strerror}\n  give another with --configfile") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadBatch(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise BadBatch(f"{path}: a configuration is keys with values, as in config/config.yaml")
    return content


def _pair(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise BadBatch(f"--config {text}: expected key=value")
    try:
        return key.strip(), parse_yaml(value)
    except yaml.YAMLError as error:
        raise BadBatch(f"--config {key}: not YAML: {' '.join(str(error).split())}") from None
