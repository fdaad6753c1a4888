#!/bin/sh
# Run one night, or (`nightly.sh cron`) print the crontab line that runs it every night.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

command=${1:-nightly}
[ -n "${WORK:-}" ] || fail "name the work folder: make $command WORK=/srv/fixative [CONFIGFILE=my.yaml]"
set -- --work "$(absolute "$WORK")"
[ -z "${CONFIGFILE:-}" ] || set -- "$@" --configfile "$(absolute "$CONFIGFILE")"
[ -z "${ARCHIVE:-}" ] || set -- "$@" --archive "$(absolute "$ARCHIVE")"
[ -z "${SHEET:-}" ] || set -- "$@" --sheet "$(absolute "$SHEET")"
if [ -n "${ROOTS:-}" ]; then
    if [ -d "$(absolute "$ROOTS")" ]; then
        set -- "$@" --root "$(absolute "$ROOTS")"
    else
        for root in $ROOTS; do
            set -- "$@" --root "$(absolute "$root")"
        done
    fi
fi

if [ "$command" = cron ]; then
    sh "$bootstrap/environment.sh" imaging
    # shellcheck disable=SC2086  ARGS is several words on purpose
    PYTHONPATH=$ROOT/scripts exec "$VENV/bin/python" -m fixative.nightly.cron "$@" ${AT:+--at "$AT"} ${ARGS:-}
fi
[ -z "${CORES:-}" ] || set -- "$@" --cores "$CORES"
# shellcheck disable=SC2086  ARGS is several words on purpose
exec sh "$ROOT/scripts/nightly.sh" "$@" ${ARGS:-}
