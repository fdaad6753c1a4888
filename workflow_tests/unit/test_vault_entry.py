"""Entries of the vault: whole or not at all, closed to others, encrypted to whom it says."""

import io
import logging
import subprocess

import pytest

from fixative.findings import RefusedSample
from fixative.proven_read import ProvenRead
from fixative.vault.encrypt import encrypt, encrypted_bytes
from fixative.vault.entry import entry_name, keep_entry
from fixative.vault.manifest import manifest_findings
from vaults import NAME, content, decrypted, kept, key_pair, modes, umask, write_source


class ShortReads(io.BytesIO):
    """A stream that never gives as much as it is asked for."""

    def readinto(self, buffer):
        """Give 1,000 bytes at most."""
        return super().readinto(memoryview(buffer)[:1000])


class Ends(ProvenRead):
    """A stream that gives a short buffer in the middle."""

    def readinto(self, buffer):
        """Give 1,000 bytes at most."""
        return super().readinto(memoryview(buffer)[:1000])


def names_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_an_entry_is_named_by_source_and_policy():
    assert entry_name("ab" * 32, "cd" * 32) == "abababababababab-cdcdcdcd"


def test_an_entry_holds_what_it_was_given_and_a_manifest_that_common_tools_check(tmp_path):
    original = write_source(tmp_path / "source.tif", b"pixels")

    entry = kept(tmp_path / "vault", (original, "A.tif"), dump=b"1", mapping=b"2")

    check = subprocess.run(["sha256sum", "--strict", "-c", "manifest-sha256.txt"], cwd=entry, capture_output=True)
    assert names_in(entry) == ["README.txt", "dump.json", "manifest-sha256.txt", "mapping.json", "original/A.tif"]
    assert (entry / "original/A.tif").read_bytes() == b"pixels"
    assert check.returncode == 0
    assert check.stdout.count(b"OK") == 4


@pytest.mark.parametrize("mask", [0, 0o022, 0o777])
@pytest.mark.parametrize("recipients", [(), (key_pair()[1],)], ids=["plain", "encrypted"])
def test_everything_is_closed_to_others_whatever_the_umask(tmp_path, mask, recipients):
    original = write_source(tmp_path / "source.tif", b"pixels")

    with umask(mask):
        kept(tmp_path / "above/vault", (original, "folder/A.tif"), recipients=recipients)

    assert modes(tmp_path / "above") == {("folder", 0o700), ("file", 0o600)}


@pytest.mark.parametrize("level", ["vault", "vault/d", "vault/d/A"])
def test_a_folder_that_is_open_to_others_is_refused(tmp_path, level):
    kept(tmp_path / "vault")
    (tmp_path / level).chmod(0o711)

    with pytest.raises(RefusedSample, match=r"VLT001.*open to others: expected 0700, found 0711"):
        kept(tmp_path / "vault")


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 3 * 65536, 5_000_000])
def test_a_recipient_reads_bit_for_bit_what_was_there(tmp_path, size):
    private, public = key_pair()
    pixels = bytes(range(251)) * (size // 251 + 1)
    original = write_source(tmp_path / "source.tif", pixels[:size])

    entry = kept(tmp_path / "vault", (original, "A.tif"), recipients=(public,))

    written = entry / "original/A.tif.c4gh"
    assert decrypted(written, private) == pixels[:size]
    assert written.stat().st_size == encrypted_bytes(size, 1)


def test_each_recipient_reads_it_and_nobody_else(tmp_path):
    (first, one), (second, two), (stranger, _) = key_pair(), key_pair(), key_pair()

    entry = kept(tmp_path / "vault", recipients=(one, two), dump=b"names")

    assert decrypted(entry / "dump.json.c4gh", first) == decrypted(entry / "dump.json.c4gh", second) == b"names"
    with pytest.raises(ValueError, match="No supported encryption method"):
        decrypted(entry / "dump.json.c4gh", stranger)


def test_of_an_encrypted_entry_nothing_is_in_the_clear_but_the_readme_and_digests_of_what_is_not(tmp_path):
    private, public = key_pair()
    original = write_source(tmp_path / "Ada Lovelace.tif", b"pixels of Ada Lovelace")

    entry = kept(tmp_path / "vault", (original, "A.tif"), recipients=(public,), dump=b"Ada Lovelace")

    assert [name for name in names_in(entry) if not name.endswith(".c4gh")] == ["README.txt", "manifest-sha256.txt"]
    stored = b"".join(path.read_bytes() + path.name.encode() for path in entry.rglob("*") if path.is_file())
    assert b"Lovelace" not in stored
    assert original.sha256.encode() not in stored
    assert original.sha256.encode() in decrypted(entry / "manifest-plain-sha256.txt.c4gh", private)


def test_two_files_of_the_same_content_have_nothing_in_common(tmp_path):
    _, public = key_pair()

    entry = kept(tmp_path / "vault", recipients=(public,), dump=b"x" * 100, mapping=b"x" * 100)

    first, second = ((entry / name).read_bytes() for name in ("dump.json.c4gh", "mapping.json.c4gh"))
    assert first[24:56] != second[24:56], "the writer's public key is another for each file"
    assert first[-100:] != second[-100:]


@pytest.mark.parametrize("recipients", [(), (key_pair()[1],)], ids=["plain", "encrypted"])
@pytest.mark.parametrize("now", [b"pixe", b"pixelsx", b"pixelz"], ids=["truncated", "longer", "changed"])
def test_a_source_that_is_not_the_inventoried_one_is_refused_and_nothing_is_kept(tmp_path, recipients, now):
    original = write_source(tmp_path / "source.tif", b"pixels")
    original.path.write_bytes(now)

    with pytest.raises(RefusedSample, match=r"INV007.*A\.tif"):
        kept(tmp_path / "vault", (original, "A.tif"), recipients=recipients)

    assert names_in(tmp_path / "vault") == ["d/A/.lock"]


def test_a_file_system_that_reads_short_loses_nothing():
    private, public = key_pair()
    target = io.BytesIO()

    encrypt(ProvenRead(ShortReads(b"x" * 200_000)), target, [public])

    assert len(target.getvalue()) == encrypted_bytes(200_000, 1)
    assert private


def test_an_encryption_that_ends_early_is_caught():
    _, public = key_pair()

    with pytest.raises(RefusedSample, match=r"VLT001.*ended early"):
        encrypt(Ends(io.BytesIO(b"x" * 200_000)), io.BytesIO(), [public])


def test_no_session_key_is_logged_whatever_the_level(tmp_path, caplog):
    _, public = key_pair()
    logging.getLogger("crypt4gh").setLevel(logging.DEBUG)
    logging.getLogger("crypt4gh.lib").setLevel(logging.DEBUG)

    with caplog.at_level(logging.DEBUG):
        kept(tmp_path / "vault", recipients=(public,))

    assert [record for record in caplog.records if record.name.startswith("crypt4gh")] == []


def test_a_second_run_replaces_the_entry_whole(tmp_path):
    kept(tmp_path / "vault", dump=b"1", old=b"1")

    entry = kept(tmp_path / "vault", dump=b"2")

    assert (entry / "dump.json").read_bytes() == b"2"
    assert names_in(tmp_path / "vault/d/A") == sorted(
        [".lock", *(f"{NAME}/{name}" for name in ("README.txt", "dump.json", "manifest-sha256.txt"))]
    )


def test_a_run_that_fails_leaves_the_entry_of_the_one_before(tmp_path):
    entry = kept(tmp_path / "vault", dump=b"1")

    with pytest.raises(RefusedSample, match=r"VLT001.*No such file"):
        kept(tmp_path / "vault", dump=tmp_path / "Ada Lovelace.json")

    assert (entry / "dump.json").read_bytes() == b"1"
    assert manifest_findings(entry) == []
    assert sorted(path.name for path in entry.parent.iterdir()) == [".lock", NAME]


def test_a_refusal_names_no_file_of_the_system(tmp_path):
    with pytest.raises(RefusedSample) as refused:
        kept(tmp_path / "vault", dump=tmp_path / "Ada Lovelace.json")

    assert "Lovelace" not in str(refused.value)
    assert refused.value.__cause__ is None, "a cause is logged with its text"


def test_what_killed_runs_left_is_removed_by_the_next(tmp_path):
    entry = kept(tmp_path / "vault", dump=b"1")
    (entry.parent / f".{NAME}.partial/original").mkdir(parents=True)
    (entry.parent / ".another-one.partial").mkdir()
    (entry.parent / f".{NAME}.replaced").mkdir()

    kept(tmp_path / "vault", dump=b"2")

    assert sorted(path.name for path in entry.parent.iterdir()) == [".lock", NAME]


def test_an_entry_whose_replacement_was_broken_off_comes_back(tmp_path):
    entry = kept(tmp_path / "vault", dump=b"1")
    entry.rename(entry.parent / f".{NAME}.replaced")

    with pytest.raises(RefusedSample):
        kept(tmp_path / "vault", dump=tmp_path / "missing")

    assert (entry / "dump.json").read_bytes() == b"1"


def test_an_entry_that_holds_is_left_where_only_missing_ones_are_asked_for(tmp_path):
    entry = kept(tmp_path / "vault", dump=b"1")

    keep_entry(tmp_path / "vault", content(dump=b"2"), (), only_missing=True)

    assert (entry / "dump.json").read_bytes() == b"1"


def test_a_damaged_entry_is_written_again_where_only_missing_ones_are_asked_for(tmp_path):
    entry = kept(tmp_path / "vault", dump=b"1")
    (entry / "dump.json").write_bytes(b"x")

    keep_entry(tmp_path / "vault", content(dump=b"2"), (), only_missing=True)

    assert (entry / "dump.json").read_bytes() == b"2"
