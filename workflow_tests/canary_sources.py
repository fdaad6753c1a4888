"""Sources with a canary in every slot of a class, made by real writers where there are any."""

import base64
import bz2
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile

from canary_scan import Nest
from rich_ome import SIZES, RichOme

PIXELS = np.random.default_rng(5).integers(0, 4000, (64, 80), dtype=np.uint16)
ASCII, BYTE, LONG = 2, 1, 4
EXIF, GPS = 34665, 34853
POINTERS = {EXIF: 34664, GPS: 34852}
"""tifffile writes no pointer to a directory: a neighbouring code stands there until it is patched."""

TEXT_TAGS = {
    **{"DocumentName": 269, "PageName": 285, "Artist": 315, "HostComputer": 316, "InkNames": 333},
    **{"Copyright": 33432, "GDAL_METADATA": 42112, "GeoAsciiParamsTag": 34737, "Make": 271, "Model": 272},
    **{"TargetPrinter": 337, "private text": 65000, "Hamamatsu reference": 65427},
}
"""Standards 3.2: tags of text, each with a canary in every IFD."""

BLOCK_TAGS = {"XMP": 700, "IPTC": 33723, "Photoshop": 34377, "ImageSourceData": 37724, "private bytes": 65001}
BLOCK_TAGS |= {"XPTitle": 40091, "XPComment": 40092, "XPAuthor": 40093, "XPKeywords": 40094, "XPSubject": 40095}
EXIF_TAGS = {"CameraOwnerName": 42032, "BodySerialNumber": 42033}
EXIF_TAGS |= {"LensSerialNumber": 42037, "ImageUniqueID": 42016, "RelatedSoundFile": 40964}
GPS_TAGS = {"GPSProcessingMethod": 27, "GPSAreaInformation": 28}

XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"><rdf:Description rdf:about="" photoshop:City="{city}">
<dc:creator><rdf:Seq><rdf:li>{creator}</rdf:li></rdf:Seq></dc:creator><dc:title>{title}</dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def xmp(nest: Nest, where: str) -> bytes:
    """An XMP packet with an author, a town and a title."""
    text = XMP.format(
        city=nest.bird(f"{where} XMP city"),
        creator=nest.bird(f"{where} XMP creator"),
        title=nest.text(f"{where} XMP title"),
    )
    return text.encode()


def iptc(nest: Nest, where: str) -> bytes:
    """IPTC-NAA records: by-line, city, caption."""
    records = ((80, nest.bird(f"{where} IPTC by-line")), (90, nest.bird(f"{where} IPTC city")))
    records += ((120, nest.text(f"{where} IPTC caption")),)
    return b"".join(b"\x1c\x02" + struct.pack(">BH", kind, len(text)) + text.encode() for kind, text in records)


def photoshop(nest: Nest, where: str) -> bytes:
    """A Photoshop resource block that holds IPTC."""
    inner = iptc(nest, f"{where} Photoshop")
    return b"8BIM\x04\x04\0\0" + struct.pack(">I", len(inner)) + inner + b"\0" * (len(inner) % 2)


def block(nest: Nest, where: str, name: str) -> bytes:
    """The content of a tag that is no plain text."""
    if name in ("XMP", "IPTC", "Photoshop"):
        return {"XMP": xmp, "IPTC": iptc, "Photoshop": photoshop}[name](nest, where)
    encoding = "utf-16-le" if name.startswith("XP") else "latin-1"
    return nest.text(f"{where} {name}").encode(encoding) + b"\0\0"


def tags_of(nest: Nest, where: str, number: int) -> list[tuple[object, ...]]:
    """Every tag of standards 3.2 for one IFD; pointers to EXIF and GPS are filled in by `write_tiff`."""
    tags: list[tuple[object, ...]] = [
        (code, ASCII, 0, nest.text(f"{where} {name}"), True) for name, code in TEXT_TAGS.items()
    ]
    for name, code in BLOCK_TAGS.items():
        content = block(nest, where, name)
        tags.append((code, BYTE, len(content), content, True))
    tags += [(code, LONG, 1, 0xEE000000 + number, True) for code in POINTERS.values()]
    return tags


def write_tiff(path: Path, nest: Nest, *, bigtiff: bool) -> None:
    """Two pages of which each has a SubIFD, and tags of every kind in all four IFDs."""
    small = PIXELS[::2, ::2]
    with tifffile.TiffWriter(path, bigtiff=bigtiff) as tiff:
        for page in range(2):
            options = {"metadata": None, "photometric": "minisblack"}
            for level, pixels in enumerate((PIXELS + page, small + page)):
                where = f"IFD{page}" if level == 0 else f"SubIFD{page}"
                tiff.write(
                    pixels,
                    subifds=1 if level == 0 else None,
                    subfiletype=level,
                    description=f"User={nest.bird(f'{where} ImageDescription user')}\n"
                    f"Note={nest.text(f'{where} ImageDescription note')}\n",
                    software=nest.text(f"{where} Software"),
                    datetime=f"{nest.day(f'{where} DateTime').replace('-', ':')} 09:41:02",
                    extratags=tags_of(nest, where, 2 * page + level),
                    **options,
                )
    data = bytearray(path.read_bytes())
    entry = "<HHQI" if bigtiff else "<HHII"
    for number in range(4):
        where = f"{('IFD', 'SubIFD')[number % 2]}{number // 2}"
        for code, made in ((EXIF, exif), (GPS, gps)):
            mark = struct.pack(entry, POINTERS[code], LONG, 1, 0xEE000000 + number)
            place = bytes(data).index(mark)
            data += b"\0" * (len(data) % 2)
            data[place : place + len(mark)] = struct.pack(entry, code, LONG, 1, len(data))
            data += directory(made(nest, where), len(data), bigtiff)
    path.write_bytes(data)


def exif(nest: Nest, where: str) -> dict[int, tuple[int, bytes]]:
    """An EXIF directory: comment, maker's note, owner, serial numbers, dates."""
    tags = {code: (2, nest.text(f"{where} {name}").encode() + b"\0") for name, code in EXIF_TAGS.items()}
    tags[37500] = (7, b"maker\0" + nest.text(f"{where} MakerNote").encode())
    tags[37510] = (7, b"UNICODE\0" + nest.text(f"{where} UserComment").encode("utf-16-le"))
    for code in (36867, 36868):
        tags[code] = (2, f"{nest.day(f'{where} date {code}').replace('-', ':')} 09:41:02\0".encode())
    return tags


def gps(nest: Nest, where: str) -> dict[int, tuple[int, bytes]]:
    """A GPS directory."""
    tags = {code: (7, b"ASCII\0\0\0" + nest.text(f"{where} {name}").encode()) for name, code in GPS_TAGS.items()}
    tags |= {code: (2, nest.text(f"{where} gps {code}").encode() + b"\0") for code in (8, 18)}
    tags[29] = (2, nest.day(f"{where} GPSDateStamp").replace("-", ":").encode() + b"\0")
    return tags


def directory(tags: dict[int, tuple[int, bytes]], at: int, bigtiff: bool) -> bytes:
    """A directory of tags that stands at an offset, with its values behind it."""
    count, entry, word = ("<Q", "<HHQQ", 8) if bigtiff else ("<H", "<HHII", 4)
    head = struct.calcsize(count) + len(tags) * struct.calcsize(entry) + word
    entries, values = struct.pack(count, len(tags)), b""
    for code, (kind, content) in sorted(tags.items()):
        entries += struct.pack(entry, code, kind, len(content), at + head + len(values))
        values += content + b"\0" * (len(content) % 2)
    return entries + b"\0" * word + values


class CanaryOme(RichOme):
    """An OME document whose every slot of text and date holds a canary."""

    def __init__(self, file_name: str, nest: Nest) -> None:
        self._nest = nest
        self.text_slots: set[str] = set()
        self.date_slots: set[str] = set()
        super().__init__(file_name)
        for number, data in enumerate(self.root.iterfind(".//{*}BinaryFile/{*}BinData")):
            self._fill(data, number)

    def _value(self, kind: str, name: str, key: str, number: int) -> str:
        from ome_schema_walk import base_type, enumeration

        slot = f"{name}@{key}" if key else name
        if kind == "dateTime":
            self.date_slots.add(slot)
            return f"{self._nest.day(slot)}T09:41:02"
        if kind == "anyURI":
            return f"http://{self._nest.bird(slot)}/x" if number % 2 else f"file:///home/{self._nest.bird(slot)}/x"
        plain = super()._value(kind, name, key, number)
        if kind != "string" and (base_type(kind) != "string" or enumeration(kind) or ":" in plain):
            return plain
        self.text_slots.add(slot)
        return self._nest.text(slot)

    def _attribute(self, name, attribute, number):  # type: ignore[no-untyped-def]
        slot = (name, attribute.get("name"))
        if slot == ("OME", "Creator"):
            self.text_slots.add("OME@Creator")
            return self._nest.text("OME@Creator")
        return super()._attribute(name, attribute, number)

    def _content(self, name, declared, element, number):  # type: ignore[no-untyped-def]
        super()._content(name, declared, element, number)
        if len(element) == 1 and str(element[0].tag).endswith("}settings"):
            element[0].text = self._nest.text("XMLAnnotation body")
            element[0].set("gain", self._nest.text("XMLAnnotation attribute"))

    def _fill(self, data, number: int) -> None:  # type: ignore[no-untyped-def]
        """Bytes of a file, packed as the schema's ``Compression`` allows."""
        how = ("none", "zlib", "bzip2")[number % 3]
        pack = {"none": bytes, "zlib": zlib.compress, "bzip2": bz2.compress}[how]
        content = self._nest.text(f"BinData {how}").encode() * 3
        data.set("Compression", how)
        data.set("Length", str(len(content)))
        data.text = base64.b64encode(pack(content)).decode()


def write_ome(path: Path, nest: Nest) -> CanaryOme:
    """An OME-TIFF that fills the whole schema."""
    document = CanaryOme(path.name, nest)
    description: bytes | None = document.xml
    random = np.random.default_rng(0)
    with tifffile.TiffWriter(path, ome=False) as tiff:
        for t, c, z, y, x in SIZES:
            for _ in range(t * c * z):
                plane = random.integers(0, 4000, (y, x), dtype=np.uint16)
                tiff.write(plane, description=description, metadata=None, software=False, photometric="minisblack")
                description = None
    return document


def write_original_metadata(path: Path, nest: Nest) -> None:
    """What bfconvert writes: one annotation per vendor's key, and bytes of files packed in each way."""
    keys = ("Information|User|Name #1", "Operator", "Series 0 User Name", "Computer Name", "Note")
    annotations = "".join(
        f'<XMLAnnotation ID="Annotation:{n}" Namespace="openmicroscopy.org/OriginalMetadata"><Value>'
        f'<OriginalMetadata xmlns=""><Key>{key}</Key><Value>{nest.text(f"OriginalMetadata {key}")}</Value>'
        "</OriginalMetadata></Value></XMLAnnotation>"
        for n, key in enumerate(keys)
    )
    packers: dict[str, Callable[[bytes], bytes]] = {"none": bytes, "zlib": zlib.compress, "bzip2": bz2.compress}
    for n, (how, pack) in enumerate(packers.items()):
        content = nest.text(f"FileAnnotation {how}").encode() * 3
        annotations += (
            f'<FileAnnotation ID="Annotation:{10 + n}"><BinaryFile FileName="{nest.text("BinaryFile name")}" '
            f'Size="{len(content)}"><BinData Compression="{how}" BigEndian="false" Length="{len(content)}">'
            f"{base64.b64encode(pack(content)).decode()}</BinData></BinaryFile></FileAnnotation>"
        )
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="80" SizeY="64" '
        'SizeZ="1" SizeC="1" SizeT="1" PhysicalSizeX="0.1317" PhysicalSizeY="0.1317"><Channel ID="Channel:0:0" '
        'SamplesPerPixel="1" EmissionWavelength="517.5"/><TiffData/></Pixels></Image>'
        f"<StructuredAnnotations>{annotations}</StructuredAnnotations></OME>"
    )
    tifffile.imwrite(path, PIXELS, description=xml.encode(), metadata=None, software=False)


def write_imagej(path: Path, nest: Nest) -> None:
    """ImageJ's Info and Labels, and a line of its description."""
    info = f"UserName = {nest.bird('Info UserName')}\nLocation: /home/{nest.bird('Info Location', 'path')}/x.tif\n"
    info += f"Information|User|Name #1 = {nest.bird('Info User Name')}\nNote = {nest.text('Info note')}\n"
    labels = [nest.text(f"Labels {n}") for n in range(3)]
    metadata = {"axes": "ZYX", "spacing": 0.32, "unit": "um", "Info": info, "Labels": labels}
    tifffile.imwrite(path, np.stack([PIXELS] * 3), imagej=True, metadata=metadata, resolution=(7.593, 7.593))


def write_micromanager(path: Path, nest: Nest) -> None:
    """Micro-Manager's tag 51123 on each page, as its writers fill it."""
    with tifffile.TiffWriter(path) as tiff:
        for n in range(2):
            keys = ("UserName", "ComputerName", "Directory", "Prefix", "Comment")
            block = {key: nest.text(f"page {n} {key}") for key in keys}
            block |= {"Width": 80, "Height": 64, "Exposure-ms": 12.5, "PixelSizeUm": 0.1317}
            block["Time"] = f"{nest.day(f'page {n} Time')} 09:41:02 +0100"
            text = json.dumps({**block, "Summary": {"Directory": nest.text(f"page {n} Summary Directory")}})
            tiff.write(PIXELS + n, metadata=None, extratags=[(51123, ASCII, 0, text, True)])


def write_czi(path: Path, nest: Nest) -> None:
    """CZI by pylibCZIrw: title, channel names and attributes of one's own."""
    from pylibCZIrw import czi

    keys = ("UserName", "UserEmail", "FilePath", "Operator", "ComputerName", "Remark")
    with czi.create_czi(str(path)) as writer:
        writer.write(PIXELS[..., None], plane={"C": 0})
        writer.write_metadata(
            document_name=nest.text("document name"),
            channel_names={0: nest.text("channel name")},
            scale_x=0.1317e-6,
            scale_y=0.1317e-6,
            custom_attributes={key: nest.text(f"attribute {key}") for key in keys},
        )


def write_svs(path: Path, nest: Nest) -> None:
    """Aperio's description, in the pyramid's pages and a label."""
    rgb = np.random.default_rng(3).integers(0, 255, (64, 80, 3), dtype=np.uint8)
    keys = ("User", "Filename", "Title", "Patient_Name", "PatientID", "CustomField.Last_Name", "Accession", "Note")
    with tifffile.TiffWriter(path) as tiff:
        for page in ("baseline", "label"):
            fields = "|".join(f"{key} = {nest.text(f'{page} {key}')}" for key in keys)
            description = (
                f"Aperio Image Library v11.2.1\r\n80x64 [0,0 80x64] (16x16)|AppMag = 20|MPP = 0.499|{fields}"
            )
            tile = (16, 16) if page == "baseline" else None
            tiff.write(rgb, description=description, metadata=None, software=False, photometric="rgb", tile=tile)


def write_png(path: Path, nest: Nest) -> None:
    """PNG: texts plain, packed and international, EXIF, and a colour profile with a description."""
    from PIL import Image, ImageCms
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_text("Author", nest.bird("tEXt Author"))
    texts.add_text("Comment", nest.text("zTXt Comment"), zip=True)
    texts.add_itxt("Description", nest.text("iTXt Description"), zip=True)
    exif = Image.Exif()
    exif[315] = nest.text("eXIf Artist")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(PIXELS.astype(np.uint8)).save(path, pnginfo=texts, exif=exif, icc_profile=profile)


def write_jpeg(path: Path, nest: Nest) -> None:
    """JPEG: comment, EXIF with owner and position, XMP."""
    from PIL import Image

    exif = Image.Exif()
    exif[315], exif[40092] = nest.text("Artist"), nest.text("XPComment").encode("utf-16-le")
    exif[34665] = {37510: b"ASCII\0\0\0" + nest.text("UserComment").encode(), 42032: nest.bird("owner")}
    exif[34853] = {27: b"ASCII\0\0\0" + nest.text("GPSProcessingMethod").encode(), 28: nest.bird("area").encode()}
    picture = Image.fromarray(PIXELS.astype(np.uint8))
    picture.save(path, exif=exif, xmp=xmp(nest, "JPEG"), comment=nest.text("comment"))


def sidecars(folder: Path, nest: Nest) -> list[Path]:
    """Sidecars of each kind, persons in fields that say so and paths in fields that do not."""
    fields = {name: nest.text(f"JSON {name}") for name in ("experimenter", "operator", "remark")}
    made = {
        "notes.json": json.dumps({**fields, nest.text("JSON key"): 3}).encode(),
        "notes.xml": f"<run><user>{nest.bird('XML user')}</user><p k='{nest.text('XML attribute')}'/>"
        f"<!-- {nest.text('XML comment')} --></run>".encode(),
        "notes.txt": f"Operator: {nest.bird('TXT operator')}\nRemark: {nest.text('TXT remark')}\n".encode(),
        "prose.txt": f"It was {nest.text('TXT prose')} on a fine day.\n".encode(),
        "table.csv": f"well,user,remark\nA1,{nest.bird('CSV user')},{nest.text('CSV remark')}\n".encode(),
        "wide.txt": f"User: {nest.bird('UTF-16 user')}\nRemark: {nest.text('UTF-16 remark')}\n".encode("utf-16"),
        "big.txt": f"User: {nest.bird('UTF-16-BE user')}\nRemark: {nest.text('UTF-16-BE remark')}\n".encode(
            "utf-16-be"
        ),
        f"{nest.bird('sidecar name')}.ini": b"[a]\nb=1\n",
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in made]


WRITERS: dict[str, tuple[str, Callable[[Path, Nest], object]]] = {
    "ome": ("every slot.ome.tif", write_ome),
    "annotations": ("packed.ome.tif", write_original_metadata),
    "tiff": ("classic.tif", lambda path, nest: write_tiff(path, nest, bigtiff=False)),
    "bigtiff": ("big.tif", lambda path, nest: write_tiff(path, nest, bigtiff=True)),
    "imagej": ("stack.tif", write_imagej),
    "micromanager": ("mm.tif", write_micromanager),
    "czi": ("scan.czi", write_czi),
    "svs": ("slide.svs", write_svs),
    "png": ("photo.png", write_png),
    "jpeg": ("photo.jpg", write_jpeg),
}
"""Class of slots to name of file and writer."""
