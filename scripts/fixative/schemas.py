"""JSON schemas of the configuration and of a sheet's row, for editors: `python -m fixative.schemas`."""

from pathlib import Path

from pydantic import BaseModel

from fixative.files import json_bytes
from fixative.models import SampleRow
from fixative.settings import PROJECT, Settings


def schemas() -> dict[str, bytes]:
    """Compose the schema files of ``config/``, by name."""
    models: dict[str, type[BaseModel]] = {"config.schema.json": Settings, "samples.schema.json": SampleRow}
    return {name: json_bytes(model.model_json_schema()) for name, model in models.items()}


def main(folder: Path = PROJECT / "config") -> None:
    """Write them."""
    for name, content in schemas().items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
