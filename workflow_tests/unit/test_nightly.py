"""The nightly command without a night: lock, configuration, sheet, crontab line."""

import csv
import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest

from fixative.files import write_json
from fixative.nightly.__main__ import main
from fixative.nightly.config import merged, night_config
from fixative.nightly.cron import main as cron
from fixative.nightly.lock import NIGHT_LOCK
from fixative.nightly.record import begin_night, read_nights
from fixative.nightly.sheet import kept_rows, make_sheet
from fixative.scan import COLUMNS, name_sample
from fixative.scan_sealed import CHANGED
from fixative.settings import Settings
from pipeline import REPOSITORY


class Folder:
    """A work folder with what a scan has left, and a storage."""

    def __init__(self, root):
        self.root, self.work, self.storage, self.archive = root, root / "work", root / "data", root / "archive"
        self.work.mkdir()
        self.storage.mkdir()
        self.found, self.left = [], []

    def source(self, name):
        path = self.storage / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        return path

    def scan(self, *names, left=()):
        """Write what a scan of this night has found, and what it has left out."""
        rows = [[name_sample(name, self.storage, set()), self.source(name), "", "", "i", "tiff", 1] for name in names]
        self._table("samples.tsv", COLUMNS, rows)
        self._table("left_out.tsv", ("path", "reason"), [[self.storage / name, reason] for name, reason in left])

    def seal(self, sample, source, *, sealed="2026-11-21T03:00:00Z"):
        """Write a receipt, and an object."""
        (self.archive / "set1" / sample).mkdir(parents=True)
        digests = dict.fromkeys(("fileset_sha256", "policy_sha256", "manifest_sha256"), "0" * 64)
        receipt = {"source": str(source), "object": f"set1/{sample}", "sealed": sealed, "bytes": 1, "planes": 1}
        write_json(self.work / "results/samples" / sample / "sealed.json", receipt | digests)

    def make(self, *, curated=None, scanned=True, since=None):
        settings = Settings(
            source_roots=(self.storage,), archive_root=self.archive, **({"sheet": curated} if curated else {})
        )
        return make_sheet(self.work, settings, curated=curated is not None, scanned=scanned, since=since)

    def sheet(self, text):
        path = self.root / "curated.tsv"
        path.write_text(text)
        return path

    def _table(self, name, columns, rows):
        path = self.work / "results/scan" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as stream:
            csv.writer(stream, "excel-tab", lineterminator="\n").writerows([columns, *rows])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Nights change into their work folder."""
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path)


def test_a_second_night_says_who_is_at_work_and_has_a_status_of_its_own(folder, capsys):
    lock = folder.work / NIGHT_LOCK
    lock.parent.mkdir()
    lock.write_text("the night that began 2026-11-22T01:15:00Z, process 7\n")

    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        status = main(["--work", str(folder.work), "--root", str(folder.storage)])

    said = capsys.readouterr()
    assert status == 75 == os.EX_TEMPFAIL
    assert "the night that began 2026-11-22T01:15:00Z, process 7 is at work" in said.err
    assert said.out == ""
    assert read_nights(folder.work) == []


def test_a_run_of_snakemake_keeps_the_night_away_as_well(folder, capsys):
    lock = folder.work / "results/.run.lock"
    lock.parent.mkdir()

    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        status = main(["--work", str(folder.work), "--root", str(folder.storage)])

    assert status == 75
    assert "a run of Snakemake" in capsys.readouterr().err


def test_the_lock_of_a_killed_night_is_free(folder):
    code = "import sys,time; from pathlib import Path; from fixative.nightly.lock import hold_night; "
    code += "hold_night(Path(sys.argv[1]), 'me'); print('held', flush=True); time.sleep(60)"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "scripts")}
    command = [sys.executable, "-c", code, str(folder.work)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as holder:
        holder.stdout.readline()
        holder.send_signal(signal.SIGKILL)

    with (folder.work / NIGHT_LOCK).open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("audit: {every_day: 3}\n", "audit.every_day"),
        ("- a list\n", "a configuration is keys with values"),
        ("a: [\n", "not YAML"),
        ("notify: {mail: {to: a@example.org}}\n", "notify.mail.from"),
        ("notify: {webhook: {format: text}}\n", "give url or url_env"),
        ("notify: {mail: {to: 'a@example.org', from: \"x\\ny\"}}\n", "one line of printable characters"),
        ("dataset: mice\n", "a night needs something to archive"),
    ],
)
def test_a_wrong_configuration_is_a_night_that_could_not_run(folder, capsys, text, said):
    config = folder.root / "my.yaml"
    config.write_text(text)

    status = main(["--work", str(folder.work), "--configfile", str(config)])

    assert status == 2
    assert said in capsys.readouterr().out
    assert [night.state for night in read_nights(folder.work)] == ["could not run"]


def test_a_wrong_sheet_of_the_curator_is_a_night_that_could_not_run(folder, capsys):
    sheet = folder.sheet("sample_id\tsource\nbad id\ta.tif\n")

    status = main(["--work", str(folder.work), "--sheet", str(sheet)])

    assert status == 2
    assert "line 2: sample_id" in capsys.readouterr().out


def test_a_message_of_a_night_that_could_not_run_does_not_stop_it_from_saying_so(folder, capsys):
    sheet = folder.sheet("sample_id\tsource\nbad id\ta.tif\n")
    arguments = ["--work", str(folder.work), "--sheet", str(sheet), "--config"]

    status = main([*arguments, "notify={webhook: {url_env: NO_SUCH_VARIABLE}}"])

    said = capsys.readouterr()
    assert status == 2
    assert said.err == "fixative: webhook not sent: the environment variable NO_SUCH_VARIABLE is not set\n"
    assert "line 2: sample_id" in said.out


def test_the_command_line_goes_before_the_file_and_sections_are_put_together(folder):
    (folder.root / "my.yaml").write_text("dataset: mice\nscan: {quiet_period_s: 60}\nsource_roots: [/elsewhere]\n")

    config = night_config(folder.root / "my.yaml", {"source_roots": ["/data"]}, ["audit={full: true}"])

    assert [str(root) for root in config.settings.source_roots] == ["/data"]
    assert (config.settings.dataset, config.settings.scan.quiet_period_s) == ("mice", 60)
    assert config.settings.scan.memory
    assert config.settings.audit.full
    assert merged({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}) == {"a": {"b": 1, "c": 3}}


def test_the_curators_rows_stand_first_and_are_not_doubled_by_the_scan(folder):
    folder.scan("lab/a.tif", "lab/b.tif")
    sheet = folder.sheet(f"sample_id\tsource\torganism\nmine\t{folder.storage}/lab/a.tif\tmouse\n")

    made = folder.make(curated=sheet)

    assert [row.sample_id for row in made.rows] == ["mine", name_sample("lab/b.tif", folder.storage, set())]
    assert made.rows[0].organism == "mouse"
    assert made.new == 1


def test_what_was_not_sealed_is_on_the_next_sheet_until_its_source_is_gone(folder):
    folder.scan("a.tif", "b.tif")
    first = folder.make()
    (folder.storage / "b.tif").unlink()
    folder.scan()

    second = folder.make()

    assert [row.source.name for row in first.rows] == ["a.tif", "b.tif"]
    assert [row.source.name for row in second.rows] == ["a.tif"]
    assert second.rows[0].model_copy(update={"line": 2}) == first.rows[0].model_copy(update={"line": 2})


def test_what_is_sealed_leaves_the_sheet(folder):
    folder.scan("a.tif")
    (row,) = folder.make().rows
    folder.seal(row.sample_id, row.source)
    folder.scan(left=[("a.tif", "sealed already")])

    made = folder.make()

    assert (made.rows, made.path) == ([], None)


def test_what_was_sealed_is_kept_in_mind_until_its_source_is_gone(folder):
    folder.scan("a.tif", "b.tif")
    first, second = folder.make().rows
    folder.seal(first.sample_id, first.source)
    folder.seal(second.sample_id, second.source)
    folder.scan(left=[("a.tif", "sealed already"), ("b.tif", "sealed already")])
    folder.make()
    second.source.unlink()

    folder.make()

    assert [row.source for row in kept_rows(folder.work, Settings())] == [first.source]


def test_what_a_killed_night_has_sealed_is_told_by_the_next(folder):
    folder.scan("a.tif")
    (row,) = folder.make().rows
    folder.seal(row.sample_id, row.source, sealed="2026-11-22T01:20:00Z")
    folder.scan(left=[("a.tif", "sealed already")])

    made = folder.make(since="2026-11-22T01:15:00Z")

    assert [row.source.name for row in made.rows] == ["a.tif"]


def test_a_refused_source_that_is_written_anew_waits_and_is_not_forgotten(folder):
    folder.scan("a.tif")
    folder.make()
    folder.scan(left=[("a.tif", "still being written: modified 3 s ago")])
    waiting = folder.make()
    folder.scan("a.tif")

    again = folder.make()

    assert (waiting.rows, waiting.still_written) == ([], 1)
    assert waiting.held == (again.rows[0].sample_id,)


def test_a_storage_that_is_not_mounted_makes_nothing_gone(folder):
    folder.scan("a.tif")
    (row,) = folder.make().rows
    folder.storage.rename(folder.root / "elsewhere")

    made = folder.make(scanned=False)

    assert made.held == (row.sample_id,)


def test_a_name_that_an_object_of_another_source_has_is_not_given_again(folder):
    folder.scan("a.tif")
    name = name_sample("a.tif", folder.storage, set())
    folder.seal(name, "/other/a.tif")

    (row,) = folder.make().rows

    assert row.sample_id.startswith(f"{name}-")
    assert folder.make().rows[0].sample_id == row.sample_id


def test_a_source_that_changed_after_sealing_is_named(folder):
    folder.scan(left=[("lab/a.tif", CHANGED)])

    made = folder.make()

    assert made.changed == (name_sample("lab/a.tif", folder.storage, set()),)


def test_a_curators_source_that_changed_after_sealing_is_named_as_the_curator_does(folder):
    folder.scan("a.tif")
    folder.seal("mine", folder.storage / "a.tif")
    sheet = folder.sheet(f"sample_id\tsource\nmine\t{folder.storage}/a.tif\n")

    assert folder.make(curated=sheet).changed == ("mine",)


def test_nights_are_told_apart_though_the_clock_was_moved_back(folder):
    from datetime import UTC, datetime

    begin_night(folder.work, [], datetime(2026, 11, 22, tzinfo=UTC))
    begin_night(folder.work, read_nights(folder.work), datetime(2026, 11, 20, tzinfo=UTC))
    night, path = begin_night(folder.work, read_nights(folder.work), datetime(2026, 11, 20, tzinfo=UTC))

    assert [night.number for night in read_nights(folder.work)] == [1, 2, 3]
    assert night.unended == ("2026-11-22T00:00:00Z", "2026-11-20T00:00:00Z")
    assert path.name == "2026-11-20T000000Z-1.json"


def test_a_record_that_cannot_be_read_is_passed_over(folder):
    from datetime import UTC, datetime

    _, path = begin_night(folder.work, [], datetime(2026, 11, 22, tzinfo=UTC))
    path.write_text(json.dumps({"number": 1}))

    assert read_nights(folder.work) == []


def test_the_line_for_cron_runs_the_command_that_it_quotes(folder, capsys):
    work = folder.root / "work 50% ü"

    cron(["--work", str(work), "--configfile", "/etc/fixative's.yaml", "--at", "2:05"])

    line = capsys.readouterr().out
    times, command = line.split("  ", 1)
    assert times == "5 2 * * *"
    assert r"50\%" in command
    assert "%" not in command.replace(r"\%", "")
    script = str(REPOSITORY / "scripts/nightly.sh")
    words = ["/bin/sh", script, "--work", str(work), "--configfile", "/etc/fixative's.yaml"]
    assert shlex.split(command.replace(r"\%", "%")) == words


def test_the_units_for_systemd_escape_what_speaks_there(folder, capsys):
    cron(["--work", "/srv/50% $x", "--at", "23:59", "--systemd"])

    units = capsys.readouterr().out
    assert '--work "/srv/50%% $$x"\n' in units
    assert "OnCalendar=*-*-* 23:59:00" in units
    assert "SuccessExitStatus=75" in units


@pytest.mark.parametrize("wrong", ["24:00", "1.15", "01:60", "noon"])
def test_a_time_of_day_that_is_none_is_refused(wrong, capsys):
    with pytest.raises(SystemExit):
        cron(["--work", "/srv", "--at", wrong])

    assert "HH:MM" in capsys.readouterr().err


def test_the_script_for_cron_is_there_and_makes_a_set_up_that_fails_a_night_that_could_not_run(tmp_path):
    script = REPOSITORY / "scripts/nightly.sh"
    copy = tmp_path / "scripts/nightly.sh"
    (copy.parent / "bootstrap").mkdir(parents=True)
    copy.write_bytes(script.read_bytes())
    (copy.parent / "bootstrap/common.sh").write_text("CALLED_FROM=$PWD; set_up() { false; }\n")

    done = subprocess.run(["sh", str(copy), "--work", str(tmp_path)], capture_output=True)

    assert done.returncode == 2


def test_a_signal_ends_a_night_that_waits_for_snakemake(folder):
    from fixative.nightly.command import Stopped, Workflow, stopping

    config = write_json(folder.work / "config.json", {"source_roots": [str(folder.storage)]})
    workflow = Workflow(folder.work, folder.work / "log", config)
    os.environ.setdefault("PATH", os.defpath)
    start = time.monotonic()

    with pytest.raises(Stopped, match=r"SIG(ALRM|TERM)"), stopping():
        signal.signal(signal.SIGALRM, signal.getsignal(signal.SIGTERM))
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        workflow.run("scan")

    assert time.monotonic() - start < 60
