"""DICOM: stored values against pydicom's own decoders and known arrays, slides by region, refusals, metadata."""

import io
import json
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended, generate_frames
from pydicom.pixels import pixel_array
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
    VLWholeSlideMicroscopyImageStorage,
)

from fixative.findings import RefusedSample
from fixative.ome.vendor.dicom import dicom
from fixative.privacy.apply import sanitise
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request
from fixative.structure import check_structure
from fixative.structure.dicom import check_dicom
from fixative.trees import digest_of
from privacy_samples import dump, everything, inventory, policy, row, source

FILES = Path(pydicom.__file__).parent / "data" / "test_files"


@pytest.fixture
def opened():
    """Open a file with the backend under test; closed at the end."""
    readers = []

    def open_it(path, **options):
        readers.append(open_backend(Request(path, "dicom", "pydicom", ReaderOptions(**options))))
        return readers[-1]

    yield open_it
    for reader in readers:
        reader.close()


@pytest.fixture
def dcm(tmp_path):
    """Write a small DICOM file of an array of frames."""

    def write(frames, syntax=ExplicitVRLittleEndian, name="a.dcm", **attributes):
        ds = Dataset()
        ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
        ds.Rows, ds.Columns, ds.NumberOfFrames = *frames.shape[1:3], len(frames)
        ds.SamplesPerPixel = frames.shape[3] if frames.ndim == 4 else 1
        ds.PhotometricInterpretation = "RGB" if ds.SamplesPerPixel == 3 else "MONOCHROME2"
        ds.BitsAllocated = ds.BitsStored = frames.dtype.itemsize * 8
        ds.HighBit, ds.PixelRepresentation = ds.BitsStored - 1, int(frames.dtype.kind == "i")
        if ds.SamplesPerPixel > 1:
            ds.PlanarConfiguration = 0
        data = attributes.pop("data", None)
        if data is None and frames.dtype.kind != "f":
            data = frames.astype(frames.dtype.newbyteorder(">" if syntax == ExplicitVRBigEndian else "<")).tobytes()
        for keyword, value in attributes.items():
            setattr(ds, keyword, value)
        if data is not None:
            ds.PixelData = data + b"\0" * (len(data) % 2)
            ds["PixelData"].VR = "OB" if syntax.is_compressed or ds.BitsAllocated <= 8 else "OW"
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = syntax
        path = tmp_path / name
        ds.save_as(path, enforce_file_format=True)
        return path

    return write


def ramp(*shape, dtype="uint16"):
    """Known values that differ everywhere nearby."""
    return (np.arange(np.prod(shape)) % 251).reshape(shape).astype(dtype)


def whole(reader, t=0, c=0, z=0):
    info = reader.images[0]
    return reader.read_region(0, t, c, z, 0, 0, info.size_y, info.size_x)


def all_planes(reader):
    info = reader.images[0]
    return np.array(
        [
            [[whole(reader, t, c, z) for z in range(info.size_z)] for c in range(info.size_c)]
            for t in range(info.size_t)
        ]
    )


def own_values(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pixel_array(pydicom.dcmread(path, force=True), raw=True)


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("CT_small", "pydicom"),
        ("MR_small_implicit", "pydicom"),
        ("MR_small_bigendian", "pydicom"),
        ("image_dfl", "pydicom"),
        ("MR_small_RLE", "pydicom"),
        ("SC_rgb_rle_16bit_2frame", "pydicom"),
        ("rtdose_expb", "pydicom"),
        ("rtdose_rle", "pydicom"),
        ("ExplVR_BigEnd", "pydicom"),
        ("SC_rgb_small_odd_big_endian", "pydicom"),
        ("examples_overlay", "pydicom"),
        ("examples_palette", "pydicom"),
        ("liver_expb_1frame", "pydicom"),
        ("SC_jpeg_no_color_transform", "libjpeg-turbo"),
        ("MR_small_jpeg_ls_lossless", "CharLS"),
        ("SC_rgb_jls_lossy_line", "CharLS"),
        ("JPEGLSNearLossless_16", "CharLS"),
        ("MR_small_jp2klossless", "OpenJPEG"),
        ("J2K_pixelrep_mismatch", "OpenJPEG"),
        ("693_J2KI", "OpenJPEG"),
        ("SC_rgb_gdcm_KY", "OpenJPEG"),
    ],
)
def test_stored_values_are_those_of_pydicoms_own_decoders(opened, name, library):
    reader = opened(FILES / f"{name}.dcm")

    found = all_planes(reader)

    expected = own_values(FILES / f"{name}.dcm")
    assert reader.library == library
    assert np.array_equal(found.reshape(-1), expected.reshape(-1))


def test_lossless_jpeg_is_decoded(opened):
    expected = own_values(FILES / "SC_rgb_rle.dcm")

    reader = opened(FILES / "SC_rgb_jpeg_gdcm.dcm")

    assert reader.library == "libjpeg (Richter)"
    assert np.array_equal(whole(reader), expected)


@pytest.mark.parametrize("name", ["SC_rgb_dcmtk_+eb+cy+s2", "SC_rgb_jpeg_lossy_gdcm", "examples_ybr_color"])
def test_jpeg_of_luma_and_chroma_is_what_its_decoder_shows(opened, name):
    ds = pydicom.dcmread(FILES / f"{name}.dcm")
    first = next(generate_frames(ds.PixelData, number_of_frames=int(ds.get("NumberOfFrames", 1))))

    reader = opened(FILES / f"{name}.dcm")

    assert reader.images[0].photometric == "rgb"
    assert np.array_equal(whole(reader), np.asarray(Image.open(io.BytesIO(first)).convert("RGB")))


def test_chroma_that_is_stored_stays_three_channels(opened):
    reader = opened(FILES / "SC_ybr_full_422_uncompressed.dcm")

    found = np.moveaxis(all_planes(reader)[0, :, 0], 0, -1)

    assert (reader.images[0].size_c, reader.images[0].samples) == (3, 1)
    assert np.array_equal(found, own_values(FILES / "SC_ybr_full_422_uncompressed.dcm"))
    facts = dicom(reader.vendor_metadata()["dicom"], None, reader.images)[0]
    assert [channel.name for channel in facts.channels] == ["Y", "Cb", "Cr"]


def test_planar_colours_are_delivered_by_pixel(opened, dcm):
    frames = ramp(2, 5, 7, 3, dtype="uint8")
    planar = np.ascontiguousarray(frames.transpose(0, 3, 1, 2)).tobytes()

    reader = opened(dcm(frames, data=planar, PlanarConfiguration=1))

    assert np.array_equal(whole(reader, t=1), frames[1])


def test_single_bits_of_frames_that_end_within_a_byte(opened, dcm):
    frames = ramp(3, 5, 7, dtype="uint8") % 2
    packed = np.packbits(frames.reshape(-1), bitorder="little").tobytes()

    reader = opened(dcm(frames, data=packed, BitsAllocated=1, BitsStored=1, HighBit=0))

    assert reader.images[0].dtype == "bool"
    assert np.array_equal(whole(reader, t=2), frames[2].astype(bool))


def test_signed_values_of_twelve_bits_are_sign_extended(opened, dcm):
    values = np.array([[[-2048, -1, 0, 2047]]], np.int16)

    reader = opened(dcm(values, data=(values & 0xFFF).tobytes(), BitsStored=12, HighBit=11))

    assert np.array_equal(whole(reader), values[0])
    assert reader.images[0].significant_bits == 12


def test_something_above_signed_bits_is_refused(dcm, opened):
    values = np.array([[[0x5001, 2]]], np.int16)

    with pytest.raises(RefusedSample, match="CNV001"):
        opened(dcm(values, BitsStored=12, HighBit=11))


def test_floats_and_inverted_grey(opened, dcm):
    values = np.array([[[0.5, -3.25], [np.inf, 1e-30]]], np.float32)
    path = dcm(values, FloatPixelData=values.tobytes())
    inverted = dcm(ramp(1, 4, 4), name="b.dcm", PhotometricInterpretation="MONOCHROME1")

    assert np.array_equal(whole(opened(path)), values[0])
    assert opened(inverted).images[0].photometric == "miniswhite"


def test_a_palette_of_sixteen_bits_and_one_in_segments(opened, dcm):
    table = np.arange(256, dtype="<u2") * 200
    segments = np.array([0, 2, 0, 200, 1, 254, 51000], "<u2")
    names = ("Red", "Green", "Blue")
    described = {f"{name}PaletteColorLookupTableDescriptor": [256, 0, 16] for name in names}
    plain = {f"{name}PaletteColorLookupTableData": table.tobytes() for name in names}
    segmented = {f"Segmented{name}PaletteColorLookupTableData": segments.tobytes() for name in names}
    frames = ramp(1, 8, 8, dtype="uint8")

    first = opened(dcm(frames, PhotometricInterpretation="PALETTE COLOR", **described, **plain))
    second = opened(dcm(frames, name="b.dcm", PhotometricInterpretation="PALETTE COLOR", **described, **segmented))

    assert np.array_equal(first.images[0].palette, np.stack([table] * 3))
    assert np.array_equal(second.images[0].palette, np.stack([table] * 3))


def test_a_file_without_preamble_and_meta_information(opened, dcm):
    frames = ramp(1, 9, 11)
    path = dcm(frames, ImplicitVRLittleEndian)
    start = path.read_bytes().index(b"\x08\x00\x16\x00")
    path.write_bytes(path.read_bytes()[start:])

    reader = opened(path)

    assert np.array_equal(whole(reader), frames[0])
    assert check_dicom(path, "dicom", [path]).checked


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless]
)
def test_regions_equal_the_whole_plane(opened, dcm, syntax):
    frames = ramp(3, 50, 70)
    path = dcm(frames, syntax if syntax != RLELossless else ExplicitVRLittleEndian)
    if syntax == RLELossless:
        ds = pydicom.dcmread(path)
        ds.compress(RLELossless)
        ds.save_as(path)

    reader = opened(path)

    assert np.array_equal(reader.read_region(0, 2, 0, 0, 7, 13, 31, 29), frames[2, 7:38, 13:42])


def test_large_frames_are_read_by_rows(opened, dcm, monkeypatch):
    monkeypatch.setattr("fixative.readers.dicom.reader.WHOLE_FRAME_BYTES", 100)
    frames = ramp(2, 60, 40)

    reader = opened(dcm(frames))

    assert np.array_equal(reader.read_region(0, 1, 0, 0, 33, 3, 20, 30), frames[1, 33:53, 3:33])


@pytest.mark.parametrize("table", [True, False])
def test_frames_of_several_fragments(opened, dcm, table):
    frames = ramp(3, 64, 64)
    path = dcm(frames, data=b"".join(frame.tobytes() for frame in frames))
    ds = pydicom.dcmread(path)
    ds.compress(RLELossless)
    streams = list(generate_frames(ds.PixelData, number_of_frames=3))
    ds.PixelData = encapsulate(streams, fragments_per_frame=2 if table else 1, has_bot=table)
    ds.save_as(path)

    assert np.array_equal(all_planes(opened(path)).reshape(frames.shape), frames)


@pytest.mark.parametrize(
    ("attributes", "sizes"),
    [
        ({}, (6, 1, 1)),
        ({"SpacingBetweenSlices": 2}, (1, 1, 6)),
        ({"FrameIncrementPointer": 0x00181063, "FrameTime": 40}, (6, 1, 1)),
        (
            {
                "FrameIncrementPointer": [0x00540010, 0x00540080],
                "EnergyWindowVector": [1, 1, 1, 2, 2, 2],
                "SliceVector": [1, 2, 3, 1, 2, 3],
            },
            (1, 2, 3),
        ),
        ({"FrameIncrementPointer": 0x3004000C, "GridFrameOffsetVector": [0, 2, 4, 6, 8, 10]}, (1, 1, 6)),
    ],
)
def test_what_frames_are(opened, dcm, attributes, sizes):
    frames = ramp(6, 4, 5)

    reader = opened(dcm(frames, **attributes))

    info = reader.images[0]
    assert (info.size_t, info.size_c, info.size_z) == sizes
    assert np.array_equal(all_planes(reader).reshape(frames.shape), frames)


def test_dimension_indices_put_frames_in_their_places(opened, dcm):
    frames = ramp(4, 4, 5)
    groups = []
    for time, position in ((2, 1), (1, 1), (2, 2), (1, 2)):
        content, group = Dataset(), Dataset()
        content.DimensionIndexValues = [time, position]
        group.FrameContentSequence = [content]
        groups.append(group)
    pointers = []
    for pointer in (0x00209128, 0x00200032):
        pointers.append(Dataset())
        pointers[-1].DimensionIndexPointer = pointer

    reader = opened(dcm(frames, DimensionIndexSequence=pointers, PerFrameFunctionalGroupsSequence=groups))

    assert reader.images[0].folded == {"TemporalPositionIndex": "T", "ImagePositionPatient": "Z"}
    assert np.array_equal(whole(reader, t=0, z=1), frames[3])
    assert np.array_equal(whole(reader, t=1, z=0), frames[0])


def slide_attributes(**more):
    return {
        "SOPClassUID": VLWholeSlideMicroscopyImageStorage,
        "TotalPixelMatrixRows": 25,
        "TotalPixelMatrixColumns": 33,
        "ImageType": ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"],
    } | more


def tiles_of(image):
    """Tiles of 10 x 12 of an image of 25 x 33, in the order of TILED_FULL."""
    padded = np.pad(image, ((0, 5), (0, 3), (0, 0)))
    return np.array([padded[y : y + 10, x : x + 12] for y in range(0, 30, 10) for x in range(0, 36, 12)])


def positions(places, paths=None):
    groups = []
    for number, (row_, column) in enumerate(places):
        position, group = Dataset(), Dataset()
        position.RowPositionInTotalImagePixelMatrix = row_
        position.ColumnPositionInTotalImagePixelMatrix = column
        group.PlanePositionSlideSequence = [position]
        if paths:
            path = Dataset()
            path.OpticalPathIdentifier = paths[number]
            group.OpticalPathIdentificationSequence = [path]
        groups.append(group)
    return groups


GRID = [(y + 1, x + 1) for y in range(0, 30, 10) for x in range(0, 36, 12)]


def test_a_slide_is_put_together_from_the_tiles_a_region_touches(opened, dcm, monkeypatch):
    image = ramp(25, 33, 3, dtype="uint8")
    path = dcm(tiles_of(image), **slide_attributes(DimensionOrganizationType="TILED_FULL"))
    reader = opened(path)
    read = []
    plain = type(reader)._stored_rows
    monkeypatch.setattr(type(reader), "_stored_rows", lambda *args: read.append(args[2]) or plain(*args))
    reader._cache.clear()

    found = reader.read_region(0, 0, 0, 0, 8, 20, 10, 9)

    assert np.array_equal(found, image[8:18, 20:29])
    assert sorted(read) == [1, 2, 4, 5]
    assert np.array_equal(whole(reader), image)
    assert reader.images[0].tile == (10, 12)


def test_tiles_by_their_positions_and_optical_paths(opened, dcm):
    image = ramp(2, 25, 33, 3, dtype="uint8")
    order = np.random.default_rng(1).permutation(18)
    tiles = np.concatenate([tiles_of(image[0]), tiles_of(image[1])])[order]
    places = [(GRID + GRID)[n] for n in order]
    paths = [Dataset(), Dataset()]
    paths[0].OpticalPathIdentifier, paths[1].OpticalPathIdentifier = "green", "red"
    names = [("green" if n < 9 else "red") for n in order]

    reader = opened(
        dcm(
            tiles,
            **slide_attributes(
                DimensionOrganizationType="TILED_SPARSE",
                OpticalPathSequence=paths,
                PerFrameFunctionalGroupsSequence=positions(places, names),
            ),
        )
    )

    assert np.array_equal(whole(reader, c=1), image[1])
    assert [c.name for c in dicom(reader.vendor_metadata()["dicom"], None, reader.images)[0].channels] == [
        "green",
        "red",
    ]


def test_a_tile_that_is_not_there_is_no_blank_one(opened, dcm):
    sparse = slide_attributes(
        DimensionOrganizationType="TILED_SPARSE", PerFrameFunctionalGroupsSequence=positions(GRID[:-1])
    )
    path = dcm(tiles_of(ramp(25, 33, 3, dtype="uint8"))[:-1], **sparse)

    with pytest.raises(RefusedSample, match=r"INV004.*9 tiles promised, 8"):
        opened(path)
    assert opened(path, whole_planes_only=True).images[0].missing == {(0, 0, 0)}


def test_a_plane_that_was_not_scanned_is_absent(opened, dcm):
    paths = [Dataset(), Dataset()]
    paths[0].OpticalPathIdentifier, paths[1].OpticalPathIdentifier = "green", "red"
    sparse = slide_attributes(
        DimensionOrganizationType="TILED_SPARSE",
        OpticalPathSequence=paths,
        PerFrameFunctionalGroupsSequence=positions(GRID, ["red"] * 9),
    )

    reader = opened(dcm(tiles_of(ramp(25, 33, 3, dtype="uint8")), **sparse))

    assert reader.images[0].absent == {(0, 0, 0)}


@pytest.mark.parametrize(("flavour", "kind"), [("LABEL", "label"), ("OVERVIEW", "macro"), ("THUMBNAIL", "thumbnail")])
def test_labels_and_overviews_are_marked(opened, dcm, flavour, kind):
    attributes = slide_attributes(
        DimensionOrganizationType="TILED_FULL", ImageType=["ORIGINAL", "PRIMARY", flavour, "NONE"]
    )

    assert opened(dcm(tiles_of(ramp(25, 33, 3, dtype="uint8")), **attributes)).images[0].kind == kind


def cut(tmp_path, name, missing):
    data = (FILES / f"{name}.dcm").read_bytes()
    path = tmp_path / "cut.dcm"
    path.write_bytes(data[: int(len(data) * (1 - missing))] if missing < 1 else data[:-missing])
    return path


# Ten bytes: behind the deflated stream of image_dfl stand some that belong to no element.
@pytest.mark.parametrize("missing", [0.4, 0.1, 10])
@pytest.mark.parametrize("name", ["CT_small", "MR_small_RLE", "MR_small_jp2klossless", "image_dfl", "rtdose_rle"])
def test_a_truncated_copy_is_refused_without_the_reader(tmp_path, name, missing):
    path = cut(tmp_path, name, missing)

    with pytest.raises(RefusedSample, match=r"INV00[45]"):
        check_structure(path, "dicom", [path])


@pytest.mark.parametrize("missing", [0.4, 0.1])
@pytest.mark.parametrize("name", ["CT_small", "MR_small_RLE", "MR_small_jp2klossless", "image_dfl", "rtdose_rle"])
def test_a_truncated_copy_is_refused_by_the_reader(tmp_path, opened, name, missing):
    with pytest.raises(RefusedSample, match=r"INV00[45]"):
        opened(cut(tmp_path, name, missing))


def test_a_frame_whose_stream_was_cut_and_wrapped_again_is_refused(opened, tmp_path):
    ds = pydicom.dcmread(FILES / "MR_small_jp2klossless.dcm")
    stream = next(generate_frames(ds.PixelData, number_of_frames=1))
    ds.PixelData = encapsulate([stream[: len(stream) // 2]])
    ds.save_as(tmp_path / "cut.dcm")

    with pytest.raises(RefusedSample, match=r"CNV001.*end marker"):
        opened(tmp_path / "cut.dcm")


def test_more_frames_than_promised_are_refused(opened, dcm):
    with pytest.raises(RefusedSample, match="INV005"):
        opened(dcm(ramp(3, 4, 4), NumberOfFrames=2))


def test_a_report_is_no_image():
    path = FILES / "test-SR.dcm"

    with pytest.raises(RefusedSample, match="INV011"):
        check_structure(path, "dicom", [path])


def test_every_attribute_is_in_the_tree(opened, dcm):
    block = Dataset()
    block.add_new(0x00090010, "LO", "MAKER")
    block.add_new(0x00091001, "UN", b"Doe^Jane")
    path = dcm(
        ramp(1, 4, 4),
        PatientName="Müller^Anna",
        ReferencedImageSequence=[block],
        InstanceNumber=7,
        SpecificCharacterSet="ISO_IR 192",
        DataSetTrailingPadding=b"\0" * 8,
    )

    tree = opened(path).vendor_metadata()["dicom"]

    assert tree["PatientName"] == "Müller^Anna"
    assert tree["ReferencedImageSequence"][0]["(0009,1001) MAKER"] == "Doe^Jane"
    assert tree["InstanceNumber"] == 7
    assert tree["PixelData"] == {"frames": 1, "bytes": 32}
    assert tree["DataSetTrailingPadding"]["bytes"] == 8
    assert tree["FileMetaInformation"]["TransferSyntaxUID"] == str(ExplicitVRLittleEndian)
    json.dumps(tree)


def test_facts_for_ome_are_those_the_file_states(opened, dcm):
    reader = opened(
        dcm(
            ramp(2, 4, 4),
            PixelSpacing=[0.5, 0.25],
            FrameIncrementPointer=0x00181063,
            FrameTime="33.3",
            AcquisitionDate="20040119",
            AcquisitionTime="072731.5",
            TimezoneOffsetFromUTC="-0500",
            ImagerPixelSpacing=[9, 9],
        )
    )

    facts = dicom(reader.vendor_metadata()["dicom"], None, reader.images)[0]

    assert (facts.size["X"].value, facts.size["Y"].value, facts.size["X"].unit) == ("250", "500", "µm")
    assert (facts.time_increment.value, facts.time_increment.unit) == ("33.3", "ms")
    assert facts.acquisition_date == "2004-01-19T07:27:31.5-05:00"
    assert facts.microscope == {}


def test_under_facility_no_person_number_or_station_is_left(suites):
    table = json.loads((suites / "dicom-ps3.15-table-e1-1" / "confidentiality_profile_attributes.json").read_text())
    known = pydicom.datadict.DicomDictionary
    listed = [
        known[int(a["id"], 16)]
        for a in table
        if a["id"].isalnum() and "x" not in a["id"] and int(a["id"], 16) in known
    ]
    names = [
        entry[4]
        for entry in listed
        if entry[0] in ("PN", "AE") and not entry[4].startswith(("Originator", "Selector"))
    ]
    names += [
        "PatientID",
        "AccessionNumber",
        "StudyID",
        "SpecimenIdentifier",
        "ContainerIdentifier",
        "StationName",
        "InstitutionName",
        "InstitutionAddress",
        "PatientBirthDate",
        "PatientAddress",
        "SourceApplicationEntityTitle",
    ]
    tree = {name: f"Qzcanary{number}" for number, name in enumerate(names)} | {"(0009,1040) GENIE": "Qzcanary^Jane"}

    sanitised = sanitise(
        policy("facility"),
        dump(source("dicom", tree | {"OriginalAttributesSequence": [tree]})),
        b"<OME/>",
        row(),
        inventory(),
    )

    assert len(names) > 40
    assert "qzcanary" not in everything(sanitised).casefold()


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name", ["CT_small", "JPEG2000", "MR_small_bigendian", "SC_rgb_rle_2frame", "examples_palette"]
)
def test_no_patient_of_the_corpus_survives(corpus, opened, name):
    tree = opened(corpus / "dicom" / name / f"{name}.dcm").vendor_metadata()["dicom"]

    text = everything(sanitise(policy("facility"), dump(source("dicom", tree)), b"<OME/>", row(), inventory()))

    private = [
        str(tree.get(keyword, "")) for keyword in ("PatientName", "PatientID", "StationName", "InstitutionName")
    ]
    # one file names its maker as the institution: a maker is no secret
    maker = str(tree.get("Manufacturer", ""))
    assert [value for value in private if len(value) > 3 and value not in maker and value in text] == []


@pytest.mark.corpus
def test_a_slide_of_the_corpus(corpus, opened):
    reader = opened(corpus / "dicom_wsi" / "sm_image.dcm")

    tiles = own_values(corpus / "dicom_wsi" / "sm_image.dcm")

    assert reader.images[0].tile == (10, 10)
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 10, 20, 10, 10), tiles[7])
    assert reader.files() == [corpus / "dicom_wsi" / "sm_image.dcm"]


def test_long_values_are_read_when_they_are_asked_for(opened, dcm):
    profile = bytes(range(256)) * 400

    reader = opened(dcm(ramp(1, 4, 4), ICCProfile=profile))

    assert reader.vendor_metadata()["dicom"]["ICCProfile"] == digest_of(profile)


def test_an_extended_offset_table_tells_fragments_apart(opened, dcm):
    frames = ramp(3, 64, 64)
    path = dcm(frames)
    ds = pydicom.dcmread(path)
    ds.compress(RLELossless)
    streams = list(generate_frames(ds.PixelData, number_of_frames=3))
    ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = encapsulate_extended(streams)
    ds.save_as(path)

    assert np.array_equal(all_planes(opened(path)).reshape(frames.shape), frames)


def test_pixel_data_stay_on_disk(dcm):
    frames = np.zeros((40, 1024, 1024), np.uint16)
    path = dcm(frames)
    del frames
    tracemalloc.start()

    reader = open_backend(Request(path, "dicom", "pydicom", ReaderOptions(memory_mb=64)))
    planes = [reader.read_region(0, t, 0, 0, 500, 0, 64, 1024).any() for t in range(40)]

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    reader.close()
    assert not any(planes)
    assert peak < 32 * 1024 * 1024
