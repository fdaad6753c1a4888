#!/bin/sh
# Print the table of formats, or write docs/formats.md anew with ARGS=--markdown.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

sh "$bootstrap/environment.sh" imaging
# shellcheck disable=SC2086  ARGS is several words on purpose
PYTHONPATH=$ROOT/scripts exec "$VENV/bin/python" -m fixative.format_table ${ARGS:-}
