"""What RosettaSciIO says about a signal, as trees that mean the same on every computer.

Times that it converts to the time zone of the computer it runs on are left out (BLO, EMD, ELID, TVIPS); what it
made them from stands in ``original_metadata``. Texts that it keeps as bytes or in hexadecimal become texts.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fixative.members import Folder
from fixative.readers.electron.signal import Opened, Signal
from fixative.trees import digest_of, is_binary, to_tree

_LOCAL_TIMES = {"blockfile", "emd", "phenom", "tvips"}
_HEX = ("EXTRA", "EXTRA2", "CMAP", "STAMP", "LABELS")
_LABEL_CHARACTERS = 80


def vendor_tree(opened: Opened) -> dict[str, Any]:
    """Tree of a file: its signals, each with axes, metadata and original metadata, and what lies beside them."""
    signals = [_signal(signal, opened.plugin) for signal in opened.signals]
    beside = {name: to_tree(texts(tree)) for name, tree in opened.beside.items()}
    return {"plugin": opened.plugin, "signals": signals, **beside}


def _signal(signal: Signal, plugin: str) -> dict[str, Any]:
    metadata = texts(signal.metadata)
    if plugin in _LOCAL_TIMES and isinstance(metadata.get("General"), dict):
        metadata["General"] = {k: v for k, v in metadata["General"].items() if k not in ("date", "time", "time_zone")}
    original = texts(signal.original_metadata)
    if plugin == "mrc":
        header = original["std_header"]
        original["std_header"] = header | {name: _from_hex(header[name]) for name in _HEX if name in header}
    return {"axes": to_tree(signal.axes), "metadata": to_tree(metadata), "original_metadata": to_tree(original)}


def texts(value: Any) -> Any:
    """Mappings as dictionaries, bytes that are text as text."""
    if isinstance(value, Mapping):
        return {str(name): texts(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [texts(item) for item in value]
    if isinstance(value, np.ndarray) and value.dtype.kind == "S":
        return [texts(item) for item in value.tolist()] if value.ndim else texts(value.item())
    if isinstance(value, bytes):
        bare = value.rstrip(b"\0")
        return bare.decode("latin-1") if not is_binary(bare) else value
    return value


def _from_hex(value: Any) -> Any:
    """A field that RosettaSciIO shows in hexadecimal: labels and marks as text, the rest as a digest."""
    if not isinstance(value, str):
        return value
    try:
        content = bytes.fromhex(value)
    except ValueError:
        return value
    if is_binary(content.replace(b"\0", b"")):
        return digest_of(content)
    lines = [content[at : at + _LABEL_CHARACTERS] for at in range(0, len(content), _LABEL_CHARACTERS)]
    found = [line.replace(b"\0", b" ").decode("latin-1").strip() for line in lines]
    return found[0] if len(found) == 1 else [line for line in found if line]


def labelled(tree: Any) -> Any:
    """Pairs of Label and Value, as the XML of TIA lists them, as values under their labels."""
    if isinstance(tree, list):
        if tree and all(isinstance(item, Mapping) and "Label" in item for item in tree):
            return {str(item["Label"]): {k: labelled(v) for k, v in item.items() if k != "Label"} for item in tree}
        return [labelled(item) for item in tree]
    if isinstance(tree, Mapping):
        return {name: labelled(item) for name, item in tree.items()}
    return tree


def mrc_sidecars(path: Path) -> dict[str, Path]:
    """SerialEM's ``name.mrc.mdoc`` and Direct Electron's ``..._info.txt`` beside ``..._movie.mrc``."""
    folder = Folder(path.parent)
    found = {"mdoc": folder.find(f"{path.name}.mdoc")}
    if movie := re.fullmatch(r"(\d{8}_\d+(?:_.+)?)_movie\.mrc", path.name):
        found["info"] = folder.find(f"{movie[1]}_info.txt")
    return {name: file for name, file in found.items() if file is not None}


def key_values(text: str) -> dict[str, Any]:
    """``key = value`` lines; a line in brackets (``[ZValue = 0]``) begins a part of its own."""
    whole: dict[str, Any] = {}
    part: dict[str, Any] = whole
    for line in text.splitlines():
        key, sign, value = (piece.strip() for piece in line.partition("="))
        if line.strip().startswith("[") and line.strip().endswith("]"):
            part = whole.setdefault(line.strip()[1:-1].strip(), {})
        elif sign:
            part[key] = value
    return whole


def tvips_frames(parts: list[Path], header: Mapping[str, Any]) -> dict[str, Any]:
    """Header of every frame of a TVIPS stream, by field."""
    from rsciio.tvips._api import TVIPS_RECORDER_FRAME_HEADER

    fields = np.dtype(TVIPS_RECORDER_FRAME_HEADER)
    stride = int(header["frameheaderbytes"]) + int(header["dimx"]) * int(header["dimy"]) * (
        int(header["bitsperpixel"]) // 8
    )
    record = np.dtype(
        {
            "names": fields.names,
            "formats": [fields[n] for n in fields.names or ()],
            "offsets": [fields.fields[n][1] for n in fields.names or ()],
            "itemsize": stride,
        }
    )
    found = [
        np.memmap(part, record, mode="r", offset=0 if number else int(header["size"]))
        for number, part in enumerate(parts)
    ]
    return {name: np.concatenate([frames[name] for frames in found]) for name in record.names or ()}
