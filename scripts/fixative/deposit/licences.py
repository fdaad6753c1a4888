"""Licences by their SPDX identifier: name and address of the text.

Notes
-----
https://spdx.org/licenses/
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Licence:
    """A licence that the table knows."""

    spdx: str
    name: str
    url: str


def _creative_commons(kind: str, name: str) -> Licence:
    url = f"https://creativecommons.org/licenses/{kind.lower()}/4.0/"
    return Licence(f"CC-{kind}-4.0", f"Creative Commons {name} 4.0 International", url)


_ALL = (
    Licence("CC0-1.0", "Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    _creative_commons("BY", "Attribution"),
    _creative_commons("BY-SA", "Attribution ShareAlike"),
    _creative_commons("BY-ND", "Attribution NoDerivatives"),
    _creative_commons("BY-NC", "Attribution NonCommercial"),
    _creative_commons("BY-NC-SA", "Attribution NonCommercial ShareAlike"),
    _creative_commons("BY-NC-ND", "Attribution NonCommercial NoDerivatives"),
    Licence("ODC-By-1.0", "Open Data Commons Attribution", "https://opendatacommons.org/licenses/by/1-0/"),
    Licence("PDDL-1.0", "Open Data Commons Public Domain", "https://opendatacommons.org/licenses/pddl/1-0/"),
    Licence("ODbL-1.0", "Open Data Commons Open Database", "https://opendatacommons.org/licenses/odbl/1-0/"),
)


def _folded(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


_BY_NAME: Mapping[str, Licence] = {
    **{_folded(form): licence for licence in _ALL for form in (licence.spdx, licence.name, licence.url)},
    "cc0": _ALL[0],
}


def licence_of(text: str | None) -> Licence | None:
    """Find a licence by what the sheet says: identifier, name or address; hyphens and case do not matter.

    One whose version is not stated is not found: ``CC-BY`` could be any of five.
    """
    return _BY_NAME.get(_folded(text)) if text else None
