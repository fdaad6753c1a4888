"""Sealed objects that say much of themselves, for tests of the catalogue."""

from dataclasses import replace
from pathlib import Path

from fixative.files import digest_bytes
from fixative.models import MetadataDump, MetadataSource
from fixative.package.assemble import assemble_object
from fixative.package.seal import seal_object
from objects import NOW, make_parts, stack, write_tiff

OME = """<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">
 <Instrument ID="Instrument:0">
  <Microscope Manufacturer="Examplon" Model="Confocal 9"/>
  <Objective ID="Objective:0" Model="Plan-Apochromat" NominalMagnification="63.0" LensNA="1.4" Immersion="Oil"/>
 </Instrument>
 <Image ID="Image:0" Name="spindle pole">
  <AcquisitionDate>2024-04-18T09:30:00</AcquisitionDate>
  <ObjectiveSettings ID="Objective:0"/>
  <Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="90" SizeY="70" SizeZ="2" SizeC="2" SizeT="1"
   PhysicalSizeX="100" PhysicalSizeXUnit="nm" PhysicalSizeY="0.1" PhysicalSizeZ="0.0005" PhysicalSizeZUnit="mm">
   <Channel ID="Channel:0:0" Name="mEGFP-tubulin" ExcitationWavelength="488" EmissionWavelength="0.52"
    EmissionWavelengthUnit="µm"/>
   <Channel ID="Channel:0:1" Fluor="AlexaFluor647"/>
  </Pixels>
 </Image>
 <Image ID="Image:1" Name="overview">
  <Pixels ID="Pixels:1" DimensionOrder="XYZCT" Type="uint8" SizeX="9" SizeY="7" SizeZ="1" SizeC="1" SizeT="1">
   <Channel ID="Channel:1:0"/>
  </Pixels>
 </Image>
</OME>
"""
TREE = {"Camera": {"Name": "Zyla 5.5", "Gain": 1.5, "Cooled": True}, "Steps": ["bleach", "37 °C", "bleach"]}


def seal(archive: Path, sample="A", *, xml=OME, tree=TREE, **row) -> Path:
    """Seal an object under ARCHIVE/set1/<sample> whose OME-XML and metadata are those given."""
    staging = archive.with_name("staging") / sample
    parts = make_parts(staging, sample, **row)
    write_tiff(parts.tiff, [stack()], description=xml.encode(), compression="zlib")
    source = MetadataSource(kind="tiff", file="public.tif", tool="tifffile", version="1", tree=tree)
    dump = MetadataDump(reader="tifffile", reader_version="1", reader_library="none", sources=(source,))
    parts = replace(parts, dump=dump, tiff_digests=digest_bytes(parts.tiff.read_bytes()))
    assemble_object(parts, staging / "object", now=NOW)
    seal_object(staging / "object", archive / "set1" / sample, source=parts.row.source)
    return archive / "set1" / sample
