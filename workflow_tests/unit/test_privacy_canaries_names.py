"""Names as people have them, in every spelling in which they are repeated: of none is a trace left.

What is not claimed, and stands in no list below: an initial alone, a name of three letters or fewer in running text
(both too short to be looked for), a transliteration (Petrov for a Cyrillic name), a look-alike of another alphabet.
"""

import base64
import json
import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixative.privacy.apply import sanitise
from privacy_samples import dump, everything, inventory, policy, row, source

MANY = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
PEOPLE = [
    ("Tomasz", "Brzeziński"),
    ("Zoë", "Müllerström"),
    ("İbrahim", "Yıldızoğlu"),
    ("Björk", "Guðmundsdóttir"),
    ("Griﬃth", "Soﬁadottir"),
    ("Ann-Marie", "Oxley-Whitcombe"),
    ("Seán", "O'Shaughnessy"),
    ("Иван", "Петровский"),
    ("José María", "Garciarena"),
    ("Straße", "Großmannova"),
    ("山田", "太郎之助"),
]
OWN = {
    "First Last": "{first} {last}",
    "Last, First": "{last}, {first}",
    "Last, First (Dept)": "{last}, {first} (Cell Biology)",
    "with a title": "Prof. Dr. {first} {last}",
}
"""How the slot of a person has it."""


def nfd(text):
    return unicodedata.normalize("NFD", text)


def in_base64(text):
    return base64.b64encode(f"measured by {text} at noon".encode()).decode()


REPEATED = {
    "as it is": "{first} {last}",
    "last name first": "{last}, {first}",
    "initial and last name": "{first[0]}. {last}",
    "glued": "{first}{last}_2024",
    "glued, the other way": "{last}_{first}-2",
    "in a sentence": "stained by {last} on Monday",
    "in a UNC path": "\\\\server7\\share\\{last}\\x.tif",
    "as a URL of a file": "file:///C:/data/{last}/a.tif",
    "as an address": "{last}+lab@example.org",
    "as JSON in a string": '{{"note": "for {last}", "n": [1, "{first} {last}"]}}',
    "as XML in a string": "<a by='{first} {last}'><!-- {first} {last} --></a>",
}
CASES = {
    "as it stands": str,
    "upper": str.upper,
    "lower": str.lower,
    "folded": str.casefold,
    "decomposed": nfd,
    "upper, decomposed": lambda text: nfd(text.upper()),
}


def plain(text):
    """Letters without case and marks: what a reader would recognise."""
    spelt = unicodedata.normalize("NFKD", text.casefold()).replace("ı", "i").replace("ð", "d")
    return "".join(c for c in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(c))


def left(sanitised):
    """Everything public, with the escapes of JSON undone and base64 decoded."""
    text = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), everything(sanitised))
    words = re.findall(r"[A-Za-z0-9+/]{16,}={0,2}", text)
    inside = [base64.b64decode(word[: len(word) // 4 * 4]).decode("utf-8", "ignore") for word in words]
    return plain("\n".join([text, *inside]))


def of_tree(tree, kind="czi"):
    return sanitise(policy("facility"), dump(source(kind, tree)), b"<OME/>", row(), inventory())


@st.composite
def planted(draw):
    """A person in a slot that says so, and the same person anywhere else."""
    first, last = draw(st.sampled_from(PEOPLE))
    own = OWN[draw(st.sampled_from(list(OWN)))].format(first=first, last=last)
    spell = CASES[draw(st.sampled_from(list(CASES)))]
    repeated = spell(REPEATED[draw(st.sampled_from(list(REPEATED)))].format(first=first, last=last))
    places = {
        "Note": repeated,
        "List": ["a", repeated],
        "Deep": json.dumps({"a": {"b": repeated}}),
        "Escaped": json.dumps({"a": json.dumps({"b": repeated})}),
        f"of {repeated}": 7,
    }
    chosen = draw(st.lists(st.sampled_from(list(places)), min_size=1, max_size=3, unique=True))
    return last, {"Operator": own, "x": {name: places[name] for name in chosen}}


@MANY
@given(planted())
def test_a_person_who_is_named_once_is_named_nowhere(planted):
    last, tree = planted

    assert plain(last) not in left(of_tree(tree))


@pytest.mark.parametrize(("first", "last"), PEOPLE, ids=[plain(last) for _, last in PEOPLE])
def test_a_name_in_base64_is_taken_out_of_it(first, last):
    found = of_tree({"Operator": f"{first} {last}", "Note": in_base64(f"{first} {last}")})

    assert plain(last) not in left(found)


@pytest.mark.parametrize(("first", "last"), PEOPLE, ids=[plain(last) for _, last in PEOPLE])
def test_a_name_in_two_columns_is_taken_out_of_a_file_name_in_a_third(first, last):
    rows = {"FirstName": ["Ada", first], "LastName": ["Byron", last], "File": ["1.tif", f"{first}{last}_2024.tif"]}

    assert plain(last) not in left(of_tree(rows, "sidecar"))


@pytest.mark.parametrize(
    "repeated", ["jqvxdoe2", "JQVXDOE_07", "x-jqvxdoe", "LAB\\jqvxdoe", "jqvxdoe@x9.example.org"]
)
def test_an_account_is_taken_out_of_what_is_glued_to_it(repeated):
    found = of_tree({"UserName": "jqvxdoe", "Note": f"by {repeated} at noon"})

    assert "jqvxdoe" not in left(found)


@pytest.mark.parametrize("address", ["ada.qvxlove+lab@example.org", "Ada Qvxlove <ada.qvxlove@example.org>"])
def test_the_name_in_an_address_is_taken_out_of_all_else(address):
    found = of_tree({"Email": address, "Title": "Qvxlove_AdaQvxlove_2024", "QVXLOVE": 3})

    assert "qvxlove" not in left(found)


@pytest.mark.parametrize(
    "text",
    [
        "\\\\fs-07\\users$\\qvxlove\\a b\\x.czi",
        "file://fs-07/home/qvxlove/x.czi",
        "file:///C:/Users/qvxlove/a%20b/x.czi",
        "C:/Documents and Settings/qvxlove/x.czi",
        "/Users/qvxlove/Desktop/x.czi, /home/qvxlove/y.czi",
        "\\\\?\\C:\\Users\\qvxlove\\x.czi",
        "file:///home/qvxlove",
    ],
)
def test_an_account_in_a_path_goes_though_nothing_else_names_it(text):
    assert "qvxlove" not in left(of_tree({"Note": text}))
