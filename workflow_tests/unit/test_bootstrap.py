"""Setting up: what is installed, from where, how often; and what is said when it cannot be done."""

import re
import runpy
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

LOCKS = sorted(path.name for path in (Path(__file__).resolve().parents[2] / "envs").glob("*.lock.txt"))
TOOLS = (
    *("sh", "env", "dirname", "basename", "cut", "sha256sum", "sha512sum", "shasum", "grep", "sed", "awk", "cat"),
    *(
        "rm",
        "mv",
        "cp",
        "ln",
        "mkdir",
        "chmod",
        "find",
        "tar",
        "gzip",
        "touch",
        "id",
        "ls",
        "expand",
        "make",
        "nproc",
    ),
)


class Checkout:
    """A copy of the set-up scripts and locks, run with nothing on the PATH but what a test puts there."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self.folder = folder / "check out"
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in filter(shutil.which, TOOLS):
            (self.bin / name).symlink_to(str(shutil.which(name)))
        shutil.copytree(repository / "scripts" / "bootstrap", self.folder / "scripts" / "bootstrap")
        shutil.copytree(repository / "envs", self.folder / "envs")
        shutil.copy(repository / "Makefile", self.folder)
        (folder / "home").mkdir()
        self.environment = {"PATH": str(self.bin), "HOME": str(folder / "home")}

    def program(self, name: str, *lines: str) -> Path:
        """Put a program on the PATH."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def python(self) -> None:
        """Put a Python on the PATH whose environments write down what pip was asked for."""
        log = self.folder / "calls.log"
        made = self.program("made-python", f'printf "%s\\n" "$*" >> "{log}"')
        self.program(
            "python3.11",
            '[ "$1" = -m ] || exit 0',
            f'echo venv >> "{log}"; mkdir -p "$3/bin"; cp "{made}" "$3/bin/python"',
        )

    def calls(self) -> list[str]:
        """What was made and installed, in order."""
        lines = (self.folder / "calls.log").read_text().splitlines()
        return [re.sub(r".*-r .*/envs/", "pip ", line) for line in lines if not line.startswith("-c")]

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the checkout."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def script(self, name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one of the set-up scripts."""
        return self.run("sh", str(self.folder / "scripts" / "bootstrap" / name), *arguments, **environment)


@pytest.fixture
def checkout(tmp_path: Path, repository: Path) -> Checkout:
    """A checkout on a machine that has next to nothing."""
    return Checkout(tmp_path, repository)


def pins(lock: Path) -> set[str]:
    """The pinned requirements of a lock, markers included."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return {line.rstrip(" \\") for line in lines if re.match(r"[a-z0-9]", line)}


def test_make_alone_lists_the_verbs(checkout):
    listed = checkout.run("make").stdout

    assert "make archive" in listed
    assert "make test" in listed


def test_without_a_python_it_says_what_is_missing(checkout):
    done = checkout.script("environment.sh", "imaging")

    assert done.returncode == 1
    assert "no Python 3.11 or newer found" in done.stderr


def test_an_old_python_is_passed_over(checkout):
    checkout.program("python3", "exit 1")

    done = checkout.script("environment.sh", "imaging")

    assert "no Python 3.11 or newer found" in done.stderr


def test_a_python_without_venv_is_told_from_none(checkout):
    checkout.program("python3", "case $2 in *ensurepip*) exit 1;; *) exit 0;; esac")

    done = checkout.script("environment.sh", "imaging")

    assert done.returncode == 1
    assert "python3-venv" in done.stderr


def test_nothing_is_installed_twice(checkout):
    checkout.python()

    first = checkout.script("environment.sh", "imaging")
    second = checkout.script("environment.sh", "imaging")

    assert (first.returncode, second.returncode, second.stderr) == (0, 0, "")
    assert checkout.calls() == ["venv", "pip imaging.lock.txt"]


def test_the_development_environment_adds_to_the_other(checkout):
    checkout.python()

    checkout.script("environment.sh", "imaging")
    checkout.script("environment.sh", "dev")
    checkout.script("environment.sh", "imaging")

    assert checkout.calls() == ["venv", "pip imaging.lock.txt", "pip dev.lock.txt"]


def test_a_set_up_that_was_interrupted_is_made_anew(checkout):
    checkout.python()
    checkout.script("environment.sh", "imaging")
    (checkout.folder / ".venv" / ".unfinished").touch()

    checkout.script("environment.sh", "imaging")

    assert checkout.calls() == ["venv", "pip imaging.lock.txt"] * 2


def test_another_lock_makes_the_environment_anew(checkout):
    checkout.python()
    checkout.script("environment.sh", "imaging")
    with (checkout.folder / "envs" / "imaging.lock.txt").open("a") as lock:
        lock.write("# a newer version\n")

    checkout.script("environment.sh", "imaging")

    assert checkout.calls() == ["venv", "pip imaging.lock.txt"] * 2


def test_an_install_that_fails_is_not_taken_for_done(checkout):
    checkout.program("false", "exit 1")
    checkout.program("python3.11", '[ "$1" = -m ] || exit 0', 'mkdir -p "$3/bin"; cp "${0%/*}/false" "$3/bin/python"')

    first = checkout.script("environment.sh", "imaging")
    second = checkout.script("environment.sh", "imaging")

    assert (first.returncode, second.returncode) == (1, 1)
    assert "docs/installing.md" in first.stderr


def test_a_program_that_only_the_benchmarks_run_is_installed_once_from_its_own_lock(checkout):
    checkout.python()

    first = checkout.script("contender.sh", "eubi-bridge", PYTHON="python3.11")
    second = checkout.script("contender.sh", "eubi-bridge", PYTHON="python3.11")

    assert (first.returncode, second.returncode, second.stderr) == (0, 0, "")
    assert checkout.calls() == ["venv", "pip eubi-bridge.lock.txt"]
    assert not (checkout.folder / ".venv").exists()


def test_a_program_of_the_benchmarks_that_cannot_be_installed_is_not_taken_for_done(checkout):
    checkout.program("false", "exit 1")
    checkout.program("python3.11", '[ "$1" = -m ] || exit 0', 'mkdir -p "$3/bin"; cp "${0%/*}/false" "$3/bin/python"')

    first = checkout.script("contender.sh", "eubi-bridge", PYTHON="python3.11")
    second = checkout.script("contender.sh", "eubi-bridge", PYTHON="python3.11")

    assert (first.returncode, second.returncode) == (1, 1)
    assert first.stderr.endswith("could not be installed (is there a network?)\n")


def test_the_plugin_for_slurm_is_installed_once_beside_the_environment(checkout):
    checkout.python()

    ran = [checkout.script("slurm.sh").returncode for _ in range(2)]

    assert ran == [0, 0]
    assert checkout.calls() == ["venv", "pip imaging.lock.txt", "pip slurm.lock.txt"]
    assert (checkout.folder / ".slurm/step/snakemake_executor_plugin_slurm_jobstep").is_symlink()


def test_a_plugin_for_slurm_that_cannot_be_installed_is_not_taken_for_done(checkout):
    checkout.python()
    checkout.script("environment.sh", "imaging")
    checkout.program("made-python", "exit 1").replace(checkout.folder / ".venv/bin/python")

    done = checkout.script("slurm.sh")

    assert done.returncode == 1
    assert not list((checkout.folder / ".slurm").glob(".lock-*"))


def test_slurm_is_asked_for_only_where_jobs_are_submitted(checkout, tmp_path):
    (tmp_path / "a.tsv").write_text("sample_id\tsource\n")

    done = checkout.run("make", "archive", f"SHEET={tmp_path}/a.tsv", f"ARCHIVE={tmp_path}/archive", "SLURM=1")

    assert done.returncode == 2
    assert "no sbatch here" in done.stderr


def test_the_lock_of_the_plugin_for_slurm_leaves_out_what_is_installed_anyway(repository):
    names = {pin.partition("==")[0] for pin in pins(repository / "envs/slurm.lock.txt")}

    assert names == {"snakemake-executor-plugin-slurm", "snakemake-executor-plugin-slurm-jobstep"}


def test_the_exiftool_of_the_machine_is_used(checkout):
    program = checkout.program("exiftool", "exit 0")

    assert checkout.script("exiftool.sh").stdout == f"{program}\n"


def test_an_exiftool_that_is_named_goes_first(checkout):
    checkout.program("exiftool", "exit 0")
    named = checkout.program("my-exiftool", "exit 0")

    assert checkout.script("exiftool.sh", FIXATIVE_EXIFTOOL=str(named)).stdout == f"{named}\n"


def test_an_exiftool_that_is_named_and_does_not_run_is_an_error(checkout):
    done = checkout.script("exiftool.sh", FIXATIVE_EXIFTOOL="/nowhere/exiftool")

    assert done.returncode == 1
    assert "does not run" in done.stderr


def test_without_any_exiftool_there_are_instructions_and_no_failure(checkout):
    done = checkout.script("exiftool.sh")

    assert (done.returncode, done.stdout) == (0, "")
    assert "libimage-exiftool-perl" in done.stderr


def test_what_could_not_be_had_is_not_asked_for_again_the_same_day(checkout):
    checkout.program("perl")
    checkout.program("npm", f'echo asked >> "{checkout.folder}/npm.log"; exit 1')

    checkout.script("exiftool.sh")
    again = checkout.script("exiftool.sh")

    assert again.returncode == 0
    assert (checkout.folder / "npm.log").read_text() == "asked\n"


def test_a_package_of_other_bytes_is_not_unpacked(checkout):
    checkout.program("perl")
    checkout.program("npm", "echo something else > exiftool-vendored.pl-13.59.3.tgz")

    done = checkout.script("exiftool.sh")

    assert (done.returncode, done.stdout) == (0, "")
    assert "damaged or another: SHA-512 expected" in done.stderr
    assert [path.name for path in (checkout.folder / ".tools").iterdir()] == ["no-exiftool"]


def test_a_sheet_without_an_archive_is_refused(checkout):
    done = checkout.run("make", "archive", "SHEET=my.tsv")

    assert done.returncode == 2
    assert "SHEET and ARCHIVE go together" in done.stderr


def test_a_sheet_is_looked_for_where_make_was_called(checkout, tmp_path):
    done = subprocess.run(
        ["make", "-C", str(checkout.folder), "archive", "SHEET=my sheet.tsv", "ARCHIVE=a"],
        cwd=tmp_path,
        env=checkout.environment | {"PWD": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert f"no such sheet: {tmp_path}/my sheet.tsv" in done.stderr


def test_approving_names_the_work_folder_that_is_not_there(checkout):
    done = checkout.run("make", "approve", "SAMPLES=A", "APPROVER=Jane Doe", "WORK=no where")

    assert done.returncode == 2
    assert "no such work folder: " in done.stderr
    assert "/no where" in done.stderr


def test_approving_hands_on_who_what_and_where(checkout, tmp_path):
    log = checkout.folder / "calls.log"
    checkout.program("made-python", f'printf "[%s]" "$@" >> "{log}"; echo >> "{log}"')
    checkout.program(
        "python3.11",
        '[ "$1" = -m ] || exit 0',
        f'mkdir -p "$3/bin"; cp "{checkout.bin}/made-python" "$3/bin/python"',
    )
    (tmp_path / "my work").mkdir()

    done = checkout.run(
        "make", "approve", "SAMPLES=A B", "APPROVER=Jane O'Doe <j@example.org>", f"WORK={tmp_path}/my work"
    )

    assert done.returncode == 0, done.stderr
    assert log.read_text().splitlines()[-1] == (
        f"[-m][fixative.approve][--by-make][--work][{tmp_path}/my work]"
        "[--approver][Jane O'Doe <j@example.org>][--][A][B]"
    )


def test_a_night_gets_what_make_was_asked_for_with_absolute_paths(checkout, tmp_path):
    (checkout.folder / "scripts/nightly.sh").write_text('printf "[%s]" "$@"\n')
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    done = checkout.run(
        *(
            "make",
            "--no-print-directory",
            "nightly",
            f"WORK={tmp_path}/my work",
            "CONFIGFILE=/etc/my.yaml",
            "CORES=2",
        ),
        *(f"ROOTS={tmp_path}/one {tmp_path}/two", "ARGS=--config dataset=mice"),
    )

    assert done.stdout == (
        f"[--work][{tmp_path}/my work][--configfile][/etc/my.yaml][--root][{tmp_path}/one][--root][{tmp_path}/two]"
        "[--cores][2][--config][dataset=mice]"
    )


@pytest.mark.parametrize("verb", ["nightly", "cron"])
def test_a_night_without_a_work_folder_says_how_to_name_one(checkout, verb):
    done = checkout.run("make", verb)

    assert done.returncode == 2
    assert f"make {verb} WORK=" in done.stderr


def test_the_development_lock_holds_every_pin_of_the_other(repository):
    envs = repository / "envs"

    assert pins(envs / "imaging.lock.txt") <= pins(envs / "dev.lock.txt")


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_is_pinned_by_digest(repository, name):
    text = (repository / "envs" / name).read_text(encoding="utf-8")

    requirements = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert [needed for needed in requirements if "==" not in needed or "--hash=sha256:" not in needed] == []


@pytest.mark.parametrize("name", [*LOCKS, "imaging.yaml"])
def test_no_lock_names_a_registry(repository, name):
    text = (repository / "envs" / name).read_text(encoding="utf-8")

    assert re.findall(r"https?://|--index-url|--find-links [^.]", text.split("\n", 2)[2]) == []


def test_the_conda_file_is_the_one_that_fits_the_lock(repository):
    module = runpy.run_path(str(repository / "scripts" / "bootstrap" / "conda_file.py"))
    written = (repository / "envs" / "imaging.yaml").read_text(encoding="utf-8")

    assert written == module["conda_file"](repository)
    script = (repository / "envs" / "imaging.post-deploy.sh").read_text(encoding="utf-8")
    assert script == module["post_deploy"](repository)
    assert not {name for name in module["ALONE"] if name in written.split("dependencies:")[1]}
    assert yaml.safe_load(written)["name"] == "fixative"


def test_the_licence_is_the_gpl_in_full(repository):
    text = (repository / "LICENSE").read_text(encoding="utf-8")

    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_no_script_asks_for_more_rights(repository):
    scripts = sorted((repository / "scripts" / "bootstrap").glob("*.*"))

    assert not any("sudo" in script.read_text(encoding="utf-8") for script in scripts)
