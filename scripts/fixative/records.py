"""Records on disk: a record that cannot be read, or does not match, is as good as none."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from fixative.files import digest_file, json_bytes, write_bytes

Model = TypeVar("Model", bound=BaseModel)


def read_record(model: type[Model], path: Path) -> Model | None:
    """Read a record, or None where there is none that holds."""
    try:
        return model.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def write_record(path: Path, record: BaseModel, mode: int = 0o644) -> Path:
    """Write a record whole or not at all; one that a power failure takes is made again."""
    return write_bytes(path, json_bytes(record.model_dump(mode="json")), mode, durable=False)


def key_of(**parts: Any) -> str:
    """Digest of everything a result depends on."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def digest_of_files(folder: Path, names: Iterable[str]) -> str | None:
    """One digest over several files of a folder; None when one of them is missing."""
    total = hashlib.sha256()
    for name in names:
        path = folder / name
        if not path.is_file():
            return None
        total.update(f"{digest_file(path).sha256}  {name}\n".encode())
    return total.hexdigest()
