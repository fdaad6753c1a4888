"""How complete the metadata are: QUAREP-LiMi, 4DN-BINA-OME (NBO) tiers, REMBI, for each sample.

NBO and REMBI were counted before the object was sealed, and stand in its record. Of QUAREP-LiMi's minimal reporting
table, what has a place in OME-XML or a column of its own is counted here; cover glass, mounting medium and software
of the acquisition have none.

Notes
-----
QUAREP-LiMi working group 11, J Cell Biol 225(3) e202601032 (2026);
https://github.com/WU-BIMAC/NBOMicroscopyMetadataSpecs; https://doi.org/10.1038/s41592-021-01166-8
"""

from collections.abc import Iterator

from fixative.curation.criteria import Evidence, Result, State, stated
from fixative.deposit.dataset import Dataset, Sample

QUAREP = "QUAREP-LiMi minimal reporting"
NBO = "NBO v02-01"
REMBI = "REMBI minimum"

ITEMS = (
    "microscope_manufacturer",
    "microscope_model",
    "modality",
    "objective_magnification",
    "objective_na",
    "objective_immersion",
    "detector_model",
    "excitation_wavelength_nm",
    "emission_wavelength_nm",
    "fluorophores",
    "exposure_time_s",
    "physical_size_x_um",
    "physical_size_y_um",
    "physical_size_z_um",
    "time_increment_s",
)
"""Of a light microscope; distance of slices and of time points where there are several."""


def completeness(dataset: Dataset) -> list[Result]:
    """Go through all samples."""
    return [result for sample in dataset.samples for result in _of(sample)]


def quarep_score(sample: Sample) -> tuple[int, int]:
    """Items that are stated, of those that apply."""
    results = list(_quarep(sample))
    applicable = [result for result in results if result.state != "not applicable"]
    return sum(result.state == "met" for result in applicable), len(applicable)


def _of(sample: Sample) -> Iterator[Result]:
    yield from _quarep(sample)
    yield from _nbo(sample)
    yield from _rembi(sample)


def _quarep(sample: Sample) -> Iterator[Result]:
    for item in ITEMS:
        if not _applies(sample, item):
            yield Result(QUAREP, "", item, sample.name, "not applicable")
        elif sample.value(item):
            yield Result(QUAREP, "", item, sample.name, "met", (stated(sample, item),))
        else:
            yield Result(QUAREP, "", item, sample.name, "not met", (), item, item)


def _applies(sample: Sample, item: str) -> bool:
    if item == "physical_size_z_um":
        return any(image.size_z > 1 for image in sample.images)
    if item == "time_increment_s":
        return any(image.size_t > 1 for image in sample.images)
    return True


def _nbo(sample: Sample) -> Iterator[Result]:
    record = sample.completeness or {}
    for number, tier in enumerate(record.get("nbo") or ()):
        filled, applicable = int(tier["filled"]), int(tier["applicable"])
        missing = ", ".join(record.get("nbo_missing", ())) if tier["tier"] == 1 else f"{applicable - filled} slots"
        state: State = "met" if filled == applicable else "not met"
        text = f"tier {tier['tier']}: {filled} of {applicable} slots that apply are filled"
        evidence = (Evidence(f"{sample.name}.ome.tiff.meta.json", f"/completeness/nbo/{number}"),)
        yield Result(
            NBO, f"tier {tier['tier']}", text, sample.name, state, evidence, "" if state == "met" else missing
        )


def _rembi(sample: Sample) -> Iterator[Result]:
    record = (sample.completeness or {}).get("rembi")
    if not record:
        return
    # What the sheet of the deposition has added since is counted as well.
    without = [(what, column) for what, column in record.get("missing", ()) if column not in sample.added]
    filled = int(record["applicable"]) - len(without)
    evidence = (Evidence(f"{sample.name}.ome.tiff.meta.json", "/completeness/rembi"),)
    yield Result(
        REMBI,
        "",
        f"{filled} of {record['applicable']} are known",
        sample.name,
        "not met" if without else "met",
        evidence,
        ", ".join(what for what, _ in without),
        " ".join(column for _, column in without),
    )
