"""How much of the REMBI minimum is known of a sample, and which column of the sheet would state the rest.

REMBI recommends eight modules of metadata. Two of them, image correlation and analysed data, apply to correlative
studies and to analysed images alone, and are not counted: a row of the sheet is one image as it was acquired.
What is counted of the others is what a person needs to understand the image; the paper leaves the least of each
module to the archives that take the images.

Notes
-----
Sarkans et al. 2021, Nature Methods 18:1418, https://doi.org/10.1038/s41592-021-01166-8
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from fixative.models import SampleRow
from fixative.required.records import RembiScore


@dataclass(frozen=True)
class Item:
    """One thing that REMBI asks for."""

    module: str
    name: str
    column: str
    """Of the sheet; fields of the OME-XML have columns of the same name."""
    known: Callable[["Known"], bool]


@dataclass(frozen=True)
class Known:
    """What is known of a sample: the sheet's row, and the fields that source or person state."""

    row: SampleRow
    fields: Collection[str]

    def column(self, name: str) -> bool:
        """Whether the sheet states a column."""
        return bool(getattr(self.row, name, None) or self.row.extra.get(name))


def _column(name: str) -> Callable[[Known], bool]:
    return lambda known: known.column(name)


def _either(name: str) -> Callable[[Known], bool]:
    return lambda known: known.column(name) or name in known.fields


def _fields(*names: str) -> Callable[[Known], bool]:
    return lambda known: all(name in known.fields for name in names)


def _instrument(known: Known) -> bool:
    return known.column("instrument") or "microscope_model" in known.fields


def _settings(known: Known) -> bool:
    """Any setting of the acquisition: the objective, or what stands for it in other microscopes."""
    settings = ("objective_na", "objective_magnification", "exposure_time_s", "accelerating_voltage_kv")
    return known.column("acquisition_parameters") or any(name in known.fields for name in settings)


ITEMS = (
    Item("study", "title", "study_title", _column("study_title")),
    Item("study", "description", "study_description", _column("study_description")),
    Item("study", "authors", "study_authors", _column("study_authors")),
    Item("study", "licence", "license", _column("license")),
    Item("study component", "description", "study_component", _column("study_component")),
    Item("biosample", "organism", "organism", _either("organism")),
    Item("biosample", "biological entity", "biological_entity", _column("biological_entity")),
    Item("specimen", "preparation", "sample_preparation", _column("sample_preparation")),
    Item("image acquisition", "imaging method", "modality", _either("modality")),
    Item("image acquisition", "instrument", "instrument", _instrument),
    Item("image acquisition", "settings", "acquisition_parameters", _settings),
    Item("image data", "pixel size", "physical_size_x_um", _fields("physical_size_x_um", "physical_size_y_um")),
    Item("image data", "channels", "channel_names", _fields("channel_names")),
)
"""What is counted. Sizes and type of the pixels, which REMBI asks for as well, every archived image states."""

COLUMNS: Mapping[str, str] = {
    "study_title": "title of the study",
    "study_description": "what the study is about",
    "study_authors": "authors of the study, separated by `;`",
    "study_component": "what the images of this dataset have in common, and for what",
    "biological_entity": "what is seen: a cell line, tissue, structure or protein",
    "sample_preparation": "how the specimen was prepared: fixation, staining, mounting",
    "acquisition_parameters": "settings that neither the source nor other columns state",
}
"""Columns that exist for REMBI alone."""


def rembi_score(row: SampleRow, fields: Collection[str]) -> RembiScore:
    """Score a sample; ``fields`` are the names of those that source or person state."""
    known = Known(row, fields)
    missing = [(f"{item.module}: {item.name}", item.column) for item in ITEMS if not item.known(known)]
    return RembiScore(filled=len(ITEMS) - len(missing), applicable=len(ITEMS), missing=tuple(missing))
