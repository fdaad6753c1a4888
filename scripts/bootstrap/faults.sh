#!/bin/sh
# Kill runs and flip bits, as often as is asked for: KILLS and FLIPS; ARCHIVE, or ARGS=--corpus, for whose objects are
# flipped, and ARGS=--tell to have the file of each flip named.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

sh "$bootstrap/environment.sh" dev
set_up
faults=$ROOT/workflow_tests/faults
status=0
set -- --flips "${FLIPS:-1000}"
[ -z "${ARCHIVE:-}" ] || set -- "$@" --archive "$(absolute "$ARCHIVE")"
# shellcheck disable=SC2086  ARGS is several words on purpose
"$VENV/bin/python" "$faults/flip_many.py" "$@" ${ARGS:-} || status=1
# What was asked of this make must not reach the runs.
unset ARCHIVE SHEET WORK POLICY ROOTS ARGS CALLED_FROM MAKEFLAGS MFLAGS MAKELEVEL
"$VENV/bin/python" "$faults/kill_many.py" --kills "${KILLS:-200}" || status=1
exit "$status"
