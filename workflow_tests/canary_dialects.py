"""TIFF in its dialects, a canary in every slot: tags of every type on every page, vendors' blocks, pyramids."""

import base64
import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile

import regions
from canary_pictures import icc
from canary_scan import Nest
from canary_sources import PIXELS

ASCII, BYTE, SHORT, LONG, UNDEFINED, DOUBLE = 2, 1, 3, 4, 7, 12
PLAIN = {"metadata": None, "photometric": "minisblack", "software": False}


def shorts(text: str) -> tuple[int, ...]:
    """UTF-16 as an array of numbers."""
    data = text.encode("utf-16-le")
    return struct.unpack(f"<{len(data) // 2}H", data)


def private_tags(nest: Nest, where: str) -> list[tuple[object, ...]]:
    """Private tags of each type that can hold a text."""
    wide = shorts(nest.text(f"{where} SHORT"))
    long = tuple(map(ord, nest.text(f"{where} LONG")))
    ascii_ = nest.text(f"{where} ASCII")
    pairs = f"Operator={nest.person(f'{where} ASCII operator')}\nGain=2\n"
    raw = nest.text(f"{where} UNDEFINED").encode()
    bytes_ = nest.text(f"{where} BYTE").encode("utf-16-be")
    xml = f"<r><user>{nest.person(f'{where} XML in UNDEFINED')}</user></r>".encode()
    packed = base64.b64encode(nest.text(f"{where} base64").encode()).decode()
    return [
        (65010, SHORT, len(wide), wide, True),
        (65011, LONG, len(long), long, True),
        (65012, ASCII, 0, ascii_, True),
        (65013, ASCII, 0, pairs, True),
        (65014, UNDEFINED, len(raw), raw, True),
        (65015, BYTE, len(bytes_), bytes_, True),
        (65016, UNDEFINED, len(xml), xml, True),
        (65017, ASCII, 0, packed, True),
    ]


def write_pages(path: Path, nest: Nest) -> None:
    """Five pages, each with two levels below; private tags and a profile on the third, and on its second level."""
    with tifffile.TiffWriter(path) as tiff:
        for page in range(5):
            for level in range(3):
                here = page == 2 and level in (0, 2)
                where = f"page {page} level {level}"
                profile = icc(nest, where) if here else None
                tiff.write(
                    PIXELS[:: 2**level, :: 2**level] + page,
                    subifds=2 if level == 0 else None,
                    subfiletype=int(level > 0),
                    extratags=private_tags(nest, where) if here else (),
                    iccprofile=profile,
                    **PLAIN,
                )


def write_gdal(path: Path, nest: Nest) -> None:
    """GDAL's metadata in XML, with an author and a text."""
    xml = f'<GDALMetadata><Item name="AUTHOR">{nest.person("GDAL AUTHOR")}</Item>'
    xml += f'<Item name="NOTE" sample="0" role="offset">{nest.text("GDAL note")}</Item></GDALMetadata>'
    tifffile.imwrite(path, PIXELS, extratags=[(42112, ASCII, 0, xml, True)], **PLAIN)


def write_imagej(path: Path, nest: Nest) -> None:
    """ImageJ: regions with names, text regions, overlays, properties and blocks of one's own."""
    overlays = [regions.roi(regions.RECTANGLE, name=nest.text("overlay name"))]
    written = nest.text("text of a text region")
    overlays.append(regions.roi(regions.RECTANGLE, subtype=1, text=written, name=nest.bird("text region name")))
    selected = regions.roi(regions.OVAL, name=nest.text("ROI name"))
    metadata = {"axes": "ZYX", "unit": "um", "spacing": 0.32, "Overlays": overlays, "ROI": selected}
    metadata["Properties"] = {"Author": nest.person("property Author"), nest.bird("property key"): "1"}
    info = json.dumps({"operator": nest.person("JSON in Info operator"), "note": nest.text("JSON in Info")})
    metadata["Info"] = f"Recipe = {info}\nTitle: {nest.text('Info Title')}\n"
    tifffile.imwrite(path, np.stack([PIXELS] * 3), imagej=True, metadata=metadata, resolution=(7.593, 7.593))


def write_micromanager(path: Path, nest: Nest) -> None:
    """Micro-Manager's file with its header: summary, display settings, comments, index map."""
    summary = {"UserName": nest.person("Summary UserName"), "ComputerName": nest.person("Summary ComputerName")}
    summary |= {"Prefix": nest.text("Summary Prefix"), "Comment": nest.text("Summary Comment"), "Channels": 1}
    summary |= {"Directory": f"D:\\Users\\{nest.bird('Summary Directory', 'path')}\\run", "PixelSize_um": 0.1317}
    summary |= {"Slices": 1, "Frames": 1, "Positions": 1, "Width": 80, "Height": 64, "PixelType": "GRAY16"}
    frame = {"User": nest.person("frame User"), "Notes": nest.text("frame Notes"), "Exposure-ms": 12.5}
    display = {"Channels": [{"Name": "DAPI", "Note": nest.text("display settings")}]}
    comments = {"Summary": nest.text("comments Summary"), "0_0_0_0": nest.text("comments of a frame")}
    pixels, texts = PIXELS.tobytes(), [json.dumps(tree).encode() for tree in (summary, frame, display, comments)]
    out = bytearray(40) + texts[0] + b"\0" * (len(texts[0]) % 2)
    frame_at = len(out)
    out += texts[1] + b"\0" + b"\0" * ((len(texts[1]) + 1) % 2)
    pixel_at = len(out)
    out += pixels
    ifd_at = len(out)
    entries = [
        (256, 4, 1, 80),
        (257, 4, 1, 64),
        (258, 3, 1, 16),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, pixel_at),
    ]
    entries += [(277, 3, 1, 1), (278, 4, 1, 64), (279, 4, 1, len(pixels)), (51123, 2, len(texts[1]) + 1, frame_at)]
    out += struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries) + b"\0" * 4
    places = []
    for magic, text in ((347834724, texts[2]), (84720485, texts[3])):
        places.append(len(out))
        out += struct.pack("<II", magic, len(text)) + text
    index_at = len(out)
    out += struct.pack("<II5I", 3453623, 1, 0, 0, 0, 0, ifd_at)
    struct.pack_into("<4sI", out, 0, b"II*\0", ifd_at)
    struct.pack_into(
        "<8I", out, 8, 54773648, index_at, 483765892, places[0], 99384722, places[1], 2355492, len(texts[0])
    )
    path.write_bytes(out)


def write_ndtiff(path: Path, nest: Nest) -> None:
    """NDTiff 3.3: summary, a JSON of each frame, the index and the display settings."""
    summary = {"UserName": nest.person("Summary UserName"), "PixelSize_um": 0.1317, "PixelType": "GRAY16"}
    summary |= {"Prefix": nest.text("Summary Prefix"), "Core-Camera": "Camera", "z": nest.text("Summary note")}
    text = json.dumps(summary).encode()
    out, index = bytearray(28) + text, b""
    out += b"\0" * (len(out) % 2)
    last = 4
    for time in range(2):
        axes = json.dumps({"time": time, "channel": "DAPI"}).encode()
        frame = {"Axes": {"time": time, "channel": "DAPI"}, "UserName": nest.person(f"frame {time} UserName")}
        frame |= {"Notes": nest.text(f"frame {time} Notes"), "ElapsedTime-ms": 12.5 * time, "Exposure": 12.5}
        told = json.dumps(frame).encode() + b"\0"
        told += b"\0" * (len(told) % 2)
        at = len(out)
        struct.pack_into("<I", out, last, at)
        entries = 13
        values = at + 2 + 12 * entries + 4
        pixel_at = values + 16
        told_at = pixel_at + PIXELS.nbytes
        rows = [(256, 4, 1, 80), (257, 4, 1, 64), (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 1)]
        rows += [(273, 4, 1, pixel_at), (277, 3, 1, 1), (278, 3, 1, 64), (279, 4, 1, PIXELS.nbytes)]
        rows += [(282, 5, 1, values), (283, 5, 1, values + 8), (296, 3, 1, 3), (51123, 2, len(told), told_at)]
        out += struct.pack("<H", entries) + b"".join(struct.pack("<HHII", *row) for row in rows)
        last = len(out)
        out += b"\0" * 4 + struct.pack("<4I", 75930, 1, 75930, 1) + (PIXELS + time).tobytes() + told
        file = path.name.encode()
        index += struct.pack("<I", len(axes)) + axes + struct.pack("<I", len(file)) + file
        index += struct.pack("<8I", pixel_at, 80, 64, 1, 0, told_at, len(told), 0)
    struct.pack_into(
        "<4sIIIIII", out, 0, b"II*\0", struct.unpack_from("<I", out, 4)[0], 483729, 3, 3, 2355492, len(text)
    )
    path.write_bytes(out)
    (path.parent / "NDTiff.index").write_bytes(index)
    shown = {
        "acquisition": {"operator": nest.person("display operator")},
        "DAPI": {"note": nest.text("display note")},
    }
    (path.parent / "display_settings.txt").write_text(json.dumps(shown), encoding="utf-8")


def write_metamorph(path: Path, nest: Nest) -> None:
    """MetaMorph's description in XML, as its cameras write it."""
    props = {"Description": nest.text("PlaneInfo Description"), "user-name": nest.person("PlaneInfo user-name")}
    props |= {"spatial-calibration-x": "0.1317", "_MagNA_": "1.2", "image-name": nest.text("PlaneInfo image-name")}
    xml = "<MetaData><Prop id='Description' type='string' value='{}'/><PlaneInfo>{}</PlaneInfo></MetaData>"
    rows = "".join(f'<prop id="{name}" type="string" value="{value}"/>' for name, value in props.items())
    described = xml.format(nest.text("MetaData Description"), rows)
    tifffile.imwrite(path, PIXELS, description=described, **{**PLAIN, "software": "MetaSeries"})


def write_scanimage(path: Path, nest: Nest) -> None:
    """ScanImage: settings in Software, and in the tag Artist a JSON of regions."""
    rois = {
        "RoiGroups": {
            "imagingRoiGroup": {"rois": {"name": nest.text("RoiGroups name"), "UserData": nest.text("UserData")}}
        }
    }
    settings = f"SI.VERSION_MAJOR = 2020\nSI.hUserFunctions.userName = '{nest.person('Software userName')}'\n"
    settings += f"SI.hScan2D.logFilePath = 'D:\\Users\\{nest.bird('Software logFilePath', 'path')}\\x'\n"
    settings += f"SI.hScan2D.note = '{nest.text('Software note')}'\nSI.hRoiManager.scanZoomFactor = 2\n"
    described = (
        f"frameNumbers = 1\nacquisitionNumbers = 1\nauxTrigger0 = []\nI2CData = {{'{nest.bird('I2CData')}'}}\n"
    )
    extra = [(315, ASCII, 0, json.dumps(rois), True)]
    tifffile.imwrite(path, PIXELS, description=described, extratags=extra, **{**PLAIN, "software": settings})


def write_fei(path: Path, nest: Nest) -> None:
    """FEI's settings in the tag 34682, as a list of sections."""
    text = f"[User]\r\nDate=02/03/2011\r\nUser={nest.person('FEI User')}\r\nUserText={nest.text('FEI UserText')}\r\n"
    text += (
        f"[System]\r\nType=DualBeam\r\nSystemType=Helios\r\nBuildNr=2222\r\nDnumber={nest.text('FEI Dnumber')}\r\n"
    )
    text += (
        "[Scan]\r\nPixelWidth=1.317e-07\r\nPixelHeight=1.317e-07\r\n[Image]\r\nResolutionX=80\r\nResolutionY=64\r\n"
    )
    text += f"[PrivateFei]\r\nDatabarLabel={nest.text('FEI DatabarLabel')}\r\n"
    tifffile.imwrite(path, PIXELS, extratags=[(34682, ASCII, 0, text, True)], **PLAIN)


def write_zeiss_sem(path: Path, nest: Nest) -> None:
    """Zeiss' SEM tag 34118."""
    lines = ["0", "0", "0"]
    pairs = {"AP_PIXEL_SIZE": ("Pixel Size", "1.317 nm"), "SV_USER_NAME": ("User Name", nest.person("SEM User Name"))}
    pairs["SV_USER_TEXT"] = ("User Text", nest.text("SEM User Text"))
    pairs["SV_FILE_NAME"] = ("File Name", f"D:\\Users\\{nest.bird('SEM File Name', 'path')}\\x.tif")
    for key, (label, value) in pairs.items():
        lines += [key, f"{label} = {value}"]
    text = "\r\n".join(lines) + "\r\n"
    tifffile.imwrite(path, PIXELS, extratags=[(34118, ASCII, 0, text, True)], **PLAIN)


def write_scn(path: Path, nest: Nest) -> None:
    """Leica's SCN description."""
    barcode = base64.b64encode(nest.person("SCN barcode").encode()).decode()
    xml = (
        '<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01" '
        'uuid="urn:uuid:0b7bd6a9-7f1c-1f0e-9c4c-6d0f4e2d8a51">'
        f'<collection name="{nest.text("SCN collection")}" uuid="x" sizeX="26000" sizeY="76000">'
        f"<barcode>{barcode}</barcode>"
        f'<image name="{nest.bird("SCN image")}" uuid="y">'
        f"<creationDate>{nest.day('SCN creationDate')}T09:41:02Z</creationDate>"
        '<device model="Leica SCN400" version="1.5"/>'
        '<pixels sizeX="80" sizeY="64"><dimension sizeX="80" sizeY="64" r="0" ifd="0"/></pixels>'
        '<view sizeX="8000" sizeY="6400" offsetX="0" offsetY="0"/>'
        "<scanSettings><objectiveSettings><objective>20</objective></objectiveSettings></scanSettings>"
        "</image></collection></scn>"
    )
    rgb = np.random.default_rng(3).integers(0, 255, (64, 80, 3), dtype=np.uint8)
    tifffile.imwrite(path, rgb, description=xml, tile=(16, 16), metadata=None, photometric="rgb", software=False)


def write_many(path: Path, nest: Nest) -> None:
    """A BigTIFF of 240 pages, a person on each."""
    with tifffile.TiffWriter(path, bigtiff=True) as tiff:
        for page in range(240):
            artist = (315, ASCII, 0, nest.person("Artist of one page of 240"), True)
            tiff.write(PIXELS[:16, :16] + page, extratags=[artist], **PLAIN)


def write_bilevel(path: Path, nest: Nest) -> None:
    """One bit a pixel, a person beside."""
    artist = (315, ASCII, 0, nest.person("Artist"), True)
    tifffile.imwrite(path, PIXELS > 2000, extratags=[artist], **{**PLAIN, "photometric": "minisblack"})


def write_planar(path: Path, nest: Nest) -> None:
    """RGB whose colours lie apart, with levels below, a person on each."""
    with tifffile.TiffWriter(path) as tiff:
        for level in range(2):
            rgb = np.stack([PIXELS[:: level + 1, :: level + 1] + n for n in range(3)])
            artist = (315, ASCII, 0, nest.person(f"Artist of level {level}"), True)
            options = {**PLAIN, "photometric": "rgb", "planarconfig": "separate", "tile": (16, 16)}
            tiff.write(rgb, subifds=1 - level, subfiletype=level, extratags=[artist], **options)


DIALECTS: dict[str, tuple[str, Callable[[Path, Nest], object]]] = {
    "pages": ("source.tif", write_pages),
    "gdal": ("source.tif", write_gdal),
    "imagej-more": ("source.tif", write_imagej),
    "mm-blocks": ("source_MMStack.ome.tif", write_micromanager),
    "ndtiff": ("source_NDTiffStack.tif", write_ndtiff),
    "metaseries": ("source.tif", write_metamorph),
    "scanimage": ("source.tif", write_scanimage),
    "fei": ("source.tif", write_fei),
    "sem": ("source.tif", write_zeiss_sem),
    "scn": ("source.scn", write_scn),
    "240-pages": ("source.tif", write_many),
    "bilevel": ("source.tif", write_bilevel),
    "planar": ("source.tif", write_planar),
}
"""Source to name of file and writer."""
