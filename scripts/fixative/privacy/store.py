"""What is kept between two steps: ``private/``, readable by its owner alone, never archived; the public names."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fixative.files import write_json
from fixative.privacy.secrets import Secret

MODE = 0o600


def write_secrets(path: Path, secrets: Iterable[Secret]) -> Path:
    """Write the secrets of a sample: what is looked for before sealing."""
    return write_private(path, [{"rule": secret.rule, "value": secret.value} for secret in secrets])


def write_private(path: Path, content: Any) -> Path:
    """Write JSON that only its owner can read; the folder is closed to others as well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    return write_json(path, content, mode=MODE)


def read_secrets(path: Path) -> tuple[Secret, ...]:
    """Read the secrets of a sample."""
    return tuple(Secret(**entry) for entry in json.loads(path.read_text(encoding="utf-8")))


def read_names(path: Path) -> dict[str, str]:
    """Read the public name of each file of the source, by its name in the set."""
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names
