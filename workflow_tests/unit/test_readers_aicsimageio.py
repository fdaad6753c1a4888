"""aicsimageio in its own environment: a second opinion, by pipe; and that it is missed with a clear word."""

import os
import re
import struct
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from fixative.findings import RefusedSample
from fixative.readers.aicsimageio import OWN_PYTHON, open_reader
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request

needs_witness = pytest.mark.skipif(
    not OWN_PYTHON.is_file(),
    reason="no environment with aicsimageio: `make witness` makes it; the process is not tried",
)


def opened(path, fmt, backend):
    return open_backend(Request(path, fmt, backend))


def lif(path, *images):
    """Write a LIF file of (name, array, axes): C outside the plane, X last, 8 or 16 bits."""
    elements, blocks = [], []
    numbers = {"X": 1, "Y": 2, "Z": 3, "T": 4, "M": 10}
    for number, (name, array, axes) in enumerate(images, 1):
        steps = dict(zip(axes, array.strides, strict=True))
        sizes = dict(zip(axes, array.shape, strict=True))
        bits = 8 * array.itemsize
        channels = "".join(
            f'<ChannelDescription DataType="0" ChannelTag="0" Resolution="{bits}" NameOfMeasuredQuantity="" '
            f'Min="0" Max="1" Unit="" LUTName="Green" IsLUTInverted="0" BytesInc="{n * steps["C"]}" BitInc="0"/>'
            for n in range(sizes["C"])
        )
        dimensions = "".join(
            f'<DimensionDescription DimID="{numbers[axis]}" NumberOfElements="{sizes[axis]}" Origin="0" '
            f'Length="1e-5" Unit="m" BitInc="0" BytesInc="{steps[axis]}"/>'
            for axis in reversed(axes)
            if axis != "C"
        )
        tiles = "".join(f'<Tile FieldX="{n}" FieldY="0" PosX="{n}.0" PosY="0.0"/>' for n in range(sizes.get("M", 0)))
        elements.append(
            f'<Element Name="{name}" Visibility="1"><Data><Image TextDescription=""><ImageDescription>'
            f"<Channels>{channels}</Channels><Dimensions>{dimensions}</Dimensions></ImageDescription>"
            f'<Attachment Name="TileScanInfo">{tiles}</Attachment></Image></Data>'
            f'<Memory Size="{array.nbytes}" MemoryBlockID="MemBlock_{number}"/><Children/></Element>'
        )
        label = f"MemBlock_{number}".encode("utf-16-le")
        head = struct.pack("<iiBqBI", 0x70, 14 + len(label), 0x2A, array.nbytes, 0x2A, len(label) // 2)
        blocks.append(head + label + array.tobytes())
    xml = (
        '<LMSDataContainerHeader Version="2"><Element Name="project" Visibility="1">'
        f'<Memory Size="0" MemoryBlockID="MemBlock_0"/><Children>{"".join(elements)}</Children></Element>'
        "</LMSDataContainerHeader>"
    )
    text = xml.encode("utf-16-le")
    path.write_bytes(struct.pack("<iiBI", 0x70, 5 + len(text), 0x2A, len(xml)) + text + b"".join(blocks))
    return path


@pytest.fixture
def stacks(tmp_path):
    """A LIF file with a time series of stacks in 16 bits and a tile scan in 8."""
    random = np.random.default_rng(5)
    series = random.integers(0, 60000, (2, 3, 2, 16, 20), dtype=np.uint16)
    scan = random.integers(0, 255, (3, 2, 12, 10), dtype=np.uint8)
    return lif(tmp_path / "stacks.lif", ("series", series, "TZCYX"), ("scan", scan, "MCYX")), series, scan


def same(one, other):
    """Require two readers to agree in every image and plane."""
    assert [described(info) for info in one.images] == [described(info) for info in other.images]
    for info in one.images:
        for t, c, z in product(range(info.size_t), range(info.size_c), range(info.size_z)):
            region = info.index, t, c, z, 0, 0, info.size_y, info.size_x
            np.testing.assert_array_equal(one.read_region(*region), other.read_region(*region))
    one.close()
    other.close()


def described(info):
    return info.size_t, info.size_c, info.size_z, info.size_y, info.size_x, info.samples, info.dtype


def test_without_its_environment_it_says_how_to_make_it(tmp_path):
    options = ReaderOptions(aicsimageio=tmp_path / "python")

    with pytest.raises(FileNotFoundError, match="make witness"):
        open_reader(Request(tmp_path / "a.lif", "lif", "aicsimageio-lif", options))


def test_another_python_without_aicsimageio_is_an_error_not_a_hang(tmp_path):
    path = tmp_path / "a.png"
    Image.new("L", (4, 4)).save(path)
    options = ReaderOptions(aicsimageio=Path(sys.executable))

    with pytest.raises(RefusedSample, match="MET001"):
        open_backend(Request(path, "png", "aicsimageio-imageio", options))


def test_its_lock_pins_every_package_by_digest_and_names_no_registry(repository):
    text = (repository / "envs" / "aicsimageio.lock.txt").read_text(encoding="utf-8")

    requirements = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert [needed for needed in requirements if "==" not in needed or "--hash=sha256:" not in needed] == []
    assert re.findall(r"https?://|--index-url|--find-links [^.]", text.split("\n", 2)[2]) == []


def test_its_conda_file_has_the_versions_of_the_lock(repository):
    envs = repository / "envs"
    lock = (envs / "aicsimageio.lock.txt").read_text(encoding="utf-8")
    conda = yaml.safe_load((envs / "aicsimageio.yaml").read_text(encoding="utf-8"))

    pinned = re.findall(r"^([a-z0-9.-]+==[^ ;]+)(?!.*sys_platform)", lock, flags=re.MULTILINE)
    assert conda["dependencies"][-1]["pip"] == pinned


@needs_witness
def test_it_agrees_about_a_lif_file(stacks):
    path, series, scan = stacks

    reader = opened(path, "lif", "aicsimageio-lif")

    assert (reader.library, reader.version.split()[0:2]) == ("readlif", ["aicsimageio", "4.14.0"])
    np.testing.assert_array_equal(reader.read_region(0, 1, 1, 2, 3, 5, 7, 11), series[1, 2, 1, 3:10, 5:16])
    np.testing.assert_array_equal(reader.read_region(3, 0, 1, 0, 0, 0, 12, 10), scan[2, 1])
    same(reader, opened(path, "lif", "liffile"))


@needs_witness
def test_images_of_a_lif_without_pixels_are_left_out_not_made_up(stacks, tmp_path):
    path, series, _ = stacks
    content = path.read_bytes().decode("latin-1")
    promised = f'<Memory Size="{series.nbytes}"'.encode("utf-16-le").decode("latin-1")
    empty = '<Memory Size="0"    '.encode("utf-16-le").decode("latin-1")[: len(promised)]
    blank = tmp_path / "blank.lif"
    blank.write_bytes(content.replace(promised, empty).encode("latin-1"))

    reader = opened(blank, "lif", "aicsimageio-lif")

    assert {info.dtype for info in reader.images} == {"uint8"}
    reader.close()


@needs_witness
@pytest.mark.parametrize("kept", [0.6, 0.9, -1])
def test_a_truncated_lif_is_not_opened(stacks, kept):
    path, _, _ = stacks
    content = path.read_bytes()
    path.write_bytes(content[:-1] if kept < 0 else content[: int(len(content) * kept)])

    with pytest.raises(RefusedSample):
        opened(path, "lif", "aicsimageio-lif")


@needs_witness
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "I;16", "P"])
def test_it_agrees_about_png(tmp_path, mode):
    shape = {
        "L": (33, 41),
        "P": (33, 41),
        "I;16": (33, 41),
        "RGB": (33, 41, 3),
        "RGBA": (33, 41, 4),
        "LA": (33, 41, 2),
    }
    kind = np.uint16 if mode == "I;16" else np.uint8
    values = np.random.default_rng(1).integers(0, 255, shape[mode], dtype=kind)
    path = tmp_path / "a.png"
    picture = Image.fromarray(values)
    (picture.convert("P") if mode == "P" else picture).save(path)

    reader = opened(path, "png", "aicsimageio-imageio")

    assert reader.library == "Pillow"
    same(reader, opened(path, "png", "imagecodecs"))


@needs_witness
def test_it_agrees_about_gif(tmp_path):
    frames = [Image.new("L", (9, 7), shade) for shade in (0, 80, 255)]
    path = tmp_path / "a.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])

    same(opened(path, "gif", "aicsimageio-imageio"), opened(path, "gif", "imagecodecs"))


@needs_witness
def test_jpeg_is_no_second_opinion(tmp_path):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (20, 10), (3, 90, 200)).save(path)

    reader = opened(path, "jpeg", "aicsimageio-imageio")

    assert reader.library == "libjpeg-turbo"
    reader.close()


def wide_png(path):
    import imagecodecs

    path.write_bytes(imagecodecs.png_encode(np.full((5, 6, 3), 30000, np.uint16)))


def transparent_png(path):
    Image.new("P", (6, 5)).save(path, transparency=0)


def transparent_gif(path):
    Image.new("P", (6, 5)).save(path, transparency=0)


def few_bits_bmp(path):
    Image.new("1", (6, 5)).save(path)


def two_bit_png(path):
    import zlib

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 4, 1, 2, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0\x1b")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


@needs_witness
@pytest.mark.parametrize("make", [wide_png, transparent_png, two_bit_png, transparent_gif, few_bits_bmp])
def test_values_that_imageio_would_change_are_refused(tmp_path, make):
    fmt = make.__name__[-3:]
    path = tmp_path / f"a.{fmt}"
    make(path)

    with pytest.raises(RefusedSample, match="MET001"):
        opened(path, fmt, "aicsimageio-imageio")


@needs_witness
def test_a_plane_larger_than_the_memory_is_refused(tmp_path):
    path = tmp_path / "a.png"
    Image.new("L", (2000, 2000)).save(path)

    with pytest.raises(RefusedSample, match=r"CNV001.*mem_mb"):
        open_backend(Request(path, "png", "aicsimageio-imageio", ReaderOptions(memory_mb=6)))


@needs_witness
def test_the_process_ends_when_the_reader_is_closed(stacks):
    reader = opened(stacks[0], "lif", "aicsimageio-lif")
    process = reader._process._running

    reader.close()

    assert process.poll() is not None


@needs_witness
def test_a_process_that_dies_is_an_error_of_the_reader(stacks):
    reader = opened(stacks[0], "lif", "aicsimageio-lif")
    reader._process._running.kill()

    with pytest.raises(RefusedSample, match=r"CNV001.*the process has ended"):
        reader.read_region(0, 0, 0, 0, 0, 0, 4, 4)
    reader.close()


@needs_witness
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills the children of a process that dies")
def test_the_process_dies_with_its_parent(stacks, repository):
    program = (
        "import os; from pathlib import Path; from fixative.readers.aicsimageio import open_reader; "
        "from fixative.readers.options import Request; "
        f"reader = open_reader(Request(Path({str(stacks[0])!r}), 'lif', 'aicsimageio-lif')); "
        "print(reader._process._running.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    parent = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(repository / "scripts")},
    )
    until = time.monotonic() + 10
    state = state_of(int(parent.stdout))
    while state not in (None, "Z") and time.monotonic() < until:
        time.sleep(0.05)
        state = state_of(int(parent.stdout))

    assert state in (None, "Z")


def state_of(pid):
    """Linux's letter for the state of a process; None where there is none."""
    try:
        with Path(f"/proc/{pid}/stat").open() as stream:
            return stream.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


@needs_witness
@pytest.mark.corpus
def test_it_agrees_about_the_lif_of_the_corpus(corpus):
    path = corpus / "copyleft" / "lif" / "testdata_2channel_xz.lif"

    same(opened(path, "lif", "aicsimageio-lif"), opened(path, "lif", "liffile"))


@needs_witness
@pytest.mark.corpus
def test_it_agrees_about_the_png_of_the_corpus(corpus):
    path = corpus / "copyleft" / "exiftool" / "PNG.png"

    same(opened(path, "png", "aicsimageio-imageio"), opened(path, "png", "imagecodecs"))
