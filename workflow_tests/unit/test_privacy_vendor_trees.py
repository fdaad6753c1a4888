"""Private values in the tables, chunks and tags of vendors are found wherever a column or a tree holds them."""

import pytest

from fixative.columns import columns
from fixative.privacy.apply import sanitise
from fixative.privacy.policy import load_policy
from privacy_samples import POLICIES, dump, everything, inventory, policy, row, source

PRIVATE = [
    ("nd2", {"chunks": {"CustomData|AuthenticationV01": {"Record0": {"sUserName": {"@value": "QzCanary7"}}}}}),
    ("nd2", {"unstructured": {"ImageTextInfo": {"SLxImageTextInfo": {"TextInfoItem_4": "QzCanary7"}}}}),
    ("nd2", {"unstructured": {"AppInfo": {"ComputerName": "QzCanary7"}}}),
    ("czi_subblocks", {"Metadata": columns([{"UserName": "QzCanary7"}, {"UserName": "QzCanary7 B"}])}),
    ("czi_subblocks", {"Metadata": columns([{"DetectorState": {"State": {"UserName": "QzCanary7"}}}])}),
    ("czi_attachments", [{"EventList": columns([{"Description": "/home/QzCanary7/x"}])}]),
    ("micromanager", {"planes": columns([{"UserName": "QzCanary7", "t": 1}, {"UserName": "QzCanary7", "t": 2}])}),
    ("micromanager", {"display_settings": {"Directory": "D:\\QzCanary7\\run"}}),
    ("tiff", {"ifds": columns([{"Artist": "QzCanary7"}, {"Artist": "QzCanary7 C"}])}),
    ("tiff", {"ifds": columns([{"ImageDescription": {"ComputerName": "QzCanary7"}}])}),
    ("svs", {"User": "QzCanary7", "pages": {"1": {"User": "QzCanary7"}}}),
    ("hdf5", {"Data": {"Image": {"id": {"Metadata": {"Instrument": {"ComputerName": "QzCanary7"}}}}}}),
    ("hdf5", {"@owner": "QzCanary7"}),
    ("ndpi", {"SlideLabel": "QzCanary7", "pages": {"1": {"SlideLabel": "QzCanary7"}}}),
    ("svs", {"MPP": "0.5", "Barcode": "QzCanary7"}),
    ("philips", {"DataObject": {"Attribute": [{"@Name": "PIM_DP_UFS_BARCODE", "#text": "QzCanary7"}]}}),
    ("oif", {"frames": columns([{"File Info": {"Path": "C:\\Users\\QzCanary7\\"}}, {"File Info": {"Path": "x"}}])}),
]

DATES = [
    ("lif", {"TimeStampList": {"#text": "1d71114eb8b44f0", "Times": ["2021-03-04T16:39:17.951000"]}}),
    ("lif_1", {"TimeStampList": {"TimeStamp": [{"@HighInteger": "30871828", "@LowInteger": "3951772912"}]}}),
    ("nd2", {"frames": {"time": {"absoluteJulianDayNumber": [2460762.474065442, 2460762.4740712307]}}}),
    ("nd2", {"unstructured": {"SLxPictureMetadata": {"TimeAbsolute": 2460762.474016516}}}),
    ("czi_subblocks", {"Metadata": {"AcquisitionTime": ["2016-02-12T09:47:10.0715848Z"]}}),
    ("rosettasciio", {"elements": [{"rows": 1, "Time": 1456073429}]}),
]
EXACT = ("1d71114eb8b44f0", "03-04", "3951772912", "2460762", "02-12", "09:47", "1456073429")


@pytest.fixture
def stricter(tmp_path):
    def extended(line):
        path = tmp_path / "stricter.yaml"
        head = 'name: stricter\nversion: "1"\ndescription: a test\nextends: facility\n'
        path.write_text(f"{head}{line}\n", encoding="utf-8")
        return load_policy(str(path), POLICIES)

    return extended


@pytest.mark.parametrize(("kind", "tree"), PRIVATE, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(PRIVATE)])
def test_no_table_gives_a_person_away(kind, tree):
    sanitised = sanitise(policy("facility"), dump(source(kind, tree)), b"<OME/>", row(), inventory())

    assert "qzcanary7" not in everything(sanitised).casefold()


@pytest.mark.parametrize(("kind", "tree"), DATES, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(DATES)])
def test_a_policy_of_years_leaves_no_moment_in_any_form(stricter, kind, tree):
    years = stricter("dates: year")

    sanitised = sanitise(years, dump(source(kind, tree)), b"<OME/>", row(), inventory())

    text = str(sanitised.dump.sources[0].tree)
    assert [exact for exact in EXACT if exact in text] == []


@pytest.mark.parametrize(
    ("kind", "tree"),
    [
        ("nd2", {"FilterPath": {"Filter": {"i0": {"UserName": "Custom 525/50", "Name": "FITC"}}}}),
        ("nd2", {"frames": {"rows": 2, "time": {"relativeTimeMs": [4.2, 4.7]}, "position": {"x": 9744.0}}}),
        ("czi_subblocks", {"Metadata": {"rows": 2, "StageXPosition": ["+000000016977.1530", "+000000016978.1530"]}}),
        ("ndpi", {"Comments": {"Objective.Lens.Magnificant": "35.16"}, "Magnification": 40.0}),
        ("zarr_arrays", {"/0": {"shape": [1, 2], "zarr_format": 3}}),
    ],
)
def test_what_names_nobody_is_as_it_was(kind, tree):
    sanitised = sanitise(policy("facility"), dump(source(kind, tree)), b"<OME/>", row(), inventory())

    assert sanitised.dump.sources[0].tree == tree
    assert sanitised.log.redactions == ()


@pytest.mark.parametrize(
    "kind",
    ["czi_subblocks", "czi_attachments", "hdf5", "zarr_arrays", "oif", "svs", "ndpi", "indica", "rosettasciio"],
)
def test_the_strict_policy_has_a_rule_for_every_kind_of_vendor_tree(kind):
    sanitised = sanitise(
        policy("hipaa_safe_harbor"), dump(source(kind, {"a": {"b": 1}})), b"<OME/>", row(), inventory()
    )

    assert sanitised.dump.sources[0].tree == {}, "names that nobody has judged go as well"


def test_the_strict_policy_knows_the_columns_of_tiff_tags():
    tree = {"ifds": columns([{"ImageWidth": 5, "StripOffsets": {"count": n}, "Software": "x"} for n in range(2)])}

    sanitised = sanitise(policy("hipaa_safe_harbor"), dump(source("tiff", tree)), b"<OME/>", row(), inventory())

    assert sanitised.dump.sources[0].tree == tree


def test_serial_numbers_with_a_slash_in_their_name_go_where_serial_numbers_go(stricter):
    without = stricter("serial_numbers: remove")
    tree = {"Comments": {"NDP.S/N": "950291", "PSHV": "179"}}

    sanitised = sanitise(without, dump(source("ndpi", tree)), b"<OME/>", row(), inventory())

    assert sanitised.dump.sources[0].tree == {"Comments": {"PSHV": "179"}}
