"""The workflow of a batch's crate: what ran, in which versions, with which settings.

https://w3id.org/workflowhub/workflow-ro-crate/1.0, https://bioschemas.org/profiles/ComputationalWorkflow
"""

from collections.abc import Iterator
from urllib.parse import quote

from fixative.package.crate_entities import PREVIEW, Entity, agent, agent_id, references
from fixative.package.pages import page_of
from fixative.package.parts import media_type
from fixative.package.story import STEP_TEXTS, Agent
from fixative.run_crate.told import ToldBatch

WORKFLOW = "workflow/Snakefile"
WORKFLOW_HUB = "https://w3id.org/workflowhub/workflow-ro-crate"
BIOSCHEMAS = "https://bioschemas.org/profiles"


def workflow(batch: ToldBatch, steps: list[str]) -> Iterator[Entity]:
    """Describe the workflow, its files, its language and engine, and the programs of the steps that ran."""
    snakemake = engine(batch)
    parameters = [{"@id": f"#parameter/{name}"} for name in batch.settings]
    main: Entity = {
        "@id": WORKFLOW,
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
        "name": "Fixative",
        "description": "archives microscopy images as sealed, self-describing, provably complete objects",
        "version": batch.versions["fixative"],
        "license": {"@id": "https://spdx.org/licenses/GPL-3.0-or-later"},
        "conformsTo": {"@id": f"{BIOSCHEMAS}/ComputationalWorkflow/1.0-RELEASE"},
        "programmingLanguage": {"@id": f"{WORKFLOW_HUB}#snakemake"},
        "softwareRequirements": {"@id": agent_id(snakemake)},
    }
    if parameters:
        main["input"] = references(parameters)
    if steps:
        main["hasPart"] = references([{"@id": f"#program/{step}"} for step in steps])
        main["step"] = references([{"@id": f"#step/{step}"} for step in steps])
    for path, digests in batch.workflow.items():
        entity: Entity = main if path == WORKFLOW else {"@id": quote(path), "@type": "File", "name": path}
        form = "text/x-snakemake" if path == WORKFLOW or path.endswith(".smk") else media_type(path)
        yield entity | {"encodingFormat": form, "contentSize": str(digests.bytes), "sha256": digests.sha256}
    yield {"@id": PREVIEW, "@type": ["File", "CreativeWork"], "about": {"@id": "./"}, "encodingFormat": "text/html"}
    yield agent(snakemake)
    yield kept("https://spdx.org/licenses/GPL-3.0-or-later", "GPL-3.0-or-later")
    yield kept(f"{BIOSCHEMAS}/ComputationalWorkflow/1.0-RELEASE", "ComputationalWorkflow") | {
        "version": "1.0-RELEASE"
    }
    yield {
        "@id": f"{WORKFLOW_HUB}#snakemake",
        "@type": "ComputerLanguage",
        "name": "Snakemake",
        "alternateName": "Snakemake",
        "identifier": {"@id": "https://doi.org/10.1093/bioinformatics/bts480"},
        "url": {"@id": page_of("snakemake")},
        "version": batch.versions["snakemake"],
    }
    for position, step in enumerate(steps):
        yield {
            "@id": f"#program/{step}",
            "@type": "SoftwareApplication",
            "name": step,
            "description": STEP_TEXTS[step],
            "softwareVersion": batch.versions["fixative"],
        }
        yield {
            "@id": f"#step/{step}",
            "@type": "HowToStep",
            "name": step,
            "position": str(position),
            "workExample": {"@id": f"#program/{step}"},
        }


def engine(batch: ToldBatch) -> Agent:
    """Give Snakemake, in its version."""
    version, page = batch.versions["snakemake"], page_of("snakemake")
    return Agent("snakemake", "software", "snakemake", "workflow engine", version, page)


def kept(address: str, name: str) -> Entity:
    """Describe something of which no more is known than its name."""
    return {"@id": address, "@type": "CreativeWork", "name": name}


def settings_of(batch: ToldBatch) -> Iterator[Entity]:
    """Describe what the results depend on: a parameter of the workflow each, and its value."""
    address = f"{BIOSCHEMAS}/FormalParameter/1.0-RELEASE"
    for name, value in batch.settings.items():
        yield {
            "@id": f"#parameter/{name}",
            "@type": "FormalParameter",
            "name": name,
            "additionalType": "Text",
            "conformsTo": {"@id": address},
            "workExample": {"@id": f"#setting/{name}"},
        }
        yield {
            "@id": f"#setting/{name}",
            "@type": "PropertyValue",
            "name": name,
            "value": value,
            "exampleOfWork": {"@id": f"#parameter/{name}"},
        }
    if batch.settings:
        yield kept(address, "FormalParameter") | {"version": "1.0-RELEASE"}
