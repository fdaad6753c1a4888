"""Java's prepared start: used only where it fits and is ours; without it, or with a spoilt one, all is the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from fixative.readers.bioformats.eof import counting_class
from fixative.readers.bioformats.jvm import installed_jar, machine, preparation
from fixative.readers.bioformats.prepared import CLASSES, COUNTING, name_of, prepared
from fixative.readers.options import ReaderOptions

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"

USE = """
import sys
from pathlib import Path
from fixative.readers.bioformats import prepared as preparations
preparations.prepared.__defaults__ = (Path(sys.argv[1]),)
from fixative.readers.bioformats.jvm import java_class, machine
from fixative.readers.bioformats.reader import open_reader
from fixative.readers.options import ReaderOptions, Request
options = ReaderOptions(memory_mb=int(sys.argv[3]))
machine(options)
reader = open_reader(Request(Path(sys.argv[2]), "ome_tiff", "bioformats", options))
print(len(reader.ome_xml()), int(reader.read_region(0, 0, 0, 0, 0, 0, 5, 7).sum()))
reader.close()
print("sharing" in str(java_class("java.lang.System").getProperty("java.vm.info")))
"""

MAKE = "import java_cache, sys, pathlib; print(java_cache.main(pathlib.Path(sys.argv[1])))"


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, warnings as errors."""
    paths = os.pathsep.join(map(str, (SCRIPTS, SCRIPTS / "bootstrap")))
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one preparation, made as the set-up makes it."""
    folder = tmp_path_factory.mktemp("made") / "java"
    done = python(MAKE, folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """The preparation, to spoil."""
    return Path(shutil.copytree(made, tmp_path / "java"))


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small OME-TIFF whose values sum to 595."""
    path = tmp_path_factory.mktemp("image") / "a.ome.tif"
    tifffile.imwrite(path, np.arange(35, dtype=np.uint8).reshape(5, 7))
    return path


def test_what_the_set_up_makes_is_found_and_nothing_else_is_left(made):
    assert prepared(preparation(installed_jar()), made) is not None
    assert [path.name for path in made.iterdir()] == [preparation(installed_jar())]


def test_it_is_made_once(made):
    before = next(made.iterdir()).stat().st_mtime_ns

    python(MAKE, made)

    assert next(made.iterdir()).stat().st_mtime_ns == before


# Beyond 32 GB of heap Java lays objects out in another way, and starts without.
@pytest.mark.parametrize(("memory_mb", "used"), [(400, "True"), (2000, "True"), (16000, "True"), (80000, "False")])
def test_answers_are_the_same_with_it_and_without_whatever_the_heap(made, tmp_path, image, memory_mb, used):
    with_it = python(USE, made, image, memory_mb)
    without = python(USE, tmp_path / "absent", image, memory_mb)

    assert (with_it.returncode, with_it.stderr) == (0, "")
    assert with_it.stdout.split()[2] == used
    assert without.stdout.split()[2] == "False"
    assert with_it.stdout.split()[:2] == without.stdout.split()[:2]


def cut(folder: Path) -> None:
    os.truncate(next(folder.glob(f"*/{CLASSES}")), 1_000_000)


def emptied(folder: Path) -> None:
    os.truncate(next(folder.glob(f"*/{CLASSES}")), 0)


def flipped(folder: Path) -> None:
    path = next(folder.glob(f"*/{CLASSES}"))
    content = bytearray(path.read_bytes())
    middle = slice(len(content) // 3, len(content) // 3 + 200_000)
    content[middle] = bytes(byte ^ 0xA5 for byte in content[middle])
    path.write_bytes(content)


def other_machine(folder: Path) -> None:
    path = next(folder.glob(f"*/{CLASSES}"))
    path.write_bytes(path.read_bytes().replace(b"Temurin", b"Nimeret"))


@pytest.mark.parametrize("spoil", [cut, emptied, flipped, other_machine])
def test_classes_that_java_cannot_use_are_left_aside_without_a_word(copy, image, spoil):
    spoil(copy)

    done = python(USE, copy, image, 1000)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split()[1:] == ["595", "False"]


def test_classes_of_a_jar_that_was_touched_are_left_aside_without_a_word(copy, image, tmp_path):
    jar = Path(shutil.copy(installed_jar(), tmp_path / "other.jar"))
    next(copy.iterdir()).rename(copy / preparation(jar))
    code = USE.replace("memory_mb=", f"bioformats_jar=Path({str(jar)!r}), memory_mb=")

    done = python(code, copy, image, 1000)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split()[1:] == ["595", "False"]


def test_a_jar_beyond_ascii_is_used_without(made, image, tmp_path):
    jar = tmp_path / "ü.jar"
    jar.symlink_to(installed_jar())
    code = USE.replace("memory_mb=", f"bioformats_jar=Path({str(jar)!r}), memory_mb=")

    done = python(code, made, image, 1000)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split()[1:] == ["595", "False"]


def test_a_counting_class_that_was_changed_is_not_used(copy):
    path = next(copy.glob(f"*/{COUNTING}"))
    path.write_bytes(path.read_bytes() + b"\0")

    assert prepared(preparation(installed_jar()), copy) is None


@pytest.mark.parametrize("part", [".", "*", f"*/{CLASSES}", f"*/{COUNTING}"])
def test_what_others_can_write_is_not_used(copy, part):
    path = next(iter(copy.glob(part))) if part != "." else copy
    path.chmod(path.stat().st_mode | 0o002)

    assert prepared(preparation(installed_jar()), copy) is None


def test_a_link_is_not_followed(copy, tmp_path):
    path = next(copy.glob(f"*/{CLASSES}"))
    path.rename(tmp_path / "elsewhere.aot")
    path.symlink_to(tmp_path / "elsewhere.aot")

    assert prepared(preparation(installed_jar()), copy) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_what_belongs_to_somebody_else_is_not_used(copy):
    os.chown(next(copy.glob(f"*/{CLASSES}")), 12345, -1)

    assert prepared(preparation(installed_jar()), copy) is None


def test_another_jar_java_or_option_has_another_name(tmp_path):
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"1")
    runtimes = [tmp_path / name for name in "ab"]
    for number, runtime in enumerate(runtimes):
        (runtime / "lib" / "server").mkdir(parents=True)
        (runtime / "lib" / "server" / "libjvm.so").write_bytes(b"")
        (runtime / "release").write_text(f"JAVA_VERSION={number}")
    names = [name_of(jar, runtime, [option]) for runtime in runtimes for option in ("-Xss1m", "-Xss2m")]

    jar.write_bytes(b"12")

    assert len({*names, name_of(jar, runtimes[0], ["-Xss1m"])}) == 5


def test_short_reads_are_counted_with_prepared_classes(made, image, tmp_path):
    cut_short = tmp_path / "cut.tif"
    tifffile.imwrite(cut_short, np.arange(10_000, dtype=np.uint16).reshape(100, 100))
    os.truncate(cut_short, 9_000)
    code = USE + (
        "from fixative.findings import RefusedSample\n"
        "reader = open_reader(Request(Path(sys.argv[4]), 'tiff', 'bioformats', options))\n"
        "try:\n    reader.read_region(0, 0, 0, 0, 0, 0, 100, 100)\n"
        "except RefusedSample as error:\n    print(error.code, error.message)\n"
    )

    done = python(code, made, image, 1000, cut_short)

    assert done.stderr == ""
    assert "CNV001" in done.stdout


def test_a_set_up_that_cannot_prepare_says_so_in_one_line_and_goes_on(tmp_path):
    shutil.copytree(SCRIPTS / "bootstrap", tmp_path / "scripts" / "bootstrap")

    done = subprocess.run(
        ["sh", str(tmp_path / "scripts" / "bootstrap" / "java_cache.sh")], capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.count("\n") == 1
    assert "could not be prepared" in done.stderr


def test_without_room_nothing_is_left(tmp_path):
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 5_000_000))\n"

    done = python(code + MAKE, tmp_path / "java")

    assert "OSError" in done.stderr
    assert list((tmp_path / "java").iterdir()) == []


def test_the_counting_class_is_the_one_that_is_made_now(made):
    machine(ReaderOptions())

    found = prepared(preparation(installed_jar()), made)

    assert found is not None
    assert found.counting == counting_class()
