"""Metadata that nobody thought of: random trees and documents with a planted name, of which none is left."""

import json
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canary_scan import birds_in
from fixative.ome.schema import problems
from fixative.privacy.apply import sanitise
from privacy_samples import DATE, TEXT_SLOTS, dump, everything, inventory, ome_xml, policy, row, source

MANY = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
KINDS = ("czi", "nd2", "lif", "tiff", "imagej", "micromanager", "sidecar", "exiftool", "bioformats", "dicom", "fei")
PRIVATE_KEYS = ("UserName", "Operator", "Author", "Artist", "LastName", "Email", "HostComputer", "PatientName")
PRIVATE_KEYS += ("Principal Investigator", "ComputerName", "Experimenter", "User", "acquiredBy", "Camera Owner")
OTHER_KEYS = ("Gain", "Note", "Path", "Image", "Key 3", "Title", "ObjectiveName", "x", "Info", "@Name", "#text")
SCIENCE = {"LensNA": 1.2, "ExposureTime": 0.0123, "PhysicalSizeX": 0.1317}

birds = st.text("abcdefghijklmnopqrstuvwxyz", min_size=8, max_size=8).map(lambda tail: f"Qz{tail}")
noise = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20))


def around(bird):
    """Every way in which a text may hold a name."""
    return st.sampled_from(
        (
            bird,
            bird.upper(),
            f"taken by {bird} at noon",
            f"C:\\Users\\{bird}\\scan.tif",
            f"\\\\server7\\{bird}\\x y\\scan.tif",
            f"/home/{bird}/scan.tif",
            f"{bird}@lab.example.org",
            f"LAB\\{bird}",
            f"a_{bird}_2021",
            f"file:///home/{bird}/a%20b.tif",
            json.dumps({"inner": {"by": bird, "n": [1, bird]}}),
            f"<a by='{bird}'><b>{bird}</b><!-- {bird} --></a>",
            f"<a>{escape(json.dumps([bird]))}</a>",
            f"Operator = {bird}\nslices=3\nNote = for {bird}\n",
            f"Aperio Image\r\n4x4|AppMag = 20|User = {bird}|Time = 1",
        )
    )


@st.composite
def trees(draw):
    """A tree in which a name stands under a key that says so, and anywhere else."""
    bird = draw(birds)
    texts = around(bird)
    leaves = st.one_of(noise, texts)
    keys = st.sampled_from((*OTHER_KEYS, f"of {bird}"))
    tree = draw(
        st.recursive(
            leaves,
            lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=4)),
            max_leaves=25,
        )
    )
    private = {draw(st.sampled_from(PRIVATE_KEYS)): bird}
    return bird, {"a": tree, "b": {"c": [private]}, "science": dict(SCIENCE)}


@st.composite
def documents(draw):
    """Slots of an OME document, each with or without the name; that of the last name has it for certain."""
    bird = draw(birds)
    texts = draw(st.fixed_dictionaries({slot: st.one_of(st.just("plain"), around(bird)) for slot in TEXT_SLOTS}))
    return bird, texts | {"Experimenter@LastName": bird, "comment": "a comment", "BinData#text": "AAAA"}


@MANY
@given(st.sampled_from(KINDS), trees())
def test_no_name_is_left_in_a_random_tree(kind, planted):
    bird, tree = planted

    sanitised = sanitise(policy("facility"), dump(source(kind, tree)), b"<OME/>", row(), inventory())

    assert bird.casefold() not in everything(sanitised).casefold()
    assert bird.casefold() not in birds_in(everything(sanitised).encode())


@MANY
@given(st.sampled_from(KINDS), trees())
def test_what_is_looked_for_holds_the_name(kind, planted):
    """Or the search before sealing would not notice that it is left."""
    bird, tree = planted

    sanitised = sanitise(policy("facility"), dump(source(kind, tree)), b"<OME/>", row(), inventory())

    assert bird.casefold() in {secret.value.casefold() for secret in sanitised.secrets}


@MANY
@given(st.sampled_from(("czi", "nd2", "imagej", "lif")), trees())
def test_science_beside_a_name_stays(kind, planted):
    _, tree = planted

    sanitised = sanitise(policy("facility"), dump(source(kind, tree)), b"<OME/>", row(), inventory())

    assert sanitised.dump.sources[0].tree["science"] == SCIENCE


@pytest.mark.parametrize("name", ["facility", "hipaa_safe_harbor"])
@settings(MANY, max_examples=40)
@given(planted=documents())
def test_no_name_is_left_in_a_random_document_and_it_is_valid(name, planted):
    bird, texts = planted

    sanitised = sanitise(policy(name), dump(), ome_xml(texts.get, DATE), row(), inventory())

    assert bird.casefold() not in everything(sanitised).casefold()
    assert problems(sanitised.ome_xml) == []
