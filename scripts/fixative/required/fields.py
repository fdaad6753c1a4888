"""The fields by name: what each means, and how the sheet's column of the same name is written.

Nothing is imported here: the sheet is read in the main process.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Literal

SEPARATOR = ";"
"""Between the values of channels."""

IMMERSIONS = ("Oil", "Water", "WaterDipping", "Air", "Multi", "Glycerol", "Other")
"""What OME 2016-06 knows."""

ALIKE = 0.93
"""How like a known name (0 to 1, `difflib`) an unknown one must be to be taken for a slip of the pen."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?")
_MOST_DIGITS = 17

Values = tuple[str | None, ...]
"""One value, or one per channel; None where nothing is stated."""


@dataclass(frozen=True)
class Field:
    """One thing that can be required of an image, or supplied by a person."""

    name: str
    """Also the column of the sheet; a unit is part of it."""
    meaning: str
    form: Literal["positive", "immersion", "date", "text"] = "text"
    per_channel: bool = False
    repeats: bool = False
    """Whether one value may stand for all channels."""
    own_column: bool = True
    """False where the sheet had the column before there were fields: it stands in the row, not in ``extra``."""

    def parse(self, text: str) -> Values:
        """Read a cell of the sheet.

        Parameters
        ----------
        text
            What the cell holds; values of channels are separated by ``;``, an empty one states nothing.

        Returns
        -------
        tuple of str or None
            As OME-XML writes them: one, or one per channel.

        Raises
        ------
        ValueError
            Saying what was expected.
        """
        parts = [part.strip() for part in text.split(SEPARATOR)] if self.per_channel else [text.strip()]
        return tuple(self._one(part) if part else None for part in parts)

    def _one(self, text: str) -> str:
        if self.form == "positive":
            return _positive(text)
        if self.form == "immersion":
            return _immersion(text)
        if self.form == "date":
            return _date(text)
        return text


def _positive(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("expected a number with a decimal point") from None
    if not number.is_finite() or number <= 0:
        raise ValueError("expected a number greater than 0")
    if len(number.as_tuple().digits) > _MOST_DIGITS or not -30 < number.adjusted() < 30:
        raise ValueError(f"expected a number of at most {_MOST_DIGITS} digits")
    return f"{number.normalize():f}"


def _immersion(text: str) -> str:
    folded = re.sub(r"[\s_-]", "", text).casefold()
    for known in IMMERSIONS:
        if known.casefold() == folded:
            return known
    raise ValueError(f"expected one of {', '.join(IMMERSIONS)}")


def _date(text: str) -> str:
    from datetime import datetime

    if not (_DATE.fullmatch(text) or _DATE_TIME.fullmatch(text)):
        raise ValueError("expected YYYY-MM-DD or YYYY-MM-DDThh:mm:ss")
    try:
        datetime.fromisoformat(text[:23] if "." in text else text.replace("Z", "+00:00"))
    except ValueError:
        raise ValueError("no such day or time") from None
    return re.sub(r"(T\d{2}:\d{2})(?=$|Z|[+-])", r"\1:00", text)


_ALL = (
    Field("physical_size_x_um", "width of a pixel in µm", "positive"),
    Field("physical_size_y_um", "height of a pixel in µm", "positive"),
    Field("physical_size_z_um", "distance between slices in µm; only where there are several", "positive"),
    Field("time_increment_s", "time between time points in s; only where there are several", "positive"),
    Field("channel_names", "names of the channels", per_channel=True),
    Field("excitation_wavelength_nm", "excitation of each channel in nm", "positive", per_channel=True),
    Field("emission_wavelength_nm", "emission of each channel in nm", "positive", per_channel=True),
    Field("fluorophores", "dye or protein of each channel", per_channel=True),
    Field("exposure_time_s", "exposure in s, of each channel or of all", "positive", per_channel=True, repeats=True),
    Field("objective_na", "numerical aperture of the objective", "positive"),
    Field("objective_magnification", "nominal magnification of the objective", "positive"),
    Field("objective_immersion", f"one of {', '.join(IMMERSIONS)}", "immersion"),
    Field("microscope_manufacturer", "maker of the microscope"),
    Field("microscope_model", "model of the microscope"),
    Field("detector_model", "model of the camera or detector"),
    Field("acquisition_date", "when it was taken: YYYY-MM-DD or YYYY-MM-DDThh:mm:ss", "date"),
    Field("accelerating_voltage_kv", "of an electron microscope, in kV", "positive"),
    Field("organism", "species, by name or NCBI taxon", own_column=False),
    Field("modality", "how it was imaged, by name or FBbi term", own_column=False),
)

FIELDS: Mapping[str, Field] = {field.name: field for field in _ALL}

_COLUMNS = tuple(field.name for field in _ALL if field.own_column)


def cell_problems(values: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the cells of a row that supply fields, by column.

    How many channels the image has is known at the dump only.
    """
    for name in _COLUMNS:
        if text := values.get(name, ""):
            try:
                FIELDS[name].parse(text)
            except ValueError as problem:
                yield f"{name}: {problem} (got {text!r})"


def header_problems(header: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """Columns that are nearly, and not quite, those of a field: what they hold would be supplied to nothing."""
    taken = {*_COLUMNS, *known}
    for column in header:
        if column in taken:
            continue
        if meant := get_close_matches(column.casefold(), _COLUMNS, 1, ALIKE):
            yield f"{column}: Column unknown; rename it, to {meant[0]} if that is meant"


def stated(extra: Mapping[str, str]) -> Iterator[tuple[Field, Values]]:
    """The fields that a row of the sheet supplies; its cells have been checked."""
    for name in _COLUMNS:
        if text := extra.get(name):
            values = FIELDS[name].parse(text)
            if any(value is not None for value in values):
                yield FIELDS[name], values
