"""Secrets kept between two steps: ``private/secrets.json``, readable by its owner alone, never archived."""

import json
from collections.abc import Iterable
from pathlib import Path

from fixative.files import write_json
from fixative.privacy.secrets import Secret

MODE = 0o600


def write_secrets(path: Path, secrets: Iterable[Secret]) -> Path:
    """Write the secrets of a sample; the folder is closed to others as well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    return write_json(path, [{"rule": secret.rule, "value": secret.value} for secret in secrets], mode=MODE)


def read_secrets(path: Path) -> tuple[Secret, ...]:
    """Read the secrets of a sample."""
    return tuple(Secret(**entry) for entry in json.loads(path.read_text(encoding="utf-8")))
