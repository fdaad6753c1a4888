"""What was changed in OME-XML so that it is valid and true of the pixels."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from fixative import __version__
from fixative.models import MetadataDump, MetadataSource

if TYPE_CHECKING:
    from fixative.ome.reconcile.precedence import Disagreement


@dataclass(frozen=True)
class Correction:
    """One value that the source's OME-XML states and the archived one does not, or states otherwise.

    Restricted, like the dump: ``described`` may hold what a policy redacts.
    """

    image: int | None
    """Index of the image in the reader's order; None for what belongs to no single image."""
    field: str
    """Element and attribute: ``Pixels@SizeX``, ``Plane``, ``AcquisitionDate``."""
    described: str | None
    found: str | None
    """What stands there now; None where it was dropped."""
    reader: str | None = None
    """Whose document it was, where another's was the start of the archived one."""


def with_corrections(
    dump: MetadataDump, corrections: Sequence[Correction], disagreements: "Sequence[Disagreement]" = ()
) -> MetadataDump:
    """The dump with corrections and disagreements as further sources, so that they are sanitised as all else is."""
    found = {
        "correction": [asdict(one) for one in corrections],
        "disagreement": [asdict(one) for one in disagreements],
    }
    sources = [
        MetadataSource(
            kind=kind,
            file=dump.sources[0].file if dump.sources else "",
            tool="fixative",
            version=__version__,
            tree=tree,
        )
        for kind, tree in found.items()
        if tree
    ]
    return dump.model_copy(update={"sources": (*dump.sources, *sources)})
