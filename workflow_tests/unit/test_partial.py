"""Truncated sources of which the whole planes are archived, and nothing else."""

import itertools
import struct
from importlib import import_module

import imagecodecs
import numpy as np
import pytest
import tifffile
import zarr

from fixative.archive_profile import OmeTiff
from fixative.findings import RefusedSample
from fixative.image.ome_tiff import write_ome_tiff
from fixative.inventory import take_inventory
from fixative.models import SampleRow
from fixative.ome.complete import complete_for_tiff
from fixative.readers.options import ReaderOptions
from fixative.readers.whole_planes import module_of, open_inventoried
from fixative.structure import PLANES_APART

PLANES = np.random.default_rng(0).integers(1, 60000, (3, 4, 2, 32, 40), "u2")
"""T, Z, C, Y, X; no value is 0, so that a blank shows."""
PLANE_BYTES = 32 * 40 * 2
REFUSE, WHOLE_PLANES = ReaderOptions(), ReaderOptions(whole_planes_only=True)


def row(path):
    return SampleRow(line=2, sample_id="A", source=path, dataset="d", privacy_policy="facility")


def ome_tiff(path):
    """An OME-TIFF whose XML stands at its front and whose directories stand between the planes."""
    xml = (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="40" SizeY="32" '
        'SizeZ="4" SizeC="2" SizeT="3"><TiffData/></Pixels></Image></OME>'
    )
    with tifffile.TiffWriter(path) as writer:
        for number, plane in enumerate(PLANES.reshape(24, 32, 40)):
            text = xml.encode() if number == 0 else None
            writer.write(plane, description=text, photometric="minisblack", metadata=None, contiguous=False)


def ome_tiff_compressed(path):
    xml = (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="40" SizeY="32" '
        'SizeZ="4" SizeC="2" SizeT="3"><TiffData/></Pixels></Image></OME>'
    )
    options = {"compression": "zlib", "photometric": "minisblack", "metadata": None}
    tifffile.imwrite(path, PLANES.reshape(24, 32, 40), description=xml.encode(), **options)


def imagej(path):
    """An ImageJ hyperstack with its directories at the end, so that one directory describes all that is left."""
    tifffile.imwrite(path, PLANES, imagej=True, metadata={"axes": "TZCYX"})


def dv(path):
    """A DeltaVision stack; its sections run C fastest, then Z, then T (sequence 1)."""
    header = bytearray(1024)
    struct.pack_into("<4i", header, 0, 40, 32, 24, 6)
    struct.pack_into("<hhh", header, 96, -16224, 0, 0)
    struct.pack_into("<2h", header, 180, 3, 1)
    struct.pack_into("<h", header, 196, 2)
    path.write_bytes(bytes(header) + PLANES.tobytes())


def mrc(path):
    header = bytearray(1024)
    struct.pack_into("<4i", header, 0, 40, 32, 24, 6)
    header[208:212] = b"MAP "
    header[212:214] = b"DD"
    path.write_bytes(bytes(header) + PLANES.tobytes())


def nrrd(path):
    text = "NRRD0004\ntype: ushort\ndimension: 4\nsizes: 40 32 8 3\nendian: little\nencoding: raw\n\n"
    path.write_bytes(text.encode() + PLANES.tobytes())


def nifti(path):
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 4, 40, 32, 8, 3, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 512, 16)
    struct.pack_into("<f", header, 108, 352)
    header[344:348] = b"n+1\0"
    path.write_bytes(bytes(header) + PLANES.tobytes())


def ics(path):
    """Version 2, whose pixels follow its header."""
    lines = [
        "\t",
        "ics_version\t2.0",
        "layout\tparameters\t6",
        "layout\torder\tbits\tx\ty\tch\tz\tt",
        "layout\tsizes\t16\t40\t32\t2\t4\t3",
        "representation\tformat\tinteger",
        "representation\tsign\tunsigned",
        "representation\tcompression\tuncompressed",
        "representation\tbyte_order\t1\t2",
        *["history\tnote\tkept"] * 500,
        "end",
        "",
    ]
    path.write_bytes("\n".join(lines).encode() + PLANES.tobytes())


def spe(path):
    header = bytearray(4100)
    struct.pack_into("<H", header, 42, 40)
    struct.pack_into("<h", header, 108, 3)
    struct.pack_into("<H", header, 656, 32)
    struct.pack_into("<i", header, 1446, 24)
    struct.pack_into("<I", header, 2996, 0x01234567)
    path.write_bytes(bytes(header) + PLANES.tobytes())


TCZ = PLANES.transpose(0, 2, 1, 3, 4)
ONE_Z = PLANES.reshape(1, 1, 24, 32, 40)
ONE_T = PLANES.reshape(24, 1, 1, 32, 40)
TZ = PLANES.reshape(3, 1, 8, 32, 40)
FORMATS = {
    "ome_tiff": (ome_tiff, "a.ome.tif", TCZ),
    "ome_tiff compressed": (ome_tiff_compressed, "a.ome.tif", TCZ),
    "imagej": (imagej, "a.tif", TCZ),
    "dv": (dv, "a.dv", TCZ),
    "mrc": (mrc, "a.mrc", ONE_Z),
    "nrrd": (nrrd, "a.nrrd", TZ),
    "nifti": (nifti, "a.nii", TZ),
    "ics": (ics, "a.ics", TCZ),
    "spe": (spe, "a.spe", ONE_T),
}
"""How each is made, its name, and its planes as T, C, Z, Y, X."""


def cut(path, share):
    """Keep a share of a file, or all but the last so many bytes."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)] if share > 0 else content[:share])
    return path


@pytest.fixture
def opened():
    """Take a source's inventory and open it; closed at the end."""
    readers = []

    def open_whole_planes(path):
        inventory = take_inventory(row(path), WHOLE_PLANES)
        reader, _ = open_inventoried(inventory, WHOLE_PLANES)
        readers.append(reader)
        return inventory, reader

    yield open_whole_planes
    [reader.close() for reader in readers]


def whole(reader, image=0):
    """Every plane that the reader says is whole, read, by its place."""
    info = reader.images[image]
    places = itertools.product(range(info.size_t), range(info.size_c), range(info.size_z))
    return {
        place: reader.read_region(image, *place, 0, 0, info.size_y, info.size_x)
        for place in places
        if place not in info.missing
    }


def differing(found, expected):
    """Places at which planes are not those of the original."""
    return [place for place, plane in found.items() if not np.array_equal(plane, expected[place])]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, -50])
@pytest.mark.parametrize("name", FORMATS)
def test_a_truncated_source_is_refused_unless_whole_planes_are_asked_for(tmp_path, name, share):
    make, file_name, _ = FORMATS[name]
    make(tmp_path / file_name)

    with pytest.raises(RefusedSample) as refused:
        take_inventory(row(cut(tmp_path / file_name, share)), REFUSE)

    assert refused.value.code == "INV004"


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, -50])
@pytest.mark.parametrize("name", FORMATS)
def test_the_planes_that_are_whole_are_those_of_the_original(tmp_path, opened, name, share):
    make, file_name, expected = FORMATS[name]
    make(tmp_path / file_name)
    size = (tmp_path / file_name).stat().st_size
    held = int(size * share) if share > 0 else size + share
    beside = size - 24 * PLANE_BYTES

    inventory, reader = opened(cut(tmp_path / file_name, share))

    found = whole(reader)
    info = reader.images[0]
    assert not inventory.completeness.whole
    assert (info.size_t, info.size_c, info.size_z) == expected.shape[:3]
    assert differing(found, expected) == []
    # As many as the bytes that are left can hold, give or take where the rest of the file lies.
    assert (held - beside) // PLANE_BYTES - 1 <= len(found) <= min(24, held // PLANE_BYTES + 1)


def test_a_whole_source_is_opened_by_its_own_reader(tmp_path, opened):
    ome_tiff(tmp_path / "a.ome.tif")

    inventory, reader = opened(tmp_path / "a.ome.tif")

    assert inventory.completeness.whole
    assert reader.images[0].missing == frozenset()


def test_a_source_without_any_whole_plane_is_refused(tmp_path, opened):
    ome_tiff(tmp_path / "a.ome.tif")

    with pytest.raises(RefusedSample) as refused:
        opened(cut(tmp_path / "a.ome.tif", 2000 / (tmp_path / "a.ome.tif").stat().st_size))

    assert refused.value.code == "INV004"


def test_a_format_whose_planes_cannot_be_told_apart_is_refused_and_says_so(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(imagecodecs.png_encode(PLANES[0, 0, 0]))

    with pytest.raises(RefusedSample) as refused:
        take_inventory(row(cut(path, 0.9)), WHOLE_PLANES)

    assert refused.value.code == "INV004"
    assert "not known which planes are whole" in refused.value.message


def test_damage_that_is_no_truncation_is_refused_all_the_same(tmp_path):
    ome_tiff(tmp_path / "a.ome.tif")
    content = bytearray((tmp_path / "a.ome.tif").read_bytes())
    at = content.index(b"SizeZ=")
    content[at : at + 9] = b'SizeZ="x"'
    (tmp_path / "a.ome.tif").write_bytes(content)

    with pytest.raises(RefusedSample) as refused:
        take_inventory(row(tmp_path / "a.ome.tif"), WHOLE_PLANES)

    assert refused.value.code == "INV005"


def test_a_truncated_file_of_an_ome_tiff_set_costs_its_own_planes_only(tmp_path, opened):
    names = ["a.ome.tif", "b.ome.tif"]
    blocks = "".join(
        f'<TiffData IFD="{n % 12}" FirstT="{n // 8}" FirstZ="{n // 2 % 4}" FirstC="{n % 2}" PlaneCount="1">'
        f'<UUID FileName="{names[n // 12]}">urn:uuid:00000000-0000-0000-0000-00000000000{n // 12}</UUID></TiffData>'
        for n in range(24)
    )
    planes = PLANES.reshape(24, 32, 40)
    for number, name in enumerate(names):
        xml = (
            '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
            f'UUID="urn:uuid:00000000-0000-0000-0000-00000000000{number}"><Image ID="Image:0"><Pixels ID="Pixels:0" '
            'DimensionOrder="XYCZT" Type="uint16" SizeX="40" SizeY="32" SizeZ="4" SizeC="2" SizeT="3">'
            f"{blocks}</Pixels></Image></OME>"
        )
        with tifffile.TiffWriter(tmp_path / name) as writer:
            for n, plane in enumerate(planes[number * 12 : number * 12 + 12]):
                text = xml.encode() if n == 0 else None
                writer.write(plane, description=text, photometric="minisblack", metadata=None, contiguous=False)

    cut(tmp_path / "b.ome.tif", 0.8)
    _, reader = opened(tmp_path / "a.ome.tif")

    found = whole(reader)
    assert differing(found, TCZ) == []
    assert 18 <= len(found) < 24
    assert {place[0] for place in reader.images[0].missing} == {2}


def test_a_lost_chunk_of_a_zarr_costs_the_planes_that_it_touches(tmp_path, opened):
    store = tmp_path / "a.zarr"
    group = zarr.open_group(store, mode="w", zarr_format=2)
    array = group.create_array("0", shape=(3, 2, 4, 32, 40), chunks=(1, 1, 2, 16, 40), dtype="u2", compressors=None)
    array[:] = TCZ
    axes = [{"name": name, "type": "space"} for name in "tczyx"]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": [{"path": "0"}]}]
    chunk = next(path for path in store.rglob("*") if path.name in ("1.0.1.1.0", "0") and path.is_file())
    chunk = store / "0" / "1.0.1.1.0" if (store / "0" / "1.0.1.1.0").is_file() else store / "0/1/0/1/1/0"
    chunk.unlink()

    _, reader = opened(store)

    assert reader.images[0].missing == {(1, 0, 2), (1, 0, 3)}
    assert differing(whole(reader), TCZ) == []


def test_a_shortened_chunk_of_a_zarr_is_refused(tmp_path):
    store = tmp_path / "a.zarr"
    array = zarr.create_array(store, shape=(64, 64), chunks=(32, 32), dtype="u2", compressors=None, zarr_format=3)
    array[:] = 7
    chunk = store / "c/1/1"
    chunk.write_bytes(chunk.read_bytes()[:-1])

    with pytest.raises(RefusedSample) as refused:
        take_inventory(row(store), REFUSE)

    assert refused.value.code == "INV004"


def test_only_whole_planes_are_in_the_archived_file(tmp_path, opened):
    ome_tiff(tmp_path / "a.ome.tif")
    _, reader = opened(cut(tmp_path / "a.ome.tif", 0.6))
    xml = (
        b'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" '
        b'DimensionOrder="XYZCT" Type="uint16" SizeX="40" SizeY="32" SizeZ="4" SizeC="2" SizeT="3">'
        b"<MetadataOnly/></Pixels></Image></OME>"
    )
    uuid = "urn:uuid:7d0f4b0c-54f5-5c43-9d9a-0f6f6a0b7e11"
    document = complete_for_tiff(xml, reader.images, "out.ome.tiff", uuid)

    written = write_ome_tiff(
        reader,
        tmp_path / "out.ome.tiff",
        ome_xml=document,
        options=OmeTiff(),
        threads=1,
        resolutions=[None],
        advance=lambda planes, size: None,
    )

    image = written.pixels.images[0]
    expected = whole(reader)
    with tifffile.TiffFile(tmp_path / "out.ome.tiff") as archived:
        *pages, blank = [page.asarray() for page in archived.pages]
    assert len(pages) == len(expected) == 24 - len(image.missing)
    assert document.count(b"<TiffData") == 24
    assert document.count(b'<TiffData IFD="%d"' % len(pages)) == len(image.missing)
    assert all(np.array_equal(page, plane) for page, plane in zip(pages, expected.values(), strict=True))
    assert not any((page == 0).any() for page in pages)
    assert not blank.any()


def test_every_format_whose_planes_are_told_apart_has_a_reader_for_them():
    modules = {import_module(f"fixative.readers.{module_of(fmt)}") for fmt in PLANES_APART}

    assert all(hasattr(module, "open_reader") for module in modules)


@pytest.mark.corpus
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, -1])
def test_a_truncated_lif_has_the_planes_of_the_blocks_that_are_left(corpus, tmp_path, opened, share):
    source = corpus / "copyleft/lif/testdata_2channel_xz.lif"
    (tmp_path / "a.lif").write_bytes(source.read_bytes())
    _, original = opened(source)

    _, reader = opened(cut(tmp_path / "a.lif", share))

    assert [info.name for info in reader.images] == [info.name for info in original.images]
    assert any(info.missing for info in reader.images)
    assert [differing(whole(reader, n), whole(original, n)) for n in range(len(reader.images))] == [[]] * len(
        reader.images
    )


@pytest.mark.corpus
def test_a_truncated_lsm_has_the_channels_that_are_whole(corpus, tmp_path, opened):
    source = corpus / "lsm/spectral golgi.lsm"
    (tmp_path / "a.lsm").write_bytes(source.read_bytes())
    _, original = opened(source)

    _, reader = opened(cut(tmp_path / "a.lsm", 0.6))

    found = whole(reader)
    assert (len(found), len(whole(original))) == (10, 28)
    assert differing(found, whole(original)) == []


def test_an_image_of_which_no_plane_is_left_is_described_and_nothing_more(tmp_path, opened):
    """Two images in one OME-TIFF, the second of which lies where the file was cut."""
    image = (
        '<Image ID="Image:{0}"><Pixels ID="Pixels:{0}" DimensionOrder="XYZCT" Type="uint16" SizeX="40" SizeY="32" '
        'SizeZ="2" SizeC="1" SizeT="1"><TiffData IFD="{1}" PlaneCount="2"/></Pixels></Image>'
    )
    namespace = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
    xml = f'<OME xmlns="{namespace}">{image.format(0, 0)}{image.format(1, 2)}</OME>'
    with tifffile.TiffWriter(tmp_path / "a.ome.tif") as writer:
        for number, plane in enumerate(PLANES.reshape(24, 32, 40)[:4]):
            text = xml.encode() if number == 0 else None
            writer.write(plane, description=text, photometric="minisblack", metadata=None, contiguous=False)

    _, reader = opened(cut(tmp_path / "a.ome.tif", 0.6))

    assert [len(info.missing) for info in reader.images] == [0, 2]
    assert [len(whole(reader, number)) for number in (0, 1)] == [2, 0]
    assert (reader.images[1].dtype, reader.images[1].size_y) == ("uint16", 32)
