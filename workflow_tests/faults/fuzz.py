"""Fuzz the parsers that Fixative owns: each returns or refuses, within two seconds of CPU and 256 MB.

``python fuzz.py --seconds 900 --seed 1 --keep folder`` damages small files of every format anew until the time is
up, prints what broke, once for each place in the code, and leaves the shortest input of each in ``folder``.
"""

import argparse
import logging
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "scripts"), str(REPOSITORY / "workflow_tests")]

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402
from hypothesis import seed as seeded  # noqa: E402

from fixative.findings import RefusedSample  # noqa: E402
from mutants import corpus_seeds, mutants, seeds  # noqa: E402

LIMIT_S = 2.0
LIMIT_BYTES = 256 << 20
EXAMPLES = 40


class TooSlow(BaseException):
    """Not caught by anything but this program."""


def parsers(path: Path, key: str) -> list[Callable[[], object]]:
    """Calls of everything that reads a file of this kind."""
    from fixative.filesets import file_set
    from fixative.identify import FORMATS, identify
    from fixative.metadata.sidecars import sidecar_tree
    from fixative.structure import check_structure
    from fixative.vendor_sets import READER_KNOWS

    calls: list[Callable[[], object]] = [lambda: identify(path), lambda: sidecar_tree(path)]
    if key in FORMATS:
        calls.append(lambda: check_structure(path, key, [path]))
    if key in FORMATS and key not in READER_KNOWS:
        calls.append(lambda: file_set(path, key))
    if path.suffix == ".tif":
        calls += [lambda: _tags(path), lambda: _strictly(path)]
    if path.suffix == ".ome":
        calls.append(lambda: _inline(path))
    return calls


def _tags(path: Path) -> object:
    from fixative.metadata.tiff_tags import is_tiff, tiff_tree

    return tiff_tree(path) if is_tiff(path) else None


def _strictly(path: Path) -> object:
    from fixative.verify.tiff_structure import read_structure

    with path.open("rb") as stream:
        return read_structure(stream, most_planes=1000)


def _inline(path: Path) -> object:
    from fixative import ome_inline

    try:
        document = ome_inline.scan(path)
        blocks = [block for pixels in document.pixels for block in pixels.blocks]
        return [sum(map(len, ome_inline.decoded(path, block))) for block in blocks]
    except (ome_inline.BadData, ValueError) as error:
        # Documented: another reader has documents of several bytes a letter.
        if isinstance(error, ome_inline.BadData) or "UTF-16" in str(error) or "multi-byte" in str(error):
            return None
        raise


def bounded(call: Callable[[], object]) -> None:
    """Run a call; what is no documented refusal comes out."""

    def too_slow(*_: object) -> None:
        raise TooSlow(f"more than {LIMIT_S} s")

    signal.signal(signal.SIGPROF, too_slow)
    signal.setitimer(signal.ITIMER_PROF, LIMIT_S)
    try:
        call()
    except RefusedSample:
        pass
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def place_of(error: BaseException) -> str:
    """Where in Fixative it broke."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/fixative/" in frame.filename]
    last = f"{frames[-1].filename.partition('/scripts/')[2]}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} {last}"


class Fuzz:
    """A run: what broke, and the shortest input that shows it."""

    def __init__(self, folder: Path, keep: Path | None, examples: int = EXAMPLES) -> None:
        self.folder, self.keep, self.examples = folder, keep, examples
        self.tried = 0
        self.broken: dict[str, bytes] = {}

    def one(self, name: str, content: bytes, key: str) -> None:
        path = self.folder / name
        path.write_bytes(content)
        for call in parsers(path, key):
            self.tried += 1
            try:
                bounded(call)
            except (Exception, TooSlow) as error:  # noqa: BLE001  this is what is looked for
                self._keep(f"{name.rpartition('.')[2]} {place_of(error)}", error, content)

    def _keep(self, place: str, error: BaseException, content: bytes) -> None:
        known = self.broken.get(place)
        if known is None:
            print(f"BROKEN {place}: {str(error)[:150]}", flush=True)
        if known is None or len(content) < len(known):
            self.broken[place] = content
            if self.keep:
                self.keep.mkdir(parents=True, exist_ok=True)
                (self.keep / place.replace("/", "_").replace(" ", "__")).write_bytes(content)

    def batch(self, name: str, content: bytes, key: str, seed: int) -> None:
        @seeded(seed)
        @settings(
            max_examples=self.examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(mutants(content))
        def run(damaged: bytes) -> None:
            self.one(name, damaged, key)

        run()


def main() -> int:
    """Fuzz until the time is up; 1 where something broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10**9, help="of all files, where that is sooner")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="damaged copies of a file in a round")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--corpus", type=Path, default=REPOSITORY.parent / "shared" / "corpus")
    given_ = parser.parse_args()
    logging.disable(logging.CRITICAL)
    dice, end = random.Random(given_.seed), time.monotonic() + given_.seconds
    with tempfile.TemporaryDirectory(prefix="fixative-fuzz-") as scratch:
        folder = Path(scratch)
        found = {**(corpus_seeds(given_.corpus) if given_.corpus.is_dir() else {}), **seeds(folder)}
        fuzz = Fuzz(folder, given_.keep, given_.examples)
        for name, (content, key) in found.items():
            # Whole first: what is imported on the way does not count.
            fuzz.one(name, content, key)
        vm_pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = vm_pages * os.sysconf("SC_PAGE_SIZE") + LIMIT_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        names = sorted(found)
        rounds = 0
        while time.monotonic() < end and rounds < given_.rounds:
            rounds += 1
            dice.shuffle(names)
            for name in names:
                if time.monotonic() >= end:
                    break
                fuzz.batch(name, *found[name], dice.randrange(2**32))
    print(f"{fuzz.tried} calls on damaged copies of {len(found)} files: {len(fuzz.broken)} places broke")
    return 1 if fuzz.broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
