"""One OME-XML out of several: completed, decided by one table, and every disagreement on record."""

from lxml import etree

from fixative.metadata.voices import Voice
from fixative.ome.reconcile import Document, document_of, reconcile
from fixative.ome.schema import NAMESPACE, ome, problems
from ome_sources import image


class NamesOfFiles:
    """Takes every reader at its word, but for the name of the file."""

    def is_invented(self, field, value, unit, reader):
        return field == "Image@Name" and value == "file.tif"


def ome_xml(images: str, root: str = "", annotations: str = "") -> str:
    return f'<OME xmlns="{NAMESPACE}">{root}{images}{annotations}</OME>'


def image_xml(number=0, *, name="", sizes="8 6 1 1 1", inner="", pixels="", attributes="", before="") -> str:
    x, y, z, c, t = sizes.split()
    named = f' Name="{name}"' if name else ""
    return (
        f'<Image ID="Image:{number}"{named}>{before}<Pixels ID="Pixels:{number}" DimensionOrder="XYZCT" Type="uint8" '
        f'SizeX="{x}" SizeY="{y}" SizeZ="{z}" SizeC="{c}" SizeT="{t}" {attributes}>{pixels}</Pixels>{inner}</Image>'
    )


def channels(count=1, attributes="") -> str:
    return "".join(f'<Channel ID="Channel:0:{n}" SamplesPerPixel="1" {attributes}/>' for n in range(count))


def document(backend, xml, images=None, *, converts=False) -> Document:
    voice = Voice(backend, "1", xml, {}, converts=converts)
    found = document_of(voice, images or [image()], NamesOfFiles())
    assert found is not None
    return found


def merged(*documents):
    found = reconcile(documents)
    assert problems(etree.tostring(found.root)) == []
    return found


def pixels_of(found):
    return found.root.find(f"{ome('Image')}/{ome('Pixels')}")


def test_the_richest_document_is_completed_from_the_others():
    rich = document("bioformats", ome_xml(image_xml(pixels=channels(attributes='Name="DAPI" Fluor="DAPI"'))))
    poor = document("nd2", ome_xml(image_xml(pixels=channels(attributes='EmissionWavelength="460.5"'))))

    channel = pixels_of(merged(rich, poor)).find(ome("Channel"))

    assert (channel.get("Name"), channel.get("EmissionWavelength")) == ("DAPI", "460.5")


def test_a_scene_has_the_name_that_the_reader_of_its_pixels_gives_it():
    two = [image(), image(index=1)]
    swapped = document("bioformats", ome_xml(image_xml(0, name="TR2") + image_xml(1, name="P1")), two)
    right = document("pylibCZIrw", ome_xml(image_xml(0, name="P1") + image_xml(1, name="TR2")), two, converts=True)

    found = merged(swapped, right)

    assert [one.get("Name") for one in found.root.findall(ome("Image"))] == ["P1", "TR2"]
    assert [(one.kept, one.overruled) for one in found.disagreements] == [("P1", "TR2"), ("TR2", "P1")]
    assert {one.rule for one in found.disagreements} == {"names with the pixels"}


def test_one_length_in_two_units_is_no_disagreement():
    first = document("bioformats", ome_xml(image_xml(attributes='PhysicalSizeX="0.0005" PhysicalSizeXUnit="mm"')))
    second = document("nd2", ome_xml(image_xml(attributes='PhysicalSizeX="0.5"')))

    assert merged(first, second).disagreements == ()


def test_a_different_length_is_on_record_with_both_values():
    first = document("bioformats", ome_xml(image_xml(name="a", attributes='PhysicalSizeX="0.5"')))
    second = document("nd2", ome_xml(image_xml(attributes='PhysicalSizeX="0.6"')), converts=True)

    (one,) = merged(first, second).disagreements

    assert (one.field, one.kept, one.kept_from) == ("Pixels@PhysicalSizeX", "0.6 µm", "nd2")
    assert (one.overruled, one.overruled_from) == ("0.5 µm", "bioformats")


def test_a_position_without_a_unit_gives_way_to_one_with():
    plane = '<Plane TheZ="0" TheC="0" TheT="0" PositionX="{}" PositionXUnit="{}"/>'
    known = document("nd2", ome_xml(image_xml(pixels=channels() + plane.format("7", "reference frame"))))
    unit = document("bioformats", ome_xml(image_xml(pixels=channels() + plane.format("7", "µm"))))

    found = pixels_of(merged(known, unit)).find(ome("Plane"))

    assert (found.get("PositionX"), found.get("PositionXUnit")) == ("7", "µm")


def test_other_gives_way_to_a_word_of_the_list():
    detector = '<Instrument ID="Instrument:0"><Detector ID="Detector:0" Type="{}"/></Instrument>'
    instrument = '<InstrumentRef ID="Instrument:0"/>'
    vague = document("nd2", ome_xml(image_xml(before=instrument), root=detector.format("Other")), converts=True)
    exact = document("bioformats", ome_xml(image_xml(before=instrument), root=detector.format("CCD")))

    assert merged(vague, exact).root.find(f".//{ome('Detector')}").get("Type") == "CCD"


def test_of_one_instant_the_more_exact_date_stands():
    date = "<AcquisitionDate>{}</AcquisitionDate>"
    short = document("bioformats", ome_xml(image_xml(name="x", before=date.format("2016-02-12T09:41:02.491"))))
    exact = document("pylibCZIrw", ome_xml(image_xml(before=date.format("2016-02-12T09:41:02.4915604Z"))))

    found = merged(short, exact)

    assert found.root.findtext(f".//{ome('AcquisitionDate')}") == "2016-02-12T09:41:02.4915604Z"
    assert found.disagreements == ()


def test_an_objective_comes_with_its_settings_and_a_free_id():
    lens = '<Instrument ID="Instrument:0"><Objective ID="Objective:0" LensNA="1.4"/></Instrument>'
    uses = '<InstrumentRef ID="Instrument:0"/><ObjectiveSettings ID="Objective:0" RefractiveIndex="1.518"/>'
    stand = '<Instrument ID="Instrument:0"><Detector ID="Detector:0" Gain="3"/></Instrument>'
    first = document(
        "bioformats",
        ome_xml(
            image_xml(
                name="x",
                before='<InstrumentRef ID="Instrument:0"/>',
                pixels=channels(attributes='Name="a" Fluor="b"'),
            ),
            root=stand,
        ),
    )
    second = document("nd2", ome_xml(image_xml(before=uses), root=lens))

    root = merged(first, second).root

    objective = root.find(f"{ome('Instrument')}/{ome('Objective')}")
    settings = root.find(f"{ome('Image')}/{ome('ObjectiveSettings')}")
    assert len(root.findall(ome("Instrument"))) == 1
    assert (objective.get("LensNA"), settings.get("ID"), settings.get("RefractiveIndex")) == (
        "1.4",
        objective.get("ID"),
        "1.518",
    )


def test_two_lenses_are_paired_by_what_they_are_not_by_their_ids():
    lenses = (
        '<Instrument ID="Instrument:0"><Objective ID="Objective:0" Model="{}"/>'
        '<Objective ID="Objective:1" Model="{}" {}/></Instrument>'
    )
    first = document("bioformats", ome_xml(image_xml(name="x"), root=lenses.format("10x", "63x", "")))
    second = document("nd2", ome_xml(image_xml(), root=lenses.format("63x", "10x", 'LensNA="0.3"')))

    found = merged(first, second).root.findall(f".//{ome('Objective')}")

    assert [(one.get("Model"), one.get("LensNA")) for one in found] == [("10x", "0.3"), ("63x", None)]


def test_a_reader_with_other_axes_says_nothing_of_planes():
    plane = '<Plane TheZ="0" TheC="0" TheT="1" DeltaT="5.0"/>'
    delivered = [image(size_c=2, size_t=2)]
    other = document(
        "bioformats", ome_xml(image_xml(name="x", sizes="8 6 1 1 4", pixels=channels() + plane)), delivered
    )
    own = document("nd2", ome_xml(image_xml(sizes="8 6 1 2 2", pixels=channels(2))), delivered)

    pixels = pixels_of(merged(own, other))

    assert pixels.findall(ome("Plane")) == []
    assert (pixels.get("SizeC"), pixels.get("SizeT")) == ("2", "2")


def test_planes_follow_where_z_and_t_only_changed_places():
    plane = '<Plane TheZ="0" TheC="0" TheT="2" DeltaT="5.0"/>'
    found = document(
        "bioformats", ome_xml(image_xml(sizes="8 6 1 1 4", pixels=channels() + plane)), [image(size_z=4)]
    )

    (kept,) = pixels_of(merged(found)).findall(ome("Plane"))

    assert (kept.get("TheZ"), kept.get("TheT"), kept.get("DeltaT")) == ("2", "0", "5.0")


def test_ome_xml_of_the_source_is_not_completed_by_a_reader_of_it():
    own = document("tifffile", ome_xml(image_xml(pixels=channels())))
    reader = document("bioformats", ome_xml(image_xml(pixels=channels(attributes='Name="Channel 1" Color="255"'))))

    found = merged(own, reader)

    assert found.base is own
    assert pixels_of(found).find(ome("Channel")).get("Name") is None


def test_plates_and_rois_of_another_document_refer_to_the_same_images():
    two = [image(), image(index=1, size_x=9)]
    plate = (
        '<Plate ID="Plate:0"><Well ID="Well:0" Row="0" Column="3"><WellSample ID="WellSample:0" Index="0">'
        '<ImageRef ID="Image:0"/></WellSample></Well></Plate>'
    )
    roi = '<ROI ID="ROI:0"><Union><Point ID="Shape:0" X="1" Y="2"/></Union></ROI>'
    other = document(
        "bioformats",
        ome_xml(
            image_xml(0, sizes="9 6 1 1 1", inner='<ROIRef ID="ROI:0"/>') + image_xml(1, sizes="8 6 1 1 1"),
            root=plate,
            annotations=roi,
        ).replace('ID="Image:0"', 'ID="Image:7"', 2),
        two,
    )
    own = document("nd2", ome_xml(image_xml(0, name="a") + image_xml(1, name="b", sizes="9 6 1 1 1")), two)

    root = merged(own, other).root

    big = next(one for one in root.findall(ome("Image")) if one.find(ome("Pixels")).get("SizeX") == "9")
    assert root.find(f".//{ome('WellSample')}/{ome('ImageRef')}").get("ID") == big.get("ID")
    assert big.find(ome("ROIRef")).get("ID") == root.find(ome("ROI")).get("ID")


def test_an_annotation_that_both_have_stands_once():
    note = (
        '<StructuredAnnotations><CommentAnnotation ID="Annotation:{}" Namespace="n"><Value>x</Value>'
        "</CommentAnnotation></StructuredAnnotations>"
    )
    refers = '<AnnotationRef ID="Annotation:{}"/>'
    first = document("nd2", ome_xml(image_xml(name="x", inner=refers.format(0)), annotations=note.format(0)))
    second = document("bioformats", ome_xml(image_xml(inner=refers.format(5)), annotations=note.format(5)))

    root = merged(first, second).root

    assert len(root.findall(f".//{ome('CommentAnnotation')}")) == 1
    assert len(root.findall(f".//{ome('AnnotationRef')}")) == 1


def test_what_a_reader_makes_up_is_not_taken_over():
    found = merged(document("bioformats", ome_xml(image_xml(name="file.tif"))))

    assert found.root.find(ome("Image")).get("Name") is None


def test_an_experimenter_of_whom_nothing_is_said_goes_with_what_refers_to_it():
    nobody = '<Experimenter ID="Experimenter:0"/>'
    found = merged(document("nd2", ome_xml(image_xml(before='<ExperimenterRef ID="Experimenter:0"/>'), root=nobody)))

    assert found.root.findall(f".//{ome('Experimenter')}") == []
    assert found.root.findall(f".//{ome('ExperimenterRef')}") == []


def test_a_well_plate_has_the_size_that_the_file_states_and_the_wells_that_another_reader_found():
    sized = '<Plate ID="Plate:1" Rows="4" Columns="6"/>'
    filled = (
        '<Plate ID="Plate:0" Rows="8" Columns="12"><Well ID="Well:0" Row="3" Column="5">'
        '<WellSample ID="WellSample:0" Index="0"><ImageRef ID="Image:0"/></WellSample></Well></Plate>'
    )
    own = document("pylibCZIrw", ome_xml(image_xml(), root=sized), converts=True)
    other = document("bioformats", ome_xml(image_xml(name="D6"), root=filled))

    (plate,) = merged(own, other).root.findall(ome("Plate"))

    assert (plate.get("Rows"), plate.get("Columns")) == ("4", "6")
    assert [(well.get("Row"), well.get("Column")) for well in plate] == [("3", "5")]


def test_a_part_without_a_partner_is_taken_over_so_that_nothing_is_lost():
    glass = '<Instrument ID="Instrument:0">{}</Instrument>'
    two = glass.format('<Dichroic ID="Dichroic:0" Model="a"/><Dichroic ID="Dichroic:1" Model="b"/>')
    three = glass.format("".join(f'<Dichroic ID="Dichroic:{n}" Model="{m}"/>' for n, m in enumerate("cba")))
    first = document("nd2", ome_xml(image_xml(name="x"), root=two))
    second = document("bioformats", ome_xml(image_xml(), root=three))

    found = merged(first, second).root.findall(f".//{ome('Dichroic')}")

    assert sorted(one.get("Model") for one in found) == ["a", "b", "c"]


def test_a_part_that_says_nothing_is_not_taken_over():
    lamps = '<Instrument ID="Instrument:0">{}</Instrument>'
    first = document(
        "nd2", ome_xml(image_xml(name="x"), root=lamps.format('<LightEmittingDiode ID="LightSource:0" Model="a"/>'))
    )
    second = document(
        "bioformats", ome_xml(image_xml(), root=lamps.format('<Filament ID="LightSource:0" Type="Other"/>'))
    )

    assert merged(first, second).root.findall(f".//{ome('Filament')}") == []


def test_a_document_that_cannot_be_read_is_an_empty_one_with_a_reason():
    broken = document("nd2", "<OME")

    assert broken.corrections[0].field == "OME-XML"
    assert len(broken.images) == 1
