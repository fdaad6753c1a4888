"""`python -m fixative.verify`: any damage to any file of an object is found and named."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from fixative.verify.__main__ import main
from fixative.verify.object import NotAnObject, verify_object
from objects import as_nobody, flip_bit, unlock

FILES = [
    "bagit.txt",
    "bag-info.txt",
    "manifest-sha256.txt",
    "manifest-sha512.txt",
    "tagmanifest-sha256.txt",
    "tagmanifest-sha512.txt",
    "data/A.ome.tiff",
    "data/A.ome.tiff.meta.json",
    "data/A.ome.tiff.pixels.json",
    "data/A.ome.tiff.provenance.json",
    "data/A.prov.json",
    "data/A.thumbnail.png",
    "data/README.md",
    "data/original/public.tif",
    "data/premis.xml",
    "data/ro-crate-metadata.json",
    "data/ro-crate-preview.html",
]


def findings_of(folder):
    return [str(finding) for finding in verify_object(folder).findings]


def test_a_sealed_object_is_whole(made, capsys):
    status = main([str(made.folder)])

    assert status == 0
    assert capsys.readouterr().out.startswith(f"whole        {made.folder}\n")


def test_the_files_of_the_object_are_those_damaged_below(made):
    found = [path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file()]

    assert sorted(found) == sorted(FILES)


def test_a_renamed_copy_of_the_folder_is_whole(whole):
    copy = whole.rename(whole.with_name("another name"))

    assert findings_of(copy) == []


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_found_and_the_file_named(whole, name):
    flip_bit(whole / name)

    assert any(name.removeprefix("data/") in finding for finding in findings_of(whole))
    assert main([str(whole)]) == 1


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_bit_that_only_changes_the_case_of_a_digest_is_found_where_no_digest_covers_it(whole, algorithm):
    path = whole / f"tagmanifest-{algorithm}.txt"
    content = path.read_text()
    letter = re.search("[a-f]", content)
    path.write_text(content[: letter.start()] + letter[0].upper() + content[letter.end() :])

    assert f"tagmanifest-{algorithm}.txt" in findings_of(whole)[0]


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_found_and_named(whole, name):
    os.truncate(whole / name, (whole / name).stat().st_size // 2)

    assert any(name.removeprefix("data/") in finding for finding in findings_of(whole))
    assert main([str(whole)]) == 1


@pytest.mark.parametrize("name", FILES)
def test_an_emptied_file_is_found_and_named(whole, name):
    os.truncate(whole / name, 0)

    assert any(name.removeprefix("data/") in finding for finding in findings_of(whole))


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_found_and_named(whole, name):
    (whole / name).unlink()

    assert any(name.removeprefix("data/") in finding for finding in findings_of(whole))
    assert main([str(whole)]) == 1


@pytest.mark.parametrize("name", FILES)
def test_a_renamed_file_is_found_under_both_names(whole, name):
    (whole / name).rename(whole / f"{name}.bak")

    findings = findings_of(whole)

    assert any(f"{name}: expected" in finding for finding in findings)
    assert any(f"{name}.bak: expected" in finding for finding in findings)


@pytest.mark.parametrize("name", ["extra.txt", "data/extra.txt", "data/original/extra.txt", "data/.hidden"])
def test_an_extra_file_is_found_and_named(whole, name):
    (whole / name).write_text("x")

    assert any(f"{name}: expected" in finding for finding in findings_of(whole))


def test_two_files_changed_for_each_other_are_both_named(whole):
    first, second = whole / "data/A.thumbnail.png", whole / "data/README.md"
    first.rename(whole / "third")
    second.rename(first)
    (whole / "third").rename(second)

    findings = findings_of(whole)

    assert sum("A.thumbnail.png" in finding for finding in findings) >= 2
    assert sum("README.md" in finding for finding in findings) >= 2


def test_an_edited_manifest_is_found_although_it_fits_the_payload(whole):
    (whole / "data/extra.txt").write_text("x")
    with (whole / "manifest-sha256.txt").open("a") as manifest:
        manifest.write(f"{'2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'}  data/extra.txt\n")

    findings = findings_of(whole)

    assert any("manifest-sha256.txt: expected sha512" in finding for finding in findings)
    assert any("data/extra.txt: expected a line in manifest-sha512.txt" in finding for finding in findings)


def reseal(folder):
    """Write the manifests anew, as somebody would who wants a change not to be seen."""
    import bagit

    for path in folder.glob("*manifest-*"):
        path.unlink()
    bag = bagit.Bag(str(folder))
    bag.algorithms = ["sha256", "sha512"]
    cwd = Path.cwd()
    try:
        bag.save(manifests=True)
    finally:
        os.chdir(cwd)


def edit(path, change):
    content = json.loads(path.read_bytes())
    change(content)
    path.write_text(json.dumps(content))


EDITS = {
    "pixels that are others": (
        "A.ome.tiff.pixels.json",
        lambda document: document["images"][0]["levels"][1]["planes"][0].update(sha256="0" * 64),
        "[VER001] pixels differ, first at image 0 level 1 T0 C0 Z0",
    ),
    "a plane that is no more": (
        "A.ome.tiff.pixels.json",
        lambda document: document["images"][0]["levels"][0]["planes"].pop(),
        "4 planes of image 0 level 0 once each, in order",
    ),
    "a record that promises the world": (
        "A.ome.tiff.pixels.json",
        lambda document: document["images"][0].update(size_t=2**60),
        "planes of image 0 level 0 once each, in order",
    ),
    "pixels that are not recorded": (
        "A.ome.tiff.pixels.json",
        lambda document: document.pop("images"),
        "digests of planes as Fixative writes them",
    ),
    "an output of other digest": (
        "A.ome.tiff.provenance.json",
        lambda document: document["outputs"][0].update(sha512="0" * 128),
        "A.ome.tiff.provenance.json: expected the digest of",
    ),
    "a part that is not there": (
        "ro-crate-metadata.json",
        lambda document: document["@graph"][1]["hasPart"].append({"@id": "missing.txt"}),
        "no part that is not there: missing.txt",
    ),
    "a part not listed": (
        "ro-crate-metadata.json",
        lambda document: document["@graph"][1]["hasPart"].pop(),
        "in hasPart, found not listed",
    ),
    "a link to nothing": (
        "ro-crate-metadata.json",
        lambda document: document["@graph"][-1].update(instrument={"@id": "#nobody"}),
        "an entity #nobody",
    ),
    "a crate that is a list": (
        "ro-crate-metadata.json",
        lambda document: document.update({"@graph": [1, 2]}),
        "a document as Fixative writes it",
    ),
    "metadata that are no more": (
        "A.ome.tiff.meta.json",
        lambda document: document.clear(),
        "expected dump and",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_document_edited_together_with_the_manifests_is_found(whole, name):
    file, change, message = EDITS[name]
    edit(whole / "data" / file, change)
    reseal(whole)

    findings = findings_of(whole)

    assert any(message in finding for finding in findings), findings


def test_a_premis_link_to_nothing_is_found(whole):
    path = whole / "data/premis.xml"
    path.write_text(
        path.read_text().replace(">fixative</premis:agentIdentifierValue>", ">x</premis:agentIdentifierValue>")
    )
    reseal(whole)

    assert any("agent fixative, which is linked to" in finding for finding in findings_of(whole))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff\x00", b'{"@graph": 3}'])
@pytest.mark.parametrize("name", [file for file in FILES if file.endswith((".json", ".xml"))])
def test_a_document_of_any_content_is_damage_and_no_traceback(whole, name, content):
    (whole / name).write_bytes(content)
    reseal(whole)

    assert main([str(whole)]) == 1


@pytest.mark.parametrize("name", ["missing", "a file", "an empty folder"])
def test_what_is_no_object_could_not_be_checked(tmp_path, name, capsys):
    (tmp_path / "a file").write_text("x")
    (tmp_path / "an empty folder").mkdir()

    assert main([str(tmp_path / name)]) == 2
    with pytest.raises(NotAnObject):
        verify_object(tmp_path / name)


def test_damage_outranks_what_could_not_be_checked(made, whole, tmp_path):
    flip_bit(whole / "data/README.md")

    assert main([str(made.folder), str(tmp_path / "missing")]) == 2
    assert main([str(made.folder), str(tmp_path / "missing"), str(whole)]) == 1


def test_the_report_is_written_as_json(made, whole, tmp_path):
    flip_bit(whole / "data/README.md")

    main([str(made.folder), str(whole), "--json", str(tmp_path / "report.json")])

    first, second = json.loads((tmp_path / "report.json").read_text())["objects"]
    assert (first["outcome"], second["outcome"]) == ("whole", "damaged")
    assert second["findings"][0]["file"] == "data/README.md"
    assert second["findings"][0]["code"] == "VER004"


def test_a_name_cannot_drive_the_terminal(whole, capsys):
    (whole / "data/\x1b[2Jevil\u202e").write_text("x")

    main([str(whole)])

    printed = capsys.readouterr().out
    assert "\\x1b[2Jevil\\u202e" in printed
    assert "\x1b" not in printed


def test_it_runs_with_nothing_but_the_object_and_the_package(made, repository, tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "fixative.verify", made.folder],
        cwd=tmp_path,
        env={"PYTHONPATH": str(repository / "scripts")},
        capture_output=True,
        text=True,
    )

    assert (run.returncode, run.stderr) == (0, "")


def test_a_file_that_may_not_be_read_could_not_be_checked(made, repository):
    # Not pytest's own folder: no other user may enter that.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        copy = unlock(shutil.copytree(made.folder, Path(folder, "A"), copy_function=shutil.copy))
        (copy / "data/README.md").chmod(0o600)

        run = as_nobody([sys.executable, "-m", "fixative.verify", copy], repository / "scripts")

    assert run.returncode == 2, run.stdout + run.stderr
    assert "could not check: data/README.md: Permission denied" in run.stdout
    assert "not checked  digests  1 of 15 files could not be read" in run.stdout
