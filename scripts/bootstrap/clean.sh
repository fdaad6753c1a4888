#!/bin/sh
# Remove the example, whose sealed objects are read-only, and what tools left behind.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

[ ! -d example ] || chmod -R u+w example
rm -rf example .mypy_cache .pytest_cache .ruff_cache .hypothesis .snakemake
find scripts workflow_tests -type d -name __pycache__ -prune -exec rm -rf {} +
