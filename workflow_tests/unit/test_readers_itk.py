"""ITK: values against arrays that were written, regions, and the files that it would fill or scale."""

import locale
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813

from fixative.findings import RefusedSample
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request
from fixative.structure.volumes import CHECKS

DICOM = Path(pydicom.__file__).parent / "data" / "test_files"


@pytest.fixture
def opened():
    readers = []

    def open_it(path, fmt, **options):
        readers.append(open_backend(Request(path, fmt, "itk", ReaderOptions(**options))))
        return readers[-1]

    yield open_it
    for reader in readers:
        reader.close()


def volume(*shape, dtype="uint16"):
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def saved(path, values, vector=False, compressed=False):
    sitk.WriteImage(sitk.GetImageFromArray(values, isVector=vector), str(path), compressed)
    return path


FORMATS = [
    (".mha", "metaimage"),
    (".mhd", "metaimage"),
    (".nrrd", "nrrd"),
    (".nhdr", "nrrd"),
    (".gipl", "gipl"),
    (".vtk", "vtk"),
    (".nii", "nifti"),
    (".hdr", "nifti"),
    (".mrc", "mrc"),
]


@pytest.mark.parametrize(("suffix", "fmt"), FORMATS)
def test_planes_and_regions(tmp_path, opened, suffix, fmt):
    values = volume(6, 17, 23)

    reader = opened(saved(tmp_path / f"a{suffix}", values), fmt)

    info = reader.images[0]
    assert (info.size_t, info.size_c, info.size_z, info.dtype) == (1, 1, 6, "uint16")
    assert np.array_equal(reader.read_region(0, 0, 0, 5, 3, 7, 11, 13), values[5, 3:14, 7:20])
    assert np.array_equal(reader.read_region(0, 0, 0, 1, 0, 0, 17, 23), values[1])


@pytest.mark.parametrize(("suffix", "fmt"), [(".mha", "metaimage"), (".nrrd", "nrrd"), (".nii.gz", "nifti")])
def test_compressed_volumes(tmp_path, opened, suffix, fmt):
    values = volume(6, 17, 23)

    reader = opened(saved(tmp_path / f"a{suffix}", values, compressed=True), fmt)

    assert np.array_equal(reader.read_region(0, 0, 0, 4, 0, 0, 17, 23), values[4])


def test_a_fourth_axis_is_time(tmp_path, opened):
    values = volume(3, 4, 5, 6)
    image = sitk.JoinSeries([sitk.GetImageFromArray(one) for one in values])
    sitk.WriteImage(image, str(tmp_path / "a.mha"))

    reader = opened(tmp_path / "a.mha", "metaimage")

    assert (reader.images[0].size_t, reader.images[0].size_z) == (3, 4)
    assert np.array_equal(reader.read_region(0, 2, 0, 3, 0, 0, 5, 6), values[2, 3])


def test_bytes_of_three_colours_are_samples_and_other_components_channels(tmp_path, opened):
    colours, vectors = volume(4, 5, 6, 3, dtype="uint8"), volume(4, 5, 6, 3, dtype="float32")

    first = opened(saved(tmp_path / "a.mha", colours, vector=True), "metaimage")
    second = opened(saved(tmp_path / "b.mha", vectors, vector=True), "metaimage")

    assert first.images[0].samples == 3
    assert np.array_equal(first.read_region(0, 0, 0, 2, 0, 0, 5, 6), colours[2])
    assert second.images[0].size_c == 3
    assert np.array_equal(second.read_region(0, 0, 1, 2, 0, 0, 5, 6), vectors[2, :, :, 1])


@pytest.mark.parametrize("missing", [0.4, 0.1, 1])
@pytest.mark.parametrize(("suffix", "fmt"), [("mha", "metaimage"), ("gipl", "gipl"), ("vtk", "vtk")])
def test_what_itk_would_fill_is_refused_without_it(tmp_path, opened, suffix, fmt, missing):
    path = saved(tmp_path / f"a.{suffix}", volume(16, 17, 23))
    data = path.read_bytes()
    assert CHECKS[fmt](path, fmt, [path]).present_planes == 16
    path.write_bytes(data[: int(len(data) * (1 - missing))] if missing < 1 else data.rstrip(b"\n")[:-1])

    with pytest.raises(RefusedSample, match="INV004"):
        CHECKS[fmt](path, fmt, [path])
    with pytest.raises(RefusedSample, match="INV004"):
        opened(path, fmt)


@pytest.mark.parametrize("missing", [0.4, 0.1])
@pytest.mark.parametrize(("suffix", "fmt"), [("nii", "nifti"), ("mrc", "mrc"), ("nrrd", "nrrd")])
def test_other_truncated_volumes_are_refused_as_well(tmp_path, opened, suffix, fmt, missing):
    path = saved(tmp_path / f"a.{suffix}", volume(16, 17, 23))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * (1 - missing))])

    with pytest.raises(RefusedSample, match="INV004"):
        opened(path, fmt)


def test_compressed_metaimage_cut_short_is_refused_without_the_reader(tmp_path):
    path = saved(tmp_path / "a.mha", volume(16, 17, 23), compressed=True)
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(RefusedSample, match="INV004"):
        CHECKS["metaimage"](path, "metaimage", [path])


def test_values_in_text_are_counted(tmp_path):
    head = "# vtk DataFile Version 3.0\nx\nASCII\nDATASET STRUCTURED_POINTS\nDIMENSIONS 3 2 2\n"
    head += "POINT_DATA 12\nSCALARS values short 1\nLOOKUP_TABLE default\n"
    path = tmp_path / "a.vtk"
    path.write_text(head + " ".join(map(str, range(12))) + "\n")
    assert CHECKS["vtk"](path, "vtk", [path]).checked
    path.write_text(head + " ".join(map(str, range(11))) + "\n")

    with pytest.raises(RefusedSample, match=r"INV004.*12 numbers promised, 11"):
        CHECKS["vtk"](path, "vtk", [path])


def test_a_metaimage_without_its_data_file_is_refused(tmp_path, opened):
    path = saved(tmp_path / "a.mhd", volume(4, 5, 6))
    (tmp_path / "a.raw").unlink()

    with pytest.raises(RefusedSample, match=r"INV006.*a\.raw"):
        opened(path, "metaimage")


def test_slices_in_files_of_their_own_are_left_to_others(tmp_path, opened):
    path = tmp_path / "a.mhd"
    (tmp_path / "b.raw").write_bytes(bytes(16))
    path.write_text(
        "ObjectType = Image\nNDims = 2\nDimSize = 4 4\nElementType = MET_UCHAR\nElementDataFile = LIST\nb.raw\n"
    )

    with pytest.raises(RefusedSample, match="MET001"):
        opened(path, "metaimage")


def test_a_slope_of_nifti_is_left_to_other_readers(tmp_path, opened):
    path = saved(tmp_path / "a.nii", volume(4, 5, 6))
    data = bytearray(path.read_bytes())
    data[112:116] = np.float32(0.5).tobytes()
    path.write_bytes(data)

    with pytest.raises(RefusedSample, match="MET001"):
        opened(path, "nifti")


def test_a_volume_beyond_the_memory_is_refused_with_its_remedy(tmp_path, opened):
    path = saved(tmp_path / "a.gipl", volume(64, 128, 128))

    with pytest.raises(RefusedSample, match=r"CNV001.*mem_mb"):
        opened(path, "gipl", memory_mb=2)


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("MR_small_bigendian", "GDCM"),
        ("SC_rgb_jpeg_gdcm", "GDCM"),
        ("examples_rgb_color", "GDCM"),
        ("GDCMJ2K_TextGBR", "OpenJPEG"),
        ("SC_rgb_jls_lossy_line", "CharLS"),
    ],
)
def test_dicom_through_gdcm_is_what_pydicom_reads(opened, name, library):
    path = DICOM / f"{name}.dcm"
    pydicom_reader = open_backend(Request(path, "dicom", "pydicom"))
    info = pydicom_reader.images[0]
    last = 0, info.size_t - 1, 0, info.size_z - 1, 0, 0, info.size_y, info.size_x

    reader = opened(path, "dicom")

    assert reader.library == library
    assert np.array_equal(reader.read_region(*last), pydicom_reader.read_region(*last))
    assert reader.vendor_metadata()["dicom"]["Rows"] == info.size_y
    pydicom_reader.close()


@pytest.mark.parametrize(
    "name", ["CT_small", "examples_palette", "SC_ybr_full_422_uncompressed", "rtdose", "SC_rgb_rle_16bit"]
)
def test_dicom_that_gdcm_would_scale_convert_or_misread_is_left_to_others(opened, name):
    with pytest.raises(RefusedSample, match="MET001"):
        opened(DICOM / f"{name}.dcm", "dicom")


@pytest.mark.corpus
def test_volumes_of_the_corpus(corpus, opened):
    plain = opened(corpus / "nrrd" / "BallBinary30x30x30.nrrd", "nrrd")
    packed = opened(corpus / "nrrd" / "BallBinary30x30x30_gz.nrrd", "nrrd")

    found = plain.read_region(0, 0, 0, 15, 0, 0, 30, 30)

    assert found.any()
    assert np.array_equal(found, packed.read_region(0, 0, 0, 15, 0, 0, 30, 30))


def test_the_locale_of_the_process_is_left_alone(tmp_path):
    path = tmp_path / "a.vtk"
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((3, 4, 5), np.int16)), str(path))
    before = locale.setlocale(locale.LC_ALL)

    open_backend(Request(path, "vtk", "itk")).close()

    assert locale.setlocale(locale.LC_ALL) == before
