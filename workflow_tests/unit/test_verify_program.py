"""`python -m fixative.verify` as a program: what it needs, which objects it finds, what it prints and writes."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fixative.verification_models import VerificationReport
from fixative.verify.__main__ import main
from fixative.verify.expand import expand
from fixative.verify.reading import Asked
from fixative.verify.run import check_objects
from objects import flip_bit, make_object, unlock

FORBIDDEN = re.compile(
    r"fixative\.(image|package|readers|metadata|metadata_diff|ome|privacy|witness|convert|seal|inventory|structure"
    r"|stage|batch|settings|verify_sample)\b"
)
"""What writes, reads sources, plans or knows of a batch."""

ALLOWED = ("fixative", "numpy", "lxml", "imagecodecs", "tifffile", "pydantic")
NEEDED_BY_THEM = ("pydantic_core", "annotated_types", "typing_extensions", "typing_inspection", "_distutils_hack")

BLOCKED = f"""
import runpy, sys
own = {(*ALLOWED, *NEEDED_BY_THEM)!r}

class Wall:
    def find_spec(self, name, path=None, target=None):
        first = name.partition(".")[0]
        if first not in own and first not in sys.stdlib_module_names and not first.startswith("_sysconfigdata"):
            raise ModuleNotFoundError(name, name=first)

sys.meta_path.insert(0, Wall())
sys.argv = ["fixative.verify", sys.argv[1], "--histogram"]
runpy.run_module("fixative.verify", run_name="__main__")
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_object(tmp_path_factory.mktemp("made"), original=True)


@pytest.fixture
def archive(made, tmp_path):
    """An archive root of two datasets, three objects, and what is no object."""
    root = tmp_path / "archive"
    for place in ("set1/A", "set1/B", "set2/C", ".fixative/D", "set1/.C.partial"):
        unlock(shutil.copytree(made.folder, root / place, copy_function=shutil.copy))
    (root / "notes").mkdir()
    (root / "notes/readme.txt").write_text("x")
    return root


def python(*arguments, repository, **environment):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={"PYTHONPATH": str(repository / "scripts"), **environment},
        capture_output=True,
        text=True,
    )


def test_it_imports_nothing_that_writes(made, repository):
    run = python("-X", "importtime", "-m", "fixative.verify", made.folder, repository=repository)

    imported = re.findall(r"\| +(fixative[\w.]*)$", run.stderr, re.MULTILINE)
    assert "fixative.verify.tiff" in imported
    assert [name for name in imported if FORBIDDEN.match(name)] == []


def test_the_step_that_verifies_before_sealing_imports_nothing_that_writes_either(repository):
    code = "import sys, fixative.verify_sample; print(*sys.modules)"

    imported = python("-c", code, repository=repository).stdout.split()

    assert "fixative.verify.tiff" in imported
    assert [name for name in imported if re.match(r"fixative\.(image|package|convert|seal_sample)\b", name)] == []


def test_no_module_of_it_names_what_writes_not_even_for_later(repository):
    texts = [path.read_text(encoding="utf-8") for path in (repository / "scripts/fixative/verify").glob("*.py")]
    named = re.findall(r"^\s*(?:from|import) (fixative[\w.]*)", "\n".join(texts), re.MULTILINE)

    assert "fixative.verify.tiff" in named
    assert [name for name in named if FORBIDDEN.match(name)] == []


def test_what_of_the_package_it_imports_is_listed(made, repository):
    run = python("-X", "importtime", "-m", "fixative.verify", made.folder, repository=repository)

    others = re.findall(r"\| +fixative\.([\w.]*)$", run.stderr, re.MULTILINE)
    assert {name for name in others if not name.startswith("verify")} == {
        "files",
        "findings",
        "models",
        "page_cache",
        "pixel_models",
        "plane_digests",
        "quality",
        "report",
        "report.required",
        "required",
        "required.fields",
        "required.records",
        "required.rembi",
        "verification_models",
    }


def test_it_works_with_five_libraries_and_nothing_else(made, repository):
    run = python("-c", BLOCKED, made.folder, repository=repository)

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("whole ")


@pytest.mark.parametrize("library", ["numpy", "lxml", "imagecodecs", "tifffile", "pydantic"])
def test_a_library_that_is_missing_is_named_and_the_status_is_2(made, repository, library):
    code = BLOCKED.replace(f"'{library}', ", "").replace(f", '{library}'", "")

    run = python("-c", code, made.folder, repository=repository)

    assert run.returncode == 2
    assert re.fullmatch(rf"could not check: missing: .*\b{library}\b.*\n", run.stderr)


def test_without_the_schema_nothing_is_said_to_be_whole(made, monkeypatch, capsys):
    monkeypatch.setattr(sys, "path", [])

    assert main([str(made.folder)]) == 2
    assert "the schema of OME 2016-06" in capsys.readouterr().err


def test_an_archive_root_means_all_its_objects_and_no_hidden_folder(archive):
    found = [path.relative_to(archive).as_posix() for path in expand(archive)]

    assert found == ["set1/A", "set1/B", "set2/C"]


def test_a_folder_of_objects_and_an_object_are_taken_as_they_are(archive):
    assert list(expand(archive / "set1")) == [archive / "set1/A", archive / "set1/B"]
    assert list(expand(archive / "set2/C")) == [archive / "set2/C"]


def test_a_hidden_folder_is_checked_where_it_is_asked_for(archive):
    assert list(expand(archive / "set1/.C.partial")) == [archive / "set1/.C.partial"]


def test_an_object_without_any_tag_file_is_not_passed_over(archive):
    for path in (archive / "set1/B").glob("*.txt"):
        path.unlink()

    assert main([str(archive), "--quiet"]) == 2


def test_a_link_in_an_archive_is_not_followed(archive):
    (archive / "set3").symlink_to(archive / "set1")

    assert len(list(expand(archive))) == 3


def test_an_object_that_is_named_twice_is_checked_once(archive, capsys):
    main([str(archive), str(archive / "set1/A")])

    assert "3 objects: 3 whole, 0 not checked, 0 damaged" in capsys.readouterr().out


def test_the_table_has_a_line_for_each_object_and_the_worst_first(archive, capsys):
    flip_bit(archive / "set2/C/data/README.md")

    status = main([str(archive), "--quiet"])

    table = capsys.readouterr().out.partition("outcome ")[2].splitlines()
    assert status == 1
    assert [line.split()[0] for line in table[1:]] == ["damaged", "whole", "whole", "3"]
    assert table[1].endswith("set2/C")


def test_quiet_says_of_a_single_whole_object_that_it_is_whole(archive, capsys):
    status = main([str(archive / "set1/A"), "--quiet"])

    assert status == 0
    assert "1 object: 1 whole, 0 not checked, 0 damaged" in capsys.readouterr().out


def test_quiet_tells_in_full_only_of_what_is_not_whole(archive, capsys):
    flip_bit(archive / "set2/C/data/README.md")

    main([str(archive), "--quiet"])

    printed = capsys.readouterr().out
    assert printed.count("quality checklist") == 1
    assert printed.startswith(f"damaged      {archive / 'set2/C'}\n")


def test_several_processes_find_what_one_finds(archive):
    flip_bit(archive / "set2/C/data/A.ome.tiff")
    folders = list(expand(archive))

    one = {found.object: (found.outcome, found.findings) for found in check_objects(folders, Asked())}
    two = {found.object: (found.outcome, found.findings) for found in check_objects(folders, Asked(), jobs=2)}

    assert two == one
    assert [outcome for outcome, _ in one.values()] == ["whole", "whole", "damaged"]


def test_the_report_is_a_versioned_record(archive, tmp_path):
    status = main([str(archive), "--quiet", "--histogram", "--json", str(tmp_path / "report.json")])

    report = VerificationReport.model_validate_json((tmp_path / "report.json").read_bytes())
    assert (report.format, report.status) == ("fixative-verification-2", status)
    assert [found.sample for found in report.objects] == ["A", "A", "A"]
    assert len(report.objects[0].histograms) == 2


def test_the_fields_of_the_report_are_documented(repository, archive, tmp_path):
    main([str(archive / "set1/A"), "--quiet", "--json", str(tmp_path / "report.json")])
    text = (repository / "docs/verifying.md").read_text(encoding="utf-8")

    found = json.loads((tmp_path / "report.json").read_text())
    fields = {*found, *found["objects"][0]}
    assert [name for name in sorted(fields) if name not in text] == []


def test_a_report_that_cannot_be_written_is_no_success(made, tmp_path, capsys):
    assert main([str(made.folder), "--json", str(tmp_path / "none/report.json")]) == 2
    assert "report not written: No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["missing.xsd", "empty.xsd", "other.xsd"])
def test_a_schema_that_is_none_is_told_of_before_anything_is_checked(made, tmp_path, capsys, name):
    (tmp_path / "empty.xsd").write_text("")
    (tmp_path / "other.xsd").write_text("<a/>")

    assert main([str(made.folder), "--premis-schema", str(tmp_path / name)]) == 2
    assert re.match(f"could not check: .*{name} is no schema: ", capsys.readouterr().err)


def first_child(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children")
    while not (pids := children.read_text().split()):
        time.sleep(0.01)
    return int(pids[0])


def test_a_worker_that_is_killed_leaves_objects_not_checked_and_never_whole(archive, repository):
    for path in archive.glob("set*/*/data/original/public.tif"):
        os.truncate(path, 2_000_000_000)  # sparse: it takes seconds to read, and no room
    command = [sys.executable, "-m", "fixative.verify", archive, "--jobs", "2", "--quiet"]
    environment = {"PYTHONPATH": str(repository / "scripts")}
    program = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    os.kill(first_child(program.pid), signal.SIGKILL)
    printed, errors = program.communicate(timeout=60)

    assert (program.returncode, errors) == (2, "")
    assert printed.count("could not check: a process that checked was killed") == 3


def test_a_reader_that_goes_away_changes_no_status(archive, repository):
    flip_bit(archive / "set2/C/data/README.md")
    command = f'"{sys.executable}" -m fixative.verify "{archive}" | head -n 1; exit ${{PIPESTATUS[0]}}'

    run = subprocess.run(
        ["bash", "-c", command], env=os.environ | {"PYTHONPATH": str(repository / "scripts")}, capture_output=True
    )

    assert (run.returncode, run.stderr) == (1, b"")


def test_an_error_of_the_program_itself_does_not_look_like_damage(made, repository):
    command = f'"{sys.executable}" -m fixative.verify "{made.folder}" >&-'

    run = subprocess.run(
        ["bash", "-c", command],
        env=os.environ | {"PYTHONPATH": str(repository / "scripts")},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 2
    assert "Traceback" in run.stderr


def test_progress_is_for_a_terminal_only(archive, capsys):
    main([str(archive), "--quiet"])

    assert capsys.readouterr().err == ""


def test_the_lines_of_the_documentation_check_an_object_with_coreutils_alone(repository, made):
    text = (repository / "docs/verifying.md").read_text(encoding="utf-8")
    commands = [line[2:] for line in text.splitlines() if line.startswith(("$ sha", "$ find"))]

    runs = [subprocess.run(["bash", "-c", line], cwd=made.folder, capture_output=True) for line in commands]

    assert [(run.returncode, run.stdout, run.stderr) for run in runs] == [(0, b"", b"")] * 3


@pytest.mark.parametrize("damage", ["data/README.md", "bag-info.txt", "manifest-sha512.txt"])
def test_the_lines_of_the_documentation_find_a_flipped_bit(repository, made, tmp_path, damage):
    copy = unlock(shutil.copytree(made.folder, tmp_path / "A", copy_function=shutil.copy))
    flip_bit(copy / damage)
    text = (repository / "docs/verifying.md").read_text(encoding="utf-8")
    commands = [line[2:] for line in text.splitlines() if line.startswith("$ sha")]

    runs = [subprocess.run(["bash", "-c", line], cwd=copy, capture_output=True) for line in commands]

    assert any(run.returncode for run in runs)


def test_every_option_is_explained(repository, capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}

    text = Path(repository / "docs/verifying.md").read_text(encoding="utf-8")
    assert sorted(option for option in options if option not in text) == []
