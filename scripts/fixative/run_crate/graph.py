"""The graph of a batch's crate: workflow, steps, an action for each step and for each sample.

https://w3id.org/ro/wfrun/provenance/0.5 and the profiles that it builds on. An action for each step of each sample
stands in the sample's own object; here they would make 6,000 of 1,000 samples. A sample that is not sealed has an
action that failed, with its code.
"""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from fixative.files import digest_bytes
from fixative.models import STEPS
from fixative.package.crate_entities import (
    COMPLETED,
    CRATE,
    FAILED,
    PREVIEW,
    Entity,
    agent,
    agent_id,
    profile,
    references,
    time_text,
)
from fixative.package.parts import NAMESPACE
from fixative.package.story import STEP_TEXTS, Agent
from fixative.run_crate.told import ToldBatch, ToldSample
from fixative.run_crate.workflow import WORKFLOW, WORKFLOW_HUB, engine, kept, settings_of, workflow

README = "README.md"
LICENCE = "each object has the licence that its own crate states; for this record none is stated"
LAST = STEPS[-1]


def batch_graph(batch: ToldBatch) -> list[Entity]:
    """Give every entity of the crate; the agents that the configuration names come later (`name_agents`)."""
    steps = {step: times for step in STEPS if (times := _span(batch.samples, step))}
    run = [_run_action(batch, steps)] if batch.samples else []
    actions = [
        *run,
        *(_step_action(batch, step, times) for step, times in steps.items()),
        *(_sample_action(batch, sample) for sample in batch.samples),
    ]
    collections = [_source_id(sample) for sample in batch.samples if len(sample.files) > 1]
    return [
        _descriptor(),
        _root(batch, actions, collections, provenance=bool(steps)),
        *_profiles(provenance=bool(steps)),
        {"@id": "#license", "@type": "CreativeWork", "name": LICENCE},
        *workflow(batch, [*steps]),
        *settings_of(batch),
        *actions,
        *_control(batch, [*steps], actions[0]["@id"] if run else ""),
        *(entity for sample in batch.samples for entity in _things(sample)),
    ]


def name_agents(graph: list[Entity], agents: Sequence[Agent]) -> list[Entity]:
    """Name the person and the organisation of the configuration, as agents of every action and as publisher."""
    bodies = [one for one in agents if one.kind == "organisation"]
    if agents:
        for entity in graph:
            if entity["@type"] in ("CreateAction", "ControlAction", "OrganizeAction"):
                entity["agent"] = {"@id": agent_id(agents[0])}
            if entity["@id"] == "./" and bodies:
                entity["publisher"] = {"@id": agent_id(bodies[0])}
    named = [agent(one) for one in agents]
    for one, entity in zip(agents, named, strict=True):
        if one.kind == "person" and bodies:
            entity["affiliation"] = {"@id": agent_id(bodies[0])}
    return [*graph, *named]


def readme_entity(content: bytes) -> Entity:
    """Describe ``README.md``, which is made from the rest of the graph."""
    digests = digest_bytes(content)
    return {
        "@id": README,
        "@type": "File",
        "name": README,
        "about": {"@id": "./"},
        "encodingFormat": "text/markdown",
        "contentSize": str(digests.bytes),
        "sha256": digests.sha256,
    }


def _descriptor() -> Entity:
    return {
        "@id": CRATE,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": [{"@id": "https://w3id.org/ro/crate/1.1"}, {"@id": f"{WORKFLOW_HUB}/1.0"}],
    }


def _profiles(*, provenance: bool) -> list[Entity]:
    names = ["process", "workflow", *(["provenance"] if provenance else [])]
    hub = {"@id": f"{WORKFLOW_HUB}/1.0", "@type": "CreativeWork", "name": "Workflow RO-Crate", "version": "1.0"}
    return [*map(profile, names), hub]


def _root(batch: ToldBatch, actions: list[Entity], collections: list[str], *, provenance: bool) -> Entity:
    count = len(batch.samples)
    fates = Counter(sample.status.outcome for sample in batch.samples)
    told = ", ".join(f"{number} {outcome}" for outcome, number in fates.most_common())
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"A batch of {count} sample{'' if count == 1 else 's'}, archived by Fixative",
        "description": f"What the workflow did to each sample of the sheet: {told or 'no sample'}.",
        "datePublished": time_text(batch.written),
        "license": {"@id": "#license"},
        "conformsTo": [{"@id": one["@id"]} for one in _profiles(provenance=provenance)],
        "mainEntity": {"@id": WORKFLOW},
        "hasPart": [{"@id": path} for path in sorted({*map(quote, batch.workflow), PREVIEW, README})],
        "mentions": references([{"@id": one} for one in (*(action["@id"] for action in actions), *collections)]),
    }


def _span(samples: Sequence[ToldSample], step: str) -> tuple[str, str] | None:
    """From the first start of a step to its last end; None where no sample came so far."""
    found = [one for sample in samples for one in sample.status.steps if one.step == step and one.started]
    started = [one.started for one in found if one.started]
    return (min(started), max([one.ended or one.started or "" for one in found])) if started else None


def _urn(batch: ToldBatch, what: str) -> str:
    return uuid.uuid5(NAMESPACE, f"batch {batch.written} {what}").urn


def _source_id(sample: ToldSample) -> str:
    return f"#source/{quote(sample.status.sample_id)}"


def _result_id(sample: ToldSample) -> str:
    return sample.object_urn or f"#outcome/{quote(sample.status.sample_id)}"


def _action(name: str, identifier: str, times: tuple[str | None, str | None], **further: Any) -> Entity:
    times_told = {
        key: time_text(time) for key, time in zip(("startTime", "endTime"), times, strict=True) if time is not None
    }
    status = {"actionStatus": COMPLETED}
    return {"@id": identifier, "@type": "CreateAction", "name": name, **further, **times_told, **status}


def _run_action(batch: ToldBatch, steps: dict[str, tuple[str, str]]) -> Entity:
    started = min((times[0] for times in steps.values()), default=None)
    ended = max((times[1] for times in steps.values()), default=batch.written)
    settings = [{"@id": f"#setting/{name}"} for name in batch.settings]
    return _action(
        "the run of the workflow",
        _urn(batch, "run"),
        (started, ended),
        description="every sample of the sheet, from its source to its object",
        instrument={"@id": WORKFLOW},
        object=references([*settings, *({"@id": _source_id(sample)} for sample in batch.samples)]),
        result=references([{"@id": _result_id(sample)} for sample in batch.samples]),
    )


def _step_action(batch: ToldBatch, step: str, times: tuple[str, str]) -> Entity:
    every = [(sample, one) for sample in batch.samples for one in sample.status.steps]
    came = [(sample, one) for sample, one in every if one.step == step and one.started]
    fates = Counter(f"{one.outcome} {one.code or ''}".strip() for _, one in came)
    told = ", ".join(f"{number} {fate}" for fate, number in fates.most_common())
    made = [{"@id": _result_id(sample)} for sample, _ in came if sample.object_urn] if step == LAST else []
    return _action(
        step,
        _urn(batch, step),
        times,
        description=f"{STEP_TEXTS[step]}; {len(came)} samples: {told}",
        instrument={"@id": f"#program/{step}"},
        object=references([{"@id": _source_id(sample)} for sample, _ in came]),
        result=references(made or [{"@id": f"#records/{step}"}]),
    )


def _sample_action(batch: ToldBatch, sample: ToldSample) -> Entity:
    status = sample.status
    action = _action(
        f"archive {status.sample_id}",
        _urn(batch, f"sample {status.sample_id}"),
        (status.started, status.ended or status.started or batch.written),
        description="sealed" if status.outcome == "sealed" else f"{status.outcome} in {status.step or 'no step'}",
        instrument={"@id": WORKFLOW},
        object={"@id": _source_id(sample)},
        result={"@id": _result_id(sample)},
    )
    if status.outcome != "sealed":
        code = f"[{status.code}] " if status.code else ""
        action |= {"actionStatus": FAILED, "error": f"{code}{status.message or status.outcome}"}
    return action


def _control(batch: ToldBatch, steps: list[str], run: str) -> Iterator[Entity]:
    """Say which step of the workflow asked for which action, and that Snakemake ran it all."""
    for step in steps:
        yield {
            "@id": f"#control/{step}",
            "@type": "ControlAction",
            "name": f"orchestrate {step}",
            "instrument": {"@id": f"#step/{step}"},
            "object": {"@id": _urn(batch, step)},
        }
        yield kept(f"#records/{step}", f"the records of {step}") | {"description": "in the work folder; not here"}
    if steps:
        yield {
            "@id": "#organise",
            "@type": "OrganizeAction",
            "name": "the run of the engine",
            "instrument": {"@id": agent_id(engine(batch))},
            "object": references([{"@id": f"#control/{step}"} for step in steps]),
            "result": {"@id": run},
        }


def _things(sample: ToldSample) -> Iterator[Entity]:
    """Describe the source of a sample, and its object or what stood in the way."""
    status, name = sample.status, sample.status.sample_id
    source: Entity = kept(_source_id(sample), f"the source of {name}")
    told = f"{sample.count} files, " * (sample.count > 1) + f"format {status.format}" if status.format else ""
    source |= {"description": told} if told else {}
    if len(sample.files) > 1:
        parts = [{"@id": f"{source['@id']}/{number}"} for number, _ in enumerate(sample.files)]
        source |= {"@type": "Collection", "mainEntity": parts[0], "hasPart": parts}
        for part, file in zip(parts, sample.files, strict=True):
            yield kept(part["@id"], file.name) | {"contentSize": str(file.bytes), "sha256": file.sha256}
    elif sample.files:
        (file,) = sample.files
        source |= {"name": file.name, "contentSize": str(file.bytes), "sha256": file.sha256}
    if len(sample.files) != 1 and sample.fileset_sha256:
        source |= {"sha256": sample.fileset_sha256}
    yield source
    if sample.object_urn is None:
        yield kept(_result_id(sample), f"{name}: {status.outcome}") | {
            "description": " ".join(filter(None, (status.message, f"Remedy: {status.remedy}" * bool(status.remedy))))
            or "the workflow did not come so far"
        }
        return
    yield kept(sample.object_urn, f"the archive object {status.object}") | {
        "description": "a bag and an RO-Crate of its own; sha256 is that of its manifest-sha256.txt",
        "contentSize": str(sample.object_bytes),
        "sha256": sample.manifest_sha256,
    }
