"""What must be known of a DICOM file before ITK reads it: whether ITK would deliver the stored values."""

from pathlib import Path
from typing import Any

from fixative.readers.dicom.codecs import JPEG_2000, JPEG_LS, RLE
from fixative.readers.dicom.slide import is_slide

_IDENTITY = {"RescaleSlope": 1.0, "RescaleIntercept": 0.0, "DoseGridScaling": 1.0}


def header(path: Path) -> Any:
    """Every attribute but the pixel data.

    Raises
    ------
    ValueError
        Where ITK (GDCM) would scale values, look colours up or convert them, and for whole slides.
    """
    import pydicom

    ds = pydicom.dcmread(path, stop_before_pixels=True, force=True)
    if is_slide(ds):
        raise ValueError("a whole slide, whose tiles ITK does not put together")
    if any(float(ds.get(name, plain)) != plain for name, plain in _IDENTITY.items()):
        raise ValueError("values that ITK would scale")
    wide = int(ds.get("SamplesPerPixel") or 1) > 1 and int(ds.get("BitsAllocated") or 8) > 8
    if wide and str(ds.file_meta.get("TransferSyntaxUID", "")) == RLE:
        raise ValueError("run lengths of colours of more than 8 bits, whose bytes GDCM puts together wrongly")
    groups = [*(ds.get("SharedFunctionalGroupsSequence") or ()), *(ds.get("PerFrameFunctionalGroupsSequence") or ())]
    if any("PixelValueTransformationSequence" in group for group in groups):
        raise ValueError("values that ITK would scale")
    if str(ds.get("PhotometricInterpretation")) not in ("MONOCHROME1", "MONOCHROME2", "RGB", "YBR_ICT", "YBR_RCT"):
        raise ValueError("colours that ITK would convert")
    return ds


def library_of(ds: Any) -> str:
    """Return the code base that decodes: GDCM carries OpenJPEG and CharLS."""
    syntax = str(ds.file_meta.get("TransferSyntaxUID", ""))
    if syntax in JPEG_2000:
        return "OpenJPEG"
    return "CharLS" if syntax in JPEG_LS else "GDCM"
