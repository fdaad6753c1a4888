"""A night over a storage whose every source is sealed: the scan, and the nightly command with some new sources.

The storage is made: TIFFs of a plane and a megabyte each (sparse: the disk holds little, the digests read all), and
an archive of folders with the one record that a scan reads, the provenance's source.
"""

import hashlib
import json
import os
import shutil
import sys
import time
from pathlib import Path

from contenders import ENVIRONMENT, PROJECT, discard
from measuring import Usage, measure
from results import Result, Setup

EDGE = 64
SOURCE_BYTES = 1_000_000
A_FOLDER = 500
NEW = 20


def run(setup: Setup) -> list[Result]:
    """For each size of the archive: a first scan, a second one, and a night with 20 new sources."""
    return [_one(setup, count) for count in setup.sealed]


def _one(setup: Setup, count: int) -> Result:
    result = Result("storage", f"a storage of {count} sealed sources of 1 MB, {NEW} new ones")
    folder = setup.scratch / "storage"
    discard(folder)
    sources = [made(folder, number) for number in range(count)]
    for number, source in enumerate(sources):
        seal(folder, number, source)
    first = result.add("scan, nothing remembered", scan(folder))
    second = result.add("scan, the second night", scan(folder))
    nightly(folder)  # the catalogue is filled
    for number in range(count, count + NEW):
        made(folder, number)
    night = result.add(f"night with {NEW} new sources, an audit of one object", nightly(folder))
    discard(folder)
    result.ratio("wall time of the second scan / of the first", second.wall_s, first.wall_s, None)
    result.ratio("wall time of the night / of the second scan", night.wall_s, second.wall_s, None)
    return result


def made(folder: Path, number: int) -> Path:
    """A TIFF that no other is like, a day old."""
    import numpy as np
    import tifffile

    template = folder / "template.tif"
    if not template.exists():
        folder.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(template, np.zeros((EDGE, EDGE), np.uint16))
    path = folder / f"data/lab{number // A_FOLDER:04d}/cell {number:06d}.tif"
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, path)
    with path.open("r+b") as stream:
        stream.seek(-8, os.SEEK_END)
        stream.write(number.to_bytes(8, "little"))
        stream.truncate(SOURCE_BYTES)
    os.utime(path, (time.time() - 90_000,) * 2)
    return path


def seal(folder: Path, number: int, source: Path) -> None:
    """Put an object into the archive that says what it was made from."""
    place = folder / f"archive/lab/S{number}"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    files = [{"role": "main", "bytes": SOURCE_BYTES, "sha256": digest}]
    record = place / f"data/S{number}.ome.tiff.provenance.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"source": {"fileset_sha256": digest, "files": files}}))
    (place / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")


def scan(folder: Path) -> Usage:
    """The target `scan`, as the nightly command calls it."""
    command = [
        *(sys.executable, "-m", "snakemake", "scan", "-s", str(PROJECT / "Snakefile"), "--cores", "2"),
        *("--directory", str(folder / "work"), "--workflow-profile", str(PROJECT / "profiles/nightly")),
        *("--config", f"source_roots=['{folder / 'data'}']", f"archive_root={folder / 'archive'}"),
    ]
    return measure(command, folder=folder, environment=ENVIRONMENT, log=folder / "output.txt")


def nightly(folder: Path) -> Usage:
    """The nightly command; its status is 1, since the made objects are none that an audit finds good."""
    command = [
        *("sh", "-c", '"$@" || [ $? = 1 ]', "sh"),
        *(sys.executable, "-m", "fixative.nightly", "--work", str(folder / "work"), "--root", str(folder / "data")),
        *("--archive", str(folder / "archive"), "--config", "verify={witness: none}"),
        *("--config", "audit={sample: 1}"),
    ]
    environment = {**ENVIRONMENT, "PYTHONPATH": str(PROJECT / "scripts")}
    return measure(command, folder=folder, environment=environment, log=folder / "output.txt")
