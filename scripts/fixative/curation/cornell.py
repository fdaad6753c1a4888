"""Cornell's recommended minimum of a README, looked for in the README of the data set and in those of the objects.

Notes
-----
https://data.research.cornell.edu/data-management/sharing/readme/: what its guide prints in bold
"""

import re

from fixative.curation.criteria import Evidence, Result
from fixative.curation.readme import NOT_STATED
from fixative.deposit.dataset import Dataset, Sample

DATASET, OBJECT = "Cornell README, data set", "Cornell README, objects"

ITEMS = {
    "title": ("- Title", "study_title"),
    "name and institution of authors": ("- Authors", "study_authors"),
    "contact": ("- Contact", "study_contact"),
    "date of data collection": ("- Date of data collection", "acquisition_date"),
    "description of each file": ("| file |", ""),
    "licence": ("- Licence", "license"),
    "how data were collected": ("- Acquisition parameters", "acquisition_parameters"),
    "how data were processed": ("- Archiving", ""),
    "instruments and software": ("- Instrument", "instrument"),
    "variables and units": ("- Axes", ""),
    "codes of missing data": ("- Missing data", ""),
}
"""What is asked for: the line that tells it, and the column of the sheet that would state it."""

OBJECT_LINES = {
    "title": r"^# \S",
    "name and institution of authors": r"^- (?:study_authors|owner): (?!not stated)",
    "contact": r"^- (?:study_contact|owner): (?!not stated)",
    "date of data collection": r"^- (?:acquisition_date|[Dd]ate of [\w ]*): (?!not stated)",
    "description of each file": r"^\| file \|",
    "licence": r"^- Licence: (?!not stated)",
    "how data were collected": r"^- (?:acquisition_parameters|modality): (?!not stated)",
    "how data were processed": r"^## How it was made",
    "instruments and software": r"^- instrument: (?!not stated)",
    "variables and units": r"^- (?:[Aa]xes|[Uu]nits|[Pp]ixel size)\b",
    "codes of missing data": r"^- Missing data",
}
"""How the README of an object tells the same."""


def cornell(dataset: Dataset, readme: bytes) -> list[Result]:
    """Look for every item in the README of the data set, and in that of each object."""
    text = readme.decode("utf-8")
    found = [_judged(item, line, column, text) for item, (line, column) in ITEMS.items()]
    return [*found, *(result for sample in dataset.samples for result in _of_object(sample))]


def _judged(item: str, line: str, column: str, text: str) -> Result:
    told = next((each for each in text.splitlines() if each.startswith(line)), None)
    if told is None or told.endswith(f": {NOT_STATED}"):
        return Result(DATASET, "", item, "", "not met", (), item, column)
    return Result(DATASET, "", item, "", "met", (Evidence("README.md", line.removeprefix("- ")),))


def _of_object(sample: Sample) -> list[Result]:
    path = sample.folder / "data/README.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    results = []
    for item, pattern in OBJECT_LINES.items():
        found = re.search(pattern, text, re.MULTILINE)
        if found:
            evidence = (Evidence("README.md", found[0].strip(" -")),)
            results.append(Result(OBJECT, "", item, sample.name, "met", evidence))
        else:
            results.append(Result(OBJECT, "", item, sample.name, "not met", (), item))
    return results
