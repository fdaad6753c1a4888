"""Which files belong to one image, and that names inside files cannot lead anywhere else."""

import re

import numpy as np
import pytest
import tifffile

from fixative.filesets import file_set
from fixative.findings import RefusedSample

OME = '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{uuid}">{content}</OME>'
IMAGE = (
    '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="8" SizeY="8" '
    'SizeZ="{count}" SizeC="1" SizeT="1">{blocks}</Pixels></Image>'
)
BLOCK = '<TiffData FirstZ="{z}" IFD="0" PlaneCount="1"><UUID FileName="{name}">urn:uuid:{uuid}</UUID></TiffData>'
BINARY_ONLY = '<BinaryOnly MetadataFile="{name}" UUID="urn:uuid:c"/>'


def ome_xml(names, *, uuid="c"):
    blocks = "".join(BLOCK.format(z=z, name=name, uuid=z) for z, name in enumerate(names))
    return OME.format(uuid=uuid, content=IMAGE.format(count=len(names), blocks=blocks))


def write_tiff(path, xml):
    options = {"description": xml.encode(), "metadata": None, "photometric": "minisblack"}
    tifffile.imwrite(path, np.zeros((8, 8), "u1"), **options)
    return path


def touch(folder, *names):
    paths = [folder / name for name in names]
    [path.parent.mkdir(parents=True, exist_ok=True) for path in paths]
    [path.write_bytes(b"x") for path in paths]
    return paths


def names(folder, files):
    return [file.relative_to(folder).as_posix() for file in files]


def refusal(path, fmt):
    with pytest.raises(RefusedSample) as refused:
        file_set(path, fmt)
    return refused.value


def test_a_file_that_names_no_other_is_its_own_set(tmp_path):
    (path,) = touch(tmp_path, "a [1] 50% ü.jpg")

    assert file_set(path, "jpeg") == [path]


def test_an_ome_tiff_set_is_every_file_that_the_xml_names(tmp_path):
    xml = ome_xml(["z0.ome.tif", "z1.ome.tif"], uuid="0")
    main = write_tiff(tmp_path / "z0.ome.tif", xml)
    write_tiff(tmp_path / "z1.ome.tif", ome_xml(["z0.ome.tif", "z1.ome.tif"], uuid="1"))
    touch(tmp_path, "another.ome.tif")

    assert names(tmp_path, file_set(main, "ome_tiff")) == ["z0.ome.tif", "z1.ome.tif"]


@pytest.mark.parametrize("main", ["set.companion.ome", "z1.ome.tif"])
def test_a_companion_and_its_tiffs_are_one_set_from_either_side(tmp_path, main):
    (tmp_path / "set.companion.ome").write_text(ome_xml(["z0.ome.tif", "z1.ome.tif"]))
    binary_only = BINARY_ONLY.format(name="set.companion.ome")
    write_tiff(tmp_path / "z0.ome.tif", OME.format(uuid="0", content=binary_only))
    write_tiff(tmp_path / "z1.ome.tif", OME.format(uuid="1", content=binary_only))

    found = names(tmp_path, file_set(tmp_path / main, "ome_tiff"))

    assert found[0] == main
    assert sorted(found) == ["set.companion.ome", "z0.ome.tif", "z1.ome.tif"]


def test_a_missing_member_is_named_without_its_folder(tmp_path):
    main = write_tiff(tmp_path / "z0.ome.tif", ome_xml(["z0.ome.tif", "sub/z1.ome.tif"], uuid="0"))

    refused = refusal(main, "ome_tiff")

    assert (refused.code, refused.places["name"]) == ("INV006", "z1.ome.tif")


def test_members_match_whatever_the_case_of_their_letters(tmp_path):
    main = write_tiff(tmp_path / "z0.ome.tif", ome_xml(["Z0.OME.TIF", "SUB\\Z1.OME.TIF"], uuid="0"))
    touch(tmp_path, "sub/z1.ome.tif")

    assert names(tmp_path, file_set(main, "ome_tiff")) == ["z0.ome.tif", "sub/z1.ome.tif"]


@pytest.mark.parametrize(
    "name",
    [
        "../secret.tif",
        "sub/../../secret.tif",
        "/etc/passwd",
        "C:\\secret.tif",
        "\\\\host\\secret.tif",
        "..\\a.tif",
    ],
)
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path, name):
    folder = tmp_path / "set"
    folder.mkdir()
    touch(tmp_path, "secret.tif")
    main = write_tiff(folder / "z0.ome.tif", ome_xml(["z0.ome.tif", name], uuid="0"))

    assert refusal(main, "ome_tiff").code == "INV005"


def test_a_member_that_is_a_link_out_of_the_folder_is_refused(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    touch(tmp_path, "secret.tif")
    (folder / "z1.ome.tif").symlink_to(tmp_path / "secret.tif")
    main = write_tiff(folder / "z0.ome.tif", ome_xml(["z0.ome.tif", "z1.ome.tif"], uuid="0"))

    assert refusal(main, "ome_tiff").code == "INV005"


def test_a_renamed_ome_tiff_is_its_own_set(tmp_path):
    main = write_tiff(tmp_path / "new.ome.tif", ome_xml(["old.ome.tif"], uuid="0"))

    assert file_set(main, "ome_tiff") == [main]


def test_an_oif_has_the_files_of_its_folder(tmp_path):
    main, *_ = touch(tmp_path, "a.oif", "a.oif.files/s_C001.tif", "a.oif.files/s_C001.pty")

    assert names(tmp_path, file_set(main, "oif")) == [
        "a.oif",
        "a.oif.files/s_C001.pty",
        "a.oif.files/s_C001.tif",
    ]


def test_a_vsi_has_the_tiles_of_its_folder(tmp_path):
    main, *_ = touch(tmp_path, "a.vsi", "_a_/stack1/frame_t_0.ets")

    assert names(tmp_path, file_set(main, "vsi")) == ["a.vsi", "_a_/stack1/frame_t_0.ets"]


def test_a_mrxs_has_the_data_files_that_its_settings_name(tmp_path):
    main, settings, *_ = touch(tmp_path, "a.mrxs", "a/Slidedat.ini", "a/Index.dat", "a/Data0000.dat")
    settings.write_text("[DATAFILE]\nFILE_COUNT = 1\nFILE_0 = Data0000.dat\n[HIERARCHICAL]\nINDEXFILE = Index.dat\n")

    assert names(tmp_path, file_set(main, "mrxs")) == [
        "a.mrxs",
        "a/Data0000.dat",
        "a/Index.dat",
        "a/Slidedat.ini",
    ]


def test_an_ics_of_version_1_has_its_ids(tmp_path):
    main, _ = touch(tmp_path, "a.ics", "a.ids")
    main.write_text("\t\nics_version\t1.0\n")

    assert names(tmp_path, file_set(main, "ics")) == ["a.ics", "a.ids"]


ND = '"NDInfoFile", Version 1.0\n"DoTimelapse", TRUE\n"NTimePoints", 2\n"DoWave", TRUE\n"NWavelengths", 2\n'
STACKS = ["a_w1CSU 488_t1.stk", "a_w1CSU 488_t2.stk", "a_w2CSU_561_t1.STK", "a_w2CSU_561_t2.stk"]


def test_an_nd_has_a_stack_for_each_wavelength_and_time_point(tmp_path):
    main, *_ = touch(tmp_path, "a.nd", *STACKS, "ab_w1_t1.stk")
    main.write_text(ND)

    assert names(tmp_path, file_set(main, "metamorph_nd")) == ["a.nd", *STACKS]


def test_a_wavelength_may_be_taken_at_some_time_points_only(tmp_path):
    main, *_ = touch(tmp_path, "a.nd", *STACKS[:3])
    main.write_text(ND + '"WavePointsCollected2", 1\n')

    assert len(file_set(main, "metamorph_nd")) == 4


HTD = """"HTSInfoFile", Version 1.0
"TimePoints", 2
"ZSeries", TRUE
"ZSteps", 2
"XWells", 2
"YWells", 2
"WellsSelection2", FALSE, TRUE
"EndFile"
"""


def test_a_plate_has_the_images_of_every_time_point_and_every_step(tmp_path):
    members = ["TimePoint_1/ZStep_1/p_B02.TIF", "TimePoint_1/ZStep_2/p_B02.TIF", "TimePoint_2/p_B02.TIF"]
    main, *_ = touch(tmp_path, "p.HTD", *members, "TimePoint_2/ZStep_1/p_B02_s1_w1.txt")
    main.write_text(HTD)

    assert names(tmp_path, file_set(main, "metaxpress_plate")) == ["p.HTD", *members]


def test_an_xlef_has_all_that_its_collections_name(tmp_path):
    main, collection, _ = touch(tmp_path, "p.xlef", "Meta/c.xlif", "Meta/d 1.lof")
    main.write_text('<LMSDataContainerHeader><Reference File="Meta\\c.xlif"/></LMSDataContainerHeader>')
    collection.write_text('<LMSDataContainerHeader><Reference File="./d%201.lof"/></LMSDataContainerHeader>')

    assert names(tmp_path, file_set(main, "xlef")) == ["p.xlef", "Meta/c.xlif", "Meta/d 1.lof"]


def test_a_zarr_store_is_every_file_in_it(tmp_path):
    store = tmp_path / "a.ome.zarr"
    touch(store, "zarr.json", "0/zarr.json", "0/c/0/0")

    assert names(store, file_set(store, "ome_zarr")) == ["zarr.json", "0/c/0/0", "0/zarr.json"]


def test_a_zarr_store_with_a_link_out_of_it_is_refused(tmp_path):
    store = tmp_path / "a.ome.zarr"
    touch(store, "zarr.json")
    (store / "0").symlink_to("/etc")

    assert refusal(store, "ome_zarr").code == "INV005"


MISSING = {
    "a.oif": ("oif", b"[Version]", "a.oif.files"),
    "a.vsi": ("vsi", b"II*\0", "_a_"),
    "a.mrxs": ("mrxs", b"", "a"),
    "a.ics": ("ics", b"\t\nics_version\t1.0\n", "a.ids"),
    "a.nd": ("metamorph_nd", ND.encode(), "a_w1_t1.stk"),
    "a.xlef": ("xlef", b'<X><Reference File="b.lof"/></X>', "b.lof"),
    "a.nhdr": ("nrrd", b"NRRD0004\ndata file: a.raw\n", "a.raw"),
    "a.emi": ("emi", b"JL", "a_1.ser"),
}


@pytest.mark.parametrize("main", MISSING)
def test_a_set_without_its_members_is_refused_naming_what_is_missing(tmp_path, main):
    fmt, content, missing = MISSING[main]
    (tmp_path / main).write_bytes(content)

    refused = refusal(tmp_path / main, fmt)

    assert (refused.code, refused.places["name"]) == ("INV006", missing)


def test_hostile_names_are_shown_without_control_characters(tmp_path):
    (path,) = touch(tmp_path, "a.nhdr")
    path.write_bytes(b"NRRD0004\ndata file: a\x1b[31m.raw\n")

    assert re.fullmatch(r"[ -~]+", refusal(path, "nrrd").places["name"])


NAMING = {
    "hamamatsu_vms": ("slide.vms", "[Virtual Microscope Specimen]\nImageFile={name}\nOptimisationFile=none.opt\n"),
    "hamamatsu_vmu": ("slide.vmu", "[Uncompressed Virtual Microscope Specimen]\r\nMapFile={name}\r\n"),
}
BESIDE = {
    "ripple": ("a.rpl", "a.raw"),
    "stimulate": ("a.spr", "a.sdt"),
    "envi": ("a.dat", "a.hdr"),
    "ehdr": ("a.bil", "a.hdr"),
    "rst": ("a.rst", "a.rdc"),
    "saga": ("a.sdat", "a.sgrd"),
}


@pytest.fixture
def no_bioformats(monkeypatch):
    monkeypatch.setattr("fixative.filesets._used_by_bioformats", lambda path, options: [])


NAMED_AND_READ = {
    "ndpis": ("set.ndpis", "[NanoZoomer Digital Pathology Image Set]\nNoImages=1\nImage0={name}\n"),
    "afi": ("set.afi", "<ImageList><Image><Path>{name}</Path></Image></ImageList>"),
    "incell": ("plate.xdce", '<ImageStack><Images><Image id="1" filename="{name}"/></Images></ImageStack>'),
    "operetta": (
        "Index.idx.xml",
        '<EvaluationInputData><Image><URL BufferNo="0">{name}</URL></Image></EvaluationInputData>',
    ),
    "hitachi": ("image.txt", "[SemImageFile]\r\nInstructName=S-4800\r\nImageName={name}\r\n"),
    "prairie": ("scan.xml", '<PVScan><Frame><File channel="1" page="1" filename="{name}" /></Frame></PVScan>'),
    "bdv": ("data.xml", '<SpimData><ImageLoader><hdf5 type="relative">{name}</hdf5></ImageLoader></SpimData>'),
    "micromanager_series": ("metadata.txt", '{{"Summary": {{}}, "FrameKey-0-0-0": {{"FileName": "{name}"}}}}'),
}
ALL_NAMING = {**NAMING, **NAMED_AND_READ}


@pytest.mark.parametrize("fmt", ALL_NAMING)
def test_a_member_that_settings_name_is_found_whatever_the_case_of_its_letters(tmp_path, no_bioformats, fmt):
    name, text = ALL_NAMING[fmt]
    main, (member,) = tmp_path / name, touch(tmp_path, "Image 1.TIF")
    main.write_text(text.format(name="image 1.tif"))

    assert file_set(main, fmt) == [main, member]


@pytest.mark.parametrize("fmt", ALL_NAMING)
def test_a_member_that_settings_name_and_that_is_missing_is_named(tmp_path, no_bioformats, fmt):
    name, text = ALL_NAMING[fmt]
    main = tmp_path / name
    main.write_text(text.format(name="image 1.tif"))

    found = refusal(main, fmt)

    assert found.code == "INV006"
    assert found.places["name"] == "image 1.tif"


@pytest.mark.parametrize("fmt", ALL_NAMING)
def test_settings_cannot_name_a_member_outside_the_folder(tmp_path, no_bioformats, fmt):
    name, text = ALL_NAMING[fmt]
    touch(tmp_path, "secret.tif")
    main = tmp_path / "set" / name
    main.parent.mkdir()
    main.write_text(text.format(name="../secret.tif"))

    assert refusal(main, fmt).code == "INV005"


@pytest.mark.parametrize("fmt", BESIDE)
def test_data_and_header_of_one_name_are_one_set(tmp_path, fmt):
    main, other = touch(tmp_path, BESIDE[fmt][0], BESIDE[fmt][1].upper())

    assert file_set(main, fmt) == [main, other]


@pytest.mark.parametrize("fmt", BESIDE)
def test_data_without_their_header_are_refused_by_its_name(tmp_path, fmt):
    (main,) = touch(tmp_path, BESIDE[fmt][0])

    found = refusal(main, fmt)

    assert (found.code, found.places["name"]) == ("INV006", BESIDE[fmt][1])


@pytest.mark.parametrize("fmt", BESIDE)
def test_a_header_that_is_a_link_out_of_the_folder_is_refused(tmp_path, fmt):
    (secret,) = touch(tmp_path, "secret")
    main, header = BESIDE[fmt]
    (path,) = touch(tmp_path / "set", main)
    (tmp_path / "set" / header).symlink_to(secret)

    assert refusal(path, fmt).code == "INV005"


def test_a_scanr_acquisition_has_its_images_in_a_folder(tmp_path, no_bioformats):
    main, log, image = touch(tmp_path, "experiment_descriptor.xml", "AcquisitionLog.dat", "Data/W1.tif")

    assert set(file_set(main, "scanr")) == {main, log, image}


def test_a_scanr_acquisition_without_images_is_refused(tmp_path, no_bioformats):
    (main,) = touch(tmp_path, "experiment_descriptor.xml")

    assert refusal(main, "scanr").places["name"] == "data"


def test_files_that_only_bio_formats_knows_are_members(tmp_path, monkeypatch):
    main, first, second = touch(tmp_path, "a.oir", "a_00001", "sub/a_00002")
    monkeypatch.setattr(
        "fixative.readers.bioformats.catalogue.used_files", lambda path, options: sorted([path, first, second])
    )

    assert file_set(main, "oir") == [main, first, second]


def test_a_file_that_bio_formats_opens_outside_the_folder_is_refused(tmp_path, monkeypatch):
    (stranger,) = touch(tmp_path, "stranger")
    (main,) = touch(tmp_path, "set/a.oir")
    monkeypatch.setattr("fixative.readers.bioformats.catalogue.used_files", lambda path, options: [path, stranger])

    assert refusal(main, "oir").code == "INV005"


def test_a_file_that_bio_formats_names_and_that_is_not_there_is_missing(tmp_path, monkeypatch):
    (main,) = touch(tmp_path, "a.oir")
    monkeypatch.setattr(
        "fixative.readers.bioformats.catalogue.used_files", lambda path, options: [path, path.with_name("a_00001")]
    )

    assert refusal(main, "oir").places["name"] == "a_00001"


def test_the_set_of_a_visitech_image_is_what_bio_formats_opens(tmp_path):
    # Cannot be opened by any reader: the set is then the file alone, and opening it says why.
    (main,) = touch(tmp_path, "a 1.xys")

    assert file_set(main, "visitech") == [main]


@pytest.mark.parametrize(
    ("name", "text", "members"),
    [
        ("a.mhd", "NDims = 3\nElementDataFile = LIST\nz0.raw\nz1.raw\n", ["z0.raw", "z1.raw"]),
        ("a.mhd", "NDims = 3\nElementDataFile = z%03d.raw 1 5 2\n", ["z001.raw", "z003.raw", "z005.raw"]),
        ("a.nhdr", "NRRD0004\ndata file: LIST\nz0.raw\nz1.raw\n", ["z0.raw", "z1.raw"]),
        ("a.nhdr", "NRRD0004\ndata file: z%d.raw 9 10 1\n", ["z10.raw", "z9.raw"]),
    ],
)
def test_slices_that_a_header_lists_or_numbers_are_members(tmp_path, name, text, members):
    main = tmp_path / name
    main.write_text(text)
    assert refusal(main, "metaimage").code == "INV006"
    touch(tmp_path, *members)

    assert names(tmp_path, file_set(main, "metaimage")) == [name, *members]


def test_the_copies_of_a_plate_s_settings_belong_to_it(tmp_path):
    main, *members = touch(
        tmp_path, "p.HTD", "TimePoint_1/p.htd", "TimePoint_1/ZStep_2/p.HTD", "TimePoint_1/p_B02.TIF"
    )
    main.write_text(HTD)

    assert file_set(main, "metaxpress_plate") == [main, *sorted(members)]
