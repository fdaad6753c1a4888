"""What became of one sample, told once: who had a part in it, what there was, which step made what of what.

RO-Crate, PREMIS and PROV are three ways to write this down. Records that are not in the object (the inventory, the
dump as the source has it) are things all the same: without them, no step would lead to the next.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from fixative.agents import Provenance
from fixative.models import StepOutcome
from fixative.package.pages import page_of
from fixative.package.parts import Written, media_type, purpose
from fixative.package.provenance import approved_when, software

SOURCE, POLICY = "source", "policy"
INVENTORY, DUMP, SANITISED, VERIFICATION = "inventory", "dump", "sanitised", "verification"
APPROVER, ARCHIVER = "approver", "fixative"
"""Keys of things and agents that every story has; the approver only where the policy lets it be named."""

RESPONSIBLE = ("archivist", "archive")
"""Roles of the person and the organisation that the configuration names."""

Kind = Literal["object", "file", "source", "source file", "record", "policy"]

RECORDS = {
    INVENTORY: "the inventory of the source: its format, its files and their digests, what is promised and present",
    DUMP: "all that the source says of itself, as it stands there; not in this object",
    SANITISED: "what the source says of itself, after the privacy policy",
    VERIFICATION: "what reading the image back and reading the source a second time have shown",
}
STEP_TEXTS = {
    "inventory_source": "identified the format from the content, digested every file, compared promised and present",
    "dump_metadata": "read all that the source says of itself, with every reader that can open it",
    "sanitise_metadata": "applied the privacy policy to every value",
    "convert_to_ome_tiff": "read every plane, digested it and wrote it without loss",
    "verify_archive": "read the image back, compared every plane, and asked a second reader where there is one",
    "write_provenance": "put the object together and searched it for private values",
}


@dataclass(frozen=True)
class Agent:
    """A person, an organisation or a program."""

    key: str
    kind: Literal["person", "organisation", "software"]
    name: str
    role: str
    version: str | None = None
    address: str | None = None
    """ORCID, ROR, or where a program is at home."""


@dataclass(frozen=True)
class Thing:
    """Something that a step used or made."""

    key: str
    """Of a file of the object, its path below ``data/``."""
    kind: Kind
    name: str
    text: str
    form: str = ""
    """Media type, or the source's format."""
    bytes: int | None = None
    sha256: str | None = None
    sha512: str | None = None
    members: tuple[str, ...] = ()
    """Of the object and the source; the source's main file first."""
    came_from: tuple[str, ...] = ()
    copy: str | None = None
    """Of a file of the source, its bit-for-bit copy in the object."""


@dataclass(frozen=True)
class Step:
    """One step of the chain, as it was done for this sample."""

    name: str
    text: str
    started: str
    ended: str
    used: tuple[str, ...]
    made: tuple[str, ...]
    software: tuple[str, ...]
    """Programs that did it; Fixative first."""
    responsible: str | None = None
    """The person, or else the organisation, that the configuration names."""
    authoriser: str | None = None


@dataclass(frozen=True)
class Story:
    """All of it; keys are unique among agents and among things."""

    identifier: str
    agents: Mapping[str, Agent]
    things: Mapping[str, Thing]
    steps: tuple[Step, ...]

    @property
    def responsible(self) -> tuple[Agent, ...]:
        """The person and the organisation of the configuration, in this order."""
        return tuple(agent for agent in self.agents.values() if agent.role in RESPONSIBLE)

    def lasting(self, key: str) -> tuple[str, ...]:
        """Give what stands for a thing in a document that knows files alone: itself, or what a record came from."""
        thing = self.things[key]
        if thing.kind not in ("record", "policy"):
            return (key,)
        return tuple(dict.fromkeys(found for origin in thing.came_from for found in self.lasting(origin)))


def tell(written: Written) -> Story:
    """Tell the story of an object, as far as it is written."""
    agents = {agent.key: agent for agent in _agents(written)}
    things = {thing.key: thing for thing in _things(written)}
    steps = tuple(_step(written, outcome, things, agents) for outcome in written.parts.outcomes)
    return Story(written.parts.identifier, agents, things, steps)


def responsible_agents(named: Provenance) -> list[Agent]:
    """Give the person and the organisation that the configuration names, in this order."""
    found: list[Agent] = []
    if (person := named.agent) is not None:
        key, role = person.address or "agent", RESPONSIBLE[0]
        found.append(Agent(key, "person", person.name, role, address=person.address))
    if (body := named.organisation) is not None:
        key, role = body.address or "organisation", RESPONSIBLE[1]
        found.append(Agent(key, "organisation", body.name, role, address=body.address))
    return found


def _agents(written: Written) -> Iterator[Agent]:
    yield from responsible_agents(written.parts.agents)
    if approver := written.parts.log.approver:
        yield Agent(APPROVER, "person", approver, "approver")
    for tool in software(written):
        name = tool["name"]
        yield Agent(name, "software", name, tool["role"], tool["version"], page_of(name))


def _things(written: Written) -> Iterator[Thing]:
    parts, image = written.parts, written.parts.image_name
    origins = {
        image: (SOURCE, SANITISED),
        f"{image}.meta.json": (SANITISED,),
        f"{image}.pixels.json": (SOURCE,),
        f"{parts.row.sample_id}.thumbnail.png": (SOURCE,),
        **{path: (f"source/{parts.names[name]}",) for name, path in written.originals.items()},
    }
    yield Thing(parts.identifier, "object", parts.row.sample_id, "the archive object", members=tuple(written.payload))
    for path, digests in written.payload.items():
        yield Thing(
            path,
            "file",
            path,
            purpose(path, parts),
            media_type(path),
            digests.bytes,
            digests.sha256,
            digests.sha512,
            came_from=origins.get(path, ()),
        )
    yield from _source(written)
    came = {INVENTORY: (SOURCE,), DUMP: (SOURCE,), SANITISED: (DUMP,), VERIFICATION: (image,)}
    for key, text in RECORDS.items():
        yield Thing(key, "record", key, text, came_from=came[key])
    log = parts.log
    yield Thing(
        POLICY, "policy", f"{log.policy} {log.policy_version}", "the privacy policy", sha256=log.policy_sha256
    )


def _source(written: Written) -> Iterator[Thing]:
    inventory, names = written.parts.inventory, written.parts.names
    count = len(inventory.files)
    yield Thing(
        SOURCE,
        "source",
        f"the source: {count} file{'s' * (count > 1)} of format {inventory.format}",
        "the file set that was archived",
        inventory.format,
        sum(file.bytes for file in inventory.files),
        inventory.fileset_sha256,
        members=tuple(f"source/{names[file.name]}" for file in inventory.files),
    )
    for file in inventory.files:
        name = names[file.name]
        yield Thing(
            f"source/{name}",
            "source file",
            name,
            "a file of the source" if file.role != "sidecar" else "a file that came with the source",
            inventory.format if file.role == "main" else media_type(name),
            file.bytes,
            file.sha256,
            copy=written.originals.get(file.name),
        )


def _step(written: Written, outcome: StepOutcome, things: Mapping[str, Thing], agents: Mapping[str, Agent]) -> Step:
    parts, image = written.parts, written.parts.image_name
    pixels, picture = f"{image}.pixels.json", f"{parts.row.sample_id}.thumbnail.png"
    written_then = tuple(path for path in written.payload if path not in (image, pixels, picture))
    links: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "inventory_source": ((SOURCE,), (INVENTORY,)),
        "dump_metadata": ((SOURCE, INVENTORY), (DUMP,)),
        "sanitise_metadata": ((DUMP, POLICY), (SANITISED,)),
        "convert_to_ome_tiff": ((SOURCE, SANITISED), (image, pixels, picture)),
        "verify_archive": ((SOURCE, image, pixels), (VERIFICATION,)),
        "write_provenance": (
            (*((SOURCE,) if written.originals else ()), INVENTORY, SANITISED, image, pixels, picture, VERIFICATION),
            (parts.identifier, *written_then),
        ),
    }
    used, made = links.get(outcome.step, ((), ()))
    sanitised = outcome.step == "sanitise_metadata"
    return Step(
        outcome.step,
        _text(written, outcome.step),
        outcome.started,
        outcome.ended or written.created_text,
        # A document that is written early knows no more of the object than what there is by then.
        tuple(key for key in used if key in things),
        tuple(key for key in made if key in things),
        tuple(dict.fromkeys(name for name in _software(written, outcome.step) if name in agents)),
        next((agent.key for agent in agents.values() if agent.role in RESPONSIBLE), None),
        APPROVER if sanitised and parts.log.approver else None,
    )


def _software(written: Written, step: str) -> Iterator[str]:
    """Name the programs of a step, Fixative first; libraries are what Fixative is made of."""
    parts = written.parts
    yield ARCHIVER
    if step in ("dump_metadata", "convert_to_ome_tiff"):
        yield parts.dump.reader
    if step == "dump_metadata":
        yield from (source.tool for source in parts.dump.sources)
    if step == "verify_archive" and parts.witness.reader:
        yield parts.witness.reader


def _text(written: Written, step: str) -> str:
    """Say what was done; of the privacy policy, what was approved and how. The person is the authoriser."""
    text, approval = STEP_TEXTS.get(step, step), written.parts.log.approval
    if step != "sanitise_metadata" or approval is None:
        return text
    when = approved_when(written)
    return f"{text}; plan with SHA-256 {approval.plan_sha256} approved {when} ({approval.command})"
