"""Dialects of TIFF that few microscopes write, where `fixative.tiff_dialect` sees plain TIFF.

Tags and texts are those that the Bio-Formats readers look for.
"""

from pathlib import Path

from fixative.tiff_dialect import FirstIfd

_BY_TAG = (
    (50706, "dng"),
    (33445, "gel"),
    (50457, "imacon"),
    (65200, "flex"),
    (65332, "nikon_elements_tiff"),
    (33000, "flowsight"),
    (34683, "fei_tiff"),
    (34362, "fluoview"),
    (37724, "photoshop_tiff"),
)
_BY_NAME = {".ims": "imaris_tiff", ".jpk": "jpk", ".pcoraw": "pcoraw"}
_SOFTWARE, _DESCRIPTION, _MAKE, _COPYRIGHT = 305, 270, 271, 33432
_MAKER_NOTE = 37398
_MIAS = ("eaZYX", "SCIL_Image", "IDL")


def vendor_dialect(path: Path, ifd: FirstIfd) -> str | None:
    """Key of a dialect, or None where the file is plain TIFF."""
    if ifd.head[8:10] == b"CR":
        return "canon_raw"
    if _is_nef(path, ifd):
        return "nef"
    for code, key in _BY_TAG:
        if code in ifd.tags:
            return key
    if ifd.tags.keys() >= {50288, 40100}:
        return "image_pro_seq"
    return _by_software(path, ifd) or _by_description(ifd) or _BY_NAME.get(path.suffix.lower())


def _is_nef(path: Path, ifd: FirstIfd) -> bool:
    return ifd.text(_MAKE).upper().startswith("NIKON") and (
        _MAKER_NOTE in ifd.tags or path.name.lower().endswith(".nef")
    )


def _by_software(path: Path, ifd: FirstIfd) -> str | None:
    software = ifd.text(_SOFTWARE).strip()
    if software.startswith("IonpathMIBI"):
        return "ionpath_mibi"
    if software == "SlideBook":
        return "slidebook_tiff"
    if "EZ-C1" in software:
        return "nikon_tiff"
    if "Faas" in software:
        return "pyramid_tiff"
    # A plate of MIAS has a folder for each well.
    if software.startswith(_MIAS) and path.parent.name.startswith("Well"):
        return "mias"
    return None


def _by_description(ifd: FirstIfd) -> str | None:
    text = ifd.text(_DESCRIPTION)
    if "Improvision" in text:
        return "improvision_tiff"
    if text.lstrip().startswith("Created by Hamamatsu Inc."):
        return "simplepci_tiff"
    if text.startswith("Mikroscan Image"):
        return "mikroscan"
    if text.startswith("Andor"):
        return "fluoview"
    return "trestle" if "Trestle Corp." in ifd.text(_COPYRIGHT) else None
