"""One part of a file's metadata, where the other parts stand even if this one cannot be decoded."""

from collections.abc import Callable
from typing import Any

from fixative.findings import RefusedSample
from fixative.readers.guard import decoding
from fixative.trees import to_tree


def attempt(part: Callable[[], Any]) -> Any:
    """Tree of what ``part`` returns, or ``{"error": kind}``: the kind of the error alone, since texts name files."""
    try:
        with decoding(lambda error: RefusedSample("MET002", reason=type(error).__name__)):
            return to_tree(part())
    except RefusedSample as refusal:
        return {"error": refusal.places.get("reason") or refusal.code}


def attempted(parts: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """Tree of several parts by name; what is empty is left out."""
    found = {name: attempt(part) for name, part in parts.items()}
    return {name: value for name, value in found.items() if value not in (None, {}, [], "")}
