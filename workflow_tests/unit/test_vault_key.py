"""The vault key: made once, whole, for its owner alone; whatever is no key is refused."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from fixative.findings import RefusedSample
from fixative.vault.key import KEY_NAME, vault_key
from vaults import kept, umask


def test_a_key_of_32_random_bytes_is_made_on_first_use_and_stays(tmp_path):
    first = vault_key(tmp_path / "vault", None)

    assert len(first) == 32
    assert vault_key(tmp_path / "vault", None) == first
    assert vault_key(tmp_path / "other", None) != first


@pytest.mark.parametrize("mask", [0, 0o022, 0o777])
def test_key_and_folder_are_closed_to_others_whatever_the_umask(tmp_path, mask):
    with umask(mask):
        vault_key(tmp_path / "vault", None)

    assert stat.S_IMODE((tmp_path / "vault").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "vault" / KEY_NAME).stat().st_mode) == 0o600


def test_two_jobs_that_find_no_key_end_up_with_one(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: vault_key(tmp_path / "vault", None), range(64)))

    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "vault").iterdir()] == [KEY_NAME]


def test_a_file_system_without_links_has_a_key_as_well(tmp_path, monkeypatch):
    def without_links(*paths):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", without_links)

    assert vault_key(tmp_path, None) == vault_key(tmp_path, None)
    assert [path.name for path in tmp_path.iterdir()] == [KEY_NAME]


@pytest.mark.parametrize(
    ("size", "mode", "problem"),
    [
        (31, 0o600, "expected 32 to 4096 bytes, found 31"),
        (4097, 0o600, "found more"),
        (32, 0o640, "expected 0600, found 0640"),
        (32, 0o604, "expected 0600, found 0604"),
    ],
)
def test_what_cannot_be_a_key_is_refused(tmp_path, size, mode, problem):
    key = tmp_path / "key"
    key.write_bytes(os.urandom(size))
    key.chmod(mode)

    with pytest.raises(RefusedSample, match=f"VLT002.*{problem}"):
        vault_key(tmp_path / "vault", key)


@pytest.mark.parametrize("place", ["missing", "."])
def test_a_key_that_is_not_there_is_refused_and_none_is_made(tmp_path, place):
    with pytest.raises(RefusedSample, match="VLT002"):
        vault_key(tmp_path / "vault", tmp_path / place)

    assert list(tmp_path.iterdir()) == []


def test_a_vault_whose_key_is_lost_gets_no_new_one(tmp_path):
    vault_key(tmp_path / "vault", None)
    kept(tmp_path / "vault")
    (tmp_path / "vault" / KEY_NAME).unlink()

    with pytest.raises(RefusedSample, match=r"VLT002.*holds entries"):
        vault_key(tmp_path / "vault", None)


def test_a_vault_that_is_open_to_others_gets_no_key(tmp_path):
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault").chmod(0o750)

    with pytest.raises(RefusedSample, match=r"VLT001.*expected 0700, found 0750"):
        vault_key(tmp_path / "vault", None)


def test_the_key_is_in_no_text_of_what_holds_it(repository):
    code = "from fixative.privacy.marks import Marks; print(Marks(b'secret' * 8, 'ab'))"

    run = subprocess.run([sys.executable, "-c", code], cwd=repository / "scripts", capture_output=True, text=True)

    assert run.stdout.startswith("Marks(fileset_sha256=")
    assert "secret" not in run.stdout
