"""GDAL's metadata in a TIFF: XML of items, each of the whole dataset or of one band (``sample``).

https://gdal.org/en/stable/drivers/raster/gtiff.html (Metadata)
"""

from lxml import etree

from fixative.xml_tree import BadXml, parse_xml


def bands_of(text: bytes, band: int) -> bytes:
    """Take one band's items and the dataset's out of a text; the band becomes the first.

    Returns
    -------
    bytes
        The text as it was where it is not the XML that GDAL writes; empty where no item is left.
    """
    try:
        root = parse_xml(text)
    except BadXml:
        return text
    for item in list(root):
        sample = item.get("sample")
        if sample is None:
            continue
        if sample == str(band):
            item.set("sample", "0")
        else:
            root.remove(item)
    return bytes(etree.tostring(root, encoding="utf-8")) if len(root) else b""
