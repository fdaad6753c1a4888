"""JSON schemas of the configuration and of a sheet's row, for editors: `python -m fixative.schemas`."""

from pathlib import Path

from pydantic import BaseModel

from fixative.files import json_bytes
from fixative.metadata_diff.allowed_loss import AllowedLosses
from fixative.models import SampleRow
from fixative.places import PROJECT
from fixative.required.profile import RequiredMetadata
from fixative.settings import Settings


def schemas() -> dict[str, bytes]:
    """Compose the schema files of ``config/``, by name."""
    models: dict[str, type[BaseModel]] = {
        "allowed_loss.schema.json": AllowedLosses,
        "config.schema.json": Settings,
        "required_metadata.schema.json": RequiredMetadata,
        "samples.schema.json": SampleRow,
    }
    return {name: json_bytes(model.model_json_schema()) for name, model in models.items()}


def main(folder: Path = PROJECT / "config") -> None:
    """Write them."""
    for name, content in schemas().items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
