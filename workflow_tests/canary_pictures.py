"""Pictures with a canary in every slot, by real writers: PNG, JPEG, GIF, JPEG 2000, and what exiftool writes."""

import io
import json
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from canary_scan import Nest
from canary_sources import PIXELS, xmp

GREY = PIXELS.astype(np.uint8)


def icc(nest: Nest, where: str) -> bytes:
    """A grey ICC profile of version 2 with description, copyright, maker and model, of which three are texts."""
    texts = {b"desc": nest.text(f"{where} ICC description"), b"cprt": nest.text(f"{where} ICC copyright")}
    texts |= {b"dmnd": nest.text(f"{where} ICC maker"), b"dmdd": nest.text(f"{where} ICC model")}
    curve = struct.pack(">4sIIH", b"curv", 0, 1, 0x0233) + b"\0\0"
    blocks = {b"wtpt": struct.pack(">4sIiii", b"XYZ ", 0, 63190, 65536, 54061), b"kTRC": curve}
    for name, text in texts.items():
        plain = text.encode() + b"\0"
        if name == b"cprt":
            blocks[name] = b"text\0\0\0\0" + plain
        else:
            wide = text.encode("utf-16-be") + b"\0\0"
            blocks[name] = struct.pack(">4sII", b"desc", 0, len(plain)) + plain
            blocks[name] += struct.pack(">II", 0, len(wide) // 2) + wide + struct.pack(">HB67x", 0, 0)
    table, body = b"", b""
    at = 132 + 12 * len(blocks)
    for name, content in blocks.items():
        table += struct.pack(">4sII", name, at + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"none", 0x02400000, b"mntr", b"GRAY", b"XYZ ")
    head += struct.pack(">6H4s", 2001, 2, 3, 4, 5, 6, b"acsp") + b"\0" * 28
    head += struct.pack(">iii", 63190, 65536, 54061) + b"none"
    return head + b"\0" * (128 - len(head)) + struct.pack(">I", len(blocks)) + table + body


def with_exiftool(path: Path, tags: dict[str, str]) -> None:
    """Write tags by exiftool, where it is installed."""
    tool = shutil.which("exiftool")
    if tool is None:
        return
    arguments = [f"-{name}={value}" for name, value in tags.items()]
    subprocess.run([tool, "-q", "-overwrite_original", *arguments, str(path)], check=True, capture_output=True)


def exiftool_tags(nest: Nest, where: str) -> dict[str, str]:
    """Tags of persons and of texts in EXIF, IPTC and XMP; nothing where there is no exiftool."""
    if shutil.which("exiftool") is None:
        return {}
    people = ("XMP-xmpDM:Artist", "XMP-exif:GPSAreaInformation", "XMP-aux:OwnerName", "XMP-iptcExt:PersonInImage")
    people += ("XMP-iptcCore:CreatorWorkEmail", "XMP-iptcCore:CreatorWorkTelephone", "XMP-photoshop:CaptionWriter")
    people += ("XMP-mwg-rs:RegionName", "IPTC:Writer-Editor", "IPTC:Credit", "IPTC:Contact", "IPTC:Sub-location")
    people += ("XMP-xmpMM:HistorySoftwareAgent",)
    texts = ("XMP-dc:Description-de", "XMP-xmp:Label", "IPTC:Headline", "IPTC:Keywords", "IPTC:SpecialInstructions")
    tags = {name: nest.person(f"{where} {name}") for name in people[:-1]}
    return tags | {name: nest.text(f"{where} {name}") for name in (*texts, people[-1])}


def write_png(path: Path, nest: Nest) -> None:
    """PNG: a profile with a text in it, keys named after a person, a raw profile in hexadecimal, XMP."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", xmp(nest, "PNG").decode())
    texts.add_text("Author", nest.person("tEXt Author"))
    texts.add_text("Software", nest.text("tEXt Software"))
    texts.add_itxt("Comment", nest.text("iTXt Comment"), lang="de", tkey=nest.text("iTXt translated keyword"))
    texts.add_text(f"by {nest.bird('tEXt keyword')}", "7")
    texts.add_text("Settings", json.dumps({"user": nest.person("JSON in tEXt user"), "gain": 2}))
    raw = f"\nexif\n{60}\n" + nest.text("raw profile").encode().hex() + "\n"
    texts.add_text("Raw profile type app1", raw, zip=True)
    Image.fromarray(GREY).save(path, pnginfo=texts, icc_profile=icc(nest, "PNG"))


def write_jpeg(path: Path, nest: Nest) -> None:
    """JPEG: comment, ICC, further application segments, and what exiftool writes."""
    from PIL import Image

    Image.fromarray(GREY).save(path, comment=nest.text("second comment"), icc_profile=icc(nest, "JPEG"))
    with_exiftool(path, exiftool_tags(nest, "JPEG"))
    data = path.read_bytes()
    segments = {0xE9: b"Vendor\0" + nest.text("APP9").encode(), 0xEC: b"Ducky" + nest.text("APP12").encode()}
    segments[0xED] = b"Adobe_CM" + nest.text("APP13").encode("utf-16-le")
    extra = b"".join(b"\xff" + bytes([k]) + struct.pack(">H", len(v) + 2) + v for k, v in segments.items())
    path.write_bytes(data[:2] + extra + data[2:] + nest.text("behind the end").encode())


def write_gif(path: Path, nest: Nest) -> None:
    """GIF: a comment."""
    from PIL import Image

    Image.fromarray(GREY).save(path, comment=nest.text("comment").encode())


def write_jp2(path: Path, nest: Nest) -> None:
    """JPEG 2000: boxes of XML, XMP and UUID info, and a comment marker in the codestream."""
    import imagecodecs

    data = imagecodecs.jpeg2k_encode(PIXELS, level=0, reversible=True, codecformat="jp2")
    xml = f"<run><operator>{nest.person('XML box operator')}</operator><n>{nest.text('XML box')}</n></run>".encode()
    boxes = struct.pack(">I4s", len(xml) + 8, b"xml ") + xml
    packet = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + xmp(nest, "JP2")
    boxes += struct.pack(">I4s", len(packet) + 8, b"uuid") + packet
    url = b"\0\0\0\0" + nest.text("URL box").encode() + b"\0"
    boxes += struct.pack(">I4s", len(url) + 8, b"url ") + url
    start = data.index(b"\xff\x4f\xff\x51")
    size = start + 4 + struct.unpack(">H", data[start + 4 : start + 6])[0]
    text = nest.text("COM marker").encode("latin-1")
    comment = b"\xff\x64" + struct.pack(">HH", len(text) + 4, 1) + text
    box = start - 8
    length = struct.unpack(">I", data[box : box + 4])[0]
    code = data[start:size] + comment + data[size:]
    path.write_bytes(data[:box] + boxes + struct.pack(">I4s", length + len(comment) if length else 0, b"jp2c") + code)


def write_bmp_in_png(path: Path, nest: Nest) -> None:
    """PNG with chunks nobody knows, private ones, and bytes behind its end."""
    from PIL import Image

    made = io.BytesIO()
    Image.fromarray(GREY).save(made, "PNG")
    data = made.getvalue()
    at = data.index(b"IDAT") - 4
    chunks = b""
    for kind, content in ((b"qzXt", nest.text("private chunk").encode()), (b"tIME", b"\x07\xd0\x02\x03\x04\x05\x06")):
        chunks += struct.pack(">I", len(content)) + kind + content
        chunks += struct.pack(">I", zlib.crc32(kind + content))
    path.write_bytes(data[:at] + chunks + data[at:] + nest.text("behind the end").encode())


PICTURES: dict[str, tuple[str, Callable[[Path, Nest], object]]] = {
    "png": ("source.png", write_png),
    "png-chunks": ("source.png", write_bmp_in_png),
    "jpeg": ("source.jpg", write_jpeg),
    "gif": ("source.gif", write_gif),
    "jp2": ("source.jp2", write_jp2),
}
"""Source to name of file and writer."""
