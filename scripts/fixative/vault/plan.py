"""What the configuration says of the vault: checked before any job, and handed to the jobs as it was understood."""

import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from fixative.checked_yaml import keep, kept
from fixative.findings import BadBatch
from fixative.settings import Settings
from fixative.vault.key import KEY_FILE_VARIABLE, KEY_NAME, KeyProblem, has_key, read_key
from fixative.vault.places import PRIVATE_FOLDER, open_to_others
from fixative.vault.recipients import BadRecipient, read_recipient

KEPT = Path("results/vault.json")


class VaultPlan(BaseModel):
    """Where the vault is and how it is written; paths, nothing secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    root: Path
    key_file: Path | None = None
    """None: ``VAULT_ROOT/vault.key``, made on first use."""
    recipients: tuple[Path, ...] = ()
    originals: bool = False

    def for_marks(self) -> dict[str, Any]:
        """What sanitising depends on: whom the vault is encrypted to is nothing to it."""
        return self.model_dump(mode="json", include={"root", "key_file"})


def plan_vault(settings: Settings) -> VaultPlan | None:
    """Understand the configuration (main process); paths are absolute afterwards.

    Raises
    ------
    BadBatch
        With every problem and what to do about it.
    """
    if settings.vault_root is None:
        _refuse([_needs_root(name) for name, given in settings.vault if given])
        return None
    named = settings.vault.key_file or os.environ.get(KEY_FILE_VARIABLE)
    plan = VaultPlan(
        root=_absolute(settings.vault_root),
        key_file=_absolute(Path(named)) if named else None,
        recipients=tuple(_absolute(path) for path in settings.vault.recipients),
        originals=settings.vault.originals,
    )
    _refuse([*_root_problems(plan.root, settings), *_key_problems(plan, settings), *_recipient_problems(plan)])
    return plan


def keep_plan(plan: VaultPlan | None) -> dict[str, Any] | None:
    """Keep the plan for the jobs, whose environment may lack what the main process saw."""
    return keep(plan, KEPT)


def kept_plan() -> dict[str, Any] | None:
    """What `keep_plan` kept; None before the first run."""
    return kept(KEPT)


def _refuse(problems: list[str]) -> None:
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise BadBatch("\n".join([f"vault: {count}", *(f"  {problem}" for problem in problems)]))


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _needs_root(name: str) -> str:
    return f"vault.{name}: there is no vault; give one with --config vault_root=FOLDER, or take the key out"


def _root_problems(root: Path, settings: Settings) -> list[str]:
    problems = []
    others = {
        "archive_root": settings.archive_root,
        "staging_root": settings.staging_root,
        "the work folder's results": Path("results"),
        # what is scanned would be found in the vault again, and archived
        **{f"source_roots' {path}": path for path in settings.source_roots},
    }
    for name, other in others.items():
        if other is not None and _nested(root, _absolute(other)):
            problems.append(f"vault_root: {root} and {name} lie within each other; put the vault somewhere apart")
    if root.exists() and not root.is_dir():
        problems.append(f"vault_root: {root} is no folder; name another, or one that does not exist yet")
    elif mode := open_to_others(root):
        problems.append(
            f"vault_root: {root} is open to others: expected {PRIVATE_FOLDER:04o}, found {mode:04o}; "
            "close it with chmod 700, after a look at what is in it"
        )
    return problems


def _nested(one: Path, other: Path) -> bool:
    first, second = one.resolve(), other.resolve()
    return first.is_relative_to(second) or second.is_relative_to(first)


def _key_problems(plan: VaultPlan, settings: Settings) -> list[str]:
    if plan.key_file is None:
        return _own_key_problems(plan.root)
    where = "vault.key_file" if settings.vault.key_file else KEY_FILE_VARIABLE
    archive = _absolute(settings.archive_root).resolve()
    if plan.key_file.resolve().is_relative_to(archive):
        return [f"{where}: {plan.key_file} lies in the archive; move it to where the archive's readers cannot look"]
    try:
        read_key(plan.key_file)
    except KeyProblem as problem:
        return [f"{where}: {plan.key_file}: {problem}; it must be 32 random bytes or more, chmod 600"]
    return []


def _own_key_problems(root: Path) -> list[str]:
    try:
        if has_key(root):
            read_key(root / KEY_NAME)
    except (KeyProblem, OSError) as problem:
        return [f"vault_root: its key: {problem}; restore it from your copy, or name one with vault.key_file"]
    return []


def _recipient_problems(plan: VaultPlan) -> list[str]:
    problems = []
    for path in plan.recipients:
        try:
            read_recipient(path)
        except BadRecipient as problem:
            problems.append(f"vault.recipients: {path}: {problem}; `crypt4gh-keygen` makes a pair of keys")
    return problems
