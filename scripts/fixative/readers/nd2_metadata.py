"""What an ND2 says beyond pixels: what the nd2 library makes of it, every frame's times and places, every chunk.

Tables of frames stand as columns. Chunks stand decoded under their own names, those that nobody can decode as
digests; chunks of pixels are left out.
"""

from collections.abc import Callable
from typing import Any

from fixative.columns import columns, from_columns
from fixative.readers.attempt import attempt, attempted
from fixative.trees import decode_text, digest_of, is_binary, safe_text, to_tree
from fixative.xml_tree import BadXml, compact_tree

_PIXELS = b"ImageDataSeq"
_DECODABLE = (b"\x0b", b"LV0Z", b"LV0C", b"<")
_OF_FRAME = ("time", "position", "pfs_status")
_TEXTS = "ImageTextInfoLV"
"""Stands as ``text_info``, where the author has a name that a policy knows, not the number 4."""
_PER_FRAME = "ImageMetadataSeqLV|"


def nd2_tree(file: Any) -> dict[str, Any]:
    """Tree of an open ``nd2.ND2File``.

    Returns
    -------
    dict
        ``text_info``, ``attributes``, ``metadata``, ``experiment``, ``rois`` and ``custom_data`` as the library names
        them; ``events`` (the recorded data) and ``frames`` (loop indices, time, position of each frame) as columns;
        ``unstructured``: the vendor's own trees; ``chunks``: what is in none of these. A part that cannot be decoded
        is ``{"error": ...}``.
    """
    parts: dict[str, Callable[[], Any]] = {
        "text_info": lambda: file.text_info,
        "attributes": lambda: file.attributes,
        "metadata": lambda: file.metadata,
        "experiment": lambda: file.experiment,
        "rois": lambda: file.rois,
        "events": lambda: _events(file),
        "frames": lambda: _frames(file),
        "custom_data": lambda: file.custom_data,
        "unstructured": lambda: _unstructured(file),
        "chunks": lambda: _chunks(file),
    }
    return attempted(parts)


def _events(file: Any) -> dict[str, Any]:
    """Recorded data by the names of the vendor's table."""
    table = file.events(orient="list")
    return from_columns(table, max((len(column) for column in table.values()), default=0)) if table else {}


def _frames(file: Any) -> dict[str, Any]:
    """Loop indices, time and position of each frame; all channels of a frame have the same."""
    rows = []
    for number, at in enumerate(file.loop_indices or ({},)):
        found = file.frame_metadata(number)
        channels = [] if isinstance(found, dict) else to_tree(found).get("channels") or []
        own = channels[0] if channels else {}
        rows.append(
            {"loop": dict(at)} | {k: own[k] for k in ("time", "position", "pfs_status") if own.get(k) is not None}
        )
    return columns(rows) if any(len(row) > 1 for row in rows) else {}


def _unstructured(file: Any) -> dict[str, Any]:
    """The vendor's trees; of those that stand for every frame again, the first alone: `_frames` has what differs."""
    if file.is_legacy:
        return dict(file.unstructured_metadata())
    names = [name.decode("latin-1")[:-1] for name in file._rdr.chunkmap]
    left_out = {name for name in names if name.startswith(_PER_FRAME) and name != f"{_PER_FRAME}0"} | {_TEXTS}
    return dict(file.unstructured_metadata(exclude=left_out))


def _chunks(file: Any) -> dict[str, Any]:
    """Chunks of custom data that stand in no other part; columns of the frames stand in the events."""
    if file.is_legacy:
        return {}
    reader = file._rdr
    lengths = {8 * reader._seq_count(), 4 * reader._seq_count()}
    found = {}
    for name in sorted(reader.chunkmap):
        if name.startswith((b"CustomData|", b"CustomDataSeq|")):
            content = bytes(reader._load_chunk(name))
            found[name.decode("latin-1")[:-1]] = _chunk(reader, name, content, len(content) in lengths)
    return found


def _chunk(reader: Any, name: bytes, content: bytes, of_frames: bool) -> Any:
    """Tree of a chunk of custom data; text that is followed by a checksum without it; else a digest."""
    if of_frames or not content:
        return digest_of(content)
    if content.startswith(b"<\0"):
        return _document(content.decode("utf-16-le", "replace").partition("\0")[0])
    if content.startswith(_DECODABLE):
        tree = attempt(lambda: reader._decode_chunk(name))
        return digest_of(content) if isinstance(tree, dict) and "error" in tree else tree
    return digest_of(content) if is_binary(content) else decode_text(content)


def _document(text: str) -> Any:
    try:
        return compact_tree(text)
    except BadXml:
        return safe_text(text)
