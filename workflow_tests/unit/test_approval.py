"""Approval: a sample waits until a person has approved what becomes of each of its keys."""

import json

import pytest

from approvals import WaitingSample
from fixative.privacy.apply import sanitise
from fixative.privacy.approval import still_holds, still_waits
from fixative.privacy.plan_table import image_lines, sample_plan
from fixative.records import write_record
from fixative.report.batch import write_batch_report
from fixative.report.checklist import CHECKS, checklist_of
from fixative.report.status import Records, status_of
from privacy_samples import POLICIES, dump, inventory, policy, row, source


@pytest.fixture
def sample(tmp_path):
    return WaitingSample(tmp_path)


def mode(path):
    return oct(path.stat().st_mode & 0o777)


def sanitised(sample):
    """The public log of the sample, as the step writes it."""
    gate = sample.gate()
    gate.require()
    clean = sanitise(sample.policy, sample.dump, b"<OME/>", gate.row, sample.inventory)
    return clean.log.model_copy(update={"approval": gate.told(clean.log.approver)})


@pytest.mark.parametrize("name", ["keep_all", "facility", "gdpr_pseudonymous", "hipaa_safe_harbor", "dicom_basic"])
def test_no_shipped_policy_asks_for_approval(name):
    assert policy(name).approval == "none"


def test_a_policy_inherits_that_approval_is_required(sample, tmp_path):
    child = tmp_path / "child.yaml"
    child.write_text("name: child\nversion: '1'\ndescription: d\nextends: signed\n")
    sample.row = sample.row.model_copy(update={"privacy_policy": str(child)})

    sample.policy_file = child

    assert sample.policy.approval == "required"


def test_a_policy_that_asks_for_none_lets_the_sample_pass(sample):
    sample.write_policy(approval="none")

    gate = sample.gate()
    gate.require()

    assert gate.told(None) is None
    assert not (sample.results / "plans").exists()


def test_a_sample_waits_and_the_remedy_says_with_which_command_it_goes_on(sample):
    waits = sample.wait()

    assert (waits.code, waits.message) == ("APP001", "waits for approval of its plan under policy signed")
    assert "results/plans/S1.tsv" in waits.remedy
    assert 'make approve SAMPLES=S1 APPROVER="name <address>" WORK=' in waits.remedy


def test_the_plan_that_waits_can_be_read_by_its_owner_alone(sample):
    sample.wait()

    plan = sample.results / "plans/S1.tsv"
    assert "tiff:/ifd/Artist\tX\tpeople" in plan.read_text(encoding="utf-8")
    assert "Qanary" not in plan.read_text(encoding="utf-8")
    assert (mode(plan.parent), mode(plan), mode(sample.folder / "sanitised/waiting.json")) == (
        "0o700",
        "0o600",
        "0o600",
    )


def test_the_plan_tells_the_approver_what_becomes_of_the_own_name(sample):
    sample.wait()

    assert "sheet:/approver\tK\tcontact" in (sample.results / "plans/S1.tsv").read_text(encoding="utf-8")


def test_an_approved_sample_goes_on(sample):
    sample.wait()

    status = sample.approve()

    assert status == 0
    assert sample.gate().row.approver == "Jane Doe <jane@example.org>"
    sample.gate().require()


def test_an_approval_is_recorded_for_its_owner_alone(sample):
    sample.wait()

    sample.approve()

    record = json.loads(sample.approval.read_text(encoding="utf-8"))
    assert (mode(sample.approval.parent), mode(sample.approval)) == ("0o700", "0o600")
    assert record["approver"] == "Jane Doe <jane@example.org>"
    assert record["command"] == "python -m fixative.approve --approver ... S1"


def test_make_is_named_as_the_command_where_it_was_that(sample):
    sample.wait()

    sample.approve("--by-make", "S1")

    assert json.loads(sample.approval.read_text())["command"] == "make approve SAMPLES=S1 APPROVER=..."


def test_an_edited_policy_makes_the_approval_void(sample, capsys):
    sample.wait()
    sample.approve()
    sample.write_policy(version="2")

    sample.wait()

    sample.command("--list")
    assert "an earlier approval is void, changed: policy" in capsys.readouterr().out


def test_another_source_makes_the_approval_void(sample, capsys):
    sample.wait()
    sample.approve()
    sample.inventory = sample.inventory.model_copy(update={"fileset_sha256": "1" * 64})

    sample.wait()

    sample.command("--list")
    assert "void, changed: source" in capsys.readouterr().out


def test_another_plan_makes_the_approval_void(sample, capsys):
    sample.wait()
    sample.approve()
    sample.dump = dump(source("tiff", {"ifd": [{"Artist": "Qanary", "HostComputer": "scope7"}]}))

    sample.wait()

    sample.command("--list")
    assert "void, changed: plan" in capsys.readouterr().out


def test_an_approval_whose_record_was_altered_counts_for_nothing(sample):
    sample.wait()
    sample.approve()
    record = json.loads(sample.approval.read_text())
    sample.approval.write_text(json.dumps({**record, "plan_sha256": "2" * 64}))

    assert sample.wait().code == "APP001"


def test_an_approval_of_another_sample_counts_for_nothing(sample):
    sample.wait()
    sample.approve()
    record = json.loads(sample.approval.read_text())
    sample.approval.write_text(json.dumps({**record, "sample": "S2"}))

    assert sample.wait().code == "APP001"


def test_a_name_in_the_sheet_approves(sample):
    sample.row = sample.row.model_copy(update={"approver": "Bea Sheet"})

    log = sanitised(sample)

    assert (log.approval.approver, log.approval.how, log.approval.command) == ("Bea Sheet", "sheet", "sample sheet")


def test_a_name_in_the_sheet_brings_no_time_into_the_log(sample):
    sample.row = sample.row.model_copy(update={"approver": "Bea Sheet"})

    assert sanitised(sample).approval.when is None


def test_the_log_tells_who_approved_when_and_what(sample):
    sample.wait()
    sample.approve()

    approval = sanitised(sample).approval

    record = json.loads(sample.approval.read_text())
    assert (approval.approver, approval.how) == ("Jane Doe <jane@example.org>", "command")
    assert (approval.when, approval.plan_sha256) == (record["when"], record["plan_sha256"])


@pytest.mark.parametrize(("extends", "published"), [("hipaa_safe_harbor", None), ("gdpr_pseudonymous", "person-")])
def test_a_name_that_the_policy_takes_from_the_sheet_is_not_published_by_the_command(
    sample, extends, published, monkeypatch
):
    monkeypatch.setenv("FIXATIVE_PRIVACY_KEY", "ab" * 32)
    letter = {"hipaa_safe_harbor": {"action": "X"}, "gdpr_pseudonymous": {"action": "P"}}[extends]
    sample.write_policy(extends=extends, rules=[{"id": "contact", "select": ["sheet:/approver"], **letter}])
    sample.wait()
    sample.approve()

    log = sanitised(sample)

    assert (log.approval.approver or "")[:7] == (published or "")
    assert "Jane" not in log.model_dump_json()


def test_what_was_sanitised_holds_while_policy_and_approval_do(sample):
    sample.wait()
    sample.approve()
    write_record(sample.folder / "sanitised/log.json", sanitised(sample))

    assert still_holds(sample.row, sample.folder, POLICIES)


def test_what_was_sanitised_under_an_earlier_version_of_the_policy_does_not_hold(sample):
    sample.wait()
    sample.approve()
    write_record(sample.folder / "sanitised/log.json", sanitised(sample))

    sample.write_policy(version="2")

    assert not still_holds(sample.row, sample.folder, POLICIES)


def test_what_was_sanitised_under_a_policy_that_is_damaged_now_does_not_hold(sample):
    sample.wait()
    sample.approve()
    write_record(sample.folder / "sanitised/log.json", sanitised(sample))

    sample.policy_file.write_text("name: [")

    assert not still_holds(sample.row, sample.folder, POLICIES)


def test_an_approval_that_was_taken_back_before_sealing_counts_no_more(sample):
    sample.wait()
    sample.approve()
    write_record(sample.folder / "sanitised/log.json", sanitised(sample))

    sample.approval.unlink()

    assert not still_holds(sample.row, sample.folder, POLICIES)


def test_a_sample_that_waits_for_the_same_is_not_planned_again(sample):
    sample.wait()

    assert still_waits(sample.row, sample.folder, POLICIES)


def test_an_approved_sample_waits_no_more(sample):
    sample.wait()

    sample.approve()

    assert not still_waits(sample.row, sample.folder, POLICIES)


@pytest.mark.parametrize("text", ["name: [", "name: signed\nversion: '2'\ndescription: d\napproval: required\n"])
def test_a_sample_whose_policy_was_edited_does_not_wait_for_the_same(sample, text):
    sample.wait()

    sample.policy_file.write_text(text)

    assert not still_waits(sample.row, sample.folder, POLICIES)


def test_a_sample_whose_plan_cannot_be_read_any_more_is_planned_again(sample):
    sample.wait()

    (sample.results / "plans/S1.tsv").unlink()

    assert not still_waits(sample.row, sample.folder, POLICIES)


def test_a_sample_that_no_longer_needs_approval_leaves_no_record_of_waiting(sample):
    sample.wait()
    sample.write_policy(approval="none")

    sample.gate().require()

    assert not (sample.folder / "sanitised/waiting.json").exists()


def test_all_that_wait_are_approved_at_once(sample):
    sample.wait()

    assert sample.approve("--all") == 0
    assert json.loads(sample.approval.read_text())["command"] == "python -m fixative.approve --approver ... --all"


def test_one_sample_that_cannot_be_approved_keeps_all_from_being(sample, capsys):
    sample.wait()

    assert sample.approve("S1", "Nobody") == 1
    assert "Nobody: no such sample" in capsys.readouterr().err
    assert not sample.approval.exists()


def test_a_sample_that_does_not_wait_is_refused(sample, capsys):
    sample.outcome("success")

    assert sample.approve() == 1
    assert "S1: does not wait for approval: not reached" in capsys.readouterr().err


def test_a_sample_is_not_approved_twice(sample, capsys):
    sample.wait()
    sample.approve()

    assert sample.approve(approver="Somebody Else") == 1
    assert "approved already" in capsys.readouterr().err
    assert "Jane Doe" in sample.approval.read_text()


def test_a_plan_that_is_not_the_one_that_waits_is_not_approved(sample, capsys):
    sample.wait()
    (sample.results / "plans/S1.tsv").write_text("key\taction\n")

    assert sample.approve() == 1
    assert "is not the plan that waits" in capsys.readouterr().err


def test_nothing_to_approve_is_said(sample, capsys):
    assert sample.approve("--all") == 1
    assert "no sample waits for approval" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "   ", "two\nlines", "\x1b[31mred", "1234", "x" * 201])
def test_an_approver_who_is_nobody_is_refused(sample, name):
    sample.wait()

    with pytest.raises(SystemExit) as ended:
        sample.approve(approver=name)

    assert ended.value.code == 2
    assert not sample.approval.exists()


@pytest.mark.parametrize("arguments", [[], ["--approver", "Jane"], ["--approver", "Jane", "--all", "S1"]])
def test_a_command_that_names_no_one_or_nothing_is_not_understood(sample, arguments):
    with pytest.raises(SystemExit) as ended:
        sample.command(*arguments)

    assert ended.value.code == 2


def test_a_work_folder_without_a_batch_is_said_to_be_that(sample, capsys):
    (sample.results / "batch.json").unlink()

    with pytest.raises(SystemExit) as ended:
        sample.command("--list")

    assert ended.value.code == 2
    assert "no batch in the work folder" in capsys.readouterr().err


def test_the_list_says_who_waits_and_who_is_approved(sample, capsys):
    sample.wait()
    sample.command("--list")
    sample.approve()

    sample.command("--list")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "S1\tsigned\tresults/plans/S1.tsv\twaits"
    assert lines[-1].startswith("S1\tsigned\tresults/plans/S1.tsv\tapproved 20")


def test_a_sample_that_waits_is_neither_failed_nor_sealed(sample):
    sample.wait()

    status = status_of(sample.work, sample.row)

    assert (status.outcome, status.step, status.code) == ("awaiting approval", "sanitise_metadata", "APP001")
    assert "make approve SAMPLES=S1" in str(status.remedy)


def test_a_sample_that_waits_again_after_its_object_was_lost_is_not_sealed(sample):
    sample.wait()
    receipt = {"source": str(sample.row.source), "object": "d/S1", "sealed": "2026-11-19T00:00:00Z"}
    (sample.folder / "sealed.json").write_text(json.dumps(receipt))

    assert status_of(sample.work, sample.row).outcome == "awaiting approval"


def test_the_summary_counts_who_waits(sample):
    sample.wait()

    summary = write_batch_report(sample.work, [sample.row], title="Night", archive_root_name="archive")

    assert summary.line() == "1 sample: 1 awaiting approval"
    assert not summary.all_sealed


def test_the_page_has_a_filter_and_a_colour_for_who_waits(sample):
    sample.wait()

    summary = write_batch_report(sample.work, [sample.row], title="Night", archive_root_name="archive")

    page = summary.page.read_text(encoding="utf-8")
    assert '<button type="button" class="tile is-awaiting-approval" data-outcome="awaiting approval"' in page
    assert "--awaiting-approval: #" in page
    assert "Jane" not in page


def test_the_checklist_says_that_the_plan_waits(sample):
    sample.wait()

    checks = checklist_of(Records(sample.folder), status_of(sample.work, sample.row))

    line = checks[CHECKS.index("metadata accounted for")]
    assert (line.state, line.detail) == ("open", "the plan waits for approval")


def images(*kinds):
    listed = [{"index": n, "kind": kind, "size_y": 8, "size_x": 8} for n, kind in enumerate(kinds)]
    return dump().model_validate({**dump().model_dump(), "images": listed})


def plan_lines(name, *kinds):
    plan = sample_plan(policy(name), images(*kinds), b"<OME/>", row(), inventory())
    return {line.key: (line.action, line.rule, line.reason) for line in plan.lines if line.key.startswith("image:")}


def test_a_plan_lists_what_becomes_of_associated_images():
    found = plan_lines("facility", "image", "label", "thumbnail")

    assert found["image:/1"] == ("drop", "associated_images.label", "label")
    assert found["image:/2"] == ("keep", "associated_images.thumbnail", "thumbnail")
    assert "image:/0" not in found


def test_a_plan_says_that_a_label_that_is_kept_may_be_read():
    action, rule, reason = plan_lines("keep_all", "image", "label")["image:/**"]

    assert (action, rule) == ("flag", "burnt_in")
    assert reason.startswith("text in the pixels: likely")


def test_a_plan_says_that_pixels_which_name_somebody_will_be_refused():
    stated = dump(source("dicom", {"BurnedInAnnotation": "YES"}))

    plan = sample_plan(policy("hipaa_safe_harbor"), stated, b"<OME/>", row(), inventory())

    assert (plan.state, plan.lines[-1].action) == ("refused", "refuse")
    assert "SAN005" in plan.message


def test_a_slide_without_associated_images_has_no_line_for_them():
    assert image_lines(()) == ()
