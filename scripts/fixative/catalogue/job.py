"""Updating and rebuilding as jobs, in a work folder: what is to be entered, what is told, what is left behind."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from fixative.catalogue.entered import ENTERED
from fixative.catalogue.progress import progress
from fixative.catalogue.rebuild import Rebuilt, rebuild
from fixative.catalogue.update import Update, update_catalogue
from fixative.files import write_json
from fixative.findings import RefusedSample
from fixative.models import Receipt
from fixative.records import read_record

LOG = Path("results/logs/update_catalogue.log")
MOST_NAMED = 20


def update_job(work: Path, archive_root: Path, verdict: Path) -> list[str]:
    """Enter what the samples of this work folder have become, and write the archive's page where there is news.

    A catalogue that cannot be written keeps nobody from archiving: it is told of, and tried again next time.

    Parameters
    ----------
    verdict
        Says how it went: `ENTERED`.

    Returns
    -------
    list of str
        What a person should read; empty where all went well.
    """
    from fixative.catalogue.page import PAGE, write_page

    problems: list[str] = []
    update = Update()
    sealed = _sealed_of_last_run(work)
    if archive_root.is_dir():
        try:
            update = update_catalogue(archive_root, _on_the_sheet(work), sealed, told=progress("objects entered"))
            if update.entered or update.remade or not (archive_root / PAGE).is_file():
                problems += filter(None, [write_page(archive_root)])
        except RefusedSample as refused:
            problems += [str(refused), refused.remedy]
        except sqlite3.DatabaseError as error:
            problems.append(f"the catalogue cannot be read: {error}; `snakemake catalogue` makes it anew")
    if update.remade:
        problems.append("the catalogue was damaged: it was set aside; `snakemake catalogue` makes it anew")
    log = work / LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{update.entered} objects entered, {update.objects} known", *problems]
    log.write_text("\n".join([*lines, ""]), encoding="utf-8")
    content = {"entered": update.entered, "objects": update.objects, "problems": problems}
    write_json(verdict, content)
    return problems


def enter_after_failure(archive_root: Path) -> list[str]:
    """Enter what a run has sealed whose jobs did not all succeed: the report waits for all of them."""
    if ENTERED.is_file() or not Path("results/batch.json").is_file():
        return []
    return update_job(Path.cwd(), archive_root, ENTERED)


def rebuild_job(archive_root: Path, log: Path) -> tuple[list[str], bool]:
    """Make the catalogue anew, and the archive's page; returns lines for the terminal, and whether all went well."""
    from fixative.catalogue.page import write_page

    try:
        lines = rebuilt_lines(rebuild(archive_root, progress("objects described")))
        problem = write_page(archive_root)
        lines, well = [*lines, *filter(None, [problem])], problem is None
    except RefusedSample as refused:
        lines, well = [str(refused), refused.remedy], False
    log.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return lines, well


def rebuilt_lines(rebuilt: Rebuilt) -> list[str]:
    """Say what a new catalogue holds; of what is gone or changed, some names."""
    lines = [f"{rebuilt.objects} objects"]
    for names, what in (
        (rebuilt.gone, "gone, and remembered"),
        (rebuilt.changed, "with another manifest than is remembered (run an audit)"),
    ):
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        lines += [f"{len(names)} {what}: {', '.join(names[:MOST_NAMED])}{more}"] * bool(names)
    return lines


def _on_the_sheet(work: Path) -> Iterator[str]:
    """Objects that this sheet stands for. Names alone: the receipts of what is known already stay unread."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        for row in json.loads((work / "results/batch.json").read_bytes()):
            yield f"{row['dataset']}/{row['sample_id']}"


def _sealed_of_last_run(work: Path) -> list[str]:
    """Objects that this run has sealed, or one that was killed before it could say so."""
    samples: dict[str, None] = {}
    for path in sorted((work / "results/provenance").glob("*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            found: list[dict[str, Any]] = json.loads(path.read_bytes())
            samples |= dict.fromkeys(one["sample"] for one in found if one["outcome"] == "success")
    receipts = (read_record(Receipt, work / f"results/samples/{sample}/sealed.json") for sample in samples)
    return [receipt.object for receipt in receipts if receipt]
