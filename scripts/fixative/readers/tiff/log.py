"""tifffile warns where it should raise: what it logs is heard, and lost data becomes a finding.

tifffile zeroes what it cannot find and says so in its log only. Every message of tifffile 2026.3.3 was
read; those that mean that pixels or planes are missing are listed here. The others are about metadata or
about repairs that keep all pixels.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fixative.findings import RefusedSample
from fixative.readers.guard import lost_in_text

_Finding = Callable[[re.Match[str]], RefusedSample]


def _damaged(reason: str) -> _Finding:
    return lambda match: RefusedSample("INV005", reason=reason)


def _missing_file(match: re.Match[str]) -> RefusedSample:
    return RefusedSample("INV006", name=match.group(1))


def _unreadable(reason: str) -> _Finding:
    return lambda match: RefusedSample("MET001", tried=f"tifffile ({reason})")


# Tags without which pixels would be decoded wrongly, in silence: size, bits, compression, photometric
# interpretation, fill order, strips, samples, planar configuration, predictor, tiles, sample format, tables.
_LAYOUT_TAGS = "256|257|258|259|262|266|273|277|278|279|284|317|320|322|323|324|325|330|338|339|347|512|513|514|530"

LOST: tuple[tuple[re.Pattern[str], _Finding], ...] = tuple(
    (re.compile(pattern), finding)
    for pattern, finding in (
        (r"OME series failed to read '([^']*)'", _missing_file),
        (r"MMStack series is (missing) files", lambda m: RefusedSample("INV006", name="*_MMStack_*.ome.tif")),
        (r"(NDTiff\.index) not found", _missing_file),
        (
            r"OME series contains index out of range",
            _damaged("OME-XML names planes that the file does not hold"),
        ),
        (r"OME series raised", lambda m: RefusedSample("MET002", reason="OME-XML is not well-formed")),
        (
            r"ImageJ series metadata invalid",
            _damaged("ImageJ's description promises more than the file holds"),
        ),
        (
            r"shaped series (?:raised|shape does not|failed to)|invalid shaped series",
            _damaged("the writer's own description of the shape does not fit the pages"),
        ),
        (r"LSM file incompletely written", _damaged("the LSM file was not written to its end")),
        (
            r"corrupted tag list of page|invalid offset to page|invalid page offset|"
            r"invalid circular reference|invalid offset to first page|contains no pages|"
            r"contains invalid SubIFDs",
            _damaged("the chain of pages is broken"),
        ),
        (r"generic series raised|series level \d+ is empty", _damaged("a SubIFD cannot be read")),
        (
            r"<_ndpi_load_pages> raised|<TiffPages\._load_virtual_frames> raised",
            _damaged("the list of pages cannot be read"),
        ),
        (
            r"TiffTag \d+ @\d+> invalid value offset (?!0\b)",
            _damaged("the value of a tag lies beyond the end of the file"),
        ),
        (rf"TiffTag (?:{_LAYOUT_TAGS}) @\d+>", _damaged("a tag that describes the pixels is damaged")),
        (r"OME series cannot handle discontiguous", _unreadable("pages do not fit the OME-XML")),
        (r"SVS series focal planes do not match", _unreadable("focal planes do not match")),
        (r"BIF series tiles are not stitched", _unreadable("BIF tiles need stitching")),
        (r"Philips series (?:raised|len)", _unreadable("the slide's levels cannot be told")),
    )
)


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


@contextmanager
def lost_data_refused() -> Iterator[None]:
    """Refuse when tifffile logs, in this block, that data are lost. Its log goes nowhere else.

    A record's message may hold file names and metadata, so it is compared and dropped.

    Raises
    ------
    RefusedSample
        INV004, INV005, INV006, MET001 or MET002, as the table says.
    SourceLost
        Where it logs that the system could not read the file.
    """
    logger, ear = logging.getLogger("tifffile"), _Ear()
    before = logger.propagate, logger.level, logger.disabled
    # A logging configuration that silences other loggers must not silence lost data.
    logger.propagate, logger.disabled = False, False
    logger.setLevel(logging.WARNING)
    logger.addHandler(ear)
    try:
        yield
    finally:
        logger.removeHandler(ear)
        logger.propagate, logger.disabled = before[0], before[2]
        logger.setLevel(before[1])
        # Also when the block raised: what was lost is the better reason.
        _refuse_lost(ear.heard)


def _refuse_lost(messages: list[str]) -> None:
    for message in messages:
        if lost := lost_in_text(message):
            raise lost
        for pattern, finding in LOST:
            if match := pattern.search(message):
                raise finding(match)
