"""The catalogue from the command line: find, export, rebuild, list, withdraw."""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from pathlib import Path

from fixative.catalogue.describe import describe
from fixative.catalogue.query import BadQuery
from fixative.catalogue.rebuild import rebuild
from fixative.catalogue.schema import ENTRY_COLUMNS
from fixative.catalogue.search import COLUMNS, NoCatalogue, Table, ask, find
from fixative.catalogue.store import Catalogue
from fixative.findings import RefusedSample

FOUND, NOTHING, FAILED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = _parser()
    options, others = parser.parse_known_args(arguments)
    if options.command == "find":
        # argparse takes no words after an option, and -word for an option.
        options.words += [other for other in others if not other.startswith("--")]
        others = [other for other in others if other.startswith("--")]
    if others:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    if not os.path.isdir(options.archive_root):  # noqa: PTH112  Path.is_dir raises where it may not look
        parser.error(f"no folder that can be read: {options.archive_root}")
    try:
        return int(options.run(options))
    except RefusedSample as refused:
        _tell(f"{refused}\n{refused.remedy}")
    except (BadQuery, NoCatalogue) as problem:
        _tell(str(problem))
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fixative.catalogue", description="The catalogue of an archive.")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.add_argument("archive_root", type=Path)
        made.set_defaults(run=run)
        return made

    finding = command("find", _find, "find objects; exit status: 0 found, 1 none, 2 it could not be looked for")
    finding.add_argument("words", nargs="*", metavar="WORD", help='all must be there; "a phrase", begin*, -not')
    finding.add_argument("--sql", metavar="SELECT", help="plain SQL instead of words (docs/catalogue.md)")
    finding.add_argument("--limit", type=int, metavar="N", help="rows at most (default: 20; of SQL: all)")
    finding.add_argument("--json", action="store_true", help="print JSON")
    exporting = command("export", _export, "write the tables as Parquet files")
    exporting.add_argument("--to", type=Path, required=True, metavar="DIR", help="folder, made if it is not there")
    command("rebuild", _rebuild, "make it from the objects alone; what is gone is remembered")
    command("list", _list, "print every entry as TSV")
    withdraw = command("withdraw", _withdraw, "say that an object was removed on purpose")
    withdraw.add_argument("object", help="dataset/sample")
    withdraw.add_argument("--reason", required=True, help="stands in the fixity log, in public")
    return parser


def _find(options: argparse.Namespace) -> int:
    if bool(options.sql) == bool(options.words):
        raise BadQuery("say what to look for: words, or --sql SELECT")
    if options.limit is not None and options.limit < 1:
        raise BadQuery("--limit: 1 or more")
    if options.sql:
        table, note = ask(options.archive_root, options.sql, limit=options.limit), ""
    else:
        answer = find(options.archive_root, " ".join(options.words), limit=options.limit or 20)
        rows = tuple(
            (hit.object + " (gone)" * bool(hit.gone), hit.acquired, hit.instrument, hit.channels, hit.found)
            for hit in answer.hits
        )
        table = Table(COLUMNS, rows, answer.unlocked)
        shown = f"; the best {len(rows)} are shown, --limit gives more" if answer.total > len(rows) else ""
        note = f"{answer.total} {'object' if answer.total == 1 else 'objects'}{shown}"
    if table.unlocked:
        _tell("note: read without locks, as on a read-only mount: what a killed writer left undone is not seen")
    _print(_lines(table, json=options.json))
    if note and (sys.stdout.isatty() or not table.rows):
        _tell(note if table.rows else "nothing found: all words must be there; a beginning is written as begin*")
    return FOUND if table.rows else NOTHING


def _lines(table: Table, *, json: bool) -> Iterable[str]:
    from fixative.catalogue.printing import as_json, as_table, as_tsv

    if json:
        return as_json(table.columns, table.rows)
    if not table.rows:
        return ()
    return (as_table if sys.stdout.isatty() else as_tsv)(table.columns, table.rows)


def _export(options: argparse.Namespace) -> int:
    from fixative.catalogue.export import export

    try:
        written = export(options.archive_root, options.to)
    except OSError as error:
        raise NoCatalogue(f"not written: {error.strerror}") from None
    _print(str(path) for path in written)
    return 0


def _rebuild(options: argparse.Namespace) -> int:
    from fixative.catalogue.job import rebuilt_lines
    from fixative.catalogue.progress import progress

    _print(rebuilt_lines(rebuild(options.archive_root, progress("objects described"))))
    return 0


def _list(options: argparse.Namespace) -> int:
    with Catalogue(options.archive_root) as catalogue:
        entries = list(catalogue.entries().values())
    lines = ("\t".join(str(value or "") for value in astuple(entry)) for entry in entries)
    _print(["\t".join(ENTRY_COLUMNS), *lines])
    return 0


def _withdraw(options: argparse.Namespace) -> int:
    from fixative.audit.fixity_log import append_event, event, log_path

    root, name = options.archive_root, options.object
    with Catalogue(root) as catalogue:
        known, found = catalogue.entry(name), describe(root / name)
        # One that stands there may be withdrawn where it is another object than the one that is known.
        same = known and os.path.lexists(root / name) and found.manifest_sha256 in (None, known.manifest_sha256)
        if known is None or same:
            _tell("only what the catalogue knows, and is gone or replaced, can be withdrawn")
            return 1
        append_event(log_path(root, name), event("dea", name, outcome="success", note=options.reason))
        catalogue.remove(name)
    return 0


def _print(lines: Iterable[str]) -> None:
    try:
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
