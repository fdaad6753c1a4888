"""The example storage as a whole: which files, and the sheet that lists them."""

import csv
import hashlib
import json
import os
import shutil
from pathlib import Path

from fixative.files import digest_file, write_json

SHEET = "samples.tsv"
RECORD = ".example.json"
WRITTEN_AT = 1_716_300_000
"""Modification time of every file, 2024-05-21: a scan takes it for a file that no instrument still writes."""

COLUMNS = (
    *("sample_id", "source", "dataset", "sidecars", "organism", "modality", "instrument"),
    *("license", "owner", "approver", "privacy_policy", "notes"),
)

CZI_STACK = "confocal 1/2024-03-12 Brzeziński/Aktin 60x (Öl) 50% µm.czi"
CZI_SCENES = "confocal 1/2024-03-13/three wells [overview].czi"
OME_TIFF = "widefield/2024-04-18/mitosis.ome.tiff"
IMAGEJ = "widefield/2024-04-18/stack.tif"
SIDECAR_IMAGE = "widefield/2024-04-19/stack.tif"
SIDECAR = "widefield/2024-04-19/stack.xml"
PYRAMID = "slides/section 12.tif"
PHOTOGRAPH = "camera/plate after 48 h.tif"

PEOPLE = ("Brzeziński", "Lindqvist", "Weidmann")
"""Family names in the metadata of the files. The sheet's owner and approver (published) are others."""

ROWS: tuple[dict[str, str], ...] = (
    {
        "sample_id": "actin-60x",
        "source": CZI_STACK,
        "dataset": "cytoskeleton",
        "organism": "Homo sapiens",
        "modality": "confocal microscopy",
        "instrument": "Confocal 1",
        "license": "CC-BY-4.0",
        "owner": "Rosa Ferreira",
        "approver": "Ada Okafor",
        "notes": "z-stack, two channels",
    },
    {
        "sample_id": "three-wells",
        "source": CZI_SCENES,
        "dataset": "cytoskeleton",
        "organism": "Homo sapiens",
        "modality": "confocal microscopy",
        "instrument": "Confocal 1",
        "license": "CC-BY-4.0",
        "owner": "Rosa Ferreira",
        "approver": "Ada Okafor",
        "notes": "three scenes of different sizes",
    },
    {
        "sample_id": "mitosis",
        "source": OME_TIFF,
        "dataset": "cell-cycle",
        "organism": "Homo sapiens",
        "modality": "wide-field fluorescence microscopy",
        "instrument": "Widefield 3",
        "license": "CC-BY-4.0",
        "owner": "Rosa Ferreira",
        "approver": "Ada Okafor",
        "notes": "two images in one file, ROIs and annotations",
    },
    {
        "sample_id": "timelapse",
        "source": IMAGEJ,
        "dataset": "cell-cycle",
        "organism": "Homo sapiens",
        "modality": "wide-field fluorescence microscopy",
        "instrument": "Widefield 3",
        "license": "CC-BY-4.0",
        "owner": "Rosa Ferreira",
        "approver": "Ada Okafor",
        "notes": "ImageJ hyperstack",
    },
    {
        "sample_id": "filaments-100x",
        "source": SIDECAR_IMAGE,
        "dataset": "cytoskeleton",
        "sidecars": SIDECAR,
        "organism": "Mus musculus",
        "modality": "wide-field fluorescence microscopy",
        "instrument": "Widefield 3",
        "license": "CC0-1.0",
        "owner": "Rosa Ferreira",
        "approver": "Ada Okafor",
        "notes": "what the software noted lies beside the image as XML",
    },
    {
        "sample_id": "section-12",
        "source": PYRAMID,
        "dataset": "histology",
        "organism": "Mus musculus",
        "modality": "bright-field microscopy",
        "instrument": "Slide scanner",
        "license": "CC-BY-4.0",
        "owner": "Rosa Ferreira",
        "approver": "Ada Okafor",
        "privacy_policy": "facility",
        "notes": "haematoxylin and eosin, RGB pyramid",
    },
    {
        "sample_id": "plate-48h",
        "source": PHOTOGRAPH,
        "dataset": "colonies",
        "organism": "Escherichia coli",
        "modality": "photography",
        "instrument": "LabCam 12",
        "license": "CC0-1.0",
        "owner": "Rosa Ferreira",
        "approver": "Ada Okafor",
        "notes": "EXIF, XMP and a position",
    },
)


def make_storage(root: Path) -> Path:
    """Make the example storage under ``root``.

    A storage that this version has made is left as it is, times of modification included, so that no
    step of the chain runs again; files that are missing or were changed are made anew.

    Returns
    -------
    Path
        The sample sheet, ``root/samples.tsv``.
    """
    if not _is_whole(root):
        _make(root)
    return root / SHEET


def _make(root: Path) -> None:
    """Write everything beside ``root``, then move in what differs: no file is ever there by half."""
    root.mkdir(parents=True, exist_ok=True)
    partial = root.with_name(f".{root.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    _write_images(partial)
    _write_sheet(partial / SHEET)
    digests = {}
    for path in sorted(path for path in partial.rglob("*") if path.is_file()):
        name = path.relative_to(partial).as_posix()
        digests[name] = digest_file(path).sha256
        target = root / name
        if not target.is_file() or digest_file(target).sha256 != digests[name]:
            os.utime(path, (WRITTEN_AT, WRITTEN_AT))
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
    shutil.rmtree(partial)
    write_json(root / RECORD, {"made_by": _recipe(), "sha256": digests})


def _write_images(folder: Path) -> None:
    from fixative.example import ome_tiff, photo, writers

    recipes = (
        (CZI_STACK, writers.write_czi_stack),
        (CZI_SCENES, writers.write_czi_scenes),
        (OME_TIFF, ome_tiff.write_multi_image_ome_tiff),
        (IMAGEJ, writers.write_imagej_hyperstack),
        (SIDECAR_IMAGE, writers.write_image_with_sidecar),
        (PYRAMID, writers.write_rgb_pyramid),
        (PHOTOGRAPH, photo.write_photograph),
    )
    for name, write in recipes:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path)


def _write_sheet(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, COLUMNS, restval="", dialect="excel-tab", lineterminator="\n")
        table.writeheader()
        table.writerows(ROWS)


def _is_whole(root: Path) -> bool:
    """Tell whether the storage is the one that this version's recipe made, every byte of it."""
    try:
        record = json.loads((root / RECORD).read_text(encoding="utf-8"))
        made = record["sha256"].items()
        return record["made_by"] == _recipe() and all(
            digest_file(root / name).sha256 == sha256 for name, sha256 in made
        )
    except (FileNotFoundError, ValueError, KeyError):
        return False


def _recipe() -> str:
    """Digest of this package's source: another recipe makes another storage."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
