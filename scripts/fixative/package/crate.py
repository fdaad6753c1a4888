"""The crate: RO-Crate 1.1 with a Process Run Crate's action, and its page for people.

https://w3id.org/ro/crate/1.1 and https://w3id.org/ro/wfrun/process/0.5. Written by hand: the package rocrate
costs 0.8 s of import in a step that takes milliseconds, and a crate is a list of dictionaries.
"""

import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from fixative.files import Digests
from fixative.package.parts import NAMESPACE, Written, media_type, purpose
from fixative.package.provenance import sample, software
from fixative.package.text import html_text
from fixative.pixel_models import ImagePixels

CONTEXT = ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"]
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
PREVIEW = "ro-crate-preview.html"

Entity = dict[str, Any]


def crate(written: Written) -> dict[str, Any]:
    """Compose ``ro-crate-metadata.json`` over every file of the payload."""
    descriptor: Entity = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }
    entities = [descriptor, _root(written), *_files(written), *_context(written), _action(written)]
    return {"@context": CONTEXT, "@graph": entities}


def title(written: Written) -> str:
    """Name of the object."""
    return f"Microscopy image {written.parts.row.sample_id} ({written.parts.row.dataset})"


def description(written: Written) -> str:
    """One paragraph, from the records only."""
    parts = written.parts
    images = "; ".join(_describe(image) for image in parts.pixels.images[:3])
    count = len(parts.pixels.images)
    return (
        f"{count} image{'s' * (count > 1)} of {parts.planes} planes ({images}"
        + (f"; and {count - 3} more" if count > 3 else "")
        + f"), archived as OME-TIFF from a source of format {parts.inventory.format}; "
        f"metadata sanitised with policy {parts.log.policy} {parts.log.policy_version}."
        + (f" Attention, {parts.incomplete}." if parts.incomplete else "")
    )


def _describe(image: ImagePixels) -> str:
    sizes = f"{image.size_x} x {image.size_y} px, Z {image.size_z}, C {image.size_c}, T {image.size_t}"
    return f"{sizes}, {image.dtype}" + (f", {image.samples} samples" if image.samples > 1 else "")


def license_name(written: Written) -> str:
    """Licence as the sheet states it; nothing is invented where it states none."""
    return written.parts.row.license or "not stated; ask the owner before you re-use this"


def _id(path: str) -> str:
    """Turn a path into the URI reference that JSON-LD needs."""
    return quote(path)


def _root(written: Written) -> Entity:
    stated = sample(written)
    values = {
        **{key: stated[key] for key in ("organism", "modality", "instrument", "owner", "notes")},
        **stated["further"],
    }
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": title(written),
        "description": description(written),
        "identifier": written.parts.identifier,
        "datePublished": written.created_text,
        "license": {"@id": "#license"},
        "conformsTo": {"@id": PROFILE},
        "hasPart": [{"@id": _id(path)} for path in sorted({*written.payload, PREVIEW})],
        "mentions": {"@id": _action_id(written)},
        "additionalProperty": [
            {"@id": f"#sheet-{number}"} for number, value in enumerate(values.values()) if value is not None
        ],
    }


def _files(written: Written) -> Iterator[Entity]:
    for path, digests in sorted(written.payload.items()):
        if path == PREVIEW:
            continue
        yield _file(path, digests, purpose(path, written.parts))
    page = written.payload.get(PREVIEW)
    entity: Entity = {"@id": PREVIEW, "@type": ["File", "CreativeWork"], "about": {"@id": "./"}}
    if page:
        entity |= {"encodingFormat": "text/html", "contentSize": str(page.bytes), "sha256": page.sha256}
    yield entity


def _file(path: str, digests: Digests, text: str) -> Entity:
    return {
        "@id": _id(path),
        "@type": "File",
        "name": path,
        "description": text,
        "encodingFormat": media_type(path),
        "contentSize": str(digests.bytes),
        "sha256": digests.sha256,
    }


def _context(written: Written) -> Iterator[Entity]:
    stated = sample(written)
    values = {
        **{key: stated[key] for key in ("organism", "modality", "instrument", "owner", "notes")},
        **stated["further"],
    }
    yield {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
    yield {"@id": "#license", "@type": "CreativeWork", "name": license_name(written)}
    for number, (name, value) in enumerate(values.items()):
        if value is not None:
            yield {"@id": f"#sheet-{number}", "@type": "PropertyValue", "name": name, "value": value}
    libraries = []
    for tool in software(written):
        entity = {
            "@id": f"#software-{_id(tool['name'])}",
            "@type": "SoftwareApplication",
            "name": tool["name"],
            "softwareVersion": tool["version"],
            "description": tool["role"],
        }
        if tool["name"] == "fixative":
            fixative = entity
        else:
            libraries.append(entity)
    yield fixative | {"softwareRequirements": [{"@id": library["@id"]} for library in libraries]}
    yield from libraries
    if not written.originals:
        inventory = written.parts.inventory
        yield {
            "@id": "#source",
            "@type": "CreativeWork",
            "name": f"the source, not in this object: {len(inventory.files)} files of {inventory.format}",
            "sha256": inventory.fileset_sha256,
        }


def _action_id(written: Written) -> str:
    return uuid.uuid5(NAMESPACE, f"{written.parts.identifier} {written.created_text}").urn


def _action(written: Written) -> Entity:
    parts = written.parts
    started = min((outcome.started for outcome in parts.outcomes), default=written.created_text)
    image, name = parts.image_name, parts.row.sample_id
    results = (image, f"{image}.meta.json", f"{image}.pixels.json", f"{name}.thumbnail.png")
    sources = sorted(written.originals.values())
    return {
        "@id": _action_id(written),
        "@type": "CreateAction",
        "name": "archived by Fixative",
        "instrument": {"@id": "#software-fixative"},
        "object": [{"@id": _id(path)} for path in sources] or [{"@id": "#source"}],
        "result": [{"@id": _id(path)} for path in results],
        "startTime": started,
        "endTime": written.created_text,
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }


def preview(written: Written) -> bytes:
    """Compose ``ro-crate-preview.html``: one page, no script, nothing from elsewhere."""
    parts = written.parts
    rows = "".join(
        f'<tr><td><a href="{html_text(quote(path))}">{html_text(path)}</a></td>'
        f"<td>{html_text(purpose(path, parts))}</td></tr>\n"
        for path in sorted(written.payload)
    )
    name, picture = html_text(title(written)), html_text(f"{parts.row.sample_id}.thumbnail.png")
    page = f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{name}</title></head>
<body>
<h1>{name}</h1>
<p><img src="{picture}" alt="thumbnail of the image"></p>
<p>{html_text(description(written))}</p>
<p>Licence: {html_text(license_name(written))}. Identifier: {html_text(parts.identifier)}.</p>
<table>
<tr><th>file</th><th>what it is</th></tr>
{rows}</table>
</body>
</html>
"""
    return page.encode("utf-8")
