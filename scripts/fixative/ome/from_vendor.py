"""Facts for OME-XML out of the vendor's metadata: one function for each kind, dispatched by a table.

A function states only what its source states with unit and meaning; anything doubtful stays in the dump.
Further kinds are further lines of `_BY_KIND`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from fixative.models import MetadataDump
from fixative.ome import (
    from_confocal,
    from_czi,
    from_dicom,
    from_em,
    from_films,
    from_geo,
    from_plate,
    from_scitiff,
    from_slides,
    from_stacks,
    from_tiff,
    from_volumes,
)
from fixative.ome.facts import ImageFacts
from fixative.readers.protocol import ImageInfo

Facts = Sequence[ImageFacts | None]

_BY_KIND: dict[str, Callable[[Any, Any, Sequence[ImageInfo]], Facts]] = {
    "scitiff": from_scitiff.scitiff,
    "imagej": from_tiff.imagej,
    "lsm": from_tiff.lsm,
    "svs": from_tiff.svs,
    "fei": from_tiff.fei,
    "sem": from_tiff.zeiss_sem,
    "sis": from_tiff.olympus_sis,
    "metaseries": from_tiff.metaseries,
    "metamorph": from_tiff.metamorph,
    "metaxpress": from_plate.metaxpress,
    "micromanager": from_tiff.micromanager,
    "czi": from_czi.czi,
    "lif": from_stacks.lif,
    "mrc": from_stacks.deltavision,
    "ome_zarr": from_stacks.ome_zarr,
    "openslide": from_slides.openslide,
    "gdal": from_geo.gdal,
    "rosettasciio": from_em.rosettasciio,
    "oif": from_confocal.oif,
    "imaris": from_confocal.imaris,
    "sif": from_confocal.sif,
    "spe": from_confocal.spe,
    "dicom": from_dicom.dicom,
    "nifti": from_volumes.nifti,
    "mgh": from_volumes.mgh,
    "minc": from_volumes.minc,
    "fits": from_volumes.fits,
    "av": from_films.film,
    "tiff": from_tiff.resolution,
}
"""In order of trust: an earlier kind's fact stands, a later one fills what is left."""


def facts_of(dump: MetadataDump, images: Sequence[ImageInfo]) -> list[ImageFacts | None]:
    """What the dump's sources surely state of each image; None where there is nothing."""
    first: dict[str, Any] = {}
    for source in dump.sources:
        first.setdefault(source.kind, source.tree)
    tiff = first.get("tiff")
    facts: list[ImageFacts | None] = [None] * len(images)
    for kind, find in _BY_KIND.items():
        # Micro-Manager's resolution tags say 1 µm when nobody has calibrated: its own metadata decide
        if kind in first and not (kind == "tiff" and "micromanager" in first):
            found = list(find(first[kind], tiff, images))
            found += [None] * (len(images) - len(found))
            facts = [_joined(known, new) for known, new in zip(facts, found, strict=False)]
    return facts


def _joined(known: ImageFacts | None, new: ImageFacts | None) -> ImageFacts | None:
    """Facts of two sources; the first has the word."""
    if known is None or new is None:
        return known or new
    return replace(
        known,
        acquisition_date=known.acquisition_date or new.acquisition_date,
        size=known.size or new.size,
        time_increment=known.time_increment or new.time_increment,
        channels=known.channels or new.channels,
        microscope=known.microscope or new.microscope,
        objective=known.objective or new.objective,
    )
