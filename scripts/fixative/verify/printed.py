"""What a person sees: each object with its checklist and findings, and a table of them all."""

from collections.abc import Iterator, Sequence

from fixative.verification_models import ObjectVerification
from fixative.verify.histogram import drawn

MOST_LINES = 50
WIDTH = max(len(word) for word in ("whole", "damaged", "not checked"))


def object_lines(found: ObjectVerification) -> Iterator[str]:
    """Tell of one object: outcome, checks, quality checklist, findings."""
    yield f"{found.outcome:<{WIDTH}}  {found.object}"
    for check in found.checks:
        yield f"  {check.outcome:<{WIDTH}}  {check.name}" + f"  {check.detail}" * bool(check.detail)
    if found.checklist:
        yield "  quality checklist"
        width = max(len(item.name) for item in found.checklist)
        for item in found.checklist:
            yield f"    {item.state:<6}  {item.name:<{width}}  {item.detail}".rstrip()
    for histogram in found.histograms:
        yield f"    histogram  {drawn(histogram)}"
    damage = [f"[{finding.code}] {finding.message}" for finding in found.findings if finding.severity == "damage"]
    notes = [f"note: {finding.message}" for finding in found.findings if finding.severity == "note"]
    for told, what in ((damage, "findings"), (notes, "notes")):
        for line in told[:MOST_LINES]:
            yield f"  {line}"
        if len(told) > MOST_LINES:
            yield f"  and {len(told) - MOST_LINES} more {what}"
    for reason in found.unread:
        yield f"  could not check: {reason}"


def table_lines(objects: Sequence[ObjectVerification]) -> Iterator[str]:
    """One line for each object, the worst first, and the sums."""
    order = ("damaged", "not checked", "whole")
    yield ""
    yield f"{'outcome':<{WIDTH}}  {'files':>7}  {'bytes':>16}  {'planes':>9}  {'damage':>6}  {'notes':>5}  object"
    for found in sorted(objects, key=lambda each: (order.index(each.outcome), each.object)):
        damage = sum(finding.severity == "damage" for finding in found.findings)
        notes = len(found.findings) - damage
        yield (
            f"{found.outcome:<{WIDTH}}  {found.files:>7,}  {found.bytes:>16,}  {found.planes_of_all_levels:>9,}  "
            f"{damage:>6,}  {notes:>5,}  {found.object}"
        )
    sums = ", ".join(f"{sum(found.outcome == outcome for found in objects):,} {outcome}" for outcome in order[::-1])
    kind, size = "object" if len(objects) == 1 else "objects", sum(found.bytes for found in objects)
    yield f"{len(objects):,} {kind}: {sums}; {size:,} bytes read"


def plain(line: str) -> str:
    """Escape what could drive a terminal, whatever a damaged or hostile object has put into a line."""
    return (
        "".join(
            character if character.isprintable() else character.encode("unicode_escape", "backslashreplace").decode()
            for character in line
        )
        .encode("utf-8", "backslashreplace")
        .decode("utf-8")
    )
