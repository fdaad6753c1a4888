"""A wrong vault is refused before any job, with what to do about it."""

import os

import pytest

from fixative.findings import BadBatch
from fixative.settings import load_settings
from fixative.vault.plan import VaultPlan, keep_plan, kept_plan, plan_vault
from vaults import key_pair, public_key_file


@pytest.fixture(autouse=True)
def work(tmp_path, monkeypatch):
    """An empty work folder, and no key in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FIXATIVE_VAULT_KEY_FILE", raising=False)


def plan(**config):
    return plan_vault(load_settings({"archive_root": "archive", **config}))


def key_file(path, mode=0o600, size=32):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))
    path.chmod(mode)
    return str(path)


def test_without_a_vault_there_is_no_plan():
    assert plan() is None
    assert plan(vault_root="null") is None


def test_relative_paths_are_relative_to_the_work_folder(tmp_path):
    _, public = key_pair()
    public_key_file(tmp_path / "k.pub", public)
    key_file(tmp_path / "k")

    found = plan(vault_root="vault", vault={"recipients": "k.pub", "key_file": "k", "originals": True})

    assert found == VaultPlan(
        root=tmp_path / "vault", key_file=tmp_path / "k", recipients=(tmp_path / "k.pub",), originals=True
    )
    assert not (tmp_path / "vault").exists()


def test_the_environment_may_name_the_key(tmp_path, monkeypatch):
    monkeypatch.setenv("FIXATIVE_VAULT_KEY_FILE", key_file(tmp_path / "k"))

    assert plan(vault_root="vault").key_file == tmp_path / "k"


def test_the_configuration_goes_before_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("FIXATIVE_VAULT_KEY_FILE", key_file(tmp_path / "k"))

    assert plan(vault_root="vault", vault={"key_file": key_file(tmp_path / "own")}).key_file == tmp_path / "own"


def test_jobs_get_what_the_main_process_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("FIXATIVE_VAULT_KEY_FILE", key_file(tmp_path / "k"))
    understood = plan(vault_root="vault")
    monkeypatch.delenv("FIXATIVE_VAULT_KEY_FILE")

    keep_plan(understood)

    assert VaultPlan.model_validate(kept_plan()) == understood


def test_sanitising_does_not_depend_on_recipients(tmp_path):
    one = VaultPlan(root=tmp_path, recipients=(tmp_path / "a",))
    two = VaultPlan(root=tmp_path, originals=True)

    assert one.for_marks() == two.for_marks()


@pytest.mark.parametrize(
    ("vault", "archive"), [("archive/vault", "archive"), ("vault", "vault/archive"), ("archive", "archive")]
)
def test_vault_and_archive_lie_apart(vault, archive):
    with pytest.raises(BadBatch, match=r"vault_root: .*archive_root lie within each other"):
        plan(vault_root=vault, archive_root=archive)


def test_a_link_does_not_hide_that_the_vault_is_in_the_archive(tmp_path):
    (tmp_path / "archive").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "archive")

    with pytest.raises(BadBatch, match="lie within each other"):
        plan(vault_root="elsewhere/vault")


@pytest.mark.parametrize("vault", ["staging", "results", "results/staging/v", "scopes/vault", "."])
def test_the_vault_is_not_where_leftovers_are_removed_or_sources_looked_for(vault):
    with pytest.raises(BadBatch, match="lie within each other"):
        plan(vault_root=vault, staging_root="staging", source_roots=["scopes"])


def test_a_vault_that_others_may_enter_is_refused(tmp_path):
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault").chmod(0o755)

    with pytest.raises(BadBatch, match=r"open to others: expected 0700, found 0755; close it with chmod 700"):
        plan(vault_root="vault")


def test_a_file_is_no_vault(tmp_path):
    (tmp_path / "vault").touch(mode=0o600)

    with pytest.raises(BadBatch, match="is no folder"):
        plan(vault_root="vault")


@pytest.mark.parametrize(("mode", "size"), [(0o640, 32), (0o604, 32), (0o600, 31)])
def test_a_key_that_is_none_is_refused(tmp_path, mode, size):
    with pytest.raises(BadBatch, match=r"vault\.key_file: .*chmod 600"):
        plan(vault_root="vault", vault={"key_file": key_file(tmp_path / "k", mode, size)})


def test_a_key_in_the_archive_is_refused(tmp_path):
    with pytest.raises(BadBatch, match=r"vault\.key_file: .* lies in the archive"):
        plan(vault_root="vault", vault={"key_file": key_file(tmp_path / "archive/k")})


def test_the_message_says_where_the_key_was_named(tmp_path, monkeypatch):
    monkeypatch.setenv("FIXATIVE_VAULT_KEY_FILE", str(tmp_path / "missing"))

    with pytest.raises(BadBatch, match=r"FIXATIVE_VAULT_KEY_FILE: .*No such file"):
        plan(vault_root="vault")


def test_the_vault_s_own_key_is_looked_at(tmp_path):
    (tmp_path / "vault").mkdir(mode=0o700)
    key_file(tmp_path / "vault/vault.key", 0o644)

    with pytest.raises(BadBatch, match="its key: others may open it"):
        plan(vault_root="vault")


def test_a_vault_with_entries_and_no_key_is_refused(tmp_path):
    (tmp_path / "vault/d").mkdir(parents=True, mode=0o700)
    (tmp_path / "vault").chmod(0o700)

    with pytest.raises(BadBatch, match=r"holds entries.*restore it"):
        plan(vault_root="vault")


@pytest.mark.parametrize("vault", [{"originals": True}, {"recipients": ["k.pub"]}, {"key_file": "k"}])
def test_how_a_vault_is_written_says_nothing_without_one(vault):
    with pytest.raises(BadBatch, match=f"vault.{next(iter(vault))}: there is no vault; give one with --config"):
        plan(vault=vault)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no Crypt4GH public key"),
        ("ssh-ed25519 AAAAC3Nza nobody\n", "no Crypt4GH public key"),
        ("-----BEGIN CRYPT4GH PUBLIC KEY-----\n???\n-----END CRYPT4GH PUBLIC KEY-----\n", "not base64"),
        (
            "-----BEGIN CRYPT4GH PUBLIC KEY-----\nAAAA\n-----END CRYPT4GH PUBLIC KEY-----\n",
            "expected 32 bytes, found 3",
        ),
    ],
    ids=["empty", "ssh", "not base64", "short"],
)
def test_what_is_no_public_key_is_refused(tmp_path, text, problem):
    (tmp_path / "k.pub").write_text(text)

    with pytest.raises(BadBatch, match=rf"vault\.recipients: .*{problem}; `crypt4gh-keygen`"):
        plan(vault_root="vault", vault={"recipients": ["k.pub"]})


def test_a_private_key_is_not_taken_for_a_public_one(tmp_path):
    public_key_file(tmp_path / "k.sec", os.urandom(32), "PRIVATE")

    with pytest.raises(BadBatch, match="a private key: it must not lie here"):
        plan(vault_root="vault", vault={"recipients": ["k.sec"]})


def test_a_key_to_which_every_secret_would_be_the_same_is_refused(tmp_path):
    public_key_file(tmp_path / "k.pub", bytes(32))

    with pytest.raises(BadBatch, match="nothing can be encrypted to it"):
        plan(vault_root="vault", vault={"recipients": ["k.pub"]})


def test_every_problem_is_listed(tmp_path):
    with pytest.raises(BadBatch, match="vault: 3 problems"):
        plan(vault_root="archive/v", vault={"recipients": ["missing.pub"], "key_file": "missing"})
