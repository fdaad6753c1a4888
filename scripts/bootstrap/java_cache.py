"""Prepare Java's start (`fixative.readers.bioformats.prepared`): run by ``java_cache.sh``, with scripts on the path.

A first process opens files as the workflow does, and Java writes down which classes that needed; a second makes the
cache of them; a third does the same work with it, and so proves that it can be used. Written whole or not at all:
a folder gets its name when everything is in it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fixative.readers.bioformats.jvm import dump_command, installed_jar, java_class, preparation, start_with
from fixative.readers.bioformats.prepared import CLASSES, COUNTING, DIGEST, FOLDER, arguments, prepared, recording

HEAP_MB = 500
"""Of the process that records and the one that makes the cache; who uses it may have another."""

LONGEST_S = 300

_CALL = "import java_cache, sys, pathlib; getattr(java_cache, sys.argv[1])(pathlib.Path(sys.argv[2]))"


def main(folder: Path = FOLDER) -> Path:
    """Make what `prepared` will find, unless it is there; other preparations are removed."""
    jar = installed_jar()
    name = preparation(jar)
    if prepared(name, folder):
        return folder / name
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder.chmod(0o755)
    partial = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    try:
        _make(jar, partial)
        partial.chmod(0o755)
        for old in folder.iterdir():
            if old != partial:
                shutil.rmtree(old)
        return partial.rename(folder / name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _make(jar: Path, partial: Path) -> None:
    configuration = partial / "recorded"
    call = [sys.executable, "-W", "ignore", "-c", _CALL]
    run([*call, "record", str(partial)])
    run(dump_command(jar, HEAP_MB, configuration, partial / CLASSES))
    run([*call, "prove", str(partial)])
    configuration.unlink()
    for path in sorted(partial.iterdir()):
        path.chmod(0o644)
        with path.open("rb") as stream:
            os.fsync(stream.fileno())


def run(command: list[str]) -> None:
    """Run a step, its output dropped unless it fails."""
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": paths, "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=LONGEST_S,
    )
    if done.returncode:
        raise OSError(f"{Path(command[0]).name} ended with {done.returncode}: {done.stdout[-500:]}")


def record(folder: Path) -> None:
    """Work as the steps of the workflow do, in a process of its own, and write the counting class."""
    from fixative.readers.bioformats.eof import counting_class

    start_with(installed_jar(), HEAP_MB, recording(folder / "recorded"))
    counting = counting_class()
    (folder / COUNTING).write_bytes(counting)
    (folder / DIGEST).write_text(hashlib.sha256(counting).hexdigest() + "\n", encoding="ascii")
    _work()


def prove(folder: Path) -> None:
    """Do the same work with the classes that were made, in a process of its own; it fails if they were not used."""
    start_with(installed_jar(), HEAP_MB, arguments(folder / CLASSES))
    _work()
    if "sharing" not in str(java_class("java.lang.System").getProperty("java.vm.info")):
        raise OSError("Java does not use the classes that it made")


def _work() -> None:
    with tempfile.TemporaryDirectory() as place:
        for path in _images(Path(place)):
            _use(path)


def _images(folder: Path) -> list[Path]:
    import numpy as np
    import tifffile

    plain, tiled = folder / "a.ome.tif", folder / "b.ome.tif"
    values = np.arange(2 * 3 * 64 * 96, dtype=np.uint16).reshape(2, 3, 64, 96)
    tifffile.imwrite(plain, values, metadata={"axes": "CZYX"})
    with tifffile.TiffWriter(tiled, ome=True) as writer:
        settings = {"tile": (32, 32), "compression": "zlib"}
        writer.write(values, subifds=1, metadata={"axes": "CZYX"}, **settings)
        writer.write(values[..., ::2, ::2], subfiletype=1, **settings)
    return [plain, tiled]


def _use(path: Path) -> None:
    from fixative.readers.bioformats.reader import open_reader
    from fixative.readers.options import Request

    reader = open_reader(Request(path, "ome_tiff", "bioformats"))
    try:
        reader.ome_xml()
        reader.vendor_metadata()
        reader.files()
        for level, (height, width) in enumerate(reader.images[0].levels or ((64, 96),)):
            reader.read_region(0, 0, 1, 1, 0, 0, height, width, level)
    finally:
        reader.close()
