"""Ask second readers about a source, one after the other, until one has seen the same pixels."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Literal

from fixative.findings import RefusedSample
from fixative.formats import FORMATS
from fixative.models import Inventory, MetadataDump, ReaderTrial
from fixative.pixel_models import Pixels
from fixative.readers.backends import BACKENDS
from fixative.readers.guard import ensure_readable
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request
from fixative.readers.protocol import Reader
from fixative.verification_models import Attestation, Dissent
from fixative.witness.compare import Agreement, Comparison
from fixative.witness.rules import NO_COMPLEX, NO_LUMA_CHROMA, NOT_HEARD
from fixative.witness.said import conditions, is_luma_chroma

_NOT_ASKED = "not asked"

Asked = Literal["none", "independent", "required"]


def attest(
    inventory: Inventory, dump: MetadataDump, pixels: Pixels, options: ReaderOptions, asked: Asked
) -> Attestation:
    """Read the source again with a reader whose decoder is another code base, and compare every plane.

    One reader that agrees is enough; what others saw goes on record beside it.

    Parameters
    ----------
    inventory, dump, pixels
        What the source is, which reader opened it, and the digests of what was archived.
    options
        Settings of the readers.
    asked
        ``none``: no reader is asked. ``independent``: where there is one. ``required``: a source that none could
        read is refused; and so is, unless none is asked, a source that a reader before the converter's could not
        decode.

    Raises
    ------
    RefusedSample
        VER005 where readers disagree and none agrees, VER006 where one is required and none could read it.
    SourceLost
        Where the system could not read the source.
    """
    if asked == "none":
        return Attestation(asked=asked)
    if not inventory.completeness.whole:
        # Other readers fill in what is missing, or see another image: what they say proves nothing.
        if asked == "required":
            raise RefusedSample("VER006", tried="none is asked about a source that is incomplete")
        return Attestation(asked=asked)
    tried: list[ReaderTrial] = []
    dissents: list[Dissent] = []
    near: Attestation | None = None
    # Where one reader could not decode what another reads, the other may have filled in: two must agree.
    doubted = any(trial.undecodable for trial in dump.tried)
    for backend in witnesses(inventory.format, dump.reader, dump.reader_library, options):
        if reason := _not_asked(backend, inventory, dump, pixels):
            tried.append(ReaderTrial(backend=backend, error=f"{_NOT_ASKED}: {reason}"))
            continue
        found = _ask(backend, inventory, dump, pixels, options)
        if isinstance(found, Attestation) and found.exact:
            return _recorded(found, asked, tried, dissents)
        if isinstance(found, Attestation):
            # The next one may agree to the bit.
            near = near or found
            continue
        (dissents if isinstance(found, Dissent) else tried).append(found)  # type: ignore[arg-type]
    if near:
        return _recorded(near, asked, tried, dissents)
    if dissents:
        first = dissents[0]
        raise RefusedSample(
            "VER005",
            reader=f"{dump.reader} {dump.reader_version}",
            witness=f"{first.reader} {first.version}",
            where=first.finding,
        )
    if asked == "required" or doubted:
        reasons = "; ".join(f"{trial.backend}: {trial.error}" for trial in tried)
        raise RefusedSample("VER006", tried=reasons or "there is none for this format")
    if any(not trial.error.startswith(_NOT_ASKED) for trial in tried):
        # They could not read it: was it them, or the disk? This read is the one that a witness would have made.
        ensure_readable(file.path for file in inventory.files)
    return Attestation(asked=asked, tried=tuple(tried))


def witnesses(fmt: str, backend: str, library: str, options: ReaderOptions) -> Iterator[str]:
    """Backends that may be asked about a format after one has converted it: those of other code bases."""
    form = FORMATS[fmt]
    for name in dict.fromkeys((*form.witnesses, *options.order.get(fmt, ()), *form.backends)):
        if name != backend and BACKENDS[name].library not in (library, BACKENDS[backend].library):
            yield name


def _recorded(found: Attestation, asked: Asked, tried: list[ReaderTrial], dissents: list[Dissent]) -> Attestation:
    return found.model_copy(update={"asked": asked, "tried": tuple(tried), "dissents": tuple(dissents)})


def _not_asked(backend: str, inventory: Inventory, dump: MetadataDump, pixels: Pixels) -> str | None:
    """Why a reader has nothing to say about this source, or None."""
    if reason := NOT_HEARD.get((inventory.format, backend)):
        return reason
    if any(image.dtype.startswith("complex") for image in pixels.images):
        return NO_COMPLEX.get(backend)
    return NO_LUMA_CHROMA.get(backend) if is_luma_chroma(dump) else None


def _ask(
    backend: str, inventory: Inventory, dump: MetadataDump, pixels: Pixels, options: ReaderOptions
) -> Attestation | Dissent | ReaderTrial:
    path, fmt = inventory.opens, inventory.format
    with ExitStack() as opened:

        def open_reader(name: str) -> Reader:
            return opened.enter_context(closing(open_backend(Request(path, fmt, name, options))))

        version = ""
        try:
            witness = open_reader(backend)
            version = witness.version
            if witness.library == dump.reader_library:
                return ReaderTrial(backend=backend, error=f"{_NOT_ASKED}: decodes with {witness.library} as well")
            converter: list[Reader] = []

            def open_converter() -> Reader:
                if not converter:
                    converter.append(open_reader(dump.reader))
                return converter[0]

            found = Comparison(pixels, witness, open_converter, fmt, conditions(fmt, dump)).run()
        except RefusedSample as refusal:
            if refusal.code.startswith("INV"):
                return Dissent(reader=backend, version=version or "", finding=refusal.message)
            return ReaderTrial(backend=backend, error=refusal.message)
        if isinstance(found, Agreement):
            return Attestation(
                asked="independent",
                reader=backend,
                version=version,
                library=witness.library,
                planes=found.planes,
                exact=found.exact,
                rules=found.rules,
                further_images=found.further_images,
            )
        return Dissent(reader=backend, version=version, finding=found.where)
