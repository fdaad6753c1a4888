"""Opening a file with the plugin of RosettaSciIO that is for it, so that it delivers what is stored.

RosettaSciIO makes data ready for analysis: it sums frames and detectors, reshapes frames to a scan by a file
beside them, completes half of a Fourier transform, drops frames. Here every such option is off; where there
is none, what the plugin describes is compared with what it delivers.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fixative.findings import RefusedSample
from fixative.members import Folder
from fixative.readers.electron.checks import CHECKS, check_bz2, check_ser, check_tvips
from fixative.readers.electron.metadata import key_values, labelled, mrc_sidecars, tvips_frames
from fixative.readers.electron.signal import Opened, Signal, load, loaded, require_budget, signal_of
from fixative.trees import decode_text, digest_of
from fixative.xml_tree import compact_tree


def open_signals(path: Path, fmt: str, budget_bytes: int) -> Opened:
    """Open a file and list its signals, arrays unread where the plugin allows.

    Parameters
    ----------
    path : Path
        Main file.
    fmt : str
        Key of `fixative.formats.FORMATS`.
    budget_bytes : int
        Bytes that may be loaded where a plugin reads no regions.

    Raises
    ------
    RefusedSample
        INV004, INV005, INV006 about the file; CNV001 where it is too large for a plugin without regions.
    """
    logging.getLogger("rsciio").setLevel(logging.CRITICAL)
    if fmt in CHECKS:
        CHECKS[fmt](path)
    return _OPENERS.get(fmt, _plain)(path, fmt, budget_bytes)


def _plain(path: Path, fmt: str, budget_bytes: int) -> Opened:
    """Plugins without options: lazily where they can, else whole."""
    plugin = _PLUGINS[fmt]
    try:
        signals = load(plugin, path, lazy=True)
    except NotImplementedError:
        require_budget(path.stat().st_size, budget_bytes, "the file")
        signals = load(plugin, path)
    return Opened(plugin, signals, [path])


def _dm(path: Path, fmt: str, budget_bytes: int) -> Opened:
    """DigitalMicrograph. Packed Fourier transforms stay as stored: the half that is not redundant.

    Of a transform of odd width RosettaSciIO would make one column too few.
    """
    from rsciio.digitalmicrograph._api import DigitalMicrographReader, ImageObject

    with path.open("rb") as stream:
        document = DigitalMicrographReader(stream)
        document.parse_file()
        images = [ImageObject(image, stream) for image in document.get_image_dictionaries() or ()]
        kinds = {image.imdict.ImageData.DataType for image in images}
        packed = [_stored_half(image, path) for image in images if image.imdict.ImageData.DataType in _PACKED]
    if kinds <= _PACKED.keys():
        return Opened("digitalmicrograph", packed, [path], {"document": document.tags_dict})
    if kinds & _PACKED.keys():
        raise RefusedSample("CNV001", where="image list", reason="Fourier transforms beside other images")
    if kinds & _DM_WHOLE:
        require_budget(path.stat().st_size, budget_bytes, "the file")
        return Opened("digitalmicrograph", load("digitalmicrograph", path), [path])
    return Opened("digitalmicrograph", load("digitalmicrograph", path, lazy=True), [path])


_PACKED = {27: "<c8", 28: "<c16"}
_DM_WHOLE = {5, 8, 23}
"""Data types that are read whole: an older packed transform, colours."""


def _stored_half(image: Any, path: Path) -> Signal:
    place, (rows, columns) = image.imdict.ImageData.Data, image.shape[-2:]
    width = columns // 2 + 1
    dtype = np.dtype(_PACKED[image.imdict.ImageData.DataType])
    if place.size != rows * width * 2 or place.endian != "little":
        raise RefusedSample("CNV003", expected=rows * width * 2, found=place.size, where="packed transform")
    data = np.memmap(path, dtype, mode="r", offset=place.offset, shape=(rows, width))
    axes = [dict(axis) for axis in image.get_axes_dict()]
    axes[-1]["size"] = width
    metadata = image.get_metadata()
    return Signal(data, axes, metadata, {"ImageList": {"TagGroup0": image.imdict.to_dict()}})


def _ser(path: Path, fmt: str, budget_bytes: int) -> Opened:
    return Opened("tia", [_stopped(one, budget_bytes) for one in load("tia", path, lazy=True)], [path])


def _stopped(signal: Signal, budget_bytes: int) -> Signal:
    """Load a SER; where the acquisition stopped early, RosettaSciIO fills the rest with blanks.

    Whole patterns that were never taken are absent planes; single pixels of a map cannot be.
    """
    header = signal.original_metadata["ser_header_parameters"]
    valid, patterns = int(np.ravel(header["ValidNumberElements"])[0]), 1
    signals = sum(axis.get("navigate") is False for axis in signal.axes)
    patterns = int(np.prod(signal.data.shape[: signal.data.ndim - signals], dtype=np.int64))
    whole = loaded(signal, budget_bytes)
    if valid >= patterns:
        return whole
    if signals < 2:
        raise RefusedSample("CNV001", where="spectrum map", reason=f"{valid} of {patterns} spectra were taken")
    return replace(whole, acquired=valid)


def _emi(path: Path, fmt: str, budget_bytes: int) -> Opened:
    """EMI: the description of the series beside it, whose numbers RosettaSciIO would only look at from 1 to 9."""
    found = {
        int(match[1]): file for file, match in Folder(path.parent).matching(re.escape(path.stem) + r"_(\d+)\.ser")
    }
    if not found:
        raise RefusedSample("INV006", name=f"{path.stem}_1.ser")
    signals: list[Signal] = []
    for _, file in sorted(found.items()):
        check_ser(file)
        signals += _ser(file, "ser", budget_bytes).signals
    text = decode_text(path.read_bytes()) if path.stat().st_size < budget_bytes else ""
    parts = re.findall(r"<ObjectInfo>.*?</ObjectInfo>", text, re.DOTALL)
    objects = [labelled(compact_tree(part)) for part in parts]
    return Opened("tia", signals, [path, *(found[n] for n in sorted(found))], {"objects": objects})


def _bcf(path: Path, fmt: str, budget_bytes: int) -> Opened:
    """Bruker: images and every hypermap, in a type that surely holds its counts.

    RosettaSciIO guesses the type from the mean spectrum; a bright pixel would wrap around unseen. The sum
    spectrum that the file keeps tells: where it is not the map's, the map is unpacked again in 32 bits.
    """
    from rsciio.bruker._api import BCF_reader, bcf_hyperspectra, bcf_images

    source = BCF_reader(str(path))
    header, signals = source.header, [signal_of(found) for found in bcf_images(source)]
    for index in source.available_indexes:
        one = signal_of(bcf_hyperspectra(source, index=index, downsample=1, lazy=True)[0])
        wide = one.data.size * 4
        found = loaded(one, budget_bytes)
        if not np.array_equal(found.data.sum(axis=(0, 1), dtype=np.uint64), header.spectra_data[index].data):
            require_budget(wide, budget_bytes, "hypermap")
            header.estimate_map_depth = lambda **_: np.uint32
            found = loaded(signal_of(bcf_hyperspectra(source, index=index, downsample=1)[0]), budget_bytes)
            del header.estimate_map_depth
        signals.append(found)
    return Opened("bruker", signals, [path])


def _mrc(path: Path, fmt: str, budget_bytes: int) -> Opened:
    """MRC: sections as stored, whatever a text file beside it says about a scan; that text is metadata."""
    with path.open("rb") as stream:
        head = np.frombuffer(stream.read(1024), "<i4")
    mode, version, stamp, flags = (int(head[n]) for n in (3, 27, 38, 39))
    if mode not in (0, 1, 2, 4, 6, 12):
        raise ValueError("big-endian, or of a mode that RosettaSciIO does not read")
    signals = load("mrc", path, lazy=True, metadata_file=None)
    # Mode 0 is signed since MRC2014; IMOD says so in a flag; older files meant bytes.
    if mode == 0 and (flags & 1 if stamp == _IMOD else version >= 20140):
        signals = [Signal(s.data.view(np.int8), s.axes, s.metadata, s.original_metadata) for s in signals]
    opened = Opened("mrc", signals, [path])
    for name, file in mrc_sidecars(path).items():
        opened.files.append(file)
        opened.beside[name] = key_values(decode_text(file.read_bytes()))
    return opened


_IMOD = 1146047817


def _tvips(path: Path, fmt: str, budget_bytes: int) -> Opened:
    parts, signals = check_tvips(path), load("tvips", path, lazy=True)
    frames = tvips_frames(parts, signals[0].original_metadata["tvips_header"])
    return Opened("tvips", signals, parts, {"frames": frames})


def _prz(path: Path, fmt: str, budget_bytes: int) -> Opened:
    """Panta Rhei: a stored array is mapped, a compressed or Fortran-ordered one would be garbage if it were.

    Metadata that older versions pickled are left unread: unpickling runs code that the file brings.
    """
    from zipfile import ZIP_STORED, ZipFile

    with ZipFile(path) as archive:
        pickled = {name for name in archive.namelist() if name == "meta_data.npy"}
        beside = {name: digest_of(archive.read(name)) for name in pickled}
    with ZipFile(path) as archive, archive.open("data.npy") as stream:
        info = archive.getinfo("data.npy")
        version = np.lib.format.read_magic(stream)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        _, fortran, _ = reader(stream)
    if info.compress_type == ZIP_STORED and not fortran:
        return Opened("pantarhei", load("pantarhei", path, lazy=True), [path], beside)
    require_budget(info.file_size, budget_bytes, "the array")
    return Opened("pantarhei", load("pantarhei", path), [path], beside)


def _elid(path: Path, fmt: str, budget_bytes: int) -> Opened:
    require_budget(check_bz2(path), budget_bytes, "the archive")
    return Opened("phenom", load("phenom", path), [path])


def _hdf5(path: Path, fmt: str, budget_bytes: int) -> Opened:
    """HDF5 of a kind that RosettaSciIO knows by its content."""
    import h5py

    with h5py.File(path, "r") as file:
        plugin = _hdf5_kind(file)
        if plugin == "emd" and "SpectrumStream" in file.get("Data", {}):
            raise RefusedSample(
                "CNV001", where="Data/SpectrumStream", reason="a stream of X-ray events, which is no image"
            )
    if plugin == "emd":
        return Opened("emd", load("emd", path, lazy=True, load_SI_image_stack=True, stack_group=False), [path])
    if plugin == "nexus":
        signals = load("nexus", path, lazy=True, nxdata_only=True)
    elif plugin == "delmic":
        require_budget(path.stat().st_size, budget_bytes, "the file")
        signals = load("delmic", path, signal="all")
    else:
        signals = load(plugin, path, lazy=True)
    return Opened(plugin, signals, [path])


def _hdf5_kind(file: Any) -> str:
    from rsciio.emd._api import is_EMD_NCEM, is_EMD_Velox

    if is_EMD_Velox(file) or is_EMD_NCEM(file):
        return "emd"
    if "Experiments" in file and "file_format" in file.attrs:
        return "hspy"
    if any(name.startswith("Acquisition") for name in file) and "SVIData" in file.get("Acquisition0", {}):
        return "delmic"
    if any("NX_class" in item.attrs for item in file.values()):
        return "nexus"
    raise ValueError("HDF5 of no kind that RosettaSciIO knows")


def _streak(path: Path, fmt: str, budget_bytes: int) -> Opened:
    """Hamamatsu's ITEX, in the type and the order of columns that are stored.

    RosettaSciIO makes 64-bit integers of the values, and turns the columns where wavelengths descend.
    """
    require_budget(8 * path.stat().st_size, budget_bytes, "the file")
    signals = []
    for one in load("hamamatsu", path):
        header, axes = one.original_metadata, one.axes
        data = one.data.astype({"bit8": "u1", "bit16": "u2", "bit32": "u4"}[header["file_type"]])
        place = re.fullmatch(r"#(\d+),0*(\d+)", str(header["Comment"]["Scaling"].get("ScalingXScalingFile")))
        stored = np.fromfile(path, "<f4", count=2, offset=int(place[1])) if place else np.zeros(2)
        if stored[0] > stored[1]:
            data, axes = data[:, ::-1], [axes[0], axes[1] | {"axis": axes[1]["axis"][::-1]}]
        signals.append(replace(one, data=data, axes=axes))
    return Opened("hamamatsu", signals, [path])


def _ripple(path: Path, fmt: str, budget_bytes: int) -> Opened:
    """Lispix Ripple: a text that describes the file of raw values beside it."""
    folder = Folder(path.parent)
    raw = folder.member(f"{path.stem}.raw")
    found = _plain(path, fmt, budget_bytes)
    return Opened(found.plugin, found.signals, [path, raw])


_PLUGINS = {
    "blo": "blockfile",
    "ripple": "ripple",
    "semper": "semper",
    "digitalsurf": "digitalsurf",
}
_OPENERS: dict[str, Callable[[Path, str, int], Opened]] = {
    "dm3": _dm,
    "dm4": _dm,
    "ser": _ser,
    "emi": _emi,
    "bcf": _bcf,
    "mrc": _mrc,
    "tvips": _tvips,
    "prz": _prz,
    "elid": _elid,
    "ripple": _ripple,
    "hamamatsu_img": _streak,
    "emd": _hdf5,
    "hdf5": _hdf5,
}
