"""Samples for the tests of the privacy policy: OME-XML with every slot filled, and a dump around it."""

# ruff: noqa: E501  the document below is one line an element

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from xml.sax.saxutils import quoteattr

from fixative.models import Completeness, Inventory, MetadataDump, MetadataSource, SampleRow
from fixative.privacy.apply import Sanitised
from fixative.privacy.policy import Policy, load_policy
from sources import named_file

POLICIES = Path(__file__).resolve().parents[1] / "config" / "privacy"

TEXT_SLOTS = [
    "OME@Creator",
    "Image@Name",
    "Image/Description",
    "Channel@Name",
    "Channel@Fluor",
    "UUID@FileName",
    "StageLabel@Name",
    "Project@Name",
    "Project/Description",
    "Dataset@Name",
    "Dataset/Description",
    "Folder@Name",
    "Folder/Description",
    "Experiment/Description",
    "MicrobeamManipulation/Description",
    "ExperimenterGroup@Name",
    "ExperimenterGroup/Description",
    "Experimenter@FirstName",
    "Experimenter@MiddleName",
    "Experimenter@LastName",
    "Experimenter@Email",
    "Experimenter@Institution",
    "Experimenter@UserName",
    "Rights/RightsHolder",
    "Rights/RightsHeld",
    "Microscope@Manufacturer",
    "Microscope@Model",
    "Microscope@SerialNumber",
    "Microscope@LotNumber",
    "Objective@Manufacturer",
    "Objective@Model",
    "Objective@SerialNumber",
    "Objective@LotNumber",
    "Detector@Manufacturer",
    "Detector@Model",
    "Detector@SerialNumber",
    "Detector@LotNumber",
    "Laser@Manufacturer",
    "Laser@Model",
    "Laser@SerialNumber",
    "Laser@LotNumber",
    "Filter@Manufacturer",
    "Filter@Model",
    "Filter@SerialNumber",
    "Filter@LotNumber",
    "Filter@FilterWheel",
    "Dichroic@Manufacturer",
    "Dichroic@Model",
    "Dichroic@SerialNumber",
    "Dichroic@LotNumber",
    "FilterSet@Manufacturer",
    "FilterSet@Model",
    "FilterSet@SerialNumber",
    "FilterSet@LotNumber",
    "ROI@Name",
    "ROI/Description",
    "Shape@Text",
    "Shape@StrokeDashArray",
    "Plate@Name",
    "Plate/Description",
    "Plate@Status",
    "Plate@ExternalIdentifier",
    "Well@ExternalDescription",
    "Well@ExternalIdentifier",
    "Well@Type",
    "PlateAcquisition@Name",
    "PlateAcquisition/Description",
    "Screen@Name",
    "Screen/Description",
    "Screen@ProtocolIdentifier",
    "Screen@ProtocolDescription",
    "Screen@ReagentSetDescription",
    "Screen@ReagentSetIdentifier",
    "Screen@Type",
    "Reagent@Name",
    "Reagent/Description",
    "Reagent@ReagentIdentifier",
    "CommentAnnotation/Value",
    "CommentAnnotation/Description",
    "TagAnnotation/Value",
    "TermAnnotation/Value",
    "M@K",
    "M#text",
    "XMLAnnotation/Value",
    "OriginalMetadata/Value",
    "BinaryFile@FileName",
    "BinaryFile@MIMEType",
    "BinData#text",
    "External@href",
    "comment",
]
"""Every slot for text of the 2016-06 schema but ``BinaryOnly``, which excludes all others."""

DATE_SLOTS = [
    "Image/AcquisitionDate",
    "TimestampAnnotation/Value",
    "PlateAcquisition@StartTime",
    "PlateAcquisition@EndTime",
    "WellSample@Timepoint",
]

DATE = "2016-02-12T09:41:02"

SCIENCE = (
    'PhysicalSizeX="0.1317" PhysicalSizeY="0.1317" PhysicalSizeZ="0.32"',
    'LensNA="1.2"',
    'EmissionWavelength="517.5"',
    'ExposureTime="0.0123"',
    'DeltaT="1.875"',
    'PositionX="11.5"',
    'X="102.25"',
    'RefractiveIndex="1.333"',
)
"""Values of technical slots, as they stand in the document; a dozen of them under any policy."""


def ome_xml(fill: Callable[[str], str], date: str = DATE) -> bytes:
    """OME-XML whose every slot holds what ``fill`` gives for its name."""

    def at(slot: str) -> str:
        return f"{slot.partition('@')[2]}={quoteattr(fill(slot))}"

    def to(slot: str) -> str:
        return quoteattr(fill(slot))[1:-1].replace("&quot;", '"')

    def made(owner: str) -> str:
        return " ".join(at(f"{owner}@{name}") for name in ("Manufacturer", "Model", "SerialNumber", "LotNumber"))

    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- {to("comment")} -->
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" {at("OME@Creator")}>
  <Rights><RightsHolder>{to("Rights/RightsHolder")}</RightsHolder><RightsHeld>{to("Rights/RightsHeld")}</RightsHeld></Rights>
  <Project ID="Project:0" {at("Project@Name")}><Description>{to("Project/Description")}</Description><ExperimenterRef ID="Experimenter:0"/><DatasetRef ID="Dataset:0"/></Project>
  <Dataset ID="Dataset:0" {at("Dataset@Name")}><Description>{to("Dataset/Description")}</Description><ImageRef ID="Image:0"/></Dataset>
  <Folder ID="Folder:0" {at("Folder@Name")}><Description>{to("Folder/Description")}</Description></Folder>
  <Experiment ID="Experiment:0" Type="Other"><Description>{to("Experiment/Description")}</Description><ExperimenterRef ID="Experimenter:0"/><MicrobeamManipulation ID="MicrobeamManipulation:0"><Description>{to("MicrobeamManipulation/Description")}</Description><ROIRef ID="ROI:0"/><ExperimenterRef ID="Experimenter:0"/></MicrobeamManipulation></Experiment>
  <Plate ID="Plate:0" {at("Plate@Name")} {at("Plate@Status")} {at("Plate@ExternalIdentifier")} Columns="1" Rows="1"><Description>{to("Plate/Description")}</Description><Well ID="Well:0" Column="0" Row="0" {at("Well@ExternalDescription")} {at("Well@ExternalIdentifier")} {at("Well@Type")}><WellSample ID="WellSample:0" Index="0" Timepoint="{date}" PositionX="3.5"><ImageRef ID="Image:0"/></WellSample></Well><PlateAcquisition ID="PlateAcquisition:0" {at("PlateAcquisition@Name")} StartTime="{date}" EndTime="{date}"><Description>{to("PlateAcquisition/Description")}</Description></PlateAcquisition></Plate>
  <Screen ID="Screen:0" {" ".join(at(f"Screen@{n}") for n in ("Name", "ProtocolIdentifier", "ProtocolDescription", "ReagentSetDescription", "ReagentSetIdentifier", "Type"))}><Description>{to("Screen/Description")}</Description><Reagent ID="Reagent:0" {at("Reagent@Name")} {at("Reagent@ReagentIdentifier")}><Description>{to("Reagent/Description")}</Description></Reagent></Screen>
  <Experimenter ID="Experimenter:0" {" ".join(at(f"Experimenter@{n}") for n in ("FirstName", "MiddleName", "LastName", "Email", "Institution", "UserName"))}/>
  <ExperimenterGroup ID="ExperimenterGroup:0" {at("ExperimenterGroup@Name")}><Description>{to("ExperimenterGroup/Description")}</Description><ExperimenterRef ID="Experimenter:0"/><Leader ID="Experimenter:0"/></ExperimenterGroup>
  <Instrument ID="Instrument:0"><Microscope {made("Microscope")}/><Laser ID="LightSource:0" {made("Laser")} Wavelength="488"/><Detector ID="Detector:0" {made("Detector")}/><Objective ID="Objective:0" {made("Objective")} LensNA="1.2" NominalMagnification="50"/><FilterSet ID="FilterSet:0" {made("FilterSet")}><DichroicRef ID="Dichroic:0"/></FilterSet><Filter ID="Filter:0" {made("Filter")} {at("Filter@FilterWheel")}/><Dichroic ID="Dichroic:0" {made("Dichroic")}/></Instrument>
  <Image ID="Image:0" {at("Image@Name")}><AcquisitionDate>{date}</AcquisitionDate><ExperimenterRef ID="Experimenter:0"/><Description>{to("Image/Description")}</Description><ExperimentRef ID="Experiment:0"/><ExperimenterGroupRef ID="ExperimenterGroup:0"/><InstrumentRef ID="Instrument:0"/><ObjectiveSettings ID="Objective:0" RefractiveIndex="1.333"/><StageLabel {at("StageLabel@Name")} X="102.25"/>
    <Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="4" SizeY="4" SizeZ="1" SizeC="1" SizeT="1" PhysicalSizeX="0.1317" PhysicalSizeY="0.1317" PhysicalSizeZ="0.32"><Channel ID="Channel:0:0" {at("Channel@Name")} {at("Channel@Fluor")} EmissionWavelength="517.5"/><TiffData IFD="0"><UUID {at("UUID@FileName")}>urn:uuid:5f0e9c4c-6d0f-4e2d-8a51-0b7bd6a97f1c</UUID></TiffData><Plane TheC="0" TheZ="0" TheT="0" DeltaT="1.875" ExposureTime="0.0123" PositionX="11.5"/></Pixels>
    <ROIRef ID="ROI:0"/><MicrobeamManipulationRef ID="MicrobeamManipulation:0"/><AnnotationRef ID="Annotation:0"/><AnnotationRef ID="Annotation:1"/><AnnotationRef ID="Annotation:2"/><AnnotationRef ID="Annotation:3"/><AnnotationRef ID="Annotation:4"/><AnnotationRef ID="Annotation:5"/><AnnotationRef ID="Annotation:6"/><AnnotationRef ID="Annotation:7"/><AnnotationRef ID="Annotation:8"/></Image>
  <StructuredAnnotations><XMLAnnotation ID="Annotation:0"><Value><note xmlns="" who="nobody">{to("XMLAnnotation/Value")}</note></Value></XMLAnnotation><XMLAnnotation ID="Annotation:1" Namespace="openmicroscopy.org/OriginalMetadata"><Value><OriginalMetadata xmlns=""><Key>Information|Document|Remark</Key><Value>{to("OriginalMetadata/Value")}</Value></OriginalMetadata></Value></XMLAnnotation><FileAnnotation ID="Annotation:2"><BinaryFile {at("BinaryFile@FileName")} Size="4" {at("BinaryFile@MIMEType")}><BinData BigEndian="false" Length="8">{to("BinData#text")}</BinData></BinaryFile></FileAnnotation><FileAnnotation ID="Annotation:3"><BinaryFile FileName="b" Size="4"><External href={quoteattr(fill("External@href"))} SHA1="{"0" * 40}"/></BinaryFile></FileAnnotation><CommentAnnotation ID="Annotation:4"><Description>{to("CommentAnnotation/Description")}</Description><Value>{to("CommentAnnotation/Value")}</Value></CommentAnnotation><TagAnnotation ID="Annotation:5"><Value>{to("TagAnnotation/Value")}</Value></TagAnnotation><TermAnnotation ID="Annotation:6"><Value>{to("TermAnnotation/Value")}</Value></TermAnnotation><TimestampAnnotation ID="Annotation:7"><Value>{date}</Value></TimestampAnnotation><MapAnnotation ID="Annotation:8"><Value><M {at("M@K")}>{to("M#text")}</M></Value></MapAnnotation></StructuredAnnotations>
  <ROI ID="ROI:0" {at("ROI@Name")}><Union><Rectangle ID="Shape:0" {at("Shape@Text")} {at("Shape@StrokeDashArray")} X="1" Y="1" Width="2" Height="2"/></Union><Description>{to("ROI/Description")}</Description></ROI>
</OME>
""".encode()


SPECIAL = {"External@href": "http://files.example.org/{}", "BinData#text": "AA{}AAA"}


def canary(slot: str) -> str:
    """A value that stands nowhere else."""
    return SPECIAL.get(slot, "{}").format(f"Qz{TEXT_SLOTS.index(slot):03d}Canary")


def everything(sanitised: Sanitised) -> str:
    """All that comes out of sanitising and may be published."""
    parts = [
        sanitised.dump.model_dump_json(),
        sanitised.ome_xml.decode(),
        sanitised.log.model_dump_json(),
        sanitised.row.model_dump_json(),
        json.dumps(sanitised.names),
    ]
    return "\n".join(parts)


def source(kind: str, tree: object, file: str = "image.tif") -> MetadataSource:
    """One source of a dump."""
    return MetadataSource(kind=kind, file=file, tool="a tool", version="1", tree=tree)


def dump(*sources: MetadataSource) -> MetadataDump:
    """A dump of these sources."""
    return MetadataDump(reader="tifffile", reader_version="1", reader_library="none", sources=sources)


def inventory(*names: str) -> Inventory:
    """An inventory of files of these names."""
    files = tuple(
        named_file(Path("/data") / name, "member" if number else "main", name=name)
        for number, name in enumerate(names or ("image.tif",))
    )
    completeness = Completeness(checked=False, method="none")
    return Inventory(format="tiff", files=files, completeness=completeness, fileset_sha256="0" * 64)


def row(**columns: object) -> SampleRow:
    """A row of the sheet."""
    base = {
        "line": 2,
        "sample_id": "S1",
        "source": Path("/data/image.tif"),
        "dataset": "d",
        "privacy_policy": "facility",
    }
    return SampleRow.model_validate({**base, **columns})


@cache
def policy(name: str) -> Policy:
    """A shipped policy."""
    return load_policy(name, POLICIES)
