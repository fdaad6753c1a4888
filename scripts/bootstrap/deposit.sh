#!/bin/sh
# Make a package of one data set for a repository (`deposit`), or score what is known of it (`curate`).
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

target=$1
archive=$(absolute "${ARCHIVE:-$ROOT/example/archive}")
[ -d "$archive" ] || fail "no such archive: $archive"
[ -n "${DATASET:-}" ] || fail "name the data set: make $target DATASET=name ARCHIVE=$archive"
if [ "$target" = deposit ]; then
    [ -n "${REPOSITORY:-}" ] || fail "name the repository: make deposit REPOSITORY=zenodo DATASET=$DATASET"
fi
if [ -n "${WORK:-}" ]; then
    work=$(absolute "$WORK")
elif [ -z "${ARCHIVE:-}" ]; then
    work=$ROOT/example/work
else
    work=$(absolute fixative-deposit)
fi

set_up
mkdir -p "$work"
set -- "archive_root=$(quoted "$archive")" "dataset=$DATASET"
[ -z "${REPOSITORY:-}" ] || set -- "$@" "repository=$REPOSITORY"
[ -z "${TO:-}" ] || set -- "$@" "to=$(quoted "$(absolute "$TO")")"
[ -z "${SHEET:-}" ] || set -- "$@" "deposit={sheet: $(quoted "$(absolute "$SHEET")")}"
# shellcheck disable=SC2086  ARGS is several words on purpose
workflow "$target" --directory "$work" ${ARGS:-} --config "$@"
