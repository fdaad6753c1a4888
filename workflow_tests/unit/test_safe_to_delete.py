"""Which sources could be deleted: no, unless every piece of evidence is there."""

import csv
import os
import shutil
import stat
from datetime import timedelta

import pytest

from audits import SEALED, Kept
from fixative.audit.safe_to_delete import LIST, judge, write_safe_to_delete
from fixative.models import SampleRow
from fixative.package.assemble import assemble_object
from fixative.package.seal import receipt_of, seal_object
from fixative.records import write_record
from fixative.sections import SafeToDelete
from fixative.verification_models import Attestation
from objects import flip_bit, make_parts, unlock
from sources import source_file


class Batch(Kept):
    """An archive, its replica, and the work folder that filled it."""

    def archive(self, sample="A", **facts):
        """Seal a sample, facts of its parts changed, and keep its records as a run does."""
        parts = make_parts(self.folder / "staging" / sample, sample)
        parts = parts.__class__(**{**vars(parts), **facts})
        partial = self.folder / "staging" / sample / "object"
        assemble_object(parts, partial, now=SEALED)
        seal_object(partial, self.object(sample), source=parts.row.source)
        self.keep(sample, parts.inventory, receipt_of(self.object(sample), source=parts.row.source))
        return parts

    def keep(self, sample, inventory=None, receipt=None):
        folder = self.folder / "results/samples" / sample
        if inventory:
            write_record(folder / "inventory.json", inventory)
        if receipt:
            write_record(folder / "sealed.json", receipt)

    def judge(self, *rows, day=32, **safe):
        self.safe = SafeToDelete(**safe)
        return judge(self.folder, rows, self.options(), now=SEALED + timedelta(days=day))


def reasons(told):
    return [line.reason for line in told]


@pytest.fixture
def batch(tmp_path):
    return Batch(tmp_path)


@pytest.fixture
def ready(batch):
    """A sample of which everything is proven on day 31; gives batch and parts."""
    parts = batch.archive()
    batch.replicate()
    batch.audit(31)
    return batch, parts


def test_a_source_with_all_evidence_is_safe_and_the_evidence_is_told(ready):
    batch, parts = ready

    (line,) = batch.judge(parts.row)

    assert (line.safe, line.reason) == ("yes", "")
    assert line.source == str(parts.row.source)
    assert line.witness == "bioformats 7: 4 planes"
    assert line.read_back == "2026-12-22T03:00:00Z"
    assert (line.good_copies, line.copies) == (2, f"archive {batch.replica_name}")
    assert line.source_unchanged == "same size and times"
    assert line.original_in_object == "no"


def test_the_list_is_for_its_owner_alone_and_can_be_read_back(ready):
    batch, parts = ready

    path = write_safe_to_delete(batch.folder, [parts.row], batch.options(), now=SEALED + timedelta(days=32))

    with path.open(newline="", encoding="utf-8") as stream:
        (line,) = csv.DictReader(stream, dialect="excel-tab")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path == batch.folder / LIST
    assert (line["source"], line["safe"], line["judged"]) == (str(parts.row.source), "yes", "2026-12-23T03:00:00Z")


def test_nothing_is_deleted(ready):
    batch, parts = ready

    batch.judge(parts.row)

    assert parts.row.source.exists()


def test_a_sample_that_is_not_sealed_is_listed_with_its_source(batch):
    row = SampleRow(line=2, sample_id="Z", source="/data/z.czi", dataset="set1", privacy_policy="facility")

    (line,) = batch.judge(row)

    assert (line.source, line.safe, line.reason) == ("/data/z.czi", "no", "not sealed")


def test_an_object_that_was_not_read_back_late_enough_is_a_reason(batch):
    parts = batch.archive()
    batch.replicate()
    batch.audit(29)

    assert reasons(batch.judge(parts.row)) == ["not read back 30 days after sealing or later"]
    assert reasons(batch.judge(parts.row, after_days=29)) == [""]


def test_a_check_in_the_future_is_no_evidence(batch):
    parts = batch.archive()
    batch.replicate()
    batch.audit(400)

    assert "was not found good" in reasons(batch.judge(parts.row))[0]


def test_too_few_copies_are_a_reason(batch):
    parts = batch.archive()
    batch.audit(31)

    assert reasons(batch.judge(parts.row)) == ["1 good copies of 2"]
    assert reasons(batch.judge(parts.row, copies=1)) == [""]


def test_a_hard_link_is_no_copy(batch):
    parts = batch.archive()
    shutil.copytree(batch.root / "set1", batch.replica / "set1", copy_function=os.link)
    batch.replicated = True
    batch.audit(31)

    assert reasons(batch.judge(parts.row)) == ["1 good copies of 2"]


def test_a_damaged_copy_does_not_count(ready):
    batch, parts = ready
    flip_bit(unlock(batch.copy()) / "bag-info.txt")
    batch.audit(31.5)

    assert reasons(batch.judge(parts.row)) == ["1 good copies of 2"]


def test_a_copy_that_is_gone_does_not_count(ready):
    batch, parts = ready
    shutil.rmtree(unlock(batch.copy()))

    assert reasons(batch.judge(parts.row)) == ["1 good copies of 2"]


def test_an_old_check_does_not_count(ready):
    batch, parts = ready

    assert "within 90 days" in reasons(batch.judge(parts.row, day=31 + 91))[0]


def test_an_object_whose_bytes_are_not_those_that_were_sealed_is_a_reason(ready):
    batch, parts = ready
    flip_bit(unlock(batch.object()) / "data/A.ome.tiff.provenance.json")

    assert "not the one that was sealed" in reasons(batch.judge(parts.row))[0]


@pytest.mark.parametrize(
    "witness",
    [
        Attestation(asked="none"),
        Attestation(asked="independent"),
        Attestation(asked="independent", reader="bioformats", version="7", planes=3),
    ],
)
def test_without_a_witness_of_every_plane_the_answer_is_no(batch, witness):
    parts = batch.archive(witness=witness)
    batch.replicate()
    batch.audit(31)

    assert reasons(batch.judge(parts.row)) == ["no independent reader has seen the same pixels"]


def test_a_source_that_was_archived_incomplete_stays(batch):
    parts = make_parts(batch.folder / "made", "A")
    whole = parts.inventory.completeness.model_copy(update={"whole": False, "missing": ("plane 3",)})
    parts = batch.archive(inventory=parts.inventory.model_copy(update={"completeness": whole}))
    batch.replicate()
    batch.audit(31)

    assert reasons(batch.judge(parts.row)) == ["the source was archived incomplete"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda path: path.write_bytes(b"longer than it was before"), "size differs"),
        (lambda path: os.utime(path, ns=(0, 0)), "modification time differs"),
        (lambda path: path.chmod(0o600), "change time differs"),
        (lambda path: path.unlink(), "cannot be read"),
    ],
)
def test_a_source_that_changed_since_is_a_reason(ready, change, told):
    batch, parts = ready
    change(parts.row.source)

    (line,) = batch.judge(parts.row)

    assert line.safe == "no"
    assert told in line.reason


def test_a_source_that_was_only_touched_is_safe_when_its_digest_is_compared(ready):
    batch, parts = ready
    os.utime(parts.row.source, ns=(0, 0))

    (line,) = batch.judge(parts.row, rehash=True)

    assert (line.safe, line.source_unchanged) == ("yes", "same SHA-256")


def test_other_bytes_under_the_same_size_and_times_are_found_by_the_digest(ready):
    batch, parts = ready
    before = parts.row.source.stat()
    flip_bit(parts.row.source)
    os.utime(parts.row.source, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert "SHA-256 differs" in reasons(batch.judge(parts.row, rehash=True))[0]
    assert "change time differs" in reasons(batch.judge(parts.row))[0]


def second_file(batch, name="mouse.xml"):
    path = batch.folder / name
    path.write_bytes(b"<x/>")
    return source_file(path, "sidecar")


def test_a_set_is_safe_whole_or_not_at_all(ready):
    batch, parts = ready
    other = second_file(batch)
    batch.keep("A", parts.inventory.model_copy(update={"files": (*parts.inventory.files, other)}))
    other.path.write_bytes(b"<changed/>")

    told = batch.judge(parts.row)

    assert [line.safe for line in told] == ["no", "no"]
    assert reasons(told)[0] == "the set is deleted whole or not at all: mouse.xml: size differs"


def test_a_file_that_another_sample_still_needs_stays(ready):
    batch, parts = ready
    row = parts.row.model_copy(update={"sample_id": "Z", "line": 3})

    told = batch.judge(parts.row, row)

    assert reasons(told) == ["sample Z needs it: not sealed", "not sealed"]


def test_a_receipt_of_another_source_is_no_evidence(ready):
    batch, parts = ready

    (line,) = batch.judge(parts.row.model_copy(update={"source": batch.folder / "other.tif"}))

    assert line.reason == "the receipt is of another source or object"


def test_a_later_inventory_of_other_bytes_is_a_reason(ready):
    batch, parts = ready
    batch.keep("A", parts.inventory.model_copy(update={"fileset_sha256": "00" * 32}))

    assert "other bytes than the inventory" in reasons(batch.judge(parts.row))[0]


def test_a_source_inside_the_archive_is_never_safe(ready):
    batch, parts = ready
    place = batch.root / "incoming.tif"
    shutil.copy2(parts.row.source, place)
    state = place.stat()
    file = parts.inventory.files[0].model_copy(update={"path": place, "ctime_ns": state.st_ctime_ns})
    batch.keep("A", parts.inventory.model_copy(update={"files": (file,)}))

    assert reasons(batch.judge(parts.row)) == ["it lies in the archive or in a replica"]


def test_a_name_that_a_table_cannot_hold_is_never_safe(ready):
    batch, parts = ready
    place = batch.folder / "two\nlines.tif"
    shutil.copy2(parts.row.source, place)
    file = parts.inventory.files[0].model_copy(update={"path": place, "ctime_ns": place.stat().st_ctime_ns})
    batch.keep("A", parts.inventory.model_copy(update={"files": (file,)}))

    path = write_safe_to_delete(batch.folder, [parts.row], batch.options(), now=SEALED + timedelta(days=32))

    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert "its name cannot be written in a table" in lines[1]
