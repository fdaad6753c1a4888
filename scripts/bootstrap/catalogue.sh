#!/bin/sh
# Make the catalogue of an archive anew from its objects.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

archive=$(absolute "${ARCHIVE:-$ROOT/example/archive}")
[ -d "$archive" ] || fail "no such archive: $archive"
if [ -n "${WORK:-}" ]; then
    work=$(absolute "$WORK")
elif [ -z "${ARCHIVE:-}" ]; then
    work=$ROOT/example/work
else
    fail "name a work folder, for the log: make catalogue ARCHIVE=$archive WORK=dir"
fi

set_up
mkdir -p "$work"
# shellcheck disable=SC2086  ARGS is several words on purpose
workflow catalogue --directory "$work" ${ARGS:-} --config "archive_root=$(quoted "$archive")"
