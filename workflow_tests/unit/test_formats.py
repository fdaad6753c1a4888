"""The table of formats names readers that exist, and every reader of Bio-Formats has its place."""

import pytest

from fixative.formats import FORMAT_OF_READER, FORMATS
from fixative.readers.backends import BACKENDS
from fixative.readers.options import READER_DEFAULTS
from fixative.recognise import BY_BIOFORMATS
from fixative.vendor_sets import READER_KNOWS, RULES


@pytest.fixture(scope="module")
def classes():
    from fixative.readers.bioformats.catalogue import all_readers

    return {name for name, _, _, _ in all_readers(READER_DEFAULTS)}


def test_there_are_at_least_150_formats_with_a_reader():
    assert sum(bool(form.backends) for form in FORMATS.values()) >= 150


def test_every_backend_that_the_table_names_exists_and_none_is_left_out():
    named = {backend for form in FORMATS.values() for backend in (*form.backends, *form.witnesses)}

    assert named == set(BACKENDS)


def test_every_reader_of_bio_formats_stands_for_a_format_or_is_excluded_with_a_reason(classes):
    assert classes - set(FORMAT_OF_READER) == set()


def test_the_table_names_no_reader_that_bio_formats_does_not_have_or_that_is_excluded(classes):
    assert set(FORMAT_OF_READER) - classes == set()


def test_one_reader_stands_for_one_format():
    named = [reader for form in FORMATS.values() for reader in form.bioformats]

    assert len(named) == len(set(named))


def test_extensions_are_lower_case():
    assert all(extension == extension.lower() for form in FORMATS.values() for extension in form.extensions)


@pytest.mark.parametrize("keys", [BY_BIOFORMATS, READER_KNOWS, set(RULES)])
def test_lists_of_keys_name_formats_of_the_table(keys):
    assert set(keys) <= set(FORMATS)


def test_what_only_bio_formats_recognises_can_be_recognised_by_it():
    assert all(FORMATS[key].bioformats for key in BY_BIOFORMATS)
