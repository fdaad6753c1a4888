"""One compressed DICOM frame to the values it stores: which codec decodes which transfer syntax.

The codecs are those that pydicom's own plugins call, called directly so that what they deliver is the stored
value: no rescaling, no window, no conversion of colour but the one that is part of JPEG decoding. A stream
without its end marker is refused before it is decoded: libjpeg and OpenJPEG fill what is missing with grey.

Notes
-----
DICOM PS3.5, sections 8.2 and 10; PS3.3, C.7.6.3.1.2 (photometric interpretation).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample

RLE = "1.2.840.10008.1.2.5"
JPEG_8_BIT = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
JPEG_LOSSLESS = ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
JPEG_2000 = (
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.202",
    "1.2.840.10008.1.2.4.203",
)
COLOUR_OF_CODEC = ("YBR_ICT", "YBR_RCT")
"""Colour transforms that are a part of JPEG 2000: its decoder delivers red, green and blue."""


@dataclass(frozen=True)
class FrameForm:
    """What the data set says of one frame."""

    syntax: str
    rows: int
    columns: int
    samples: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    signed: bool
    planar: bool
    dtype: str

    @property
    def encapsulated(self) -> bool:
        """Whether frames are compressed."""
        return self.syntax == RLE or self.syntax.startswith("1.2.840.10008.1.2.4.")

    @property
    def subsampled(self) -> bool:
        """Whether chroma is stored for every second pixel only."""
        return self.photometric == "YBR_FULL_422" and not self.encapsulated

    @property
    def decoded_as_rgb(self) -> bool:
        """Whether decoding turns luma and chroma into red, green and blue, as JPEG and JPEG 2000 define it."""
        jpeg = self.syntax in JPEG_8_BIT and self.bits_stored == 8 and self.photometric.startswith("YBR_FULL")
        return jpeg or (self.syntax in JPEG_2000 and self.photometric in COLOUR_OF_CODEC)

    @property
    def library(self) -> str:
        """The code base that decodes the pixels."""
        if self.syntax in JPEG_8_BIT and self.bits_stored == 8:
            return "libjpeg-turbo"
        if self.syntax in JPEG_8_BIT + JPEG_LOSSLESS:
            return "libjpeg (Richter)"
        if self.syntax in JPEG_LS:
            return "CharLS"
        return "OpenJPEG" if self.syntax in JPEG_2000 else "pydicom"


def decode_frame(data: bytes, form: FrameForm) -> npt.NDArray[Any]:
    """Decode one frame.

    Parameters
    ----------
    data : bytes
        The frame's whole stream.
    form : FrameForm
        What the data set says it is.

    Returns
    -------
    ndarray
        Shape (rows, columns, samples), dtype ``form.dtype``.

    Raises
    ------
    RefusedSample
        CNV001 for a stream that is not whole or of an unknown syntax, CNV003 where the frame is not as described.
    """
    if form.syntax == RLE:
        found = _rle(data, form)
    else:
        if not is_ended(data):
            raise RefusedSample("CNV001", where="DICOM frame", reason="compressed stream without its end marker")
        found = _jpeg_family(data, form)
    found = found.reshape(*found.shape[:2], -1)
    expected = (form.rows, form.columns, form.samples)
    if found.shape != expected or found.dtype.kind not in "iu" or found.dtype.itemsize * 8 > form.bits_allocated:
        raise RefusedSample(
            "CNV003", where="DICOM frame", expected=f"{expected} {form.dtype}", found=f"{found.shape} {found.dtype}"
        )
    return _as_described(found, form)


def is_ended(data: bytes) -> bool:
    """Whether a stream ends with the end marker of JPEG, JPEG-LS and JPEG 2000, padding aside."""
    return data[-64:].rstrip(b"\0\xff").endswith(b"\xff\xd9")


def _as_described(found: npt.NDArray[Any], form: FrameForm) -> npt.NDArray[Any]:
    """Values in the type that the data set states.

    JPEG-LS and JPEG know no signed values and a JPEG 2000 stream may disagree with PixelRepresentation: the
    stored bits are then read as two's complement of their number, as DICOM means them.
    """
    if form.dtype == "bool":
        return found.astype(bool)
    if (found.dtype.kind == "i") == form.signed:
        return found.astype(form.dtype)
    bits = form.bits_stored
    stored = found.astype(np.int64) & ((1 << bits) - 1)
    if form.signed:
        stored -= (stored >> (bits - 1)) << bits
    return stored.astype(form.dtype)


def _jpeg_family(data: bytes, form: FrameForm) -> npt.NDArray[Any]:
    if form.syntax in JPEG_8_BIT and form.bits_stored == 8:
        return _jpeg_8_bit(data, form)
    if form.syntax in JPEG_8_BIT + JPEG_LOSSLESS:
        from libjpeg.utils import decode

        return np.asarray(decode(data))
    if form.syntax in JPEG_2000:
        from openjpeg.utils import decode as decode_jpeg2000

        boxed = data[4:8] == b"jP  "  # a JP2 file instead of its codestream, as some writers have it
        return np.asarray(decode_jpeg2000(data, j2k_format=2 if boxed else 0))
    if form.syntax in JPEG_LS:
        return _jpeg_ls(data)
    raise RefusedSample("CNV001", where="DICOM frame", reason=f"transfer syntax {form.syntax} is not known here")


def _jpeg_8_bit(data: bytes, form: FrameForm) -> npt.NDArray[Any]:
    """JPEG of 8 bits with libjpeg-turbo: what viewers of slides show, bit for bit.

    Colour is delivered as red, green and blue, by the conversion within the decoder where the stream holds
    luma and chroma. Whether it does, its own markers say; where they are silent, the data set.
    """
    import imagecodecs

    if form.samples == 1:
        return np.asarray(imagecodecs.jpeg8_decode(data))
    stored = _colours_of_jpeg(data) or ("ycbcr" if form.decoded_as_rgb else "rgb")
    return np.asarray(imagecodecs.jpeg8_decode(data, colorspace=stored, outcolorspace="rgb"))


def _colours_of_jpeg(data: bytes) -> str | None:
    """What a JPEG's markers say of its three components, by libjpeg's rules; None where they say nothing."""
    at, adobe = 2, None
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xE0 and data[at + 4 : at + 9] == b"JFIF\0":
            return "ycbcr"
        if marker == 0xEE and data[at + 4 : at + 9] == b"Adobe" and length >= 14:
            adobe = {0: "rgb", 1: "ycbcr"}.get(data[at + 15])
        if 0xC0 <= marker <= 0xC3:
            names = data[at + 10 : at + 2 + length : 3]
            return adobe or ("rgb" if names in (b"RGB", b"rgb") else None)
        at += 1 if marker == 0xFF else 2 + length
    return adobe


def _jpeg_ls(data: bytes) -> npt.NDArray[Any]:
    import jpeg_ls  # type: ignore[import-untyped]

    values, info = jpeg_ls.decode_pixel_data(data)
    kind = "u1" if info["bits_per_sample"] <= 8 else "<u2"
    height, width, samples = info["height"], info["width"], info["components"]
    found = np.frombuffer(values, kind)
    if samples > 1 and info["interleave_mode"] == 0:
        return found.reshape(samples, height, width).transpose(1, 2, 0)
    return found.reshape(height, width, samples)


def _rle(data: bytes, form: FrameForm) -> npt.NDArray[Any]:
    """RLE: segments are planes of bytes, the most significant first."""
    from pydicom.encaps import encapsulate
    from pydicom.pixels import get_decoder
    from pydicom.uid import UID

    values, _ = get_decoder(UID(RLE)).as_array(
        encapsulate([data], has_bot=False),
        raw=True,
        rows=form.rows,
        columns=form.columns,
        number_of_frames=1,
        samples_per_pixel=form.samples,
        photometric_interpretation=form.photometric,
        pixel_representation=int(form.signed),
        bits_allocated=form.bits_allocated,
        bits_stored=form.bits_stored,
        planar_configuration=int(form.planar),
        correct_unused_bits=False,
    )
    return np.asarray(values)
