"""How many planes a TIFF promises that is not OME-TIFF: ImageJ, MetaMorph STK, LSM, or just directories."""

import re
from math import prod

from fixative.structure.tiff import Survey

IMAGEJ = b"ImageJ="
DIRECTORIES = "directories of the TIFF"


def count(survey: Survey) -> tuple[int, int, str]:
    """Planes promised, planes present, and what was compared."""
    if survey.description.startswith(IMAGEJ):
        return _imagej(survey)
    if survey.stk_planes > 1:
        present = max(survey.present, contiguous(survey, survey.stk_planes))
        return survey.stk_planes, present, "planes of the MetaMorph tag against the file's size"
    if survey.lsm_planes > 0:
        present = sum(survey.whole) - survey.reduced
        return survey.lsm_planes, present, "planes of the LSM information against directories"
    return len(survey.whole), survey.present, DIRECTORIES


def contiguous(survey: Survey, planes: int) -> int:
    """Planes that lie one after the other from the first directory's data on, at most ``planes``.

    ImageJ (above 4 GB) and MetaMorph write one directory for a whole stack of uncompressed planes.
    """
    layout = survey.layout
    if layout is None or layout.compression != 1 or not survey.data_offset or layout.total_bytes < 1:
        return 0
    return max(0, min(planes, (survey.size - survey.data_offset) // layout.total_bytes))


def _imagej(survey: Survey) -> tuple[int, int, str]:
    """ImageJ writes ``images=N`` and the hyperstack's shape into the first directory."""
    promised = prod(size for _, size in imagej_axes(survey))
    present = survey.present
    if present < promised:
        present = max(present, contiguous(survey, promised))
    method = "images of the ImageJ description against directories and the file's size"
    return max(promised, present), present, method


def imagej_axes(survey: Survey) -> list[tuple[str, int]]:
    """Axes of the planes that ImageJ's description promises, slowest first; ``I`` where it names no shape."""
    said = {
        key.decode("ascii"): int(value)
        for key, value in re.findall(rb"^(images|channels|slices|frames)=(\d{1,18})\s*$", survey.description, re.M)
    }
    axes = [("T", said.get("frames", 1)), ("Z", said.get("slices", 1)), ("C", said.get("channels", 1))]
    samples = survey.layout.samples if survey.layout else 1
    promised = said.get("images", prod(size for _, size in axes))
    if samples > 1 and promised > 1 and said.get("channels", 1) == samples:
        # Bio-Formats counts the samples of a pixel as channels.
        promised, axes[2] = max(1, -(-promised // samples)), ("C", 1)
    return axes if prod(size for _, size in axes) == promised else [("I", promised)]
