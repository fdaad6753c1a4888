"""The documents of an object, compared with each other and with its manifests."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from fixative.findings import RefusedSample
from fixative.models import Pixels
from fixative.verify.bag_files import damaged
from fixative.verify.xml import parse_xml

PREMIS = "{http://www.loc.gov/premis/v3}"
CRATE, PREVIEW = "ro-crate-metadata.json", "ro-crate-preview.html"

Payload = Mapping[str, Mapping[str, str]]
"""For each file below ``data/``, the digests that the manifests state."""
Check = Callable[[bytes, Payload, Pixels | None], Iterator[RefusedSample]]


def document_findings(
    name: str, content: bytes, payload: Payload, pixels: Pixels | None, check: Check
) -> list[RefusedSample]:
    """Run one of the checks below; whatever is wrong with a document is a finding, never an exception."""
    try:
        return list(check(content, payload, pixels))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, SyntaxError) as error:
        reason = f"{type(error).__name__}: {error}"
        return [damaged(f"data/{name}", "a document as Fixative writes it", reason)]


def crate_findings(content: bytes, payload: Payload, pixels: Pixels | None) -> Iterator[RefusedSample]:
    """RO-Crate: every part exists and is described, every file is a part, digests agree."""
    name = f"data/{CRATE}"
    entities = {entity["@id"]: entity for entity in json.loads(content)["@graph"]}
    about = entities[CRATE]["about"]["@id"]
    parts = {unquote(part["@id"]) for part in entities[about]["hasPart"]}
    for path in sorted(parts - payload.keys()):
        yield damaged(name, f"no part that is not there: {path}", "listed in hasPart")
    for path in sorted(payload.keys() - parts - {CRATE}):
        yield damaged(name, f"{path} in hasPart", "not listed")
    described = {unquote(identifier): entity for identifier, entity in entities.items()}
    for path in sorted(parts & payload.keys()):
        if path not in described:
            yield damaged(name, f"a description of {path}", "none")
        elif path != PREVIEW or "sha256" in described[path]:
            yield from _compare(name, path, described[path]["sha256"], payload[path]["sha256"])
    for identifier, entity in entities.items():
        for target in _links(entity):
            if target not in entities and not target.startswith(("http://", "https://")):
                yield damaged(name, f"an entity {target} (named by {identifier})", "none")


def _links(value: Any) -> Iterator[str]:
    """Every ``{"@id": ...}`` within an entity."""
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(child, dict) and set(child) == {"@id"}:
            yield child["@id"]
        else:
            yield from _links(child)


def provenance_findings(content: bytes, payload: Payload, pixels: Pixels | None) -> Iterator[RefusedSample]:
    """Provenance: the digests of outputs and pixels are those of the object."""
    document = json.loads(content)
    name = f"data/{_image_name(payload)}.provenance.json"
    for output in document["outputs"]:
        path = output["path"]
        if path not in payload:
            yield damaged(name, f"no output that is not there: {path}", "listed")
            continue
        for algorithm in ("sha256", "sha512"):
            yield from _compare(name, path, output[algorithm], payload[path][algorithm])
    for file in document["source"]["files"]:
        if (path := file["path"]) is not None:
            yield from _compare(name, path, file["sha256"], payload.get(path, {}).get("sha256", "no such file"))
    if pixels is not None:
        yield from _compare(name, "the pixels", document["pixels"]["root_sha256"], pixels.root_sha256)


def metadata_findings(content: bytes, payload: Payload, pixels: Pixels | None) -> Iterator[RefusedSample]:
    """meta.json: the sanitised dump and the log of sanitising are there."""
    document = json.loads(content)
    missing = [key for key in ("dump", "sanitisation") if not isinstance(document.get(key), dict)]
    if missing:
        yield damaged(f"data/{_image_name(payload)}.meta.json", " and ".join(missing), "none")


def premis_findings(content: bytes, payload: Payload, pixels: Pixels | None) -> Iterator[RefusedSample]:
    """PREMIS: every link has its end, every file of the object is described as it is."""
    root = parse_xml(content)
    name = "data/premis.xml"
    defined: dict[str, set[str]] = {}
    for kind in ("object", "event", "agent"):
        values = root.iterfind(f"{PREMIS}{kind}/{PREMIS}{kind}Identifier/{PREMIS}{kind}IdentifierValue")
        defined[kind] = {value.text or "" for value in values}
    for prefix in ("linking", "related"):
        for kind in ("Object", "Event", "Agent"):
            for value in root.iter(f"{PREMIS}{prefix}{kind}IdentifierValue"):
                if (value.text or "") not in defined[kind.lower()]:
                    yield damaged(name, f"{kind.lower()} {value.text}, which is linked to", "not described")
    for element in root.iterfind(f"{PREMIS}object"):
        path = element.findtext(f"{PREMIS}objectIdentifier/{PREMIS}objectIdentifierValue", "")
        if not path.startswith("data/"):
            continue
        if (path := path.removeprefix("data/")) not in payload:
            yield damaged(name, f"no file that is not there: {path}", "described")
            continue
        for fixity in element.iter(f"{PREMIS}fixity"):
            algorithm = fixity.findtext(f"{PREMIS}messageDigestAlgorithm", "").replace("-", "").lower()
            stated = fixity.findtext(f"{PREMIS}messageDigest", "")
            yield from _compare(name, path, stated, payload[path][algorithm])


def _image_name(payload: Payload) -> str:
    return next((path for path in payload if path.endswith(".ome.tiff") and "/" not in path), "?")


def _compare(name: str, path: str, stated: str, actual: str) -> Iterator[RefusedSample]:
    if stated != actual:
        yield damaged(name, f"the digest of {path}: {actual}", stated)
