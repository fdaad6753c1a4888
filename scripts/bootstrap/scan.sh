#!/bin/sh
# Walk the folders ROOTS (one, or several separated by spaces) and write a sample sheet.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

[ -n "${ROOTS:-}" ] || fail 'name the folders to walk: make scan ROOTS="/data/one /data/two"'
roots=
if [ -d "$(absolute "$ROOTS")" ]; then
    roots=$(quoted "$(absolute "$ROOTS")")
else
    for root in $ROOTS; do
        folder=$(absolute "$root")
        [ -d "$folder" ] || fail "no such folder: $folder"
        roots=${roots:+$roots, }$(quoted "$folder")
    done
fi
work=$(absolute "${WORK:-fixative-scan}")
set_up
mkdir -p "$work"
set -- "source_roots=[$roots]"
[ -z "${ARCHIVE:-}" ] || set -- "$@" "archive_root=$(quoted "$(absolute "$ARCHIVE")")"
# shellcheck disable=SC2086  ARGS is several words on purpose
workflow scan --directory "$work" ${ARGS:-} --config "$@"
printf '\nsheet     %s\n' "$work/results/scan/samples.tsv"
