"""What a CZI's XML says beyond pixels: names of scenes, and OME-XML made from it."""

from importlib.util import find_spec
from pathlib import Path

from fixative.xml_tree import BadXml, parse_xml


def scene_names(xml: str) -> dict[int, str]:
    """Names of scenes by index, from ``Information/Image/Dimensions/S/Scenes``."""
    try:
        root = parse_xml(xml)
    except BadXml:
        return {}
    scenes = root.findall("./Metadata/Information/Image/Dimensions/S/Scenes/Scene")
    found = {}
    for scene in scenes:
        index, name = scene.get("Index", ""), scene.get("Name")
        if index.isdigit() and name:
            found[int(index)] = name
    return found


def ome_from_czi(czi_xml: str) -> tuple[str | None, str | None]:
    """OME-XML by the style sheet that bioio-czi carries, or None and the reason.

    The style sheet is applied here, not through bioio-czi: its import costs seconds, and it gives up on documents
    that need a small repair to be valid, which `fixative.ome.build` makes.
    """
    from lxml import etree

    spec = find_spec("bioio_czi")
    folders = (spec and spec.submodule_search_locations) or []
    sheet = next((Path(folder) / "czi-to-ome-xslt/xslt/czi-to-ome.xsl" for folder in folders), None)
    if sheet is None or not sheet.is_file():
        return None, "bioio-czi is not installed"
    nothing = etree.XSLTAccessControl.DENY_ALL  # type: ignore[attr-defined]  # lxml-stubs do not know it
    try:
        transform = etree.XSLT(etree.parse(sheet), access_control=nothing)
        return str(transform(parse_xml(czi_xml))), None
    except (BadXml, etree.XSLTError) as error:
        return None, f"{type(error).__name__} in the style sheet"
