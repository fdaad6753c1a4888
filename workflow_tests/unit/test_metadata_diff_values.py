"""When two values are the same, and what is no value at all."""

import pytest

from fixative.metadata_diff.kinds import is_value
from fixative.metadata_diff.values import same


@pytest.mark.parametrize(
    ("kind", "one", "two"),
    [
        ("number", "63", "63.0"),
        ("number", "1.33", "1.3300000001"),
        ("number", "0.65", "0.6499999761581421"),
        ("quantity", "650 nm", "0.65 µm"),
        ("quantity", "0.65 \u03bcm", "0.65 \u00b5m"),
        ("quantity", "2 min", "120 s"),
        ("quantity", "100 ms", "0.1 s"),
        ("quantity", "5 reference frame", "5.0 reference frame"),
        ("truth", "1", "true"),
        ("date", "2020-01-01T12:00:00", "2020-01-01T12:00:00.000Z"),
        ("date", "2020-01-01T12:00:00+01:00", "2020-01-01T11:00:00Z"),
        ("text", " DAPI ", "DAPI"),
    ],
)
def test_one_value_written_in_two_ways_is_the_same(kind, one, two):
    assert same(kind, one, two)


@pytest.mark.parametrize(
    ("kind", "one", "two"),
    [
        ("number", "0.65", "0.650001"),
        ("number", "0.65", "0.65000001"),
        ("number", "nothing", "0"),
        ("quantity", "0.65 µm", "0.65 nm"),
        ("quantity", "5 reference frame", "5 µm"),
        ("quantity", "1 s", "1 µm"),
        ("truth", "true", "yes"),
        ("date", "2020-01-01T12:00:00", "2020-01-01T12:00:01"),
        ("text", "1.0", "1"),
        ("text", "Oil", "oil"),
    ],
)
def test_two_values_that_look_alike_are_not_the_same(kind, one, two):
    assert not same(kind, one, two)


@pytest.mark.parametrize(
    ("path", "attribute"),
    [
        ("Image", "ID"),
        ("Image/Pixels", "BigEndian"),
        ("Image/Pixels", "DimensionOrder"),
        ("", "UUID"),
        ("", "schemaLocation"),
        ("Image/Pixels/Plane", "TheZ"),
    ],
)
def test_labels_and_the_layout_of_the_file_are_no_values(path, attribute):
    assert not is_value(path, attribute)


@pytest.mark.parametrize(
    ("path", "attribute"),
    [
        ("Image/Pixels", "SizeX"),
        ("ROI/Union/Rectangle", "TheZ"),
        ("StructuredAnnotations/XMLAnnotation/Value/Scan", "ID"),
    ],
)
def test_what_the_image_or_a_foreign_document_says_is_a_value(path, attribute):
    assert is_value(path, attribute)
