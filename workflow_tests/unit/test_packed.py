"""Files that are compressed whole: told by what is inside, checked to the end, read from a plain copy."""

import bz2
import gzip
import lzma
import shutil
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813  the name that its own documentation uses
from astropy.io import fits

from fixative import packed
from fixative.filesets import file_set
from fixative.findings import RefusedSample
from fixative.formats import FORMATS
from fixative.identify import identify
from fixative.inventory import take_inventory
from fixative.models import SampleRow
from fixative.readers.opening import open_backend, open_source
from fixative.readers.options import ReaderOptions, Request
from fixative.readers.whole_planes import open_inventoried
from fixative.scratch import private_folder
from fixative.structure import check_structure

PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
OPENERS = {".gz": gzip, ".bz2": bz2, ".xz": lzma}
VALUES = np.random.default_rng(0).integers(0, 30000, (9, 40, 50)).astype(np.int16)


@pytest.fixture(autouse=True)
def left_behind():
    """No copy is left in the process's folder in the end."""
    yield
    assert [path.name for path in private_folder("unpacked").iterdir()] == ["in_use"]


def nifti(path):
    nibabel.save(nibabel.Nifti1Image(VALUES.T, np.eye(4)), path)


def mrc(path):
    sitk.WriteImage(sitk.GetImageFromArray(VALUES), str(path))


def nrrd(path):
    sitk.WriteImage(sitk.GetImageFromArray(VALUES), str(path))


def metaimage(path):
    sitk.WriteImage(sitk.GetImageFromArray(VALUES), str(path))


def flexible(path):
    fits.writeto(path, VALUES)


WRITERS = {"nifti": ("a.nii", nifti), "mrc": ("a.mrc", mrc), "nrrd": ("a.nrrd", nrrd), "fits": ("a.fits", flexible)}
WRITERS |= {"metaimage": ("a.mha", metaimage)}


@pytest.fixture
def written(tmp_path):
    """Write the volume in a format, compressed; the plain file is removed."""

    def write(fmt, suffix=".gz"):
        name, writer = WRITERS[fmt]
        writer(tmp_path / name)
        path = tmp_path / (name + suffix)
        path.write_bytes(PACKERS[suffix]((tmp_path / name).read_bytes()))
        (tmp_path / name).unlink()
        return path

    return write


def content_of(path, suffix):
    with OPENERS[suffix].open(path) as stream:
        return stream.read()


def checked(path):
    fmt = identify(path)
    return check_structure(path, fmt, file_set(path, fmt))


def code_of(path):
    with pytest.raises(RefusedSample) as refused:
        checked(path)
    return refused.value.code


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("fmt", WRITERS)
def test_every_backend_reads_what_is_inside(written, fmt, suffix):
    path = written(fmt, suffix)
    copy = path.parent / "plain" / path.stem
    copy.parent.mkdir()
    copy.write_bytes(content_of(path, suffix))

    assert identify(path) == fmt
    assert checked(path).checked
    assert file_set(path, fmt) == [path]
    for backend in FORMATS[fmt].backends:
        reader, plain = open_backend(Request(path, fmt, backend)), open_backend(Request(copy, fmt, backend))
        place = (4, 0, 0) if reader.images[0].size_t == 9 else (0, 0, 4)
        found = reader.read_region(0, *place, 3, 5, 20, 30)
        assert np.array_equal(found, plain.read_region(0, *place, 3, 5, 20, 30)), backend
        # Bio-Formats turns the rows of MRC and FITS.
        assert backend == "bioformats" or np.array_equal(found, VALUES[4, 3:23, 5:35]), backend
        assert reader.images == plain.images
        assert reader.files() == [path]
        assert "fixative-unpacked" not in f"{reader.vendor_metadata()}{reader.ome_xml()}"
        reader.close()
        plain.close()


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("fmt", WRITERS)
@pytest.mark.parametrize("kept", [0.3, 0.9, -1])
def test_a_stream_that_is_cut_short_is_refused(written, fmt, suffix, kept):
    path = written(fmt, suffix)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept) if kept > 0 else kept])

    assert code_of(path) == "INV004"
    with pytest.raises(RefusedSample, match="INV004"):
        open_source(path, fmt)


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("fmt", WRITERS)
def test_a_stream_with_a_bit_that_flipped_is_refused(written, fmt, suffix):
    path = written(fmt, suffix)
    content = bytearray(path.read_bytes())
    content[-2000] ^= 0x10
    path.write_bytes(content)

    assert code_of(path) == "INV005"


@pytest.mark.parametrize("at", [-8, -1])
def test_the_check_sum_and_the_length_of_a_gzip_stream_count(written, at):
    path = written("nifti")
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(content)

    assert code_of(path) == "INV005"


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("fmt", WRITERS)
def test_a_whole_stream_of_a_truncated_image_is_refused(written, fmt, suffix):
    path = written(fmt, suffix)
    path.write_bytes(PACKERS[suffix](content_of(path, suffix)[:-4000]))

    assert code_of(path) == "INV004"


def test_streams_may_follow_one_another_and_zeros_the_last(written):
    path = written("mrc")
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(content[:5000]) + gzip.compress(content[5000:]) + gzip.compress(b"") + bytes(700))

    assert checked(path).present_planes == 9


def test_what_follows_a_stream_and_is_none_is_refused(written):
    path = written("mrc")
    path.write_bytes(path.read_bytes() + b"trailer")

    assert code_of(path) == "INV005"


@pytest.mark.parametrize(
    "content",
    [
        b"PK\3\4" + bytes(60),
        b"text of no image",
        bytes(300) + b"ustar",
        gzip.compress(b"twice", mtime=0),
        b"II*\0\x08\0\0\0\0\0",
    ],
)
@pytest.mark.parametrize("suffix", PACKERS)
def test_what_is_no_image_or_needs_more_than_its_beginning_is_to_be_unpacked(tmp_path, content, suffix):
    path = tmp_path / f"a.mrc{suffix}"
    path.write_bytes(PACKERS[suffix](content))

    with pytest.raises(RefusedSample, match=r"INV003.*compressed with (gzip|bzip2|xz): unpack it"):
        identify(path)


def test_the_header_of_a_pair_is_to_be_unpacked_with_its_data(tmp_path):
    nibabel.save(nibabel.Nifti1Pair(VALUES.T, np.eye(4)), tmp_path / "a.img")
    header = tmp_path / "a.hdr.gz"
    header.write_bytes(gzip.compress((tmp_path / "a.hdr").read_bytes()))

    with pytest.raises(RefusedSample, match="INV003"):
        identify(header)


def test_a_bomb_is_recognised_by_its_first_bytes_and_not_inflated_beyond_the_promise(written, monkeypatch):
    path = written("mrc")
    content = gzip.decompress(path.read_bytes())
    bomb = gzip.compress(bytes(200 << 20), 9)
    path.write_bytes(gzip.compress(content) + bomb * 20)
    monkeypatch.setattr("fixative.structure.compressed.MOST_SURPLUS_BYTES", 1 << 20)

    assert identify(path) == "mrc"
    assert code_of(path) == "INV005"


def test_a_copy_that_the_temporary_folder_cannot_hold_is_refused(written, monkeypatch):
    path = written("fits")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(1 << 40, 1 << 40, 1 << 20))

    with pytest.raises(RefusedSample, match=r"CNV001.*TMPDIR"):
        checked(path)


def test_the_copy_goes_also_where_no_backend_can_open_it(written, monkeypatch):
    path = written("fits")
    monkeypatch.setattr("fixative.readers.volumes.fits.FitsReader.__init__", lambda *args, **named: 1 / 0)

    with pytest.raises(RefusedSample, match=r"MET001.*ZeroDivisionError"):
        open_source(path, "fits", ReaderOptions(order={"fits": ("astropy",)}))


def test_which_planes_of_a_truncated_stream_are_whole_is_not_told(written):
    path = written("nifti")
    path.write_bytes(path.read_bytes()[:-2000])
    options = ReaderOptions(whole_planes_only=True)
    row = SampleRow(line=2, sample_id="S", source=path, dataset="d", privacy_policy="facility")

    with pytest.raises(RefusedSample, match=r"INV004.*compressed"):
        open_inventoried(take_inventory(row, options), options)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a.nii.gz", "a.nii"),
        ("a.NII.GZ", "a.NII"),
        ("a.mgz", "a.mgh"),
        ("a.b.map.bz2", "a.b.map"),
        ("brain", "brain"),
    ],
)
def test_the_copy_is_called_what_it_was_before_it_was_compressed(name, plain):
    assert packed.plain_name(Path(name)) == plain


@pytest.mark.corpus
def test_the_compressed_map_of_the_corpus_holds_the_plain_one(corpus):
    names = ("EMD-3197.map.bz2", "EMD-3197.map")
    readers = [open_backend(Request(corpus / "mrc" / name, "mrc", "bioformats")) for name in names]

    assert identify(corpus / "mrc" / names[0]) == "mrc"
    assert all(
        np.array_equal(*(reader.read_region(0, 0, 0, z, 0, 0, 20, 20) for reader in readers)) for z in range(20)
    )
    for reader in readers:
        reader.close()


@pytest.mark.corpus
def test_an_elid_is_a_bzip2_stream_by_itself(corpus):
    path = corpus / "copyleft" / "em" / "Elid2Version2.elid"

    assert identify(path) == "elid"
    assert checked(path).checked
    reader, tried = open_source(path, "elid")
    assert (len(reader.images), tried) == (11, ())
    reader.close()
