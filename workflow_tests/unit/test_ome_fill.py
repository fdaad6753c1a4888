"""Facts put where OME-XML says nothing: each at its place, none changed, instruments shared."""

import pytest
from lxml import etree

from fixative.ome.complete import serialised
from fixative.ome.facts import ChannelFacts, Component, ImageFacts, PlaneFacts, Quantity, Settings
from fixative.ome.fill import facts_document, fill_facts
from fixative.ome.schema import problems
from fixative.ome.values import shortest, text, text_of
from fixative.ome.vocabulary import binning_of, objective_of, word
from ome_sources import image

NS = {"o": "http://www.openmicroscopy.org/Schemas/OME/2016-06"}

DETECTOR = Component("Detector", "PMT 1", {"Model": "PMT 1", "Type": "PMT"})
LASER = Component("Laser", "488", {"Model": "Argon", "Wavelength": Quantity("488", "nm")})
BAND = Component("Filter", "band", {}, {"CutIn": Quantity("500", "nm"), "CutOut": Quantity("550", "nm")})
DICHROIC = Component("Dichroic", "MBS", {"Model": "MBS 488"})
SET = Component("FilterSet", "set", {"Model": "GFP"}, parts=(("DichroicRef", DICHROIC), ("EmissionFilterRef", BAND)))

EVERYTHING = ImageFacts(
    name="cells",
    description="after an hour",
    acquisition_date="2020-01-02T03:04:05+01:00",
    size={"X": Quantity("0.1", "µm"), "Y": Quantity("0.2", "µm"), "Z": Quantity("0.3", "µm")},
    time_increment=Quantity("2", "s"),
    channels=(
        ChannelFacts(
            name="GFP",
            colour=16711935,
            excitation_nm="488",
            emission_nm="509",
            fluor="EGFP",
            pinhole=Quantity("60", "µm"),
            contrast="Fluorescence",
            acquisition_mode="LaserScanningConfocalMicroscopy",
            illumination="Epifluorescence",
            nd_filter="0.5",
            detector=Settings(
                DETECTOR,
                {
                    "Gain": "700",
                    "Offset": "-1",
                    "Binning": "2x2",
                    "Voltage": Quantity("500", "V"),
                    "ReadOutRate": Quantity("10", "MHz"),
                },
            ),
            light_source=Settings(LASER, {"Attenuation": "0.9", "Wavelength": Quantity("488", "nm")}),
            excitation_filters=(Component("Filter", "in", {"Model": "488/10"}),),
            dichroic=DICHROIC,
            emission_filters=(BAND,),
        ),
        ChannelFacts(name="RFP", filter_set=SET),
    ),
    planes=PlaneFacts(
        ((0, 0, 0), (0, 1, 0)),
        {
            "DeltaT": ("s", ("0", "0.5")),
            "ExposureTime": ("ms", ("10", None)),
            "PositionX": ("µm", ("-5", "-5")),
            "PositionY": ("µm", ("6", "6")),
            "PositionZ": ("µm", ("7", "7")),
        },
    ),
    microscope={"Manufacturer": "Zeiss", "Model": "LSM 880", "SerialNumber": "1", "Type": "Inverted"},
    objective={
        "Model": "63x",
        "LensNA": "1.4",
        "NominalMagnification": "63",
        "CalibratedMagnification": "62.9",
        "Immersion": "Oil",
        "Correction": "PlanApo",
        "WorkingDistance": Quantity("190", "µm"),
    },
    objective_settings={"Medium": "Oil", "RefractiveIndex": "1.518"},
    components=(Component("Arc", "lamp", {"Type": "Hg"}),),
    stage_label={"Name": "B2", "X": Quantity("1", "µm"), "Y": Quantity("2", "µm")},
    environment={"Temperature": Quantity("37", "°C"), "AirPressure": Quantity("1013", "mbar"), "CO2Percent": "0.05"},
    experimenter={"UserName": "guest"},
)


def document(*facts, **changes):
    images = [image(index=n, **changes) for n in range(len(facts))]
    return facts_document(facts, images)


def found(root, path):
    return root.find(path, NS)


def existing(inside="", before="", after=""):
    return etree.fromstring(
        f'<OME xmlns="{NS["o"]}">{before}<Image ID="Image:0">{inside}<Pixels ID="Pixels:0" DimensionOrder="XYZCT" '
        f'Type="uint8" SizeX="8" SizeY="6" SizeZ="1" SizeC="1" SizeT="1">'
        f'<Channel ID="Channel:0:0" SamplesPerPixel="1"/><MetadataOnly/>{after}</Pixels></Image></OME>'
    )


def test_a_document_of_every_fact_is_valid():
    xml = serialised(document(EVERYTHING, size_c=2))

    assert problems(xml) == []


@pytest.mark.parametrize(
    ("path", "attribute", "expected"),
    [
        ("o:Image", "Name", "cells"),
        ("o:Image/o:Pixels", "PhysicalSizeZ", "0.3"),
        ("o:Image/o:Pixels", "PhysicalSizeZUnit", "µm"),
        ("o:Image/o:Pixels", "TimeIncrementUnit", "s"),
        ("o:Image/o:Pixels/o:Channel", "PinholeSize", "60"),
        ("o:Image/o:Pixels/o:Channel", "ContrastMethod", "Fluorescence"),
        ("o:Image/o:Pixels/o:Channel", "NDFilter", "0.5"),
        ("o:Image/o:Pixels/o:Channel/o:DetectorSettings", "ReadOutRateUnit", "MHz"),
        ("o:Image/o:Pixels/o:Channel/o:DetectorSettings", "VoltageUnit", "V"),
        ("o:Image/o:Pixels/o:Channel/o:LightSourceSettings", "Attenuation", "0.9"),
        ("o:Image/o:Pixels/o:Plane", "ExposureTimeUnit", "ms"),
        ("o:Image/o:ObjectiveSettings", "RefractiveIndex", "1.518"),
        ("o:Image/o:StageLabel", "Name", "B2"),
        ("o:Image/o:ImagingEnvironment", "TemperatureUnit", "°C"),
        ("o:Instrument/o:Microscope", "Type", "Inverted"),
        ("o:Instrument/o:Objective", "WorkingDistanceUnit", "µm"),
        ("o:Instrument/o:Laser", "WavelengthUnit", "nm"),
        ("o:Instrument/o:Filter/o:TransmittanceRange", "CutOut", "550"),
        ("o:Experimenter", "UserName", "guest"),
    ],
)
def test_each_fact_has_its_place(path, attribute, expected):
    root = document(EVERYTHING, size_c=2)

    assert found(root, path).get(attribute) == expected


def test_settings_refer_to_the_parts_of_the_instrument():
    root = document(EVERYTHING, size_c=2)
    channels = root.findall("o:Image/o:Pixels/o:Channel", NS)

    detector = found(channels[0], "o:DetectorSettings").get("ID")

    assert found(root, f"o:Instrument/o:Detector[@ID='{detector}']").get("Model") == "PMT 1"
    assert found(channels[0], "o:LightPath/o:EmissionFilterRef").get("ID") == found(
        root, "o:Instrument/o:FilterSet/o:EmissionFilterRef"
    ).get("ID")
    assert found(channels[1], "o:FilterSetRef").get("ID") == found(root, "o:Instrument/o:FilterSet").get("ID")


def test_a_value_that_is_none_makes_no_attribute():
    root = document(EVERYTHING, size_c=2)

    assert "ExposureTime" not in root.findall("o:Image/o:Pixels/o:Plane", NS)[1].attrib


def test_images_with_the_same_instrument_share_it():
    root = document(EVERYTHING, EVERYTHING, size_c=2)
    references = [reference.get("ID") for reference in root.findall("o:Image/o:InstrumentRef", NS)]

    assert len(root.findall("o:Instrument", NS)) == 1
    assert references == ["Instrument:0"] * 2


def test_images_with_different_objectives_do_not_share_an_instrument():
    other = ImageFacts(objective={"Model": "10x"})

    root = document(ImageFacts(objective={"Model": "63x"}), other)

    assert [each.get("Model") for each in root.findall("o:Instrument/o:Objective", NS)] == ["63x", "10x"]
    assert len({each.get("ID") for each in root.findall("o:Image/o:ObjectiveSettings", NS)}) == 2


def test_an_image_without_facts_is_bare():
    root = document(None)

    assert [etree.QName(child).localname for child in found(root, "o:Image/o:Pixels")] == ["Channel", "MetadataOnly"]
    assert found(root, "o:Instrument") is None


def test_what_the_document_says_is_kept():
    root = existing(
        inside="<AcquisitionDate>2001-01-01T00:00:00</AcquisitionDate>",
        after='<Plane TheZ="0" TheT="0" TheC="0" DeltaT="9" DeltaTUnit="ms"/>',
    )
    planes = PlaneFacts(((0, 0, 0),), {"DeltaT": ("s", ("1",)), "PositionX": ("µm", ("2",))})

    fill_facts(root, [ImageFacts(acquisition_date="2020-01-01T00:00:00", planes=planes)])
    plane = found(root, "o:Image/o:Pixels/o:Plane")

    assert found(root, "o:Image/o:AcquisitionDate").text == "2001-01-01T00:00:00"
    assert (plane.get("DeltaT"), plane.get("DeltaTUnit"), plane.get("PositionX")) == ("9", "ms", "2")


def instrument(objective):
    return f'<Instrument ID="Instrument:7"><Objective ID="Objective:7" {objective}/></Instrument>'


REFERENCES = '<InstrumentRef ID="Instrument:7"/><ObjectiveSettings ID="Objective:7"/>'


def test_an_objective_that_says_the_same_is_completed():
    root = existing(before=instrument('LensNA="1.40"'), inside=REFERENCES)

    fill_facts(root, [ImageFacts(objective={"LensNA": "1.4", "Immersion": "Oil"})])

    assert dict(found(root, "o:Instrument/o:Objective").attrib) == {
        "ID": "Objective:7",
        "LensNA": "1.40",
        "Immersion": "Oil",
    }


def test_an_objective_that_says_otherwise_is_left_alone():
    root = existing(before=instrument('LensNA="0.5"'), inside=REFERENCES)

    fill_facts(root, [ImageFacts(objective={"LensNA": "1.4", "Immersion": "Oil"})])

    assert dict(found(root, "o:Instrument/o:Objective").attrib) == {"ID": "Objective:7", "LensNA": "0.5"}


def test_parts_of_a_kind_that_the_document_has_are_not_added():
    before = '<Instrument ID="Instrument:7"><Detector ID="Detector:7"/></Instrument>'
    root = existing(before=before, inside='<InstrumentRef ID="Instrument:7"/>')
    channel = ChannelFacts(detector=Settings(DETECTOR, {"Gain": "1"}), light_source=Settings(LASER))

    fill_facts(root, [ImageFacts(channels=(channel,))])

    assert len(root.findall("o:Instrument/o:Detector", NS)) == 1
    assert found(root, "o:Image/o:Pixels/o:Channel/o:DetectorSettings") is None
    assert found(root, "o:Instrument/o:Laser").get("Model") == "Argon"


def test_a_hundred_thousand_planes_are_two_tuples_and_as_many_elements():
    places = tuple((t, c, 0) for t in range(50_000) for c in range(2))
    planes = PlaneFacts(places, {"DeltaT": ("s", tuple(map(str, range(100_000))))})

    root = document(ImageFacts(planes=planes), size_t=50_000, size_c=2)
    made = root.findall("o:Image/o:Pixels/o:Plane", NS)

    assert len(made) == 100_000
    assert made[-1].get("DeltaT") == "99999"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.10000000149011612, "0.1"),
        (0.30000001192092896, "0.3"),
        (0.25, "0.25"),
        ("0.93999999999999995", "0.94"),
        ("488.00000000000006", "488.00000000000006"),
        ("+000000016977.1530", "16977.153"),
    ],
)
def test_a_number_is_written_as_its_shortest_text(value, expected):
    assert text_of(shortest(value)) == expected


@pytest.mark.parametrize("value", ["", " ", "Unknown", "N/A", "None", None, 3])
def test_a_text_that_stands_for_nothing_is_none(value):
    assert text(value) is None


@pytest.mark.parametrize(
    ("element", "attribute", "value", "expected"),
    [
        ("Objective", "Immersion", "GLYC", "Glycerol"),
        ("Objective", "Immersion", "oil", "Oil"),
        ("Objective", "Immersion", "Other", None),
        ("Channel", "AcquisitionMode", "Wide Field", "WideField"),
        ("Channel", "AcquisitionMode", "Confocal", None),
        ("Detector", "Type", "HyD", None),
        ("Channel", "ContrastMethod", None, None),
    ],
)
def test_only_words_that_mean_one_word_of_ome_are_taken(element, attribute, value, expected):
    assert word(element, attribute, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1,1", "1x1"), ("2", "2x2"), (4, "4x4"), ("3x3", "Other"), ("0", None), (None, None), ("1x2x3", None)],
)
def test_binning_is_one_of_omes_words(value, expected):
    assert binning_of(value) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "Plan-Apochromat 63x/1.4 Oil DIC M27",
            {"NominalMagnification": "63", "LensNA": "1.4", "Correction": "PlanApo", "Immersion": "Oil"},
        ),
        ("UPLFLN   40X  NA:0.75", {"NominalMagnification": "40", "LensNA": "0.75"}),
        ("HC PL APO CS2    63x/1.30 GLYC", {"Immersion": "Glycerol", "Correction": "PlanApo"}),
        ("oil or water", {}),
        ("1-UB836", {}),
    ],
)
def test_the_name_of_an_objective_says_no_more_than_its_words(name, expected):
    stated = objective_of(name)

    assert {key: stated.get(key) for key in expected} == expected
    assert expected or dict(stated) == {"Model": name}
