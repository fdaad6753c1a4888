"""NIfTI, Analyze, MGH and MINC: stored values against arrays that were written, refusals, metadata."""

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest

from fixative.findings import RefusedSample
from fixative.ome.vendor import volumes
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request
from fixative.structure.volumes import check_mgh

FILES = Path(nibabel.__file__).parent / "tests" / "data"


@pytest.fixture
def opened():
    readers = []

    def open_it(path, fmt="nifti", **options):
        readers.append(open_backend(Request(path, fmt, "nibabel", ReaderOptions(**options))))
        return readers[-1]

    yield open_it
    for reader in readers:
        reader.close()


def volume(*shape, dtype="int16"):
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def saved(path, image):
    nibabel.save(image, path)
    return path


def plane(reader, t=0, c=0, z=0):
    info = reader.images[0]
    return reader.read_region(0, t, c, z, 0, 0, info.size_y, info.size_x)


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64", "complex64"])
def test_axes_and_values(tmp_path, opened, kind, dtype):
    values = volume(7, 6, 5, 4, 3, dtype=dtype)

    reader = opened(saved(tmp_path / "a.nii", kind(values, np.eye(4), dtype=dtype)))

    info = reader.images[0]
    assert (info.size_t, info.size_c, info.size_z, info.size_y, info.size_x) == (4, 3, 5, 6, 7)
    assert info.dtype == dtype
    assert np.array_equal(plane(reader, t=2, c=1, z=3), values[:, :, 3, 2, 1].T)


def test_a_slope_is_not_applied_and_stands_in_the_metadata(tmp_path, opened):
    values = volume(4, 5, 6)
    image = nibabel.Nifti1Image(values, np.eye(4))
    image.header.set_slope_inter(0.5, 3)
    path = tmp_path / "a.nii"
    image.to_filename(path)
    stored = np.asarray(nibabel.load(path).dataobj.get_unscaled())

    reader = opened(path)

    assert np.array_equal(plane(reader, z=2), stored[:, :, 2].T)
    assert reader.images[0].dtype == "int16"
    assert reader.vendor_metadata()["nifti"]["header"]["scl_slope"] == 0.5


def test_big_endian_values_and_regions_at_odd_places(tmp_path, opened):
    values = volume(31, 23, 3)
    header = nibabel.Nifti1Header(endianness=">")
    header.set_data_dtype(np.int16)

    reader = opened(saved(tmp_path / "a.nii", nibabel.Nifti1Image(values, np.eye(4), header)))

    assert reader.images[0].byte_order == "big"
    assert np.array_equal(reader.read_region(0, 0, 0, 1, 5, 7, 11, 13), values[7:20, 5:16, 1].T)


def test_colours_are_samples(tmp_path, opened):
    kind = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
    values = volume(4, 5, 2, 3, dtype="uint8")
    packed = np.ascontiguousarray(values).view(kind).reshape(4, 5, 2)

    reader = opened(saved(tmp_path / "a.nii", nibabel.Nifti1Image(packed, np.eye(4))))

    assert (reader.images[0].samples, reader.images[0].photometric) == (3, "rgb")
    assert np.array_equal(plane(reader, z=1), values[:, :, 1].transpose(1, 0, 2))


@pytest.mark.parametrize("kind", [nibabel.Nifti1Pair, nibabel.AnalyzeImage, nibabel.Spm2AnalyzeImage])
def test_pairs_name_both_files(tmp_path, opened, kind):
    values = volume(4, 5, 6)
    saved(tmp_path / "a.img", kind(values, np.eye(4)))

    reader = opened(tmp_path / "a.hdr")

    assert np.array_equal(plane(reader, z=4), values[:, :, 4].T)
    assert reader.files() == [tmp_path / "a.hdr", tmp_path / "a.img"]


def test_a_pair_without_its_data_is_refused(tmp_path, opened):
    saved(tmp_path / "a.img", nibabel.AnalyzeImage(volume(4, 5, 6), np.eye(4)))
    (tmp_path / "a.img").unlink()

    with pytest.raises(RefusedSample, match=r"INV006.*a\.img"):
        opened(tmp_path / "a.hdr")


def test_a_volume_that_gzip_has_compressed(tmp_path, opened):
    values = np.random.default_rng(0).integers(0, 30000, (128, 128, 64)).astype(np.int16)
    path = saved(tmp_path / "a.nii.gz", nibabel.Nifti1Image(values, np.eye(4)))

    assert np.array_equal(plane(opened(path, memory_mb=2), z=60), values[:, :, 60].T)


@pytest.mark.parametrize("missing", [0.4, 0.1, 1])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_truncated_copy_is_refused(tmp_path, opened, missing, suffix):
    path = saved(tmp_path / f"a{suffix}", nibabel.Nifti1Image(volume(14, 15, 16), np.eye(4)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * (1 - missing))] if missing < 1 else data[:-1])

    with pytest.raises(RefusedSample, match="INV004"):
        opened(path)


def test_header_extensions_and_units_are_in_the_metadata(tmp_path, opened):
    image = nibabel.Nifti1Image(volume(4, 5, 6, 3), np.diag([0.8, 0.8, 2, 1]))
    image.header.set_xyzt_units("mm", "msec")
    image.header["pixdim"][4] = 1500
    image.header["descrip"] = b"a description"
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", b"Doe, Jane"))
    reader = opened(saved(tmp_path / "a.nii", image))

    tree = reader.vendor_metadata()["nifti"]
    facts = volumes.nifti(tree, None, reader.images)[0]

    assert tree["header"]["descrip"] == "a description"
    assert tree["extensions"] == [{"code": 6, "content": "Doe, Jane"}]
    assert {axis: size.value for axis, size in facts.size.items()} == {"X": "800", "Y": "800", "Z": "2000"}
    assert (facts.time_increment.value, facts.time_increment.unit) == ("1500", "ms")


def test_mgh(tmp_path, opened):
    values = volume(4, 5, 6, 3, dtype="float32")
    path = saved(tmp_path / "a.mgh", nibabel.MGHImage(values, np.diag([0.5, 0.5, 2, 1])))

    reader = opened(path, "mgh")

    assert np.array_equal(plane(reader, t=2, z=5), values[:, :, 5, 2].T)
    facts = volumes.mgh(reader.vendor_metadata()["mgh"], None, reader.images)[0]
    assert {axis: size.value for axis, size in facts.size.items()} == {"X": "500", "Y": "500", "Z": "2000"}


@pytest.mark.parametrize("suffix", [".mgh", ".mgz"])
def test_a_truncated_mgh_is_refused_without_the_reader(tmp_path, suffix):
    path = saved(tmp_path / f"a{suffix}", nibabel.MGHImage(volume(14, 15, 16, dtype="float32"), np.eye(4)))
    assert check_mgh(path, "mgh", [path]).checked
    data = gzip.decompress(path.read_bytes()) if suffix == ".mgz" else path.read_bytes()
    path.write_bytes(gzip.compress(data[: len(data) // 2]) if suffix == ".mgz" else data[: len(data) // 2])

    with pytest.raises(RefusedSample, match="INV004"):
        check_mgh(path, "mgh", [path])


@pytest.mark.parametrize(("name", "library"), [("minc1_1_scale.mnc", "nibabel"), ("minc2_1_scale.mnc", "HDF5")])
def test_minc_is_delivered_as_stored(opened, name, library):
    """The whole-volume scale of these files is linear: what nibabel scales follows from what is stored."""
    scaled = np.asarray(nibabel.load(FILES / name).dataobj)

    reader = opened(FILES / name, "minc")

    stored = np.array([plane(reader, z=z) for z in range(10)]).astype(float)
    slope, offset = np.polyfit(stored.reshape(-1), scaled.reshape(-1), 1)
    assert (reader.library, reader.images[0].dtype) == (library, "uint8")
    assert np.allclose(stored * slope + offset, scaled, atol=1e-6)
    assert np.array_equal(reader.read_region(0, 0, 0, 3, 5, 7, 9, 4), stored[3, 5:14, 7:11])


def test_time_of_minc_is_t_and_its_steps_are_sizes(opened):
    reader = opened(FILES / "minc1_4d.mnc", "minc")

    info, tree = reader.images[0], reader.vendor_metadata()["minc"]

    assert (info.size_t, info.size_z, info.size_y, info.size_x) == (2, 10, 20, 20)
    assert tree["variables"]["image"]["dimensions"] == ["time", "zspace", "yspace", "xspace"]
    facts = volumes.minc(tree, None, reader.images)[0]
    assert set(facts.size) <= {"X", "Y", "Z"}


@pytest.mark.corpus
def test_volumes_of_the_corpus(corpus, opened):
    stored = np.asarray(nibabel.load(corpus / "nifti" / "functional.nii").dataobj.get_unscaled())

    reader = opened(corpus / "nifti" / "functional.nii")
    minc = opened(corpus / "minc" / "minc1-no-att.mnc", "minc")

    assert np.array_equal(plane(reader, t=19, z=2), stored[:, :, 2, 19].T)
    assert (minc.images[0].dtype, minc.images[0].size_z) == ("uint8", 10)
