#!/bin/sh
# Archive the example storage, or the samples of SHEET into ARCHIVE. Exit status: the workflow's.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

if [ -n "${SHEET:-}" ] && [ -n "${ARCHIVE:-}" ]; then
    sheet=$(absolute "$SHEET")
    [ -f "$sheet" ] || fail "no such sheet: $sheet"
    archive=$(absolute "$ARCHIVE")
    name=${sheet##*/}
    work=$(absolute "${WORK:-${sheet%/*}/${name%.*}.work}")
elif [ -n "${SHEET:-}${ARCHIVE:-}" ]; then
    fail "SHEET and ARCHIVE go together: make archive SHEET=my.tsv ARCHIVE=/mnt/archive"
fi

policy=${POLICY:-facility}
case $policy in *.yaml | *.yml) policy=$(absolute "$policy") ;; esac

set_up

if [ -z "${SHEET:-}" ]; then
    sheet=$(PYTHONPATH=$ROOT/scripts "$VENV/bin/python" -m fixative.example "$ROOT/example/storage")
    archive=$ROOT/example/archive
    work=$(absolute "${WORK:-$ROOT/example/work}")
fi

mkdir -p "$work"
status=0
# shellcheck disable=SC2086  ARGS is several words on purpose
workflow --directory "$work" ${ARGS:-} --config "sheet=$(quoted "$sheet")" \
    "archive_root=$(quoted "$archive")" "privacy_policy=$(quoted "$policy")" ${ONLY:+"only=$(quoted "$ONLY")"} || status=$?

printf '\nobjects   %s\n' "$archive"
printf 'report    %s\n' "$work/results/reports/index.html"
printf 'table     %s\n' "$work/results/reports/batch.tsv"
[ "$status" = 0 ] || say "not every sample was sealed: the report says which and why; run again to retry those"
exit "$status"
