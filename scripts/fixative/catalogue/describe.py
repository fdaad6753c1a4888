"""What an object says of itself, read from it alone: for its entry, and for those who search."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from fixative.catalogue.ome import images_of, instrument_of, read_ome
from fixative.catalogue.records import Description, Entry, Facts, File, Image, SourceFile
from fixative.catalogue.words import words_of

MOST_FILES = 1000
"""Of an object's files, and of its source's, that are listed: a Zarr has millions. The counts are whole."""
MOST_METADATA_BYTES = 32 * 1024 * 1024
"""Of a `.meta.json` that is read for its words; of a longer one, what its OME-XML says is all that is found."""


def describe(folder: Path) -> Entry:
    """Say of an object what it says of itself; a damaged one is described as far as it can be read."""
    return _entry(folder, _provenance(folder))


def describe_whole(folder: Path) -> Description:
    """Say of an object all that is searched for; of a damaged one as much as can be read."""
    said = _provenance(folder)
    image = next(iter(sorted(folder.glob("data/*.ome.tiff"))), None)
    document = None if image is None else read_ome(image)
    images = () if document is None else images_of(document)
    files = _files(folder)
    sources = list(_sources(said))
    facts = _facts(said, images, None if document is None else instrument_of(document), len(files), sources)
    trees, unread = _metadata(folder)
    words = words_of(f"{folder.parent.name}/{folder.name}", facts, images, _sheet(said), trees)
    return Description(
        entry=_entry(folder, said),
        facts=facts,
        images=images,
        files=tuple(replace(file, bytes=_size_of(folder / file.path)) for file in files[:MOST_FILES]),
        sources=tuple(sources[:MOST_FILES]),
        words=replace(words, cut=words.cut or unread),
    )


def _entry(folder: Path, said: Any) -> Entry:
    return Entry(
        name=f"{folder.parent.name}/{folder.name}",
        identifier=_text(said, "identifier"),
        fileset_sha256=_text(said, "source", "fileset_sha256"),
        policy_sha256=_text(said, "policy", "sha256"),
        manifest_sha256=_confirmed_manifest(folder),
        bytes=_bytes_of(folder),
        sealed=_text(said, "created"),
    )


def _facts(
    said: Any, images: tuple[Image, ...], instrument: str | None, files: int, sources: list[SourceFile]
) -> Facts:
    first = images[0] if images else Image(0)
    further = _text(said, "sample", "further", "acquisition_date")
    return Facts(
        source_bytes=sum(source.bytes or 0 for source in sources) or None,
        source_files=len(sources) or None,
        files=files or None,
        format=_text(said, "source", "format"),
        instrument=instrument or _text(said, "sample", "instrument"),
        modality=_text(said, "sample", "modality"),
        organism=_text(said, "sample", "organism"),
        licence=_text(said, "sample", "license"),
        acquired=next((image.acquired for image in images if image.acquired), further),
        title=first.name,
        images=_whole(said, "pixels", "images") or len(images) or None,
        planes=_whole(said, "pixels", "planes"),
        **{key: getattr(first, key) for key in _OF_FIRST_IMAGE},
        policy=_text(said, "policy", "name"),
        fixative_version=_version(said),
        witness=_text(said, "witness", "reader"),
    )


_OF_FIRST_IMAGE = (
    *("size_x", "size_y", "size_z", "size_c", "size_t", "pixel_type"),
    *("pixel_size_x_um", "pixel_size_y_um", "pixel_size_z_um"),
)


def _version(said: Any) -> str | None:
    tools = _list(said, "software")
    return next((_text(tool, "version") for tool in tools if _text(tool, "name") == "fixative"), None)


def _sheet(said: Any) -> Iterator[str]:
    """Yield what the sheet says of the sample."""
    sample = said.get("sample") if isinstance(said, dict) else None
    if isinstance(sample, dict):
        further = sample.get("further")
        values = [*sample.values(), *(further.values() if isinstance(further, dict) else ())]
        yield from (value for value in values if isinstance(value, str))


def _sources(said: Any) -> Iterator[SourceFile]:
    for file in _list(said, "source", "files"):
        name, digest = _text(file, "name"), _text(file, "sha256")
        if name is not None and digest is not None:
            yield SourceFile(name, _text(file, "role") or "", digest, _whole(file, "bytes"))


def _files(folder: Path) -> list[File]:
    """List the payload as the manifest does (RFC 8493, 2.1.3: `digest  path`)."""
    try:
        lines = (folder / "manifest-sha256.txt").read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError):
        return []
    pairs = [line.split("  ", 1) for line in lines if "  " in line]
    return [File(_path(text), digest) for digest, text in pairs]


def _path(text: str) -> str:
    return text.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def _size_of(path: Path) -> int | None:
    try:
        return path.lstat().st_size
    except (OSError, ValueError):
        return None


def _metadata(folder: Path) -> tuple[list[Any], bool]:
    """Trees of the sanitised dump; whether it could not, or not wholly, be read."""
    for path in sorted(folder.glob("data/*.ome.tiff.meta.json")):
        with suppress(OSError, ValueError, RecursionError):
            if path.stat().st_size > MOST_METADATA_BYTES:
                return [], True
            return [tree.get("tree") for tree in _list(json.loads(path.read_bytes()), "dump", "sources")], False
    return [], True


def _provenance(folder: Path) -> Any:
    for path in sorted(folder.glob("data/*.ome.tiff.provenance.json")):
        try:
            return json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
    return {}


def _at(tree: Any, *keys: str) -> Any:
    for key in keys:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def _text(tree: Any, *keys: str) -> str | None:
    found = _at(tree, *keys)
    return found if isinstance(found, str) else None


def _whole(tree: Any, *keys: str) -> int | None:
    found = _at(tree, *keys)
    return found if isinstance(found, int) and 0 <= found < 2**63 else None


def _list(tree: Any, *keys: str) -> list[Any]:
    found = _at(tree, *keys)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _confirmed_manifest(folder: Path) -> str | None:
    """Digest of the manifest where the object's tag manifest states the same: a flipped bit must not be recorded."""
    with suppress(OSError):
        found = sha256((folder / "manifest-sha256.txt").read_bytes()).hexdigest()
        lines = (folder / "tagmanifest-sha256.txt").read_bytes().splitlines()
        return found if f"{found}  manifest-sha256.txt".encode() in lines else None
    return None


def _bytes_of(folder: Path) -> int:
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                total += Path(place, name).lstat().st_size
    return total
