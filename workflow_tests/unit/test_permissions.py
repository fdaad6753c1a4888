"""Owner, group and umask of the configuration: applied, or refused before any job."""

import grp
import os
import pwd
import re
import sys
from pathlib import Path

import pytest

from fixative.files import umask, write_bytes
from fixative.findings import BadBatch
from fixative.permissions import Owner, owner_of, set_umask
from fixative.sections import Permissions
from fixative.settings import load_settings
from objects import as_nobody, make_parts

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def kept_umask():
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
    umask.cache_clear()


def mode(path):
    return path.stat().st_mode & 0o7777


@pytest.mark.parametrize(
    ("permissions", "problem"),
    [
        ({"owner": "no-such-account"}, "permissions.owner: no account 'no-such-account'"),
        ({"group": "no-such-group"}, "permissions.group: no group 'no-such-group'"),
    ],
)
def test_a_name_that_this_machine_does_not_know_is_refused(permissions, problem):
    with pytest.raises(BadBatch, match=re.escape(problem)):
        owner_of(Permissions(**permissions))


def test_an_account_that_is_not_root_cannot_promise_to_give_files_away():
    code = "from fixative.permissions import owner_of; from fixative.sections import Permissions\n"
    code += "owner_of(Permissions(owner='root', group='root'))"

    done = as_nobody([sys.executable, "-c", code], SCRIPTS)

    assert "permissions.owner: only root can give files to 'root'" in done.stderr
    assert "permissions.group: this account is no member of 'root'" in done.stderr


@pytest.mark.parametrize("value", [18, "0777", "200", "9", "rwx"])
def test_a_umask_that_is_a_number_or_keeps_the_owner_out_is_refused(value):
    with pytest.raises(BadBatch, match=r"permissions\.umask"):
        load_settings({"permissions": {"umask": value}})


def test_what_is_written_has_the_mode_that_the_umask_leaves(tmp_path, kept_umask):
    set_umask(Permissions(umask="027"))

    public, private = write_bytes(tmp_path / "a", b"1"), write_bytes(tmp_path / "b", b"1", mode=0o600)

    assert (mode(public), mode(private)) == (0o640, 0o600)


def test_a_lax_umask_opens_nothing_that_is_private(tmp_path, kept_umask):
    set_umask(Permissions(umask="000"))

    assert mode(write_bytes(tmp_path / "b", b"1", mode=0o600)) == 0o600


def test_a_sealed_object_is_given_to_its_owner_and_is_read_only_for_all(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    from fixative.package.assemble import assemble_object
    from fixative.package.seal import seal_object

    parts = make_parts(tmp_path / "staging/A", "A")
    assemble_object(parts, tmp_path / "staging/A/object")
    owner = owner_of(Permissions(owner=pwd.getpwuid(1).pw_name, group=grp.getgrgid(1).gr_name))

    final = tmp_path / "archive/set1/A"
    seal_object(tmp_path / "staging/A/object", final, source=parts.row.source, owner=owner)

    paths = [final.parent, final, *final.rglob("*")]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in paths} == {(1, 1)}
    assert {mode(path) for path in paths[1:]} == {0o444, 0o555}


def test_without_a_name_nothing_is_given_to_anybody(tmp_path):
    before = tmp_path.stat().st_ctime_ns

    Owner().give(tmp_path)

    assert tmp_path.stat().st_ctime_ns == before


def test_the_umask_of_the_configuration_holds_for_the_jobs(batch, tiff):
    batch.write({"A": tiff("a.tif")})

    run = batch.run(permissions='{umask: "027"}')

    assert run.returncode == 0, run.stderr
    work = batch.work / "results"
    assert mode(work / "reports/batch.tsv") == 0o640
    assert mode(batch.archive / "unassigned") == 0o750
    assert mode(work / "samples") == 0o700
    assert mode(batch.image("A")) == 0o444


def test_a_name_that_cannot_be_given_to_refuses_the_batch_before_any_job(batch, tiff):
    batch.write({"A": tiff("a.tif")})

    run = batch.run(permissions="{group: no-such-group}")

    assert run.returncode == 1
    assert "permissions.group: no group 'no-such-group'" in run.stderr
    assert not batch.archive.exists()


def test_neither_key_nor_name_stands_in_what_snakemake_keeps(batch):
    import tifffile

    import hostile

    name = "Qzxanna Qzxmeyer"
    path = batch.sheet.parent / "a.tif"
    tifffile.imwrite(path, hostile.PIXELS, metadata=None, extratags=[(315, 2, 0, name, True)])
    batch.write({"A": "a.tif"})
    vault = batch.folder / "vault"

    run = batch.run(privacy_policy="gdpr_pseudonymous", vault_root=vault)

    key = (vault / "vault.key").read_bytes()
    kept = b"".join(path.read_bytes() for path in (batch.work / ".snakemake").rglob("*") if path.is_file())
    said = (run.stdout + run.stderr).encode()
    logs = b"".join(path.read_bytes() for path in (batch.work / "results/logs").rglob("*") if path.is_file())
    assert not [
        text for text in (kept, said, logs) if b"Qzxmeyer" in text or key in text or key.hex().encode() in text
    ]
    assert mode(vault) == 0o700
