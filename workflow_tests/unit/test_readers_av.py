"""Films and pictures through FFmpeg: stored samples, every frame or a refusal, in any order."""

import random
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from fixative.findings import RefusedSample
from fixative.identify import identify
from fixative.ome.vendor.films import film as facts
from fixative.privacy.apply import sanitise
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request
from fixative.readers.protocol import Reader
from fixative.trees import to_tree
from privacy_samples import dump, inventory, policy, row, source

FMT = {".avi": "avi", ".mp4": "mp4", ".mov": "mp4", ".mkv": "matroska", ".webm": "matroska"}
HEIGHT, WIDTH, FRAMES = 50, 66, 12
Film = Callable[..., Path]

FILMS = {
    "raw.avi": ("rawvideo", "bgr24", {}),
    "gray.avi": ("rawvideo", "gray", {}),
    "yuyv.avi": ("rawvideo", "yuyv422", {}),
    "huffyuv.avi": ("huffyuv", "yuv422p", {}),
    "utvideo.avi": ("utvideo", "gbrp", {}),
    "ffv1.avi": ("ffv1", "yuv420p", {}),
    "png.avi": ("png", "rgb24", {}),
    "mjpeg.avi": ("mjpeg", "yuvj420p", {}),
    "mpeg4.avi": ("mpeg4", "yuv420p", {"bf": "2", "g": "5"}),
    "ffv1.mkv": ("ffv1", "gray16le", {"g": "4"}),
    "h264.mp4": ("libx264", "yuv420p", {"g": "5"}),
    "h264.mkv": ("libx264", "yuv444p", {"g": "5", "x264-params": "open-gop=1:bframes=3"}),
    "qtrle.mov": ("qtrle", "rgb24", {}),
    "v210.mov": ("v210", "yuv422p10le", {}),
    "vp8.webm": ("libvpx", "yuv420p", {"auto-alt-ref": "1", "lag-in-frames": "5", "b": "50k"}),
    "vp9.webm": ("libvpx-vp9", "yuv420p", {"lag-in-frames": "5"}),
}


def scene(number: int) -> np.ndarray[Any, Any]:
    """One RGB frame that differs from all others."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    planes = [(x * 3 + number * 5) % 256, (y * 4 + number * 3) % 256, (x + y + number * 9) % 256]
    return np.stack(planes, axis=2).astype(np.uint8)


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Film:
    """Write a film with FFmpeg's encoders."""
    folder = tmp_path_factory.mktemp("films 100% of ü")

    def write(
        name: str, codec: str, pixels: str, options: dict[str, str], *, times=range(FRAMES), rate=25, tags=None
    ) -> Path:
        path = folder / name
        form = {".mkv": "matroska"}.get(path.suffix, path.suffix[1:])
        with path.open("wb") as target, av.open(target, "w", format=form) as container:
            container.metadata.update(tags or {})
            stream = container.add_stream(codec, rate=rate)
            stream.width, stream.height, stream.pix_fmt, stream.options = WIDTH, HEIGHT, pixels, options
            stream.thread_count = 1
            for number, time in enumerate(times):
                frame = av.VideoFrame.from_ndarray(scene(number), format="rgb24").reformat(format=pixels)
                frame.pts = time
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return write


@pytest.fixture(scope="module")
def films(film) -> dict[str, Path]:
    return {name: film(name, *how) for name, how in FILMS.items()}


_OPEN: list[Reader] = []


@pytest.fixture(autouse=True)
def _closed():
    """Close what a test has opened."""
    yield
    while _OPEN:
        _OPEN.pop().close()


def opened(path: Path, fmt: str | None = None, backend: str = "av") -> Reader:
    _OPEN.append(open_backend(Request(path, fmt or FMT[path.suffix], backend)))
    return _OPEN[-1]


def planes(reader: Reader) -> dict[tuple[int, int, int], Any]:
    """All planes, in order."""
    return {
        (info.index, t, c): reader.read_region(info.index, t, c, 0, 0, 0, info.size_y, info.size_x)
        for info in reader.images
        for t in range(info.size_t)
        for c in range(info.size_c)
    }


def outcome(path: Path, fmt: str | None = None) -> tuple[str, list[bytes]]:
    """Finding of a file, or its planes."""
    try:
        reader = opened(path, fmt)
    except RefusedSample as refusal:
        return refusal.code, []
    try:
        return "", [plane.tobytes() for plane in planes(reader).values()]
    except RefusedSample as refusal:
        return refusal.code, []


@pytest.mark.parametrize("name", ["raw.avi", "utvideo.avi", "png.avi", "qtrle.mov"])
def test_frames_of_lossless_rgb_films_are_the_ones_that_were_written(films, name):
    found = planes(opened(films[name]))

    assert all(np.array_equal(found[0, t, 0], scene(t)) for t in range(FRAMES))


@pytest.mark.parametrize(
    ("suffix", "codec", "pixels"),
    [
        *((".avi", "rawvideo", "yuyv422"), (".avi", "huffyuv", "yuv422p"), (".avi", "ffv1", "yuv420p")),
        *((".mov", "v210", "yuv422p10le"), (".mkv", "ffv1", "yuv444p16le"), (".mkv", "ffv1", "yuva420p")),
    ],
)
def test_luma_and_chroma_of_lossless_films_are_the_samples_that_were_encoded(tmp_path, suffix, codec, pixels):
    path = tmp_path / f"a{suffix}"
    noise = np.random.default_rng(7)
    frame = av.VideoFrame(WIDTH, HEIGHT, pixels)
    for plane in frame.planes:
        # Below 1020: v210 keeps the highest values for its own use.
        wide = pixels.endswith("le")
        values = (
            noise.integers(4, 1000, plane.buffer_size // 2, np.uint16) if wide else noise.bytes(plane.buffer_size)
        )
        plane.update(bytes(values))
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    dtype = np.uint16 if wide else np.uint8
    stored = [np.frombuffer(plane, dtype).reshape(plane.height, -1) for plane in frame.planes]
    if pixels == "yuyv422":
        stored = [stored[0][:, : 2 * WIDTH : 2], stored[0][:, 1 : 2 * WIDTH : 4], stored[0][:, 3 : 2 * WIDTH : 4]]

    reader = opened(path)

    channels = [name for one in reader.vendor_metadata()["av"]["images"] for name in one["channels"]]
    found = dict(zip(channels, planes(reader).values(), strict=True))
    for name, plane in zip(("Y", "Cb", "Cr", "A"), stored, strict=False):
        assert np.array_equal(found[name], plane[:, : found[name].shape[1]])
    assert [found[name].shape[1] for name in ("Y", "Cb")] == [66, 66 if "444" in pixels else 33]


def test_a_film_of_several_slices_is_whole_and_one_that_lost_a_slice_is_refused(film, tmp_path):
    path = film("slices.mp4", "libx264", "yuv420p", {"x264-params": "slices=3:bframes=0"})
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packet = bytes(list(container.demux(container.streams.video[0]))[FRAMES // 2])
    first = int.from_bytes(packet[:4], "big") + 4
    second = int.from_bytes(packet[first : first + 4], "big")
    at = data.index(packet) + first + 4
    # A filler (type 12) in place of the second slice.
    data[at : at + second] = b"\x0c" + b"\xff" * (second - 2) + b"\x80"
    damaged = tmp_path / "a.mp4"
    damaged.write_bytes(data)

    assert len(outcome(path)[1]) == 3 * FRAMES
    assert outcome(damaged)[0] in ("INV004", "CNV001")


@pytest.mark.parametrize("name", FILMS)
def test_frames_read_in_any_order_are_those_read_in_order(films, name):
    reader = opened(films[name])
    in_order = planes(reader)
    keys = list(in_order)
    random.Random(3).shuffle(keys)

    assert len({plane.tobytes() for (image, _, c), plane in in_order.items() if image == c == 0}) == FRAMES
    for image, t, c in keys:
        height, width = in_order[image, t, c].shape[:2]
        found = reader.read_region(image, t, c, 0, 3, 5, height - 4, width - 6)
        assert np.array_equal(found, in_order[image, t, c][3 : height - 1, 5 : width - 1])
        assert found.flags.c_contiguous


def test_planes_of_one_size_are_the_channels_of_one_image(films):
    half, whole = opened(films["h264.mp4"]), opened(films["h264.mkv"])

    assert [(one.name, one.size_c, one.size_y, one.size_x) for one in half.images] == [
        ("Y", 1, 50, 66),
        ("Cb Cr", 2, 25, 33),
    ]
    assert [(one.name, one.size_c, one.size_y) for one in whole.images] == [(None, 3, 50)]


def test_ten_bits_stay_ten_bits(films):
    info = opened(films["v210.mov"]).images[0]

    assert (info.dtype, info.significant_bits) == ("uint16", 10)


@pytest.mark.parametrize("name", FILMS)
def test_a_film_cut_short_is_refused_or_gives_all_its_frames(films, name, tmp_path):
    data = films[name].read_bytes()
    whole = outcome(films[name])
    lengths = [*random.Random(5).sample(range(64, len(data)), 12), len(data) - 1, len(data) - 9]
    cut = tmp_path / name

    for length in lengths:
        cut.write_bytes(data[:length])
        code, found = outcome(cut)
        # An index at the end may be missing; frames may not.
        assert code or found == whole[1]


@pytest.mark.parametrize("name", ["mjpeg.avi", "png.avi", "h264.mp4", "ffv1.mkv"])
def test_damage_within_frames_that_their_decoder_sees_is_refused(films, name, tmp_path):
    data = bytearray(films[name].read_bytes())
    whole = outcome(films[name])
    with av.open(str(films[name])) as container:
        packet = list(container.demux(container.streams.video[0]))[FRAMES // 2]
    middle, end = data.index(bytes(packet)) + packet.size // 2, data.index(bytes(packet)) + packet.size
    data[middle:end] = bytes(end - middle)
    damaged = tmp_path / name
    damaged.write_bytes(data)

    code, found = outcome(damaged)

    assert code in ("CNV001", "INV004")
    assert found != whole[1]


def test_a_matroska_film_that_lost_a_block_is_refused(films, tmp_path):
    data = films["vp8.webm"].read_bytes()
    at = data.index(b"\xa3", data.index(b"\x1f\x43\xb6\x75"))
    damaged = tmp_path / "a.webm"
    damaged.write_bytes(data[:at] + b"\x90" + data[at + 1 :])

    assert outcome(damaged)[0] == "INV005"


@pytest.mark.parametrize("name", ["gap.avi", "gap.mkv", "gap.mp4"])
def test_times_of_frames_survive_and_dropped_frames_are_not_made_up(film, name):
    codec = "libx264" if name.endswith("mp4") else "ffv1"
    path = film(name, codec, "yuv420p", {"bf": "0"} if codec == "libx264" else {}, times=[0, 1, 2, 6, 7, 9])

    reader = opened(path)

    stream = reader.vendor_metadata()["av"]["streams"][0]
    tick = Fraction(stream["time_base"]) * 25
    assert reader.images[0].size_t == 6
    assert [(step * tick, run) for step, run in stream["pts"]["steps"]] == [(1, 2), (4, 1), (1, 1), (2, 1)]
    assert facts(to_tree(reader.vendor_metadata()["av"]), None, reader.images)[0].time_increment is None


@pytest.mark.parametrize("name", ["ntsc.mp4", "ntsc.mkv", "ntsc.avi"])
def test_a_constant_rate_is_the_time_increment(film, name):
    path = film(name, "mjpeg", "yuvj420p", {}, rate=Fraction(30000, 1001))
    reader = opened(path)

    found = facts(to_tree(reader.vendor_metadata()["av"]), None, reader.images)

    assert [float(one.time_increment.value) for one in found] == pytest.approx([1001 / 30000] * 2, rel=1e-12)
    assert [[channel.name for channel in one.channels] for one in found] == [["Y"], ["Cb", "Cr"]]


def test_a_picture_that_stands_on_its_head_in_an_avi_is_turned_as_bio_formats_turns_it(films, tmp_path):
    data = bytearray(films["raw.avi"].read_bytes())
    at = data.index(b"strf") + 16
    struct.pack_into("<i", data, at, -struct.unpack_from("<i", data, at)[0])
    path = tmp_path / "a.avi"
    path.write_bytes(data)

    found = planes(opened(path))
    theirs = planes(opened(path, backend="bioformats"))

    assert np.array_equal(found[0, 0, 0], scene(0)[::-1])
    assert all(np.array_equal(found[key], theirs[key]) for key in found)


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1)


def uncompressed_avi(rows: np.ndarray[Any, Any], width: int, bits: int) -> bytes:
    """An AVI of DIB frames, built byte by byte; ``rows`` (frames, height, bytes of a row) from the bottom up."""
    count, height, _ = rows.shape
    colours = 2**bits if bits <= 8 else 0
    palette = np.repeat(np.arange(colours, dtype=np.uint8)[:, None], 4, axis=1).tobytes()
    avih = struct.pack("<14I", 40000, 0, 0, 16, count, 0, 1, 0, width, height, 0, 0, 0, 0)
    strh = b"vidsDIB " + struct.pack("<IHHIIIIIIII4h", 0, 0, 0, 0, 1, 25, 0, count, 0, 0, 0, 0, 0, width, height)
    strf = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, 0, 0, 0, colours, 0) + palette
    stream = chunk(b"LIST", b"strl" + chunk(b"strh", strh) + chunk(b"strf", strf))
    header = chunk(b"LIST", b"hdrl" + chunk(b"avih", avih) + stream)
    frames = b"".join(chunk(b"00db", frame.tobytes()) for frame in rows)
    return chunk(b"RIFF", b"AVI " + header + chunk(b"LIST", b"movi" + frames))


@pytest.mark.parametrize("bits", [1, 4, 8, 16, 24, 32])
def test_uncompressed_pixels_are_those_of_the_file(tmp_path, bits):
    count, height, width = 3, 10, 21
    stride = (width * bits + 31) // 32 * 4
    rows = np.random.default_rng(bits).integers(0, 256, (count, height, stride), dtype=np.uint8)
    path = tmp_path / "a.avi"
    path.write_bytes(uncompressed_avi(rows, width, bits))
    single = np.unpackbits(rows[2, ::-1], axis=1)
    used = rows[2, ::-1, : width * bits // 8]
    words = rows[2, ::-1].view("<u2")[:, :width]
    expected = {
        1: single[:, :width],
        4: np.stack([rows[2, ::-1] >> 4, rows[2, ::-1] & 15], axis=2).reshape(height, -1)[:, :width],
        8: used,
        16: np.stack([words >> shift & 31 for shift in (10, 5, 0)], axis=2),
        24: used.reshape(height, -1, 3)[:, :, ::-1] if bits == 24 else None,
        32: used.reshape(height, -1, 4)[:, :, [2, 1, 0, 3]] if bits == 32 else None,
    }

    reader = opened(path)

    info = reader.images[0]
    assert np.array_equal(reader.read_region(0, 2, 0, 0, 0, 0, height, width), expected[bits])
    assert info.photometric == ("palette" if bits <= 8 else "rgb")
    assert info.significant_bits == (5 if bits == 16 else None)


def test_a_sun_raster_of_odd_width_has_padded_rows(tmp_path):
    pixels = np.random.default_rng(2).integers(0, 256, (7, 5), dtype=np.uint8)
    rows = np.pad(pixels, ((0, 0), (0, 1))).tobytes()
    path = tmp_path / "a.ras"
    path.write_bytes(struct.pack(">8I", 0x59A66A95, 5, 7, 8, len(rows), 1, 0, 0) + rows)
    whole = planes(opened(path, "sun"))[0, 0, 0]
    path.write_bytes(path.read_bytes()[:-3])

    assert np.array_equal(whole, pixels)
    assert outcome(path, "sun")[0] == "INV004"


def test_several_streams_are_several_images_and_sound_is_described(tmp_path):
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("ffv1", rate=10) for _ in range(2)]
        sound = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        for number, stream in enumerate(streams):
            stream.width, stream.height, stream.pix_fmt = 20, 10 + number, "gray"
        for number, stream in enumerate(streams):
            for t in range(3):
                pixels = np.full((10 + number, 20), 50 * number + t, np.uint8)
                frame = av.VideoFrame.from_ndarray(pixels, format="gray")
                frame.pts = t
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        samples.sample_rate = 8000
        container.mux(sound.encode(samples))

    reader = opened(path)

    assert [(one.name, one.size_y, one.size_t) for one in reader.images] == [("stream 0", 10, 3), ("stream 1", 11, 3)]
    assert [int(reader.read_region(n, 2, 0, 0, 0, 0, 1, 1)[0, 0]) for n in (1, 0, 1)] == [52, 2, 52]
    tree = reader.vendor_metadata()["av"]
    assert [(one["type"], one["archived"]) for one in tree["streams"]] == [
        ("video", True),
        ("video", True),
        ("audio", False),
    ]


def test_the_library_is_the_one_that_decodes(films, film):
    assert opened(films["h264.mp4"]).library == "FFmpeg"
    assert opened(films["vp9.webm"]).library == "FFmpeg"


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".avi"])
def test_people_and_places_in_the_tags_of_a_film_go(film, suffix):
    tags = {
        **{"artist": "Ada Lovelace", "author": "Ada Lovelace", "composer": "Mary Somerville"},
        **{"location": "+48.2082+016.3738/", "copyright": "Charles Babbage", "title": "cells that divide"},
    }
    tags |= {"com.apple.quicktime.location.ISO6709": "+48.2082+016.3738/"} if suffix == ".mkv" else {}
    path = film(f"tags{suffix}", "mjpeg", "yuvj420p", {}, tags=tags)
    tree = to_tree(opened(path).vendor_metadata()["av"])

    found = sanitise(policy("facility"), dump(source("av", tree)), b"<OME/>", row(), inventory()).dump.sources[0]

    assert "Lovelace" in str(tree)
    assert [word for word in ("Lovelace", "Somerville", "Babbage", "48.2082") if word in str(found.tree)] == []
    assert "cells that divide" in str(found.tree)


@pytest.mark.parametrize(("name", "fmt"), [("raw.avi", "avi"), ("h264.mp4", "mp4"), ("vp8.webm", "matroska")])
def test_films_are_recognised(films, name, fmt):
    assert identify(films[name]) == fmt


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "fmt"),
    [
        ("jp2/test-card-lossy-tiled.jp2", "jp2"),
        ("jp2/16bit.cropped.j2k", "j2k"),
        ("copyleft/exiftool/Jpeg2000.jp2", "jp2"),
    ],
)
def test_jpeg_2000_is_what_openjpeg_decodes(corpus, name, fmt):
    found = opened(corpus / name, fmt)

    assert found.library == "FFmpeg"
    assert np.array_equal(planes(found)[0, 0, 0], planes(opened(corpus / name, fmt, "imagecodecs"))[0, 0, 0])


@pytest.mark.parametrize("codec", ["jp2", "j2k"])
@pytest.mark.parametrize(
    ("bits", "samples"),
    [(8, ()), (8, (2,)), (8, (3,)), (8, (4,)), (10, ()), (12, ()), (12, (3,)), (16, ()), (16, (3,))],
)
def test_jpeg_2000_samples_keep_their_bits(tmp_path, codec, bits, samples):
    dtype = np.uint8 if bits == 8 else np.uint16
    pixels = np.random.default_rng(0).integers(0, 2**bits, (45, 61, *samples), dtype=dtype)
    path = tmp_path / f"a.{codec}"
    path.write_bytes(
        imagecodecs.jpeg2k_encode(pixels, level=0, reversible=True, codecformat=codec, bitspersample=bits)
    )

    reader = opened(path, codec)

    assert np.array_equal(planes(reader)[0, 0, 0], pixels)
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 7, 11, 20, 31), pixels[7:27, 11:42])
    assert reader.images[0].significant_bits == (bits if 8 < bits < 16 else None)


@pytest.mark.parametrize(("dtype", "bits"), [(np.uint8, 4), (np.int16, 16)])
def test_jpeg_2000_samples_that_ffmpeg_would_alter_are_refused(tmp_path, dtype, bits):
    path = tmp_path / "a.j2k"
    pixels = np.arange(256, dtype=dtype).reshape(16, 16) % 16
    path.write_bytes(imagecodecs.jpeg2k_encode(pixels, level=0, codecformat="j2k", bitspersample=bits))

    assert outcome(path, "j2k")[0] == "CNV001"


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [
        *((suffix, mode) for suffix in ("png", "bmp", "tga", "pcx") for mode in ("L", "RGB", "P")),
        *(("sgi", "L"), ("sgi", "RGB"), ("qoi", "RGB")),
    ],
)
def test_pictures_are_the_values_that_were_written(tmp_path, suffix, mode):
    rgb = Image.fromarray(np.random.default_rng(1).integers(0, 256, (37, 53, 3), dtype=np.uint8))
    picture = rgb.quantize(30) if mode == "P" else rgb.convert(mode)
    path = tmp_path / f"a.{suffix}"
    picture.save(path)

    reader = opened(path, suffix)

    assert np.array_equal(planes(reader)[0, 0, 0], np.asarray(picture))
    if mode == "P":
        colours = np.array(picture.getpalette("RGB")).reshape(-1, 3)
        assert np.array_equal(reader.images[0].palette.T[: len(colours)] // 257, colours)


@pytest.mark.parametrize("suffix", ["png", "bmp", "sgi", "tga", "qoi", "jp2"])
def test_a_picture_cut_short_is_refused(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    noise = np.random.default_rng(1).integers(0, 256, (37, 53, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])

    assert outcome(path, suffix)[0] in ("CNV001", "INV004")


def test_a_picture_too_large_for_the_memory_is_refused(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.zeros((400, 400), np.uint8)).save(path)

    with pytest.raises(RefusedSample) as caught:
        open_backend(Request(path, "png", "av", ReaderOptions(memory_mb=1)))

    assert caught.value.code == "CNV001"
    assert "mem_mb" in caught.value.message


def test_grey_png_of_fewer_bits_which_ffmpeg_spreads_is_left_to_others(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.eye(20, dtype=bool)).save(path)

    assert outcome(path, "png")[0] == "CNV001"
