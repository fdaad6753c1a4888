"""Plates of MetaXpress: fields as images, what the HTD file promises, Plate and Well through to the archive."""

import shutil

import numpy as np
import pytest
import tifffile

from fixative.archive_profile import OmeTiff
from fixative.findings import RefusedSample
from fixative.image.ome_tiff import write_ome_tiff
from fixative.inventory import take_inventory
from fixative.metadata.dump import dump_metadata
from fixative.metaxpress import read_plate, well_name
from fixative.models import SampleRow
from fixative.ome.build import build_ome_xml, complete_for_tiff
from fixative.ome.schema import ome, problems
from fixative.privacy.apply import sanitise
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request
from fixative.readers.whole_planes import open_inventoried
from fixative.xml_tree import parse_xml
from ome_sources import NO_INVENTORY, dump_of, image, inventory_of, no_dump, reader_of
from privacy_samples import everything, policy

SCHEMA = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
METASERIES = """<MetaData><prop id="Description" type="string" value="Plate Name: 77&#13;&#10;Folder Name: \
mustermann_e&#13;&#10;Exposure: 20 ms&#13;&#10;Binning: 2 x 2&#13;&#10;"/><PlaneInfo>\
<prop id="spatial-calibration-state" type="bool" value="on"/>\
<prop id="spatial-calibration-x" type="float" value="0.65"/><prop id="spatial-calibration-y" type="float" \
value="0.65"/><prop id="spatial-calibration-units" type="string" value="um"/>\
<prop id="plane-guid" type="guid" value="{guid}"/>\
<prop id="acquisition-time-local" type="time" value="20240709 13:15:{second:02d}.000"/>\
<prop id="stage-position-x" type="float" value="{x}"/><prop id="stage-position-y" type="float" value="100"/>\
<custom-prop id="_MagSetting_" type="string" value="40X Plan Apo"/>\
<custom-prop id="_MagNA_" type="float" value="0.95"/><custom-prop id="Exposure Time" type="string" value="20 ms"/>\
</PlaneInfo><SetInfo><prop id="number-of-planes" type="int" value="1"/></SetInfo></MetaData>"""


class PlateFolder:
    """A plate on disk: an HTD file and the TIFF files that a test asks for."""

    def __init__(self, folder):
        self.htd = folder / "plate 77.HTD"
        self.planes = {}

    def describe(self, wells=("B02", "B04"), sites=("TRUE", "FALSE", "TRUE"), waves=2, times=1, steps=0, **more):
        lines = ['"HTSInfoFile", Version 1.0', '"Description", "a plate, of tests\x82\x81second line"']
        lines += [f'"TimePoints", {times}', f'"ZSeries", {"TRUE" if steps else "FALSE"}', f'"ZSteps", {steps}']
        lines += ['"XWells", 6', '"YWells", 4']
        for row in range(4):
            flags = ["TRUE" if f"{'ABCD'[row]}{column:02d}" in wells else "FALSE" for column in range(1, 7)]
            lines.append(f'"WellsSelection{row + 1}", {", ".join(flags)}')
        lines += ['"Sites", TRUE', f'"XSites", {len(sites)}', '"YSites", 1', f'"SiteSelection1", {", ".join(sites)}']
        lines += ['"Waves", TRUE', f'"NWavelengths", {waves}']
        lines += [f'"WaveName{n}", "{name}"' for n, name in enumerate(["DAPI", "FITC", "Cy5"][:waves], 1)]
        lines += [f'"{name}", {value}' for name, value in more.items()]
        self.htd.write_bytes("\r\n".join([*lines, '"EndFile"', ""]).encode("latin-1"))

    def add(self, name, shape=(24, 40), guid=None):
        path = self.htd.parent / f"{name}.TIF"
        path.parent.mkdir(parents=True, exist_ok=True)
        number = len(self.planes)
        self.planes[name] = np.random.default_rng(number).integers(0, 60000, shape, dtype=np.uint16)
        text = METASERIES.format(guid=guid or f"{number:08d}", second=number % 60, x=1000 + number)
        tifffile.imwrite(path, self.planes[name], description=text, software="MetaSeries", metadata=None)

    def fill(self, wells=("B02", "B04"), sites=2, waves=2, times=1, folder=""):
        for t in range(1, times + 1):
            for well in wells:
                for s in range(1, sites + 1):
                    for w in range(1, waves + 1):
                        self.add(f"TimePoint_{t}/{folder}plate 77_{well}_s{s}_w{w}")

    def open(self, **options):
        return open_backend(Request(self.htd, "metaxpress_plate", "metaxpress_plate", ReaderOptions(**options)))

    def row(self):
        return SampleRow(line=2, sample_id="S", source=self.htd, dataset="d", privacy_policy="facility")


@pytest.fixture
def plate(tmp_path):
    return PlateFolder(tmp_path)


def plane(reader, number, t=0, c=0, z=0):
    info = reader.images[number]
    return reader.read_region(number, t, c, z, 0, 0, info.size_y, info.size_x)


def test_each_site_of_each_selected_well_is_an_image(plate):
    plate.describe(times=2)
    plate.fill(times=2)

    reader = plate.open()

    assert [info.name for info in reader.images] == ["B02 site 1", "B02 site 2", "B04 site 1", "B04 site 2"]
    assert {(i.size_t, i.size_c, i.size_z, i.dtype) for i in reader.images} == {(2, 2, 1, "uint16")}
    np.testing.assert_array_equal(plane(reader, 3, t=1, c=1), plate.planes["TimePoint_2/plate 77_B04_s2_w2"])
    np.testing.assert_array_equal(
        reader.read_region(1, 0, 1, 0, 5, 7, 11, 13), plate.planes["TimePoint_1/plate 77_B02_s2_w2"][5:16, 7:20]
    )
    reader.close()


def test_its_files_are_the_htd_file_and_every_image(plate):
    plate.describe()
    plate.fill()

    reader = plate.open()

    assert len(reader.files()) == 9
    assert reader.files()[0] == plate.htd
    reader.close()


def test_one_time_point_may_lie_beside_the_htd_file(plate):
    plate.describe(wells=("A01",), sites=("TRUE",), waves=1)
    plate.add("plate 77_A01_s1_w1")

    reader = plate.open()

    np.testing.assert_array_equal(plane(reader, 0), plate.planes["plate 77_A01_s1_w1"])
    reader.close()


def test_steps_are_z_and_a_projection_is_an_image_of_its_own(plate):
    plate.describe(wells=("A01",), sites=("TRUE",), waves=2, steps=3)
    guid = "0AB1C2D3-0000-1111-2222-0123456789AB"
    for step in (1, 2, 3):
        plate.add(f"TimePoint_1/ZStep_{step}/plate 77_A01_s1_w1{guid}")
    plate.add("TimePoint_1/ZStep_0/plate 77_A01_s1_w1")
    plate.add("TimePoint_1/ZStep_0/plate 77_A01_s1_w2")

    reader = plate.open()

    stack, single = reader.images
    assert (stack.name, stack.size_c, stack.size_z) == ("A01 site 1", 1, 3)
    assert (single.name, single.size_c, single.size_z) == ("A01 site 1 projection or single plane", 2, 1)
    np.testing.assert_array_equal(
        plane(reader, 0, z=2), plate.planes[f"TimePoint_1/ZStep_3/plate 77_A01_s1_w1{guid}"]
    )
    np.testing.assert_array_equal(plane(reader, 1, c=1), plate.planes["TimePoint_1/ZStep_0/plate 77_A01_s1_w2"])
    reader.close()


def test_thumbnails_are_marked_and_no_samples_of_a_well(plate):
    plate.describe(wells=("A01",), sites=("TRUE",), waves=2)
    plate.fill(wells=("A01",), sites=1)
    plate.add("TimePoint_1/plate 77_A01_s1_w2_thumb", shape=(6, 10))

    reader = plate.open()
    root = parse_xml(reader.ome_xml())

    assert [(info.kind, info.name) for info in reader.images] == [
        ("image", "A01 site 1"),
        ("thumbnail", "A01 site 1 thumbnail"),
    ]
    assert [ref.get("ID") for ref in root.iter(ome("ImageRef"))] == ["Image:0"]
    np.testing.assert_array_equal(plane(reader, 1), plate.planes["TimePoint_1/plate 77_A01_s1_w2_thumb"])
    reader.close()


@pytest.mark.parametrize(
    "gone", ["TimePoint_1/plate 77_B04_s2_w2.TIF", "TimePoint_2/plate 77_B02_s1_w1.TIF", "TimePoint_2"]
)
def test_a_promised_file_that_is_not_there_is_refused(plate, gone):
    plate.describe(times=2)
    plate.fill(times=2)
    lost = plate.htd.parent / gone
    shutil.rmtree(lost) if lost.is_dir() else lost.unlink()

    with pytest.raises(RefusedSample, match=r"INV006.*TimePoint_\d/plate 77_B0\d_s\d_w\d\.TIF"):
        plate.open()


def test_a_wavelength_without_any_file_is_refused(plate):
    plate.describe(waves=3)
    plate.fill(waves=2)

    with pytest.raises(RefusedSample, match=r"INV006.*_w3\.TIF"):
        plate.open()


def test_a_wavelength_that_was_not_collected_is_no_channel(plate):
    plate.describe(waves=3, WaveCollect3=0)
    plate.fill(waves=2)

    reader = plate.open()

    assert {info.size_c for info in reader.images} == {2}
    reader.close()


def test_whole_planes_alone_are_delivered_on_demand(plate):
    plate.describe(times=2)
    plate.fill(times=2)
    (plate.htd.parent / "TimePoint_2/plate 77_B04_s2_w2.TIF").unlink()
    cut = plate.htd.parent / "TimePoint_1/plate 77_B02_s1_w1.TIF"
    cut.write_bytes(cut.read_bytes()[:1500])

    reader = plate.open(whole_planes_only=True)

    assert [sorted(info.missing) for info in reader.images] == [[(0, 0, 0)], [], [], [(1, 1, 0)]]
    reader.close()


def test_a_site_of_which_nothing_is_left_is_named_and_not_delivered(plate):
    plate.describe(times=2)
    plate.fill(times=2)
    for lost in plate.htd.parent.glob("TimePoint_*/*_B04_s1_*.TIF"):
        lost.unlink()

    inventory = take_inventory(plate.row(), ReaderOptions(whole_planes_only=True))
    reader, _ = open_inventoried(inventory, ReaderOptions(whole_planes_only=True))

    assert [info.name for info in reader.images] == ["B02 site 1", "B02 site 2", "B04 site 2"]
    assert reader.vendor_metadata()["metaxpress"]["left out"] == ["B04 site 1"]
    (missing,) = inventory.completeness.missing
    assert missing.count("_B04_s1_w") == 4
    assert not inventory.completeness.whole
    np.testing.assert_array_equal(plane(reader, 2, t=1), plate.planes["TimePoint_2/plate 77_B04_s2_w1"])
    reader.close()


def test_a_plate_of_which_nothing_is_left_is_refused(plate):
    plate.describe()

    with pytest.raises(RefusedSample, match="INV004"):
        plate.open(whole_planes_only=True)


def test_the_inventory_holds_a_plate_of_stacks_and_counts_its_planes(plate):
    plate.describe(wells=("A01",), sites=("TRUE",), waves=2, steps=3)
    for step in (1, 2, 3):
        plate.fill(wells=("A01",), sites=1, folder=f"ZStep_{step}/")
    shutil.copy(plate.htd, plate.htd.parent / "TimePoint_1" / "PLATE 77.htd")

    inventory = take_inventory(plate.row())
    reader = plate.open()

    assert inventory.completeness.promised_planes == 6
    assert len(inventory.files) == 8
    assert {file.path for file in inventory.files} > set(reader.files())
    reader.close()


@pytest.mark.parametrize(
    ("damage", "code"),
    [(lambda file: file.unlink(), "INV006"), (lambda file: file.write_bytes(file.read_bytes()[:-9]), "INV004")],
)
def test_the_inventory_refuses_a_plate_that_lacks_a_file_or_the_end_of_one(plate, damage, code):
    plate.describe(wells=("A01",), sites=("TRUE",), waves=2, steps=3)
    for step in (1, 2, 3):
        plate.fill(wells=("A01",), sites=1, folder=f"ZStep_{step}/")
    damage(plate.htd.parent / "TimePoint_1/ZStep_2/plate 77_A01_s1_w2.TIF")

    with pytest.raises(RefusedSample, match=rf"{code}.*plate 77_A01_s1_w2\.TIF"):
        take_inventory(plate.row())


def test_a_file_of_a_plate_that_is_damaged_is_refused_whatever_is_asked_for(plate):
    plate.describe()
    plate.fill()
    bad = plate.htd.parent / "TimePoint_1/plate 77_B04_s2_w2.TIF"
    content = bytearray(bad.read_bytes())
    content[8:10] = b"\0\0"
    bad.write_bytes(content)

    with pytest.raises(RefusedSample, match=r"INV005.*plate 77_B04_s2_w2\.TIF"):
        take_inventory(plate.row(), ReaderOptions(whole_planes_only=True))


@pytest.mark.parametrize("folder", ["TimePoint_1", "timepoint_1/ZStep_2"])
def test_a_copy_of_the_settings_in_the_folder_of_one_time_point_is_no_plate(plate, folder):
    plate.describe()
    place = plate.htd.parent / folder
    place.mkdir(parents=True)
    copy = shutil.copy(plate.htd, place / "Plate 77.htd")

    with pytest.raises(RefusedSample, match="INV011"):
        take_inventory(plate.row().model_copy(update={"source": copy}))


def test_bio_formats_reads_the_same_planes_as_a_second_reader(plate):
    plate.describe(times=2)
    plate.fill(times=2)
    first = plate.open()

    second = open_backend(Request(plate.htd, "metaxpress_plate", "metaxpress_plate-bioformats"))

    assert (first.library, second.library) == ("tifffile", "Bio-Formats")
    assert second.backend == "metaxpress_plate-bioformats"
    assert [info.name for info in second.images] == [info.name for info in first.images]
    np.testing.assert_array_equal(plane(second, 3, t=1, c=1), plate.planes["TimePoint_2/plate 77_B04_s2_w2"])
    np.testing.assert_array_equal(
        second.read_region(1, 0, 1, 0, 5, 7, 11, 13), plate.planes["TimePoint_1/plate 77_B02_s2_w2"][5:16, 7:20]
    )
    assert problems(build_ome_xml(second, dump_of(**second.vendor_metadata()), NO_INVENTORY).xml) == []
    second.close()
    first.close()


def test_a_truncated_member_is_refused(plate):
    plate.describe()
    plate.fill()
    cut = plate.htd.parent / "TimePoint_1/plate 77_B04_s2_w2.TIF"
    cut.write_bytes(cut.read_bytes()[:-200])

    with pytest.raises(RefusedSample):
        reader = plate.open()
        plane(reader, 3, c=1)


def test_a_member_of_another_size_is_refused(plate):
    plate.describe()
    plate.fill()
    plate.add("TimePoint_1/plate 77_B04_s2_w2", shape=(20, 40))
    reader = plate.open()

    with pytest.raises(RefusedSample, match="CNV003"):
        reader.read_region(3, 0, 1, 0, 0, 0, 10, 10)
    reader.close()


@pytest.mark.parametrize(
    "name", ["TimePoint_1/plate 77_C05_s1_w1", "TimePoint_1/plate 77_B02_s3_w1", "TimePoint_3/x"]
)
def test_images_that_the_description_lacks_are_refused_not_left_out(plate, name):
    plate.describe()
    plate.fill()
    plate.add(name)

    with pytest.raises(RefusedSample, match="INV005"):
        plate.open()


@pytest.mark.parametrize("settings", [{"TimePoints": 999999}, {"NWavelengths": "many"}])
def test_absurd_promises_are_refused(plate, settings):
    plate.describe(wells=[f"{row}{n:02d}" for row in "ABCD" for n in range(1, 7)], **settings)

    with pytest.raises(RefusedSample, match="INV005"):
        plate.open()


def test_a_description_that_was_cut_off_is_refused(plate):
    plate.describe()
    plate.htd.write_bytes(plate.htd.read_bytes()[:-12])

    with pytest.raises(RefusedSample, match="INV005"):
        plate.open()


def test_copies_of_a_plane_taken_earlier_are_named(plate):
    plate.describe(wells=("A01",), sites=("TRUE",), waves=1, times=2)
    plate.add("TimePoint_1/plate 77_A01_s1_w1", guid="aa")
    plate.add("TimePoint_2/plate 77_A01_s1_w1", guid="aa")

    reader = plate.open()

    repeats = reader.vendor_metadata()["metaxpress"]["images"]["A01 site 1"]["repeats"]
    assert repeats == [{"plane (t,c,z)": [1, 0, 0], "is a copy of": [0, 0, 0]}]
    reader.close()


def test_the_plate_is_whole_in_the_archived_file(plate, tmp_path):
    plate.describe(times=2)
    plate.fill(times=2)
    reader = plate.open()
    inventory = NO_INVENTORY
    built = build_ome_xml(reader, dump_of(**reader.vendor_metadata()), inventory).xml
    target = tmp_path / "archived.ome.tiff"

    write_ome_tiff(
        reader,
        target,
        ome_xml=complete_for_tiff(built, reader.images, target.name, "0a9b5f5e-3f50-5d5b-8b6e-0123456789ab"),
        options=OmeTiff(tile_px=64),
        threads=1,
        resolutions=[None] * 4,
        advance=lambda planes, size: None,
    )
    reader.close()

    with tifffile.TiffFile(target) as tif:
        root = parse_xml(tif.ome_metadata)
        np.testing.assert_array_equal(
            tif.series[3].levels[0].asarray()[1, 1], plate.planes["TimePoint_2/plate 77_B04_s2_w2"]
        )
    element = root.find(ome("Plate"))
    assert (element.get("Rows"), element.get("Columns"), element.get("Name")) == ("4", "6", "plate 77")
    wells = {
        (w.get("Row"), w.get("Column")): [r.get("ID") for r in w.iter(ome("ImageRef"))]
        for w in element.iter(ome("Well"))
    }
    names = {i.get("ID"): i.get("Name") for i in root.iter(ome("Image"))}
    assert {well: [names[i] for i in refs] for well, refs in wells.items()} == {
        ("1", "1"): ["B02 site 1", "B02 site 2"],
        ("1", "3"): ["B04 site 1", "B04 site 2"],
    }
    assert len(list(root.iter(ome("WellSampleRef")))) == 4
    assert [c.get("Name") for c in root.iter(ome("Channel"))] == ["DAPI", "FITC"] * 4
    assert {p.get("PhysicalSizeX") for p in root.iter(ome("Pixels"))} == {"0.65"}
    assert root.find(f"{ome('Instrument')}/{ome('Objective')}").get("LensNA") == "0.95"


@pytest.mark.parametrize("name", ["facility", "hipaa_safe_harbor"])
def test_the_folder_of_a_user_is_taken_out(plate, name):
    plate.describe()
    plate.fill()
    reader = plate.open()
    inventory = inventory_of(plate.htd, *((file, "member") for file in reader.files()[1:]))
    dump = dump_metadata(reader, inventory, plate.row(), exiftool="none")
    xml = build_ome_xml(reader, dump, inventory).xml
    reader.close()

    clean = everything(sanitise(policy(name), dump, xml, plate.row(), inventory))

    assert "mustermann_e" not in clean
    assert name != "facility" or "Binning" in clean


def test_rows_beyond_the_alphabet_have_two_letters():
    assert [well_name(well) for well in [(0, 0), (25, 11), (26, 0), (31, 47)]] == ["A01", "Z12", "AA01", "AF48"]


@pytest.mark.corpus
def test_the_plate_of_one_well_in_the_corpus(corpus):
    htd = corpus / "hcs" / "ImageXpress_9987_Plate_3420" / "9987.HTD"

    reader = open_backend(Request(htd, "metaxpress_plate", "metaxpress_plate"))

    expected = tifffile.imread(htd.parent / "TimePoint_1" / "9987_B02.TIF")
    np.testing.assert_array_equal(plane(reader, 0), expected)
    assert problems(build_ome_xml(reader, dump_of(**reader.vendor_metadata()), NO_INVENTORY).xml) == []
    witness = open_backend(Request(htd, "metaxpress_plate", "metaxpress_plate-bioformats"))
    np.testing.assert_array_equal(plane(witness, 0), expected)
    witness.close()
    reader.close()


@pytest.mark.corpus
def test_the_plate_in_the_corpus_that_lacks_files_is_refused(corpus):
    htd = corpus / "hcs" / "ImageXpress_9987_Plate_3435" / "9987.HTD"

    assert len(read_plate(htd).waves) == 4
    with pytest.raises(RefusedSample, match=r"INV006.*TimePoint_1/9987_B02_s1_w3\.TIF"):
        open_backend(Request(htd, "metaxpress_plate", "metaxpress_plate"))


# Plates that a source's own OME-XML describes

OWN = f"""<OME xmlns="{SCHEMA}">
<Plate ID="Plate:7" Name="screen" Rows="2" Columns="3" RowNamingConvention="letter" ColumnNamingConvention="number">
<Well ID="Well:0" Row="0" Column="0">
  <WellSample ID="WellSample:0" Index="0" PositionX="1.5" PositionXUnit="mm">
    <ImageRef ID="Image:b"/></WellSample>
  <WellSample ID="WellSample:1" Index="1"><ImageRef ID="Image:gone"/></WellSample></Well>
<Well ID="Well:1" Row="0" Column="2"/>
<Well ID="Well:2" Row="1" Column="1">
  <WellSample ID="WellSample:2" Index="2"><ImageRef ID="Image:a"/></WellSample></Well>
<PlateAcquisition ID="PlateAcquisition:0" Name="run" StartTime="2024-01-02T03:04:05">
<WellSampleRef ID="WellSample:0"/><WellSampleRef ID="WellSample:2"/></PlateAcquisition></Plate>
{{images}}</OME>"""


def described(identifier, name):
    return (
        f'<Image ID="{identifier}" Name="{name}"><Pixels ID="Pixels:{name}" DimensionOrder="XYZCT" Type="uint8" '
        'SizeX="8" SizeY="6" SizeZ="1" SizeC="1" SizeT="1"><Channel ID="Channel:'
        f'{name}" SamplesPerPixel="1"/><MetadataOnly/></Pixels></Image>'
    )


def test_a_plate_of_the_source_is_kept_when_images_change_places():
    xml = OWN.format(images=described("Image:a", "A") + described("Image:b", "B") + described("Image:gone", "C"))
    reader = reader_of(xml, [image(name="B"), image(name="A")])

    built = build_ome_xml(reader, no_dump(), NO_INVENTORY).xml

    assert problems(built) == []
    root = parse_xml(built)
    assert [i.get("Name") for i in root.iter(ome("Image"))] == ["B", "A"]
    wells = root.findall(f"{ome('Plate')}/{ome('Well')}")
    assert [[r.get("ID") for r in well.iter(ome("ImageRef"))] for well in wells] == [["Image:b"], [], ["Image:a"]]
    assert [(well.get("Row"), well.get("Column")) for well in wells] == [("0", "0"), ("0", "2"), ("1", "1")]
    assert wells[0].find(ome("WellSample")).get("PositionXUnit") == "mm"
    assert [r.get("ID") for r in root.iter(ome("WellSampleRef"))] == ["WellSample:0", "WellSample:2"]
    assert root.find(f"{ome('Plate')}/{ome('PlateAcquisition')}").get("StartTime") == "2024-01-02T03:04:05"


def test_a_plate_of_the_source_is_in_the_archived_file(tmp_path):
    xml = OWN.format(images=described("Image:a", "A") + described("Image:b", "B"))
    source = tmp_path / "plate.ome.tif"
    with_data = xml.replace("<MetadataOnly/>", '<TiffData IFD="0" PlaneCount="1"/>', 1)
    with_data = with_data.replace("<MetadataOnly/>", '<TiffData IFD="1" PlaneCount="1"/>', 1)
    with_data = with_data.replace(
        '<WellSample ID="WellSample:1" Index="1"><ImageRef ID="Image:gone"/></WellSample>', ""
    )
    with tifffile.TiffWriter(source) as tif:
        for value in (3, 5):
            tif.write(
                np.full((6, 8), value, np.uint8),
                description=with_data if value == 3 else None,
                metadata=None,
                contiguous=False,
            )
    reader = open_backend(Request(source, "ome_tiff", "tifffile"))
    target = tmp_path / "archived.ome.tiff"
    built = build_ome_xml(reader, no_dump(), NO_INVENTORY).xml

    write_ome_tiff(
        reader,
        target,
        ome_xml=complete_for_tiff(built, reader.images, target.name, "0a9b5f5e-3f50-5d5b-8b6e-0123456789ab"),
        options=OmeTiff(tile_px=64),
        threads=1,
        resolutions=[None, None],
        advance=lambda planes, size: None,
    )
    reader.close()

    with tifffile.TiffFile(target) as tif:
        root = parse_xml(tif.ome_metadata)
    wells = root.findall(f"{ome('Plate')}/{ome('Well')}")
    assert [[r.get("ID") for r in well.iter(ome("ImageRef"))] for well in wells] == [["Image:b"], [], ["Image:a"]]
    assert root.find(f"{ome('Plate')}/{ome('PlateAcquisition')}").get("Name") == "run"
