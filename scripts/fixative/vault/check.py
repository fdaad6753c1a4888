"""Fixity and modes of a vault: ``python -m fixative.vault check``."""

import stat
from dataclasses import dataclass, field
from pathlib import Path

from fixative.vault.entry import PARTIAL, REPLACED
from fixative.vault.key import KEY_LEFT, KEY_NAME, KeyProblem, read_key
from fixative.vault.manifest import manifest_findings
from fixative.vault.places import LOCK, OTHERS, PRIVATE_FILE, PRIVATE_FOLDER


class NotAVault(Exception):
    """There is nothing to check."""


@dataclass
class VaultReport:
    """What was found; paths relative to the vault."""

    entries: dict[str, list[str]] = field(default_factory=dict)
    """Findings by entry; none: whole."""
    findings: list[str] = field(default_factory=list)
    """About the vault itself."""
    notes: list[str] = field(default_factory=list)
    """What is no damage."""

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings and not any(self.entries.values())


def check_vault(root: Path) -> VaultReport:
    """Check every entry of a vault against its manifest, and that nobody else may look.

    Raises
    ------
    NotAVault
        Where there is no folder that can be read.
    """
    if not root.is_dir():
        raise NotAVault("no such folder")
    report = VaultReport()
    try:
        report.findings += _open_to_others(root, root)
        for entry in sorted(root.glob("*/*/*")):
            _check_entry(report, root, entry)
        for path in (root, *root.glob("*"), *root.glob("*/*")):
            report.findings += _unexpected(root, path)
        if (root / KEY_NAME).exists():
            read_key(root / KEY_NAME)
    except KeyProblem as problem:
        report.findings.append(f"{KEY_NAME}: {problem}")
    except OSError as error:
        raise NotAVault(f"cannot be read: {error.strerror}") from None
    if not report.entries and not (root / KEY_NAME).exists():
        raise NotAVault("no vault: neither entries nor a key")
    return report


def _check_entry(report: VaultReport, root: Path, entry: Path) -> None:
    name = entry.relative_to(root).as_posix()
    if entry.name == LOCK:
        return
    if entry.name.endswith((PARTIAL, REPLACED)):
        final = entry.with_name(entry.name.removeprefix(".").rpartition(".")[0])
        if entry.name.endswith(REPLACED) and not final.exists():
            report.findings.append(f"{name}: replacing it was broken off; archive a sample of that name again")
        else:
            report.notes.append(f"{name}: left by a run that was killed; the next one removes it")
    elif not entry.is_dir():
        report.findings.append(f"{name}: no part of a vault")
    else:
        report.entries[name] = [*_open_to_others(entry, entry, *entry.rglob("*")), *manifest_findings(entry)]


def _unexpected(root: Path, path: Path) -> list[str]:
    """Look at a level above the entries."""
    if path == root:
        return []
    name = path.relative_to(root).as_posix()
    if path.is_dir():
        return [f"{name}: {found}" for found in _open_to_others(path, path)]
    return [] if name == KEY_NAME or KEY_LEFT.fullmatch(name) else [f"{name}: no part of a vault"]


def _open_to_others(base: Path, *paths: Path) -> list[str]:
    found = []
    for path in paths:
        state = path.lstat()
        mode, name = stat.S_IMODE(state.st_mode), path.relative_to(base).as_posix()
        expected = PRIVATE_FOLDER if stat.S_ISDIR(state.st_mode) else PRIVATE_FILE
        if mode & OTHERS and not stat.S_ISLNK(state.st_mode):
            found.append(f"{name}: open to others: expected {expected:04o}, found {mode:04o}")
    return found
