"""Verification of one sample before it is sealed: the written file, against the records of its source."""

from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Pixels, Verification
from fixative.privacy.search import Search
from fixative.privacy.store import read_secrets
from fixative.verify.tiff import verify_ome_tiff


def verify_sample(folder: Path, staging: Path, sample_id: str, threads: int) -> Verification:
    """Read STAGING/<sample>/<sample>.ome.tiff once: its digests, every plane, its OME-XML, private values.

    Tags and whatever else lies outside the tiles are searched at full sensitivity, tiles for values that do not
    stand in random bytes by chance.

    Parameters
    ----------
    folder
        The sample's records: ``pixels.json`` and ``private/secrets.json`` are read.
    threads
        Threads that decode tiles.

    Raises
    ------
    RefusedSample
        VER001 for pixels, VER002 for OME-XML, VER003 for structure, SAN002 for a private value that was found.
    """
    path = staging / f"{sample_id}.ome.tiff"
    pixels = Pixels.model_validate_json((folder / "pixels.json").read_bytes())
    search = Search(read_secrets(folder / "private/secrets.json"))
    stream = search.stream(path.name, opaque=True)
    digests = verify_ome_tiff(path, pixels, threads=threads, observe=stream.update, file_name=path.name)
    stream.finish()
    search.tiff(path.name, path)
    if search.hits:
        hit = search.hits[0]
        raise RefusedSample("SAN002", where=hit.where, rule=hit.rule)
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
    )
