"""Tags that the archived file has from its source: those that were meant, no more, no less, bit by bit."""

import hashlib
from collections.abc import Iterator

from fixative.findings import RefusedSample
from fixative.verification_models import CarriedTag, CarriedTags
from fixative.verify.tiff_structure import Structure, wrong


def carried_problems(structure: Structure, carried: CarriedTags) -> Iterator[RefusedSample]:
    """Compare each directory of the main chain with the record (VER003); levels have none of these tags."""
    expected: dict[int, tuple[CarriedTag, ...]] = {
        run.first + number: run.tags for run in carried.runs for number in range(run.directories)
    }
    for directory in sorted(expected.keys() | structure.carried.keys()):
        meant = {tag.code: (tag.type, tag.count, tag.sha256) for tag in expected.get(directory, ())}
        found = {
            code: (kind, count, hashlib.sha256(value).hexdigest())
            for code, (kind, count, value) in structure.carried.get(directory, {}).items()
        }
        for code in sorted(meant.keys() | found.keys()):
            if meant.get(code) != found.get(code):
                name = f"tag {code} of directory {directory}"
                yield wrong(f"{name}: {_said(meant.get(code))}", _said(found.get(code)))


def _said(tag: tuple[int, int, str] | None) -> str:
    """Type, count and digest: the value itself stands in the file."""
    return f"type {tag[0]}, {tag[1]} values, {tag[2][:16]}" if tag else "none"
