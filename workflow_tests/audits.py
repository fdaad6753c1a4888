"""An archive of small sealed objects with a replica, and audits of it on a day of one's choice."""

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fixative.audit.options import AuditOptions
from fixative.audit.repair import RepairResult, run_repair
from fixative.audit.roots import Root, replica_name
from fixative.audit.run import AuditResult, run_audit
from fixative.sections import Audit, SafeToDelete
from objects import make_object, unlock

SEALED = datetime(2026, 11, 21, 3, 0, 0, tzinfo=UTC)
"""When `objects.make_object` seals."""


@dataclass
class Kept:
    """An archive, with or without a replica."""

    folder: Path
    replicated: bool = False
    safe: SafeToDelete = field(default_factory=SafeToDelete)

    @property
    def root(self) -> Path:
        return self.folder / "archive"

    @property
    def replica(self) -> Path:
        return self.folder / "mirror"

    @property
    def replica_name(self) -> str:
        return replica_name(self.replica)

    def seal(self, *samples: str) -> None:
        for sample in samples:
            make_object(self.folder, sample)

    def replicate(self) -> None:
        shutil.copytree(self.root / "set1", self.replica / "set1")
        self.replicated = True

    def object(self, sample: str = "A") -> Path:
        return self.root / "set1" / sample

    def copy(self, sample: str = "A") -> Path:
        return self.replica / "set1" / sample

    def opened(self, path: str, sample: str = "A") -> Path:
        """A file of an object that can be written; its modes are put back by `shut`."""
        return unlock(self.object(sample)) / path

    def shut(self, sample: str = "A") -> None:
        for path in sorted(self.object(sample).rglob("*"), reverse=True):
            if not path.is_symlink():
                path.chmod(0o555 if path.is_dir() else 0o444)
        self.object(sample).chmod(0o555)

    def options(self, **audit: object) -> AuditOptions:
        replicas = (Root(self.replica, self.replica_name),) if self.replicated else ()
        return AuditOptions(Root(self.root), replicas, Audit(**audit), self.safe)

    def audit(self, day: float = 1, *, expected=(), pace=None, chance=None, told=print, **audit) -> AuditResult:
        """Audit everything, unless told otherwise, some days after sealing."""
        when = SEALED + timedelta(days=day)
        return run_audit(
            self.options(**(audit or {"full": True})),
            self.folder,
            expected=expected,
            pace=pace,
            chance=chance,
            clock=lambda: when,
            told=told,
        )

    def repair(self, day: float = 2, **audit: object) -> RepairResult:
        when = SEALED + timedelta(days=day)
        return run_repair(self.options(**audit), clock=lambda: when)

    def log(self, sample: str = "A") -> Path:
        return self.root / ".fixative/fixity/set1" / f"{sample}.jsonl"


def codes(result: AuditResult) -> set[str]:
    """Every code that an audit tells of."""
    return {code for copy in result.copies for code in copy.codes} | {finding.code for finding in result.findings}


def states(result: AuditResult) -> dict[tuple[str, str], str]:
    """State by object and copy."""
    return {(copy.object, copy.copy): copy.state for copy in result.copies}


def notes(result: AuditResult) -> str:
    """All that is said of copies."""
    return "\n".join(copy.note for copy in result.copies)


def swap(one: Path, other: Path) -> None:
    """Exchange two files."""
    between = one.with_name("between")
    one.rename(between)
    other.rename(one)
    between.rename(other)
