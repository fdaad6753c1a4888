"""Sanitising: what one slot gives up goes from all others, names of files and keys included."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixative.findings import RefusedSample
from fixative.ome.schema import problems
from fixative.privacy.apply import sanitise
from fixative.privacy.search import Search
from privacy_samples import (
    canary,
    dump,
    everything,
    inventory,
    ome_xml,
    policy,
    row,
    source,
)

ADA = {"ifd": [{"Artist": "Ada Lovelace", "HostComputer": "SCOPE7.lab.example.org"}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("imaged by Ada Lovelace at 63x", "imaged by [removed] at 63x"),
        ("imaged by LOVELACE, Ada", "imaged by [removed]"),
        ("lovelace_cells_01", "[removed]_cells_01"),
        ("AdaLovelaceCells", "[removed]Cells"),
        ("on scope7", "on [removed]"),
        ("the microscope70 of a band", "the microscope70 of a band"),
        ("adagio", "adagio"),
        ("Ada  Lovelace", "[removed]"),
    ],
)
def test_a_value_removed_from_one_slot_goes_from_every_text(text, expected):
    texts = [source("tiff", ADA), source("sidecar", {"0": {"remark": text}})]

    sanitised = sanitise(policy("facility"), dump(*texts), b"<OME/>", row(notes=text), inventory())

    assert sanitised.dump.sources[1].tree["0"]["remark"] == expected
    assert sanitised.row.notes == expected


def test_a_value_goes_from_names_of_keys_as_well():
    tree = {"0": {"Lovelace": {"cells": 3}, "Ada Lovelace": {"cells": 4}}}

    sanitised = sanitise(
        policy("facility"), dump(source("tiff", ADA), source("sidecar", tree)), b"<OME/>", row(), inventory()
    )

    assert sanitised.dump.sources[1].tree["0"] == {"[removed]": {"cells": 3}, "[removed] (2)": {"cells": 4}}


def test_first_and_last_name_in_slots_of_their_own_are_one_name():
    tree = {
        "Users": [{"FirstName": "Li", "LastName": "Wu"}],
        "remark": "by Li Wu, with 5 µM Li and Wu buffer",
    }

    sanitised = sanitise(policy("facility"), dump(source("sidecar", tree)), b"<OME/>", row(), inventory())

    assert sanitised.dump.sources[0].tree["remark"] == "by [removed], with 5 µM Li and Wu buffer"
    assert sanitised.log.not_searched == {"too short": 2}


def test_a_common_word_is_removed_from_its_own_slot_alone():
    tree = {"UserName": "admin", "Channel": "Green", "Author": "Green", "note": "the admin tool"}

    sanitised = sanitise(policy("facility"), dump(source("sidecar", tree)), b"<OME/>", row(), inventory())

    assert sanitised.dump.sources[0].tree == {"Channel": "Green", "note": "the admin tool"}
    assert sanitised.log.not_searched == {"a common word": 2}


def test_file_names_that_hold_a_secret_are_replaced_by_the_sample_id():
    files = inventory("lovelace_01.ome.tiff", "cells.xml", "sub/Lovelace.txt", "S1.ome.tiff")

    sanitised = sanitise(
        policy("facility"), dump(source("tiff", ADA, "lovelace_01.ome.tiff")), b"<OME/>", row(), files
    )

    assert sanitised.names == {
        "lovelace_01.ome.tiff": "S1_2.ome.tiff",
        "cells.xml": "cells.xml",
        "sub/Lovelace.txt": "S1_3.txt",
        "S1.ome.tiff": "S1.ome.tiff",
    }
    assert sanitised.dump.sources[0].file == "S1_2.ome.tiff"
    assert sanitised.row.source == Path("S1_2.ome.tiff")


@pytest.mark.parametrize("column", ["sample_id", "dataset"])
def test_a_sample_named_after_a_person_is_refused_before_anything_is_written(column):
    with pytest.raises(RefusedSample, match=f"SAN004.*{column}") as refused:
        sanitise(
            policy("facility"),
            dump(source("tiff", ADA)),
            b"<OME/>",
            row(**{column: "Lovelace_7"}),
            inventory(),
        )

    assert "Lovelace" not in str(refused.value)


def test_the_owner_is_published_on_purpose_and_not_looked_for():
    owner = "Ada Lovelace <ada.lovelace@lab.org>"

    sanitised = sanitise(policy("facility"), dump(source("tiff", ADA)), b"<OME/>", row(owner=owner), inventory())

    assert sanitised.row.owner == owner
    assert "Artist" not in sanitised.dump.sources[0].tree["ifd"][0]
    assert {secret.rule for secret in sanitised.secrets} == {"computers"}


@pytest.mark.parametrize(
    ("column", "value"),
    [("notes", "ask jdoe@lab.org"), ("notes", "C:\\Users\\jdoe77\\x"), ("operator", "jdoe77")],
)
def test_columns_of_the_sheet_are_cleaned(column, value):
    columns = {"notes": value} if column == "notes" else {"extra": {column: value}}

    sanitised = sanitise(policy("facility"), dump(), b"<OME/>", row(**columns), inventory())

    assert "jdoe" not in everything(sanitised)


def test_messages_of_readers_are_cleaned():
    said = dump(source("tiff", ADA)).model_copy(update={"notes": ("no such file: /home/jdoe7/Lovelace.tif",)})

    sanitised = sanitise(policy("facility"), said, b"<OME/>", row(), inventory())

    assert sanitised.dump.notes == ("no such file: [removed].tif",)


def test_an_id_that_holds_a_secret_is_renamed_with_its_references():
    xml = ome_xml(canary).replace(b"Experimenter:0", b"Experimenter:jdoe77").replace(b"Image:0", b"Image:jdoe77")
    account = dump(source("czi", {"UserName": "jdoe77"}))

    sanitised = sanitise(policy("facility"), account, xml, row(), inventory())

    assert b"jdoe77" not in sanitised.ome_xml
    assert problems(sanitised.ome_xml) == []


def test_an_experimenter_without_a_name_goes_with_every_reference_to_him():
    xml = re.sub(
        rb"<MicrobeamManipulation .*?</MicrobeamManipulation>"
        rb"|<MicrobeamManipulationRef[^>]*>|Institution=\"[^\"]*\"",
        b"",
        ome_xml(canary),
    )

    sanitised = sanitise(policy("facility"), dump(), xml, row(), inventory())

    assert b"Experimenter:0" not in sanitised.ome_xml
    assert problems(sanitised.ome_xml) == []


def test_the_source_dump_is_not_changed():
    before = dump(source("tiff", ADA))
    copy = before.model_copy(deep=True)

    sanitise(policy("facility"), before, b"<OME/>", row(), inventory())

    assert before == copy


def test_the_search_catches_a_redactor_that_skipped_a_rule():
    tags = dump(source("tiff", ADA), source("sidecar", {"0": {"remark": "by Ada Lovelace"}}))
    whole = sanitise(policy("facility"), tags, b"<OME/>", row(), inventory())
    broken = sanitise(policy("keep_all"), tags, b"<OME/>", row(), inventory())
    search = Search(whole.secrets, machine=False)

    search.bytes("whole", everything(whole).encode())
    assert search.hits == []
    search.bytes("broken", everything(broken).encode())

    assert {hit.rule for hit in search.hits} == {"people", "computers"}


@pytest.mark.parametrize(
    "value", ["", "Ada Lovelace", "Ada\nLovelace", "<Ada>", "=Ada", "[1, 2", "{", "a=b=c", "|||", "\x00"]
)
def test_odd_texts_do_not_break_it(value):
    trees = [
        source("tiff", ADA),
        source("sidecar", {"0": {"remark": value, "list": [value, None, 1.5, True]}}),
    ]

    sanitised = sanitise(policy("facility"), dump(*trees), b"<OME/>", row(), inventory())

    assert "Lovelace" not in everything(sanitised)


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(
    tree=TREES,
    text=st.text(max_size=30),
    form=st.sampled_from([str, json.dumps, "a = {}".format, "<a b='1'>{}</a>".format]),
)
def test_a_name_is_found_in_any_tree_around_it(tree, text, form):
    trees = [
        source("tiff", ADA),
        source("sidecar", {"0": {"tree": tree, "told": form("x Lovelace y"), "more": text}}),
    ]

    sanitised = sanitise(policy("facility"), dump(*trees), b"<OME/>", row(), inventory())

    assert "Lovelace" not in everything(sanitised)


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("copyleft/czi/WellD6_S1.czi", "m1srh"),
        ("copyleft/czi/LSM880_AiryScan.czi", "smcardle"),
        ("tiff/galaxy_multi_m.tiff", "lothar"),
        ("copyleft/photo_cc-by-sa/exif-samples_Crémieux11.tiff", "cornillon"),
    ],
)
def test_real_files_give_nobody_away(corpus, name, private):
    from fixative.metadata.dump import dump_metadata
    from fixative.ome.build import build_ome_xml
    from fixative.readers.opening import open_source

    path = corpus / name
    files = inventory(path.name)
    files = files.model_copy(update={"files": (files.main.model_copy(update={"path": path}),)})
    reader, tried = open_source(path, "czi" if path.suffix == ".czi" else "tiff")
    told = dump_metadata(reader, files, row(), tried)
    xml = build_ome_xml(reader, told, files).xml
    reader.close()

    sanitised = sanitise(policy("facility"), told, xml, row(), files)

    search = Search(sanitised.secrets, machine=False)
    search.bytes("everything", everything(sanitised).encode())
    assert private in told.model_dump_json().casefold()
    assert private not in everything(sanitised).casefold()
    assert search.hits == []
    assert problems(sanitised.ome_xml) == []
