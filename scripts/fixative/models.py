"""The records that pass between steps: one definition each.

A record lies under ``results/samples/<sample>/`` and is restricted: it may hold absolute paths and
metadata as the source states them. What goes into the archive is made from them by later steps.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["main", "member", "sidecar"]
"""Of a file in its set."""

Place = tuple[int, int, int]
"""(t, c, z) of a plane."""


class Record(BaseModel):
    """A pydantic model that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class SampleRow(BaseModel):
    """One row of the sample sheet, checked; paths absolute. Further columns are in ``extra``."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    line: int = Field(description="line of the sheet this row stands on, the header being line 1")
    sample_id: str
    source: Path
    dataset: str
    privacy_policy: str
    sidecars: tuple[Path, ...] = ()
    remote: str | None = Field(default=None, description="where ``source`` is fetched from: rclone:<remote>:<path>")
    remote_sidecars: dict[str, str] = Field(default={}, description="the same of sidecars, by local path")
    organism: str | None = None
    modality: str | None = None
    instrument: str | None = None
    license: str | None = None
    owner: str | None = None
    approver: str | None = None
    notes: str | None = None
    extra: dict[str, str] = {}

    @property
    def origin(self) -> str:
        """What the sheet names as source: a path, or an address on remote storage."""
        return self.remote or str(self.source)


class SourceFile(Record):
    """One file of the source's file set, as it was when it was digested."""

    path: Path
    name: str = Field(description="POSIX path relative to the folder of the set's main file")
    role: Role
    bytes: int
    sha256: str
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int


class RemoteFile(Record):
    """A file of the source as its remote described it when it was fetched."""

    folder: str = Field(description="address of the folder that was listed")
    path: str = Field(description="POSIX path below it")
    bytes: int
    modified: str = Field(description="as the remote states it, RFC 3339")
    hashes: dict[str, str] = Field(default={}, description="those that the remote keeps, by algorithm")
    proven_by: str = Field(description="hash of the remote that the copy was compared with; `second read`; `size`")


class Completeness(Record):
    """Promised against present, found without the reader that will convert."""

    checked: bool = Field(description="False where no structure check exists for the format")
    method: str = Field(description="what was compared, for a person")
    promised_planes: int | None = None
    present_planes: int | None = None
    promised_bytes: int | None = None
    present_bytes: int | None = None
    whole: bool = Field(default=True, description="False for a source that `incomplete: whole_planes` let through")
    missing: tuple[str, ...] = Field(default=(), description="what is promised and not there, for a person")


class Inventory(Record):
    """What the source is: format, file set with digests, completeness."""

    format: str = Field(description="key of `fixative.identify.FORMATS`")
    files: tuple[SourceFile, ...] = Field(description="main file first, then by name")
    completeness: Completeness
    fileset_sha256: str = Field(description="SHA-256 over 'sha256  name' lines of the set, sorted by name")
    folder: Path | None = Field(default=None, description="of a store that is a folder (Zarr), the folder")
    remote: tuple[RemoteFile, ...] = Field(default=(), description="of a source that was fetched, its files there")

    @property
    def main(self) -> SourceFile:
        """The set's main file."""
        return self.files[0]

    @property
    def opens(self) -> Path:
        """What a reader opens: the main file, or the folder of a store."""
        return self.folder or self.main.path


class MetadataSource(Record):
    """One tool's reading of one file: a tree with the tool's own names.

    ``tree`` holds dict, list, str, int, float, bool and None only; bytes stand as
    ``{"sha256": ..., "bytes": n}``; a float that is not finite stands as the string Python prints.
    """

    kind: str = Field(description="ome, tiff, exiftool, czi, nd2, lif, imagej, ..., sidecar, sheet, file")
    file: str = Field(description="name of the file within the set")
    tool: str
    version: str
    tree: Any


REDACTED = "@redacted"
"""Key in a tree of the sanitised dump: an element was left out as a whole, by the rule that is the value."""

ImageKind = Literal["image", "label", "macro", "thumbnail"]


class DeliveredImage(Record):
    """One image as the reader of the pixels delivers it: what a privacy policy decides by."""

    index: int
    kind: ImageKind
    size_y: int
    size_x: int


class ReaderTrial(Record):
    """A reader that was tried before the one that served, and why it failed."""

    backend: str
    error: str
    undecodable: bool = Field(default=False, description="it knew the format and could not decode the pixels")


class MetadataDump(Record):
    """Everything the source says (`metadata/dump.json`, restricted)."""

    reader: str = Field(description="backend that opened it, as `fixative.readers` names it")
    reader_version: str
    reader_library: str = Field(description="code base that decodes; a witness must have another")
    tried: tuple[ReaderTrial, ...] = ()
    sources: tuple[MetadataSource, ...]
    images: tuple[DeliveredImage, ...] = Field(default=(), description="as the reader lists them, in order")
    notes: tuple[str, ...] = Field(default=(), description="what could not be asked, and why; no values")


class Redaction(Record):
    """What was done to one key. Never its value."""

    key: str
    action: Literal["D", "Z", "X", "K", "C", "U", "P", "S"]
    rule: str
    ground: str | None = None
    reason: str | None = None
    count: int = 1
    values_hmac: tuple[str, ...] = Field(
        default=(), description="`fixative.privacy.marks` of the distinct values, sorted; none without a vault"
    )
    values_hmac_of: Literal["all"] | None = Field(
        default=None, description="all: too many values, one HMAC stands over the marks of them all"
    )


class ImageTreatment(Record):
    """What became of one associated image: a slide's label, macro or thumbnail."""

    index: int = Field(description="number among the source's images")
    kind: ImageKind
    action: Literal["keep", "blank", "drop"]
    rule: str = Field(description="`associated_images.<kind>` of the policy")


BurntIn = Literal["stated", "likely", "unknown", "no"]


class Approval(Record):
    """Who approved what was to become of a sample, before anything of it was converted."""

    approver: str | None = Field(description="as the policy lets it be published; None where it does not")
    how: Literal["command", "sheet"]
    when: str | None = Field(
        default=None,
        description="UTC, of the command; for the sheet None here: it was read with the run, whose times stand in "
        "the provenance",
    )
    command: str = Field(description="without the approver's name, other samples and paths; `sample sheet`")
    plan_sha256: str = Field(description="SHA-256 of the plan that was approved: a line for every key, no value")


class SanitisationLog(Record):
    """The public record of sanitising (`sanitised/log.json`): policy, keys, actions, never a value."""

    policy: str
    policy_version: str
    policy_sha256: str
    strict: bool
    redactions: tuple[Redaction, ...] = Field(description="every key whose action is not K")
    kept_keys: int
    approver: str | None = None
    approval: Approval | None = Field(default=None, description="None where the policy asks for none")
    not_searched: dict[str, int] = Field(
        default={},
        description="removed values not looked for elsewhere, by reason: `fixative.privacy.secrets`",
    )
    original_metadata: int = Field(default=0, description="vendor's keys written into the OME-XML as annotations")
    original_metadata_left_out: str | None = Field(default=None, description="why none was, for a person")
    images: tuple[ImageTreatment, ...] = Field(default=(), description="associated images, those that stay as well")
    burnt_in: BurntIn = Field(
        default="unknown",
        description="whether the pixels show text that may name people: the source states it, the kind of image "
        "makes it likely, nothing is known, or the source states that it is not so",
    )
    burnt_in_reason: str | None = Field(default=None, description="what that goes by, for a person; no value")
    hmac_key: str | None = Field(default=None, description="id of the vault key of `values_hmac`; None: no vault")
    pseudonym_key_id: str | None = Field(
        default=None, description="id of the key of pseudonyms and shifted dates; None: the policy makes none"
    )


class StepOutcome(Record):
    """What became of one sample in one step (a shard's record is a list of these)."""

    sample: str
    step: str
    outcome: Literal["begun", "success", "refused", "awaiting approval", "error", "interrupted"]
    code: str | None = None
    message: str | None = None
    remedy: str | None = None
    started: str
    ended: str | None = None
    key: str = Field(default="", description="digest of all that the result depends on")
    run: str = Field(default="", description="name of the shard in which it was begun")
    attempts: int = 1
    result_sha256: str | None = Field(default=None, description="digest of the step's result record")


STEPS = (
    "inventory_source",
    "dump_metadata",
    "sanitise_metadata",
    "convert_to_ome_tiff",
    "verify_archive",
    "write_provenance",
)
"""The chain, in order: rule, script, log folder and outcome record of a step bear the same name."""


class Receipt(Record):
    """What the work folder keeps of a sealed object (`sealed.json`)."""

    source: str = Field(description="absolute path of the source that was archived")
    object: str = Field(description="path below the archive root: dataset/sample")
    fileset_sha256: str
    policy_sha256: str
    manifest_sha256: str = Field(description="SHA-256 of the object's manifest-sha256.txt")
    sealed: str = Field(description="UTC")
    bytes: int
    planes: int
    adopted: bool = Field(default=False, description="the object was in the archive already and was verified")
