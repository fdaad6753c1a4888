#!/bin/sh
# Run the tests in the development environment, on two processors unless CORES says otherwise.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

sh "$bootstrap/environment.sh" dev
CORES=${CORES:-2}
set_up
# shellcheck disable=SC2086  ARGS is several words on purpose
exec "$VENV/bin/python" -m pytest -q -n "$CORES" ${ARGS:-}
