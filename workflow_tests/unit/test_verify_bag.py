"""The bag's own rules, against the conformance suite and against bags made bad here."""

import hashlib
import shutil
from pathlib import Path

import pytest

from fixative.verify.bag import bag_findings, completeness_findings
from objects import unlock

SUITE = Path(__file__).resolve().parents[3] / "shared/suites/bagit-conformance-suite"


def bags(*verdicts):
    folders = sorted(path for verdict in verdicts for path in SUITE.glob(f"v*/{verdict}/*") if path.is_dir())
    return pytest.mark.parametrize("bag", folders, ids=lambda path: path.relative_to(SUITE).as_posix())


@bags("valid", "warning")
def test_every_valid_bag_of_the_suite_is_valid(bag, tmp_path):
    if bag.name == "special-system-files" and not (bag / "data/.DS_Store").exists():
        # Lost by some copies of the suite; it is listed, and empty.
        bag = unlock(shutil.copytree(bag, tmp_path / "bag"))
        (bag / "data/.DS_Store").touch()

    assert bag_findings(bag) == []


@bags("invalid", "linux-only", "windows-only")
def test_every_invalid_bag_of_the_suite_is_invalid(bag):
    assert bag_findings(bag) != []


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
