"""Rows of a DICOM frame that is not compressed, as an array."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.dicom.codecs import FrameForm
from fixative.readers.dicom.frames import NativeFrames


def bits_of_row(form: FrameForm) -> int:
    """Bits of one row of one frame (of one plane of samples, where samples are planar).

    Chroma that is stored for every second pixel makes two values a pixel instead of three (PS3.3, C.7.6.3.1.2).
    """
    if form.subsampled:
        return form.columns * 2 * form.bits_allocated
    return form.columns * (1 if form.planar else form.samples) * form.bits_allocated


def rows_of_frame(form: FrameForm) -> int:
    """Rows that a frame is stored in."""
    return form.rows * (form.samples if form.planar and not form.subsampled else 1)


def read_rows(
    frames: NativeFrames, form: FrameForm, frame: int, first: int, count: int, *, big_endian: bool, words: bool
) -> npt.NDArray[Any]:
    """Read some rows of a frame.

    Returns
    -------
    ndarray
        Shape (count, columns, samples), dtype ``form.dtype``, native byte order.
    """
    if form.planar and not form.subsampled:
        planes = [
            _plain(frames, form, frame, sample * form.rows + first, count, big_endian, words)
            for sample in range(form.samples)
        ]
        return np.stack([plane.reshape(count, form.columns) for plane in planes], axis=-1)
    values = _plain(frames, form, frame, first, count, big_endian, words)
    if form.subsampled:
        return _doubled_chroma(values.reshape(count, form.columns // 2, 4))
    return values.reshape(count, form.columns, form.samples)


def _plain(
    frames: NativeFrames, form: FrameForm, frame: int, first: int, count: int, big_endian: bool, words: bool
) -> npt.NDArray[Any]:
    values = count * bits_of_row(form) // form.bits_allocated
    if form.bits_allocated == 1:
        data, bit = frames.rows(frame, first, count)
        if big_endian and words:
            raise ValueError("single bits in big-endian words")
        return np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[bit : bit + values].astype(bool)
    if form.bits_allocated == 8 and big_endian and words:
        return _swapped_words(frames, form, frame, first, count)
    data, _ = frames.rows(frame, first, count)
    kind = np.dtype(form.dtype)
    return np.frombuffer(data, kind.newbyteorder(">" if big_endian else "<")).astype(kind)


def _swapped_words(frames: NativeFrames, form: FrameForm, frame: int, first: int, count: int) -> npt.NDArray[Any]:
    """Values of 8 bits that are stored as big-endian words: each pair of them is swapped in the file."""
    data, odd = frames.words(frame, first, count)
    swapped = np.frombuffer(data, ">u2").astype("<u2").view(np.uint8)
    return swapped[odd : odd + count * bits_of_row(form) // 8].view(form.dtype)


def _doubled_chroma(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Y Y Cb Cr of two neighbours to Y, Cb, Cr of each; no value is computed."""
    first, second = values[..., [0, 2, 3]], values[..., [1, 2, 3]]
    return np.stack([first, second], axis=2).reshape(values.shape[0], -1, 3)


def sign_extended(values: npt.NDArray[Any], form: FrameForm, high_bit: int) -> npt.NDArray[Any]:
    """Signed values of fewer bits than are allocated, as two's complement of their own number of bits.

    Raises
    ------
    RefusedSample
        CNV001 where the bits above hold something else than the sign or zero: whether it is an overlay, the file
        does not say here.
    """
    bits = form.bits_stored
    if not form.signed or bits >= form.bits_allocated or high_bit != bits - 1:
        return values
    above = values >> (bits - 1)
    if not np.isin(above, (-1, 0, 1)).all():
        raise RefusedSample(
            "CNV001", where="DICOM frame", reason=f"signed values of {bits} bits with more above them"
        )
    return np.where(above == 1, values - values.dtype.type(1 << (bits - 1)) * 2, values).astype(values.dtype)
