#!/bin/sh
# Check every object of an archive. Exit status: that of fixative.verify (make turns any failure into 2).
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

archive=$(absolute "${ARCHIVE:-$ROOT/example/archive}")
[ -d "$archive" ] || fail "no such archive: $archive"
sh "$bootstrap/environment.sh" imaging
cd "$archive"
set --
# <dataset>/<sample>: names without spaces by the sheet's rules; hidden folders are not objects.
for bag in ./*/*/bagit.txt; do
    [ ! -e "$bag" ] || set -- "$@" "${bag%/bagit.txt}"
done
[ $# -gt 0 ] || fail "no object in $archive"
# shellcheck disable=SC2086  ARGS is several words on purpose
PYTHONPATH=$ROOT/scripts exec "$VENV/bin/python" -m fixative.verify ${ARGS:-} "$@"
