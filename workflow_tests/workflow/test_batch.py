"""A batch from sheet to sealed objects: isolation, exit status, reruns."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile


def test_a_good_batch_is_sealed_and_exits_with_zero(batch, tiff):
    batch.write({"A": tiff("raw/a b[1]%ü.tif"), "B": tiff("other/a b[1]%ü.tif", seed=1)})

    run = batch.run()

    assert run.returncode == 0, run.stderr
    assert batch.outcomes() == {"A": "sealed", "B": "sealed"}
    assert batch.objects() == ["unassigned/A", "unassigned/B"]


def test_the_archived_pixels_are_those_of_the_source(batch, tiff):
    source = tifffile.imread(batch.sheet.parent / tiff("a.tif"))
    batch.write({"A": "a.tif"})

    batch.run()

    with tifffile.TiffFile(batch.image("A")) as archived:
        assert archived.is_ome
        assert np.array_equal(archived.series[0].asarray().reshape(2, 3, 64, 80).swapaxes(0, 1), source)


def test_a_second_run_has_nothing_to_do(batch, tiff):
    batch.write({"A": tiff("a.tif")})
    batch.run()
    before = batch.manifest_of("A")

    again = batch.run()

    assert again.returncode == 0
    assert "Nothing to be done" in again.stdout + again.stderr
    assert batch.manifest_of("A") == before


def test_a_report_that_a_killed_run_did_not_come_to_is_written_by_the_next(batch, tiff):
    batch.write({"A": tiff("a.tif")})
    batch.run()
    table = batch.work / "results/reports/batch.tsv"
    table.write_text("sample_id\toutcome\nA\tnot reached\n")
    os.utime(table, (1, 1))

    assert batch.run().returncode == 0

    assert batch.outcomes() == {"A": "sealed"}


def test_a_bad_sample_does_not_stop_the_others(batch, tiff):
    batch.write({"A": tiff("a.tif"), "B": "missing.tif", "C": tiff("c.tif", seed=2)})

    run = batch.run()

    assert run.returncode == 1
    assert batch.outcomes() == {"A": "sealed", "B": "refused", "C": "sealed"}
    assert batch.objects() == ["unassigned/A", "unassigned/C"]


def test_a_refusal_says_what_was_found_and_what_to_do(batch):
    batch.write({"B": "missing.tif"})

    batch.run()

    row = batch.table()["B"]
    assert (row["code"], row["step"]) == ("INV001", "inventory_source")
    assert "missing.tif" in row["message"]
    assert row["remedy"]


def test_a_corrected_sample_is_all_that_runs_again(batch, tiff):
    batch.write({"A": tiff("a.tif"), "B": "b.tif"})
    assert batch.run().returncode == 1
    kept = batch.manifest_of("A"), batch.image("A").stat().st_mtime_ns
    tiff("b.tif")

    run = batch.run()

    assert run.returncode == 0, run.stderr
    assert (batch.manifest_of("A"), batch.image("A").stat().st_mtime_ns) == kept
    assert batch.outcomes() == {"A": "sealed", "B": "sealed"}
    assert "sample 1 of 1 (B)" in (batch.work / "results/logs/inventory_source/0002-0001.log").read_text()


def test_two_workers_on_the_same_batch_give_the_same_objects(batch, tiff):
    batch.write({"A": tiff("a.tif"), "B": tiff("b.tif", seed=1)})
    batch.run()
    first = {sample: hashlib.sha256(batch.image(sample).read_bytes()).digest() for sample in "AB"}
    os.system(f"chmod -R u+w '{batch.archive}'")
    shutil.rmtree(batch.archive)
    shutil.rmtree(batch.work)
    batch.work.mkdir()

    batch.run(shards="{max_samples: 1}")

    assert {sample: hashlib.sha256(batch.image(sample).read_bytes()).digest() for sample in "AB"} == first


@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_cut_off_imagej_stack_is_refused_at_the_inventory(batch, tiff, share):
    path = batch.sheet.parent / tiff("a.tif", shape=(10, 2, 64, 80))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    batch.write({"A": "a.tif"})

    assert batch.run().returncode == 1

    row = batch.table()["A"]
    assert (row["step"], row["code"]) == ("inventory_source", "INV004")
    assert batch.objects() == []


def test_a_cut_off_ome_tiff_is_refused_at_the_inventory_with_promised_and_present(batch):
    path = batch.sheet.parent / "a.ome.tif"
    pixels = np.arange(36 * 64 * 64, dtype=np.uint16).reshape(3, 4, 3, 64, 64)
    tifffile.imwrite(path, pixels, metadata={"axes": "TCZYX"}, compression="zlib")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    batch.write({"A": "a.ome.tif"})

    assert batch.run().returncode == 1

    row = batch.table()["A"]
    assert (row["step"], row["code"]) == ("inventory_source", "INV004")
    assert "promised" in row["message"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every file")
def test_an_unreadable_source_is_refused(batch, tiff):
    (batch.sheet.parent / tiff("a.tif")).chmod(0)
    batch.write({"A": "a.tif"})

    batch.run()

    assert batch.table()["A"]["code"] == "INV002"


def test_a_bad_sheet_refuses_the_batch_before_any_job(batch, tiff):
    batch.write({"bad id": tiff("a.tif"), "B": ""})

    run = batch.run()

    assert run.returncode == 1
    assert "line 2: sample_id: String should match pattern" in run.stderr
    assert "line 3: source: Field required" in run.stderr
    assert not batch.archive.exists()


def test_a_bad_configuration_refuses_the_batch_before_any_job(batch, tiff):
    batch.write({"A": tiff("a.tif")})

    run = batch.run(privacy_policy="none_such", dataset="not/a/name")

    assert run.returncode == 1
    assert "dataset" in run.stderr
    assert not batch.archive.exists()


def test_an_unknown_policy_is_named_with_its_line(batch, tiff):
    batch.write({"A": tiff("a.tif")}, privacy_policy="none_such")

    run = batch.run()

    assert "line 2: privacy_policy" in run.stderr


def test_the_source_is_untouched(batch, tiff):
    path = batch.sheet.parent / tiff("a.tif")
    path.chmod(0o444)
    before = path.read_bytes(), path.stat()
    batch.write({"A": "a.tif"})

    batch.run()

    after = path.stat()
    assert path.read_bytes() == before[0]
    assert (after.st_mtime_ns, after.st_ctime_ns, after.st_ino) == (
        before[1].st_mtime_ns,
        before[1].st_ctime_ns,
        before[1].st_ino,
    )


def test_another_object_under_the_same_name_is_never_overwritten(batch, tiff):
    batch.write({"A": tiff("a.tif")})
    batch.run()
    before = batch.manifest_of("A")
    batch.write({"A": tiff("b.tif", seed=9)})

    run = batch.run()

    assert run.returncode == 1
    assert batch.table()["A"]["code"] == "SEA001"
    assert batch.manifest_of("A") == before


def test_an_object_that_the_archive_holds_already_is_adopted_by_a_new_work_folder(batch, tiff):
    batch.write({"A": tiff("a.tif")})
    batch.run()
    before = batch.manifest_of("A")
    shutil.rmtree(batch.work)
    batch.work.mkdir()

    run = batch.run()

    assert run.returncode == 0, run.stderr
    assert batch.manifest_of("A") == before
    assert batch.record("A", "sealed.json")["adopted"] is True


def test_nothing_partial_is_left_when_the_disk_is_full(batch, tiff):
    batch.write({"A": tiff("a.tif", shape=(40, 1, 512, 512))})
    limited = ["bash", "-c", 'ulimit -f 8000; trap "" XFSZ; exec "$@"', "-", *batch.command()]

    run = subprocess.run(limited, capture_output=True, text=True, env=batch.environment, cwd=batch.folder)

    assert run.returncode == 1
    assert batch.table()["A"]["code"] == "RUN001"
    assert batch.objects() == []
    assert not [path for path in batch.work.rglob("*") if path.suffix in {".tiff", ".part"}]


def test_every_object_is_a_valid_bag_for_others_and_for_us(batch, tiff):
    batch.write({"A": tiff("a.tif")})
    batch.run()
    folder = batch.object("A")
    scripts = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "scripts")}

    bagit = subprocess.run([sys.executable, "-W", "ignore", "-m", "bagit", "--validate", folder], capture_output=True)
    coreutils = subprocess.run(["sha256sum", "-c", "--quiet", "manifest-sha256.txt"], cwd=folder)
    ours = subprocess.run([sys.executable, "-m", "fixative.verify", folder], env=scripts)

    assert (bagit.returncode, coreutils.returncode, ours.returncode) == (0, 0, 0)


def test_a_run_is_refused_while_another_is_at_work(batch, tiff):
    import fcntl

    batch.write({"A": tiff("a.tif")})
    (batch.work / "results").mkdir()
    with (batch.work / "results/.run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = batch.run()

    assert run.returncode == 1
    assert "another run is at work" in run.stderr


def test_a_stale_lock_of_a_killed_run_stops_nobody(batch, tiff):
    batch.write({"A": tiff("a.tif")})
    locks = batch.work / ".snakemake/locks"
    locks.mkdir(parents=True)
    (locks / "0.output.lock").write_text("results/reports/batch.tsv\n")

    assert batch.run().returncode == 0


def test_an_archive_on_another_file_system_holds_whole_objects_and_nothing_else(batch, tiff):
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == batch.folder.stat().st_dev:
        pytest.skip("no second file system at /dev/shm: sealing across file systems is not tried")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        batch.archive = Path(folder) / "archive"
        batch.write({"A": tiff("a.tif"), "B": "missing.tif"})

        run = batch.run()

        whole = subprocess.run(["sha256sum", "-c", "--quiet", "manifest-sha256.txt"], cwd=batch.object("A"))
        found = sorted(path.name for path in batch.archive.iterdir()), batch.objects()
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    assert run.returncode == 1
    assert whole.returncode == 0
    assert found == (["catalogue.html", "catalogue.sqlite", "unassigned"], ["unassigned/A"])


def test_a_staging_folder_on_another_file_system_is_copied_from_and_left_empty(batch, tiff):
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == batch.folder.stat().st_dev:
        pytest.skip("no second file system at /dev/shm: sealing across file systems is not tried")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        batch.write({"A": tiff("a.tif")})

        run = batch.run(staging_root=folder)

        left = [path.name for path in Path(folder).rglob("*")]
    assert run.returncode == 0, run.stderr
    assert left == []
    assert batch.objects() == ["unassigned/A"]


def test_a_source_that_is_written_to_during_conversion_is_refused(batch, tiff):
    source = batch.sheet.parent / tiff("a.tif", shape=(400, 1, 512, 512))
    batch.write({"A": "a.tif"})
    begun = batch.work / "results/samples/A/outcomes/convert_to_ome_tiff.json"
    run = batch.start()

    while not begun.exists() and run.poll() is None:
        time.sleep(0.01)
    with source.open("ab") as stream:
        stream.write(b"more")

    assert run.wait() == 1
    assert batch.table()["A"]["code"] == "INV007"
    assert batch.objects() == []


@pytest.mark.parametrize("compression", ["lzw", "zstd", "none"])
def test_another_lossless_codec_is_one_line_of_configuration(batch, tiff, compression):
    source = tifffile.imread(batch.sheet.parent / tiff("a.tif"))
    batch.write({"A": "a.tif"})

    run = batch.run(ome_tiff=f"{{compression: {compression}}}")

    assert run.returncode == 0, run.stderr
    with tifffile.TiffFile(batch.image("A")) as archived:
        assert archived.pages[0].compression.name.lower() == compression
        assert np.array_equal(archived.pages[0].asarray(), source[0, 0])


def test_a_scan_writes_a_sheet_that_the_chain_takes(batch, tiff):
    tiff("instrument 1/a.tif")
    (batch.sheet.parent / "instrument 1/a.xml").write_text("<scan><operator>Ada Lovelace</operator></scan>")
    tiff("instrument 2/a.tif", seed=1)
    scan = batch.run("scan", source_roots=batch.sheet.parent, scan="{quiet_period_s: 0}")
    assert scan.returncode == 0, scan.stderr

    run = batch.run(sheet=batch.work / "results/scan/samples.tsv")

    assert run.returncode == 0, run.stderr
    assert set(batch.outcomes().values()) == {"sealed"}
    assert len(batch.outcomes()) == 2
    again = batch.run("scan", source_roots=batch.sheet.parent, scan="{quiet_period_s: 0}")
    assert again.returncode == 0
    assert (batch.work / "results/scan/samples.tsv").read_text().count("\n") == 1


def test_names_in_the_metadata_are_in_no_public_byte(batch):
    pixels = np.zeros((64, 64), np.uint8)
    tifffile.imwrite(
        batch.sheet.parent / "a.tif",
        pixels,
        metadata=None,
        extratags=[(315, "s", 0, "Wilhelmina Featherstone", True), (316, "s", 0, "ws-microscope-7", True)],
        description="taken by Wilhelmina Featherstone, C:\\Users\\wfeather\\Desktop\\a.tif",
    )
    batch.write({"A": "a.tif"}, owner="Ada Okafor")

    run = batch.run()

    assert run.returncode == 0, run.stderr
    public = [*batch.object("A").rglob("*"), *(batch.work / "results/reports").iterdir()]
    text = b"\n".join(path.read_bytes().lower() for path in public if path.is_file())
    assert [name for name in (b"featherstone", b"wilhelmina", b"wfeather", b"ws-microscope-7") if name in text] == []


def test_a_key_without_a_rule_is_refused_by_a_strict_policy_and_listed_for_the_curator(batch):
    tifffile.imwrite(
        batch.sheet.parent / "a.tif",
        np.zeros((64, 64), np.uint8),
        metadata=None,
        extratags=[(55500, "s", 0, "Wilhelmina Featherstone", True)],
    )
    batch.write({"A": "a.tif"}, privacy_policy="hipaa_safe_harbor")

    run = batch.run()

    assert run.returncode == 1
    assert batch.table()["A"]["code"] == "SAN001"
    reports = batch.work / "results/reports"
    assert "tiff:/ifd/55500\t1\t1\n" in (reports / "unknown_keys.tsv").read_text()
    assert not [path for path in reports.iterdir() if b"Featherstone" in path.read_bytes()]


def test_originals_are_kept_only_where_the_policy_takes_nothing_out(batch, tiff):
    source = (batch.sheet.parent / tiff("a.tif")).read_bytes()
    tifffile.imwrite(batch.sheet.parent / "b.tif", np.zeros((64, 64), np.uint8), description="by ada@example.org")
    batch.write({"A": "a.tif", "B": "b.tif"})

    run = batch.run(keep_original="true")

    assert run.returncode == 1
    assert (batch.object("A") / "data/original/a.tif").read_bytes() == source
    assert (batch.table()["B"]["step"], batch.table()["B"]["code"]) == ("sanitise_metadata", "SAN003")
    assert batch.objects() == ["unassigned/A"]
