"""The Java machine: one per process, silent, bounded, and leaving nothing behind."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fixative.findings import RefusedSample
from fixative.readers.bioformats.catalogue import EXCLUDED, _class_names, new_reader
from fixative.readers.bioformats.jar import require_bioformats
from fixative.readers.bioformats.jvm import java_class, java_errors, machine, within
from fixative.readers.options import ReaderOptions

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def run(code: str, tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, warnings as errors, temporary files in ``tmp_path``."""
    environment = {"PYTHONPATH": str(SCRIPTS), "TMPDIR": str(tmp_path), "PATH": "", **variables}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


START = """
from pathlib import Path
from fixative.readers.bioformats.jvm import machine
from fixative.readers.options import ReaderOptions
java = machine(ReaderOptions(memory_mb=1000))
"""


def test_the_machine_tells_the_version_of_bioformats():
    assert machine(ReaderOptions()).version.count(".") >= 2


def test_a_process_has_one_machine_whatever_the_options():
    first = machine(ReaderOptions())

    assert machine(ReaderOptions(memory_mb=9000)) is first


def test_half_of_the_memory_bounds_the_heap(tmp_path):
    code = START + "from fixative.readers.bioformats.jvm import java_class\n"
    code += "print(java.heap_mb, java_class('java.lang.Runtime').getRuntime().maxMemory() / 2**20)"

    done = run(code, tmp_path)

    granted, found = map(float, done.stdout.split())
    assert granted == 500
    assert 450 < found <= 500


def test_the_machine_is_silent_and_leaves_no_file(tmp_path):
    code = START + "from fixative.readers.bioformats.catalogue import all_readers, recognised_by\n"
    code += "Path('x.dat').write_bytes(b'no image')\n"
    code += "all_readers(ReaderOptions()); recognised_by(Path('x.dat'), ReaderOptions()); Path('x.dat').unlink()"

    done = run(code, tmp_path, JAVA_TOOL_OPTIONS="-Xmx50m")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_killed_machine_goes_with_the_next_start(tmp_path):
    run(START + "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", tmp_path)
    left = list(tmp_path.iterdir())

    run(START, tmp_path)

    assert len(left) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_living_machine_stays(tmp_path):
    code = START + "import subprocess, sys\n"
    code += (
        "other = 'from fixative.readers.bioformats.jvm import machine as m; from fixative.readers.options import *;"
    )
    code += " m(ReaderOptions())'\n"
    code += "subprocess.run([sys.executable, '-c', other], check=True)\nprint(java.folder.is_dir())"

    done = run(code, tmp_path)

    assert done.stdout.strip() == "True"


def test_a_name_with_an_umlaut_is_found_under_any_locale(tmp_path):
    code = START + "from fixative.readers.bioformats.catalogue import recognised_by\n"
    code += "path = Path('ü.pgm'); path.write_bytes(b'P5 1 1 255 x'); print(recognised_by(path, ReaderOptions()))"

    done = run(code, tmp_path, LC_ALL="C")

    assert done.stdout.strip() == "PGMReader"


def test_signals_stay_with_python(tmp_path):
    # A shell's background job inherits SIGINT ignored, and Python then sets no handler of its own.
    code = "import os, signal, time\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n" + START
    code += "signal.signal(signal.SIGTERM, lambda *_: print('handled'))\n"
    code += "os.kill(os.getpid(), signal.SIGTERM)\n"
    code += "try:\n    os.kill(os.getpid(), signal.SIGINT); time.sleep(5)\n"
    code += "except KeyboardInterrupt:\n    print('interrupted')\n"

    done = run(code, tmp_path)

    assert done.stdout.split() == ["handled", "interrupted"]


def test_a_child_of_a_fork_is_told_that_the_machine_is_not_its_own(tmp_path):
    code = START + "import os, warnings\nwarnings.simplefilter('ignore')\n"
    code += "if os.fork() == 0:\n    try:\n        machine(ReaderOptions())\n"
    code += "    except ValueError as error:\n        print(error, flush=True)\n    os._exit(0)\n"
    code += "os.wait()"

    done = run(code, tmp_path)

    assert "fork" in done.stdout


@pytest.mark.parametrize("kind", ["absent", "text", "other jar"])
def test_a_jar_without_bioformats_is_refused_before_java_starts(tmp_path, kind):
    jar = tmp_path / "some.jar"
    if kind == "text":
        jar.write_text("no jar")
    if kind == "other jar":
        with zipfile.ZipFile(jar, "w") as archive:
            archive.writestr("org/example/A.class", b"")
    code = START.replace("memory_mb=1000", f"bioformats_jar=Path({str(jar)!r})")

    done = run(code, tmp_path)

    assert "ValueError" in done.stderr
    assert "Bio-Formats" in done.stderr


def test_memory_that_runs_out_names_the_heap_and_the_remedy(tmp_path):
    machine(ReaderOptions())
    heap = java_class("java.lang.Runtime").getRuntime().maxMemory()

    with pytest.raises(RefusedSample) as refusal, java_errors("image 0", tmp_path / "a.tif"):
        java_class("java.util.ArrayList")(java_class("java.util.Collections").nCopies(heap // 2, None))

    assert refusal.value.code == "CNV001"
    assert "MB of heap" in refusal.value.message
    assert "mem_mb" in refusal.value.message


def test_an_exception_of_java_is_told_without_paths(tmp_path):
    machine(ReaderOptions())
    path = tmp_path / "Jane_Doe.czi"

    with pytest.raises(RefusedSample) as refusal, java_errors("image 0", path):
        java_class("java.io.FileInputStream")(str(path))

    assert "FileNotFoundException" in refusal.value.message
    assert "Jane_Doe" not in refusal.value.message
    assert str(tmp_path) not in refusal.value.message


def test_work_that_does_not_end_is_given_up():
    given_up = []
    machine(ReaderOptions())

    with pytest.raises(ValueError, match="did not come to an end"):
        within(0.1, lambda: java_class("java.lang.Thread").sleep(1500), lambda: given_up.append(True))

    assert given_up == [True]


def test_the_names_of_the_readers_are_java_s_own_in_its_order():
    machine(ReaderOptions())
    classes = java_class("loci.formats.ImageReader").getDefaultReaderClasses().getClasses()

    found = [(str(item.getSimpleName()), str(item.getName())) for item in classes]

    assert list(_class_names().items()) == [(simple, full) for simple, full in found if simple not in EXCLUDED]


def test_making_one_reader_loads_no_other(tmp_path):
    code = START + "from fixative.readers.bioformats.catalogue import new_reader\n"
    code += "new_reader('PGMReader', ReaderOptions()).close()\n"
    code += "from fixative.readers.bioformats.jvm import java_class\n"
    code += "find = java_class('java.lang.ClassLoader').class_.getDeclaredMethod('findLoadedClass',"
    code += " java_class('java.lang.String').class_)\nfind.setAccessible(True)\n"
    code += "loader = java_class('java.lang.ClassLoader').getSystemClassLoader()\n"
    code += "print(*(find.invoke(loader, 'loci.formats.in.' + name) for name in ('PGMReader', 'LIFReader')))"

    done = run(code, tmp_path)

    assert done.stdout.split() == ["class", "loci.formats.in.PGMReader", "None"]


@pytest.mark.parametrize("name", sorted(EXCLUDED))
def test_an_excluded_reader_is_not_made(name):
    with pytest.raises(KeyError):
        new_reader(name, ReaderOptions())


def jar_of(path: Path, *names: str, before: bytes = b"", comment: bytes = b"") -> Path:
    """A jar of empty entries."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.comment = comment
        for name in names:
            archive.writestr(name, b"")
    path.write_bytes(before + content.getvalue())
    return path


PROOF = "loci/formats/ImageReader.class"


@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\n" * 99])
@pytest.mark.parametrize("comment", [b"", b"PK\x05\x06", b"c" * 65535])
def test_bioformats_is_found_in_a_jar_whatever_is_around_it(tmp_path, before, comment):
    require_bioformats(jar_of(tmp_path / "a.jar", "a", PROOF, "z", before=before, comment=comment))


def test_bioformats_is_found_in_a_jar_of_more_entries_than_a_plain_zip_can_count(tmp_path):
    require_bioformats(jar_of(tmp_path / "a.jar", *map(str, range(66_000)), PROOF))


@pytest.mark.parametrize("name", ["other/" + PROOF, PROOF + ".txt"])
@pytest.mark.parametrize("comment", [b"", PROOF.encode()])
def test_a_jar_with_only_a_similar_name_is_refused(tmp_path, name, comment):
    with pytest.raises(ValueError, match="no Bio-Formats in the jar"):
        require_bioformats(jar_of(tmp_path / "a.jar", name, comment=comment))


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"no jar" * 1000])
def test_a_file_without_the_end_of_a_zip_is_no_jar(tmp_path, content):
    path = tmp_path / "a.jar"
    path.write_bytes(content)

    with pytest.raises(ValueError, match="is no jar"):
        require_bioformats(path)


@pytest.mark.parametrize("service", ["javax.xml.transform.TransformerFactory"])
def test_the_xml_libraries_are_those_that_java_would_search_for(tmp_path, service):
    code = START + "from fixative.readers.bioformats.jvm import java_class\n"
    code += f"print(java_class('java.lang.System').clearProperty({service!r}))\n"
    code += f"print(java_class({service!r}).newInstance().getClass().getName())"

    done = run(code, tmp_path)

    settled, searched = done.stdout.split()
    assert settled == searched
