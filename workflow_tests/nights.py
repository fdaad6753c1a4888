"""Nights as cron would run them, on a clock that moves: a storage, a work folder and an archive below one folder."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from pipeline import REPOSITORY

DAY_S = 86400
CLOCK = REPOSITORY / "workflow_tests/moving_clock"


@dataclass(frozen=True)
class Told:
    """What a night has said, and the record that it left."""

    status: int
    stdout: str
    stderr: str
    record: dict[str, object]

    def line(self, name: str) -> str:
        """One line of the summary, by its first word; empty where there is none."""
        found = [line for line in self.stdout.splitlines() if line.split(" ")[0] == name]
        return found[0].removeprefix(name).strip() if found else ""


class Nights:
    """A storage, and the nights over it."""

    def __init__(self, folder: Path) -> None:
        self.storage, self.work, self.archive = folder / "storage", folder / "work", folder / "archive"
        self.storage.mkdir(parents=True)
        self.day = 1
        self.config = {"verify": "{witness: none}", "audit": "{full: true}"}

    @property
    def now(self) -> float:
        """What the clock of this day says."""
        return time.time() + self.day * DAY_S

    def tiff(self, name: str, *, seed: int = 0, age_s: float = 7200, keep: float = 1.0) -> Path:
        """A small stack, written some seconds before this day's night; or only the first part of it."""
        path = self.storage / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 4000, (2, 24, 24), dtype=np.uint16)
        tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": "ZYX"})
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
        os.utime(path, (self.now - age_s,) * 2)
        return path

    def sample(self, name: str) -> str:
        """How the scan calls a file."""
        return f"{Path(name).stem}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"

    def object(self, name: str) -> Path:
        """The object of a file that lies in a folder of the storage."""
        return self.archive / Path(name).parts[0] / self.sample(name)

    def command(self, **config: str) -> list[str]:
        pairs = [part for key, value in {**self.config, **config}.items() for part in ("--config", f"{key}={value}")]
        return [
            *(sys.executable, "-m", "fixative.nightly", "--work", str(self.work), "--archive", str(self.archive)),
            *("--root", str(self.storage), "--cores", "2", *pairs),
        ]

    @property
    def environment(self) -> dict[str, str]:
        path = os.pathsep.join(map(str, (CLOCK, REPOSITORY / "scripts")))
        return {**os.environ, "PYTHONPATH": path, "MOVED_BY_S": str(self.day * DAY_S)}

    def night(self, **config: str) -> Told:
        """Run this day's night to its end; the next one is a day later."""
        done = subprocess.run(
            self.command(**config), capture_output=True, encoding="utf-8", env=self.environment, cwd=self.storage
        )
        self.day += 1
        return Told(done.returncode, done.stdout, done.stderr, self.records()[-1])

    def killed_night(self, until: Path) -> Told:
        """Kill this day's night, with all that it has started, as soon as a file is there."""
        process = subprocess.Popen(
            self.command(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.environment,
            start_new_session=True,
        )
        while not until.exists() and process.poll() is None:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.day += 1
        return Told(process.returncode, "", "", self.records()[-1])

    def records(self) -> list[dict[str, object]]:
        """The records of all nights, the latest last."""
        return [json.loads(path.read_text()) for path in sorted((self.work / "results/nights").glob("2*.json"))]
