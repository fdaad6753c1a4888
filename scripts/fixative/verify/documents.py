"""The documents of an object: each by itself, then all with each other."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fixative.verify.agreement import agreement_findings
from fixative.verify.bag_files import damaged
from fixative.verify.crate import CRATE, crate_findings
from fixative.verify.facts import DAMAGE, DocumentCheck, Facts
from fixative.verify.metadata_record import metadata_findings
from fixative.verify.premis import premis_findings
from fixative.verify.prov import SUFFIX as PROV
from fixative.verify.prov import prov_findings
from fixative.verify.provenance_record import provenance_findings
from fixative.verify.report import Told

PIXELS, METADATA, PROVENANCE = ".pixels.json", ".meta.json", ".provenance.json"
"""Of the image's name."""


def document_checks(image: str) -> dict[str, DocumentCheck]:
    """Name every document that an object must have and that is checked, with its check."""
    return {
        f"{image}{METADATA}": metadata_findings,
        f"{image}{PROVENANCE}": provenance_findings,
        CRATE: crate_findings,
        "premis.xml": premis_findings,
    }


def further_checks(sample: str) -> dict[str, DocumentCheck]:
    """Name every document that only objects of later versions have, with its check."""
    return {f"{sample}{PROV}": prov_findings}


@dataclass
class Documents:
    """Contents by name below ``data/``, and those that could be read."""

    facts: Facts
    contents: Mapping[str, bytes]
    parsed: dict[str, dict[str, Any]] = field(default_factory=dict)

    def check(self, name: str, check: DocumentCheck) -> list[Told]:
        """Run one check; whatever is wrong with a document is a finding, never an exception."""
        content = self.contents[name]
        found = guarded(f"data/{name}", lambda: check(content, self.facts))
        if name.endswith(".json"):
            try:
                document = json.loads(content)
            except (ValueError, RecursionError):
                document = None
            if isinstance(document, dict):
                self.parsed[name] = document
        return found

    def agree(self) -> list[Told]:
        """Compare what the documents say of the same things."""
        image = self.facts.image
        return guarded(
            "the documents",
            lambda: agreement_findings(
                self.facts,
                provenance=self.parsed.get(f"{image}{PROVENANCE}"),
                metadata=self.parsed.get(f"{image}{METADATA}"),
                crate=self.parsed.get(CRATE),
                prov=self.parsed.get(f"{self.facts.sample}{PROV}"),
            ),
        )


def guarded(name: str, check: Callable[[], Iterable[Told]]) -> list[Told]:
    """Run a check of what may have been edited to anything."""
    found: list[Told] = []
    try:
        found.extend(check())
    except DAMAGE as error:
        found.append(damaged(name, "a document as Fixative writes it", f"{type(error).__name__}: {error}"))
    return found
