"""What the table of the page says from the sanitised metadata: instrument and date of acquisition."""

from dataclasses import dataclass
from pathlib import Path

from fixative.report.status import Records, text_of

_OME = "sanitised/ome.xml"


@dataclass(frozen=True)
class OmeFacts:
    """None where nobody states it, or where the sample did not come so far."""

    instrument: str | None = None
    """Manufacturer and model of the microscope of the first image."""
    acquired: str | None = None
    """Date and time of acquisition of the first image that has one."""
    modality: str | None = None


def ome_facts(folder: Path) -> OmeFacts:
    """Read the facts of a sample from what its policy leaves: OME-XML, then the sheet's row."""
    row = Records(folder).read("sanitised/row.json")
    instrument, acquired = _of_document(folder / _OME)
    return OmeFacts(instrument or text_of(row.get("instrument")), acquired, text_of(row.get("modality")))


def _of_document(path: Path) -> tuple[str | None, str | None]:
    from fixative.xml_tree import BadXml, parse_xml

    try:
        root = parse_xml(path.read_bytes())
    except (OSError, BadXml):
        return None, None
    wanted = {found.get("ID") for found in root.iterfind("{*}Image/{*}InstrumentRef")}
    told = None
    for instrument in root.iterfind("{*}Instrument"):
        microscope = instrument.find("{*}Microscope")
        if microscope is not None and (instrument.get("ID") in wanted or not wanted):
            told = _named(microscope.get("Manufacturer"), microscope.get("Model"))
            break
    dates = (found.text for found in root.iterfind("{*}Image/{*}AcquisitionDate"))
    return told, next((date.strip() for date in dates if date and date.strip()), None)


def _named(manufacturer: str | None, model: str | None) -> str | None:
    """Manufacturer and model, the first not twice."""
    if manufacturer and model and model.casefold().startswith(manufacturer.casefold()):
        return model
    return " ".join(part for part in (manufacturer, model) if part) or None
