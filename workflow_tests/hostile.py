"""Files made to do harm: documents with entities, bombs, loops, absurd promises, names that lead elsewhere.

`HOSTILE` names them all: what each writes, and the codes that may refuse it. `SEALED` among them means that it may be
archived, harmlessly. Every file is small, and made here.
"""

import gzip
import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

CANARY = "qzxentitycanaryqzx"
"""Stands in a file beside the sources: what an entity or a name leads to must never arrive anywhere."""
SEALED = "sealed"
MUCH = 2**31 - 1
PIXELS = np.random.default_rng(5).integers(0, 250, (48, 64), dtype=np.uint8)
OME_NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"

Writer = Callable[[Path], Path]


@dataclass(frozen=True)
class Hostile:
    """One hostile source."""

    write: Writer
    codes: frozenset[str]
    sidecar: bool = False
    """What is written is a sidecar; the image beside it is innocent."""


HOSTILE: dict[str, Hostile] = {}


def hostile(*codes: str, sidecar: bool = False) -> Callable[[Writer], Writer]:
    """List a writer under its name; it writes into a folder of its own and returns the source."""

    def add(write: Writer) -> Writer:
        HOSTILE[write.__name__.replace("_", "-")] = Hostile(write, frozenset(codes), sidecar)
        return write

    return add


# XML


def secret_beside(folder: Path) -> Path:
    """The file that entities and names of files try to reach."""
    path = folder.parent / "secret.txt"
    path.write_text(CANARY)
    return path


def stealing(folder: Path, root: str) -> str:
    """A document type with an entity that is a file, one that is an address, and a parameter entity."""
    there = secret_beside(folder).as_uri()
    return (
        f'<!DOCTYPE {root} [<!ENTITY file SYSTEM "{there}"><!ENTITY net SYSTEM "http://127.0.0.1:9/x">'
        f'<!ENTITY % more SYSTEM "{there}"> %more; <!ENTITY word "innocent">]>'
    )


def laughing(root: str) -> str:
    """A document type whose last entity is 10^9 words long."""
    lines = ['<!ENTITY l0 "lol">']
    lines += [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    return f"<!DOCTYPE {root} [{''.join(lines)}]>"


def quadratic(root: str) -> str:
    """A document type with one long entity; used many times it is a bomb without nesting."""
    return f'<!DOCTYPE {root} [<!ENTITY l9 "{"A" * 60_000}">]>'


def ome(doctype: str = "", word: str = "image", tiff_data: str = "<TiffData/>", *, many: int = 1) -> str:
    pixels = (
        '<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="64" SizeY="48" SizeZ="1" SizeC="1" '
        f'SizeT="1">{tiff_data}</Pixels>'
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<OME xmlns="{OME_NAMESPACE}"><Image ID="Image:0" Name="i">'
        f"<Description>{word * many}</Description>{pixels}</Image></OME>"
    )


def tiff_with(path: Path, description: str, **options: object) -> Path:
    tifffile.imwrite(path, PIXELS, description=description.encode(), metadata=None, software=False, **options)
    return path


@hostile("INV005")
def ome_tiff_entities(folder: Path) -> Path:
    return tiff_with(folder / "a.ome.tif", ome(stealing(folder, "OME"), "&file;&net;&word;"))


@hostile("INV005")
def ome_tiff_laughs(folder: Path) -> Path:
    return tiff_with(folder / "a.ome.tif", ome(laughing("OME"), "&l9;"))


@hostile("INV005", SEALED)
def ome_tiff_quadratic(folder: Path) -> Path:
    return tiff_with(folder / "a.ome.tif", ome(quadratic("OME"), "&l9;", many=60_000))


@hostile("INV005", SEALED)
def ome_xml_entities(folder: Path) -> Path:
    data = f'<BinData BigEndian="false" Length="4096">{"A" * 4096}</BinData>'
    (folder / "a.ome").write_text(ome(stealing(folder, "OME"), "&file;&net;&word;", data))
    return folder / "a.ome"


@hostile("INV005")
def companion_entities(folder: Path) -> Path:
    tiff_with(folder / "a.tif", "")
    data = '<TiffData><UUID FileName="a.tif">urn:uuid:11111111-1111-1111-1111-111111111111</UUID></TiffData>'
    (folder / "a.companion.ome").write_text(ome(stealing(folder, "OME"), "&file;&word;", data))
    return folder / "a.companion.ome"


def czi_with(path: Path, metadata: str) -> Path:
    from pylibCZIrw import czi

    with czi.create_czi(str(path)) as writer:
        writer.write(PIXELS[..., None], plane={"C": 0})
        writer.write_metadata(document_name="x" * 3000)
    content = bytearray(path.read_bytes())
    at = content.index(b"ZISRAWMETADATA")
    (size,) = struct.unpack_from("<I", content, at + 32)
    start = at + 32 + 256
    room = content[start : start + size]
    new = metadata.encode()
    room[:] = new + b" " * (size - len(new)) if len(new) <= size else new[:size]
    content[start : start + size] = room
    path.write_bytes(content)
    return path


def czi_document(doctype: str, word: str) -> str:
    return (
        f'<?xml version="1.0"?>{doctype}<ImageDocument><Metadata><Information>'
        f"<Document><Name>{word}</Name></Document>"
        "<Image><SizeX>64</SizeX><SizeY>48</SizeY><SizeC>1</SizeC><PixelType>Gray8</PixelType></Image></Information>"
        "</Metadata></ImageDocument>"
    )


@hostile("INV005", "MET001", "MET002", SEALED)
def czi_entities(folder: Path) -> Path:
    return czi_with(folder / "a.czi", czi_document(stealing(folder, "ImageDocument"), "&file;&net;&word;"))


@hostile("INV005", "MET001", "MET002", SEALED)
def czi_laughs(folder: Path) -> Path:
    return czi_with(folder / "a.czi", czi_document(laughing("ImageDocument"), "&l9;"))


def lif_with(path: Path, xml: str) -> Path:
    text = xml.encode("utf-16-le")
    head = struct.pack("<iiBI", 0x70, 5 + len(text), 0x2A, len(text) // 2) + text
    name = "MemBlock_1".encode("utf-16-le")
    block = struct.pack("<iiBqBI", 0x70, 14 + len(name), 0x2A, 900, 0x2A, 10) + name + bytes(900)
    path.write_bytes(head + block)
    return path


def lif_document(doctype: str, word: str) -> str:
    return (
        f'{doctype}<LMSDataContainerHeader Version="2"><Element Name="{word}"><Memory Size="900" '
        'MemoryBlockID="MemBlock_1"/></Element></LMSDataContainerHeader>'
    )


@hostile("INV005", "MET001")
def lif_entities(folder: Path) -> Path:
    return lif_with(folder / "a.lif", lif_document(stealing(folder, "LMSDataContainerHeader"), "&word;"))


@hostile("INV005", "MET001")
def lif_laughs(folder: Path) -> Path:
    return lif_with(folder / "a.lif", lif_document(laughing("LMSDataContainerHeader"), "&l9;"))


@hostile("INV005", "MET001", "MET002", "CNV001", SEALED)
def scn_entities(folder: Path) -> Path:
    scn = '<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01"><collection name="&file;&word;"/></scn>'
    path = folder / "a.scn"
    return tiff_with(path, f'<?xml version="1.0"?>{stealing(folder, "scn")}{scn}', tile=(16, 16))


@hostile("INV005", "MET001", "MET002", SEALED)
def bif_laughs(folder: Path) -> Path:
    xmp = (
        f'<?xml version="1.0"?>{laughing("EncodeInfo")}<EncodeInfo Ver="2"><AoiInfo/><iScan>&l9;</iScan></EncodeInfo>'
    )
    data = xmp.encode()
    path, tags = folder / "a.bif", [(700, 1, len(data), data, True)]
    return tiff_with(path, "level=0 mag=40 quality=95", extratags=tags, tile=(16, 16))


@hostile("INV005", "MET002", SEALED)
def svs_entities(folder: Path) -> Path:
    text = f"Aperio Image Library v11\r\n64x48|AppMag = 20|Note = {stealing(folder, 'a')}<a>&file;&word;</a>"
    return tiff_with(folder / "a.svs", text, tile=(16, 16))


@hostile("INV005", "MET002", SEALED)
def xmp_entities(folder: Path) -> Path:
    meta = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>&file;&net;&word;</a></x:xmpmeta>'
    data = f'<?xml version="1.0"?>{stealing(folder, "x:xmpmeta")}{meta}'.encode()
    return tiff_with(folder / "a.tif", "", extratags=[(700, 1, len(data), data, True)])


@hostile(SEALED, sidecar=True)
def sidecar_entities(folder: Path) -> Path:
    (folder / "side.xml").write_text(f"{stealing(folder, 'a')}<a><b>&file;</b>&net;</a>")
    return folder / "side.xml"


@hostile(SEALED, sidecar=True)
def sidecar_laughs(folder: Path) -> Path:
    (folder / "side.xml").write_text(f"{laughing('a')}<a>&l9;</a>")
    return folder / "side.xml"


@hostile(SEALED, sidecar=True)
def sidecar_yaml_tags(folder: Path) -> Path:
    harm = folder.parent / "harm.txt"
    (folder / "side.yaml").write_text(
        f"a: !!python/object/apply:os.system ['echo > {harm}']\nb: &x [1]\nc: [*x, *x]\n"
    )
    return folder / "side.yaml"


@hostile(SEALED, sidecar=True)
def sidecar_deep_json(folder: Path) -> Path:
    (folder / "side.json").write_text("[" * 100_000 + "]" * 100_000)
    return folder / "side.json"


@hostile(SEALED, sidecar=True)
def sidecar_odd_json(folder: Path) -> Path:
    (folder / "side.json").write_text('{"a": NaN, "a": 1e999, "b": -Infinity, "c": ' + "9" * 5000 + "}")
    return folder / "side.json"


@hostile(SEALED, sidecar=True)
def sidecar_deep_xml(folder: Path) -> Path:
    (folder / "side.xml").write_text("<a>" * 100_000 + "</a>" * 100_000)
    return folder / "side.xml"


@hostile(SEALED, sidecar=True)
def sidecar_deep_yaml(folder: Path) -> Path:
    (folder / "side.yaml").write_text("[" * 20_000 + "]" * 20_000)
    return folder / "side.yaml"


@hostile(SEALED, sidecar=True)
def sidecar_of_as(folder: Path) -> Path:
    (folder / "side.txt").write_bytes(b"a" * 3_000_000)
    return folder / "side.txt"


@hostile(SEALED, "SAN003", "SAN005", sidecar=True)
def sidecar_of_markup(folder: Path) -> Path:
    harm = "<script>document.title='HARMED'</script>=HYPERLINK(1)\x1b]0;HARMED\x07"
    (folder / "side.json").write_text(json.dumps({f"=cmd|'/c calc'!A1 {harm}": harm, "+1": "-1", "@x": "\ttab"}))
    return folder / "side.json"


# TIFF


def classic(entries: list[tuple[int, int, int, int]], data: bytes = b"", following: int = 0) -> bytes:
    """A little-endian TIFF with one directory at byte 8; ``data`` lies right after it."""
    table = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + table + struct.pack("<I", following) + data


def grey(width: int, length: int, count: int, *, compression: int = 1, rows: int = 0, more: int = 0) -> list:
    """Entries of a grey 8-bit image in one strip, which lies right behind a directory of these and ``more``."""
    offset = 8 + 2 + (9 + more) * 12 + 4
    single = {
        256: width,
        257: length,
        258: 8,
        259: compression,
        262: 1,
        273: offset,
        277: 1,
        278: rows or length,
        279: count,
    }
    return [(tag, 4, 1, value) for tag, value in single.items()]


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


@hostile("INV004", "INV005")
def tiff_of_2_62_pixels(folder: Path) -> Path:
    return written(folder, "a.tif", classic(grey(2**31, 2**31, 800), bytes(800)))


@hostile("INV004", "INV005")
def tiff_of_2_62_packed_pixels(folder: Path) -> Path:
    data = zlib.compress(bytes(1000))
    return written(folder, "a.tif", classic(grey(2**31, 2**31, len(data), compression=8), data))


@hostile("INV004", "INV005")
def tiff_of_2_62_lzw_pixels(folder: Path) -> Path:
    return written(folder, "a.tif", classic(grey(2**31, 2**31, 800, compression=5), bytes(800)))


@hostile("INV004", "INV005")
def tiff_of_2_62_sparse_pixels(folder: Path) -> Path:
    tags = {256: 2**31, 257: 2**31, 258: 8, 259: 1, 262: 1, 277: 1, 322: 65536, 323: 65536, 324: 0, 325: 0}
    return written(folder, "a.tif", classic([(tag, 4, 1, value) for tag, value in tags.items()]))


def zeros_packed(total: int) -> bytes:
    """A zlib stream of ``total`` zeros, a multiple of 2^20, made without packing them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    return b"\x78\xda" + block * (total >> 20) + last + struct.pack(">I", (total % 65521) << 16 | 1)


@hostile("INV005")
def tiff_deflate_bomb(folder: Path) -> Path:
    """64 x 48 pixels are promised, 4 GiB stand in the strip."""
    data = zeros_packed(4 << 30)
    return written(folder, "a.tif", classic(grey(64, 48, len(data), compression=8), data))


@hostile("INV005")
def tiff_zstd_bomb(folder: Path) -> Path:
    import imagecodecs

    data = imagecodecs.zstd_encode(bytes(1 << 20), level=19) * 4096
    return written(folder, "a.tif", classic(grey(64, 48, len(data), compression=50000), data))


@hostile("INV005")
def tiff_lzw_bomb(folder: Path) -> Path:
    import imagecodecs

    data = imagecodecs.lzw_encode(bytes(64 << 20))
    return written(folder, "a.tif", classic(grey(64, 48, len(data), compression=5), data))


def grey_256(data: bytes, compression: int) -> bytes:
    """256 x 256 pixels are promised, in one strip that is no longer than they."""
    assert len(data) < 256 * 256
    return classic(grey(256, 256, len(data), compression=compression), data)


@hostile("INV005", "MET001")
def tiff_deflate_bomb_of_a_likely_length(folder: Path) -> Path:
    """32 MB in 33 kB: nothing but decoding shows it."""
    return written(folder, "a.tif", grey_256(zeros_packed(32 << 20), 8))


@hostile("INV005", "MET001")
def tiff_zstd_bomb_of_a_likely_length(folder: Path) -> Path:
    import imagecodecs

    return written(folder, "a.tif", grey_256(imagecodecs.zstd_encode(bytes(1 << 20), level=19) * 900, 50000))


@hostile("INV005", "MET001")
def tiff_packbits_bomb_of_a_likely_length(folder: Path) -> Path:
    return written(folder, "a.tif", grey_256(b"\x81\0" * 20_000, 32773))


@hostile("INV005", "MET001", SEALED)
def tiff_lzw_bomb_of_a_likely_length(folder: Path) -> Path:
    """64 MB in 50 kB; the decoder stops where the promised pixels end, and says nothing."""
    import imagecodecs

    return written(folder, "a.tif", grey_256(imagecodecs.lzw_encode(bytes(64 << 20)), 5))


@hostile("VER005", "VER006", "CNV001")
def tiff_deflate_strip_that_ends_early(folder: Path) -> Path:
    """No bomb, but its opposite: readers fill up with zeros what is not there."""
    return written(folder, "a.tif", grey_256(zlib.compress(bytes(range(200)) * 150), 8))


@hostile("INV005")
def tiff_directories_on_top_of_each_other(folder: Path) -> Path:
    """1,000 directories of 2^19 x 2^19 pixels, each a quarter of a terabyte, all in the same 13 MB of zstd."""
    import imagecodecs

    data = imagecodecs.zstd_encode(bytes(1 << 20), level=19) * (1 << 18)
    count, table = 1000, 2 + 9 * 12 + 4
    entries = [
        (tag, kind, n, 8 + count * table if tag == 273 else value)
        for tag, kind, n, value in grey(2**19, 2**19, len(data), compression=50000)
    ]
    tables = b"".join(
        classic(entries, following=8 + (number + 1) * table if number + 1 < count else 0)[8:]
        for number in range(count)
    )
    return written(folder, "a.tif", b"II*\0\x08\0\0\0" + tables + data)


@hostile("INV005")
def tiff_of_terabytes_that_are_left_out(folder: Path) -> Path:
    """2^21 x 2^21 pixels in tiles of 2^14 x 2^14, of which one is stored and the others are blank, as GDAL has it."""
    tiles, table = 2**14, 8 + 2 + 9 * 12 + 4
    data = zeros_packed(2**28)
    single = {256: 2**21, 257: 2**21, 258: 8, 259: 8, 262: 1, 277: 1, 322: 2**14, 323: 2**14}
    entries = [(tag, 4, 1, value) for tag, value in single.items()]
    entries += [(324, 4, tiles, table + 12), (325, 4, tiles, table + 12 + 4 * tiles)]
    offsets, counts = np.zeros(tiles, "<u4"), np.zeros(tiles, "<u4")
    offsets[0], counts[0] = table + 12 + 8 * tiles, len(data)
    return written(folder, "a.tif", classic(entries, offsets.tobytes() + counts.tobytes() + data))


@hostile("INV004", "INV005", "CNV001")
def tiff_honest_bomb(folder: Path) -> Path:
    """One strip of 60,000 x 60,000 pixels, all of them there: 3.5 MB of deflate for 3.6 GB."""
    data = zeros_packed(3434 << 20)
    return written(folder, "a.tif", classic(grey(60_000, 60_000, len(data), compression=8), data))


@hostile("INV004", "INV005")
def tiff_loop(folder: Path) -> Path:
    return written(folder, "a.tif", classic(grey(8, 8, 64), bytes(64), following=8))


@hostile("INV004", "INV005", SEALED)
def tiff_subifd_loop(folder: Path) -> Path:
    return written(folder, "a.tif", classic([*grey(8, 8, 64, more=1), (330, 4, 1, 8)], bytes(64)))


@hostile("INV004", "INV005", SEALED)
def tiff_exif_loop(folder: Path) -> Path:
    return written(folder, "a.tif", classic([*grey(8, 8, 64, more=2), (34665, 4, 1, 8), (34853, 4, 1, 8)], bytes(64)))


@hostile("INV004", "INV005")
def tiff_offset_outside(folder: Path) -> Path:
    entries = [(tag, kind, count, 2**32 - 64 if tag == 273 else value) for tag, kind, count, value in grey(8, 8, 64)]
    return written(folder, "a.tif", classic(entries, bytes(64)))


@hostile("INV004", "INV005")
def tiff_tag_of_2_32_values(folder: Path) -> Path:
    return written(folder, "a.tif", classic([*grey(8, 8, 64, more=1), (65000, 12, 2**32 - 1, 8)], bytes(64)))


@hostile("INV004", "INV005")
def tiff_strips_of_2_32(folder: Path) -> Path:
    entries = [entry for entry in grey(8, 2**31, 64, rows=1) if entry[0] not in (273, 279)]
    return written(folder, "a.tif", classic([*entries, (273, 4, 2**32 - 1, 8), (279, 4, 2**32 - 1, 8)], bytes(64)))


@hostile("INV005")
def tiff_strips_on_top_of_each_other(folder: Path) -> Path:
    """100,000 strips that are all the same 40,000 bytes: 4 GB of pixels in 900 kB."""
    rows, width = 100_000, 40_000
    entries = [entry for entry in grey(width, rows, 0, rows=1) if entry[0] not in (273, 279)]
    table = 8 + 2 + 9 * 12 + 4
    entries += [(273, 4, rows, table), (279, 4, rows, table + 4 * rows)]
    offsets = np.full(rows, table + 8 * rows, "<u4").tobytes() + np.full(rows, width, "<u4").tobytes()
    return written(folder, "a.tif", classic(entries, offsets + bytes(width)))


@hostile("INV004", "INV005")
def tiff_chain_of_directories_in_each_other(folder: Path) -> Path:
    content = bytearray(classic(grey(8, 8, 64), bytes(64)))
    at = len(content)
    struct.pack_into("<I", content, 8 + 2 + 9 * 12, at)
    for number in range(4000):
        content += struct.pack("<HHHIII", 1, 256, 4, 1, 8, at + 2 * number + 2)
    return written(folder, "a.tif", bytes(content))


@hostile("INV005", "INV006", SEALED)
def ome_tiff_file_name_outside(folder: Path) -> Path:
    secret_beside(folder)
    data = '<TiffData><UUID FileName="../secret.txt">urn:uuid:11111111-1111-1111-1111-111111111111</UUID></TiffData>'
    return tiff_with(folder / "a.ome.tif", ome(tiff_data=f"<TiffData/>{data}"))


@hostile("INV005")
def ome_tiff_metadata_file_outside(folder: Path) -> Path:
    there = secret_beside(folder)
    text = f'<OME xmlns="{OME_NAMESPACE}"><BinaryOnly MetadataFile="{there}" UUID="urn:uuid:1"/></OME>'
    return tiff_with(folder / "a.ome.tif", text)


@hostile("INV004", "INV005")
def ome_tiff_of_10_12_planes(folder: Path) -> Path:
    return tiff_with(
        folder / "a.ome.tif", ome().replace('SizeZ="1"', 'SizeZ="1000000"').replace('SizeT="1"', 'SizeT="1000000"')
    )


@hostile("INV004", "INV005")
def imagej_of_10_12_planes(folder: Path) -> Path:
    return tiff_with(folder / "a.tif", "ImageJ=1.53\nimages=999999999999\nslices=999999999999\n")


# Other headers that promise too much


@hostile("INV004", "INV005", "CNV001")
def png_of_2_62_pixels(folder: Path) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">2I5B", MUCH, MUCH, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return written(folder, "a.png", b"\x89PNG\r\n\x1a\n" + head + body)


@hostile("INV004", "INV005", "CNV001", SEALED)
def png_text_bomb(folder: Path) -> Path:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(PIXELS).save(stream, "PNG")
    content = stream.getvalue()
    data = b"Comment\0\0" + zeros_packed(1 << 30)
    text = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    return written(folder, "a.png", content[:33] + text + content[33:])


@hostile("INV004", "INV005")
def nrrd_of_terabytes(folder: Path) -> Path:
    return written(
        folder,
        "a.nrrd",
        b"NRRD0004\ntype: double\ndimension: 3\nsizes: 99999 99999 99999\nencoding: raw\n\n" + bytes(99),
    )


@hostile("INV004", "INV005")
def nrrd_gzip_of_terabytes(folder: Path) -> Path:
    head = b"NRRD0004\ntype: uint8\ndimension: 3\nsizes: 99999 99999 9\nencoding: gzip\n\n"
    return written(folder, "a.nrrd", head + gzip.compress(bytes(999)))


def nifti(sizes: tuple[int, int, int]) -> bytes:
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *sizes, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 2, 8)
    struct.pack_into("<f", header, 108, 352)
    header[344:348] = b"n+1\0"
    return bytes(header)


@hostile("INV004", "INV005")
def nifti_of_terabytes(folder: Path) -> Path:
    return written(folder, "a.nii", nifti((32767, 32767, 32767)) + bytes(100))


@hostile("INV005")
def nifti_gzip_bomb(folder: Path) -> Path:
    """8 x 8 x 8 are promised; 20 GB of zeros follow, in members of a gzip stream."""
    member = gzip.compress(bytes(100 << 20), 9)
    return written(folder, "a.nii.gz", gzip.compress(nifti((8, 8, 8)) + bytes(512)) + member * 200)


@hostile("INV003", "INV004", "INV005", "CNV001")
def tiff_gzip_bomb(folder: Path) -> Path:
    """A small TIFF and 200 GB of zeros behind it, packed whole: 200 MB would be 20 MB; this is less."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, PIXELS)
    member = gzip.compress(bytes(100 << 20), 9)
    return written(folder, "a.tif.gz", gzip.compress(stream.getvalue()) + member * 200)


@hostile("INV004", "INV005")
def mrc_of_terabytes(folder: Path) -> Path:
    header = bytearray(1024)
    struct.pack_into("<4i", header, 0, 500_000, 500_000, 500_000, 2)
    header[208:212] = b"MAP "
    header[212:216] = b"DD\0\0"
    return written(folder, "a.mrc", bytes(header) + bytes(99))


@hostile("INV004", "INV005")
def fits_of_terabytes(folder: Path) -> Path:
    cards = ["SIMPLE  =                    T", "BITPIX  =                  -64", "NAXIS   =                    2"]
    cards += [f"NAXIS{n}  = {99999999:20d}" for n in (1, 2)] + ["END"]
    return written(folder, "a.fits", b"".join(card.encode().ljust(80) for card in cards).ljust(2880) + bytes(2880))


@hostile("INV004", "INV005")
def fits_of_10_999_axes(folder: Path) -> Path:
    cards = ["SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                  999"]
    cards += [f"NAXIS{n:<3d}= {99999999:20d}" for n in range(1, 1000)] + ["END"]
    head = b"".join(card.encode().ljust(80) for card in cards)
    return written(folder, "a.fits", head.ljust(-(-len(head) // 2880) * 2880) + bytes(2880))


@hostile("INV004", "INV005")
def nrrd_of_5000_axes(folder: Path) -> Path:
    head = f"NRRD0004\ntype: uint8\ndimension: 5000\nsizes: {'999999999 ' * 5000}\nencoding: raw\n\n"
    return written(folder, "a.nrrd", head.encode() + bytes(9))


@hostile("INV004", "INV005", "CNV001", "MET001")
def dicom_of_terabytes(folder: Path) -> Path:
    from canary_scan import Aviary
    from canary_volumes import write_dicom

    path = folder / "a.dcm"
    write_dicom(path, Aviary().nest("p", "dicom"))
    import pydicom

    data = pydicom.dcmread(path)
    data.Rows, data.Columns, data.NumberOfFrames = 65535, 65535, 2147483647
    data.save_as(path, enforce_file_format=True)
    return path


@hostile("INV004", "INV005", "MET001", "MET002", "CNV001", "CNV003", "INV003")
def hdf5_of_exabytes(folder: Path) -> Path:
    import h5py

    with h5py.File(folder / "a.h5", "w") as file:
        file.create_dataset("image", shape=(2**30, 2**31), dtype="u1", chunks=(1024, 1024), fillvalue=7)
    return folder / "a.h5"


@hostile("INV005")
def jp2_of_2_62_pixels(folder: Path) -> Path:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(PIXELS).save(stream, "JPEG2000")
    content = bytearray(stream.getvalue())
    at = content.index(b"ihdr")
    struct.pack_into(">2I", content, at + 4, MUCH, MUCH)
    at = content.index(b"\xff\x51")
    struct.pack_into(">2I", content, at + 6, MUCH, MUCH)
    struct.pack_into(">2I", content, at + 22, MUCH, MUCH)
    return written(folder, "a.jp2", bytes(content))


@hostile("INV004", "INV005", "MET001", "CNV001", "CNV003")
def czi_of_2_62_pixels(folder: Path) -> Path:
    from pylibCZIrw import czi

    path = folder / "a.czi"
    with czi.create_czi(str(path)) as writer:
        writer.write(PIXELS[..., None], plane={"C": 0})
        writer.write_metadata(document_name="x")
    content = path.read_bytes()
    # Sizes of the dimension entries X and Y, in the subblock and in the directory.
    for letter, size in ((b"X\0\0\0", 64), (b"Y\0\0\0", 48)):
        wrong = [(struct.pack("<ii", start, size), struct.pack("<ii", start, MUCH)) for start in (0,)]
        for old, new in wrong:
            content = content.replace(letter + old, letter + new)
    return written(folder, "a.czi", content)


@hostile("INV004", "INV005", "MET001", "INV003")
def nd2_of_4_billion_frames(folder: Path) -> Path:
    from unit.test_structure import nd2

    nd2(folder / "a.nd2", frames=3, promised=2**32 - 1)
    return folder / "a.nd2"


# Zarr


def zarr_v2(
    folder: Path, shape: list[int], chunks: list[int], compressor: object, chunk: bytes, separator: str = "."
) -> Path:
    store = folder / "a.zarr"
    (store / "0").mkdir(parents=True)
    (store / ".zgroup").write_text('{"zarr_format": 2}')
    axes = [{"name": name, "type": "space"} for name in "yx"]
    scale = {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1, 1]}]}
    attributes = {"multiscales": [{"version": "0.4", "axes": axes, "datasets": [scale]}]}
    (store / ".zattrs").write_text(json.dumps(attributes))
    array = {
        **{"zarr_format": 2, "shape": shape, "chunks": chunks, "dtype": "|u1", "fill_value": 0, "order": "C"},
        **{"compressor": compressor, "filters": None, "dimension_separator": separator},
    }
    (store / "0/.zarray").write_text(json.dumps(array))
    (store / "0/0.0").write_bytes(chunk)
    return store


@hostile("INV005")
def zarr_chunk_that_inflates_10_000_fold(folder: Path) -> Path:
    return zarr_v2(folder, [64, 64], [64, 64], {"id": "zlib", "level": 1}, zeros_packed(4 << 30))


@hostile("INV005")
def zarr_gzip_chunk_bomb(folder: Path) -> Path:
    bomb = gzip.compress(bytes(100 << 20), 9) * 40
    return zarr_v2(folder, [64, 64], [64, 64], {"id": "gzip", "level": 1}, bomb)


@hostile("INV005")
def zarr_chunk_of_terabytes(folder: Path) -> Path:
    return zarr_v2(folder, [2**20, 2**20], [2**20, 2**20], {"id": "zlib", "level": 1}, zlib.compress(bytes(9999)))


@hostile("INV004", "INV005")
def zarr_of_2_62_chunks(folder: Path) -> Path:
    return zarr_v2(folder, [2**40, 2**40], [2**9, 2**9], {"id": "zlib", "level": 1}, zlib.compress(bytes(2**18)))


@hostile("INV005", "MET001")
def zarr_deep_json(folder: Path) -> Path:
    store = zarr_v2(folder, [64, 64], [64, 64], None, bytes(4096))
    (store / ".zattrs").write_text('{"a":' * 100_000 + "1" + "}" * 100_000)
    return store


@hostile("INV004", "INV005", "MET001")
def zarr_level_outside(folder: Path) -> Path:
    store = zarr_v2(folder, [64, 64], [64, 64], None, bytes(4096))
    (store / ".zattrs").write_text('{"multiscales": [{"version": "0.4", "datasets": [{"path": "../../secret"}]}]}')
    return store


@hostile("INV005")
def zarr_link_outside(folder: Path) -> Path:
    store = zarr_v2(folder, [64, 64], [64, 64], None, bytes(4096))
    (store / "0/0.1").symlink_to(secret_beside(folder))
    return store


def zarr_v3(folder: Path, shape: list[int], chunk: list[int], codecs: list[object], content: bytes) -> Path:
    store = folder / "a.zarr"
    (store / "0/c/0").mkdir(parents=True)
    axes = [{"name": name, "type": "space"} for name in "yx"]
    scale = {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1, 1]}]}
    ome = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": [scale]}]}
    (store / "zarr.json").write_text(json.dumps({"zarr_format": 3, "node_type": "group", "attributes": {"ome": ome}}))
    array = {
        **{"zarr_format": 3, "node_type": "array", "shape": shape, "data_type": "uint8", "fill_value": 0},
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "codecs": codecs,
    }
    (store / "0/zarr.json").write_text(json.dumps(array))
    (store / "0/c/0/0").write_bytes(content)
    return store


BYTES_CODEC = {"name": "bytes", "configuration": {"endian": "little"}}


def gzip_bomb(gigabytes: int) -> bytes:
    return gzip.compress(bytes(100 << 20), 9) * (10 * gigabytes)


def sharded(inner: list[object]) -> list[object]:
    """The codecs of an array whose shards hold two chunks of 512 x 256, and an index without check sum."""
    return [
        {
            "name": "sharding_indexed",
            "configuration": {"chunk_shape": [512, 256], "codecs": inner, "index_codecs": [BYTES_CODEC]},
        }
    ]


@hostile("INV005")
def zarr_shard_with_a_gzip_bomb(folder: Path) -> Path:
    bomb = gzip.compress(bytes(120 << 20), 9)
    index = struct.pack("<4Q", 0, len(bomb), 2**64 - 1, 2**64 - 1)
    return zarr_v3(folder, [512, 512], [512, 512], sharded([BYTES_CODEC, {"name": "gzip"}]), bomb + index)


@hostile("INV004")
def zarr_shard_that_points_outside(folder: Path) -> Path:
    index = struct.pack("<4Q", 2**40, 2**16, 0, 2**63)
    return zarr_v3(folder, [512, 512], [512, 512], sharded([BYTES_CODEC, {"name": "gzip"}]), bytes(999) + index)


@hostile("INV005")
def zarr_gzip_bomb_of_a_likely_length(folder: Path) -> Path:
    """8 MB are promised; 9 MB are stored and hold 9 GB."""
    codecs = [BYTES_CODEC, {"name": "gzip", "configuration": {"level": 9}}]
    return zarr_v3(folder, [2896, 2896], [2896, 2896], codecs, gzip_bomb(8))


@hostile("INV005")
def zarr_zstd_bomb_that_states_an_innocent_length(folder: Path) -> Path:
    """A frame that states 64 kB, in whose blocks 2 GB of one value stand: a decoder that streams gives them all."""
    run = struct.pack("<I", (128 * 1024) << 3 | 1 << 1)[:3] + b"\0"
    last = struct.pack("<I", 1 << 3 | 1 << 1 | 1)[:3] + b"\0"
    frame = struct.pack("<IBBI", 0xFD2FB528, 0x80, 0x38, 65536) + run * 16_000 + last
    codecs = [BYTES_CODEC, {"name": "zstd", "configuration": {"level": 3, "checksum": False}}]
    return zarr_v3(folder, [256, 256], [256, 256], codecs, frame)


@hostile("INV005")
def zarr_blosc_chunk_that_states_4_gigabytes(folder: Path) -> Path:
    chunk = struct.pack("<4B3I", 2, 1, 0x21, 1, 2**32 - 1, 2**20, 4096) + bytes(4096 - 16)
    codecs = [BYTES_CODEC, {"name": "blosc", "configuration": {"cname": "lz4", "clevel": 5, "shuffle": "noshuffle"}}]
    return zarr_v3(folder, [64, 64], [64, 64], codecs, chunk)


@hostile("INV005")
def zarr_chunk_compressed_twice(folder: Path) -> Path:
    inner = gzip.compress(zeros_packed(1 << 30), 9)
    codecs = [BYTES_CODEC, {"name": "numcodecs.zlib", "configuration": {"level": 9}}, {"name": "gzip"}]
    return zarr_v3(folder, [64, 64], [64, 64], codecs, inner)


@hostile("INV005")
def zarr_of_exabytes_that_are_left_out(folder: Path) -> Path:
    """Zarr v3 may leave out what holds the fill value alone: here all but one of 2^62 chunks."""
    return zarr_v3(folder, [2**40, 2**40], [512, 512], [BYTES_CODEC], bytes(512 * 512))


# Names and members


@hostile("INV005", "INV006")
def nrrd_data_outside(folder: Path) -> Path:
    there = secret_beside(folder)
    head = f"NRRD0004\ntype: uint8\ndimension: 1\nsizes: 10\nencoding: raw\ndata file: {there}\n"
    return written(folder, "a.nhdr", head.encode())


@hostile("INV005", "INV006")
def mhd_of_a_billion_files(folder: Path) -> Path:
    head = b"NDims = 3\nDimSize = 8 8 999999999\nElementType = MET_UCHAR\nElementDataFile = s%03d.raw 1 999999999 1\n"
    return written(folder, "a.mhd", head)


@hostile("INV005", "INV006")
def nrrd_width_of_a_billion(folder: Path) -> Path:
    head = (
        b"NRRD0004\ntype: uint8\ndimension: 3\nsizes: 8 8 2\nencoding: raw\ndata file: s%0999999999d.raw 1 2 1 2\n\n"
    )
    return written(folder, "a.nhdr", head)


@hostile("INV003", "INV004", "INV005", "INV006", "INV011")
def htd_of_a_billion_wells(folder: Path) -> Path:
    lines = ['"HTSInfoFile", Version 1.0', '"TimePoints", 99999999', '"XWells", 99999', '"YWells", 99999']
    lines += ['"WellsSelection1", TRUE, TRUE', '"Sites", TRUE', '"XSites", 99999', '"YSites", 99999', '"EndFile"']
    return written(folder, "a.HTD", "\r\n".join(lines).encode())


@hostile("INV005", "INV006", "INV003")
def oif_member_outside(folder: Path) -> Path:
    secret_beside(folder)
    text = '[OIF Release No]\r\nOIF="1"\r\n[ProfileSaveInfo]\r\nIniFileName0="..\\..\\secret.txt"\r\n'
    (folder / "a.oif").write_bytes(b"\xff\xfe" + text.encode("utf-16-le"))
    (folder / "a.oif.files").symlink_to(folder.parent)
    return folder / "a.oif"


@hostile("INV003", "INV004", "INV005", "MET001", "INV011")
def zip_bomb_as_prz(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.prz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../data.npy", bytes(256 << 20))
    return folder / "a.prz"


@hostile(SEALED)
def name_that_is_an_option(folder: Path) -> Path:
    return tiff_with(folder / "-rf --help.tif", "")


@hostile(SEALED)
def name_that_is_an_argument_file(folder: Path) -> Path:
    return tiff_with(folder / "@secret.txt", "")


@hostile("INV001")
def name_that_drives_a_terminal(folder: Path) -> Path:
    return folder / "\x1b]0;HARMED\x07\x1b[2J.tif"


@hostile(SEALED)
def name_with_markup(folder: Path) -> Path:
    return tiff_with(folder / "<script>document.title='HARMED'<!-- =1+1 $(id) `id` %s {0}.tif", "")


@hostile(SEALED, "INV005")
def name_of_255_bytes(folder: Path) -> Path:
    return tiff_with(folder / f"{'n' * 251}.tif", "")


@hostile(SEALED)
def description_with_escapes(folder: Path) -> Path:
    return tiff_with(folder / "a.tif", "\x1b]0;HARMED\x07\x1b[2J=1+1<script>document.title='HARMED'</script>")


@hostile("INV002")
def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "a.tif")
    return folder / "a.tif"


@hostile("INV002")
def device(folder: Path) -> Path:
    (folder / "a.tif").symlink_to("/dev/zero")
    return folder / "a.tif"


@hostile("INV002")
def socket_file(folder: Path) -> Path:
    import socket

    here = Path.cwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("a.tif")
    finally:
        os.chdir(here)
    return folder / "a.tif"


@hostile("INV003", "INV009")
def folder_of_nothing(folder: Path) -> Path:
    (folder / "a.tif").mkdir()
    return folder / "a.tif"


@hostile("INV001", "INV002")
def link_to_itself(folder: Path) -> Path:
    (folder / "a.tif").symlink_to("a.tif")
    return folder / "a.tif"


def sources(folder: Path) -> dict[str, tuple[Path, Path | None]]:
    """Write everything; source and sidecar by name."""
    made = {}
    for name, one in HOSTILE.items():
        place = folder / name
        place.mkdir(parents=True)
        path = one.write(place)
        if one.sidecar:
            innocent = tiff_with(place / "innocent.tif", "")
            made[name] = (innocent, path)
        else:
            made[name] = (path, None)
    return made
