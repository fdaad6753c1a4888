"""Provenance: who, what, when, with which versions, settings and digests; nothing of the host or users."""

import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from typing import Any

import fixative
from fixative.package.parts import Written
from fixative.verification_models import Attestation

LIBRARIES = ("imagecodecs", "isal", "lxml", "numpy", "tifffile")


def provenance(written: Written) -> dict[str, Any]:
    """Compose ``<sample>.ome.tiff.provenance.json``; ``outputs`` are the files written so far."""
    parts = written.parts
    log, inventory = parts.log, parts.inventory
    return {
        "format": "fixative-provenance-1",
        "identifier": parts.identifier,
        "created": written.created_text,
        "sample": sample(written),
        "software": software(written),
        "agents": agents(written),
        "settings": dict(parts.settings),
        "policy": {
            "name": log.policy,
            "version": log.policy_version,
            "sha256": log.policy_sha256,
            "strict": log.strict,
            "values_searched": parts.searched,
            "searched_by": list(parts.scanners),
            "approver": log.approver,
            "approval": _approval(written),
            "keys_kept": log.kept_keys,
            "keys_changed": sum(redaction.count for redaction in log.redactions),
            "associated_images": [image.model_dump(mode="json") for image in log.images],
            "burnt_in": {"state": log.burnt_in, "reason": log.burnt_in_reason},
        },
        "source": {
            "format": inventory.format,
            "fileset_sha256": inventory.fileset_sha256,
            "completeness": inventory.completeness.model_dump(),
            "incomplete": parts.incomplete,
            "files": source_files(written),
        },
        "pixels": {
            "method": parts.pixels.method,
            "root_sha256": parts.pixels.root_sha256,
            "images": len(parts.pixels.images),
            "planes": parts.planes,
            "missing_planes": sum(len(image.missing) for image in parts.pixels.images),
        },
        "witness": _witness(parts.witness),
        "metadata": None if parts.metadata is None else parts.metadata.model_dump(mode="json"),
        "steps": [
            {
                "step": outcome.step,
                "outcome": "success" if outcome.outcome == "begun" else outcome.outcome,
                "started": outcome.started,
                "ended": outcome.ended or written.created_text,
                "attempts": outcome.attempts,
                "result_sha256": outcome.result_sha256,
            }
            for outcome in parts.outcomes
        ],
        "outputs": [
            {"path": path, "bytes": digests.bytes, "sha256": digests.sha256, "sha512": digests.sha512}
            for path, digests in sorted(written.payload.items())
        ],
    }


def _approval(written: Written) -> dict[str, Any] | None:
    """Who approved the plan, where the policy asks for that; a name in the sheet counts from when it was read."""
    approval = written.parts.log.approval
    if approval is None:
        return None
    return {**approval.model_dump(mode="json"), "when": approved_when(written)}


def approved_when(written: Written) -> str | None:
    """UTC time of the approval: of the command, or of the start of the step that read the sheet."""
    approval = written.parts.log.approval
    if approval is None:
        return None
    if approval.when:
        return approval.when
    read = (outcome.started for outcome in written.parts.outcomes if outcome.step == "sanitise_metadata")
    return next(read, None)


def _witness(witness: Attestation) -> dict[str, Any]:
    """What the second reader saw. Why others could not read the source stays in the work folder."""
    told = witness.model_dump(mode="json", exclude={"tried"})
    return {**told, "not_able": [trial.backend for trial in witness.tried]}


def _witness_tool(witness: Attestation) -> Iterator[tuple[str, str, str]]:
    if witness.reader:
        yield witness.reader, witness.version or "", "witness"


def agents(written: Written) -> list[dict[str, Any]]:
    """Give the person and the organisation that the configuration names."""
    named = written.parts.agents
    return [
        {"kind": kind, "name": one.name, "address": one.address}
        for kind, one in (("person", named.agent), ("organisation", named.organisation))
        if one is not None
    ]


def sample(written: Written) -> dict[str, Any]:
    """Repeat what the sheet says of the sample, as the policy left it; an absent value is named as null."""
    row = written.parts.row
    columns = ("organism", "modality", "instrument", "license", "owner", "approver", "notes")
    stated = {name: getattr(row, name) for name in columns}
    return {
        "sample_id": row.sample_id,
        "dataset": row.dataset,
        **stated,
        "further": dict(sorted(row.extra.items())),
    }


def software(written: Written) -> list[dict[str, str]]:
    """Every tool that had a part in it, each once."""
    dump = written.parts.dump
    tools = {
        ("fixative", fixative.__version__, "archiver"),
        ("python", platform.python_version(), "interpreter"),
        (dump.reader, dump.reader_version, "reader"),
        *((source.tool, source.version, "metadata") for source in dump.sources),
        *_witness_tool(written.parts.witness),
        *_libraries(),
    }
    named = {
        name: (name, number, role) for name, number, role in sorted(tools, key=lambda tool: tool[2], reverse=True)
    }
    return [{"name": name, "version": number, "role": role} for name, number, role in sorted(named.values())]


@cache
def _libraries() -> tuple[tuple[str, str, str], ...]:
    return tuple((name, version(name), "library") for name in LIBRARIES)


def source_files(written: Written) -> list[dict[str, Any]]:
    """List the source file set under its public names; ``path`` is where a copy stands in the object."""
    parts = written.parts
    return [
        {
            "name": parts.names[file.name],
            "role": file.role,
            "bytes": file.bytes,
            "sha256": file.sha256,
            "path": written.originals.get(file.name),
        }
        for file in parts.inventory.files
    ]
