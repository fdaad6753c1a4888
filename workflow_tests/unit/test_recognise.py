"""What content does not tell, Bio-Formats is asked; what is no image is none, whatever its name."""

import io
import random
import zipfile
from pathlib import Path

import pytest

from fixative.findings import RefusedSample
from fixative.formats import FORMATS
from fixative.identify import Places
from fixative.models import Completeness, Inventory
from fixative.recognise import recognise, recognise_met, require_known_files
from sources import named_file

RANDOM = random.Random(11).randbytes(40_000)


def zipped(name):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, "<x/>" * 50)
    return stream.getvalue()


JUNK = {
    "random": RANDOM,
    "zeros": bytes(40_000),
    "zip": zipped("a.txt"),
    "docx": zipped("word/document.xml"),
    "pdf": b"%PDF-1.7\n" + RANDOM,
    "elf": b"\x7fELF\2\1\1" + bytes(9) + RANDOM,
    "exe": b"MZ\x90\0\3\0\0\0" + RANDOM,
    "sqlite": b"SQLite format 3\0" + bytes(5000),
    "gzip": b"\x1f\x8b\x08\0" + RANDOM,
    "csv": b"a,b,c\n1,2,3\n" * 400,
    "text": b"taken on Monday, with the new objective\n" * 100,
    "log": b"2026-01-01 10:00:00 INFO started\n" * 100,
    "xml": b'<?xml version="1.0"?><Settings><Camera gain="3"/></Settings>',
    "json": b'{"gain": 3}',
    "ini": b"[General]\nkey=value\n" * 50,
    "html": b"<html><body>results</body></html>",
}
COMMON = ("", ".bin", ".dat", ".raw", ".txt", ".csv", ".log", ".xml", ".db", ".cfg", ".htm", ".img", ".hdr", ".tif")
"""Extensions that anything may have."""


def refused(path, **options):
    with pytest.raises(RefusedSample) as caught:
        recognise(path)
    return caught.value


@pytest.mark.parametrize("extension", COMMON)
@pytest.mark.parametrize("kind", JUNK)
def test_junk_is_no_image_under_any_common_name(tmp_path, kind, extension):
    path = tmp_path / f"file{extension}"
    path.write_bytes(JUNK[kind])

    assert refused(path).code in ("INV003", "INV011")


@pytest.mark.parametrize("kind", ["random", "zeros", "text", "pdf"])
@pytest.mark.parametrize("extension", [".oir", ".al3d", ".sdt", ".psd", ".czi", ".sld", ".dv", ".ipl", ".am", ".vff"])
def test_junk_under_the_name_of_a_format_with_content_of_its_own_is_not_that_format(tmp_path, kind, extension):
    path = tmp_path / f"file{extension}"
    path.write_bytes(JUNK[kind])

    assert refused(path).code in ("INV003", "INV011")


@pytest.mark.parametrize("size", [1 << 20, 1346 * 1024])
def test_raw_data_of_a_size_that_some_camera_has_are_no_image(tmp_path, size):
    path = tmp_path / "a.dat"
    path.write_bytes(RANDOM[:1000] + bytes(size - 1000))

    assert refused(path).code == "INV003"


def test_what_content_does_not_tell_is_told_by_bio_formats(tmp_path):
    path = tmp_path / "a.ipm"
    # iVision: a version, then a byte that is a letter or less than 8, up to a length that Bio-Formats asks for.
    path.write_bytes(b"4.5A" + bytes(5000))

    assert recognise(path) in ("ivision",)


def test_a_scan_asks_only_about_names_that_speak_for_a_format(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("fixative.recognise._asked", lambda path, options: asked.append(path.name))
    names = ["a.dat", "a.raw", "a.bin", "a.db", "a", "a.naf"]
    [(tmp_path / name).write_bytes(RANDOM) for name in names]

    found = []
    for name in names:
        with pytest.raises(RefusedSample) as caught:
            recognise_met(tmp_path / name, Places(listed=True))
        found.append(caught.value.code)

    assert found == ["INV003"] * len(names)
    assert asked == ["a.naf"]


def test_a_file_that_content_tells_needs_no_bio_formats(tmp_path, monkeypatch):
    monkeypatch.setattr("fixative.recognise._asked", lambda path, options: pytest.fail("asked"))
    (tmp_path / "a.czi").write_bytes(b"ZISRAWFILE" + bytes(100))

    assert recognise(tmp_path / "a.czi") == "czi"


def inventory(*paths: Path, folder: Path | None = None) -> Inventory:
    files = tuple(named_file(path, "main" if number == 0 else "member") for number, path in enumerate(paths))
    whole = Completeness(checked=False, method="none")
    return Inventory(format="tiff", files=files, completeness=whole, fileset_sha256="0" * 64, folder=folder)


def test_a_reader_may_use_the_files_of_the_inventory(tmp_path, monkeypatch):
    main, member = tmp_path / "a.ics", tmp_path / "a.ids"
    monkeypatch.chdir(tmp_path)

    require_known_files([main, Path("a.ids")], inventory(main, member))


def test_a_reader_that_names_a_store_by_its_folder_uses_the_store(tmp_path):
    require_known_files([tmp_path], inventory(tmp_path / ".zgroup", folder=tmp_path))


def test_a_reader_that_opened_a_file_that_the_inventory_does_not_hold_is_refused(tmp_path):
    main, stranger = tmp_path / "a.tif", tmp_path / "b.tif"

    with pytest.raises(RefusedSample) as caught:
        require_known_files([main, stranger], inventory(main))

    assert caught.value.code == "INV005"
    assert "b.tif" in caught.value.message
    assert str(tmp_path) not in caught.value.message


def test_the_formats_that_a_reader_is_asked_about_have_extensions_or_names():
    assert FORMATS["bruker_mri"].extensions == ("fid", "acqp")
