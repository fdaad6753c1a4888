"""Writes the crate of a batch: public, searched for private values as the report is, whole or not at all."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import fixative
from fixative.agents import Provenance
from fixative.clock import utc_text
from fixative.files import digest_bytes, json_bytes, write_bytes
from fixative.findings import FINDINGS, RefusedSample
from fixative.models import STEPS, SampleRow
from fixative.package.crate_entities import CONTEXT, CRATE, PREVIEW, Entity
from fixative.package.story import responsible_agents
from fixative.package.text import html_text, markdown_text
from fixative.places import PROJECT
from fixative.report.status import OUTCOMES, SampleStatus
from fixative.run_crate.graph import README, batch_graph, name_agents, readme_entity
from fixative.run_crate.told import ToldBatch, ToldSample, tell_sample

WORKFLOW_FILES = ("Snakefile", "rules/*.smk")


def write_run_crate(
    work: Path, rows: list[SampleRow], folder: Path, *, settings: Mapping[str, Any], agents: Provenance
) -> list[Path]:
    """Write the crate of a batch into ``folder``; returns its metadata and its page.

    Parameters
    ----------
    work
        The work folder, the one that holds ``results``.
    rows
        The sheet.
    settings
        What results depend on, by name: neither paths nor names of people or machines.
    agents
        The person and the organisation to be named.

    Raises
    ------
    RefusedSample
        SAN002 when a text holds a private value that cannot be taken out.
    """
    contents = {
        f"workflow/{path.relative_to(PROJECT).as_posix()}": path.read_bytes()
        for pattern in WORKFLOW_FILES
        for path in sorted(PROJECT.glob(pattern))
    }
    batch = ToldBatch(
        tuple(tell_sample(work, row) for row in rows),
        dict(_flat(settings)),
        {"fixative": fixative.__version__, "snakemake": version("snakemake")},
        {path: digest_bytes(content) for path, content in contents.items()},
        utc_text(),
    )
    # The agents come last: a name that the configuration publishes is no find, whatever a sample's metadata hold.
    graph = name_agents(_without_private(work, rows, batch), responsible_agents(agents))
    shutil.rmtree(folder / "workflow", ignore_errors=True)
    contents[README] = readme(graph)
    graph.append(readme_entity(contents[README]))
    for path, content in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / path, content)
    metadata = json_bytes({"@context": CONTEXT, "@graph": graph})
    return [write_bytes(folder / PREVIEW, preview(graph)), write_bytes(folder / CRATE, metadata)]


def _flat(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Name each value as the configuration does, parts by a full stop."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", json.dumps(value) if isinstance(value, bool | None) else str(value)


def _without_private(work: Path, rows: list[SampleRow], batch: ToldBatch) -> list[Entity]:
    """Give the graph without private values. What the report would withhold, it lists, and fails the run for it."""
    from fixative.privacy.search import Search
    from fixative.report.known_values import values_in, without
    from fixative.report.withhold import secrets_of_batch

    graph = batch_graph(batch)
    text = json_bytes(graph).decode("utf-8")
    found = values_in(text, secrets_of_batch(work, [row.sample_id for row in rows]))
    if not found:
        return graph
    own = {secret.value for secret in values_in(_own_words(batch), found)}
    private = [secret for secret in found if secret.value not in own]
    for secret in private:
        text = without(text, secret, f"[withheld: {secret.rule}]")
    search = Search(private, machine=False)
    search.bytes(CRATE, text.encode("utf-8", "backslashreplace"))
    if search.hits:
        raise RefusedSample("SAN002", where=CRATE, rule=search.hits[0].rule)
    told: list[Entity] = json.loads(text)
    return told


def _own_words(batch: ToldBatch) -> str:
    """What a crate says whatever the samples are: of samples of which nothing is known, and in every finding."""
    nothing = tuple(ToldSample(SampleStatus("x", "x", outcome)) for outcome in OUTCOMES)
    graph = json_bytes(batch_graph(replace(batch, samples=nothing))).decode("utf-8")
    return "\n".join([graph, *STEPS, *(f"{finding.summary}\n{finding.remedy}" for finding in FINDINGS.values())])


def readme(graph: list[Entity]) -> bytes:
    """Compose ``README.md`` from the graph."""
    root = next(entity for entity in graph if entity["@id"] == "./")
    text = f"""# {markdown_text(root["name"])}

{markdown_text(root["description"])}

`{CRATE}` says what ran, when, with which settings, and what became of each sample; `{PREVIEW}` says it as a page.
`workflow/` is what ran. The profiles are those of Workflow Run RO-Crate 0.5, https://w3id.org/ro/wfrun/workflow/0.5.
Each archived object is a crate of its own, with every step of its sample; it has the same identifier there.
"""
    return text.encode("utf-8")


def preview(graph: list[Entity]) -> bytes:
    """Compose the page of a crate from its graph: one page, no script, nothing from elsewhere."""
    entities = {entity["@id"]: entity for entity in graph}
    root = entities["./"]
    rows = "".join(
        _row(entities, entity)
        for entity in graph
        if entity["@type"] == "CreateAction" and entity["name"].startswith("archive ")
    )
    steps = "".join(
        f"<tr><td>{html_text(entity['name'])}</td><td>{html_text(entity['description'])}</td>"
        f"<td>{html_text(entity['startTime'])}</td><td>{html_text(entity['endTime'])}</td></tr>\n"
        for entity in graph
        if entity["@type"] == "CreateAction" and entity["instrument"]["@id"].startswith("#program/")
    )
    by = [entity for entity in graph if entity["@type"] in ("Person", "Organization")]
    named = "; ".join(f"{one['name']} ({one['url']})" if "url" in one else one["name"] for one in by)
    page = f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{html_text(root["name"])}</title></head>
<body>
<h1>{html_text(root["name"])}</h1>
<p>{html_text(root["description"])}</p>
{f"<p>Archived by {html_text(named)}.</p>" if named else ""}
<h2>Samples</h2>
<table>
<tr><th>sample</th><th>what became of it</th><th>why</th><th>object</th><th>ended (UTC)</th></tr>
{rows}</table>
<h2>Steps</h2>
<table>
<tr><th>step</th><th>what was done</th><th>first start</th><th>last end (UTC)</th></tr>
{steps}</table>
</body>
</html>
"""
    return page.encode("utf-8")


def _row(entities: dict[str, Entity], action: Entity) -> str:
    result = entities[action["result"]["@id"]]
    cells = [
        action["name"].removeprefix("archive "),
        action["description"],
        action.get("error", ""),
        f"{result['name'].removeprefix('the archive object ')} ({result['@id']})" if "error" not in action else "",
        action["endTime"],
    ]
    return f"<tr>{''.join(f'<td>{html_text(cell)}</td>' for cell in cells)}</tr>\n"
