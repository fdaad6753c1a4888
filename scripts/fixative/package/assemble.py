"""The archive object, assembled under a partial name: a BagIt bag that is also an RO-Crate.

Image, metadata, digests of planes and thumbnail do not depend on when they were made; times stand only in the
provenance, PREMIS, crate and bag-info files and in what digests them.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from fixative.agents import NOBODY
from fixative.files import Digests, digest_bytes, json_bytes
from fixative.findings import RefusedSample
from fixative.models import Inventory, SourceFile
from fixative.package.bag import payload_name, tag_files
from fixative.package.crate import crate, preview
from fixative.package.discard import discard
from fixative.package.parts import ObjectParts, Written
from fixative.package.premis import premis
from fixative.package.prov import prov_json
from fixative.package.provenance import provenance
from fixative.package.readme import readme
from fixative.proven_read import copy_inventoried

__all__ = ["ObjectParts", "assemble_object", "original_paths", "own_words", "sidecar_names", "without_agents"]


def assemble_object(parts: ObjectParts, folder: Path, *, now: datetime | None = None) -> None:
    """Build the whole bag at ``folder``; sealing makes it durable.

    Parameters
    ----------
    folder
        A partial name, on the file system of the staged image. What an earlier attempt left there is removed,
        but for the image, which is moved back to where it was staged.
    now
        Time of creation; the present when None.

    Raises
    ------
    RefusedSample
        VER004 when the image is not the verified one, INV007 when an original is not the inventoried one.
    """
    data = folder / "data"
    _take_back_image(parts, folder)
    discard(folder)
    _check_image(parts)
    data.mkdir(parents=True)
    originals = _copy_originals(parts, data) if parts.original else {}
    payload: dict[str, Digests] = {f"original/{path}": digests for path, digests in originals.values()}
    payload[parts.image_name] = parts.tiff_digests
    written = Written(
        parts,
        (now or datetime.now(UTC)).astimezone(UTC),
        payload,
        {name: f"original/{path}" for name, (path, _) in originals.items()},
    )
    for name, compose in _documents(parts):
        content = compose(written)
        _put(data / name, content)
        payload[name] = digest_bytes(content)
    bag_payload = {f"data/{path}": digests for path, digests in payload.items()}
    for name, content in tag_files(bag_payload, _bag_info(written)).items():
        _put(folder / name, content)
    # The image last: until then an attempt that is broken off leaves it where it was staged.
    parts.tiff.rename(data / parts.image_name)


def own_words(parts: ObjectParts) -> bytes:
    """The sidecars as they would be of a sample about which nothing is known: what Fixative itself says."""
    log = parts.log.model_copy(
        update={
            "redactions": tuple(
                entry.model_copy(update={"key": "", "values_hmac": ()}) for entry in parts.log.redactions
            )
        }
    )
    row = parts.row.model_copy(
        update=dict.fromkeys(("organism", "modality", "instrument", "license", "owner", "approver", "notes"))
    ).model_copy(update={"sample_id": "x", "dataset": "x", "extra": {}})
    names = {file.name: f"{number}.x" for number, file in enumerate(parts.inventory.files)}
    dump = parts.dump.model_copy(update={"sources": ()})
    diff = parts.metadata and parts.metadata.model_copy(update={"losses": (), "redactions": (), "added_fields": {}})
    blank = replace(parts, row=row, log=log, names=names, dump=dump, metadata=diff, thumbnail=b"", original=False)
    return without_agents(blank)


def without_agents(parts: ObjectParts) -> bytes:
    """The sidecars as they would be if the configuration named nobody."""
    unnamed = replace(parts, agents=NOBODY)
    written = Written(unnamed, datetime(2000, 1, 1, tzinfo=UTC), {unnamed.image_name: parts.tiff_digests}, {})
    return b"\n".join(compose(written) for _, compose in _documents(unnamed))


def sidecar_names(parts: ObjectParts) -> set[str]:
    """Names of the files below ``data/`` that Fixative composes."""
    return {name for name, _ in _documents(parts)}


def _documents(parts: ObjectParts) -> list[tuple[str, Callable[[Written], bytes]]]:
    """Every file that is composed, in order: each may speak of those before it."""
    image = parts.image_name
    return [
        (f"{parts.row.sample_id}.thumbnail.png", lambda written: parts.thumbnail),
        (f"{image}.meta.json", lambda written: json_bytes(_metadata(parts))),
        (f"{image}.pixels.json", lambda written: json_bytes(parts.pixels.model_dump(mode="json"))),
        (f"{image}.provenance.json", lambda written: json_bytes(provenance(written))),
        (f"{parts.row.sample_id}.prov.json", prov_json),
        ("README.md", readme),
        ("premis.xml", premis),
        ("ro-crate-preview.html", preview),
        ("ro-crate-metadata.json", lambda written: json_bytes(crate(written))),
    ]


def _metadata(parts: ObjectParts) -> dict[str, object]:
    """``meta.json``: the sanitised dump, the log of sanitising, who states which field, scores of completeness."""
    required = parts.required and parts.required.model_dump(mode="json")
    return {
        "format": "fixative-metadata-1",
        "completeness": required,
        "dump": parts.dump.model_dump(mode="json"),
        "sanitisation": parts.log.model_dump(mode="json"),
    }


def _bag_info(written: Written) -> dict[str, str]:
    parts = written.parts
    return {
        "External-Identifier": parts.identifier,
        "Internal-Sender-Identifier": f"{parts.row.dataset}/{parts.row.sample_id}",
        "Bagging-Date": written.created.strftime("%Y-%m-%d"),
    }


def _take_back_image(parts: ObjectParts, folder: Path) -> None:
    """Move the image out of what an attempt has left that was killed after it had moved it in."""
    inside = folder / "data" / parts.image_name
    if inside.exists() and not parts.tiff.exists():
        folder.chmod(0o700)
        inside.parent.chmod(0o700)
        inside.rename(parts.tiff)


def _check_image(parts: ObjectParts) -> None:
    """Refuse an image that has not the size that was verified; its digests are not taken again."""
    name, expected = parts.image_name, f"{parts.tiff_digests.bytes} bytes"
    if not parts.tiff.exists():
        raise RefusedSample("VER004", name=name, expected=expected, found="no file")
    if (found := parts.tiff.stat().st_size) != parts.tiff_digests.bytes:
        raise RefusedSample("VER004", name=name, expected=expected, found=f"{found} bytes")


def _copy_originals(parts: ObjectParts, data: Path) -> dict[str, tuple[str, Digests]]:
    """Copy the source file set; returns for each name in the set its path under ``original/`` and digests."""
    paths = original_paths(parts.inventory, parts.names)
    return {
        file.name: (path, copy_inventoried(file, data / "original" / path, parts.names[file.name]))
        for file, path in paths
    }


def original_paths(inventory: Inventory, names: Mapping[str, str]) -> list[tuple[SourceFile, str]]:
    """Give each file of the source with its path below ``original/``, made of its public name."""
    paths: list[str] = []
    for file in inventory.files:
        paths.append(payload_name(names[file.name], paths))
    return list(zip(inventory.files, paths, strict=True))


def _put(path: Path, content: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(content)
