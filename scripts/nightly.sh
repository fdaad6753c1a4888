#!/bin/sh
# One night, for cron or systemd: scan, archive, audit, report; a summary of ten lines on standard output.
# Arguments: those of `python -m fixative.nightly`. Exit status: 0 all is well, 1 somebody has to look, 2 could not
# run, 75 another night is at work. See docs/nightly.md.
set -eu
bootstrap=$(dirname -- "$0")/bootstrap
. "$bootstrap/common.sh"

# What goes wrong before Python begins is the set-up: a night that could not run.
trap '[ $? = 0 ] || exit 2' EXIT
set_up
cd "$CALLED_FROM"
PYTHONPATH=$ROOT/scripts exec "$VENV/bin/python" -m fixative.nightly "$@"
