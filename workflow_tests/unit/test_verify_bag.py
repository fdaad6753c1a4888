"""The bag's own rules, against the conformance suite and against bags made bad here."""

import hashlib
import shutil
from pathlib import Path

import pytest

from fixative.verify.bag import bag_findings, completeness_findings
from fixative.verify.bag_files import read_bag
from objects import unlock

SUITE = Path(__file__).resolve().parents[3] / "shared/suites/bagit-conformance-suite"


VERDICTS = {"valid": True, "warning": True, "invalid": False, "linux-only": False, "windows-only": False}
"""Whether a bag of each folder is valid here. A bag is checked the same on every system: what only Windows could
take for a way out of the bag is no path of an archive either."""

BAGS = sorted(path for verdict in VERDICTS for path in SUITE.glob(f"v*/{verdict}/*") if path.is_dir())

REASONS = {
    "baginfo-missing-encoding": "bagit.txt",
    "bom-in-bagit.txt": "bagit.txt",
    "corrupt-data-file": "data/bare-filename: expected md5",
    "corrupt-tag-file": "bag-info.txt: expected md5",
    "extra-file-in-bag": "data/bar: expected a line in manifest-md5.txt",
    "invalid-version-number": "bagit.txt",
    "missing-baginfo": "bag-info.txt: expected a file, found none",
    "missing-bagit.txt": "bagit.txt: expected a file, found none",
    "out-of-scope-file-paths-using-dot-notation": "a path that does not leave the bag",
    "out-of-scope-file-paths-using-dot-notation-for-fetch": "fetch.txt line 1: expected a path that does not leave",
    "same-filename-listed-twice-with-different-hashes": "each path once, found 'data/README'",
    "same-filename-listed-twice-with-the-same-hash": "each path once, found 'data/README'",
    "notAllManifestsListAllFiles": "data/missingFromManifest.txt: expected a line in manifest-sha512.txt",
    "bagit-with-invalid-whitespace": "bagit.txt",
    "out-of-scope-file-paths-using-absolute-path": "a path relative to the bag",
    "out-of-scope-file-paths-using-absolute-path-for-fetch": "fetch.txt line 1: expected a path relative",
    "out-of-scope-file-paths-using-shortcut": "expected a path",
    "out-of-scope-file-paths-using-shortcut-for-fetch": "fetch.txt line 1: expected a path",
    "out-of-scope-file-paths-using-shortcut-username": "a path relative to the bag",
    "out-of-scope-file-paths-using-shortcut-username-for-fetch": "fetch.txt line 1: expected a path relative",
    "out-of-scope-file-paths-using-unc": "a path relative to the bag",
    "out-of-scope-file-paths-using-unc-for-fetch": "fetch.txt line 1: expected a path relative",
}
"""What must be among the findings of each invalid bag: it is found for its own defect, not for another."""

WARNINGS = {
    "duplicate-file-with-different-case": "one that some file systems take for the same",
    "made-with-md5sum-tools": "a line as md5sum -b writes it",
    "relative-path": "one that begins with ./",
    "same-filename-listed-twice-with-different-normalization": "one that some file systems take for the same",
    "same-filename-listed-twice-with-the-same-hash": "another line for the same",
    "special-system-files": "which systems make and delete by themselves",
}
PLAIN = ("bag-with-leading-dot-slash-in-manifest",)
"""Valid bags that have notes all the same: the suite warns of the same thing under `relative-path`."""


def name_of(bag):
    return bag.relative_to(SUITE).as_posix()


def of_verdict(*verdicts):
    return pytest.mark.parametrize("bag", [bag for bag in BAGS if bag.parent.name in verdicts], ids=name_of)


@pytest.mark.parametrize("bag", BAGS, ids=name_of)
def test_every_bag_of_the_suite_is_judged_as_the_suite_does(bag, tmp_path):
    assert (bag_findings(mended(bag, tmp_path)) == []) is VERDICTS[bag.parent.name]


@of_verdict("invalid", "linux-only", "windows-only")
def test_an_invalid_bag_of_the_suite_is_invalid_for_its_own_defect(bag):
    found = [str(finding) for finding in bag_findings(bag)]

    assert any(REASONS[bag.name] in finding for finding in found), found


@of_verdict("warning")
def test_a_bag_the_suite_warns_of_has_a_note_that_says_why(bag, tmp_path):
    notes = [str(note) for note in read_bag(mended(bag, tmp_path))[0].notes]

    assert any(WARNINGS[bag.name] in note for note in notes), notes


@of_verdict("valid")
def test_a_valid_bag_of_the_suite_has_no_note(bag):
    assert (read_bag(bag)[0].notes != ()) is (bag.name in PLAIN)


def test_the_suite_is_whole(suites):
    assert len(BAGS) == 60
    assert {bag.parent.name for bag in BAGS} == set(VERDICTS)


def mended(bag, folder):
    """The bag; where some copies of the suite have lost a file that is listed and empty, a copy that has it."""
    if bag.name != "special-system-files" or (bag / "data/.DS_Store").exists():
        return bag
    copy = unlock(shutil.copytree(bag, folder / "bag"))
    (copy / "data/.DS_Store").touch()
    return copy


INFO = {
    "a line that is no field": ("Bagging-Date 2026-11-21\n", "a label, a colon, a space and a value"),
    "a space before the colon": ("Bagging-Date : 2026-11-21\n", "a label, a colon, a space and a value"),
    "no space after the colon": ("Bagging-Date:2026-11-21\n", "a label, a colon, a space and a value"),
    "a Payload-Oxum that is none": ("Payload-Oxum: 1\n", "Payload-Oxum as bytes.files"),
    "two of them": ("Payload-Oxum: 1.1\nPayload-Oxum: 1.1\n", "Payload-Oxum once"),
}


@pytest.mark.parametrize("name", INFO)
def test_a_bag_info_that_is_not_as_bagit_1_has_it_is_damage(tmp_path, name):
    text, message = INFO[name]

    findings = [str(finding) for finding in bag_findings(write_bag(tmp_path, info=text))]

    assert any(message in finding for finding in findings), findings


def test_a_field_may_go_on_in_the_next_line_and_may_be_repeated(tmp_path):
    text = "Contact-Name: A\nContact-Name: B\nExternal-Description: one\n  two\nEmpty:\nPayload-Oxum: 1.1\n"

    bag, findings = read_bag(write_bag(tmp_path, info=text))

    assert findings == []
    assert bag.info["External-Description"] == "one two"
    assert bag.info["Contact-Name"] == "A"


def write_bag(folder, payload=None, **files):
    """A BagIt 1.0 bag; ``files`` replaces or adds tag files (dots and dashes of their names as ``_``)."""
    payload = {"data/a.txt": b"a"} if payload is None else payload
    for path, content in payload.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    lines = [f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in payload.items()]
    texts = {
        "bagit": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "manifest": "".join(lines),
        **files,
    }
    names = {
        "bagit": "bagit.txt",
        "manifest": "manifest-sha256.txt",
        "fetch": "fetch.txt",
        "info": "bag-info.txt",
    }
    for name, text in texts.items():
        (folder / names[name]).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_a_plain_bag_is_valid(tmp_path):
    assert bag_findings(write_bag(tmp_path)) == []


A = hashlib.sha256(b"a").hexdigest()
BAD = {
    "a path that leaves the bag": (
        {"manifest": f"{A}  data/a.txt\n{A}  data/../../etc/passwd\n"},
        "leave the bag",
    ),
    "an absolute path": ({"manifest": f"{A}  data/a.txt\n{A}  /etc/passwd\n"}, "relative to the bag"),
    "a path outside data": ({"manifest": f"{A}  data/a.txt\n{A}  bagit.txt\n"}, "below data/"),
    "an encoded way out": (
        {"manifest": f"{A}  data/a.txt\n{A}  data/..%0A/x\n"},
        "expected a file, found none",
    ),
    "a short digest": ({"manifest": f"{A[:-1]}  data/a.txt\n"}, "a digest of sha256 and a path"),
    "another digest": ({"manifest": f"{'0' * 64}  data/a.txt\n"}, f"expected sha256 {'0' * 64}, found {A}"),
    "a byte-order mark": (
        {"bagit": "\ufeffBagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"},
        "bagit.txt",
    ),
    "a space before the colon": (
        {"bagit": "BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n"},
        "bagit.txt",
    ),
    "a space after the version": (
        {"bagit": "BagIt-Version: 1.0 \nTag-File-Character-Encoding: UTF-8\n"},
        "bagit.txt",
    ),
    "a third line": (
        {"bagit": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nX: 1\n"},
        "bagit.txt",
    ),
    "a version to come": ({"bagit": "BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n"}, "found 2.0"),
    "an encoding nobody knows": (
        {"bagit": "BagIt-Version: 1.0\nTag-File-Character-Encoding: X\n"},
        "text in X",
    ),
    "an encoding that is none": (
        {"bagit": "BagIt-Version: 1.0\nTag-File-Character-Encoding: zip\n"},
        "text in zip",
    ),
    "a manifest that is not text": ({"manifest": b"\xff\xfe\x00" + A.encode()}, "text in UTF-8"),
    "a file still to be fetched": (
        {"manifest": f"{A}  data/a.txt\n{A}  data/b.txt\n", "fetch": "https://example.org/b 1 data/b.txt\n"},
        "data/b.txt: expected a file, found a line of fetch.txt",
    ),
    "a fetch that leaves the bag": ({"fetch": "https://example.org/b 1 ../b.txt\n"}, "fetch.txt line 1"),
    "a fetch that nothing lists": (
        {"fetch": "https://example.org/b 1 data/b.txt\n"},
        "a line in a manifest for",
    ),
    "a fetch without length": (
        {"fetch": "https://example.org/b data/b.txt\n"},
        "an address, a length and a path",
    ),
    "a wrong Payload-Oxum": ({"info": "Payload-Oxum: 2.1\n"}, "expected Payload-Oxum 2.1, found 1.1"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_bag_says_what_is_expected_and_found(tmp_path, name):
    files, message = BAD[name]

    findings = [str(finding) for finding in bag_findings(write_bag(tmp_path, **files))]

    assert any(message in finding for finding in findings), findings


def test_percent_cr_and_lf_in_names_are_decoded_and_nothing_else(tmp_path):
    folder = write_bag(tmp_path, {"data/50%.txt": b"a", "data/a\nb": b"a", "data/%41": b"a"})
    (folder / "manifest-sha256.txt").write_text(f"{A}  data/50%25.txt\n{A}  data/a%0ab\n{A}  data/%41\n")

    assert bag_findings(folder) == []


def test_a_link_in_the_payload_is_no_file(tmp_path):
    folder = write_bag(tmp_path / "bag")
    (folder / "data/a.txt").rename(tmp_path / "a.txt")
    (folder / "data/a.txt").symlink_to(tmp_path / "a.txt")

    assert "found a symbolic link" in str(bag_findings(folder)[0])


def test_a_linked_folder_in_the_payload_is_no_folder(tmp_path):
    folder = write_bag(tmp_path / "bag", {"data/x/a.txt": b"a"})
    (folder / "data/x").rename(tmp_path / "x")
    (folder / "data/x").symlink_to(tmp_path / "x")

    assert "found a symbolic link" in str(bag_findings(folder)[0])


def test_completeness_does_not_need_the_payload_to_be_read(tmp_path):
    folder = write_bag(tmp_path)
    (folder / "data/a.txt").write_bytes(b"b")

    assert completeness_findings(folder) == []
    assert len(bag_findings(folder)) == 1
