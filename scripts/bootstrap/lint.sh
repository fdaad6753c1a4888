#!/bin/sh
# Check style, types and the workflow; go through all of it before saying that something is wrong.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

sh "$bootstrap/environment.sh" dev
export PATH="$VENV/bin:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

check() {
    say "lint: $*"
    "$@" || status=1
}

check ruff check .
check ruff format --check .
check mypy --strict
check snakefmt --check Snakefile rules
printf 'sample_id\tsource\nlinted\tnone.tif\n' >"$work/samples.tsv"
check snakemake -s Snakefile --lint --directory "$work" --config "sheet=$(quoted "$work/samples.tsv")"
exit "$status"
