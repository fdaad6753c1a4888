"""ImageDePHI's vocabulary, and the keys of the dump that its names stand for."""

import re
from collections.abc import Iterator

from fixative.metadata.tag_values import tag_name

FORMATS = ("tiff", "svs", "dicom")
SECTION = {"metadata", "image_description", "associated_images"} | {
    *("metadata_fallback_action", "custom_metadata_action", "delete_custom_metadata")
}
HEAD = {"name", "description", "output_file_name", "strict", *FORMATS}
OPTIONS = {"action", "replace_with", "new_value", "expected_type", "expected_count"}
ACTIONS = {"keep", "delete", "replace", "empty", "replace_dummy", "replace_uid", "modify_date", "check_type"}
IMAGES = {"label": "label", "macro": "macro", "overview": "macro", "thumbnail": "thumbnail"}
STRICTNESS = ("keep", "blank", "drop")

TAGS = {
    "photometric": "PhotometricInterpretation",
    "planarconfig": "PlanarConfiguration",
    "tileheight": "TileLength",
    "iccprofile": "InterColorProfile",
    "oldsubfiletype": "SubfileType",
    "threshholding": "Thresholding",
    "richtiffiptc": "IPTCNAA",
    "photoshop": "ImageResources",
    "subifd": "SubIFDs",
    "xmlpacket": "XMP",
    "createdate": "DateTimeDigitized",
    "jpegifoffset": "JPEGInterchangeFormat",
    "jpegifbytecount": "JPEGInterchangeFormatLength",
    "jpegpointtransform": "JPEGPointTransforms",
}
"""Names of tifftools that the dump, which takes tifffile's, has otherwise."""

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
TYPES = {"integer": r"[-+]?\d+", "number": NUMBER, "rational": rf"{NUMBER}(?:\s*/\s*{NUMBER})?"}
APERIO, NOT_APERIO, HEADER_ALONE = r"\A\s*Aperio", r"\A(?!\s*Aperio)", r"\A\s*Aperio[^|]*\Z"
HOLDS = {
    **dict.fromkeys(("Artist", "Copyright", "Patient", "CustomField.First_Name", "CustomField.Last_Name"), "person"),
    **{"HostComputer": "host", "User": "account", "Filename": "identifier", "DateTime": "date", "Date": "date"},
}
DATE_KEYS = {"DateTime", "DateTimeOriginal", "CreateDate", "Date", "StudyDate", "AcquisitionDate"}
MIDNIGHT = {"Time": "00:00:00", "Time Zone": "GMT+0000", "TimezoneOffsetFromUTC": "+0000"}
DUMMIES = {"DA": "19000101", "DT": "19000101000000", "TM": "000000", "AS": "000Y", "UI": "2.25.0"}


LAYOUT = {
    "tiff": ("tiff:/byte_order", "tiff:/bigtiff", "tiff:/**/repeats", "tiff:/ifds/rows", "tiff:/**/subifd/**/count"),
    "dicom": ("dicom:/FileMetaInformation/**", "dicom:/PixelData/**"),
}


def keys_of(section: str, part: str, key: str) -> Iterator[str]:
    """Give the patterns that select what a rule names, nothing where DICOM knows no such keyword."""
    if part == "image_description":
        name = key.replace("~", "~0").replace("/", "~1")
        yield from (f"tiff:/**/ImageDescription/{name}", f"svs:/**/{name}", f"svs:/**/{name} (*")
    elif section == "dicom":
        if vr_of(key):
            yield from (f"dicom:/**/{key}", f"dicom:/**/{key}/**")
    elif key.isdigit():
        name = tag_name(int(key))
        # by number: of an image's own IFD; EXIF and GPS give other names to these numbers
        yield from (f"tiff:/{place}/{name}{end}" for place in ("ifd", "ifds", "**/subifd") for end in ("", "/**"))
    else:
        name = TAGS.get(key.lower(), key)
        yield from (f"tiff:/**/{name}", f"tiff:/**/{name}/**")


def vr_of(keyword: str) -> str:
    """Give the value representation of a DICOM keyword; nothing where there is no such keyword."""
    from pydicom.datadict import dictionary_VR, tag_for_keyword

    tag = tag_for_keyword(keyword)
    return "" if tag is None else dictionary_VR(tag)


def holds_of(key: str, kind: str) -> str:
    """Say what stands under a key, by its value representation or its name."""
    if kind in ("PN", "AE", "DA", "DT", "TM"):
        return {"PN": "person", "AE": "host"}.get(kind, "date")
    return HOLDS.get(key, "text")


def slug(text: str) -> str:
    """Give the text as the id of a rule."""
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")
