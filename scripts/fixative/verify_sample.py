"""Verification of one sample before it is sealed: the written file, against the records of its source.

It asks readers and looks for secrets, so it stands outside `fixative.verify`, which needs nothing but the object.
"""

from functools import partial
from pathlib import Path

import numpy as np

from fixative.findings import RefusedSample
from fixative.inventory import ensure_unchanged
from fixative.metadata_diff.gate import MetadataAsked, Sample, metadata_of_sample
from fixative.models import Inventory, MetadataDump, SanitisationLog
from fixative.pixel_models import Pixels
from fixative.privacy.images import require_left_out
from fixative.privacy.scanners import Scanners
from fixative.privacy.search import Search
from fixative.privacy.store import read_secrets
from fixative.progress import begin_work, count_done
from fixative.readers.options import ReaderOptions
from fixative.records import write_record
from fixative.sampled_histogram import Sampler
from fixative.verification_models import CarriedTags, Verification
from fixative.verify.tiff import verify_ome_tiff
from fixative.verify.tiles import Samples
from fixative.verify.watch import Look
from fixative.witness.archived import decoded_by_another
from fixative.witness.attest import Asked, attest


def verify_sample(
    folder: Path,
    staging: Path,
    sample_id: str,
    *,
    readers: ReaderOptions,
    witness: Asked,
    metadata: MetadataAsked,
    threads: int,
) -> Verification:
    """Read STAGING/<sample>/<sample>.ome.tiff once: its digests, every plane, its OME-XML, private values.

    Then one reader looks at the metadata of source and archive, see `fixative.metadata_diff`, and the source is
    read again by a second reader: see `fixative.witness`.

    Tags and whatever else lies outside the tiles are searched at full sensitivity, tiles, as they lie in the file
    and decoded, for values that do not stand in random bytes by chance. So are, at full sensitivity, the words of
    the second scanners: see `fixative.privacy.scanners`.

    Parameters
    ----------
    folder
        The sample's records: ``inventory.json``, ``metadata/dump.json``, ``pixels.json``,
        ``carried_tags.json``, ``private/secrets.json`` and the sanitised dump and log are read;
        ``histogram_archive.json`` and ``metadata_diff.json`` are written, the latter also where the sample is
        refused for it.
    readers, witness
        Settings of the readers, and whether a second one is asked.
    metadata
        Whether metadata are compared, and what may be lost.
    threads
        Threads that decode tiles.

    Raises
    ------
    RefusedSample
        VER001 for pixels, VER002 for OME-XML, VER003 for structure, SAN002 for a private value that was found,
        VER007 for metadata, VER005 and VER006 for the second reader, INV007 when the source changed meanwhile.
    """
    path = staging / f"{sample_id}.ome.tiff"
    pixels = Pixels.model_validate_json((folder / "pixels.json").read_bytes())
    search = Search(read_secrets(folder / "private/secrets.json"))
    scanners = Scanners(search, staging)
    stream, planes = search.stream(path.name, opaque=True), search.streams()
    carried = CarriedTags.model_validate_json((folder / "carried_tags.json").read_bytes())
    sampler = _sampler(pixels)
    digests = verify_ome_tiff(
        path,
        pixels,
        threads=threads,
        look=_counting(pixels, sampler.see),
        observe=stream.update,
        observe_plane=lambda where: planes.begin(f"{path.name}, pixels of {where}"),
        file_name=path.name,
        carried=carried,
    )
    write_record(folder / "histogram_archive.json", sampler.histogram("tiles read back and decoded, while verifying"))
    stream.finish()
    planes.finish()
    search.tiff(path.name, path)
    directories = sum(len(level.planes) for image in pixels.images for level in image.levels)
    scanners.exiftool(path.name, path, directories=directories)
    scanners.exiftool("thumbnail.png", folder / "thumbnail.png")
    _refuse_hits(search)
    inventory = Inventory.model_validate_json((folder / "inventory.json").read_bytes())
    dump = MetadataDump.model_validate_json((folder / "metadata/dump.json").read_bytes())
    require_left_out(SanitisationLog.model_validate_json((folder / "sanitised/log.json").read_bytes()), pixels, dump)
    ensure_unchanged(inventory)
    listen = partial(scanners.bioformats, path.name)
    diff = metadata_of_sample(path, folder, Sample(inventory, dump, pixels), readers, metadata, listen)
    attestation = attest(inventory, dump, pixels, readers, witness)
    decoded_by = decoded_by_another(path, pixels, readers)
    scanners.bioformats_if_running(path.name, path, readers)
    _refuse_hits(search)
    ensure_unchanged(inventory)
    levels = [level for image in pixels.images for level in image.levels]
    return Verification(
        file=path.name,
        bytes=digests.bytes,
        sha256=digests.sha256,
        sha512=digests.sha512,
        planes=sum(len(level.planes) for level in levels if level.level == 0),
        planes_of_all_levels=sum(len(level.planes) for level in levels),
        root_sha256=pixels.root_sha256,
        private_values_searched=len(search.secrets),
        private_values_scanners=scanners.used,
        witness=attestation,
        metadata=diff,
        decoded_by=decoded_by,
    )


def _sampler(pixels: Pixels) -> Sampler:
    """Make ready to take samples of the planes that the file must hold."""
    sampler = Sampler()
    for image in pixels.images:
        places = [(plane.t, plane.c, plane.z) for plane in image.levels[0].planes]
        sampler.image(image.index, image.size_y, image.size_x, places)
    return sampler


def _counting(pixels: Pixels, look: Look) -> Look:
    """Count what is read back, for those who watch; then look at it."""
    images = {image.index: image for image in pixels.images}
    pixel_bytes = {
        index: image.size_y * image.size_x * image.samples * np.dtype(image.dtype).itemsize
        for index, image in images.items()
    }
    planes = {index: len(image.levels[0].planes) for index, image in images.items()}
    begin_work(sum(planes.values()), sum(count * pixel_bytes[index] for index, count in planes.items()))

    def see(index: int, place: tuple[int, int, int], row: int, rows: Samples) -> None:
        count_done(int(row + len(rows) >= images[index].size_y), rows.nbytes)
        look(index, place, row, rows)

    return see


def _refuse_hits(search: Search) -> None:
    if search.hits:
        hit = search.hits[0]
        raise RefusedSample("SAN002", where=hit.where, rule=hit.rule)
