"""Single steps of the chain, to be measured by themselves."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from contenders import PROJECT, Batch, own_program
from measuring import Usage


def prepared(folder: Path, source: Path, *, until: str = "sanitise_metadata", **config: Any) -> Path:
    """Take one sample through the chain up to and with a step; returns the work folder."""
    batch = Batch(folder).write({"S1": source})
    texts = {name: json.dumps(value) for name, value in config.items()}
    batch.run("--until", until, config=texts)
    settings = yaml.safe_load((PROJECT / "config/config.yaml").read_text(encoding="utf-8"))
    settings |= {"sheet": str(batch.sheet), "archive_root": str(batch.archive)}
    for name, value in config.items():
        settings[name] = {**settings[name], **value} if isinstance(value, dict) else value
    (batch.work / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    return batch.work


def run_step(work: Path, step: str, *, threads: int = 2) -> Usage:
    """Measure one step of a prepared sample, its process's start and imports included."""
    return own_program("run_step.py", work, step, str(threads), log=work / "step.txt")


def staged_bytes(work: Path) -> int:
    """Size of the file that the conversion has written."""
    return sum(path.stat().st_size for path in work.glob("results/staging/*/*.ome.tiff"))


def verify_image(work: Path, *, secrets: int) -> Usage:
    """Read a sample's written file back, with a search for that many values; ``parts``: bytes read, bytes of it."""
    log = work / "read_back.txt"
    usage = own_program("read_back.py", work, str(secrets), log=log)
    return replace(usage, parts=json.loads(log.read_text(encoding="utf-8")))
