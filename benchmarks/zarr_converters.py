"""The converters to OME-Zarr that are measured, each in an environment of its own: bioio-convert and eubi.

They are installed when they are measured, from a lock of their own; where that cannot be done, they are not measured,
and the result says why.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from contenders import ENVIRONMENT, PROJECT, discard
from measuring import CommandFailed, Usage, measure
from results import Contender
from zarr_stores import described

LEVELS, TILE, THREADS = 3, 512, 2


@dataclass(frozen=True)
class Converter:
    """A program, and how it is asked for the pyramid that the other contenders write."""

    program: str
    package: str
    lock: str
    """Name in envs/."""
    into: str
    """Option that names the folder to write into."""
    before: tuple[str, ...] = ()
    """Arguments before the source."""
    options: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    how: str = ""
    """What a reader of the result must know of the way it works."""

    @property
    def name(self) -> str:
        """As it stands in the results."""
        return f"{self.program}, OME-Zarr, {LEVELS} levels"


CONVERTERS = (
    Converter(
        program="bioio-convert",
        package="bioio-conversion",
        lock="bioio-conversion",
        into="--destination",
        options=("--num-levels", str(LEVELS), "--chunk-shape", f"1,1,1,{TILE},{TILE}"),
        # It has no option for either; asked for a chunk shape, it writes from one process, the image in memory.
        variables={"DASK_NUM_WORKERS": str(THREADS), "ZARR_THREADING__MAX_WORKERS": str(THREADS)},
        how=f"levels of every second pixel, no mean; one process, {THREADS} threads",
    ),
    Converter(
        program="eubi to_zarr",
        package="eubi-bridge-lite",
        lock="eubi-bridge",
        into="--output_path",
        before=("to_zarr",),
        options=(
            *(f"--n_layers={LEVELS}", "--z_scale_factor=1", "--auto_chunk=False"),
            *("--time_chunk=1", "--channel_chunk=1", "--z_chunk=1", f"--y_chunk={TILE}", f"--x_chunk={TILE}"),
            *("--max_processes=1", f"--max_threads={THREADS}", f"--decode_threads={THREADS}"),
        ),
        how=f"levels of every second pixel, no mean; one process beside its own, {THREADS} threads",
    ),
)


@dataclass(frozen=True)
class Environment:
    """Where the programs of a lock are, or why they are not there."""

    programs: Path
    missing: str = ""


@cache
def environment(lock: str) -> Environment:
    """The environment of a lock, made now if it is not there; asked for once in a run."""
    programs = PROJECT / ".tools" / lock / "bin"
    print(f"  looks for {lock}, or installs it", flush=True)
    done = subprocess.run(
        ["sh", PROJECT / "scripts/bootstrap/contender.sh", lock],
        env={**os.environ, "PYTHON": sys.executable},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode == 0:
        return Environment(programs)
    print(done.stderr, flush=True)
    # Its own words alone: those of other programs hold paths of this machine.
    reasons = re.findall(r"^fixative: (.+)", done.stderr, flags=re.MULTILINE)
    return Environment(programs, reasons[-1] if reasons else f"exit status {done.returncode}")


def version_in(lock: str, package: str) -> str:
    """Version of a package as a lock pins it."""
    text = (PROJECT / "envs" / f"{lock}.lock.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(package)}==(\S+)", text, flags=re.MULTILINE)
    return found[1] if found else "of unknown version"


class ZarrConversions:
    """Conversions of one source to OME-Zarr, and what a result says of them.

    Parameters
    ----------
    source, shape
        An image, and its C, Z, Y and X.
    folder
        Where to write; emptied before and after each run.
    converters
        Which programs.
    """

    def __init__(
        self,
        source: Path,
        shape: tuple[int, ...],
        folder: Path,
        converters: tuple[Converter, ...] = CONVERTERS,
    ) -> None:
        self._source, self._shape, self._folder = source, shape, folder
        self._said: dict[str, str] = {}
        self.contenders: dict[str, Contender] = {}
        """By name, those that are installed."""
        self.programs: dict[str, str] = {}
        """The same names to the programs'."""
        for converter in converters:
            found = environment(converter.lock)
            if found.missing:
                self._said[converter.name] = f"not measured: {converter.package}: {found.missing}"
                continue
            self.contenders[converter.name] = partial(self._convert, converter, found.programs)
            self.programs[converter.name] = converter.program

    def notes(self) -> list[str]:
        """What each converter wrote, or why it was not measured."""
        said = list(self._said.values())
        if any(name in self._said for name in self.contenders):
            said.append(
                "the converters to OME-Zarr digest nothing and read nothing back; the benchmark looks, outside the "
                "time, whether every level and chunk is there"
            )
        return said

    def _convert(self, converter: Converter, programs: Path) -> Usage:
        discard(self._folder)
        target = self._folder / "converted"
        target.mkdir(parents=True)
        program = programs / converter.program.split()[0]
        command: list[str | Path] = [program, *converter.before, self._source, converter.into, target]
        # A person's own settings of eubi must not count.
        variables = {**ENVIRONMENT, "EUBI_CONFIG_DIR": str(self._folder / "settings"), **converter.variables}
        try:
            usage = measure([*command, *converter.options], environment=variables, log=self._folder / "output.txt")
            wrote = described(target, self._shape, levels=LEVELS, tile=TILE)
        except CommandFailed as problem:
            why = str(problem).splitlines()[0].removeprefix(f"{program}: ")
            self._said[converter.name] = f"not measured: {converter.package} failed: {why}"
            raise
        finally:
            discard(self._folder)
        version = version_in(converter.lock, converter.package)
        self._said[converter.name] = f"{converter.program} ({converter.package} {version}): {wrote}; {converter.how}"
        return usage
