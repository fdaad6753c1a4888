"""The catalogue of sealed objects: which there should be, and what they say, kept beside them (SQLite, one file).

It holds nothing private: only what an object says in public. It can be made anew from the objects at any time
(`snakemake catalogue`). What it adds to them is memory: an object that is gone is missed. `docs/catalogue.md` tells
what stands in it.
"""

from fixative.catalogue.describe import describe, describe_whole
from fixative.catalogue.rebuild import rebuild
from fixative.catalogue.records import Description, Entry
from fixative.catalogue.store import Catalogue
from fixative.catalogue.update import enter, update_catalogue
from fixative.sealed import CATALOGUE

__all__ = [
    "CATALOGUE",
    "Catalogue",
    "Description",
    "Entry",
    "describe",
    "describe_whole",
    "enter",
    "rebuild",
    "update_catalogue",
]
