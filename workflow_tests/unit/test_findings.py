"""Every code has a bad sample that provokes it: a code that nothing provokes is not tested, and fails here."""

import pickle
import re
from pathlib import Path

import pytest

from fixative.findings import FINDINGS, RefusedSample

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("code", FINDINGS)
def test_a_finding_reads_as_a_sentence_with_its_places(code):
    summary = FINDINGS[code].summary
    places = dict.fromkeys(re.findall(r"{(\w+)}", summary), "something")

    refused = RefusedSample(code, **places)

    assert refused.message == re.sub(r"{\w+}", "something", summary)
    assert str(refused).startswith(f"[{code}] ")
    assert refused.remedy


@pytest.mark.parametrize("code", FINDINGS)
def test_a_code_is_a_stage_and_a_number(code):
    assert re.fullmatch(r"(INV|MET|SAN|APP|CNV|VER|VLT|SEA|RUN|AUD)\d{3}", code)


def test_a_refusal_survives_the_way_between_processes():
    refused = RefusedSample("INV001", name="a.tif")

    assert str(pickle.loads(pickle.dumps(refused))) == str(refused)


@pytest.mark.parametrize("code", FINDINGS)
def test_some_test_provokes_this_code(code):
    tests = (path for path in TESTS.rglob("test_*.py") if path != Path(__file__))

    assert any(code in path.read_text(encoding="utf-8") for path in tests)
