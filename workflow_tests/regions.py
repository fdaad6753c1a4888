"""Regions as ImageJ and ZEN write them, in sources built for tests.

ImageJ: two headers of 64 bytes, coordinates between them, what the second header points to behind it; big-endian. The
layout is that of ij.io.RoiEncoder (https://imagej.net/ij/source/ij/io/RoiEncoder.java).
"""

import struct
from pathlib import Path

import numpy as np
import tifffile
from pylibCZIrw import czi as pylibczirw

POLYGON, RECTANGLE, OVAL, LINE, FREELINE, POLYLINE, _, FREEHAND, TRACED, ANGLE, POINT = range(11)
TEXT, ARROW, ELLIPSE, IMAGE = range(1, 5)
SPLINE, DOUBLE_HEADED, SUBPIXEL = 1, 2, 128
RED, BLUE_HALF = 0xFFFF0000, 0x800000FF


def roi(
    kind,
    *,
    box=(1, 2, 5, 8),
    points=(),
    floats=(),
    subtype=0,
    options=0,
    stroke=0,
    colours=(0, 0),
    composite=0,
    arc=0,
    position=0,
    czt=(0, 0, 0),
    name="",
    text=None,
    fine_stroke=0.0,
    counted=(),
    version=228,
):
    """One region: ``box`` is top, left, bottom, right; ``floats`` a line's ends or a box of subpixels."""
    top, left, _, _ = box
    head = struct.pack(">4shBx4hH", b"Iout", version, kind, *box, len(points))
    head += struct.pack(">4f", *(floats or (0.0,) * 4))
    head += struct.pack(">hiIIhh", stroke, composite, *colours, subtype, options)
    head += struct.pack(">hhi", 0, arc, position)
    whole = [int(x) - left for x, _ in points] + [int(y) - top for _, y in points]
    body = struct.pack(f">{len(whole)}h", *whole)
    if options & SUBPIXEL:
        body += struct.pack(f">{len(whole)}f", *(x for x, _ in points), *(y for _, y in points))
    if text is not None:
        body += struct.pack(">iiii", 18, 0, 4, len(text)) + "Sans".encode("utf-16-be") + text.encode("utf-16-be")
    second = 64 + len(body)
    names = name.encode("utf-16-be")
    counts = struct.pack(f">{len(counted)}I", *(position << 8 for position in counted))
    tail = struct.pack(">iiiiiiihbbi", 0, *czt, second + 64, len(name), 0, 0, 0, 0, 0)
    tail += struct.pack(">fiii", fine_stroke, 0, 0, second + 64 + len(names) if counted else 0)
    return head + struct.pack(">i", second) + body + tail.ljust(64, b"\0") + names + counts


def imagej_tiff(path: Path, *overlays: bytes, selected: bytes | None = None, tzc=(1, 1, 1)) -> Path:
    """An ImageJ hyperstack with a selection and an overlay."""
    data = np.arange(np.prod((*tzc, 30, 40)), dtype=np.uint16).reshape(*tzc, 30, 40)
    found = {"Overlays": list(overlays)} if overlays else {}
    found |= {"ROI": selected} if selected else {}
    tifffile.imwrite(path, data, imagej=True, metadata={"axes": "TZCYX", **found})
    return path


GRAPHICS = """<Layers><Layer Name="Cells"><Usage>Graphics</Usage><Elements>
<Rectangle><Geometry><Left>1.5</Left><Top>2</Top><Width>10</Width><Height>5.25</Height></Geometry>
<TextElements><TextElement><Text>hello</Text></TextElement></TextElements></Rectangle>
<Line><Geometry><X1>1</X1><Y1>2</Y1><X2>30</X2><Y2>40</Y2></Geometry></Line>
<Ellipse><Geometry><CenterX>9</CenterX><CenterY>11</CenterY><RadiusX>3</RadiusX><RadiusY>4</RadiusY></Geometry></Ellipse>
<Circle><Geometry><CenterX>10</CenterX><CenterY>11</CenterY><Radius>3.5</Radius></Geometry></Circle>
<Polygon><Geometry><Points>1,1 5.5,1 5,6</Points></Geometry></Polygon>
<OpenPolyline><Geometry><Points>1,1 5.5,1 5,7</Points></Geometry></OpenPolyline>
<Bezier><Geometry><Points>1,1 5.5,1 5,8</Points></Geometry></Bezier>
</Elements></Layer></Layers>"""


def czi_with_graphics(path: Path, graphics: str = GRAPHICS) -> Path:
    """A CZI of one image, on which somebody has drawn: its XML stands anew at the end of the file."""
    with pylibczirw.create_czi(str(path)) as out:
        out.write(np.arange(60 * 50, dtype=np.uint16).reshape(60, 50, 1))
        out.write_metadata("title", channel_names={0: "a"})
    content = bytearray(path.read_bytes())
    (place,) = struct.unpack_from("<q", content, 92)
    (size,) = struct.unpack_from("<i", content, place + 32)
    start = place + 32 + 256
    xml = content[start : start + size].decode().replace("<Layers />", "").replace("<Layers/>", "")
    xml = xml.replace("</Metadata>", f"{graphics}</Metadata>")
    body = struct.pack("<ii", len(xml.encode()), 0).ljust(256, b"\0") + xml.encode()
    body += b"\0" * (-len(body) % 32)
    content += b"\0" * (-len(content) % 32)
    content[place : place + 16] = b"DELETED".ljust(16, b"\0")
    struct.pack_into("<q", content, 92, len(content))
    content += b"ZISRAWMETADATA".ljust(16, b"\0") + struct.pack("<qq", len(body), len(body)) + body
    path.write_bytes(content)
    return path
