#!/bin/sh
# Check (`audit`) the sealed objects and copies that are due, restore (`repair`) damaged ones from good copies, or copy
# (`replicate`) to the replicas what they lack.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

target=$1
archive=$(absolute "${ARCHIVE:-$ROOT/example/archive}")
[ -d "$archive" ] || fail "no such archive: $archive"
if [ -n "${WORK:-}" ]; then
    work=$(absolute "$WORK")
elif [ -z "${ARCHIVE:-}" ]; then
    work=$ROOT/example/work
else
    fail "name the work folder that the archive was filled from: make $target ARCHIVE=$archive WORK=dir"
fi

set_up
mkdir -p "$work"
# shellcheck disable=SC2086  ARGS is several words on purpose
workflow "$target" --directory "$work" ${ARGS:-} --config "archive_root=$(quoted "$archive")"
