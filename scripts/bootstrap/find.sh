#!/bin/sh
# Find objects of an archive by words: all must be there. Exit status: 0 found, 1 none, 2 it could not be looked for
# (make turns both into 2).
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

archive=$(absolute "${ARCHIVE:-$ROOT/example/archive}")
[ -d "$archive" ] || fail "no such archive: $archive"
[ -n "${Q:-}${ARGS:-}" ] || fail 'say what to look for: make find Q="GFP 63x 2024" ARCHIVE=/mnt/archive'
sh "$bootstrap/environment.sh" imaging
# What a person typed stays one word for the shell, quotes and all.
# shellcheck disable=SC2086  ARGS is several words on purpose
PYTHONPATH=$ROOT/scripts exec "$VENV/bin/python" -m fixative.catalogue find "$archive" ${ARGS:-} ${Q:+"$Q"}
