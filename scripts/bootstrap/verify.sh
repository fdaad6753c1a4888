#!/bin/sh
# Check every object of an archive. Exit status: that of fixative.verify (make turns any failure into 2).
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

archive=$(absolute "${ARCHIVE:-$ROOT/example/archive}")
[ -e "$archive" ] || fail "no such archive: $archive"
sh "$bootstrap/environment.sh" imaging
# CORES processes: objects are many, and most of them small.
# shellcheck disable=SC2086  ARGS is several words on purpose
PYTHONPATH=$ROOT/scripts exec "$VENV/bin/python" -m fixative.verify --jobs "${CORES:-1}" ${ARGS:-} -- "$archive"
