"""What is recorded of required fields, supplied values and completeness: names and states, never a value."""

from typing import Literal

from pydantic import Field

from fixative.models import Record
from fixative.required.fields import FIELDS

State = Literal["source", "person", "missing", "not applicable"]


class FieldState(Record):
    """One field: who states it, and what its absence means."""

    name: str
    state: State
    level: Literal["refuse", "warn"] | None = Field(default=None, description="None: not on the checklist")


class TierScore(Record):
    """How many slots of one 4DN-BINA-OME tier are filled, of those that apply to this document."""

    tier: int
    filled: int
    applicable: int


class RembiScore(Record):
    """How much of the REMBI minimum is there."""

    filled: int
    applicable: int
    missing: tuple[tuple[str, str], ...] = Field(
        default=(), description="what is not stated, and the sheet's column that would state it"
    )


class RequiredReport(Record):
    """The checklist gone through for one sample (`metadata/required.json`)."""

    checklist: str | None = Field(description="of `config/required_metadata.yaml`; None where none is configured")
    fields: tuple[FieldState, ...] = Field(description="every field of the table, in its order")
    disagreements: tuple[str, ...] = Field(
        default=(), description="columns of the sheet that state something else than the source, which stands"
    )
    nbo: tuple[TierScore, ...] = Field(default=(), description="empty where the modality has no light microscope")
    nbo_missing: tuple[str, ...] = Field(default=(), description="slots of tier 1 that apply and are empty")
    rembi: RembiScore

    @property
    def supplied(self) -> tuple[str, ...]:
        """Fields for which a person filled a column that is there for that."""
        return tuple(
            field.name
            for field in self.fields
            if field.state == "person" and field.name in FIELDS and FIELDS[field.name].own_column
        )

    def names(self, state: State, *, level: Literal["refuse", "warn"] | None = None) -> tuple[str, ...]:
        """Names of the checklist's fields in a state; of one level alone, when given."""
        return tuple(
            field.name
            for field in self.fields
            if field.level is not None and field.state == state and level in (None, field.level)
        )
