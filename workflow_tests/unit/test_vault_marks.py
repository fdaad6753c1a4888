"""Marks of removed values: the same only for the same key, source, line and value; nothing else changes by them."""

import itertools

import pytest

from fixative.privacy.apply import sanitise
from fixative.privacy.marks import Marks
from privacy_samples import canary, dump, inventory, ome_xml, policy, row, source

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
MARKS = Marks(KEY, "0" * 64)
ADA = source("tiff", {"ifd": [{"Artist": "Ada Lovelace"}, {"Artist": "Ada Lovelace"}, {"Artist": "Jane Roe"}]})


def sanitised(*sources, marks=MARKS, name="facility", xml=b"<OME/>"):
    return sanitise(policy(name), dump(*sources), xml, row(), inventory(), marks)


def line_of(result, key):
    (line,) = [line for line in result.log.redactions if line.key == key]
    return line


def test_each_distinct_value_of_a_line_has_its_mark():
    line = line_of(sanitised(ADA), "tiff:/ifd/Artist")

    assert line.count == 3
    assert line.values_hmac == tuple(
        sorted(MARKS.of("tiff:/ifd/Artist", name) for name in ("Ada Lovelace", "Jane Roe"))
    )
    assert line.values_hmac_of is None


@pytest.mark.parametrize(
    "other",
    [
        MARKS.of("tiff:/ifd/HostComputer", "Ada"),
        MARKS.of("tiff:/ifd/Artist", "ada"),
        MARKS.of("tiff:/ifd/Artist", "Ada "),
        Marks(OTHER_KEY, "0" * 64).of("tiff:/ifd/Artist", "Ada"),
        Marks(KEY, "1" * 64).of("tiff:/ifd/Artist", "Ada"),
        MARKS.over("tiff:/ifd/Artist", ["Ada"]),
    ],
    ids=["key of the metadata", "case", "blank", "vault key", "source", "purpose"],
)
def test_a_mark_differs_where_anything_does(other):
    mark = MARKS.of("tiff:/ifd/Artist", "Ada")

    assert mark == MARKS.of("tiff:/ifd/Artist", "Ada")
    assert len(mark) == len(other) == 32
    assert mark != other


def test_the_number_and_the_text_of_it_are_two_values():
    marks = {MARKS.of("sidecar:/id", value) for value in (12, "12", 12.0, "12.0", True, "true")}

    assert len(marks) == 6


def test_lone_surrogates_have_a_mark():
    assert MARKS.of("czi:/note", "\ud800") != MARKS.of("czi:/note", "\udc00")


def test_of_too_many_values_one_mark_stands_over_them_all():
    many = source("tiff", {"ifd": [{"Artist": f"Person Number{n}"} for n in range(101)]})

    line = line_of(sanitised(many), "tiff:/ifd/Artist")

    each = [MARKS.of("tiff:/ifd/Artist", f"Person Number{n}") for n in range(101)]
    assert line.values_hmac == (MARKS.over("tiff:/ifd/Artist", each),)
    assert line.values_hmac_of == "all"


def test_the_log_names_the_key_and_holds_nothing_of_it():
    log = sanitised(ADA).log

    assert log.hmac_key == MARKS.key_id
    assert len(MARKS.key_id) == 8
    assert log.hmac_key != Marks(OTHER_KEY, "0" * 64).key_id
    assert KEY.hex() not in log.model_dump_json()


def test_without_a_vault_there_are_no_marks_and_nothing_is_kept():
    result = sanitised(ADA, marks=None)

    assert result.log.hmac_key is None
    assert {line.values_hmac for line in result.log.redactions} == {()}
    assert result.mapping == {"format": "fixative-mapping-1", "hmac_key": None}


@pytest.mark.parametrize("name", ["facility", "hipaa_safe_harbor", "keep_all"])
def test_a_vault_changes_nothing_public_but_the_marks(name):
    xml = ome_xml(canary)
    bare, marked = (sanitised(ADA, marks=marks, name=name, xml=xml) for marks in (None, MARKS))

    plain = tuple(line.model_copy(update={"values_hmac": ()}) for line in marked.log.redactions)
    assert marked.log.model_copy(update={"hmac_key": None, "redactions": plain}) == bare.log
    assert [marked.ome_xml, marked.dump, marked.row, marked.names] == [bare.ome_xml, bare.dump, bare.row, bare.names]


def test_the_mapping_leads_back_from_what_stands_there_to_what_stood_there():
    changes = sanitised(ADA).mapping["changes"]

    (third,) = [change for change in changes if change["key"] == "tiff:/ifd[2]/Artist"]
    assert third == {
        "key": "tiff:/ifd[2]/Artist",
        "value": "Jane Roe",
        "now": None,
        "removed": True,
        "action": "X",
        "rule": "people",
        "line": "tiff:/ifd/Artist",
        "copied": False,
        "hmac": MARKS.of("tiff:/ifd/Artist", "Jane Roe"),
    }


def test_a_pseudonym_is_resolved_by_the_mapping(monkeypatch):
    monkeypatch.setenv("FIXATIVE_PRIVACY_KEY", "5f" * 32)

    result = sanitised(ADA, name="gdpr_pseudonymous")

    resolved = {change["now"]: change["value"] for change in result.mapping["changes"] if change["action"] == "P"}
    token = result.dump.sources[0].tree["ifd"][0]["Artist"]
    assert resolved[token] == "Ada Lovelace"


def test_the_mapping_holds_every_value_of_every_line():
    result = sanitised(ADA, xml=ome_xml(canary))

    changes = [change for change in result.mapping["changes"] if not change["copied"]]
    marks = {change["hmac"] for change in changes}
    assert len(changes) == sum(line.count for line in result.log.redactions)
    assert marks == set(itertools.chain.from_iterable(line.values_hmac for line in result.log.redactions))


def test_the_mapping_holds_names_of_keys_files_and_messages():
    named = dump(ADA, source("sidecar", {"Ada Lovelace": {"cells": 4}}, file="Lovelace.tif"))
    spoken = named.model_copy(update={"notes": ("cannot ask Lovelace.tif",)})

    mapping = sanitise(policy("facility"), spoken, b"<OME/>", row(), inventory("Lovelace.tif"), MARKS).mapping

    assert {"key": "Ada Lovelace", "now": "[removed]"} in mapping["renamed_keys"]
    assert mapping["names"] == [{"public": "S1.tif", "name": "Lovelace.tif"}]
    assert "cannot ask Lovelace.tif" in {message["value"] for message in mapping["messages"]}
