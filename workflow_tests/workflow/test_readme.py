"""The README's commands work as they stand there."""

import csv
import os
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from fixative.example import make_storage
from fixative.example.storage import PEOPLE

NEEDED = ("Makefile", "Snakefile", "README.md", "pyproject.toml")
NEEDED_FOLDERS = ("config", "envs", "profiles", "rules", "scripts")


def commands(readme: Path) -> list[str]:
    """Every command of the README's console blocks, in order."""
    text = readme.read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return re.findall(r"^\$ (.*)$", "\n".join(blocks), re.MULTILINE)


def copy_of(repository: Path, folder: Path) -> Path:
    """A checkout of its own whose environment is the one that runs this test: nothing is installed."""
    checkout = folder / "fixative"
    checkout.mkdir()
    for name in NEEDED:
        shutil.copy(repository / name, checkout)
    for name in NEEDED_FOLDERS:
        shutil.copytree(repository / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    environment = checkout / ".venv"
    environment.mkdir()
    for entry in Path(sys.prefix).iterdir():
        if not entry.name.startswith("."):
            (environment / entry.name).symlink_to(entry)
    lock = (checkout / "envs" / "imaging.lock.txt").read_bytes()
    (environment / f".imaging-{sha256(lock).hexdigest()[:16]}").touch()
    return checkout


def write_own_sheet(checkout: Path, sample_id: str) -> None:
    """The sheet ``my.tsv``: one row of the example's, as a person would write it."""
    with make_storage(checkout / "example" / "storage").open(encoding="utf-8", newline="") as stream:
        rows = {row["sample_id"]: row for row in csv.DictReader(stream, dialect="excel-tab")}
    row = rows[sample_id]
    cells = (sample_id, f"example/storage/{row['source']}", row["dataset"], row["owner"])
    header = "sample_id\tsource\tdataset\towner\n"
    (checkout / "my.tsv").write_text(header + "\t".join(cells) + "\n", encoding="utf-8")


def environment() -> dict[str, str]:
    """The environment, without what a surrounding make or shell would say about another folder."""
    left_out = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PWD", "OLDPWD")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {"FIXATIVE_EXIFTOOL": shutil.which("exiftool") or "none"} | kept


def told_of(names: tuple[str, ...], archive: Path) -> list[str]:
    """Every file of an archive in which one of the names stands, in its bytes or in its path."""
    files = [path for path in sorted(archive.rglob("*")) if path.is_file()]
    spellings = [name.casefold().encode(encoding) for name in names for encoding in ("utf-8", "utf-16-le")]
    contents = {str(path.relative_to(archive)): path.read_bytes().lower() for path in files}
    return [
        f"{path}: {spelling!r}"
        for path, content in contents.items()
        for spelling in spellings
        if spelling in content + path.encode().lower()
    ]


def test_the_readme_has_the_two_commands_and_the_plain_one(repository):
    text = "\n".join(commands(repository / "README.md"))

    assert "make archive\n" in text
    assert "make archive SHEET=my.tsv ARCHIVE=/mnt/archive" in text
    assert "snakemake -s Snakefile" in text


def test_the_readme_explains_every_column_of_the_sheet(repository):
    from fixative.sheet import KNOWN

    text = (repository / "README.md").read_text(encoding="utf-8")

    assert [column for column in KNOWN if f"`{column}`" not in text] == []


def test_the_readme_explains_every_outcome(repository):
    from fixative.report.status import OUTCOMES

    text = (repository / "README.md").read_text(encoding="utf-8")

    assert [outcome for outcome in OUTCOMES if f"| `{outcome}` |" not in text] == []


@pytest.mark.slow
def test_the_readme_commands_work_one_after_another(repository, tmp_path):
    checkout = copy_of(repository, tmp_path)
    write_own_sheet(checkout, "mitosis")
    script = "\n".join(f"( set -x; {command} )" for command in commands(repository / "README.md"))
    script = script.replace("/mnt/archive", f"{tmp_path}/the archive".replace(" ", "\\ "))
    script = script.replace("/data/microscopes", "example/storage")

    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=checkout,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=400,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert (checkout / "example" / "work" / "results" / "reports" / "index.html").is_file()
    assert told_of(PEOPLE, checkout / "example" / "archive") == []
    assert (checkout / "fixative-scan" / "results" / "scan" / "samples.tsv").is_file()
