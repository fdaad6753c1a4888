"""Flip single bits of sealed objects, one at a time, and see that each is found, with the file named.

``python flip_many.py --archive folder --flips 1000 --seed 1``. The archive is copied first; a bit is chosen with
equal chance among all bits of all objects, flipped, looked for, and flipped back. With ``--corpus`` (a folder; or
shared/corpus beside the project) the archive is made of real files first, by the whole pipeline; with neither, two
objects are made of small images. Each flip is looked for by the check of the bag, every twentieth by the whole
program too. ``--tell`` names the file of each.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "scripts"), str(REPOSITORY / "workflow_tests")]

from fixative.verify.bag import bag_findings  # noqa: E402
from fixative.verify.bag_files import read_bag  # noqa: E402
from fixative.verify.object import profile_findings, verify_object  # noqa: E402

WHOLE_PROGRAM_EVERY = 20


@dataclass(frozen=True)
class Flip:
    """One bit of one file."""

    object: Path
    name: str
    at: int
    bit: int

    def do(self) -> None:
        with (self.object / self.name).open("r+b") as stream:
            stream.seek(self.at)
            byte = stream.read(1)[0]
            stream.seek(self.at)
            stream.write(bytes([byte ^ (1 << self.bit)]))

    def __str__(self) -> str:
        return f"{self.object.parent.name}/{self.object.name}/{self.name} byte {self.at} bit {self.bit}"


def objects_of(archive: Path) -> list[Path]:
    """Every object below an archive root."""
    return sorted(path.parent for path in archive.glob("*/*/bagit.txt"))


def flips(objects: list[Path], count: int, seed: int) -> Iterator[Flip]:
    """Choose bits, each with the same chance."""
    files = [(folder, path) for folder in objects for path in sorted(folder.rglob("*")) if path.is_file()]
    sizes = [path.stat().st_size for _, path in files]
    dice = random.Random(seed)
    for folder, path in dice.choices(files, weights=sizes, k=count):
        yield Flip(
            folder, path.relative_to(folder).as_posix(), dice.randrange(path.stat().st_size), dice.randrange(8)
        )


def found_by_bag(flip: Flip) -> bool:
    """Whether the check of the bag tells of it, and names the file."""
    bag, _ = read_bag(flip.object)
    names = {path.name for path in flip.object.iterdir()}
    findings = [*bag_findings(flip.object), *profile_findings(flip.object, bag, names)]
    return any(flip.name in finding.message for finding in findings)


def found_by_program(flip: Flip) -> bool:
    """Whether the whole program tells of it, and names the file."""
    return any(flip.name in finding.message for finding in verify_object(flip.object).findings)


def run(archive: Path, count: int, seed: int, tell: bool = False) -> tuple[int, list[str]]:
    """Flip ``count`` bits of a copy of an archive; how many were found, and what was not."""
    missed, found = [], 0
    with tempfile.TemporaryDirectory(prefix="fixative-flips-") as scratch:
        copy = Path(scratch) / "archive"
        shutil.copytree(archive, copy, ignore=shutil.ignore_patterns(".*"))
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        objects = objects_of(copy)
        if not objects:
            raise SystemExit(f"no object in {archive}")
        for number, flip in enumerate(flips(objects, count, seed)):
            flip.do()
            whole = number % WHOLE_PROGRAM_EVERY == 0
            seen = found_by_bag(flip) and (not whole or found_by_program(flip))
            flip.do()
            found += seen
            if tell:
                print(f"{'found' if seen else 'MISSED'}: {flip}", flush=True)
            if not seen:
                missed.append(str(flip))
        spoilt = [str(folder) for folder in objects if bag_findings(folder)]
    return found, missed + [f"not whole any more: {folder}" for folder in spoilt]


def made_archive(folder: Path) -> Path:
    """An archive of two small objects."""
    from objects import make_object

    for sample in "AB":
        make_object(folder, sample)
    return folder / "archive"


def corpus_archive(folder: Path, corpus: Path, most_mb: float) -> Path:
    """An archive of the files of a corpus up to a size, made by the pipeline; what that refuses is not in it."""
    import corpus_table

    rows = [row for row in corpus_table.catalogue(corpus) if _size_of(corpus / row["path"]) <= most_mb * 1e6]
    corpus_table.write_sheet(rows, corpus, folder / "samples.tsv")
    command = [
        *(sys.executable, "-m", "snakemake", "-s", str(REPOSITORY / "Snakefile"), "--cores", "2"),
        *("--directory", str(folder / "work"), "--config", f"sheet={folder / 'samples.tsv'}"),
        *(f"archive_root={folder / 'archive'}", "privacy_policy=facility"),
    ]
    with (folder / "output.txt").open("wb") as output:
        # Its exit status is 1 where a sample is refused: the corpus holds damaged files, too.
        subprocess.run(command, stdout=output, stderr=output, check=False)
    print(f"{len(rows)} files of the corpus, {len(objects_of(folder / 'archive'))} objects sealed", flush=True)
    return folder / "archive"


def _size_of(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def main() -> int:
    """Flip, print the number; 1 where one was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--corpus", type=Path, nargs="?", const=REPOSITORY.parent / "shared/corpus")
    parser.add_argument("--most-mb", type=float, default=3, help="of a file of the corpus")
    parser.add_argument("--tell", action="store_true", help="name the file of each flip")
    parser.add_argument("--flips", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20261121)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fixative-made-") as scratch:
        if asked.corpus and not asked.corpus.is_dir():
            raise SystemExit(f"no such corpus: {asked.corpus}")
        archive = asked.archive or (
            corpus_archive(Path(scratch), asked.corpus, asked.most_mb)
            if asked.corpus
            else made_archive(Path(scratch))
        )
        objects = len(objects_of(archive))
        found, missed = run(archive, asked.flips, asked.seed, asked.tell)
        _writable(Path(scratch))
    for line in missed:
        print(f"missed: {line}")
    print(f"flips: {found} of {asked.flips} found, each with its file named ({objects} objects, seed {asked.seed})")
    return 0 if found == asked.flips and not missed else 1


def _writable(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


if __name__ == "__main__":
    raise SystemExit(main())
