"""``python -m fixative.vault check``: whatever is damaged, missing, too much or open to others."""

import pytest

from fixative.vault.__main__ import main
from fixative.vault.key import vault_key
from vaults import NAME, kept, write_source


@pytest.fixture
def vault(tmp_path):
    """A vault with a key and an entry."""
    vault_key(tmp_path / "vault", None)
    original = write_source(tmp_path / "source.tif", b"pixels")
    return kept(tmp_path / "vault", (original, "A.tif")).parents[2]


def entry_of(vault):
    return vault / "d/A" / NAME


def test_a_whole_vault_is_whole(vault, capsys):
    status = main(["check", str(vault)])

    assert status == 0
    assert capsys.readouterr().out == f"whole        d/A/{NAME}\nentries: 1, damaged: 0\n"


DAMAGE = {
    "a flipped byte": (lambda entry: (entry / "original/A.tif").write_bytes(b"pixelz"), "original/A.tif: damaged"),
    "a missing file": (lambda entry: (entry / "dump.json").unlink(), "dump.json: missing"),
    "a file too many": (lambda entry: (entry / "new").touch(0o600), "new: not in the manifest"),
    "no manifest": (lambda entry: (entry / "manifest-sha256.txt").unlink(), "manifest-sha256.txt: missing"),
    "no such manifest": (
        lambda entry: (entry / "manifest-sha256.txt").write_text(f"{'0' * 64}  ../../../vault.key\n"),
        "manifest-sha256.txt: cannot be read",
    ),
    "an open file": (lambda entry: (entry / "dump.json").chmod(0o604), "dump.json: open to others: expected 0600"),
    "an open folder": (lambda entry: (entry / "original").chmod(0o755), "original: open to others: expected 0700"),
    "a link": (
        lambda entry: ((entry / "dump.json").rename(entry.parent / "x"), (entry / "dump.json").symlink_to("../x")),
        "dump.json: missing",
    ),
    "an open vault": (lambda entry: entry.parents[2].chmod(0o750), "open to others: expected 0700, found 0750"),
    "an open dataset": (lambda entry: entry.parents[1].chmod(0o750), "d: .: open to others"),
    "an open key": (lambda entry: (entry.parents[2] / "vault.key").chmod(0o644), "vault.key: others may open it"),
    "a stray file": (lambda entry: (entry.parents[2] / "notes.txt").touch(), "notes.txt: no part of a vault"),
    "a broken replacement": (
        lambda entry: entry.rename(entry.with_name(f".{NAME}.replaced")),
        "replacing it was broken off",
    ),
}


@pytest.mark.parametrize(("damage", "told"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_told_of_and_the_status_is_1(vault, damage, told, capsys):
    damage(entry_of(vault))

    status = main(["check", str(vault)])

    assert status == 1
    assert told in capsys.readouterr().out


def test_what_a_killed_run_left_is_no_damage(vault, capsys):
    (vault / f"d/A/.{NAME}.partial").mkdir(mode=0o700)

    status = main(["check", str(vault)])

    assert status == 0
    assert "left by a run that was killed" in capsys.readouterr().out


@pytest.mark.parametrize("place", ["missing", "."])
def test_what_is_no_vault_cannot_be_checked(tmp_path, place, capsys):
    status = main(["check", str(tmp_path / place)])

    assert status == 2
    assert capsys.readouterr().out.startswith("not checked")
