"""Small images, written by tifffile, and archive objects made of them: for tests of verifying and sealing."""

import itertools
import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest
import tifffile

from fixative.files import digest_bytes
from fixative.models import (
    STEPS,
    Completeness,
    Inventory,
    MetadataDump,
    MetadataSource,
    Redaction,
    SampleRow,
    SanitisationLog,
    StepOutcome,
)
from fixative.package.assemble import ObjectParts, assemble_object
from fixative.package.seal import seal_object
from fixative.pixel_models import ImagePixels, LevelPixels, Pixels, PlaneDigest
from fixative.plane_digests import root_digest, start_plane, update_rows
from fixative.verification_models import Attestation
from sources import source_file

NOW = datetime(2026, 11, 21, 3, 0, 0, tzinfo=UTC)
UUID = uuid.uuid5(uuid.NAMESPACE_URL, "fixative-test").urn
OME_TYPES = {
    "bool": "bit",
    "complex64": "complex",
    "complex128": "double-complex",
    "float32": "float",
    "float64": "double",
}


def stack(dtype="uint16", t=1, c=2, z=2, y=70, x=90, samples=1):
    """Values of shape (T, C, Z, Y, X[, samples]) in which no two planes are the same."""
    random = np.random.default_rng(7).random((t, c, z, y, x, samples))
    scaled = random > 0.5 if dtype == "bool" else (random * 90).astype(dtype)
    return scaled if samples > 1 else scaled[..., 0]


def levels_of(image, count):
    """The image and its smaller versions, every second pixel of the one before."""
    levels = [image]
    for _ in range(count - 1):
        height, width = levels[-1].shape[3] // 2, levels[-1].shape[4] // 2
        levels.append(levels[-1][:, :, :, ::2, ::2][:, :, :, :height, :width])
    return levels


def places(image):
    """(t, c, z) of every plane in file order."""
    return list(itertools.product(*(range(size) for size in image.shape[:3])))


def sha256_of(plane):
    samples = plane.shape[2] if plane.ndim == 3 else 1
    digest = start_plane(str(plane.dtype), plane.shape[0], plane.shape[1], samples)
    update_rows(digest, plane)
    return digest.hexdigest()


def pixels_of(images, levels=2):
    """The record of pixels that the converter would have written."""
    records = []
    for index, image in enumerate(images):
        t, c, z, y, x = image.shape[:5]
        records.append(
            ImagePixels(
                index=index,
                dtype=str(image.dtype),
                size_t=t,
                size_c=c,
                size_z=z,
                size_y=y,
                size_x=x,
                samples=image.shape[5] if image.ndim == 6 else 1,
                downsampling="nearest" if levels > 1 else "none",
                levels=tuple(
                    LevelPixels(
                        level=number,
                        size_y=level.shape[3],
                        size_x=level.shape[4],
                        planes=tuple(
                            PlaneDigest(t=t, c=c, z=z, sha256=sha256_of(level[t, c, z])) for t, c, z in places(level)
                        ),
                    )
                    for number, level in enumerate(levels_of(image, levels))
                ),
            )
        )
    return Pixels(root_sha256=root_digest(records), images=tuple(records))


def ome_xml(images, file_name="A.ome.tiff", big_endian=False):
    """A valid OME-XML document that says what is in the file."""
    ifd = 0
    text = [f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="{UUID}">']
    for index, image in enumerate(images):
        t, c, z, y, x = image.shape[:5]
        samples = image.shape[5] if image.ndim == 6 else 1
        kind = OME_TYPES.get(str(image.dtype), str(image.dtype))
        text.append(
            f'<Image ID="Image:{index}"><Pixels ID="Pixels:{index}" DimensionOrder="XYZCT" Type="{kind}" '
            f'SizeX="{x}" SizeY="{y}" SizeZ="{z}" SizeC="{c * samples}" SizeT="{t}" '
            f'BigEndian="{str(big_endian).lower()}">'
        )
        text += [f'<Channel ID="Channel:{index}:{n}" SamplesPerPixel="{samples}"/>' for n in range(c)]
        for t, c, z in places(image):
            text.append(
                f'<TiffData IFD="{ifd}" FirstT="{t}" FirstC="{c}" FirstZ="{z}" PlaneCount="1">'
                f"<UUID FileName={quoteattr(file_name)}>{UUID}</UUID></TiffData>"
            )
            ifd += 1
        text.append("</Pixels></Image>")
    return "".join([*text, "</OME>"])


def write_tiff(path, images, levels=2, description=None, tile=32, subfiletype=1, byteorder="<", **options):
    """Write planes of all images with tifffile, tiled, their levels in SubIFDs."""
    xml = description or ome_xml(images, path.name, byteorder == ">")
    shared = {"tile": (tile, tile), "metadata": None, "software": False, **options}
    with tifffile.TiffWriter(path, ome=False, byteorder=byteorder, bigtiff=options.pop("bigtiff", False)) as tiff:
        shared.pop("bigtiff", None)
        for image in images:
            pyramid = levels_of(image, levels)
            shared["photometric"] = "rgb" if image.ndim == 6 else "minisblack"
            for t, c, z in places(image):
                tiff.write(pyramid[0][t, c, z], subifds=levels - 1, description=xml, **shared)
                xml = None
                for level in pyramid[1:]:
                    tiff.write(level[t, c, z], subfiletype=subfiletype, **shared)
    return path


@dataclass(frozen=True)
class Made:
    """A sealed object and what it was made of."""

    folder: Path
    parts: ObjectParts
    source: Path


def make_parts(folder: Path, sample="A", *, original=False, images=None, **row):
    """Stage a small image under ``folder`` and describe it."""
    folder.mkdir(parents=True, exist_ok=True)
    images = [stack()] if images is None else images
    tiff = write_tiff(folder / f"{sample}.ome.tiff", images, compression="zlib", predictor=True)
    source = folder / "mouse 7 (left).tif"
    source.write_bytes(b"source of " + sample.encode())
    file = source_file(source)
    return ObjectParts(
        row=SampleRow(line=2, sample_id=sample, source=source, dataset="set1", privacy_policy="facility", **row),
        inventory=Inventory(
            format="tiff",
            files=(file,),
            completeness=Completeness(checked=True, method="directories", promised_planes=4, present_planes=4),
            fileset_sha256="ab" * 32,
        ),
        dump=MetadataDump(
            reader="tifffile",
            reader_version="1",
            reader_library="none",
            sources=(MetadataSource(kind="tiff", file="public.tif", tool="tifffile", version="1", tree={"ifd": []}),),
        ),
        log=SanitisationLog(
            policy="facility",
            policy_version="1",
            policy_sha256="cd" * 32,
            strict=True,
            redactions=(Redaction(key="tiff:/ifd[0]/Artist", action="X", rule="people"),),
            kept_keys=12,
            approver="Data Protection Office",
        ),
        names={source.name: "public.tif"},
        pixels=pixels_of(images),
        witness=Attestation(asked="independent", reader="bioformats", version="7", library="Bio-Formats", planes=4),
        tiff=tiff,
        tiff_digests=digest_bytes(tiff.read_bytes()),
        thumbnail=b"\x89PNG\r\n\x1a\n",
        outcomes=tuple(
            StepOutcome(
                sample=sample,
                step=step,
                outcome="success",
                started="2026-11-21T02:00:00Z",
                ended="2026-11-21T02:00:01Z",
            )
            for step in STEPS
        ),
        settings={"ome_tiff": {"compression": "deflate"}},
        original=original,
    )


def with_members(parts: ObjectParts, count: int) -> ObjectParts:
    """Add files to a source, under names of their own."""
    main = parts.inventory.main
    added = [main.path.with_name(f"patient {number}.dat") for number in range(count)]
    for path in added:
        path.write_bytes(path.name.encode())
    members = [source_file(path).model_copy(update={"name": path.name, "role": "member"}) for path in added]
    names = {path.name: f"member {number}.dat" for number, path in enumerate(added)}
    inventory = parts.inventory.model_copy(update={"files": (main, *members)})
    return replace(parts, inventory=inventory, names={**parts.names, **names})


def make_object(folder: Path, sample="A", **options) -> Made:
    """Seal a small object under FOLDER/archive/set1/<sample>."""
    parts = make_parts(folder / "staging" / sample, sample, **options)
    partial = folder / "staging" / sample / "object"
    assemble_object(parts, partial, now=NOW)
    final = folder / "archive" / "set1" / sample
    seal_object(partial, final, source=parts.row.source)
    return Made(final, parts, parts.row.source)


def unlock(folder: Path) -> Path:
    """Make an object writable, as somebody who damages it has to."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def flip_bit(path: Path, position: int | None = None) -> None:
    """Flip one bit in the middle of a file, or at ``position``."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if position is None else position] ^= 1
    path.write_bytes(content)


def as_nobody(command, scripts: Path) -> subprocess.CompletedProcess:
    """Run a command as an ordinary user, which only root can do."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv to become another user")
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    run = subprocess.run([*user, *command], env={"PYTHONPATH": str(scripts)}, capture_output=True, text=True)
    if "Permission denied" in run.stderr and str(command[0]) in run.stderr:
        pytest.skip("an ordinary user may not run this Python")
    return run
