"""Facts of TIFF dialects, slides and electron microscopes: every value at its place, placeholders nowhere."""

import json

import pytest

from fixative.ome.facts import ImageFacts, colour
from fixative.ome.from_vendor import facts_of
from fixative.ome.vendor.dates import asctime_of, moment_of
from ome_sources import dump_of, image


def only(dump, **changes) -> ImageFacts:
    (facts,) = facts_of(dump, [image(**changes)])
    return facts


def column_of(facts, name):
    unit, values = facts.planes.columns[name]
    return unit, list(values)


def tiff(*descriptions, name="ImageDescription", **tags):
    return {"ifd": [{"ImageWidth": 8, "ImageLength": 6, name: text, **tags} for text in descriptions]}


def page(**changes):
    return {
        "FrameIndex": 0,
        "ChannelIndex": 0,
        "SliceIndex": 0,
        "ElapsedTime-ms": 12.5,
        "Exposure-ms": 10,
        "XPositionUm": -5.5,
        "YPositionUm": 6,
        "ZPositionUm": 0,
        "Camera": "Cam",
        "Cam-CameraName": "Zyla",
        "Cam-CameraID": "VSC-1",
        "Binning": "2",
        "Objective-Label": "Nikon 10X S Fluor",
        **changes,
    }


def micromanager(*pages):
    tags = tiff(*[json.dumps(each) for each in pages], name="MicroManagerMetadata")
    return dump_of(micromanager={"Summary": {"UserName": "guest"}}, tiff=tags)


def test_micro_manager_states_each_plane():
    facts = only(micromanager(page(), page(FrameIndex=1, **{"ElapsedTime-ms": 99})), size_t=2)

    assert column_of(facts, "DeltaT") == ("ms", ["12.5", "99"])
    assert column_of(facts, "ExposureTime") == ("ms", ["10", "10"])
    assert column_of(facts, "PositionX") == ("µm", ["-5.5", "-5.5"])
    assert column_of(facts, "PositionZ") == ("µm", ["0", "0"])


def test_micro_manager_states_camera_objective_and_account():
    facts = only(micromanager(page()))

    assert facts.channels[0].detector.of.stated == {"Model": "Zyla", "SerialNumber": "VSC-1"}
    assert facts.channels[0].detector.stated == {"Binning": "2x2"}
    assert facts.objective == {"Model": "Nikon 10X S Fluor", "NominalMagnification": "10"}
    assert facts.experimenter == {"UserName": "guest"}


def test_an_nd_tiff_names_its_channels_by_its_axes():
    first, second = ({**page(), "Axes": {"channel": name, "time": 0}} for name in ("DAPI", "FITC"))

    facts = only(micromanager(first, second), size_c=2)

    assert [channel.name for channel in facts.channels] == ["DAPI", "FITC"]
    assert list(facts.planes.places) == [(0, 0, 0), (0, 1, 0)]


def test_a_micro_manager_page_of_another_position_or_without_a_place_is_not_taken():
    facts = only(micromanager(page(PositionIndex=1), {"ElapsedTime-ms": 1}))

    assert facts.planes.columns == {}


def test_micro_manager_placeholders_state_nothing():
    pages = [{"FrameIndex": 0, "ChannelIndex": 0, "SliceIndex": 0, "Exposure-ms": 0, "Camera": "", "Binning": "0"}]

    assert only(micromanager(*pages)).channels == ()


PLANE = {
    "acquisition-time-local": "2024-07-09T13:15:50.916000",
    "Exposure Time": "100 ms",
    "stage-position-x": 22985.0,
    "stage-position-y": -5.0,
    "z-position": 9994.76,
    "ImageXpress Micro X": 22985.0,
    "ImageXpress Micro Objective": "40X Plan Apo Lambda",
    "stage-label": "B02 : Site 1",
    "camera-binning-x": 8,
    "camera-binning-y": 8,
    "wavelength": 452.0,
    "_IllumSetting_": "DAPI",
    "_MagNA_": 0.95,
    "_MagRI_": 1.0,
    "_Temperature_": 29.6,
    "Instrument Serial Number": "5165008",
}


def test_a_meta_series_plane_states_moment_place_and_exposure():
    facts = only(dump_of(metaseries={"PlaneInfo": PLANE}))

    assert facts.acquisition_date == "2024-07-09T13:15:50.916"
    assert column_of(facts, "ExposureTime") == ("ms", ["100"])
    assert column_of(facts, "PositionY") == ("µm", ["-5"])
    assert column_of(facts, "PositionZ") == ("µm", ["9994.76"])
    assert facts.stage_label == {"Name": "B02 : Site 1"}


def test_a_meta_series_plane_states_optics_camera_and_temperature():
    facts = only(dump_of(metaseries={"PlaneInfo": PLANE}))

    assert facts.objective["LensNA"] == "0.95"
    assert facts.objective_settings == {"RefractiveIndex": "1"}
    assert facts.channels[0].detector.stated == {"Binning": "8x8"}
    assert facts.channels[0].emission_nm is None
    assert facts.environment["Temperature"].value == "29.6"


def test_a_meta_morph_position_has_no_unit():
    plane = {"stage-position-x": 5.0, "stage-position-y": 6.0}

    assert column_of(only(dump_of(metaseries={"PlaneInfo": plane})), "PositionX") == ("reference frame", ["5"])


def test_a_meta_series_of_several_pages_states_no_position_of_all():
    facts = only(dump_of(metaseries={"PlaneInfo": PLANE}), size_t=2)

    assert (facts.planes.columns, facts.stage_label, facts.acquisition_date) == ({}, {}, None)


def test_a_plate_of_several_planes_states_only_what_all_have_in_common():
    tree = {"images": {"B02": {"first plane": {"PlaneInfo": PLANE}}}}

    facts = only(dump_of(metaxpress=tree), name="B02", size_t=2)

    assert set(facts.planes.columns) == {"PositionX", "PositionY"}
    assert (facts.acquisition_date, facts.channels) == (None, ())


def test_meta_morph_placeholders_state_nothing():
    plane = {
        "stage-position-x": 0.0,
        "stage-position-y": 0.0,
        "stage-label": "",
        "Exposure Time": "0 ms",
        "acquisition-time-local": "",
        "camera-binning-x": 0,
    }

    facts = only(dump_of(metaseries={"PlaneInfo": plane}))

    assert (facts.planes.columns, facts.stage_label, facts.acquisition_date) == ({}, {}, None)
    assert set(vars(facts.channels[0]).values()) == {None, ()}


def test_an_aperio_description_states_size_date_and_objective():
    text = (
        "Aperio Image Library v11\r\n46000x32914|AppMag = 20|ScanScope ID = SS1|Date = 12/29/09|Time = 09:59:15"
        "|Time Zone = GMT-05:00|MPP = 0.4990|Exposure Time = 109|Exposure Scale = 0.000001"
    )

    facts = only(dump_of(tiff=tiff(text)))

    assert facts.acquisition_date == "2009-12-29T09:59:15-05:00"
    assert (facts.size["X"].value, facts.objective) == ("0.499", {"NominalMagnification": "20"})
    assert facts.microscope == {"SerialNumber": "SS1"}
    assert column_of(facts, "ExposureTime") == ("s", ["0.000109"])


def test_hamamatsu_states_scanner_and_objective():
    tags = {"Make": "Hamamatsu", "Model": "C9600-12", "Magnification": 40.0, "ScannerSerialNumber": "950291"}

    slide, macro = facts_of(dump_of(ndpi=tags), [image(), image(index=1, kind="macro")])

    assert slide.microscope == {"Manufacturer": "Hamamatsu", "Model": "C9600-12", "SerialNumber": "950291"}
    assert slide.objective == {"NominalMagnification": "40"}
    assert macro.objective == {}


def qptiff_page(kind, name):
    stated = {"ImageType": kind, "Name": name, "Color": "0,0,255", "ExposureTime": "1500", "Objective": "20x"}
    return {"PerkinElmer-QPI-ImageDescription": stated}


def test_a_qptiff_states_names_colours_and_exposures_of_its_channels():
    pages = {"0": qptiff_page("FullResolution", "DAPI"), "1": qptiff_page("FullResolution", "FITC")}

    facts = only(dump_of(qpi={**pages, "2": qptiff_page("Label", "x")}), size_c=2)

    assert [channel.name for channel in facts.channels] == ["DAPI", "FITC"]
    assert facts.channels[0].colour == colour(0, 0, 255)
    assert column_of(facts, "ExposureTime") == ("µs", ["1500", "1500"])
    assert facts.objective["NominalMagnification"] == "20"


def scn_image(width):
    settings = {
        "objectiveSettings": {"objective": "20"},
        "illuminationSettings": {"illuminationSource": "brightfield"},
    }
    return {
        "creationDate": "2012-03-01T10:11:12.5Z",
        "device": {"@model": "SCN400"},
        "view": {"@sizeX": width, "@sizeY": "5"},
        "scanSettings": settings,
    }


def test_an_scn_states_what_is_no_overview():
    collection = {"@sizeX": "9", "@sizeY": "5", "image": [scn_image("9"), scn_image("3")]}

    facts = only(dump_of(scn={"scn": {"collection": collection}}))

    assert facts.acquisition_date == "2012-03-01T10:11:12.5Z"
    assert facts.objective == {"NominalMagnification": "20"}
    assert facts.channels[0].contrast == "Brightfield"


def scanimage(*times):
    epoch = "[2017  1  2  3  4 5.250]"
    return {"frames": {"rows": len(times), "frameTimestamps_sec": list(times), "epoch": epoch}}


def test_scanimage_states_times_of_frames_and_the_moment():
    facts = only(dump_of(scanimage=scanimage("0.000000", "0.033500")), size_t=2, source_axes="TYX")

    assert column_of(facts, "DeltaT") == ("s", ["0", "0.0335"])
    assert facts.acquisition_date == "2017-01-02T03:04:05.25"


def test_scanimage_frames_of_folded_axes_have_no_times():
    dump = dump_of(scanimage=scanimage("0.0", "0.5"))

    assert only(dump, size_t=2, source_axes="VYX", folded={"V": "T"}).planes.columns == {}


def test_planes_of_micro_manager_that_stand_as_columns_are_read():
    axes = {"time": [0, 1], "channel": "DAPI"}
    table = {"rows": 2, "Axes": axes, "ElapsedTime-ms": [0, 5.5], "Exposure-ms": 10}

    facts = only(dump_of(micromanager={"Summary": {}, "planes": table}), size_t=2)

    assert facts.channels[0].name == "DAPI"
    assert column_of(facts, "DeltaT") == ("ms", ["0", "5.5"])
    assert column_of(facts, "ExposureTime") == ("ms", ["10", "10"])


def test_every_plane_of_a_plate_states_its_time_since_the_first():
    times = ["2024-07-09T13:15:51.416", "2024-07-09T13:15:50.916"]
    plane = {**PLANE, "acquisition-time-local": times, "Exposure Time": ["100 ms", "0.2 s"]}
    tree = {
        "images": {"B02": {"first plane": {"PlaneInfo": PLANE}}},
        "planes": {"rows": 2, "image": "B02", "T": 0, "C": [0, 1], "Z": 0, "PlaneInfo": plane},
    }

    facts = only(dump_of(metaxpress=tree), name="B02", size_c=2)

    assert facts.acquisition_date == "2024-07-09T13:15:50.916"
    assert column_of(facts, "DeltaT") == ("s", ["0.5", "0"])
    assert column_of(facts, "ExposureTime") == ("ms", ["100", "200"])


def deltavision(**changes):
    floats = {
        "timeStampSeconds": [0.5, 1.5],
        "expTime": [0.10000000149011612, 0.0],
        "stageXCoord": -5.5,
        "stageYCoord": 6.0,
        "stageZCoord": 7.0,
        "exWavelen": 490.0,
        "ndFilter": 0.5,
    }
    header = {"dvid": -16224, "dx": 0.10000000149011612, "dy": 0.1, "wave1": 525, "img_seq": 0, "lens_num": 10003}
    return {"header": header, "sections": {"rows": 2, **floats, **changes}}


def test_a_deltavision_states_each_section():
    facts = only(dump_of(mrc=deltavision()), size_t=2)

    assert facts.size["X"].value == "0.1"
    assert column_of(facts, "DeltaT") == ("s", ["0.5", "1.5"])
    assert column_of(facts, "ExposureTime") == ("s", ["0.1", None])
    assert column_of(facts, "PositionX") == ("reference frame", ["-5.5", "-5.5"])
    assert (facts.channels[0].excitation_nm, facts.channels[0].nd_filter) == ("490", "0.5")
    assert facts.objective == {}


def test_a_deltavision_header_of_what_the_memory_held_states_no_planes():
    facts = only(dump_of(mrc=deltavision(stageXCoord=1.2122465e-38)), size_t=2)

    assert facts.planes.columns == {}
    assert facts.channels[0].excitation_nm is None


def test_an_nrrd_states_spacing_only_with_units():
    geometry = {"spacing": [0.5, 0.25, 2.0]}

    stated = only(dump_of(itk={**geometry, "header": {"space units": '"mm" "mm" "mm"'}}), size_z=3)
    silent = only(dump_of(itk={**geometry, "header": {"space": "left-posterior-superior"}}), size_z=3)

    assert (stated.size["Z"].value, stated.size["Z"].unit) == ("2", "mm")
    assert silent is None


def film(rate):
    stream = {"time_base": "1/1000", "constant_rate": rate, "pts": {"first": 7, "steps": [[40, 1], [80, 1]]}}
    return {"images": [{"stream": 0}], "streams": [stream]}


def test_a_film_without_a_rate_states_the_time_of_each_frame():
    facts = only(dump_of(av=film(None)), size_t=3)

    assert column_of(facts, "DeltaT") == ("s", ["0", "0.04", "0.12"])


def test_a_film_of_one_rate_states_the_time_between_frames():
    facts = only(dump_of(av=film("25/1")), size_t=3)

    assert (facts.time_increment.value, facts.planes.columns) == ("0.04", {})


def test_fei_states_the_moment_of_creation_and_the_stage():
    tree = {
        "PrivateFei": {"TimeOfCreation": "13.06.2016 17:06:40"},
        "Stage": {"StageX": 2.576e-05, "StageY": "", "StageZ": 0.007965},
        "System": {"SystemType": "Helios"},
        "User": {"User": "supervisor", "Date": "06/13/2016", "Time": "05:06:40 PM"},
        "EBeam": {"HV": 5000},
    }

    facts = only(dump_of(fei=tree))

    assert facts.acquisition_date == "2016-06-13T17:06:40"
    assert column_of(facts, "PositionX") == ("m", ["0.00002576"])
    assert set(facts.planes.columns) == {"PositionX", "PositionZ"}
    assert facts.experimenter == {"UserName": "supervisor"}
    assert facts.channels == ()


def signal(original, plugin="digitalmicrograph"):
    axes = [
        {"name": "y", "size": 6, "scale": 2.5, "units": "nm"},
        {"name": "x", "size": 8, "scale": 2.5, "units": "nm"},
    ]
    return {"plugin": plugin, "signals": [{"axes": axes, "original_metadata": original}]}


def test_a_gatan_micrograph_states_exposure_and_moment():
    bar = {"Exposure Time (s)": 0.5, "Acquisition Date": "8/29/2017", "Acquisition Time": "1:58:43 PM"}
    original = {"ImageList": {"TagGroup0": {"ImageTags": {"DataBar": bar}}}}

    facts = only(dump_of(rosettasciio=signal(original)), source_axes="YX")

    assert facts.acquisition_date == "2017-08-29T13:58:43"
    assert column_of(facts, "ExposureTime") == ("s", ["0.5"])


def test_velox_states_the_stage_in_metres():
    original = {"Stage": {"Position": {"x": "-0.00017292756", "y": "0", "z": None}}}

    facts = only(dump_of(rosettasciio=signal(original, "emd")), source_axes="YX")

    assert column_of(facts, "PositionX") == ("m", ["-0.00017292756"])
    assert set(facts.planes.columns) == {"PositionX", "PositionY"}


def test_tia_states_moment_stage_and_operator():
    data = {
        "Stage X": {"Value": "-0.161", "Unit": "um"},
        "Stage Y": {"Value": "1", "Unit": "furlong"},
        "User": {"Value": "ERIC", "Unit": None},
    }
    info = {"AcquireDate": "Sun Feb 21 17:50:18 2016", "ExperimentalDescription": {"Root": {"Data": data}}}
    tree = {**signal({}, "tia"), "objects": [{"ObjectInfo": info}]}

    facts = only(dump_of(rosettasciio=tree), source_axes="YX")

    assert facts.acquisition_date == "2016-02-21T17:50:18"
    assert column_of(facts, "PositionX") == ("µm", ["-0.161"])
    assert set(facts.planes.columns) == {"PositionX"}
    assert facts.experimenter == {"UserName": "ERIC"}


def test_a_dicom_slide_states_scanner_wavelength_and_illumination():
    path = {
        "OpticalPathIdentifier": "1",
        "IlluminationWaveLength": 488.0,
        "IlluminationTypeCodeSequence": [{"CodeValue": "111743"}],
    }
    tree = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.77.1.6",
        "Manufacturer": "Unknown",
        "DeviceSerialNumber": "abcd",
        "ExposureTime": 20,
        "OpticalPathSequence": [path],
    }

    facts = only(dump_of(dicom=tree))

    assert facts.microscope == {"SerialNumber": "abcd"}
    assert (facts.channels[0].excitation_nm, facts.channels[0].contrast) == ("488", "Fluorescence")
    assert column_of(facts, "ExposureTime") == ("ms", ["20"])


def test_an_x_ray_exposure_is_none_of_light():
    assert only(dump_of(dicom={"ExposureTime": 20, "Manufacturer": "GE"})) == ImageFacts()


def test_fits_states_its_exposure_in_seconds():
    cards = {"NAXIS": {"value": 2}, "EXPTIME": {"value": 30.0}, "DATE-OBS": {"value": "2001-02-03T04:05:06.7"}}

    facts = only(dump_of(fits={"hdus": [{"type": "PrimaryHDU", "cards": cards}]}))

    assert column_of(facts, "ExposureTime") == ("s", ["30"])
    assert facts.acquisition_date == "2001-02-03T04:05:06.7"


def test_a_tia_series_states_the_time_of_each_element():
    axes = [{"name": "T", "size": 2}, *signal({}, "tia")["signals"][0]["axes"]]
    elements = {"rows": 2, "Time": [1456073429, 1456073431], "PositionX": 0.5, "PositionY": -0.5}
    tree = {"plugin": "tia", "signals": [{"axes": axes, "original_metadata": {}}], "elements": [elements]}

    facts = only(dump_of(rosettasciio=tree), source_axes="TYX", size_t=2)

    assert facts.acquisition_date == "2016-02-21T16:50:29Z"
    assert column_of(facts, "DeltaT") == ("s", ["0", "2"])
    assert column_of(facts, "PositionY") == ("m", ["-0.5", "-0.5"])


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        ("12/29/09", "09:59:15", "2009-12-29T09:59:15"),
        ("29/12/2009", "09:59:15", "2009-12-29T09:59:15"),
        ("27.08.2016", "20:54:33", "2016-08-27T20:54:33"),
        ("03.04.2016", "20:54:33", "2016-04-03T20:54:33"),
        ("8/8/2016", "12:00:01 AM", "2016-08-08T00:00:01"),
        ("03/04/2016", "20:54:33", None),
        ("29/13/2016", "20:54:33", None),
        ("31.02.2016", "20:54:33", None),
        ("8/29/2016", "13:00:00 PM", None),
        ("8/29/2016", None, None),
    ],
)
def test_a_date_that_can_be_read_in_two_ways_is_none(day, clock, expected):
    assert moment_of(day, clock) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("Mon Aug  8 16:26:20 2016", "2016-08-08T16:26:20"), ("Mon Foo 8 16:26:20 2016", None)]
)
def test_a_date_in_words_is_read(value, expected):
    assert asctime_of(value) == expected
