"""Identifiers of objects and data sets: formed by rule from what is in them, never registered."""

import uuid
from dataclasses import dataclass
from typing import Literal

from fixative.package.parts import NAMESPACE

Scheme = Literal["doi", "ark"]


@dataclass(frozen=True)
class Named:
    """An identifier in its forms."""

    urn: str
    bare: str | None = None
    """``10.1234/<uuid>`` or ``ark:12345/<uuid>``; None without a prefix."""
    url: str | None = None
    """The prefix as it was configured, and the UUID."""


def dataset_urn(name: str, samples: list[str]) -> str:
    """URN of a data set: of its name and the identifiers of its objects, so that another content is another name."""
    return uuid.uuid5(NAMESPACE, "\n".join(["dataset", name, *sorted(samples)])).urn


def named(urn: str, prefix: str | None, scheme: Scheme) -> Named:
    """Put an object's URN behind the prefix that the facility has been given.

    Parameters
    ----------
    urn
        ``urn:uuid:...``.
    prefix
        ``https://doi.org/10.1234/`` or ``https://n2t.net/ark:/12345/``; with or without the resolver.
    scheme
        doi or ark.
    """
    if not prefix:
        return Named(urn)
    suffix = urn.rpartition(":")[2]
    start = "10." if scheme == "doi" else "ark:"
    bare = prefix[prefix.index(start) :]
    resolver = "https://doi.org/" if scheme == "doi" else "https://n2t.net/"
    whole = prefix if prefix.startswith("http") else f"{resolver}{prefix}"
    return Named(urn, f"{bare.rstrip('/')}/{suffix}", f"{whole.rstrip('/')}/{suffix}")
