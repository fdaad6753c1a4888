"""Opening: the first backend of a format that can open a source does."""

from importlib import import_module
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.formats import FORMATS
from fixative.models import ReaderTrial
from fixative.readers.backends import BACKENDS
from fixative.readers.guard import decoding, describe
from fixative.readers.ome_types import in_ome_types
from fixative.readers.options import READER_DEFAULTS, ReaderOptions, Request
from fixative.readers.protocol import Reader
from fixative.readers.unpacked import open_plain

_PROBE_PX = 64


class _Failed(RefusedSample):
    """A backend that could not open a source, with the error that the library raised."""

    def __init__(self, error: Exception, path: Path) -> None:
        super().__init__("MET001", tried=type(error).__name__)
        self.error = describe(error, path)
        self.kind = type(error).__name__


def open_source(
    path: Path, fmt: str, options: ReaderOptions = READER_DEFAULTS
) -> tuple[Reader, tuple[ReaderTrial, ...]]:
    """Open a source with the first backend of its format that opens it and reads from every image.

    Parameters
    ----------
    path : Path
        Main file of the set.
    fmt : str
        A key of `fixative.formats.FORMATS`.
    options : ReaderOptions
        Settings of the readers.

    Returns
    -------
    Reader, tuple of ReaderTrial
        The open reader, and the backends that were tried before it with their errors.

    Raises
    ------
    RefusedSample
        MET001 when no backend opens it. A finding about the file itself (INV...) is raised at once: another
        reader that does not see the damage would fill it with blanks.
    """
    form = FORMATS[fmt]
    tried: list[ReaderTrial] = []
    kinds: list[str] = []
    undecodable: list[RefusedSample] = []
    backends = options.order.get(fmt, form.backends)
    if not backends:
        raise RefusedSample("MET001", tried=f"no reader here reads {form.name}")
    for backend in backends:
        try:
            return open_backend(Request(path, fmt, backend, options)), tuple(tried)
        except _Failed as failure:
            tried.append(ReaderTrial(backend=backend, error=failure.error))
            kinds.append(f"{backend}: {failure.kind}")
        except RefusedSample as refusal:
            if refusal.code.startswith("INV"):
                raise
            tried.append(ReaderTrial(backend=backend, error=str(refusal), undecodable=True))
            kinds.append(f"{backend}: {refusal.places.get('tried') or refusal.message}")
            undecodable.append(refusal)
    # One of them saw the image and could not decode it: that says more than that none could open it.
    if undecodable and undecodable[0].code == "CNV001":
        raise RefusedSample("CNV001", where=undecodable[0].places["where"], reason="; ".join(kinds))
    if undecodable and undecodable[0].code.startswith("CNV"):
        raise undecodable[0]
    raise RefusedSample("MET001", tried="; ".join(kinds))


def open_backend(request: Request) -> Reader:
    """Open a source with one backend, and read from every image to see that it can.

    Raises
    ------
    RefusedSample
        MET001 where the backend cannot open it; whatever it finds about the file itself.
    """
    module = BACKENDS[request.backend].module.partition(":")[0]
    with decoding(lambda error: _Failed(error, request.path)):
        reader = open_plain(request, import_module(f"fixative.readers.{module}").open_reader)
        try:
            _probe(reader)
        except BaseException:
            reader.close()
            raise
    return in_ome_types(reader)


def _probe(reader: Reader) -> None:
    """Read a corner of the first plane of every image, so that a reader that cannot hands over now."""
    if not reader.images:
        raise ValueError("no image in it")
    for info in reader.images:
        planes = ((t, c, z) for t in range(info.size_t) for c in range(info.size_c) for z in range(info.size_z))
        first = next((plane for plane in planes if plane not in info.absent | info.missing), None)
        if first is not None:
            reader.read_region(info.index, *first, 0, 0, min(_PROBE_PX, info.size_y), min(_PROBE_PX, info.size_x))
