"""What the documents of an object are compared with: its files as they are, and what the bag says of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fixative.pixel_models import Pixels
from fixative.verify.report import Told

Payload = Mapping[str, Mapping[str, str]]
"""For each file below ``data/``, the digests that the manifests state, by algorithm."""


@dataclass(frozen=True)
class Facts:
    """One object, as far as it is known without its documents."""

    sample: str
    """Name of the sample by the names of its files: the folder may be a renamed copy."""
    payload: Payload
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Bytes of each file below ``data/`` that is there."""
    info: Mapping[str, str] = field(default_factory=dict)
    """Fields of bag-info.txt."""
    pixels: Pixels | None = None
    premis_schema: Path | None = None
    """premis.xsd, where it is at hand."""

    @property
    def image(self) -> str:
        """Name of the image below ``data/``."""
        return f"{self.sample}.ome.tiff"


DAMAGE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    StopIteration,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What a document that was edited to anything can bring about where it is looked at: a finding, never a traceback."""

DocumentCheck = Callable[[bytes, Facts], Iterable[Told]]
