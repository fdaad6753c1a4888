"""What the catalogue holds of an object, as records."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Entry:
    """One object. What cannot be read from a damaged object is None until a whole copy has been seen."""

    name: str
    """dataset/sample"""
    identifier: str | None = None
    fileset_sha256: str | None = None
    policy_sha256: str | None = None
    manifest_sha256: str | None = None
    """SHA-256 of manifest-sha256.txt: it stands for every byte of the payload."""
    bytes: int = 0
    sealed: str | None = None
    """UTC"""


@dataclass(frozen=True)
class Facts:
    """What an object says of its source and its pixels, as columns of the table `objects`."""

    source_bytes: int | None = None
    source_files: int | None = None
    files: int | None = None
    """Of the payload."""
    format: str | None = None
    instrument: str | None = None
    modality: str | None = None
    organism: str | None = None
    licence: str | None = None
    acquired: str | None = None
    title: str | None = None
    images: int | None = None
    planes: int | None = None
    size_x: int | None = None
    size_y: int | None = None
    size_z: int | None = None
    size_c: int | None = None
    size_t: int | None = None
    pixel_type: str | None = None
    pixel_size_x_um: float | None = None
    pixel_size_y_um: float | None = None
    pixel_size_z_um: float | None = None
    policy: str | None = None
    fixative_version: str | None = None
    witness: str | None = None


@dataclass(frozen=True)
class Channel:
    """One channel of an image, of which something is stated; None: not stated."""

    channel: int
    name: str | None = None
    fluor: str | None = None
    excitation_nm: float | None = None
    emission_nm: float | None = None


@dataclass(frozen=True)
class Image:
    """One image of an object, as its OME-XML describes it; None: not stated."""

    image: int
    name: str | None = None
    size_x: int | None = None
    size_y: int | None = None
    size_z: int | None = None
    size_c: int | None = None
    """Samples of all channels: 3 for an RGB image."""
    size_t: int | None = None
    pixel_type: str | None = None
    pixel_size_x_um: float | None = None
    pixel_size_y_um: float | None = None
    pixel_size_z_um: float | None = None
    objective: str | None = None
    na: float | None = None
    magnification: float | None = None
    immersion: str | None = None
    acquired: str | None = None
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True)
class File:
    """A file of an object's payload."""

    path: str
    """Below the object, as its manifest has it."""
    sha256: str
    bytes: int | None = None


@dataclass(frozen=True)
class SourceFile:
    """A file that the object was made from, under its public name."""

    name: str
    role: str
    sha256: str
    bytes: int | None = None


@dataclass(frozen=True)
class Words:
    """What full-text search looks through; the first weigh the most."""

    name: str = ""
    facts: str = ""
    """A line for each fact, with what else a person may call it (63x, 1.4NA, 488nm)."""
    text: str = ""
    """Every value of the sanitised metadata, each once."""
    cut: bool = False
    """Whether there was more text than is kept."""


@dataclass(frozen=True)
class Description:
    """All that the catalogue keeps of an object."""

    entry: Entry
    facts: Facts = field(default_factory=Facts)
    images: tuple[Image, ...] = ()
    files: tuple[File, ...] = ()
    sources: tuple[SourceFile, ...] = ()
    words: Words = field(default_factory=Words)
