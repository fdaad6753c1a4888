"""Conversion of one sample: the reader's planes and the sanitised OME-XML become one file in staging."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fixative.archive_profile import OmeTiff
from fixative.files import FileState
from fixative.findings import RefusedSample
from fixative.models import Inventory, MetadataDump, Record, SanitisationLog
from fixative.readers.options import ReaderOptions
from fixative.records import key_of, read_record

if TYPE_CHECKING:
    from fixative.image.ome_tiff import Rows, Tags
    from fixative.prediction import Prediction
    from fixative.progress import Progress
    from fixative.readers.protocol import ImageInfo
    from fixative.readers.staying import StayingImages
    from fixative.stage import Sample


class Converted(Record):
    """The file in staging that an earlier run wrote (`converted.json`)."""

    bytes: int
    mtime_ns: int
    inode: int


def convert_sample(sample: "Sample", options: OmeTiff, readers: ReaderOptions, threads: int) -> None:
    """Write STAGING/<sample>/<sample>.ome.tiff, `thumbnail.png` and the records of what was written.

    Raises
    ------
    RefusedSample
        INV007 when the source is not the one that was inventoried; CNV001 to CNV003.
    """
    from fixative.files import write_bytes
    from fixative.image.display import channel_colours, pixels_per_cm
    from fixative.image.geo_tags import carried_tags, record_of
    from fixative.image.levels import levels_of, told_levels
    from fixative.image.ome_tiff import write_ome_tiff
    from fixative.image.picture import picture_of
    from fixative.image.thumbnail import make_thumbnail
    from fixative.inventory import ensure_unchanged
    from fixative.ome.build import complete_for_tiff
    from fixative.page_cache import SourceBehind
    from fixative.privacy.images import pixels_as_left, staying_images
    from fixative.readers.whole_planes import open_inventoried

    inventory = sample.read(Inventory, "inventory.json")
    dump = sample.read(MetadataDump, "metadata/dump.json")
    ensure_unchanged(inventory)
    path = staged_tiff(sample)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    reader, _ = open_inventoried(inventory, _as_described(readers, inventory.format, dump.reader))
    try:
        if reader.backend != dump.reader:
            raise RefusedSample(
                "CNV003", expected=dump.reader, found=reader.backend, where="the reader that opened it"
            )
        log = sample.read(SanitisationLog, "sanitised/log.json")
        staying = staying_images(reader, log, dump)
        ome_xml = (sample.folder / "sanitised/ome.xml").read_bytes()
        pyramids = [told_levels(levels_of(image, options)) for image in staying.images]
        uuid = _uuid(sample, inventory, options)
        ome_xml = complete_for_tiff(ome_xml, staying.images, path.name, uuid, pyramids)
        carried = carried_tags(reader.images, inventory, dump, sample.read(MetadataDump, "sanitised/dump.json"))
        carried = tags_of_staying(carried, reader.images, staying)
        sample.write("prediction.json", _prediction(sample, inventory, staying.images))
        progress = _progress(sample, staying.images)
        source = SourceBehind(file.path for file in inventory.files)
        per_cm = pixels_per_cm(ome_xml)

        def advance(planes: int, pixel_bytes: int) -> None:
            progress.advance(planes, pixel_bytes)
            source.took(pixel_bytes)

        written = write_ome_tiff(
            staying,
            path,
            ome_xml=ome_xml,
            options=options,
            threads=threads,
            resolutions=per_cm,
            advance=advance,
            carried=carried,
        )
        progress.done()
    finally:
        reader.close()
    source.finish()
    ensure_unchanged(inventory)
    colours = channel_colours(ome_xml) if written.shown == 0 else []
    picture = make_thumbnail(written.preview or no_picture(), colours)
    write_bytes(sample.folder / "thumbnail.png", picture, durable=False)
    sample.write("picture.json", picture_of(written, ome_xml, colours, per_cm))
    read_by = f"planes as {reader.backend} read them, while converting"
    sample.write("histogram_source.json", written.sampler.histogram(read_by))
    sample.write("pixels.json", pixels_as_left(written.pixels, staying))
    sample.write("carried_tags.json", record_of(carried))
    state = FileState.of(path)
    sample.write("converted.json", Converted(bytes=state.bytes, mtime_ns=state.mtime_ns, inode=state.inode))


def _progress(sample: "Sample", images: "Sequence[ImageInfo]") -> "Progress":
    from fixative.progress import Progress

    return Progress(
        sample.log.info,
        label=sample.row.sample_id,
        total_planes=sum(image.planes - len(image.left_out) for image in images),
        total_bytes=sum(_image_bytes(image) for image in images),
    )


def _prediction(sample: "Sample", inventory: Inventory, images: "Sequence[ImageInfo]") -> "Prediction":
    from fixative.prediction import predict

    types = "+".join(sorted({image.dtype for image in images}))
    return predict(sample.folder.parent.parent, inventory.format, types, sum(map(_image_bytes, images)))


def is_converted(sample: "Sample") -> bool:
    """Whether the staged file is still the one that `converted.json` speaks of."""
    record = read_record(Converted, sample.folder / "converted.json")
    path = staged_tiff(sample)
    if record is None or not path.is_file():
        return False
    state = FileState.of(path)
    return (record.bytes, record.mtime_ns, record.inode) == (state.bytes, state.mtime_ns, state.inode)


def _as_described(readers: ReaderOptions, fmt: str, backend: str) -> ReaderOptions:
    """Try the reader that described the source first: which one opens a source may depend on the job's memory.

    A job that was killed is tried again with more of it, and the description is kept.
    """
    from fixative.formats import FORMATS

    others = (other for other in readers.order.get(fmt, FORMATS[fmt].backends) if other != backend)
    return replace(readers, order={**readers.order, fmt: (backend, *others)})


def staged_tiff(sample: "Sample") -> Path:
    """Path of the sample's image until it is sealed."""
    return sample.staging / f"{sample.row.sample_id}.ome.tiff"


def _uuid(sample: "Sample", inventory: Inventory, options: OmeTiff) -> str:
    """UUID version 5 of all that makes this file what it is: no host, no time (OME: ``urn:uuid:...``)."""
    import uuid

    policy = sample.read(SanitisationLog, "sanitised/log.json")
    name = key_of(
        source=inventory.fileset_sha256,
        sample=sample.row.sample_id,
        policy=policy.policy_sha256,
        ome_tiff=options.model_dump(),
    )
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'urn:fixative:{name}')}"


def tags_of_staying(
    carried: Sequence["Tags"], listed: Sequence["ImageInfo"], staying: "StayingImages"
) -> list["Tags"]:
    """Tags of the directories of the images that stay, of those of all images; a blanked one carries none."""
    if not carried:
        return []
    pages = [image.planes - len(image.left_out) + bool(image.left_out) for image in listed]
    found: list[Tags] = []
    for number, source in enumerate(staying.sources):
        start = sum(pages[:source])
        tags = list(carried[start : start + pages[source]])
        found += [{} for _ in tags] if number in staying.blanked else tags
    return found


def no_picture() -> "list[Rows]":
    """Black, for a sample of which nothing may be shown in small: a label that the policy keeps."""
    import numpy as np

    return [np.zeros((64, 64), np.uint8)]


def _image_bytes(image: "ImageInfo") -> int:
    import numpy as np

    plane = image.size_y * image.size_x * image.samples * np.dtype(image.dtype).itemsize
    return int((image.planes - len(image.left_out)) * plane)
