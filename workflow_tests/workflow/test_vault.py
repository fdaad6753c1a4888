"""The vault in the chain: what was taken out is there, whole and encrypted, before anything is sealed."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tifffile

from fixative.package.discard import discard
from pipeline import REPOSITORY, Batch
from vaults import decrypted, key_pair, modes, public_key_file

ARTIST = 315


def write_tiff(path):
    """A small stack that names a person."""
    pixels = np.random.default_rng(3).integers(0, 4000, (4, 120, 160), dtype=np.uint16)
    tags = [(ARTIST, "s", 0, "Ada Lovelace", True)]
    tifffile.imwrite(path, pixels, extratags=tags, description="imaged by Ada Lovelace", photometric="minisblack")
    return path


class Vaulted:
    """One sample, archived with a vault that keeps originals, encrypted."""

    def __init__(self, folder):
        self.batch = Batch(folder)
        self.private, public = key_pair()
        self.vault = folder / "restricted/vault"
        self.recipient = public_key_file(folder / "k.pub", public)
        self.source = write_tiff(self.batch.sheet.parent / "Lovelace mouse 7.tif")
        self.batch.write({"A": self.source.name})

    def run(self):
        return self.batch.run(
            vault_root=self.vault, vault=json.dumps({"originals": True, "recipients": [str(self.recipient)]})
        )

    @property
    def entry(self):
        (entry,) = (path for path in (self.vault / "unassigned/A").iterdir() if path.is_dir())
        return entry

    def read(self, name):
        return decrypted(self.entry / f"{name}.c4gh", self.private)

    def command(self, *arguments, **options):
        command = [sys.executable, "-m", "fixative.vault", *map(str, arguments)]
        return subprocess.run(command, cwd=REPOSITORY / "scripts", capture_output=True, text=True, **options)

    def unseal(self):
        """Take the object out of the archive again, as if the run had been killed before sealing."""
        discard(self.batch.object("A"))
        (self.batch.work / "results/samples/A/sealed.json").unlink()


@pytest.fixture(scope="module")
def vaulted(tmp_path_factory):
    """Archived once; the tests leave it as it is."""
    made = Vaulted(tmp_path_factory.mktemp("vaulted"))
    run = made.run()
    assert run.returncode == 0, run.stderr
    return made


def test_the_object_holds_no_original_and_no_private_value(vaulted):
    files = [path for path in vaulted.batch.object("A").rglob("*") if path.is_file()]

    assert not (vaulted.batch.object("A") / "data/original").exists()
    assert [path.name for path in files if b"Lovelace" in path.read_bytes() or "Lovelace" in path.name] == []


def test_the_vault_holds_the_source_bit_for_bit_for_whom_it_is_encrypted_to(vaulted):
    assert vaulted.read("original/A.tif") == vaulted.source.read_bytes()
    assert json.loads(vaulted.read("names.json"))[0]["name"] == "Lovelace mouse 7.tif"
    assert b"Ada Lovelace" in vaulted.read("dump.json")


def test_the_mapping_leads_back_to_what_stood_there(vaulted):
    changes = json.loads(vaulted.read("mapping.json"))["changes"]

    assert "Ada Lovelace" in {change["value"] for change in changes if change["key"] == "tiff:/ifd[0]/Artist"}


def test_nothing_of_it_is_in_the_clear(vaulted):
    stored = [path for path in vaulted.vault.rglob("*") if path.is_file()]

    assert [path.name for path in stored if b"Lovelace" in path.read_bytes() or "Lovelace" in path.name] == []


def test_the_vault_is_closed_to_others(vaulted):
    assert modes(vaulted.vault.parent) == {("folder", 0o700), ("file", 0o600)}


def test_the_key_is_in_no_other_file(vaulted):
    key = (vaulted.vault / "vault.key").read_bytes()
    files = [path for path in vaulted.batch.folder.rglob("*") if path.is_file() and path.name != "vault.key"]

    assert len(key) == 32
    assert [path.name for path in files if key in path.read_bytes() or key.hex().encode() in path.read_bytes()] == []


def test_the_object_does_not_say_where_the_vault_is(vaulted):
    files = [path for path in vaulted.batch.object("A").rglob("*") if path.is_file()]

    assert [path.name for path in files if b"restricted" in path.read_bytes()] == []


def test_the_holder_of_the_key_proves_what_stood_there(vaulted):
    key = vaulted.vault / "vault.key"

    run = vaulted.command("prove", vaulted.batch.object("A"), "--key-file", key, input="Ada Lovelace\n")

    assert run.returncode == 0
    assert "held it      tiff:/ifd/Artist  (X, rule people)" in run.stdout


def test_the_vault_is_checked_by_a_command_of_its_own(vaulted):
    run = vaulted.command("check", vaulted.vault)

    assert run.returncode == 0, run.stdout
    assert run.stdout.endswith("entries: 1, damaged: 0\n")


@pytest.fixture
def disposable(tmp_path):
    """Archived for one test that changes it."""
    folder = tmp_path / "b"
    folder.mkdir()
    made = Vaulted(folder)
    made.run()
    return made


def test_a_flipped_byte_is_found(disposable):
    path = disposable.entry / "original/A.tif.c4gh"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    run = disposable.command("check", disposable.vault)

    assert run.returncode == 1
    assert "original/A.tif.c4gh: damaged" in run.stdout


def test_a_run_killed_between_vault_and_seal_is_made_good_by_the_next(disposable):
    disposable.unseal()
    (disposable.entry.parent / f".{disposable.entry.name}.partial").mkdir()

    run = disposable.run()

    assert run.returncode == 0, run.stderr
    assert disposable.batch.outcomes() == {"A": "sealed"}
    assert disposable.read("original/A.tif") == disposable.source.read_bytes()
    assert disposable.command("check", disposable.vault).stdout.count("whole") == 1
    assert sorted(path.name for path in disposable.entry.parent.iterdir()) == [".lock", disposable.entry.name]


def test_an_object_that_is_taken_over_has_its_entry_as_well(disposable):
    discard(disposable.entry)
    (disposable.batch.work / "results/samples/A/sealed.json").unlink()

    run = disposable.run()

    assert run.returncode == 0, run.stderr
    assert disposable.read("original/A.tif") == disposable.source.read_bytes()


def test_nothing_is_sealed_that_cannot_go_into_the_vault(tmp_path):
    folder = tmp_path / "b"
    folder.mkdir()
    sample = Vaulted(folder)
    (sample.vault / "unassigned").mkdir(parents=True)
    (sample.vault / "vault.key").write_bytes(bytes(range(32)))
    (sample.vault / "vault.key").chmod(0o600)
    sample.vault.chmod(0o700)
    (sample.vault / "unassigned").chmod(0o755)

    run = sample.run()

    row = sample.batch.table()["A"]
    assert run.returncode == 1
    assert (row["outcome"], row["code"]) == ("refused", "VLT001")
    assert sample.batch.objects() == []


def test_a_wrong_vault_stops_the_batch_before_any_job(batch, tiff):
    batch.write({"A": tiff("a.tif")})

    run = batch.run(vault_root=batch.archive / "vault")

    assert run.returncode == 1
    assert "vault_root" in run.stderr
    assert "lie within each other" in run.stderr
    assert not (batch.work / "results/inventory").exists()


def test_an_original_that_would_carry_it_all_is_sent_to_the_vault(batch):
    write_tiff(batch.sheet.parent / "a.tif")
    batch.write({"A": "a.tif"})

    batch.run(keep_original=True)

    row = batch.table()["A"]
    assert row["code"] == "SAN003"
    assert "vault.originals" in row["message"]
