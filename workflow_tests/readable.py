"""Which of the readers that other people have shows an archived image as it is: a table for people.

python workflow_tests/readable.py ARCHIVE [--work FOLDER] [--python READER=PYTHON ...] [--readers a,b]

Each `*.ome.tiff` below ARCHIVE is opened by each reader of `tiff_readers`, and level 0 of every plane is compared
with the samples whose digests stand in the object's pixels.json. A reader may need another Python than this one:
`--python opencv=/somewhere/bin/python`.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import lxml.etree
import numpy as np
import tifffile

from tiff_readers import READERS

HERE = Path(__file__).resolve().parent
UM = {"m": 1e6, "cm": 1e4, "mm": 1e3, "µm": 1.0, "nm": 1e-3, "pm": 1e-6, "Å": 1e-4}


def digest(plane: np.ndarray) -> str:
    """Digest of a plane as pixels.json defines it (method fixative-plane-1)."""
    samples = plane.shape[2] if plane.ndim == 3 else 1
    head = f"fixative-plane-1 {plane.dtype} {plane.shape[0]} {plane.shape[1]} {samples}\n".encode()
    return hashlib.sha256(head + np.ascontiguousarray(plane, plane.dtype.newbyteorder("<")).tobytes()).hexdigest()


def job_of(tiff: Path, folder: Path) -> dict[str, Any]:
    """What a reader is asked of one file; its planes are put into ``folder``, proven by their digests."""
    record = json.loads(tiff.with_name(tiff.name + ".pixels.json").read_text())
    expected = [sha256 for image in record["images"] for sha256 in _digests(image)]
    folder.mkdir(parents=True)
    pages, palettes, offsets, white_is_zero = [], [], [], []
    with tifffile.TiffFile(tiff) as file:
        described = lxml.etree.fromstring(file.ome_metadata.encode())
        for number, (page, sha256) in enumerate(zip(file.pages, expected, strict=True)):
            plane = page.asarray()
            if digest(plane) != sha256 if sha256 else plane.any():
                raise ValueError(f"{tiff}: page {number} is not the plane of pixels.json")
            offsets.append(page.offset)
            white_is_zero.append(page.photometric == 0)
            pages.append(str(folder / f"{number}.npy"))
            np.save(pages[-1], plane)
            palettes.append(str(folder / f"{number}.palette.npy") if page.photometric == 3 else None)
            if palettes[-1]:
                np.save(palettes[-1], page.colormap)
    images = [_image(*both) for both in zip(record["images"], described.findall("{*}Image"), strict=True)]
    planes = {"pages": pages, "palettes": palettes, "offsets": offsets, "white_is_zero": white_is_zero}
    return {"sample": tiff.name, "tiff": str(tiff), "images": images, **planes}


def _digests(image: dict[str, Any]) -> list[str | None]:
    """Digest of each page of an image; None for the blank one that stands for planes it has not."""
    return [plane["sha256"] for plane in image["levels"][0]["planes"]] + [None] * len(_blank(image))


def _blank(image: dict[str, Any]) -> list[list[int]]:
    """One of the planes that the blank page stands for, where there are any."""
    return sorted(image["absent"] + image["missing"])[:1]


def _image(record: dict[str, Any], described: Any) -> dict[str, Any]:
    pixels = described.find("{*}Pixels")
    scale = [
        float(size) * UM[pixels.get(f"PhysicalSize{axis}Unit", "µm")]
        if (size := pixels.get(f"PhysicalSize{axis}")) and pixels.get(f"PhysicalSize{axis}Unit", "µm") in UM
        else None
        for axis in "ZYX"
    ]
    return {
        "name": described.get("Name"),
        "sizes": [record["size_t"], record["size_c"], record["size_z"]],
        "planes": [[plane["t"], plane["c"], plane["z"]] for plane in record["levels"][0]["planes"]] + _blank(record),
        "levels": len(record["levels"]),
        "channels": [channel.get("Name") for channel in pixels.findall("{*}Channel")],
        "scale_um": scale,
    }


def look(reader: str, python: str, jobs: Path, count: int) -> dict[str, tuple[str, str]]:
    """All files through one reader, in a process of its own that is started again where it dies."""
    done = jobs.with_name(f"{reader}.jsonl")
    command = [python, str(HERE / "tiff_readers.py"), reader, str(jobs), str(done)]
    scripts = str(HERE.parent / "scripts")
    for _ in range(count):
        run = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": scripts}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if run.returncode == 0:
            break
    lines = [json.loads(line) for line in done.read_text().splitlines()] if done.exists() else []
    return {line["sample"]: tuple(line["verdict"]) for line in lines}


def main() -> None:
    """Print the table: a row per object and reader that has something to say, then counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--readers", default=",".join(READERS))
    parser.add_argument("--python", action="append", default=[])
    asked = parser.parse_args()
    pythons = dict(each.split("=", 1) for each in asked.python)
    with tempfile.TemporaryDirectory() as scratch:
        work = asked.work or Path(scratch)
        jobs = work / "jobs.json"
        if not jobs.exists():
            tiffs = sorted(asked.archive.rglob("*.ome.tiff"))
            work.mkdir(parents=True, exist_ok=True)
            jobs.write_text(json.dumps([job_of(tiff, work / "planes" / tiff.name) for tiff in tiffs]))
        samples = [job["sample"] for job in json.loads(jobs.read_text())]
        for reader in asked.readers.split(","):
            found = look(reader, pythons.get(reader, sys.executable), jobs, len(samples))
            _print(reader, samples, found)


def _print(reader: str, samples: list[str], found: dict[str, tuple[str, str]]) -> None:
    for sample in samples:
        verdict, note = found.get(sample, ("cannot", "did not run"))
        if (verdict, note) != ("identical", ""):
            print(f"{reader}\t{sample}\t{verdict}\t{note}")
    counts = Counter(found.get(sample, ("cannot", ""))[0] for sample in samples)
    print(f"{reader}\tall {len(samples)}\t{dict(counts)}", flush=True)


if __name__ == "__main__":
    main()
