"""What a sample is expected to come to, by what earlier ones came to."""

import json

import pytest

from fixative.files import write_json
from fixative.models import STEPS, Receipt, StepOutcome
from fixative.prediction import LATEST, learn, predict
from fixative.records import write_record


@pytest.fixture
def results(tmp_path):
    """The folder of a run."""
    return tmp_path / "results"


@pytest.fixture
def sealed(results):
    """Leave the records of a sealed sample: an object half as large as its pixels, 2 s in each step."""

    def leave(sample, fmt="czi", dtype="uint16", pixels=1000, size=500, **receipt):
        folder = results / "samples" / sample
        write_record(folder / "prediction.json", predict(results, fmt, dtype, pixels))
        digests = {"fileset_sha256": "0", "policy_sha256": "0", "manifest_sha256": "0"}
        written = Receipt(source="/x", object=f"d/{sample}", sealed="x", bytes=size, planes=1, **digests, **receipt)
        write_record(folder / "sealed.json", written)
        for step in STEPS:
            spent = {"started": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:00:02Z"}
            outcome = StepOutcome(sample=sample, step=step, outcome="success", **spent)
            write_record(folder / f"outcomes/{step}.json", outcome)
        return sample

    return leave


def test_without_experience_it_goes_by_what_is_usual(results):
    expected = predict(results, "czi", "uint16", 1000)

    assert (expected.predicted_bytes, expected.basis, expected.samples) == (700, "none", 0)


def test_it_goes_by_earlier_samples_of_the_same_format_and_type(results, sealed):
    learn(results, [sealed("A"), sealed("B", dtype="uint8", size=100), sealed("C", size=600), sealed("D", size=550)])

    expected = predict(results, "czi", "uint16", 2000)

    assert (expected.predicted_bytes, expected.predicted_seconds) == (1100, 24.0)
    assert (expected.basis, expected.samples) == ("format and type", 3)


@pytest.mark.parametrize(("fmt", "basis"), [("czi", "format"), ("nd2", "all")])
def test_it_goes_by_the_nearest_there_is(results, sealed, fmt, basis):
    learn(results, [sealed("A")])

    expected = predict(results, fmt, "float32", 1000)

    assert (expected.predicted_bytes, expected.basis) == (500, basis)


def test_samples_that_were_not_sealed_teach_nothing(results, sealed):
    (results / "samples" / sealed("A") / "sealed.json").unlink()

    learn(results, ["A", "never begun"])

    assert predict(results, "czi", "uint16", 1000).basis == "none"


def test_an_object_that_was_there_already_teaches_nothing(results, sealed):
    learn(results, [sealed("A", adopted=True)])

    assert predict(results, "czi", "uint16", 1000).basis == "none"


def test_what_is_remembered_is_bounded(results, sealed):
    learn(results, [sealed("A")] * (LATEST + 7))

    assert len(json.loads((results / "experience.json").read_text())["czi uint16"]) == LATEST


@pytest.mark.parametrize("content", [[], {"czi uint16": [[0, 1, 1]]}, {"czi uint16": 3}, {"czi uint16": ["x"]}])
def test_damaged_experience_is_forgotten(results, content):
    write_json(results / "experience.json", content)

    assert predict(results, "czi", "uint16", 1000).basis == "none"
