"""Write ``envs/imaging.yaml``: the packages that pyproject.toml names, in the versions of the lock."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAD = """\
# For users of conda: `conda env create -f envs/imaging.yaml`. Written by `make lock` from pyproject.toml and
# imaging.lock.txt. The lock pins every package by its digest, this file only those Fixative itself names.
name: fixative
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.11
  - pip
  - exiftool
  - pip:
"""


def conda_file(root: Path) -> str:
    """Text of the conda file that fits the project and the lock under ``root``."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (root / "envs" / "imaging.lock.txt").read_text(encoding="utf-8")
    pinned: dict[str, str] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock, flags=re.MULTILINE):
        # Where the version depends on the Python, the first is for the oldest: for `python=3.11`.
        pinned.setdefault(name, version)
    names = _names(project["project"]["dependencies"])
    return HEAD + "".join(f"      - {name}=={pinned[name]}\n" for name in names)


def _names(needs: list[str]) -> list[str]:
    """Normalised names of requirements, without their versions."""
    return sorted(re.split(r"[^A-Za-z0-9._-]", need)[0].lower().replace("_", "-") for need in needs)


if __name__ == "__main__":
    (ROOT / "envs" / "imaging.yaml").write_text(conda_file(ROOT), encoding="utf-8")
