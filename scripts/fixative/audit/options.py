"""What an audit is asked for: from the configuration, through Snakemake's params, to the job."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixative.audit.roots import Copies, Root, replica_name
from fixative.remote.address import address_of, address_problem, is_remote
from fixative.sections import Audit, Replica, SafeToDelete
from fixative.settings import Settings


@dataclass(frozen=True)
class AuditOptions:
    """The copies, and how they are checked."""

    archive: Root
    replicas: tuple[Copies, ...] = ()
    audit: Audit = field(default_factory=Audit)
    safe_to_delete: SafeToDelete = field(default_factory=SafeToDelete)

    @property
    def roots(self) -> tuple[Copies, ...]:
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
        "replicas": [{**replica.model_dump(mode="json"), "root": _place(replica)} for replica in settings.replicas],
        "transfers": settings.remote.transfers,
        "safe_to_delete": settings.safe_to_delete.model_dump(mode="json"),
    }


def audit_options(params: Mapping[str, Any]) -> AuditOptions:
    """Read what `audit_params` wrote."""
    audit = Audit.model_validate(dict(params["audit"]))
    replicas = [Replica.model_validate(dict(entry)) for entry in params["replicas"]]
    return AuditOptions(
        archive=Root(Path(params["archive_root"]), location=audit.location, medium=audit.medium),
        replicas=tuple(
            _copies(entry, Path(params["archive_root"]), params.get("transfers", 4)) for entry in replicas
        ),
        audit=audit,
        safe_to_delete=SafeToDelete.model_validate(dict(params["safe_to_delete"])),
    )


def _place(replica: Replica) -> str:
    return str(replica.root.expanduser().absolute()) if isinstance(replica.root, Path) else replica.root


def _copies(entry: Replica, archive_root: Path, transfers: int) -> Copies:
    if isinstance(entry.root, Path):
        return Root(entry.root, replica_name(entry.root), entry.location, entry.medium)
    from fixative.remote.root import RemoteRoot

    address = address_of(entry.root)
    return RemoteRoot(
        address=address,
        name=address.public_name,
        location=entry.location,
        medium=entry.medium,
        lock=entry.lock,
        archive_root=archive_root,
        transfers=transfers,
    )


def replica_problems(settings: Settings) -> list[str]:
    """Say what is wrong with the roots: a copy inside another is none."""
    return [*_remote_problems(settings), *_nested(settings)]


def _remote_problems(settings: Settings) -> list[str]:
    problems = []
    seen: list[str] = []
    for number, replica in enumerate(settings.replicas):
        if not is_remote(replica.root):
            if replica.lock:
                problems.append(f"replicas.{number}.lock: only a replica on S3 can be locked")
            continue
        if problem := address_problem(str(replica.root)):
            problems.append(f"replicas.{number}.root: {problem}")
            continue
        place = f"{address_of(str(replica.root))}/"
        if any(place.startswith(other) or other.startswith(place) for other in seen):
            problems.append(f"replicas.{number}.root: one tree with another replica, or one holds the other")
        seen.append(place)
    return problems


def _nested(settings: Settings) -> list[str]:
    roots = [settings.archive_root, *(entry.root for entry in settings.replicas if isinstance(entry.root, Path))]
    real = [root.expanduser().resolve() for root in roots]
    problems = []
    for number, root in enumerate(real):
        for other in real[:number]:
            if root == other or root in other.parents or other in root.parents:
                problems.append(f"replicas: {root} and {other} are one tree, or one holds the other")
    return problems
