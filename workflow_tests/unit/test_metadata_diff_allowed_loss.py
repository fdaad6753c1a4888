"""What may be lost: an entry holds with all its conditions only; a list with mistakes stops the batch."""

import pytest
from test_metadata_diff_documents import SOURCE, diff_of, tree_of

from fixative.findings import BadBatch
from fixative.metadata_diff.allowed_loss import AllowedLosses, Facts, keep_allowed, kept_allowed, load_allowed_loss
from fixative.metadata_diff.record import Known, diff_documents
from fixative.pixel_models import ImagePixels, LevelPixels, Pixels
from fixative.places import PROJECT


def allowing(**entry):
    """A list of one entry."""
    content = {"id": "one", "reason": "because it is a test", **entry}
    return AllowedLosses.model_validate({"allowed": [content]})


def test_an_allowed_loss_is_counted_by_its_entry_and_not_refused():
    known = Known(allowed=allowing(field="Image/Pixels/Channel@Name", kind="dropped"))

    diff = diff_of((' Name="GFP"', ""), known=known)

    assert (diff.dropped, diff.refused, diff.allowed) == (1, 0, {"one": 1})


@pytest.mark.parametrize(
    "condition",
    [
        {"kind": "changed"},
        {"readers": "tifffile"},
        {"formats": ["czi"]},
        {"value": "GF"},
        {"file_name": True},
        {"field": "Image@Name"},
        {"kind": "changed", "corrected": True},
        {"kind": "changed", "settled": True},
    ],
)
def test_an_entry_whose_condition_does_not_hold_allows_nothing(condition):
    known = Known(allowed=allowing(**{"field": "Image/Pixels/Channel@Name", **condition}), format="nd2")

    diff = diff_of((' Name="GFP"', ""), known=known)

    assert (diff.refused, diff.allowed) == (1, {})


@pytest.mark.parametrize(("found", "refused"), [(5, 0), (6, 1)])
def test_a_size_may_be_corrected_to_what_the_pixels_prove_only(found, refused):
    level = LevelPixels(level=0, size_y=4, size_x=5, planes=())
    image = ImagePixels(
        index=0, dtype="uint8", size_t=1, size_c=2, size_z=1, size_y=4, size_x=5, samples=1, downsampling="none",
        levels=(level,),
    )  # fmt: skip
    allowed = allowing(field="Image/Pixels@SizeX", kind="changed", corrected=True)
    archive = tree_of(SOURCE.replace('SizeX="4"', f'SizeX="{found}"', 1))

    diff = diff_documents(
        tree_of(SOURCE), None, archive, Known(allowed=allowed, pixels=Pixels(root_sha256="0", images=(image,)))
    )

    assert (diff.changed, diff.refused) == (1, refused)


@pytest.mark.parametrize(("kept", "refused"), [("1.2", 0), ("1.3", 1)])
def test_another_sources_word_is_allowed_where_the_record_of_disagreements_says_so(kept, refused):
    line = {
        "image": None,
        "field": "Objective@LensNA",
        "kept": kept,
        "overruled": "1.4",
        "overruled_from": "bioformats",
    }
    known = Known(allowed=allowing(field="**", kind="changed", settled=True), disagreements=(line,))

    diff = diff_of(('LensNA="1.4"', 'LensNA="1.2"'), known=known)

    assert (diff.changed, diff.refused) == (1, refused)


@pytest.mark.parametrize(("within", "refused"), [(0.01, 0), (0.001, 1)])
def test_a_rounding_is_allowed_as_far_as_the_entry_says(within, refused):
    allowed = allowing(field="Image/Pixels/Plane@DeltaT", kind="changed", within=within)

    diff = diff_of(('DeltaT="1.5"', 'DeltaT="1510" DeltaTUnit="ms"'), known=Known(allowed=allowed))

    assert (diff.changed, diff.refused) == (1, refused)


@pytest.mark.parametrize(("within", "refused"), [(1, 0), (0.1, 1)])
def test_fractions_of_a_second_are_allowed_as_far_as_the_entry_says(within, refused):
    allowed = allowing(field="Image/AcquisitionDate#", kind="changed", within=within)

    diff = diff_of(("T12:00:00<", "T12:00:00.7Z<"), known=Known(allowed=allowed))

    assert (diff.changed, diff.refused) == (1, refused)


@pytest.mark.parametrize(("axes", "refused"), [("ZCT", 1), ("C", 2), ("X", 2)])
def test_planes_of_other_axes_are_allowed_where_these_axes_differ_only(axes, refused):
    allowed = allowing(field="Image/Pixels/Plane@*", other_axes=axes)

    diff = diff_of(
        ('SizeC="2"\n      SizeT="1"', 'SizeC="2"\n      SizeT="2"'),
        (' DeltaT="2.5"', ""),
        known=Known(allowed=allowed),
    )

    assert (diff.changed, diff.dropped, diff.refused) == (1, 1, refused)


@pytest.mark.parametrize(
    "name", ["cells.czi", "cells", "cells.czi #2", "cells.czi (series 3)", "cells.czi [scene 1]"]
)
def test_a_name_that_a_reader_makes_of_the_file_is_made_up(name):
    losses = allowing(field="Image@Name", file_name=True, invented=True)

    found = losses.invented("Image@Name", name, "bioformats", "czi", names=["cells.czi"])

    assert found is not None


@pytest.mark.parametrize("name", ["liver", "cells 2", "", None])
def test_a_name_that_somebody_gave_is_not_made_up(name):
    losses = allowing(field="Image@Name", file_name=True, invented=True)

    assert losses.invented("Image@Name", name, "bioformats", "czi", names=["cells.czi"]) is None


@pytest.mark.parametrize(
    ("glob", "field", "fits"),
    [
        ("Image/Pixels@PhysicalSize*", "Image/Pixels@PhysicalSizeX", True),
        ("Image/*@Name", "Image/Pixels/Channel@Name", False),
        ("**@Name", "Image/Pixels/Channel@Name", True),
        ("**/Channel@{Name,Fluor}", "Image/Pixels/Channel@Fluor", True),
        ("**/Channel@{Name,Fluor}", "Image/Pixels/Channel@Color", False),
        ("Image/Description#", "Image/Description#", True),
        ("Image@*", "Image/AcquisitionDate#", False),
    ],
)
def test_a_glob_stays_within_one_name_unless_it_says_otherwise(glob, field, fits):
    found = allowing(field=glob).rule_for(field, "a", None, "dropped", facts=Facts())

    assert (found is not None) is fits


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("allowed: [{id: a, field: x}]", "reason: Field required"),
        ("allowed: [{id: a, field: x, reason: long enough, because: no}]", "because: Extra inputs"),
        ("allowed: [{id: a, field: x, reason: long enough, value: '('}]", "no regular expression"),
        ("allowed: [{id: a, field: x, reason: long enough, corrected: true}]", "kind: changed"),
        (
            "allowed: [{id: a, field: x, reason: long enough}, {id: a, field: y, reason: long enough}]",
            "id used twice",
        ),
        ("allowed: [", "not YAML"),
    ],
)
def test_a_mistake_in_the_list_is_named(tmp_path, content, problem):
    path = tmp_path / "allowed.yaml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(BadBatch, match=problem):
        load_allowed_loss(path)


def test_a_list_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadBatch, match="cannot be read"):
        load_allowed_loss(tmp_path / "none.yaml")


def test_the_list_that_is_shipped_can_be_read():
    losses = load_allowed_loss(PROJECT / "config/allowed_loss.yaml")

    assert {"corrected-to-the-pixels", "another-source-has-the-word"} <= {entry.id for entry in losses.allowed}


def test_the_jobs_have_the_list_that_the_main_process_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    losses = allowing(field="Image@Name")

    keep_allowed(losses)

    assert AllowedLosses.model_validate(kept_allowed()) == losses


def test_no_list_is_kept_before_the_first_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert kept_allowed() is None
