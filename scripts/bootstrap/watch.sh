#!/bin/sh
# Watch the run in WORK, whoever started it and wherever its jobs are. Exit status: that of fixative.watch (make turns
# any failure into 2).
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

work=$(work_folder)

sh "$bootstrap/environment.sh" imaging
# shellcheck disable=SC2086  ARGS is several words on purpose
PYTHONPATH=$ROOT/scripts exec "$VENV/bin/python" -P -m fixative.watch ${ARGS:-} -- "$work"
