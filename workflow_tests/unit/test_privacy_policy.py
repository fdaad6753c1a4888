"""Policies: data that is checked whole, selects keys, and refuses what it does not know."""

import os

import pytest

from fixative.findings import RefusedSample
from fixative.privacy.apply import plan_sample, sanitise
from fixative.privacy.policy import load_policy
from fixative.privacy.pseudonyms import Pseudonyms
from fixative.privacy.select import Selector
from privacy_samples import POLICIES, dump, inventory, ome_xml, policy, row, source

SHIPPED = ("keep_all", "facility", "gdpr_pseudonymous", "hipaa_safe_harbor", "dicom_basic")
HEAD = 'name: mine\nversion: "1"\ndescription: a test\n'


@pytest.fixture
def write(tmp_path):
    def write_policy(text, name="mine"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(HEAD.replace("mine", name) + text, encoding="utf-8")
        return str(path)

    return write_policy


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_policy_loads(name):
    assert policy(name).name == name


def test_no_policy_is_shipped_that_is_not_tested():
    assert {path.stem for path in POLICIES.glob("*.yaml")} == set(SHIPPED)


@pytest.mark.parametrize("name", ["absent", "/nowhere/absent.yaml"])
def test_a_policy_that_is_not_there_is_refused_and_those_there_are_named(name):
    with pytest.raises(RefusedSample, match=r"SAN003.*facility") as refused:
        load_policy(name, POLICIES)

    assert refused.value.code == "SAN003"


def test_all_problems_of_a_policy_are_listed_at_once(write):
    path = write(
        "strange: 1\n"
        "rules:\n"
        "  - {id: one, select: ['a:/b'], action: Q}\n"
        "  - {id: two, select: ['a:/b'], action: D}\n"
        "  - {id: three, value: ['('], action: X}\n"
        "  - {id: four, select: ['a:/b'], action: C, cleaners: [magic]}\n"
        "  - {id: five, select: ['a:/b'], action: X, ground: [HIPAA Z]}\n"
    )

    with pytest.raises(RefusedSample) as refused:
        load_policy(path, POLICIES)

    named = [part for part in ("strange", "one", "two", "three", "four", "five") if part in refused.value.message]
    assert refused.value.code == "SAN003"
    assert named == ["strange", "one", "two", "three", "four", "five"]


@pytest.mark.parametrize(
    "content", ["- a list", "rules: [", "\x00", "rules: !!python/object/apply:os.system ['true']"]
)
def test_a_policy_that_is_no_policy_is_refused(tmp_path, content):
    path = tmp_path / "broken.yaml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(RefusedSample, match="SAN003"):
        load_policy(str(path), POLICIES)


def test_a_policy_that_extends_itself_is_refused(write):
    path = write("extends: mine\n")

    with pytest.raises(RefusedSample, match="extends itself"):
        load_policy(path, POLICIES)


def test_a_policy_may_extend_a_shipped_one_and_its_rules_come_first(write):
    path = write("extends: facility\nrules:\n  - {id: own, select: ['*:/**/Artist'], action: K}\n")

    mine = load_policy(path, POLICIES)

    assert mine.rule_for("tiff:/ifd[0]/Artist", "x").id == "own"
    assert mine.rule_for("tiff:/ifd[0]/HostComputer", "x").id == "computers"


def test_a_rule_without_a_selection_takes_that_of_the_same_id(write):
    path = write("extends: facility\nrules:\n  - {id: people, action: D, dummy: somebody}\n")

    mine = load_policy(path, POLICIES)

    assert mine.rule_for("tiff:/ifd[0]/Artist", "x").action == "D"
    assert mine.rule_for("sheet:/owner", "x").id == "contact"


def test_a_rule_without_a_selection_and_nothing_to_take_it_from_is_refused(write):
    path = write("rules:\n  - {id: alone, action: X}\n")

    with pytest.raises(RefusedSample, match=r"SAN003.*alone"):
        load_policy(path, POLICIES)


def test_a_rule_that_is_last_comes_after_the_extended_policy(write):
    path = write("extends: facility\nrules:\n  - {id: rest, select: ['tiff:/**'], action: X, last: true}\n")

    mine = load_policy(path, POLICIES)

    assert mine.rule_for("tiff:/ifd[0]/Artist", "x").id == "people"
    assert mine.rule_for("tiff:/ifd[0]/Orientation", "x").id == "rest"


def test_the_digest_of_a_policy_changes_with_what_it_extends(write):
    write("dates: keep\n", "base")
    path = write("extends: base\n")
    before = load_policy(path, POLICIES).sha256

    write("dates: year\n", "base")

    assert load_policy(path, POLICIES).sha256 != before


@pytest.mark.parametrize(
    ("pattern", "key", "selected"),
    [
        ("ome:/OME/Experimenter/@*", "ome:/OME/Experimenter[3]/@Email", True),
        ("ome:/OME/Experimenter/@*", "ome:/OME/Image[0]/Experimenter/@Email", False),
        ("tiff:/**/Artist", "tiff:/ifd[0]/Artist", True),
        ("tiff:/**/Artist", "tiff:/ifd[0]/subifd[1]/artist", True),
        ("tiff:/**/Artist", "tiff:/Artist", True),
        ("tiff:/**/Artist", "tiff:/ifd[0]/ArtistName", False),
        ("exiftool:/XMP-dc/Creator", "exiftool:/XMP-dc/Creator[1]", True),
        ("czi:**/UserName", "czi:/ImageDocument/Metadata/UserName", True),
        ("czi:**/UserName", "nd2:/UserName", False),
        ("*:/**/@SerialNumber", "ome:/OME/Instrument[0]/Microscope/@SerialNumber", True),
        ("*:/**/UserName", "czi:/a/UserName[0]/#text", True),
        ("*:/**/User?ame", "czi:/a/UserName", True),
        ("czi:/a/**/b/c", "czi:/a/x/y/b/c", True),
        ("czi:/a.b", "czi:/aXb", False),
    ],
)
def test_patterns_select_keys_without_their_positions(pattern, key, selected):
    selector = Selector([((pattern,), ())])

    assert (selector.first(key, "value") is not None) == selected


def test_a_pattern_over_values_selects_free_text_whatever_its_key():
    selector = Selector([((), (r"case \d{4}",))])

    assert selector.first("any:/key", "from CASE 1234") == 0
    assert selector.first("any:/key", "from case twelve") is None
    assert selector.first("any:/key", 1234) is None


def strict(write):
    return load_policy(
        write("strict: true\nrules:\n  - {id: known, select: ['tiff:/ifd/*th'], action: K}\n"), POLICIES
    )


def test_a_strict_policy_refuses_a_key_it_does_not_know_and_never_says_its_value(write):
    tags = dump(source("tiff", {"ifd": [{"ImageWidth": 4, "55500": "Ada Lovelace"}]}))

    with pytest.raises(RefusedSample) as refused:
        sanitise(strict(write), tags, b"<OME/>", row(), inventory())

    assert refused.value.code == "SAN001"
    assert refused.value.message.startswith("1 metadata keys")
    assert "tiff:/ifd/55500" in refused.value.message
    assert "Ada" not in str(refused.value)


def test_the_unknown_keys_of_a_strict_policy_can_be_listed_with_their_count(write):
    tags = dump(source("tiff", {"ifd": [{"ImageWidth": 4, "55500": "a"}, {"ImageWidth": 4, "55500": "b"}]}))

    plan = plan_sample(strict(write), tags, b"<OME/>", row(), inventory())

    assert plan.unknown_keys["tiff:/ifd/55500"] == 2
    assert "tiff:/ifd/ImageWidth" not in plan.unknown_keys


def test_hipaa_knows_every_slot_of_ome_xml():
    sanitised = sanitise(policy("hipaa_safe_harbor"), dump(), ome_xml(lambda slot: "x"), row(), inventory())

    assert sanitised.unknown_keys == {}


@pytest.mark.parametrize(
    ("tree", "key"),
    [({"ifd": [{"55500": "x"}]}, "tiff:/ifd/55500"), ({"ifd": [{"65324": "x"}]}, "tiff:/ifd/65324")],
)
def test_hipaa_refuses_a_private_tag(tree, key):
    with pytest.raises(RefusedSample, match=f"SAN001.*{key}"):
        sanitise(policy("hipaa_safe_harbor"), dump(source("tiff", tree)), b"<OME/>", row(), inventory())


def test_hipaa_refuses_a_column_of_the_sheet_that_it_does_not_know():
    with pytest.raises(RefusedSample, match=r"SAN001.*sheet:/ward"):
        sanitise(policy("hipaa_safe_harbor"), dump(), b"<OME/>", row(extra={"ward": "7"}), inventory())


@pytest.fixture
def no_key(monkeypatch):
    monkeypatch.delenv("FIXATIVE_PRIVACY_KEY", raising=False)
    monkeypatch.delenv("FIXATIVE_PRIVACY_KEY_FILE", raising=False)


def pseudonymous():
    return sanitise(
        policy("gdpr_pseudonymous"),
        dump(source("tiff", {"Artist": "Ada Lovelace"})),
        b"<OME/>",
        row(),
        inventory(),
    )


@pytest.mark.usefixtures("no_key")
def test_pseudonyms_without_a_key_are_refused():
    with pytest.raises(RefusedSample, match="SAN003"):
        pseudonymous()


@pytest.mark.usefixtures("no_key")
@pytest.mark.parametrize(("size", "mode", "reason"), [(31, 0o600, "too short"), (32, 0o640, "0600")])
def test_a_key_that_is_short_or_open_to_others_is_refused(tmp_path, monkeypatch, size, mode, reason):
    path = tmp_path / "key"
    path.write_bytes(os.urandom(size))
    path.chmod(mode)
    monkeypatch.setenv("FIXATIVE_PRIVACY_KEY_FILE", str(path))

    with pytest.raises(RefusedSample, match=f"SAN003.*{reason}"):
        pseudonymous()


@pytest.mark.usefixtures("no_key")
def test_one_person_has_one_pseudonym_and_the_key_shows_nowhere(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.write_bytes(b"k" * 32)
    path.chmod(0o600)
    monkeypatch.setenv("FIXATIVE_PRIVACY_KEY_FILE", str(path))

    first, second = pseudonymous(), pseudonymous()

    token = first.dump.sources[0].tree["Artist"]
    assert token == second.dump.sources[0].tree["Artist"]
    assert token.startswith("person-")
    assert "kkkk" not in repr(Pseudonyms(b"k" * 32))


def test_pseudonyms_depend_on_key_and_domain_and_not_on_case():
    one, other = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)

    assert one.token("person", "Ada") == one.token("person", " ADA ")
    assert len({one.token("person", "Ada"), one.token("account", "Ada"), other.token("person", "Ada")}) == 3
