#!/bin/sh
# Run one of the project's own programs in the development environment: develop.sh PROGRAM
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

[ -f "$ROOT/$1" ] || fail "not there yet: $1"
sh "$bootstrap/environment.sh" dev
set_up
# shellcheck disable=SC2086  ARGS is several words on purpose
PYTHONPATH=$ROOT/scripts exec "$VENV/bin/python" "$ROOT/$1" ${ARGS:-}
