#!/bin/sh
# Run the tests in the development environment, on two processors unless CORES says otherwise.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

sh "$bootstrap/environment.sh" dev
CORES=${CORES:-2}
set_up
# shellcheck disable=SC2086  ARGS is several words on purpose
set -- -q -n "$CORES" ${ARGS:-}
# What was asked of this make must not reach a make that a test calls.
unset SHEET ARCHIVE WORK CORES POLICY ROOTS ARGS CALLED_FROM MAKEFLAGS MFLAGS MAKELEVEL
exec "$VENV/bin/python" -m pytest "$@"
