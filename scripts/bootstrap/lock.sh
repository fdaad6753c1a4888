#!/bin/sh
# Write the hash-pinned locks anew, then the conda file with the same versions.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

have uv || fail "make lock needs uv"
compile() {
    # One version of each package for every Python: what is tested is what is installed.
    uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links "$@"
}
compile pyproject.toml -o envs/imaging.lock.txt ${ARGS:-}
# The development lock is the other one and more: held by the constraint, relied on by environment.sh.
compile pyproject.toml --group dev --constraint envs/imaging.lock.txt -o envs/dev.lock.txt
"$(command -v python3.11 || command -v python3)" scripts/bootstrap/conda_file.py

# Environments of their own: the witness's, since it needs packages that are years older, and those of the converters
# that only `make bench` runs.
for name in aicsimageio bioio-conversion eubi-bridge; do
    compile "envs/$name.in" -o "envs/$name.lock.txt" ${ARGS:-}
done

# The plugin for Slurm, beside .venv: what it needs is there already, in a version that suits it, or this fails.
compile envs/slurm.in --constraint envs/imaging.lock.txt -o "${TMPDIR:-/tmp}/fixative-slurm.lock.txt"
rm "${TMPDIR:-/tmp}/fixative-slurm.lock.txt"
compile --no-deps envs/slurm.in -o envs/slurm.lock.txt ${ARGS:-}

{
    cat <<'YAML'
# aicsimageio as a witness, for users of conda and `snakemake --sdm conda`. Written by `make lock` from
# aicsimageio.lock.txt, which pins every package by its digest as well.
name: fixative-witness
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.11
  - pip
  - pip:
YAML
    # What is for other systems only carries a marker.
    sed -n '/sys_platform/d; s/^\([a-z0-9][a-z0-9.-]*==[^ ;]*\).*/      - \1/p' envs/aicsimageio.lock.txt
} >envs/aicsimageio.yaml
