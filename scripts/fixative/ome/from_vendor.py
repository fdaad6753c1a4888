"""Facts for OME-XML out of the vendor's metadata: one function for each kind, dispatched by a table.

A function states only what its source states with unit and meaning; anything doubtful stays in the dump.
Further kinds are further lines of `_BY_KIND`.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

from fixative.models import MetadataDump
from fixative.ome.facts import ChannelFacts, ImageFacts
from fixative.ome.vendor import (
    cameras,
    czi,
    czi_graphics,
    czi_planes,
    deltavision,
    dicom,
    electron,
    films,
    geo,
    imagej,
    imaris,
    lif,
    lsm,
    metamorph,
    micromanager,
    nd2,
    olympus,
    ome_zarr,
    pages,
    scitiff,
    sem,
    slides,
    tags,
    volumes,
)
from fixative.ome.vendor.planes import joined, with_exposures
from fixative.readers.protocol import ImageInfo

Facts = Sequence[ImageFacts | None]

_BY_KIND: dict[str, Callable[[Any, Any, Sequence[ImageInfo]], Facts]] = {
    "scitiff": scitiff.scitiff,
    "imagej": imagej.imagej,
    "lsm": lsm.lsm,
    "svs": slides.svs,
    "qpi": pages.qptiff,
    "scn": pages.scn,
    "scanimage": pages.scanimage,
    "ndpi": slides.ndpi,
    "fei": sem.fei,
    "sem": sem.zeiss_sem,
    "sis": sem.olympus_sis,
    "metaseries": metamorph.metaseries,
    "metamorph": metamorph.metamorph,
    "metaxpress": metamorph.metaxpress,
    "micromanager": micromanager.micromanager,
    "czi": czi.czi,
    "nd2": nd2.nd2,
    "lif": lif.lif,
    "mrc": deltavision.deltavision,
    "ome_zarr": ome_zarr.ome_zarr,
    "openslide": slides.openslide,
    "gdal": geo.gdal,
    "rosettasciio": electron.rosettasciio,
    "oif": olympus.oif,
    "imaris": imaris.imaris,
    "sif": cameras.sif,
    "spe": cameras.spe,
    "dicom": dicom.dicom,
    "nifti": volumes.nifti,
    "itk": volumes.nrrd,
    "mgh": volumes.mgh,
    "minc": volumes.minc,
    "fits": volumes.fits,
    "av": films.film,
}
"""In order of trust: an earlier kind's fact stands, a later one fills what is left."""

_OF_TAGS = (slides.tagged, tags.resolution)


def facts_of(dump: MetadataDump, images: Sequence[ImageInfo]) -> list[ImageFacts | None]:
    """What the dump's sources surely state of each image; None where there is nothing."""
    first: dict[str, Any] = {}
    for source in dump.sources:
        first.setdefault(source.kind, source.tree)
    tiff = first.get("tiff")
    found = [find(first[kind], tiff, images) for kind, find in _BY_KIND.items() if kind in first]
    if "czi" in first:
        found += [find(first, tiff, images) for find in (czi_planes.czi_planes, czi_graphics.czi_graphics)]
    # Micro-Manager's resolution tags say 1 µm when nobody has calibrated: its own metadata decide
    if "tiff" in first and "micromanager" not in first:
        found += [find(tiff, tiff, images) for find in _OF_TAGS]
    facts: list[ImageFacts | None] = [None] * len(images)
    for each in found:
        padded = [*each, *[None] * (len(images) - len(each))]
        facts = [_joined(known, new) for known, new in zip(facts, padded, strict=True)]
    return [_finished(known, image) for known, image in zip(facts, images, strict=True)]


def _finished(known: ImageFacts | None, image: ImageInfo) -> ImageFacts | None:
    """Exposures of images and channels as those of their planes."""
    return None if known is None else replace(known, planes=with_exposures(known, image))


def _joined(known: ImageFacts | None, new: ImageFacts | None) -> ImageFacts | None:
    """Facts of two sources, field by field; the first has the word."""
    if known is None or new is None:
        return known or new
    whole = {field.name: getattr(known, field.name) or getattr(new, field.name) for field in fields(ImageFacts)}
    whole["channels"] = _joined_channels(known.channels, new.channels)
    whole["planes"] = joined(known.planes, new.planes)
    return ImageFacts(**whole)


def _joined_channels(known: tuple[ChannelFacts, ...], new: tuple[ChannelFacts, ...]) -> tuple[ChannelFacts, ...]:
    """Channels of two sources, where there are as many of one as of the other."""
    if len(known) != len(new):
        return known or new
    return tuple(
        ChannelFacts(**{f.name: _first(getattr(one, f.name), getattr(other, f.name)) for f in fields(ChannelFacts)})
        for one, other in zip(known, new, strict=True)
    )


def _first(one: Any, other: Any) -> Any:
    return other if one is None or one == () else one
