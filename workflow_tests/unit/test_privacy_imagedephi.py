"""Rule files of ImageDePHI, imported as policies."""

import numpy as np
import pytest
import tifffile
import yaml

from fixative.findings import RefusedSample
from fixative.metadata.tiff_tags import tiff_tree
from fixative.privacy.apply import plan_sample, sanitise
from fixative.privacy.imagedephi import convert, main
from fixative.privacy.policy import load_policy
from privacy_samples import POLICIES, dump, inventory, row, source

APERIO = (
    "Aperio Image Library v11.2.1 \r\n46000x32914 (240x240) JPEG/RGB Q=30|AppMag = 20|MPP = 0.4990|"
    "User = qanary|Filename = CMU-1|Date = 12/29/2009|Time = 09:59:15|ImageID = 1004486"
)
RULES = """
name: mine
svs:
  image_description: {AppMag: {action: keep}, Date: {action: modify_date}, User: {action: delete}}
tiff:
  metadata: {Software: {action: keep}, Artist: {action: replace, replace_with: nobody}}
dicom:
  metadata: {PatientID: {action: replace_dummy}, StudyInstanceUID: {action: replace_uid}, StudyID: {action: empty}}
"""


@pytest.fixture
def imported(tmp_path):
    """Import rule files (texts or paths) and load the policy that comes of them."""

    def written(rule):
        if not isinstance(rule, str):
            return rule
        path = tmp_path / "mine.yaml"
        path.write_text(rule, encoding="utf-8")
        return path

    def load(*rules, formats=("tiff", "svs", "dicom")):
        paths = [written(rule) for rule in rules]
        made, problems = convert(paths, formats)
        assert problems == []
        policy = tmp_path / "policy.yaml"
        policy.write_text(yaml.safe_dump(made, sort_keys=False), encoding="utf-8")
        return load_policy(str(policy), POLICIES)

    return load


@pytest.fixture
def slide(tmp_path):
    """Tags of a TIFF with this description and these further tags."""

    def tree(description, *tags):
        path = tmp_path / "slide.tif"
        pixels = np.zeros((32, 32), np.uint8)
        tifffile.imwrite(path, pixels, description=description, extratags=tags, metadata=None, software="Scanner 7")
        return tiff_tree(path)

    return tree


def after(policy, *sources):
    return sanitise(policy, dump(*sources), b"<OME/>", row(), inventory()).dump.sources[0].tree


def unknown(policy, *sources):
    return plan_sample(policy, dump(*sources), b"<OME/>", row(), inventory()).unknown_keys


@pytest.mark.parametrize("name", ["base_rules", "modify_dates_rules", "minimum_rules"])
def test_every_rule_file_of_imagedephi_becomes_a_strict_policy(suites, imported, name):
    policy = imported(suites / f"imagedephi-rules/{name}.yaml")

    assert policy.strict


@pytest.mark.parametrize("name", ["base_rules", "modify_dates_rules", "minimum_rules"])
def test_no_rule_of_a_file_is_lost(suites, name):
    path = suites / f"imagedephi-rules/{name}.yaml"
    theirs = yaml.safe_load(path.read_text(encoding="utf-8"))

    made, _ = convert([path])

    reasons = {
        rule["reason"].partition(": ")[0].lower().replace(", svs.metadata", ", tiff.metadata")
        for rule in made["rules"]
    }
    expected = {
        f"imagedephi, {section}.{part}.{key}".lower().replace(", svs.metadata", ", tiff.metadata")
        for section in ("tiff", "svs", "dicom")
        for part in ("metadata", "image_description")
        for key in theirs.get(section, {}).get(part, {})
    }
    assert expected - reasons == set()


def test_what_has_no_counterpart_is_listed_with_its_remedy_and_nothing_is_written(suites, capsys):
    status = main([str(suites / "imagedephi-rules/example_user_rules.yaml")])

    told = capsys.readouterr()
    assert (status, told.out) == (1, "")
    assert (
        told.err.count("YCbCrSubsampling: how many values a tag has cannot be asked here; write keep or delete") == 2
    )


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ("tiff: {metadata: {Artist: {action: bury}}}", "tiff.metadata.Artist: unknown action 'bury'"),
        ("tiff: {metadata: {Artist: {action: replace}}}", "replace without a replacement"),
        ("tiff: {metadata: {Artist: {action: keep, until: noon}}}", "unknown option 'until'"),
        ("tiff: {metadata: {Make: {action: check_type, expected_type: colour}}}", "unknown expected_type 'colour'"),
        ("dicom: {metadata: {PatientsNaem: {action: delete}}}", "no attribute of this name"),
        ("dicom: {custom_metadata_action: hide}", "dicom.custom_metadata_action: unknown action 'hide'"),
        ("czi: {metadata: {}}", "czi: no such section"),
        ("tiff: {metadata_fallback_action: guess}", "unknown action 'guess'"),
        ("svs: {associated_images: {label: {action: replace, replace_with: cat}}}", "no such treatment of an image"),
        ("svs: {associated_images: {logo: {action: delete}}}", "no such kind of image"),
        (
            "tiff: {metadata: {Make: {action: keep}}}\nsvs: {metadata: {Make: {action: delete}}}",
            "import one --format",
        ),
    ],
)
def test_a_rule_without_a_counterpart_is_named(tmp_path, rules, problem):
    path = tmp_path / "rules.yaml"
    path.write_text(rules, encoding="utf-8")

    _, problems = convert([path])

    assert len(problems) == 1
    assert problem in problems[0]


def test_the_base_rules_do_to_a_slide_what_imagedephi_does(suites, imported, slide):
    policy = imported(suites / "imagedephi-rules/base_rules.yaml")
    tree = slide(APERIO, (315, "s", 0, "Qanary Zwyx", True), (33432, "s", 0, "Qanary", True))

    ifd = after(policy, source("tiff", tree))["ifd"][0]

    assert ifd["ImageDescription"].split("|") == [*APERIO.split("|")[:3]]
    assert not {"Artist", "Copyright", "Software"} & ifd.keys()
    assert (ifd["ImageWidth"], ifd["BitsPerSample"]) == (32, 8)


def test_the_base_rules_delete_the_description_of_another_tiff(suites, imported, slide):
    policy = imported(suites / "imagedephi-rules/base_rules.yaml")

    ifd = after(policy, source("tiff", slide("taken by Qanary")))["ifd"][0]

    assert "ImageDescription" not in ifd


def test_the_rules_of_dates_leave_the_year(suites, imported, slide):
    policy = imported(suites / "imagedephi-rules/modify_dates_rules.yaml")
    tree = slide(APERIO, (306, "s", 0, "2009:12:29 09:59:15", True))

    ifd = after(policy, source("tiff", tree))["ifd"][0]

    assert ifd["DateTime"] == "2009:01:01 00:00:00"
    assert ifd["ImageDescription"].endswith("|MPP = 0.4990|Date = 01/01/2009|Time = 00:00:00")


def test_the_minimum_rules_delete_what_they_do_not_name(suites, imported, slide):
    policy = imported(suites / "imagedephi-rules/minimum_rules.yaml")
    tree = slide(APERIO, (65001, "s", 0, "Qanary", True))

    ifd = after(policy, source("tiff", tree))["ifd"][0]

    assert not {"ImageDescription", "65001", "Software"} & ifd.keys()
    assert (ifd["ImageWidth"], ifd["BitsPerSample"]) == (32, 8)


@pytest.mark.parametrize(
    ("description", "tags", "key"),
    [
        ("", [(65101, "s", 0, "Qanary", True)], "tiff:/ifd/65101"),
        (f"{APERIO}|Ward = 7", [], "tiff:/ifd/ImageDescription/Ward"),
    ],
)
def test_a_tag_that_no_rule_names_refuses_the_sample(suites, imported, slide, description, tags, key):
    policy = imported(suites / "imagedephi-rules/base_rules.yaml")

    assert list(unknown(policy, source("tiff", slide(description, *tags)))) == [key]


def test_slides_lose_their_labels_as_the_strictest_section_says(suites, imported):
    policy = imported(suites / "imagedephi-rules/base_rules.yaml")
    of_slides = imported(suites / "imagedephi-rules/base_rules.yaml", formats=("svs",))

    assert [policy.image_action(kind) for kind in ("label", "macro", "thumbnail")] == ["drop", "drop", "drop"]
    assert [of_slides.image_action(kind) for kind in ("label", "macro", "thumbnail")] == ["blank", "drop", "keep"]


def test_the_user_s_rules_come_before_the_base_rules(suites, imported):
    user = "name: mine\ntiff: {metadata: {Artist: {action: keep}}}\nsvs: {metadata: {Artist: {action: keep}}}"

    policy = imported(user, suites / "imagedephi-rules/base_rules.yaml")

    assert policy.rule_for("tiff:/ifd[0]/Artist", "x").action == "K"
    assert policy.rule_for("tiff:/ifd[0]/Copyright", "x").action == "X"


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("tiff:/ifd[0]/Software", "K"),
        ("tiff:/ifd[0]/Artist", "D"),
        ("svs:/User", "X"),
        ("tiff:/ifd[0]/ImageDescription/User", "X"),
        ("svs:/pages/1/Date", "S"),
        ("dicom:/PatientID", "D"),
        ("dicom:/StudyInstanceUID", "U"),
        ("dicom:/StudyID", "Z"),
        ("dicom:/(0009,1010) MAKER", "X"),
    ],
)
def test_each_action_has_its_letter(imported, key, action):
    assert imported(RULES).rule_for(key, "x").action == action


@pytest.mark.parametrize(("value", "kept"), [("12.5", True), ("CMU-1", False)])
def test_a_value_of_another_type_than_expected_is_deleted(imported, value, kept):
    policy = imported("svs: {image_description: {Slide: {action: check_type, expected_type: number}}}")

    assert ("Slide" in after(policy, source("svs", {"Slide": value}))) == kept


@pytest.mark.parametrize("content", ["- a list", "rules: [", "rules: !!python/object/apply:os.system ['true']"])
def test_a_file_that_holds_no_rules_is_refused(tmp_path, content):
    path = tmp_path / "rules.yaml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(RefusedSample, match="SAN003"):
        convert([path])
