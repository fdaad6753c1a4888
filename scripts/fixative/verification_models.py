"""Records of verification: what a written file carries, what second readers saw, what became of the metadata."""

from typing import Literal

from pydantic import Field

from fixative.models import ReaderTrial, Record


class CarriedTag(Record):
    """One tag, as it must stand in the file."""

    code: int
    type: int
    count: int
    sha256: str = Field(description="of the value, little-endian")


class CarriedRun(Record):
    """Directories in a row that carry the same tags."""

    first: int
    directories: int
    tags: tuple[CarriedTag, ...]


class CarriedTags(Record):
    """Tags that the archived file has from its source (`carried_tags.json`)."""

    runs: tuple[CarriedRun, ...] = Field(description="directories of the main chain; those without tags left out")


class Dissent(Record):
    """A second reader that saw something else."""

    reader: str
    version: str
    finding: str = Field(description="where the two first differ, or what it says of the file")


class Attestation(Record):
    """What second, independent readers saw of the source (part of `verification.json`)."""

    asked: Literal["none", "independent", "required"]
    reader: str | None = Field(default=None, description="the witness that saw the same pixels; None where none did")
    version: str | None = None
    library: str | None = None
    planes: int = Field(default=0, description="planes that it saw")
    exact: bool = Field(default=True, description="False where a rule allowed a tolerance")
    rules: tuple[str, ...] = Field(
        default=(), description="differences that were evened out: `fixative.witness.rules`"
    )
    further_images: int = Field(default=0, description="images that only the witness lists: thumbnails, mostly")
    dissents: tuple[Dissent, ...] = Field(default=(), description="readers that saw something else")
    tried: tuple[ReaderTrial, ...] = Field(default=(), description="readers that could not read it, and why")


class MetadataLoss(Record):
    """Values of one field that are not in the archive as the source has them; equal ones are counted together."""

    fate: Literal["changed", "dropped", "exposed"] = Field(
        description="exposed: sanitising changed or removed the value, and the archive holds it nevertheless"
    )
    field: str = Field(description="path from the OME root: Image/Pixels@SizeX; text as #")
    place: str = Field(description="the first of them: `Image 0, Channel 1`")
    source: str | None = Field(default=None, description="the source's value; never one that was redacted")
    archive: str | None = None
    count: int = 1
    rule: str | None = Field(default=None, description="entry of `verify.allowed_loss` that allows it; None: refused")


class RedactedField(Record):
    """Values of one field that the privacy policy changed or removed."""

    field: str
    rule: str = Field(description="rule of the policy; `?` where the log names none for this key")
    action: str
    count: int


class MetadataDiff(Record):
    """What became of each metadata value, seen by one reader at both files; holds no redacted value."""

    reader: str | None = Field(default=None, description="None where no reader makes OME-XML of the source")
    version: str | None = None
    reason: str | None = Field(default=None, description="why nothing was compared")
    values: int = Field(default=0, description="values of the source: kept + changed + dropped + redacted + exposed")
    kept: int = 0
    changed: int = 0
    dropped: int = 0
    added: int = Field(default=0, description="values that the archive has besides")
    redacted: int = 0
    exposed: int = 0
    refused: int = Field(default=0, description="changed or dropped values that nothing allows, and exposed ones")
    allowed: dict[str, int] = Field(default={}, description="entry of `verify.allowed_loss` to number of values")
    losses: tuple[MetadataLoss, ...] = Field(default=(), description="refused ones first")
    redactions: tuple[RedactedField, ...] = ()
    added_fields: dict[str, int] = Field(default={}, description="values that the archive has besides, by field")
    not_listed: int = Field(default=0, description="lines of `losses` that were left out here")


class Verification(Record):
    """What `verify_archive` has proven of the written file (`verification.json`); every check passed."""

    file: str
    bytes: int
    sha256: str
    sha512: str
    planes: int = Field(description="planes of level 0 whose digests were compared")
    planes_of_all_levels: int
    root_sha256: str
    ome_xml: Literal["valid"] = "valid"
    private_values_searched: int = Field(description="values that were redacted and looked for in every byte")
    private_values_scanners: tuple[str, ...] = Field(
        default=(), description="who read the file for that, with versions; or why one did not: `privacy.scanners`"
    )
    witness: Attestation
    metadata: MetadataDiff | None = Field(default=None, description="None where `verify.metadata: none`")
    decoded_by: str | None = Field(
        default=None,
        description="reader that decoded every plane of the written file once more, where its codec has one and the "
        "same library on both sides: JPEG 2000",
    )


class ObjectFinding(Record):
    """One thing that the check of an object tells of (`python -m fixative.verify --json`)."""

    severity: Literal["damage", "note"] = Field(description="a note is no damage: every byte may be as it was sealed")
    code: str | None = Field(default=None, description="of `fixative.findings`; None for a note")
    file: str = Field(description="path within the object; `the object` where it is none of its files")
    expected: str
    found: str
    message: str
    remedy: str | None = None


class ObjectCheck(Record):
    """One check of an object."""

    name: str
    outcome: Literal["whole", "damaged", "not checked"]
    detail: str = ""


class ChecklistLine(Record):
    """One line of the quality checklist: see `fixative.quality`."""

    name: str
    state: Literal["passed", "failed", "noted", "open"]
    detail: str


class ChannelHistogram(Record):
    """How the samples of one channel are spread, for a person: counted on a small level, not on every plane."""

    image: int
    channel: int
    sample: int | None = Field(default=None, description="of RGB and the like; None where a pixel has one")
    level: int
    planes: int = Field(description="planes that were counted, evenly spaced")
    planes_of: int = Field(description="planes that the channel has")
    minimum: float
    maximum: float
    counts: tuple[int, ...] = Field(description="64 bins of equal width from minimum to maximum")


class ObjectVerification(Record):
    """What the check of one object has found."""

    object: str = Field(description="the folder, as it was given")
    sample: str | None = None
    outcome: Literal["whole", "damaged", "not checked"]
    files: int = 0
    bytes: int = 0
    planes_of_all_levels: int = 0
    seconds: float = 0.0
    checklist: tuple[ChecklistLine, ...] = ()
    checks: tuple[ObjectCheck, ...] = ()
    findings: tuple[ObjectFinding, ...] = Field(default=(), description="damage first, then notes")
    unread: tuple[str, ...] = Field(default=(), description="what could not be checked, with the reason")
    histograms: tuple[ChannelHistogram, ...] = Field(default=(), description="empty unless they were asked for")


class VerificationReport(Record):
    """All objects of one run of `python -m fixative.verify`."""

    format: Literal["fixative-verification-2"] = "fixative-verification-2"
    program: str = Field(description="name and version")
    started: str = Field(description="UTC")
    ended: str
    status: Literal[0, 1, 2] = Field(description="0 whole, 1 damage, 2 something could not be checked")
    objects: tuple[ObjectVerification, ...]
