"""What readers make up, as the list of allowed losses names it: known before anything is taken over from them."""

from dataclasses import dataclass
from typing import Any, Protocol

from fixative.metadata_diff.allowed_loss import AllowedLosses
from fixative.metadata_diff.fields import quantity_text
from fixative.models import Inventory


class Losses(Protocol):
    """Knows which values a reader makes up."""

    def is_invented(self, field: str, value: str, unit: str | None, reader: str) -> bool:
        """Whether ``reader`` states ``value`` of a field whatever the source says."""
        ...


class NothingInvented:
    """Takes every reader at its word."""

    def is_invented(self, field: str, value: str, unit: str | None, reader: str) -> bool:
        """Whether a reader makes a value up: never."""
        return False


@dataclass(frozen=True)
class Inventions:
    """The entries of ``config/allowed_loss.yaml`` that are marked ``invented``, for one source."""

    losses: AllowedLosses
    fmt: str
    names: tuple[str, ...]
    """Names of the source's files: none of them is the name of an image."""

    @classmethod
    def of(cls, allowed: dict[str, Any], inventory: Inventory) -> "Inventions":
        """Make it of a rule's parameter and a source."""
        names = tuple(file.name for file in inventory.files)
        return cls(AllowedLosses.model_validate(allowed), inventory.format, names)

    def is_invented(self, field: str, value: str, unit: str | None, reader: str) -> bool:
        """Whether an entry says that the reader makes the value up."""
        stated = quantity_text(value, unit)
        return self.losses.invented(field, stated, reader, self.fmt, names=self.names) is not None
