"""Every reason for which Fixative refuses a sample, listed once, with its remedy.

A code is a stage and a number (``INV001``) and is never used for anything else again.
"""

import re
from dataclasses import dataclass
from typing import Literal

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Finding:
    """What was found, as a sentence with named places, and what a person can do about it."""

    summary: str
    remedy: str


class BadBatch(Exception):
    """The sheet or the configuration is wrong: nothing is run. The message lists every problem."""


class RefusedSample(Exception):
    """A documented obstacle: the sample is refused, the others go on.

    Parameters
    ----------
    code : str
        A key of `FINDINGS`.
    **places : object
        The named places of the finding's summary. Never a value that a privacy policy could redact:
        the message stands in public reports.
    """

    outcome: Literal["refused", "awaiting approval"] = "refused"
    """What becomes of the sample, in its record."""

    def __init__(self, code: str, **places: object) -> None:
        self.code = code
        self.places = {name: str(value) for name, value in places.items()}
        super().__init__(f"[{code}] {self.message}")

    @property
    def message(self) -> str:
        """The finding's summary with its places filled in."""
        return FINDINGS[self.code].summary.format(**self.places)

    @property
    def remedy(self) -> str:
        """What a person can do about it; the places it names are filled in."""
        return _PLACE.sub(lambda found: self.places.get(found[1], found[0]), FINDINGS[self.code].remedy)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.code, self.places)


class AwaitingApproval(RefusedSample):
    """No fault of the sample: a person is to approve its plan first. Neither refused nor sealed."""

    outcome = "awaiting approval"


def _rebuild(code: str, places: dict[str, str]) -> RefusedSample:
    return RefusedSample(code, **places)


FINDINGS: dict[str, Finding] = {
    "INV001": Finding(
        "source not found: {name}",
        "correct the sheet's `source`, or restore the file; relative paths are relative to the sheet",
    ),
    "INV002": Finding(
        "source cannot be read: {name}: {reason}",
        "give the account that runs Fixative permission to read the file",
    ),
    "INV003": Finding(
        "format not recognised: {name} ({found})",
        "is it an image? if so, ask for a reader; if not, take it out of the sheet",
    ),
    "INV004": Finding(
        "truncated or incomplete: {promised} promised, {present} present ({where})",
        "fetch the file again from the instrument; archive nothing from this copy",
    ),
    "INV005": Finding(
        "damaged structure: {reason}",
        "fetch the file again from the instrument; archive nothing from this copy",
    ),
    "INV006": Finding(
        "a member of the file set is missing: {name}",
        "put the missing file back beside the others; the set is archived whole or not at all",
    ),
    "INV007": Finding(
        "source changed while it was read: {name}: {what}",
        "wait until the instrument has finished writing, then run again",
    ),
    "INV008": Finding(
        "sidecar not found: {name}",
        "correct the sheet's `sidecars`, or restore the file",
    ),
    "INV009": Finding(
        "the file is empty: {name}",
        "fetch the file again from the instrument",
    ),
    "INV011": Finding(
        "not an image of its own: {name} ({found})",
        "take it out of the sheet, or name the file that it belongs to as the sample's source",
    ),
    "MET001": Finding(
        "no reader can open it: {tried}",
        "see the tried readers and their errors in the log; a file that its own software opens is a "
        "format to ask for",
    ),
    "MET002": Finding(
        "metadata cannot be read: {reason}",
        "open the file in the vendor's software; if it opens there, report it as a defect",
    ),
    "MET003": Finding(
        "OME-XML that the source carries cannot be made valid: {reason}",
        "report it with the sample's metadata folder as a defect",
    ),
    "MET004": Finding(
        "required metadata missing: {fields} (checklist {checklist})",
        "state them in the sheet's columns of the same names, or take them from `refuse` in "
        "config/required_metadata.yaml",
    ),
    "MET005": Finding(
        "the sheet's {column} does not go with the image: {expected} channels, {found} values",
        "give a value for each channel, in their order, separated by `;`; leave one empty that is not known",
    ),
    "SAN001": Finding(
        "{count} metadata keys without a rule in policy {policy}, the first: {key}",
        "add a rule for each key to the policy (all are listed in results/reports/unknown_keys.tsv) and run again",
    ),
    "SAN002": Finding(
        "a private value is still in {where} (rule {rule})",
        "do not release anything; report it as a defect of the redactor with the sample's log",
    ),
    "SAN003": Finding(
        "privacy policy cannot be applied: {reason}",
        "correct the policy file, or the configuration that the reason names, and run again",
    ),
    "SAN004": Finding(
        "the sheet's {column} holds a private value (rule {rule})",
        "choose another {column} in the sheet: it names the archived object, in public",
    ),
    "SAN005": Finding(
        "pixels may name people, and policy {policy} refuses that: {reason}",
        "have the pixels cleaned and marked so (BurnedInAnnotation NO), or archive it where few may look, under a "
        "policy with `burnt_in: flag`",
    ),
    "APP001": Finding(
        "waits for approval of its plan under policy {policy}",
        'read results/plans/{sample}.tsv in the work folder, then `make approve SAMPLES={sample} APPROVER="name '
        '<address>" WORK=folder`, and run again; or name the approver in the sheet',
    ),
    "CNV001": Finding(
        "pixels cannot be decoded, first at {where}: {reason}",
        "the source is damaged, or its codec unknown here; try the vendor's software",
    ),
    "CNV002": Finding(
        "OME has no pixel type for {dtype}",
        "convert the values with your own software to a type OME knows, and archive both",
    ),
    "CNV003": Finding(
        "the reader's planes do not match its own description: {expected} described, {found} read ({where})",
        "report it as a defect of the reader, with the sample's log",
    ),
    "VER001": Finding(
        "pixels differ, first at {where}: source {expected}, archive {found}",
        "do not archive; report the source as a defect of the converter",
    ),
    "VER002": Finding(
        "OME-XML is not valid: {reason}",
        "do not archive; report the source as a defect of the converter",
    ),
    "VER003": Finding(
        "structure of the written file is wrong: expected {expected}, found {found}",
        "do not archive; check the disk, then run again",
    ),
    "VER005": Finding(
        "two readers of the source disagree: {reader} against {witness}, {where}",
        "look at the source in the vendor's software; `readers.order` chooses another reader for its format",
    ),
    "VER006": Finding(
        "no second, independent reader has read the source: {tried}",
        "`verify.witness: independent` accepts samples without one; `make formats` lists the readers",
    ),
    "VER007": Finding(
        "metadata differ: {what}",
        "the whole list is in the sample's metadata_diff.json; report a loss as a defect of the converter, or allow "
        "it in the list that `verify.allowed_loss` names, with a reason; `verify.metadata: report` only tells of it",
    ),
    "VER004": Finding(
        "damaged: {name}: expected {expected}, found {found}",
        "restore the object from another copy",
    ),
    "VLT001": Finding(
        "the vault cannot be written: {reason}",
        "nothing was sealed: make `vault_root` a folder of the account that runs Fixative, mode 0700, with room for "
        "the originals, and run again",
    ),
    "VLT002": Finding(
        "the vault key cannot be used: {problem}",
        "give `vault.key_file` (or FIXATIVE_VAULT_KEY_FILE) the key that this vault was begun with: 32 random bytes "
        "or more, in a file of mode 0600; restore it from your copy if it is lost",
    ),
    "SEA001": Finding(
        "another object is sealed under this name: {object}",
        "choose another sample_id: a sealed object is never overwritten",
    ),
    "SEA002": Finding(
        "the sealed object does not match its receipt: {object}: {reason}",
        "restore the object from another copy, or remove the damaged one by hand and run again",
    ),
    "AUD001": Finding(
        "the object is gone: {object} ({copy})",
        "`snakemake repair` restores it from a good copy in `replicas`; if it was removed on purpose: "
        "`python -m fixative.catalogue withdraw ARCHIVE_ROOT {object} --reason ...`",
    ),
    "AUD002": Finding(
        "mode of {name} changed: expected {expected}, found {found}",
        "find out who unlocked it; `snakemake repair` reads the object and locks it again where every byte is right",
    ),
    "AUD003": Finding(
        "{name} holds the bytes of {other}",
        "files were swapped: `snakemake repair` restores the object from a good copy",
    ),
    "AUD004": Finding(
        "{name} is found under the name {other}",
        "a file was renamed: `snakemake repair` restores the object from a good copy",
    ),
    "AUD005": Finding(
        "another object stands in the place of {object} ({copy}): manifest {found}, expected {expected}",
        "each is whole, so nothing is repaired: compare the two, and move the one that does not belong there away",
    ),
    "AUD006": Finding(
        "no archive to be found: {copy}: {reason}",
        "mount it, or correct `archive_root` or `replicas`; a new, empty replica needs a folder .fixative in it",
    ),
    "AUD007": Finding(
        "not repaired: {object} ({copy}): {reason}",
        "restore it by hand from a backup, then run `snakemake audit`; what was damaged is kept",
    ),
    "AUD008": Finding(
        "cannot be written: {where}: {reason}",
        "give the account that archives and audits write permission to the archive root and to .fixative in it, "
        "and space",
    ),
    "AUD009": Finding(
        "another audit or repair is at work on this archive",
        "wait until it has ended",
    ),
    "CAT001": Finding(
        "another process is making the catalogue of this archive anew",
        "wait until it has ended",
    ),
    "REM001": Finding(
        "remote storage does not answer as it should: {name}: {reason}",
        "try `rclone lsf` with the same address, which says more; credentials belong into rclone's own configuration "
        "or the environment; then run again",
    ),
    "REM002": Finding(
        "not found on the remote: {name}",
        "correct the address after `rclone:` in the sheet or in `replicas`, or put the file back; the folder of a "
        "new replica is made with `rclone mkdir`",
    ),
    "REM003": Finding(
        "{name} did not arrive as the remote describes it: {what}: expected {expected}, found {found}",
        "run again; if it stays so, the storage or the line to it damages data: have it looked at",
    ),
    "REM004": Finding(
        "not enough space for {name}: {reason}",
        "free space there (sources are fetched into the work folder), then run again",
    ),
    "REM005": Finding(
        "object lock: {copy}: {reason}",
        "use a bucket that was made with object lock and an account that may set retention, or take `lock` out of "
        "the entry of `replicas`",
    ),
    "REM006": Finding(
        "rclone is not installed",
        "run `make setup`, or put rclone on the PATH",
    ),
    "REM007": Finding(
        "something else stands in the place of {object} ({copy}): {reason}",
        "nothing there is overwritten: look at it, and move away what does not belong there",
    ),
    "REM008": Finding(
        "not replicated: {object} ({copy}): {reason}",
        "run `snakemake audit` to see which copy is damaged, `snakemake repair` to restore it, then run this again",
    ),
    "REM009": Finding(
        "{name}: what lies beside it cannot be fetched as its file set: {reason}",
        "put the set into a folder of its own, or copy it to a disk and name the copy in the sheet",
    ),
    "DEP001": Finding(
        "no sealed object of the data set {dataset} in this archive",
        "give `dataset` the name of a folder of the archive root; objects that are not sealed cannot be deposited",
    ),
    "DEP002": Finding(
        "no such repository: {repository}; there are {known}",
        "give `repository` one of these",
    ),
    "DEP003": Finding(
        "the object {object} is not whole: {reason}",
        "`snakemake repair` restores it from a good copy; nothing that is damaged is deposited",
    ),
    "DEP004": Finding(
        "too large for {repository}: {found} bytes, it takes {limit}",
        "deposit the data set in parts, ask the repository for more, or choose another one",
    ),
    "DEP005": Finding(
        "too many files for {repository}: {found}, it takes {limit}",
        "deposit the data set in parts, or choose another repository",
    ),
    "DEP006": Finding(
        "{name} is too large for {repository}: {found} bytes, it takes {limit}",
        "ask the repository for more, or choose another one",
    ),
    "DEP007": Finding(
        "archived with the policy {policy}, which `deposit.policies` does not let out: {samples}",
        "archive these with a policy that removes what identifies people; or, where the data are of nobody, add the "
        "policy's name to `deposit.policies`",
    ),
    "DEP008": Finding(
        "the pixels may show text that names people: {samples}",
        "look at the images; name those that show none in `deposit.pixels_seen`",
    ),
    "DEP009": Finding(
        "the repository requires what nobody has stated: {count} fields: {fields}",
        "fill these columns of a sheet and give it as `deposit.sheet`; `missing.tsv` lists all. "
        "`deposit.allow_incomplete: true` leaves them empty",
    ),
    "DEP010": Finding(
        "somebody has worked in the folder {folder}, or another program made it: {names}",
        "move it away or give another folder with `to`: what Fixative has not made it does not replace",
    ),
    "DEP011": Finding(
        "two files would have the same name in the package: {name}",
        "this is a matter of the names of samples: two differ in upper and lower case only",
    ),
    "DEP012": Finding(
        "licence: expected {expected}, found {found}",
        "the objects' own statement stands: choose another repository, or archive the samples anew with the licence",
    ),
    "DEP013": Finding(
        "the sheet of the deposition cannot be used: {problem}",
        "correct it; docs/depositing.md lists the columns",
    ),
    "DEP014": Finding(
        "{name} cannot be linked: {reason}",
        "use `deposit.link: auto`, which copies where it cannot link, or `symlink`",
    ),
    "DEP015": Finding(
        "the package does not pass its own check: {problem}",
        "where a form is meant, correct the column of the sheet that it is made of; otherwise this is a fault of "
        "Fixative: report it",
    ),
    "DEP016": Finding(
        "the package cannot be written: {where}: {reason}",
        "give another folder with `to`, with space and write permission, outside of the archive",
    ),
    "CUR001": Finding(
        "no licence that is known by its identifier: {samples}",
        "state one in the column `license` (CC-BY-4.0, CC0-1.0), or in `deposit.sheet` where objects are sealed "
        "already; or set `curation.require_license: false`",
    ),
    "RUN001": Finding(
        "disk full while working: {where}",
        "free space there, then run again",
    ),
    "RUN002": Finding(
        "memory ran out while working",
        "give the job more memory (mem_mb), then run again; if the file is small, look at the size that it promises",
    ),
    "RUN003": Finding(
        "would not fit on the disk of {where}: about {needed} needed, {free} free",
        "make room there; the next run tries again, the oldest sources first",
    ),
}
