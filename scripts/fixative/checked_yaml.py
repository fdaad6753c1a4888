"""YAML files of a facility that are checked whole before any job, and kept for the jobs as they were read."""

import json
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from fixative.files import json_bytes, write_bytes

Model = TypeVar("Model", bound=BaseModel)


class BadFile(Exception):
    """The file cannot be read, or says what it must not; the message lists every problem."""


def parse_yaml(content: str | bytes) -> Any:
    """Parse YAML with the safe loader, the one in C where PyYAML has it: ten times as fast."""
    return yaml.load(content, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  both are safe loaders


def read_checked(path: Path, model: type[Model]) -> Model:
    """Read a YAML file into its model.

    Raises
    ------
    BadFile
        With every problem, each named by its key.
    """
    try:
        return model.model_validate(parse_yaml(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadFile(f"{path}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadFile(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        problems = error.errors()
        lines = [f"{path}: {len(problems)} problem{'s' if len(problems) > 1 else ''}"]
        for problem in problems:
            key = ".".join(str(part) for part in problem["loc"])
            lines.append(f"  {key + ': ' if key else ''}{problem['msg'].removeprefix('Value error, ')}")
        raise BadFile("\n".join(lines)) from None


def keep(content: BaseModel | None, path: Path) -> dict[str, Any] | None:
    """Keep what the main process has read for the jobs' own processes; plain, as a rule's parameter is."""
    plain = content.model_dump(mode="json") if content else None
    data = json_bytes(plain)
    if not path.is_file() or path.read_bytes() != data:
        write_bytes(path, data)
    return plain


def kept(path: Path) -> dict[str, Any] | None:
    """What `keep` kept; None before the first run."""
    if not path.is_file():
        return None
    content: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8"))
    return content
