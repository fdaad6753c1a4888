"""Where the counts of the metadata diff are told: the report's checklist, the object's provenance."""

import json
from dataclasses import replace

import pytest

from fixative.files import write_json
from fixative.package.assemble import assemble_object, own_words
from fixative.report.checklist import CHECKS, checklist_of
from fixative.report.status import Records, SampleStatus, StepStatus
from fixative.verification_models import MetadataDiff, MetadataLoss
from objects import NOW, make_parts

LOSS = MetadataLoss(fate="dropped", field="Image@Name", place="Image 0", source="a.czi", rule="name-of-the-file")
DIFF = MetadataDiff(
    reader="bioformats",
    version="8",
    values=10,
    kept=8,
    dropped=1,
    redacted=1,
    added=3,
    allowed={"name-of-the-file": 1},
    losses=(LOSS,),
)


def status_of(code=None):
    """A sample that came as far as the verification, which refused it with this code, or is sealed."""
    steps = (
        StepStatus("sanitise_metadata", "success"),
        StepStatus("verify_archive", "refused" if code else "success", code=code, message=code and "told why"),
    )
    outcome = "refused" if code else "sealed"
    return SampleStatus("A", "set1", outcome, steps=steps, kept=1200, redacted=3)


@pytest.mark.parametrize(
    ("metadata", "code", "state", "detail"),
    [
        (
            DIFF.model_dump(),
            None,
            "passed",
            "1,200 keys kept, 3 redacted; 10 values by bioformats: 8 kept, 1 dropped, 1 redacted, 3 added "
            "(1 of them for a listed reason)",
        ),
        (
            DIFF.model_copy(update={"refused": 1, "allowed": {}}).model_dump(),
            None,
            "noted",
            "1,200 keys kept, 3 redacted; 10 values by bioformats: 8 kept, 1 dropped, 1 redacted, 3 added; "
            "1 lost for none",
        ),
        (
            MetadataDiff(reason="nobody speaks").model_dump(),
            None,
            "noted",
            "1,200 keys kept, 3 redacted; source and archive not compared: nobody speaks",
        ),
        (None, None, "noted", "1,200 keys kept, 3 redacted; source and archive not compared: not asked for"),
        (None, "VER007", "failed", "told why"),
        (None, "VER001", "open", ""),
    ],
)
def test_the_checklist_tells_what_became_of_the_values(tmp_path, metadata, code, state, detail):
    write_json(tmp_path / "verification.json", {"metadata": metadata})

    checks = checklist_of(Records(tmp_path), status_of(code))

    line = checks[CHECKS.index("metadata accounted for")]
    assert (line.state, line.detail) == (state, detail)


def test_the_provenance_has_counts_allowed_losses_and_their_values(tmp_path):
    parts = replace(make_parts(tmp_path / "staging"), metadata=DIFF)

    assemble_object(parts, tmp_path / "object", now=NOW)

    path = next((tmp_path / "object/data").glob("*.provenance.json"))
    told = json.loads(path.read_text(encoding="utf-8"))["metadata"]
    assert (told["kept"], told["allowed"]) == (8, {"name-of-the-file": 1})
    assert told["losses"][0]["source"] == "a.czi"


def test_values_of_the_diff_are_no_words_of_fixatives_own(tmp_path):
    loss = LOSS.model_copy(update={"source": "Jane Roe"})
    parts = replace(make_parts(tmp_path / "staging"), metadata=DIFF.model_copy(update={"losses": (loss,)}))

    assert b"Jane Roe" not in own_words(parts)
