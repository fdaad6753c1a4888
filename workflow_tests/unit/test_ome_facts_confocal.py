"""Facts of confocal and camera formats: every value at its place, placeholders nowhere."""

import pytest

from fixative.ome.facts import ImageFacts
from fixative.ome.from_vendor import facts_of
from ome_sources import dump_of, image

CHANNEL = {
    "@Id": "Channel:0",
    "@Name": "GFP",
    "Fluor": "EGFP",
    "ExcitationWavelength": "488",
    "EmissionWavelength": "509",
    "ExposureTime": "100000000",
    "PinholeSize": "33.5",
    "ContrastMethod": "Fluorescence",
    "AcquisitionMode": "WideField",
    "IlluminationType": "Epifluorescence",
    "DetectorSettings": {"Binning": "2,2", "Gain": "0.5", "Offset": "0", "Detector": {"@Id": "D"}},
    "LightSourcesSettings": {
        "LightSourceSettings": {
            "Attenuation": "0.93999999999999995",
            "Wavelength": "488",
            "LightSource": {"@Id": "L"},
        }
    },
    "FilterSetRef": {"@Id": "S"},
}
INSTRUMENT = {
    "Microscopes": {"Microscope": {"@Name": "Celldiscoverer 7", "Type": "Inverted"}},
    "Detectors": {"Detector": {"@Id": "D", "Manufacturer": {"Model": "Axiocam"}, "Type": "CCD"}},
    "LightSources": {
        "LightSource": {"@Id": "L", "@Name": "LED 488", "LightSourceType": {"LightEmittingDiode": None}}
    },
    "Objectives": {
        "Objective": {
            "@Id": "O",
            "@Name": "20x",
            "LensNA": "0.8",
            "NominalMagnification": "20",
            "WorkingDistance": "550",
            "Immersion": "Air",
        }
    },
    "FilterSets": {
        "FilterSet": {
            "@Id": "S",
            "DichroicRef": {"@Id": "M"},
            "EmissionFilters": {"EmissionFilterRef": {"@Id": "F"}},
        }
    },
    "Filters": {"Filter": {"@Id": "F", "TransmittanceRange": {"CutIn": "500", "CutOut": "550"}}},
    "Dichroics": {"Dichroic": {"@Id": "M", "@Name": "MBS 488"}},
}


def czi(channel=CHANNEL, instrument=INSTRUMENT, scenes=None, **image_tags):
    dimensions = {"Channels": {"Channel": channel}, **({"S": {"Scenes": {"Scene": scenes}}} if scenes else {})}
    image_tree = {
        "AcquisitionDateAndTime": "2020-01-02T03:04:05.5Z",
        "ObjectiveSettings": {"Medium": "Air", "RefractiveIndex": "1.000293", "ObjectiveRef": {"@Id": "O"}},
        "Dimensions": dimensions,
        **image_tags,
    }
    information = {"Image": image_tree, "Instrument": instrument, "Document": {"UserName": "M1"}}
    return {"ImageDocument": {"Metadata": {"Information": information}}}


def only(dump, **changes) -> ImageFacts:
    (facts,) = facts_of(dump, [image(**changes)])
    return facts


def column_of(facts, name):
    unit, values = facts.planes.columns[name]
    return unit, list(values)


def test_a_czi_channel_states_its_words_and_settings():
    channel = only(dump_of(czi=czi())).channels[0]

    assert (channel.contrast, channel.acquisition_mode, channel.illumination) == (
        "Fluorescence",
        "WideField",
        "Epifluorescence",
    )
    assert (channel.pinhole.value, channel.pinhole.unit) == ("33.5", "µm")
    assert channel.detector.of.stated == {"Model": "Axiocam", "Type": "CCD"}
    assert channel.detector.stated == {"Gain": "0.5", "Offset": "0", "Binning": "2x2"}
    assert channel.light_source.of.element == "LightEmittingDiode"
    assert channel.light_source.stated["Attenuation"] == "0.94"


def test_a_czi_filter_set_has_its_filters():
    parts = only(dump_of(czi=czi())).channels[0].filter_set.parts

    assert [name for name, _ in parts] == ["DichroicRef", "EmissionFilterRef"]
    assert parts[0][1].stated == {"Model": "MBS 488"}
    assert parts[1][1].transmittance["CutIn"].value == "500"


def test_a_czi_states_objective_stand_and_account():
    facts = only(dump_of(czi=czi()))

    assert facts.objective["WorkingDistance"].unit == "µm"
    assert facts.objective["Immersion"] == "Air"
    assert facts.objective_settings == {"RefractiveIndex": "1.000293", "Medium": "Air"}
    assert facts.microscope == {"Model": "Celldiscoverer 7", "Type": "Inverted"}
    assert facts.experimenter == {"UserName": "M1"}


def test_a_czi_exposure_in_nanoseconds_is_that_of_every_plane_of_its_channel():
    other = {**CHANNEL, "@Id": "Channel:1", "ExposureTime": "0"}

    facts = only(dump_of(czi=czi([CHANNEL, other])), size_c=2, size_t=2)

    assert column_of(facts, "ExposureTime") == ("ms", ["100", None, "100", None])


def test_a_czi_scene_states_its_name_and_centre():
    scene = {"@Index": "0", "@Name": "D6", "CenterPosition": "49500,-35500.5"}

    label = only(dump_of(czi=czi(scenes=scene))).stage_label

    assert (label["Name"], label["X"].value, label["Y"].value) == ("D6", "49500", "-35500.5")


def subblocks(**columns):
    return {"Metadata": {"rows": 2, "T": [0, 1], **columns}}


def test_czi_subblocks_state_times_since_the_start_and_positions():
    table = subblocks(
        AcquisitionTime=["2020-01-02T03:04:06.75Z", "2020-01-02T03:05:05.5Z"],
        StageXPosition="+000000016977.1530",
        FocusPosition=["-000000000001.0000", "+000000000001.5000"],
    )

    facts = only(dump_of(czi=czi(), czi_subblocks=table), size_t=2)

    assert column_of(facts, "DeltaT") == ("s", ["1.25", "60"])
    assert column_of(facts, "PositionX") == ("µm", ["16977.153"] * 2)
    assert column_of(facts, "PositionZ") == ("µm", ["-1", "1.5"])


def test_czi_tiles_of_one_plane_state_no_position_that_is_not_that_of_all():
    table = {"Metadata": {"rows": 2, "M": [0, 1], "StageXPosition": ["+1.0", "+2.0"], "StageYPosition": "+3.0"}}

    facts = only(dump_of(czi=czi(), czi_subblocks=table))

    assert set(facts.planes.columns) == {"ExposureTime"}


@pytest.mark.parametrize(
    ("start", "time"),
    [
        ("2020-01-02T03:04:05", "2020-01-02T03:04:06Z"),
        ("2020-01-02T03:04:05Z", "2020-01-02T03:04:04Z"),
        ("0001-01-01T00:00:00", "2020-01-02T03:04:06"),
        ("2020-13-41T03:04:05Z", "2020-01-02T03:04:06Z"),
    ],
)
def test_a_czi_time_without_a_start_to_count_from_is_not_taken(start, time):
    table = {"Metadata": {"rows": 1, "AcquisitionTime": time}}
    tree = czi({"@Id": "Channel:0"}, AcquisitionDateAndTime=start)

    assert only(dump_of(czi=tree, czi_subblocks=table)).planes.columns == {}


def test_czi_time_stamps_are_those_of_the_time_points():
    stamps = [{"Name": "TimeStamps", "TimeStamps": [2.5, 3.5]}]

    facts = only(dump_of(czi=czi(), czi_attachments=stamps), size_t=2)

    assert column_of(facts, "DeltaT") == ("s", ["2.5", "3.5"])


def test_a_czi_of_placeholders_states_nothing():
    channel = {
        "@Id": "Channel:0",
        "@Name": " ",
        "EmissionWavelength": "0",
        "ExposureTime": "0",
        "PinholeSizeAiry": "4.1",
        "ContrastMethod": "Unknown",
        "AcquisitionMode": "Other",
        "LightSourcesSettings": {"LightSourceSettings": {"Intensity": "50.00 %"}},
    }
    objective = {
        "LensNA": "0",
        "NominalMagnification": "NaN",
        "Immersion": "Undefined",
        "Manufacturer": {"Model": None},
    }
    tree = czi(
        channel,
        {"Objectives": {"Objective": objective}, "Microscopes": {"Microscope": {"Manufacturer": None}}},
        AcquisitionDateAndTime="0001-01-01T00:00:00",
    )
    tree["ImageDocument"]["Metadata"]["Information"]["Document"] = {"UserName": ""}

    facts = only(dump_of(czi=tree))

    assert facts == ImageFacts(channels=facts.channels)
    assert set(vars(facts.channels[0]).values()) == {None, ()}


CONFOCAL = {
    "@ObjectiveName": "HC PL APO CS2    63x/1.30 GLYC ",
    "@NumericalAperture": "1.3",
    "@Magnification": "63",
    "@Immersion": "GLYC",
    "@RefractionIndex": "1.46",
    "@MicroscopeModel": "DMI6000B-CS",
    "@IsInverseMicroscopeModel": "1",
    "@SystemSerialNumber": "8100000201",
    "@Pinhole": "8.25E-05",
    "@StagePosX": "0.034",
    "@StagePosY": "0.014",
    "@FlipX": "0",
    "@FlipY": "0",
    "@SwapXY": "0",
    "DetectorList": {
        "Detector": [
            {
                "@Name": "PMT 1",
                "@Type": "PMT",
                "@ScanType": "Internal",
                "@Channel": "1",
                "@IsActive": "1",
                "@Gain": "41.5",
                "@Offset": "-0.5",
            },
            {"@Name": "PMT 2", "@Type": "PMT", "@Channel": "2", "@IsActive": "0"},
        ]
    },
    "Spectro": {"MultiBand": {"@Channel": "1", "@LeftWorld": "493", "@RightWorld": "541.5", "@DyeName": "FITC"}},
    "LaserArray": {"Laser": {"@LaserName": "WLL", "@LightSourceName": "SuperCont", "@PowerState": "On"}},
}


def lif(definition, stamps=None, dimensions=()):
    described = {
        "Channels": {"ChannelDescription": {"@LUTName": "Green"}},
        "Dimensions": {"DimensionDescription": list(dimensions)},
    }
    found = {
        "ImageDescription": described,
        "Attachment": [{"@Name": "HardwareSetting", "ATLConfocalSettingDefinition": definition}],
        "TimeStampList": stamps,
    }
    return {"Element": {"@Name": "a", "Data": {"Image": found}}}


def test_a_lif_states_detector_band_pinhole_and_lasers():
    facts = only(dump_of(lif=lif(CONFOCAL)), name="a")
    channel = facts.channels[0]

    assert channel.fluor == "FITC"
    assert channel.pinhole.value == "82.5"
    assert channel.detector.of.stated == {"Model": "PMT 1", "Type": "PMT"}
    assert channel.detector.stated == {"Gain": "41.5", "Offset": "-0.5"}
    assert channel.emission_filters[0].transmittance["CutOut"].value == "541.5"
    assert [(laser.element, laser.stated) for laser in facts.components] == [("Laser", {"Model": "WLL"})]


def test_a_lif_states_objective_stand_and_stage():
    facts = only(dump_of(lif=lif(CONFOCAL)), name="a")

    assert facts.objective["Immersion"] == "Glycerol"
    assert facts.objective["LensNA"] == "1.3"
    assert facts.objective_settings == {"RefractiveIndex": "1.46", "Medium": "Glycerol"}
    assert facts.microscope["Type"] == "Inverted"
    assert column_of(facts, "PositionX") == ("m", ["0.034"])


def test_a_lif_whose_axes_are_exchanged_states_no_position():
    facts = only(dump_of(lif=lif({**CONFOCAL, "@SwapXY": "1"})), name="a")

    assert facts.planes.columns == {}


def dimension(number, size, increment):
    return {"@DimID": str(number), "@NumberOfElements": str(size), "@BytesInc": str(increment)}


def test_lif_time_stamps_count_from_the_first_and_in_the_order_stored():
    stamps = {"#text": "1d71114eb8b44f0 1d71114ebdc2410 1d71114ec2d0330 1d71114ec7de250"}
    dimensions = [dimension(1, 8, 1), dimension(2, 6, 8), dimension(4, 2, 48), dimension(3, 2, 96)]

    facts = only(dump_of(lif=lif({}, stamps, dimensions)), name="a", size_t=2, size_z=2)

    assert facts.acquisition_date == "2021-03-04T16:39:17.951"
    assert list(facts.planes.places) == [(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, 0, 1)]
    assert column_of(facts, "DeltaT") == ("s", ["0", "1.06", "0.53", "1.59"])


def test_lif_time_stamps_of_other_planes_than_the_image_has_are_not_taken():
    stamps = {"#text": "1d71114eb8b44f0 1d71114ebdc2410 1d71114ec2d0330"}
    dimensions = [dimension(1, 8, 1), dimension(2, 6, 8), dimension(4, 2, 48)]

    assert only(dump_of(lif=lif({}, stamps, dimensions)), name="a", size_t=2).planes.columns == {}


def test_a_lif_of_placeholders_states_nothing():
    definition = {"@ObjectiveName": "Unknown", "@NumericalAperture": "0", "@Pinhole": "0", "@MicroscopeModel": ""}

    facts = only(dump_of(lif=lif(definition, {"#text": "0"})), name="a")

    assert facts == ImageFacts(channels=facts.channels)


DETECTION = {
    "DetectorGainFirst": 650.0,
    "AmplifierOffsFirst": 0.25,
    "AmplifierGainFirst": 1.0,
    "PinholeDiameter": 53.25,
    "Acquire": 1,
    "PointDetectorName": "Pmt2",
    "DyeName": "Alexa 488",
}


def lsm(**changes):
    track = {
        "Acquire": 1,
        "DetectionChannels": [DETECTION],
        "IlluminationChannels": [{"Wavelength": 488.0, "Aquire": 1}],
        "BeamSplitters": [{"Filter": "MBS 488"}, {"Filter": "NoneLSM"}],
    }
    scan = {
        "Name": "cells",
        "Objective": "Plan-Apochromat 63x/1.4 Oil DIC M27",
        "User": "guest",
        "Sample0time": 44648.56202546296,
        "Lasers": [{"Name": "Argon", "Acquire": 1}, {"Name": "HeNe633", "Acquire": 0}],
        "Tracks": [track],
    }
    return {"ScanInformation": scan, "TimeStamps": [10538.5, 10539.75], **changes}


def test_an_lsm_states_its_scan():
    facts = only(dump_of(lsm=lsm()), size_t=2)
    channel = facts.channels[0]

    assert facts.acquisition_date == "2022-03-28T13:29:19"
    assert facts.objective["NominalMagnification"] == "63"
    assert facts.experimenter == {"UserName": "guest"}
    assert [part.stated["Model"] for part in facts.components] == ["Argon", "MBS 488"]
    assert (channel.fluor, channel.excitation_nm, channel.pinhole.value) == ("Alexa 488", "488", "53.25")
    assert channel.detector.stated == {"Gain": "650", "Offset": "0.25"}
    assert column_of(facts, "DeltaT") == ("s", ["0", "1.25"])


def test_an_lsm_spectral_channel_states_its_band():
    tree = lsm(SpectralScan=1, ChannelWavelength=[[4.178088e-07, 4.278088e-07]])

    band = only(dump_of(lsm=tree)).channels[0].emission_filters[0].transmittance

    assert (band["CutIn"].value, band["CutOut"].value) == ("417.8088", "427.8088")


def test_an_lsm_of_placeholders_states_nothing():
    scan = {"Name": "", "Objective": "", "User": "", "Sample0time": 0.0, "Tracks": []}

    assert only(dump_of(lsm={"ScanInformation": scan, "TimeStamps": [10538.5]})) == ImageFacts()


def oib(channel, **common):
    frame = {
        "ProfileSaveInfo": {"Name": "COFAFrameImage"},
        "Acquisition Parameters Common": {
            "ObjectiveLens Name": "UPLFLN   40X  NA:0.75",
            "ObjectiveLens WDValue": 9999,
            "ObjectiveLens WDUnit": "um",
        },
    }
    main = {
        "Channel 1 Parameters": channel,
        "Acquisition Parameters Common": common,
        "File Info": {"UserName": "Guest"},
    }
    return {"main": main, "files": {"a.pty": frame}}


def test_an_oib_states_channel_filter_and_detector():
    channel = {
        "CH Name": "CH1",
        "BF Name": "BA505-525",
        "ExcitationDM Name": "DM488/543",
        "ExcitationWavelength": 488,
        "LightType": "Transmitted Light",
        "AnalogPMTVoltage": 1050,
        "CountingPMTVoltage": 1050,
        "AnalogPMTGain": 1000,
        "CountingPMTGain": 0,
    }
    common = {
        "Acquisition Device": "FV1000",
        "ImageCaputreDate": "2012-07-26 15:13:35",
        "ImageCaputreDate+MilliSec": 76,
        "Number of use Laser": 1,
        "LaserWavelength01": 488,
    }

    facts = only(dump_of(oif=oib(channel, **common)))
    found = facts.channels[0]

    assert facts.acquisition_date == "2012-07-26T15:13:35.076"
    assert found.emission_filters[0].transmittance["CutIn"].value == "505"
    assert found.dichroic.stated == {"Model": "DM488/543"}
    assert found.illumination == "Transmitted"
    assert list(found.detector.stated) == ["Voltage"]
    assert facts.components[0].stated["Wavelength"].value == "488"
    assert dict(facts.objective) == {"Model": "UPLFLN   40X  NA:0.75", "NominalMagnification": "40", "LensNA": "0.75"}


def test_an_oib_of_placeholders_states_no_channel():
    channel = {"DyeName": "None", "BF Name": "", "ExcitationDM Name": "(null)", "EmissionWavelength": 0}

    found = only(dump_of(oif=oib(channel))).channels[0]

    assert set(vars(found).values()) == {None, ()}


def test_an_nd2_states_camera_and_objective():
    tree = {
        "text_info": {"capturing": "Fusion, SN:500651\r\nExposure: 500 ms\r\nBinning: 2x2\r\n"},
        "metadata": {
            "channels": [
                {
                    "channel": {"name": "GFP", "emissionLambdaNm": 512.0, "excitationLambdaNm": None},
                    "microscope": {
                        "objectiveName": "PLAN APO 40x",
                        "objectiveNumericalAperture": 0.95,
                        "objectiveMagnification": 0.0,
                        "immersionRefractiveIndex": 1.0,
                        "pinholeDiameterUm": 30.5,
                    },
                }
            ]
        },
    }

    facts = only(dump_of(nd2=tree))
    channel = facts.channels[0]

    assert channel.detector.of.stated == {"Model": "Fusion", "SerialNumber": "500651"}
    assert channel.detector.stated == {"Binning": "2x2"}
    assert (channel.emission_nm, channel.excitation_nm, channel.pinhole.value) == ("512", None, "30.5")
    assert (facts.objective["LensNA"], facts.objective["NominalMagnification"]) == ("0.95", "40")


def test_imaris_states_times_of_time_points():
    info = {"TimePoint1": "2020-01-01 00:00:00.000", "TimePoint2": "2020-01-01 00:00:01.250"}
    image_info = {"NumericalAperture": "1.4", "Name": "(name not specified)"}
    channel = {"LSMEmissionWavelength": "509", "LSMPinhole": "60.5", "Name": "GFP"}
    tree = {"DataSetInfo/Image": image_info, "DataSetInfo/Channel 0": channel, "DataSetInfo/TimeInfo": info}

    facts = only(dump_of(imaris=tree), size_t=2)

    assert column_of(facts, "DeltaT") == ("s", ["0", "1.25"])
    assert (facts.name, facts.objective) == (None, {"LensNA": "1.4"})
    assert facts.channels[0].pinhole.value == "60.5"


def test_imaris_times_that_are_all_alike_are_no_times():
    info = {"TimePoint1": "2020-01-01 00:00:00", "TimePoint2": "2020-01-01 00:00:00"}

    assert only(dump_of(imaris={"DataSetInfo/TimeInfo": info}), size_t=2).planes.columns == {}


def test_a_sif_states_moment_camera_and_exposure():
    info = {"ExperimentTime": 1254330082, "ExposureTime": 0.5, "DetectorType": "DU897", "xbin": 2, "ybin": 2}

    facts = only(dump_of(sif={"Signal": {"info": info}}), name="Signal")

    assert facts.acquisition_date == "2009-09-30T17:01:22Z"
    assert facts.channels[0].detector.of.stated == {"Manufacturer": "Andor", "Model": "DU897"}
    assert facts.channels[0].detector.stated == {"Binning": "2x2"}
    assert column_of(facts, "ExposureTime") == ("s", ["0.5"])
