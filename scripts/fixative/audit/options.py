"""What an audit is asked for: from the configuration, through Snakemake's params, to the job."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixative.audit.roots import Root, replica_name
from fixative.settings import Audit, Replica, SafeToDelete, Settings


@dataclass(frozen=True)
class AuditOptions:
    """The copies, and how they are checked."""

    archive: Root
    replicas: tuple[Root, ...] = ()
    audit: Audit = field(default_factory=Audit)
    safe_to_delete: SafeToDelete = field(default_factory=SafeToDelete)

    @property
    def roots(self) -> tuple[Root, ...]:
        """The archive root first."""
        return self.archive, *self.replicas

    @property
    def bytes_per_s(self) -> float | None:
        """The bound on reading."""
        return self.audit.max_mb_per_s * 1e6 if self.audit.max_mb_per_s else None


def audit_params(settings: Settings) -> dict[str, Any]:
    """What the rules hand to the jobs; `audit_options` is its other end."""
    return {
        "archive_root": str(settings.archive_root.expanduser().absolute()),
        "audit": settings.audit.model_dump(mode="json"),
        "replicas": [
            {**replica.model_dump(mode="json"), "root": str(replica.root.expanduser().absolute())}
            for replica in settings.replicas
        ],
        "safe_to_delete": settings.safe_to_delete.model_dump(mode="json"),
    }


def audit_options(params: Mapping[str, Any]) -> AuditOptions:
    """Read what `audit_params` wrote."""
    audit = Audit.model_validate(dict(params["audit"]))
    replicas = [Replica.model_validate(dict(entry)) for entry in params["replicas"]]
    return AuditOptions(
        archive=Root(Path(params["archive_root"]), location=audit.location, medium=audit.medium),
        replicas=tuple(
            Root(entry.root, replica_name(entry.root), entry.location, entry.medium) for entry in replicas
        ),
        audit=audit,
        safe_to_delete=SafeToDelete.model_validate(dict(params["safe_to_delete"])),
    )


def replica_problems(settings: Settings) -> list[str]:
    """Say what is wrong with the roots: a copy inside another is none."""
    roots = [settings.archive_root, *(replica.root for replica in settings.replicas)]
    real = [root.expanduser().resolve() for root in roots]
    problems = []
    for number, root in enumerate(real):
        for other in real[:number]:
            if root == other or root in other.parents or other in root.parents:
                problems.append(f"replicas: {root} and {other} are one tree, or one holds the other")
    return problems
