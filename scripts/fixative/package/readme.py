"""README.md of an archived object, for a person. Everything in it comes from the records."""

from fixative.package.crate import description, license_name, title
from fixative.package.parts import ObjectParts, Written, purpose
from fixative.package.provenance import approved_when, sample
from fixative.package.text import markdown_text
from fixative.privacy.images import left_out_text

LATER = ("premis.xml", "ro-crate-preview.html", "ro-crate-metadata.json")


def readme(written: Written) -> bytes:
    """Compose ``README.md``."""
    parts = written.parts
    files = "\n".join(
        f"| `{path.replace('`', '_')}` | {purpose(path, parts)} |"
        for path in sorted([*written.payload, "README.md", *LATER])
    )
    policy = f"{markdown_text(parts.log.policy)} {markdown_text(parts.log.policy_version)}"
    text = f"""# {markdown_text(title(written))}

{markdown_text(description(written))}

## What is known of it

{_stated(written)}

{_completeness(parts)}## What is in it

| file | what it is |
|---|---|
{files}

## How it was made

Fixative read the source, digested every plane as it came, wrote the image without loss, read it back and
compared every plane. Versions, settings and times stand in `{parts.image_name}.provenance.json`.

{_levels(parts)}{_incomplete(parts)}{_witness(parts)}

The metadata were treated with the privacy policy {policy}: {len(parts.log.redactions)} keys changed,
{parts.log.kept_keys} kept. Each change is listed, without the value, in `{parts.image_name}.meta.json`.

{_approved(written)}{_vault(parts)}{_images(parts)}## How to check it

In the folder above this one (that of `bagit.txt`), with nothing but common tools:

    sha256sum -c manifest-sha256.txt
    sha512sum -c manifest-sha512.txt

The pixels, whatever becomes of the file around them: `{parts.image_name}.pixels.json` holds SHA-256 of every
plane, over a line `fixative-plane-1 <dtype> <size_y> <size_x> <samples>`, its line feed, and the samples in
order Y, X, sample, little-endian.

## How to cite and re-use it

- Identifier: {parts.identifier}
- Licence: {markdown_text(license_name(written))}
- When it was archived: `created` in `{parts.image_name}.provenance.json`
"""
    return text.encode("utf-8")


def _completeness(parts: ObjectParts) -> str:
    """Say what a person supplied, what the checklist misses, and the scores."""
    required = parts.required
    if required is None:
        return ""
    lines = []
    if required.supplied:
        names = ", ".join(required.supplied)
        lines.append(f"- Stated by a person in the sample sheet, not by the instrument: {names}.")
    if missing := required.names("missing"):
        lines.append(f"- Stated by nobody, though asked for: {', '.join(missing)}.")
    if required.disagreements:
        lines.append(
            f"- The sheet says otherwise, the source's own values stand: {', '.join(required.disagreements)}."
        )
    tiers = ", ".join(f"tier {score.tier} {score.filled} of {score.applicable}" for score in required.nbo)
    if tiers:
        lines.append(f"- 4DN-BINA-OME (NBO) v02-01, slots filled of those that apply before sanitising: {tiers}.")
    lines.append(f"- REMBI minimum: {required.rembi.filled} of {required.rembi.applicable}.")
    return "How complete the metadata are:\n\n" + "\n".join(lines) + "\n\n"


def _approved(written: Written) -> str:
    """Say who approved what the policy does, as far as the policy lets that be known."""
    log, when = written.parts.log, approved_when(written)
    by = f"by {markdown_text(log.approver)}" if log.approver else "by a person whom the policy does not name"
    if log.approval is not None:
        told = f"What becomes of each key was approved before anything was converted, {by}"
        return f"{told}, {when} ({markdown_text(log.approval.command)}).\n\n"
    return f"The sample sheet names who approved the release: {by[3:]}.\n\n" if log.approver else ""


def _vault(parts: ObjectParts) -> str:
    """Say that what was taken out is kept, apart from here."""
    if parts.log.hmac_key is None:
        return ""
    return (
        "What was taken out is kept apart from this object. With `values_hmac` of a change, whoever holds the key\n"
        "of that place can prove what stood there; without the key it tells nothing.\n\n"
    )


def _images(parts: ObjectParts) -> str:
    """Say which of a slide's images the policy left out, and what the pixels of the others may show."""
    told = left_out_text(parts.log.images)
    lines = [f"The policy also speaks of a slide's label, macro and thumbnail: {told}."] if told else []
    if parts.log.burnt_in in ("stated", "likely"):
        reason = markdown_text(parts.log.burnt_in_reason or "")
        lines.append(f"The pixels may show text that names people ({parts.log.burnt_in}): {reason}.")
    return "".join(f"{line}\n\n" for line in lines)


def _levels(parts: ObjectParts) -> str:
    """Say how the smaller levels came about, whose values nobody has measured."""
    images = [image for image in parts.pixels.images if len(image.levels) > 1]
    if not images:
        return ""
    words = {"mean 2x2": "the mean of 2 x 2 pixels", "nearest": "one of each 2 x 2 pixels"}
    made = sorted({words[image.downsampling] for image in images if image.downsampling in words})
    told = [f"were made by Fixative, each from the one before: {' or '.join(made)}"] if made else []
    if any(level.from_source for image in images for level in image.levels):
        told.append("are the source's own where the record of pixels says so")
    return (
        f"The full size is what was measured. Smaller levels, for viewers,\n{'; they '.join(told)}.\n"
        f"Which for each image stands in `{parts.image_name}.pixels.json`.\n\n"
    )


def _incomplete(parts: ObjectParts) -> str:
    """Say of an incomplete source that only its whole planes are here."""
    if parts.incomplete is None:
        return ""
    return (
        f"The source was not whole when it was archived; {markdown_text(parts.incomplete)}. Only planes of which\n"
        f"every byte was there are in the image; the others are listed as missing in\n"
        f"`{parts.image_name}.pixels.json`.\n\n"
    )


def _witness(parts: ObjectParts) -> str:
    """Say whether a second reader has seen the pixels."""
    witness = parts.witness
    if witness.reader is None:
        return "No second reader has read the source."
    name = f"{witness.reader} {witness.version}"
    same = "the same" if witness.exact else "the same but for the last bits of a lossy codec"
    told = f"A second reader of another make, {name}, read {witness.planes} planes of the source and saw {same}."
    if witness.dissents:
        told += f" Others saw something else: {', '.join(dissent.reader for dissent in witness.dissents)}."
    return told


def _stated(written: Written) -> str:
    """List the sheet's columns; what it does not state is said to be not stated."""
    stated = sample(written)
    columns = {key: stated[key] for key in ("organism", "modality", "instrument", "owner", "notes")} | stated[
        "further"
    ]
    return "\n".join(
        f"- {markdown_text(name)}: {'not stated' if value is None else markdown_text(value)}"
        for name, value in columns.items()
    )
