"""Associated images of a slide: which are dropped, blanked or kept, and their metadata with them.

This is the one place that decides; converting writes what stays, verifying asks the record made here.

Labels carry names, numbers and barcodes. A macro shows the whole glass, and on most scanners the label with it
(legible on Hamamatsu's, seen on a real file), so that a label which is left out would stand there still. ImageDePHI
deletes macros (Aperio) and overviews (DICOM) and replaces labels; DICOM PS3.15 asks for cleaned pixel data
(https://dicom.nema.org/medical/dicom/current/output/chtml/part15/sect_E.3.html). A thumbnail is the image in
small, and goes its way: it is kept.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fixative.findings import RefusedSample
from fixative.models import ImageTreatment, Inventory, MetadataDump, SanitisationLog
from fixative.pixel_models import Pixels
from fixative.privacy.burnt_in import burnt_in
from fixative.privacy.image_documents import dump_without_images, ome_without_images
from fixative.privacy.policy import Policy

if TYPE_CHECKING:
    from fixative.privacy.apply import Sanitised
    from fixative.readers.protocol import Reader
    from fixative.readers.staying import StayingImages

NO_SLIDES = frozenset(("oif", "oib"))
"""Formats in which a "macro" is a reference image of the specimen through the same microscope: no glass, no label."""


def treatments(policy: Policy, dump: MetadataDump, fmt: str) -> tuple[ImageTreatment, ...]:
    """Decide what becomes of each associated image.

    Raises
    ------
    RefusedSample
        SAN003 where no image would be left.
    """
    found = []
    for image in dump.images:
        kind = "thumbnail" if image.kind == "macro" and fmt in NO_SLIDES else image.kind
        if kind != "image":
            rule = f"associated_images.{kind}"
            found.append(
                ImageTreatment(index=image.index, kind=image.kind, action=policy.image_action(kind), rule=rule)
            )
    if dump.images and sum(one.action == "drop" for one in found) == len(dump.images):
        kinds = ", ".join(sorted({one.kind for one in found}))
        reason = f"{policy.name} leaves out every image that there is ({kinds}): such a sample is not to be archived"
        raise RefusedSample("SAN003", reason=reason)
    return tuple(found)


def treat_images(clean: "Sanitised", policy: Policy, dump: MetadataDump, inventory: Inventory) -> "Sanitised":
    """Take images that are left out from all that was sanitised, and say what the pixels of the others may show.

    Parameters
    ----------
    clean : Sanitised
    policy : Policy
    dump : MetadataDump
        As the source says it.
    inventory : Inventory

    Raises
    ------
    RefusedSample
        SAN003 where no image would be left; SAN005 where the source states that its pixels name somebody and the
        policy refuses that.
    """
    from dataclasses import replace

    decided = treatments(policy, dump, inventory.format)
    state, reason = burnt_in(dump, decided)
    if state == "stated" and policy.burnt_in == "refuse":
        raise RefusedSample("SAN005", policy=policy.name, reason=reason)
    log = clean.log.model_copy(update={"images": decided, "burnt_in": state, "burnt_in_reason": reason})
    gone = {one.index: one.rule for one in decided if one.action == "drop"}
    if not gone:
        return replace(clean, log=log)
    return replace(
        clean,
        log=log,
        ome_xml=ome_without_images(clean.ome_xml, gone),
        dump=dump_without_images(clean.dump, dump, gone),
    )


def staying_images(reader: "Reader", log: SanitisationLog, dump: MetadataDump) -> "StayingImages":
    """Give the reader less what the policy leaves out.

    Raises
    ------
    RefusedSample
        CNV003 where it lists other images than when they were decided about.
    """
    from fixative.readers.staying import StayingImages, kind_of

    listed = [(image.index, kind_of(image), image.size_y, image.size_x) for image in reader.images]
    decided = [(image.index, image.kind, image.size_y, image.size_x) for image in dump.images]
    if listed != decided:
        expected, found = (", ".join(str(one[1]) for one in images) or "none" for images in (decided, listed))
        raise RefusedSample("CNV003", expected=expected, found=found, where="list of images")
    return StayingImages(reader, {one.index: one.action for one in log.images})


def pixels_as_left(pixels: Pixels, reader: "StayingImages") -> Pixels:
    """Note in the record of pixels which images are blanked, and where each stood in the source."""
    moved = reader.sources != tuple(range(len(reader.sources)))
    images = tuple(
        image.model_copy(update={"blanked": number in reader.blanked, "source_index": source if moved else None})
        for number, (image, source) in enumerate(zip(pixels.images, reader.sources, strict=True))
    )
    return pixels.model_copy(update={"images": images})


def require_left_out(log: SanitisationLog, pixels: Pixels, dump: MetadataDump) -> None:
    """Refuse a written file that holds an image which the policy leaves out, or lacks another.

    Raises
    ------
    RefusedSample
        SAN002 for an image that should not be there, VER003 for one that should.
    """
    actions = {one.index: one for one in log.images}
    for image in pixels.images:
        asked = actions.get(image.of_source)
        if asked and (asked.action == "drop" or (asked.action == "blank") != image.blanked):
            raise RefusedSample("SAN002", where=f"image {image.index} ({asked.kind})", rule=asked.rule)
    dropped = sum(one.action == "drop" for one in log.images)
    if dump.images and len(pixels.images) != len(dump.images) - dropped:
        expected = f"{len(dump.images) - dropped} images"
        raise RefusedSample("VER003", expected=expected, found=f"{len(pixels.images)} images")


def left_out_text(images: Sequence[ImageTreatment]) -> str:
    """Say for a person which images were dropped or blanked; empty where none was."""
    told = []
    for action, word in (("drop", "left out"), ("blank", "blanked")):
        kinds = [one.kind for one in images if one.action == action]
        if kinds:
            told.append(f"{len(kinds)} of the source's images {word} ({', '.join(kinds)})")
    return "; ".join(told)
