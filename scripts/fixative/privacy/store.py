"""The restricted list of values that were redacted: what the searches before sealing look for."""

import json
from collections.abc import Iterable
from pathlib import Path

from fixative.files import write_json
from fixative.privacy.secrets import Secret


def write_secrets(path: Path, secrets: Iterable[Secret]) -> None:
    """Write the list, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    write_json(path, [{"rule": secret.rule, "value": secret.value} for secret in secrets], mode=0o600)


def read_secrets(path: Path) -> tuple[Secret, ...]:
    """Read the list back."""
    return tuple(Secret(**entry) for entry in json.loads(path.read_text(encoding="utf-8")))
