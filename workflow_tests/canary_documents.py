"""OME-XML in the shapes that XML allows, containers, sidecars in many hands, and sources that are patched copies."""

import base64
import csv
import gzip
import io
import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile

from canary_pictures import with_exiftool
from canary_scan import Nest
from canary_sources import PIXELS

OME = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
IMAGE = (
    '<Image ID="Image:0"{}>{}<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="80" SizeY="64" '
    'SizeZ="1" SizeC="1" SizeT="1" PhysicalSizeX="0.1317" PhysicalSizeY="0.1317"><Channel ID="Channel:0:0" '
    'SamplesPerPixel="1" EmissionWavelength="517.5" Name="Alexa 488"/><TiffData/></Pixels>{}</Image>'
)


def escaped(text: str) -> str:
    """Text as it stands in XML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def write_ome(path: Path, nest: Nest) -> None:
    """CDATA, comments, instructions, other namespaces, XML in XML, XML in JSON in XML, entities, emoji, a mask."""
    person = nest.person("Experimenter@LastName")
    inner = f"<by><operator>{nest.person('escaped XML operator')}</operator><n>{nest.text('escaped XML')}</n></by>"
    deep = json.dumps({"xml": inner.replace("escaped", "nested"), "user": nest.person("JSON in XML user")})
    spread = "".join(f"&#{ord(letter)};" for letter in nest.text("character references"))
    values = {
        "CDATA": f"<![CDATA[<x>{nest.text('CDATA')}</x>]]>",
        "escaped XML": escaped(inner),
        "escaped JSON": escaped(deep),
        "emoji": f"\U0001f52c e\u0301 {nest.text('beside emoji')} \U0001f469\u200d\U0001f52c",
        "references": spread,
        "base64": base64.b64encode(f"by {person} of the lab, taken at noon".encode()).decode(),
        "person again": f"taken by {person.upper()}, kept by {person.lower()}2024",
    }
    annotations = "".join(
        f'<CommentAnnotation ID="Annotation:{n}"><Value>{value}</Value></CommentAnnotation>'
        for n, value in enumerate(values.values())
    )
    name = nest.bird("element name")
    annotations += (
        f'<XMLAnnotation ID="Annotation:20" Namespace="http://example.org/x"><Value><a:run xmlns:a="urn:a" '
        f'xmlns:b="urn:b" a:operator="{nest.person("attribute of a namespace")}" b:note="{nest.text("b:note")}" '
        f'xml:lang="de" xml:base="file:///home/{nest.bird("xml:base", "path")}/x"><?run {nest.text("instruction")}?>'
        f"<!-- {nest.text('comment in an annotation')} --><a:{name}>7</a:{name}>"
    )
    annotations += (
        f"<a:pair><a:key>Operator</a:key><a:value>{nest.person('pair of elements')}</a:value></a:pair>"
        "</a:run></Value></XMLAnnotation>"
        '<MapAnnotation ID="Annotation:21"><Value>'
        f'<M K="Principal Investigator">{nest.person("MapAnnotation PI")}</M>'
        f'<M K="by {nest.bird("key of a MapAnnotation")}">7</M></Value></MapAnnotation>'
        '<XMLAnnotation ID="Annotation:22" Namespace="openmicroscopy.org/OriginalMetadata"><Value><OriginalMetadata '
        f'xmlns=""><Key>Experiment|User|Name #1</Key><Value>[{nest.person("list of Java")}, b]</Value>'
        "</OriginalMetadata></Value></XMLAnnotation>"
    )
    mask = base64.b64encode(f"mask of {nest.bird('BinData of a mask')}".encode()).decode()
    rois = (
        f'<ROI ID="ROI:0" Name="{escaped(nest.text("ROI name"))}"><Union><Mask ID="Shape:0" X="0" Y="0" Width="8" '
        f'Height="8" Text="{escaped(nest.text("text of a mask"))}"><BinData BigEndian="false" Length="28">{mask}'
        f'</BinData></Mask><Label ID="Shape:1" X="1" Y="1" Text="{escaped(nest.text("label"))}"/></Union></ROI>'
    )
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><?site {nest.text("instruction before")}?>'
        f'<!-- {nest.text("comment before")} --><OME xmlns="{OME}" xmlns:q="urn:q" '
        f'Creator="made by {nest.text("Creator")}">'
        f'<Experimenter ID="Experimenter:0" LastName="{person}" FirstName="Ada"/>'
        + IMAGE.format("", f"<Description>{escaped(inner)}</Description>", '<ROIRef ID="ROI:0"/>')
        + f"<StructuredAnnotations>{annotations}</StructuredAnnotations>{rois}</OME>"
        f"<!-- {nest.text('comment behind')} -->"
    )
    tifffile.imwrite(path, PIXELS, description=xml.encode(), metadata=None, software=False)


def write_czi(path: Path, nest: Nest) -> list[Path]:
    """CZI by pylibCZIrw, then attachments appended: a label with EXIF, a thumbnail, a list of events."""
    from PIL import Image
    from pylibCZIrw import czi

    with czi.create_czi(str(path)) as writer:
        writer.write(PIXELS[..., None], plane={"C": 0})
        writer.write_metadata(
            document_name=nest.text("document name"),
            scale_x=0.1317e-6,
            scale_y=0.1317e-6,
            custom_attributes={
                "Operator": nest.person("attribute Operator"),
                nest.bird("attribute key"): 7,
                "Settings": json.dumps({"user": nest.person("JSON attribute user")}),
            },
        )
    made = io.BytesIO()
    exif = Image.Exif()
    exif[315] = nest.person("label JPEG Artist")
    Image.fromarray(PIXELS.astype(np.uint8)).save(made, "JPEG", exif=exif, comment=nest.bird("label JPEG comment"))
    events = f"{nest.bird('event of a list')} at 7".encode()
    content = bytearray(path.read_bytes())
    entries = []
    for number, (name, kind, data) in enumerate(
        (
            ("Thumbnail", "JPG", made.getvalue()),
            ("EventList", "CZEVL", events),
            ("Notes", "TXT", nest.text("notes").encode()),
        )
    ):
        content += b"\0" * (-len(content) % 32)
        at = len(content)
        entry = struct.pack("<2s10xqi16s8s80s", b"A1", at, 0, bytes([number] * 16), kind.encode(), name.encode())
        entry = entry.ljust(128, b"\0")
        body = struct.pack("<q8x", len(data)).ljust(16, b"\0") + entry
        body = body.ljust(256, b"\0") + data
        body += b"\0" * (-len(body) % 32)
        content += b"ZISRAWATTACH".ljust(16, b"\0") + struct.pack("<qq", len(body), len(body)) + body
        entries.append(entry)
    content += b"\0" * (-len(content) % 32)
    struct.pack_into("<q", content, 104, len(content))
    body = struct.pack("<i", len(entries)).ljust(256, b"\0") + b"".join(entries)
    content += b"ZISRAWATTDIR".ljust(16, b"\0") + struct.pack("<qq", len(body), len(body)) + body
    path.write_bytes(content)
    return []


def write_exif(path: Path, nest: Nest) -> None:
    """TIFF whose EXIF exiftool wrote: comments in each prefix, rights, sub-seconds, interoperability, XMP beside."""
    import shutil

    tifffile.imwrite(path, PIXELS, metadata=None, software=False)
    if shutil.which("exiftool"):
        people = ("IFD0:Artist", "ExifIFD:OwnerName", "IFD0:Copyright", "XMP-dc:Creator", "IPTC:By-line")
        people += ("GPS:GPSAreaInformation", "IFD0:XPAuthor", "XMP-xmpRights:Owner", "Photoshop:CopyrightFlag")
        texts = ("ExifIFD:UserComment", "IFD0:XPComment", "IFD0:XPTitle", "XMP-dc:Title", "IPTC:Caption-Abstract")
        tags = {name: nest.person(name) for name in people[:-1]} | {name: nest.text(name) for name in texts}
        with_exiftool(path, tags)


def write_gzip(path: Path, nest: Nest) -> None:
    """A packed volume, in whose header gzip names the file that was packed."""
    import nibabel

    volume = nibabel.Nifti1Image(PIXELS.T[..., None].astype(np.int16), np.diag([0.1317, 0.1317, 0.32, 1]))
    with path.open("wb") as stream, gzip.GzipFile(f"{nest.bird('name in gzip')}.nii", "wb", 9, stream, 0) as packed:
        packed.write(volume.to_bytes())


def write_sidecars(path: Path, nest: Nest) -> list[Path]:
    """Sidecars: YAML, Latin-1, UTF-16 with and without a mark, CSV with quotes, XML in UTF-16, TSV of two columns."""
    tifffile.imwrite(path, PIXELS, metadata=None, software=False)
    rows = io.StringIO()
    table = csv.writer(rows)
    table.writerow(["well", "FirstName", "LastName", "remark"])
    table.writerow(
        ["A1", nest.person("CSV FirstName"), nest.person("CSV LastName"), f'"{nest.text("CSV remark")}", x']
    )
    pairs = f"Operator\t{nest.person('TSV operator')}\nRemark\t{nest.text('TSV remark')}\n"
    xml = f"<run><user>{nest.person('XML-16 user')}</user><n>{nest.text('XML-16 text')}</n></run>"
    ini = f'[File Info]\nUserName={nest.person("INI UserName")}\nDataName="{nest.text("INI DataName")}"\n'
    made = {
        "a.yaml": f"operator: {nest.person('YAML operator')}\nnotes:\n  - {json.dumps(nest.text('YAML note'))}\n"
        f"# {nest.text('YAML comment')}\n",
        "b.txt": (
            f"Operator: {nest.person('Latin-1 operator')} Bj\u00f6rk\nNote: {nest.text('Latin-1 note')}\n"
        ).encode("latin-1"),
        "c.csv": rows.getvalue(),
        "d.tsv": pairs,
        "e.xml": ('<?xml version="1.0" encoding="UTF-16"?>' + xml).encode("utf-16"),
        "f.ini": ini.encode("utf-16-le"),
        "g.oif": ini.encode("utf-16"),
        "h.json": json.dumps({nest.bird("key of a dict"): {"n": 7}, "team": [nest.person("list of a team")]}).encode(
            "utf-16"
        ),
        "i.log": f"02/03 09:41 {nest.bird('log')} logged on, "
        f"file:///C:/Users/{nest.bird('log file', 'path')}/a%20b.tif\n",
        "j.html": f"<html><body><p title='{nest.bird('HTML title')}'>by {nest.text('HTML')}</p><br></body></html>",
        "k.bin": b"\0\1\2" + nest.bird("binary sidecar").encode() + b"\xff\xfe\0",
    }
    for name, content in made.items():
        (path.parent / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return [path.parent / name for name in made]


def write_companion(path: Path, nest: Nest) -> None:
    """A companion file that names its TIFF, which is named after a person."""
    file = f"{nest.bird('name of a member')}.ome.tif"
    identifier = "urn:uuid:5f0e9c4c-6d0f-4e2d-8a51-0b7bd6a97f1c"
    pixels = IMAGE.format(f' Name="{escaped(nest.text("companion Image@Name"))}"', "", "")
    pixels = pixels.replace(
        "<TiffData/>", f'<TiffData IFD="0" PlaneCount="1"><UUID FileName="{file}">{identifier}</UUID></TiffData>'
    )
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{OME}">{pixels}</OME>', encoding="utf-8")
    other = "urn:uuid:0fe5d024-e53d-41f1-bfe0-02fc00000001"
    binary = f'<OME xmlns="{OME}" UUID="{identifier}"><BinaryOnly MetadataFile="{path.name}" UUID="{other}"/></OME>'
    tifffile.imwrite(path.parent / file, PIXELS, description=binary.encode(), metadata=None, software=False)


DOCUMENTS: dict[str, tuple[str, Callable[[Path, Nest], object]]] = {
    "ome-shapes": ("source.ome.tif", write_ome),
    "czi-more": ("source.czi", write_czi),
    "exif": ("source.tif", write_exif),
    "gzip": ("source.nii.gz", write_gzip),
    "sidecars-more": ("source.tif", write_sidecars),
    "companion": ("source.companion.ome", write_companion),
}
"""Source to name of file and writer."""
