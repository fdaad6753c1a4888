"""Make the table of slots that 4DN-BINA-OME (NBO) gives a tier and OME 2016-06 has (`nbo_slots.tsv`).

    python workflow_tests/nbo_slots.py --xsd ../shared/suites/nbo-v02-01/nbo.xsd

A slot is an element, or an attribute or child of one, by the names of the two schemas; whether it is an attribute
or a child may differ between them (Image/AcquisitionDate does).
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "scripts"))

from fixative.ome.schema import schema_tree  # noqa: E402
from fixative.required.tiers import SLOTS  # noqa: E402

XS = "{http://www.w3.org/2001/XMLSchema}"
HEAD = """\
# Slots of OME 2016-06 that 4DN-BINA-OME (NBO) v02-01 gives a tier, and the elements that have them.
# Made by workflow_tests/nbo_slots.py from nbo.xsd of https://github.com/WU-BIMAC/NBOMicroscopyMetadataSpecs:
# Copyright (C) 2002-2016 Open Microscopy Environment, 2017-2021 WU-BIMAC, UMass Medical School;
# Creative Commons Attribution 3.0 Unported, http://creativecommons.org/licenses/by/3.0/
# Changed: names and tiers alone, of those slots that OME 2016-06 has.
tier\towner\tslot\tcarriers
"""


def owned(root: "etree._Element") -> Iterator[tuple[str, str, "etree._Element"]]:
    """Every global element of a schema, and every attribute and child with the name of its owner."""
    for top in root.findall(f"{XS}element") + root.findall(f"{XS}complexType"):
        if top.tag == f"{XS}element":
            yield str(top.get("name")), "", top
        for node in top.iterdescendants(f"{XS}attribute", f"{XS}element"):
            owner = node.getparent()
            while owner is not top and not (owner.tag == f"{XS}element" and owner.get("name")):
                owner = owner.getparent()
            yield str(owner.get("name")), str(node.get("name") or node.get("ref")), node


def tier_of(node: "etree._Element") -> int | None:
    """The tier that NBO writes into an annotation: ``Tier=1``."""
    texts = [(text.text or "").strip() for text in node.findall(f"{XS}annotation/{XS}documentation")]
    return next((int(text[5:]) for text in texts if text.startswith("Tier=")), None)


def carriers(root: "etree._Element", owner: str) -> list[str]:
    """Elements that are of an owner's name or type, or of one derived from it."""
    bases = {}
    for node in root.iter(f"{XS}element", f"{XS}complexType"):
        extension = node.find(f".//{XS}extension")
        inner = extension is not None and _nearest(extension) is node
        base = node.get("type") or (extension.get("base") if inner else None) or node.get("ref")
        if node.get("name"):
            bases[node.tag, node.get("name")] = base
    abstract = {node.get("name") for node in root.findall(f"{XS}element") if node.get("abstract") == "true"}
    found = set()
    for tag, name in bases:
        seen, kind = [name], bases[tag, name]
        while kind and kind not in seen:
            seen.append(kind)
            kind = bases.get((f"{XS}complexType", kind)) or bases.get((f"{XS}element", kind))
        if tag == f"{XS}element" and owner in seen and name not in abstract:
            found.add(name)
    return sorted(found)


def _nearest(node: "etree._Element") -> "etree._Element":
    parent = node.getparent()
    while not parent.get("name"):
        parent = parent.getparent()
    return parent


def table(nbo: Path) -> str:
    """The file's content."""
    own = schema_tree().getroot()
    known = {(owner, slot) for owner, slot, _ in owned(own)}
    tiers = {}
    for owner, slot, node in owned(etree.parse(nbo).getroot()):
        if (owner, slot) in known and (tier := tier_of(node)) is not None:
            tiers[owner, slot] = tier
    rows = sorted((tier, owner, slot) for (owner, slot), tier in tiers.items())
    lines = (f"{tier}\t{owner}\t{slot}\t{' '.join(carriers(own, owner))}\n" for tier, owner, slot in rows)
    return HEAD + "".join(lines)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--xsd", type=Path, required=True, help="nbo.xsd")
    SLOTS.write_text(table(parser.parse_args().xsd), encoding="utf-8")


if __name__ == "__main__":
    main()
