"""The three levels of practice of the Data Curation Network's primer on confocal microscopy.

A level is reached when all of its criteria are met, and those of the levels before it.

Notes
-----
Confocal Microscopy Data Curation Primer, version 1.2, CC BY 4.0,
https://github.com/DataCurationNetwork/data-primers
"""

from collections.abc import Sequence
from typing import Any

from fixative.curation.criteria import Criterion, Evidence, Judgement, Result, provenance, stated
from fixative.deposit.dataset import Dataset, Sample
from fixative.deposit.describe import acquisition, has_pixel_size, instrument

SCHEME = "DCN"
CHECKS = "DCN checks"
LEVELS = ("minimum", "good enough", "most reproducible and reusable")
NONE = "below minimum"


def _preserved(sample: Sample) -> Judgement:
    found = provenance(sample, "/pixels/root_sha256")
    missing = sample.provenance["pixels"].get("missing_planes", 0)
    whole = sample.provenance["source"]["completeness"].get("whole", True)
    if whole:
        return "met", (found,), ""
    return "not met", (provenance(sample, "/source/completeness/missing"),), f"{missing} planes of the source"


def _file(ending: str) -> Any:
    def judge(sample: Sample) -> Judgement:
        path = next((file.path for file in sample.files if file.path.endswith(ending)), None)
        return ("met", (Evidence(path),), "") if path else ("not met", (), f"a file {ending}")

    return judge


def _any(*columns: str) -> Any:
    """One of several columns is enough."""

    def judge(sample: Sample) -> Judgement:
        known = tuple(stated(sample, column) for column in columns if sample.value(column))
        return ("met", known, "") if known else ("not met", (), " or ".join(columns))

    return judge


def _protocol(sample: Sample) -> Judgement:
    known = {
        "modality": sample.modality,
        "instrument": instrument(sample),
        "acquisition_parameters": acquisition(sample),
    }
    without = [name for name, value in known.items() if not value]
    evidence = tuple(_where(sample, name) for name, value in known.items() if value)
    return "not met" if without else "met", evidence, ", ".join(without)


def _where(sample: Sample, name: str) -> Evidence:
    """Of the sheet, or of the image where that states it instead."""
    return stated(sample, name) if name in sample.columns else Evidence(f"{sample.name}.ome.tiff", "OME-XML")


def _scale(sample: Sample) -> Judgement:
    if has_pixel_size(sample):
        names = ("physical_size_x_um", "physical_size_y_um")
        return "met", tuple(stated(sample, name) for name in names), ""
    return "not met", (), "physical_size_x_um, physical_size_y_um"


def _raw(sample: Sample) -> Judgement:
    """The source bit for bit, or every plane of it, seen to be the same by a second reader."""
    if any(file.get("path") for file in sample.provenance["source"]["files"]):
        return "met", (provenance(sample, "/source/files"),), ""
    witness = sample.provenance.get("witness") or {}
    if witness.get("reader") and witness.get("exact"):
        return "met", (provenance(sample, "/witness"),), ""
    return "not met", (), "the source bit for bit (keep_original), or a second reader that saw every plane the same"


def _checklist(sample: Sample) -> Judgement:
    record = f"{sample.name}.ome.tiff.meta.json"
    fields = (sample.completeness or {}).get("fields")
    if fields is None:
        return "not met", (), "the checklist of required_metadata gone through"
    listed = [field for field in fields if field.get("level")]
    without = [field["name"] for field in listed if field["state"] == "missing" and not sample.value(field["name"])]
    evidence = (Evidence(record, "/completeness/fields"),)
    return ("not met", evidence, ", ".join(without)) if without else ("met", evidence, "")


CRITERIA = (
    Criterion(SCHEME, LEVELS[0], "all planes that were received are preserved, and proven", judge=_preserved),
    Criterion(SCHEME, LEVELS[0], "a README goes with the image", judge=_file("README.md")),
    Criterion(SCHEME, LEVELS[0], "a minimal description of the sample", judge=_any("organism", "biological_entity")),
    Criterion(
        SCHEME,
        LEVELS[0],
        "a minimal protocol: how it was imaged",
        judge=_any("modality", "instrument", "acquisition_parameters"),
    ),
    Criterion(SCHEME, LEVELS[0], "the metadata of the source are kept", judge=_file(".meta.json")),
    Criterion(
        SCHEME,
        LEVELS[1],
        "biological source and context: species, what is seen, how it was prepared",
        ("organism", "biological_entity", "sample_preparation"),
    ),
    Criterion(SCHEME, LEVELS[1], "equipment and acquisition parameters", judge=_protocol),
    Criterion(SCHEME, LEVELS[1], "the size of a pixel", judge=_scale),
    Criterion(SCHEME, LEVELS[1], "a licence", ("license",)),
    Criterion(SCHEME, LEVELS[2], "the raw data: source, or every plane of it proven", judge=_raw),
    Criterion(
        SCHEME, LEVELS[2], "how processed data were made", judge=_any("analysis_protocol", "study_publication")
    ),
    Criterion(SCHEME, LEVELS[2], "title and description of the study", ("study_title", "study_description")),
    Criterion(SCHEME, LEVELS[2], "technical metadata: every field of the checklist", judge=_checklist),
)


def _lossless(sample: Sample) -> Judgement:
    if sample.lossy is None:
        return "met", (provenance(sample, "/source/format"),), ""
    return "not met", (), f"a source that was not compressed with loss ({sample.lossy}): what that took is gone"


LOSSLESS = Criterion(CHECKS, "", "the source was not compressed with loss, as far as it tells", judge=_lossless)
"""No level asks for it; the primer asks that it be noticed."""


def practice(dataset: Dataset) -> list[Result]:
    """Judge every sample by every criterion."""
    return [criterion.of(sample) for sample in dataset.samples for criterion in (*CRITERIA, LOSSLESS)]


def level_of(results: Sequence[Result]) -> str:
    """The highest level of which, and of all before which, every criterion is met."""
    reached = NONE
    for level in LEVELS:
        if any(result.state == "not met" for result in results if result.level == level):
            break
        reached = level
    return reached


def next_level(reached: str) -> str | None:
    """The level above; None above the highest."""
    place = -1 if reached == NONE else LEVELS.index(reached)
    return LEVELS[place + 1] if place + 1 < len(LEVELS) else None


def missing_for(results: Sequence[Result], level: str | None) -> list[Result]:
    """Criteria of a level that are not met."""
    return [result for result in results if result.level == level and result.state == "not met"]
