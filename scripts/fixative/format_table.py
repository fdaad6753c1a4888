"""The table of formats for a person: in the terminal, and as ``docs/formats.md``.

python -m fixative.format_table              print it
python -m fixative.format_table --markdown   write docs/formats.md anew
"""

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from fixative import structure
from fixative.files import write_bytes
from fixative.formats import FORMATS, Format
from fixative.identify.magic import MAGIC
from fixative.places import PROJECT
from fixative.readers.backends import BACKENDS
from fixative.witness.rules import NO_COMPLEX, NO_LUMA_CHROMA, NOT_HEARD, PAGES_AS_IMAGES, RULES

DOCUMENT = PROJECT / "docs" / "formats.md"
TRIED = PROJECT / "docs" / "formats_tried.tsv"

TRIED_COLUMNS = ("format", "reader", "witness", "outcome", "files")
_HEADINGS = ("key", "format", "vendor", "extensions", "readers, in order", "witnesses", "structure", "tried")

_CONTAINERS = {
    "tiff": (
        *(key for key, form in FORMATS.items() if form.group == "TIFF and its dialects"),
        *("svs", "scn", "ndpi", "qptiff", "philips_tiff", "bif", "mikroscan", "trestle", "vsi", "flex", "mias"),
    ),
    "ole": ("oib", "zvi", "cxd", "ipw", "flashpix", "tillvision"),
    "hdf5": ("imaris", "emd", "hdf5", "cellh5"),
    "lif": ("lif", "lof"),
    "raster": ("jpeg", "png", "gif", "webp"),
    "films": ("mp4", "avi"),
}
"""Formats that a check of a container covers, where they have no first bytes of their own."""

_BY_FOLDER = {"zarr", "ome_zarr", "mrxs", "ndtiff"}

_INTRODUCTION = """\
# Formats

{count} formats, from `scripts/fixative/formats/`. This page is written by `make formats ARGS=--markdown`; a test
holds it equal to the code. `make formats` prints the same table.

A file's format is told from its content; its name only separates what content cannot. Where content says
nothing, Bio-Formats is asked, and its answer counts if the name agrees.

| column | what it says |
|---|---|
| key | the name of the format in the sheet that a scan writes, in records, and in `readers.order` |
| readers, in order | the first that can open a file converts it; what the others said is in the record. `readers.order` in the configuration changes the order for a format: `readers: {{order: {{lif: [bioformats, liffile]}}}}` |
| witnesses | readers of another code base than the first reader's, in the order in which they are asked; the first that can read the file reads every pixel a second time (`verify.witness`). None: no second reader is known |
| structure | yes: what the file promises is compared with what it holds, from its bytes, before any reader opens it |
| tried | sealed: a real file of this format went through the whole chain. refused: real files were refused, each with its reason. no: not tried on a real file |

A reader that is known to change the stored values of a format (Bio-Formats with FLEX or Amersham GEL), or to fill
what is missing with blanks, is not listed for it.
"""  # noqa: E501  a row of a table is one line

_DIFFERENCES = """
## Known differences between readers

A witness that differs by one of these is no disagreement; the record of the sample names the rule. Whatever else
differs refuses the sample (VER005), unless another witness sees the same pixels as the first reader: then the
other's finding stays on record.
"""


@dataclass(frozen=True)
class Trial:
    """What became of the real files of one format, with one reader and one witness."""

    format: str
    reader: str
    witness: str
    outcome: str
    files: int


def read_tried(path: Path) -> list[Trial]:
    """Read what was tried on real files: a TSV with the columns `TRIED_COLUMNS`.

    Raises
    ------
    ValueError
        Where the columns are others.
    """
    with path.open(newline="", encoding="utf-8") as stream:
        rows = csv.DictReader(stream, dialect="excel-tab")
        if tuple(rows.fieldnames or ()) != TRIED_COLUMNS:
            raise ValueError(f"{path.name}: expected the columns {', '.join(TRIED_COLUMNS)}")
        return [
            Trial(row["format"], row["reader"], row["witness"], row["outcome"], int(row["files"] or 0))
            for row in rows
        ]


def independent(form: Format) -> list[str]:
    """Backends that decode with another code base than the one asked first."""
    if not form.backends:
        return []
    first = BACKENDS[form.backends[0]].library
    names = dict.fromkeys((*form.witnesses, *form.backends))
    return [name for name in names if BACKENDS[name].library != first]


def has_structure_check(key: str) -> bool:
    """Whether `fixative.structure` compares promised with present for this format."""
    if key in structure._BY_FORMAT or key in _BY_FOLDER:
        return True
    marks = [(offset, mark) for offset, mark, _, _ in structure._MARKS]
    modules = {module for _, _, module, _ in structure._MARKS}
    if any(key in keys for module, keys in _CONTAINERS.items() if module in modules):
        return True
    return any(
        own == key and offset == at and magic.startswith(mark) for at, magic, own in MAGIC for offset, mark in marks
    )


def outcome(key: str, tried: Iterable[Trial]) -> str:
    """``sealed``, ``refused`` or ``no``: the best that became of a real file."""
    outcomes = {trial.outcome for trial in tried if trial.format == key and trial.files}
    if "success" in outcomes or "sealed" in outcomes:
        return "sealed"
    return "refused" if outcomes else "no"


def rows(tried: Sequence[Trial]) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Each group of formats with its rows, as texts in the order of the headings."""
    for group, forms in groupby(FORMATS.values(), key=lambda form: form.group):
        yield group, [_row(form, tried) for form in forms]


def _row(form: Format, tried: Sequence[Trial]) -> tuple[str, ...]:
    return (
        form.key,
        form.name,
        form.vendor or "-",
        " ".join(form.extensions) or "-",
        ", ".join(form.backends) or "none",
        ", ".join(independent(form)) or "none",
        "yes" if has_structure_check(form.key) else "no",
        outcome(form.key, tried),
    )


def as_text(tried: Sequence[Trial]) -> str:
    """The table for a terminal: groups, the columns of each aligned."""
    lines = []
    for group, part in rows(tried):
        table = [_HEADINGS, *part]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines += [f"{group} ({len(part)})", *(_aligned(row, widths) for row in table), ""]
    return "\n".join([*lines, _summary(tried)]) + "\n"


def as_markdown(tried: Sequence[Trial]) -> str:
    """The document."""
    parts = [_INTRODUCTION.format(count=len(FORMATS)), _summary(tried)]
    for group, part in rows(tried):
        parts += [f"\n## {group}\n", _line(_HEADINGS), "|" + "---|" * len(_HEADINGS), *(map(_line, part))]
    parts += _differences()
    return "\n".join(parts) + "\n"


def _differences() -> list[str]:
    """Tables of the rules by which two readers that differ are told to agree, and of who is not asked."""
    names = ("rule", "reason", "of whom", "formats")
    rules = [
        (rule.name, rule.reason, ", ".join(sorted(rule.witnesses)) or "any", ", ".join(sorted(rule.formats)) or "any")
        for rule in RULES
    ]
    rules.append(("pages-as-images", PAGES_AS_IMAGES, "any", "any"))
    silent = [(witness, fmt, reason) for (fmt, witness), reason in NOT_HEARD.items()]
    silent += [(witness, "images of complex numbers", reason) for witness, reason in NO_COMPLEX.items()]
    silent += [(witness, "films of luma and chroma", reason) for witness, reason in NO_LUMA_CHROMA.items()]
    return [
        _DIFFERENCES,
        *(_line(names), "|" + "---|" * len(names), *map(_line, rules)),
        "\nNot asked:\n",
        *(_line(("witness", "about", "reason")), "|---|---|---|", *map(_line, silent)),
    ]


def _summary(tried: Sequence[Trial]) -> str:
    with_witness = sum(bool(independent(form)) for form in FORMATS.values())
    checked = sum(map(has_structure_check, FORMATS))
    sealed = sum(outcome(key, tried) == "sealed" for key in FORMATS)
    return (
        f"{len(FORMATS)} formats: {with_witness} with a witness, {checked} with a check of the structure, "
        f"{sealed} sealed from real files."
    )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make formats", description="Print the table of formats.")
    parser.add_argument("--markdown", action="store_true", help="write docs/formats.md instead")
    tried = read_tried(TRIED)
    if parser.parse_args().markdown:
        write_bytes(DOCUMENT, as_markdown(tried).encode("utf-8"))
    else:
        sys.stdout.write(as_text(tried))


if __name__ == "__main__":
    main()
