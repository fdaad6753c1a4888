"""Who answers for the archive: identifiers are checked to their last digit before any job."""

import pytest

from fixative.agents import Provenance, orcid_address, ror_address
from fixative.findings import BadBatch
from fixative.settings import load_settings


@pytest.mark.parametrize("text", ["0000-0002-1694-233X", "000000021694233x", "https://orcid.org/0000-0002-1694-233X"])
def test_an_orcid_becomes_its_address(text):
    assert orcid_address(text) == "https://orcid.org/0000-0002-1694-233X"


@pytest.mark.parametrize("text", ["0000-0002-1825-0098", "0000-0002-1825-00", "Ada", "0000-0002-1694-23X3", ""])
def test_what_is_no_orcid_is_refused(text):
    with pytest.raises(ValueError, match="ORCID"):
        orcid_address(text)


@pytest.mark.parametrize("text", ["00wjc7c48", "HTTPS://ror.org/00wjc7c48".lower(), "05A28RW58"])
def test_a_ror_becomes_its_address(text):
    assert ror_address(text).startswith("https://ror.org/0")


@pytest.mark.parametrize("text", ["00wjc7c49", "10wjc7c48", "00wjc7c4", "00ujc7c48", "Example facility"])
def test_what_is_no_ror_is_refused(text):
    with pytest.raises(ValueError, match="ROR"):
        ror_address(text)


def test_the_configuration_refuses_a_wrong_digit_and_says_which_it_would_have_to_be():
    agent = {"name": "Ada Okafor", "orcid": "0000-0002-1825-0098"}

    with pytest.raises(BadBatch, match=r"provenance\.agent\.orcid: .* would have to be 7"):
        load_settings({"provenance": {"agent": agent}})


@pytest.mark.parametrize("name", ["", "  ", "Ada\nOkafor", "x" * 201])
def test_a_name_is_one_line_of_text(name):
    with pytest.raises(BadBatch, match=r"provenance\.organisation\.name"):
        load_settings({"provenance": {"organisation": {"name": name}}})


def test_a_person_and_an_organisation_of_one_name_are_refused():
    with pytest.raises(ValueError, match="same name"):
        Provenance.model_validate({"agent": {"name": "A"}, "organisation": {"name": "A"}})


def test_null_on_the_command_line_names_nobody():
    assert Provenance.model_validate({"agent": "null", "organisation": "null"}) == Provenance()
