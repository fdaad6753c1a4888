"""Curation: levels, checks and READMEs are judged from what the objects hold, and say what is missing."""

import json

import pytest

from deposits import EVERYTHING, make_sealed, read
from fixative.curation.completeness import NBO, QUAREP, REMBI
from fixative.curation.cornell import DATASET, OBJECT
from fixative.curation.practice import CHECKS, CRITERIA
from fixative.curation.write import curate, curation_documents
from fixative.deposit.lossy import lossy_codec
from fixative.deposit.tables import read_tsv
from fixative.required.records import FieldState, RembiScore, RequiredReport, TierScore

CHECKLIST = RequiredReport(
    checklist="default",
    fields=(
        FieldState(name="physical_size_x_um", state="person", level="warn"),
        FieldState(name="acquisition_date", state="missing", level="warn"),
        FieldState(name="organism", state="missing", level=None),
    ),
    nbo=(TierScore(tier=1, filled=2, applicable=4), TierScore(tier=2, filled=1, applicable=1)),
    nbo_missing=("Objective/LensNA", "Image/Name"),
    rembi=RembiScore(filled=11, applicable=13, missing=(("study: title", "study_title"), ("a: b", "instrument"))),
)
COMPLETE = CHECKLIST.model_copy(
    update={"fields": (FieldState(name="physical_size_x_um", state="person", level="warn"),)}
)

MINIMUM = {"extra": {"biological_entity": "yeast"}, "organism": None, "modality": None, "license": None}
GOOD = {
    "extra": {
        "biological_entity": "yeast",
        "sample_preparation": "none",
        "acquisition_parameters": "100x",
        "physical_size_x_um": "0.1",
        "physical_size_y_um": "0.1",
    }
}
BEST = {"extra": EVERYTHING, "required": COMPLETE}


@pytest.fixture(scope="module")
def best(tmp_path_factory):
    """A sample of which everything is known."""
    folder = tmp_path_factory.mktemp("best")
    make_sealed(folder, "A", **BEST)
    return read(folder).samples[0]


def missing(curation):
    return [(result.criterion, result.missing) for result in curation.missing()]


def states(curation, scheme):
    return {result.criterion: result.state for result in curation.of(scheme)}


def test_an_object_about_which_little_is_known_reaches_the_minimum(tmp_path):
    make_sealed(tmp_path, "A", **MINIMUM)

    curation = curate(read(tmp_path))

    assert curation.level == "minimum"
    assert missing(curation) == [
        ("biological source and context: species, what is seen, how it was prepared", "organism, sample_preparation"),
        ("equipment and acquisition parameters", "modality, acquisition_parameters"),
        ("the size of a pixel", "physical_size_x_um, physical_size_y_um"),
        ("a licence", "license"),
    ]


def test_a_described_object_is_good_enough(tmp_path):
    make_sealed(tmp_path, "A", **GOOD)

    curation = curate(read(tmp_path))

    assert curation.level == "good enough"
    assert missing(curation) == [
        ("how processed data were made", "analysis_protocol or study_publication"),
        ("title and description of the study", "study_title, study_description"),
        ("technical metadata: every field of the checklist", "the checklist of required_metadata gone through"),
    ]


def test_an_object_of_which_everything_is_known_is_most_reproducible(tmp_path):
    make_sealed(tmp_path, "A", **BEST)

    curation = curate(read(tmp_path))

    assert curation.level == "most reproducible and reusable"
    assert missing(curation) == []


def test_an_object_about_which_nothing_is_known_is_below_the_minimum(tmp_path):
    make_sealed(tmp_path, "A", extra={}, organism=None, modality=None, instrument=None, license=None)

    curation = curate(read(tmp_path))

    assert curation.level == "below minimum"
    assert missing(curation) == [
        ("a minimal description of the sample", "organism or biological_entity"),
        ("a minimal protocol: how it was imaged", "modality or instrument or acquisition_parameters"),
    ]


def test_a_data_set_is_what_its_weakest_object_is(tmp_path):
    make_sealed(tmp_path, "A", **BEST)
    make_sealed(tmp_path, "B", **MINIMUM)

    curation = curate(read(tmp_path))

    assert curation.level == "minimum"
    assert curation.levels() == {"A": "most reproducible and reusable", "B": "minimum"}


def test_a_field_of_the_checklist_that_is_missing_is_named(tmp_path):
    make_sealed(tmp_path, "A", extra=EVERYTHING, required=CHECKLIST)

    assert missing(curate(read(tmp_path))) == [
        ("technical metadata: every field of the checklist", "acquisition_date")
    ]


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.text)
def test_every_criterion_that_is_met_names_a_file_of_the_object_or_a_place_in_it(best, criterion):
    result = criterion.of(best)

    assert result.state == "met"
    assert [each.file for each in result.evidence if not (best.folder / "data" / each.file).is_file()] == []


def test_evidence_in_json_is_where_the_pointer_says(best):
    results = [criterion.of(best) for criterion in CRITERIA]
    found = [each for result in results for each in result.evidence if each.pointer.startswith("/")]

    values = [_at(json.loads((best.folder / "data" / each.file).read_bytes()), each.pointer) for each in found]

    assert [place for place, value in zip(found, values, strict=True) if value is None] == []


def _at(tree, pointer):
    for part in pointer.split("/")[1:]:
        tree = tree[int(part)] if isinstance(tree, list) else tree[part]
    return tree


def test_fair_is_estimated_before_publication(tmp_path):
    make_sealed(tmp_path, "A", **BEST)

    found = states(curate(read(tmp_path)), "FAIR, before publication")

    assert [criterion for criterion, state in found.items() if state == "not met"] == [
        "FsF-F1-02MD persistent identifiers"
    ]


def test_scores_of_quarep_nbo_and_rembi_say_what_is_missing(tmp_path):
    make_sealed(tmp_path, "A", extra={"objective_na": "1.4"}, required=CHECKLIST)

    curation = curate(read(tmp_path))

    quarep = states(curation, QUAREP)
    assert [item for item, state in quarep.items() if state == "met"] == ["modality", "objective_na"]
    assert quarep["time_increment_s"] == "not applicable"
    assert [(result.criterion, result.missing) for result in curation.of(NBO)] == [
        ("tier 1: 2 of 4 slots that apply are filled", "Objective/LensNA, Image/Name"),
        ("tier 2: 1 of 1 slots that apply are filled", ""),
    ]
    assert [result.column for result in curation.of(REMBI)] == ["study_title instrument"]


def test_a_source_compressed_with_loss_is_noticed():
    metadata = {"dump": {"sources": [{"kind": "tiff", "tree": {"ifd": [{"Compression": 1}, {"Compression": 7}]}}]}}

    assert lossy_codec("tiff", metadata) == "JPEG"
    assert lossy_codec("jpeg", {}) == "jpeg"
    assert lossy_codec("czi", {"dump": {"sources": [{"kind": "czi", "tree": {"Compression": 7}}]}}) is None


def test_a_lossless_source_is_told_of(tmp_path):
    make_sealed(tmp_path, "A", **MINIMUM)

    assert set(states(curate(read(tmp_path)), CHECKS).values()) == {"met"}


def test_the_readme_of_a_data_set_has_cornells_minimum_where_everything_is_stated(tmp_path):
    make_sealed(tmp_path, "A", extra={**EVERYTHING, "acquisition_date": "2024-04-18"})

    curation = curate(read(tmp_path))

    assert set(states(curation, DATASET).values()) == {"met"}
    assert b"- Date of data collection: 2024-04-18\n" in curation.readme


def test_what_the_readme_cannot_say_is_named_with_the_column(tmp_path):
    make_sealed(tmp_path, "A", extra={}, license=None)

    found = {result.criterion: result.column for result in curate(read(tmp_path)).of(DATASET) if result.missing}

    assert found == {
        "title": "study_title",
        "name and institution of authors": "study_authors",
        "contact": "study_contact",
        "date of data collection": "acquisition_date",
        "licence": "license",
        "how data were collected": "acquisition_parameters",
    }


def test_the_readme_of_an_object_is_held_against_the_same_minimum(tmp_path):
    make_sealed(tmp_path, "A")

    found = states(curate(read(tmp_path)), OBJECT)

    assert found["title"] == found["licence"] == found["description of each file"] == "met"


def test_a_readme_cannot_be_made_to_say_something_else(tmp_path):
    make_sealed(tmp_path, "A", extra={**EVERYTHING, "study_title": "x\n- Licence: CC0 | <script>", "notes": "a"})

    text = curate(read(tmp_path)).readme.decode()

    assert "<script>" not in text
    assert text.count("\n- Licence:") == 1


def test_the_table_and_the_json_say_the_same(tmp_path):
    make_sealed(tmp_path, "A", **GOOD)
    curation = curate(read(tmp_path))
    documents = curation_documents(curation)
    (tmp_path / "curation.tsv").write_bytes(documents["curation.tsv"])

    summary = json.loads(documents["curation.json"])

    rows = read_tsv(tmp_path / "curation.tsv")
    assert [row[2] for row in rows[1:]] == [entry["criterion"] for entry in summary["criteria"]]
    assert summary["dcn"]["level"] == "good enough"
    assert summary["dcn"]["next"] == "most reproducible and reusable"
