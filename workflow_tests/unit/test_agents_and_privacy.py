"""A person whom the configuration names, and whom a policy takes out of the metadata: named there, nowhere else."""

from dataclasses import replace

import pytest

from fixative.agents import NOBODY, Provenance
from fixative.findings import RefusedSample
from fixative.package.assemble import assemble_object
from fixative.privacy.secrets import Secret
from fixative.seal_sample import _refuse_private
from objects import NOW, make_parts

ADA = Provenance.model_validate({"agent": {"name": "Ada Okafor"}, "organisation": {"name": "Institute of Seeing"}})


def searched(folder, agents, *values, **row):
    """Assemble an object and search it for private values, as the step does."""
    parts = replace(make_parts(folder / "parts", **row), agents=agents)
    assemble_object(parts, folder / "object", now=NOW)
    _refuse_private(folder / "object", parts, tuple(Secret("people", value) for value in values))
    return "sealed"


def test_a_name_that_is_taken_out_of_the_metadata_may_stand_where_the_configuration_names_it(tmp_path):
    assert searched(tmp_path, ADA, "Ada Okafor") == "sealed"


@pytest.mark.parametrize("part", ["Okafor", "institute of seeing"])
def test_so_may_a_part_of_it(tmp_path, part):
    assert searched(tmp_path, ADA, part) == "sealed"


def test_the_same_name_elsewhere_refuses_the_sample(tmp_path):
    with pytest.raises(RefusedSample, match="SAN002"):
        searched(tmp_path, ADA, "Ada Okafor", notes="taken by Ada Okafor")


def test_the_same_name_in_a_kept_original_refuses_the_sample(tmp_path):
    parts = make_parts(tmp_path / "parts", original=True)
    parts = replace(parts, agents=ADA)
    assemble_object(parts, tmp_path / "object", now=NOW)
    (tmp_path / "object/data/original/public.tif").write_bytes(b"by Ada Okafor")

    with pytest.raises(RefusedSample, match=r"SAN002.*original/public\.tif"):
        _refuse_private(tmp_path / "object", parts, (Secret("people", "Ada Okafor"),))


def test_another_private_name_refuses_it_as_ever(tmp_path):
    with pytest.raises(RefusedSample, match="SAN002"):
        searched(tmp_path, ADA, "Ada Okafor", "Rosa Ferreira", notes="for Rosa Ferreira")


def test_a_name_that_the_configuration_does_not_give_is_refused(tmp_path):
    with pytest.raises(RefusedSample, match="SAN002"):
        searched(tmp_path, NOBODY, "Ada Okafor", owner="Ada Okafor")
