"""Cleaners, dates, and the rule by which a value is specific enough to be looked for."""

import pytest

from fixative.privacy.cleaners import clean
from fixative.privacy.dates import shifted, year_only
from fixative.privacy.secrets import Secret, Vault, derived, is_whole, reason_not_searched

UUID1 = "0fe5d024-e53d-11f1-bfe0-02fc00000001"


@pytest.mark.parametrize(
    ("text", "cleaned", "found"),
    [
        (r"C:\Users\jdoe\Desktop\a b.czi", "a b.czi", {"jdoe", r"C:\Users\jdoe\Desktop"}),
        (r"C:\Users\jdoe", "[removed]", {"jdoe", r"C:\Users"}),
        ("W:/Andrews, Laura/July 26th/", "[removed]", {"W:/Andrews, Laura/July 26th"}),
        (r"saved to D:\x\y\z.tif and E:\q\w.tif", "saved to z.tif and w.tif", {r"D:\x\y", r"E:\q"}),
        (r"\\server7\share\lab\x.nd2", "x.nd2", {"server7", r"\\server7\share\lab"}),
        ("/home/jdoe/run 1/x.tif", "run 1/x.tif", None),
        (
            "/Users/lothar/Desktop/20170713_HeLa/a.tif",
            "a.tif",
            {"lothar", "/Users/lothar/Desktop/20170713_HeLa"},
        ),
        ("file:///home/jdoe/x.tif", "x.tif", {"jdoe", "/home/jdoe"}),
        ("ask a.b-c@lab.example.org!", "ask [removed]!", {"a.b-c@lab.example.org"}),
        ("http://jdoe:pw@example.org/x", "http://example.org/x", {"jdoe"}),
        (
            "see http://omero.local/webclient",
            "see [removed]",
            {"omero.local", "http://omero.local/webclient"},
        ),
        ("host 6.7.0.211", "host [removed]", {"6.7.0.211"}),
        ("129.215.1.7", "[removed]", {"129.215.1.7"}),
        ("at 10.3.4.5 now", "at [removed] now", {"10.3.4.5"}),
        ("at fe80::1ff:fe23:4567:890a now", "at [removed] now", {"fe80::1ff:fe23:4567:890a"}),
        ("mac 00:1B:44:11:3A:B7", "mac [removed]", {"00:1B:44:11:3A:B7"}),
    ],
)
def test_what_identifies_goes_and_what_was_found_is_told(text, cleaned, found):
    result, findings = clean(text)

    assert found is None or {finding.value for finding in findings} == found
    assert found is None or result == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "image/tiff",
        "Plan-Apochromat 63x/1.4 Oil DIC M27",
        "µm/px",
        "2016-02-12T09:41:02",
        "2016:02:12 09:41:02",
        "Version 2.6.76.0",
        "2.6.76.1",
        "MetaXpress 6.7.0.211",
        "http://www.openmicroscopy.org/Schemas/OME/2016-06",
        "openmicroscopy.org/OriginalMetadata",
        "urn:uuid:5f0e9c4c-6d0f-4e2d-8a51-0b7bd6a97f1c",
        "ratio 340/380",
        "/entry/instrument/detector",
        "0.1317",
        "a@b",
        "Cy3 @ 561 nm",
        "127.0.0.1",
    ],
)
def test_what_identifies_nobody_stays(text):
    assert clean(text) == (text, [])


def test_a_uuid_with_a_mac_address_is_replaced_consistently():
    first, second = clean(f"urn:uuid:{UUID1}")[0], clean(f"id {UUID1}")[0]

    assert UUID1 not in first
    assert first.removeprefix("urn:uuid:") == second.removeprefix("id ")


def test_only_the_named_cleaners_run():
    assert clean("a@lab.org at 10.0.0.1", ["ips"])[0] == "a@lab.org at [removed]"


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("2016-02-12T09:41:02.123+01:00", "2016-01-01T00:00:00Z"),
        ("2016-02-12T09:41:02", "2016-01-01T00:00:00"),
        ("2016:02:12 09:41:02", "2016:01:01 00:00:00"),
        ("20160212", "20160101"),
        ("12.02.2016", "01.01.2016"),
        ("2016-02-12", "2016-01-01"),
        ("2016-02-12 about noon", "2016-01-01"),
        ("last Friday", None),
    ],
)
def test_of_a_date_the_year_stays_in_the_form_it_had(date, year):
    assert year_only(date) == year


def test_a_shift_keeps_intervals_and_the_time_of_day():
    assert shifted("2016-03-01T09:41:02", -1) == "2016-02-29T09:41:02"
    assert shifted("2016:03:02 10:00:00", -1) == "2016:03:01 10:00:00"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("Ng", "too short"),
        ("a-b-c", "too short"),
        ("4711", "a number"),
        ("-12.5", "a number"),
        ("admin", "a common word"),
        ("Carl Zeiss AG", "a common word"),
        ("Green", "a common word"),
        ("x" * 401, "too long"),
        ("Li Wu", None),
        ("M1SRH", None),
        ("2016-02-12", None),
        ("3834002345", None),
    ],
)
def test_the_rule_for_what_is_looked_for(value, reason):
    assert reason_not_searched(value) == reason


@pytest.mark.parametrize(
    ("value", "holds", "parts"),
    [
        (
            "Ada Lovelace",
            "person",
            {"Ada Lovelace", "Lovelace, Ada", "Lovelace", "ada_lovelace", "AdaLovelace"},
        ),
        ("Lovelace, Ada", "person", {"Ada Lovelace", "Lovelace"}),
        ("Dr. Ada Lovelace", "person", {"Ada Lovelace", "Lovelace"}),
        ("LAB\\jdoe", "account", {"LAB\\jdoe", "jdoe"}),
        ("ada.lovelace@lab.org", "email", {"ada.lovelace@lab.org", "ada.lovelace", "lovelace"}),
        ("scope7.lab.example.org", "host", {"scope7.lab.example.org", "scope7"}),
        ("2016-02-12T09:41:02", "date", {"2016-02-12", "2016:02:12"}),
    ],
)
def test_what_follows_from_a_private_value(value, holds, parts):
    found = {part.casefold() for part in derived(value, holds)}

    assert {part.casefold() for part in parts} <= found


@pytest.mark.parametrize(
    ("before", "found", "after", "whole"),
    [
        ("", "Smith", "", True),
        ("_", "smith", "2", True),
        ("n", "Smith", "", True),
        ("k", "smith", "", False),
        ("", "smith", "s", False),
        ("x", "Lovelace", "x", True),
        ("1", "23456789", "", False),
        (".", "23456789", "", False),
        (" ", "23456789", ",", True),
    ],
)
def test_a_value_counts_only_as_a_whole(before, found, after, whole):
    assert is_whole(before, found, after) == whole


def test_what_the_sheet_publishes_is_not_looked_for():
    vault = Vault(("Ada Lovelace <ada@lab.org>",))

    vault.add("people", "Ada Lovelace", "person")
    vault.add("emails", "ada@lab.org", "email")

    assert vault.secrets() == ()
    assert vault.not_searched()["named on purpose"] > 0


def test_a_secret_does_not_print_its_value():
    assert "Lovelace" not in repr(Secret("people", "Lovelace"))
