"""What the command line asks Snakemake for, and the files that make a target run which has run before."""

import sys
import time
from functools import cache
from pathlib import Path

from fixative.files import write_json

AUDITS = {"audit", "audit_archive", "repair", "repair_archive", "replicate", "replicate_archive"}
CATALOGUES = {"catalogue", "rebuild_catalogue"}
DEPOSITS = {"deposit", "make_deposit", "curate", "curate_dataset"}


@cache
def targets() -> frozenset[str]:
    """Give the targets of the command line. Snakemake knows them only after it has read the Snakefile."""
    from snakemake.cli import get_argument_parser

    known, _ = get_argument_parser().parse_known_args(sys.argv[1:])
    return frozenset(known.targets)


def is_scan() -> bool:
    """Whether nothing is asked for but a scan."""
    return bool(targets()) and targets() <= {"scan", "scan_storage"}


def is_audit() -> bool:
    """Whether nothing is asked for but what looks at sealed objects: no sheet is needed."""
    return bool(targets()) and targets() <= AUDITS | CATALOGUES


def is_catalogue() -> bool:
    """Whether nothing is asked for but the archive's catalogue."""
    return bool(targets()) and targets() <= CATALOGUES


def is_deposit() -> bool:
    """Whether nothing is asked for but packages and scores of sealed objects."""
    return bool(targets()) and targets() <= DEPOSITS


def request_deposits() -> None:
    """Have what is asked for of packages and scores run."""
    for what, names in (("deposit", {"deposit", "make_deposit"}), ("curation", {"curate", "curate_dataset"})):
        if targets() & names:
            request(what)


def request_audits() -> None:
    """Have what is asked for of audit, repair, replication and catalogue run."""
    asked = targets() & AUDITS | ({"audit"} if "nightly" in targets() else set())
    for what in sorted(asked):
        request(what.removesuffix("_archive"))
    if targets() & CATALOGUES:
        request("catalogue")


def is_plan() -> bool:
    """Whether the privacy plans alone are asked for."""
    return targets() == {"sanitise_plan"}


def request(what: str) -> None:
    """A scan or a plan that is asked for runs, whatever an earlier one has left.

    Snakemake passes over a newer input whose content is the same.
    """
    write_json(Path("results") / what / "requested.json", {"requested_ns": time.time_ns()})
