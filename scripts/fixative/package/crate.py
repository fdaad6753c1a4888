"""The crate: RO-Crate 1.1 with the actions of a Process Run Crate, and its page for people.

https://w3id.org/ro/crate/1.1 and https://w3id.org/ro/wfrun/process/0.5. Written by hand: the package rocrate
costs 0.8 s of import in a step that takes milliseconds, and a crate is a list of dictionaries.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from fixative.package.crate_entities import (
    CONTEXT,
    CRATE,
    PREVIEW,
    Entity,
    action,
    agent,
    described_licence,
    named,
    profile,
    references,
    thing,
)
from fixative.package.parts import Written, purpose
from fixative.package.provenance import sample
from fixative.package.story import ARCHIVER, SOURCE, STEP_TEXTS, Story, responsible_agents, tell
from fixative.package.text import html_text
from fixative.pixel_models import ImagePixels

MOST_SOURCE_FILES = 1000
"""Files of a source that the crate describes one by one; PREMIS and provenance.json list them all."""


def crate(written: Written) -> dict[str, Any]:
    """Compose ``ro-crate-metadata.json`` over every file of the payload."""
    story = tell(written)
    descriptor: Entity = {
        "@id": CRATE,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }
    actions = [action(story, step) for step in story.steps]
    entities = [
        descriptor,
        _root(written, story, actions),
        *_files(written, story),
        profile("process"),
        described_licence(written.parts.row.license),
        *_sheet(written),
        *_agents(story),
        *_things(story),
        *actions,
    ]
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
    name: str = described_licence(written.parts.row.license)["name"]
    return name


def _root(written: Written, story: Story, actions: list[Entity]) -> Entity:
    # The set of source files is mentioned, as the profile asks of a Collection.
    several = len(story.things[SOURCE].members) > 1
    mentioned = [*({"@id": entity["@id"]} for entity in actions), *([{"@id": "#source"}] if several else [])]
    publisher = [body for body in story.responsible if body.kind == "organisation"]
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": title(written),
        "description": description(written),
        "identifier": written.parts.identifier,
        "datePublished": written.created_text,
        "license": {"@id": described_licence(written.parts.row.license)["@id"]},
        "conformsTo": {"@id": profile("process")["@id"]},
        **({"publisher": named(publisher[0])} if publisher else {}),
        "hasPart": [{"@id": quote(path)} for path in sorted({*written.payload, PREVIEW})],
        "mentions": references(mentioned),
        **({"additionalProperty": references(values)} if (values := [*_sheet_ids(written)]) else {}),
    }


def _files(written: Written, story: Story) -> Iterator[Entity]:
    for path in sorted(written.payload):
        if path != PREVIEW:
            yield thing(story, path)
    page = written.payload.get(PREVIEW)
    entity: Entity = {
        "@id": PREVIEW,
        "@type": ["File", "CreativeWork"],
        "about": {"@id": "./"},
        "encodingFormat": "text/html",
    }
    if page:
        entity |= {"contentSize": str(page.bytes), "sha256": page.sha256}
    yield entity


def _things(story: Story) -> Iterator[Entity]:
    """Describe what steps used and made that is no file of the object."""
    used = {key for step in story.steps for key in (*step.used, *step.made)}
    for key, one in story.things.items():
        if one.kind in ("record", "policy") and key in used:
            yield thing(story, key)
    source = story.things[SOURCE]
    if len(source.members) > 1 or story.things[source.members[0]].copy is None:
        yield thing(story, SOURCE, most=MOST_SOURCE_FILES)
    if len(source.members) > 1:
        for member in source.members[:MOST_SOURCE_FILES]:
            if story.things[member].copy is None:
                yield thing(story, member)


def _agents(story: Story) -> Iterator[Entity]:
    programs = [one for one in story.agents.values() if one.kind == "software"]
    requirements = [named(one) for one in programs if one.key != ARCHIVER]
    bodies = [one for one in story.responsible if one.kind == "organisation"]
    for one in story.agents.values():
        entity = agent(one)
        if one.key == ARCHIVER:
            entity |= {"softwareRequirements": requirements}
        if one.kind == "person" and one in story.responsible and bodies:
            entity |= {"affiliation": named(bodies[0])}
        yield entity


def _stated(written: Written) -> list[tuple[str, str]]:
    """Give the columns of the sheet that state something, less those with a place of their own."""
    stated = sample(written)
    columns = {key: stated[key] for key in ("organism", "modality", "instrument", "owner", "notes")}
    return [(name, value) for name, value in {**columns, **stated["further"]}.items() if value is not None]


def _sheet_ids(written: Written) -> list[Entity]:
    return [{"@id": f"#sheet-{number}"} for number, _ in enumerate(_stated(written))]


def _sheet(written: Written) -> Iterator[Entity]:
    for number, (name, value) in enumerate(_stated(written)):
        yield {"@id": f"#sheet-{number}", "@type": "PropertyValue", "name": name, "value": value}


def preview(written: Written) -> bytes:
    """Compose ``ro-crate-preview.html``: one page, no script, no time, nothing from elsewhere."""
    parts = written.parts
    rows = "".join(
        f'<tr><td><a href="{html_text(quote(path))}">{html_text(path)}</a></td>'
        f"<td>{html_text(purpose(path, parts))}</td></tr>\n"
        for path in sorted(written.payload)
    )
    steps = "".join(
        f"<tr><td>{html_text(outcome.step)}</td><td>{html_text(STEP_TEXTS[outcome.step])}</td></tr>\n"
        for outcome in parts.outcomes
    )
    answering = responsible_agents(parts.agents)
    by = "; ".join(f"{one.name} ({one.address})" if one.address else one.name for one in answering)
    name, picture = html_text(title(written)), html_text(quote(f"{parts.row.sample_id}.thumbnail.png"))
    page = f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{name}</title></head>
<body>
<h1>{name}</h1>
<p><img src="{picture}" alt="thumbnail of the image"></p>
<p>{html_text(description(written))}</p>
<p>Licence: {html_text(license_name(written))}. Identifier: {html_text(parts.identifier)}.</p>
{f"<p>Archived by {html_text(by)}.</p>" if by else ""}
<table>
<tr><th>file</th><th>what it is</th></tr>
{rows}</table>
<h2>How it was made</h2>
<table>
<tr><th>step</th><th>what was done</th></tr>
{steps}</table>
</body>
</html>
"""
    return page.encode("utf-8")
