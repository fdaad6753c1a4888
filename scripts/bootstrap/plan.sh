#!/bin/sh
# Say what the privacy policy would do to each key of the metadata of SHEET's samples; nothing is archived.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

[ -n "${SHEET:-}" ] || fail "name the sheet: make plan SHEET=my.tsv"
sheet=$(absolute "$SHEET")
[ -f "$sheet" ] || fail "no such sheet: $sheet"
name=${sheet##*/}
work=$(absolute "${WORK:-${sheet%/*}/${name%.*}.work}")
archive=$work/archive
[ -z "${ARCHIVE:-}" ] || archive=$(absolute "$ARCHIVE")

policy=${POLICY:-facility}
case $policy in *.yaml | *.yml) policy=$(absolute "$policy") ;; esac

set_up
mkdir -p "$work"
# shellcheck disable=SC2086  ARGS is several words on purpose
workflow sanitise_plan --directory "$work" ${ARGS:-} --config "sheet=$(quoted "$sheet")" \
    "archive_root=$(quoted "$archive")" "privacy_policy=$(quoted "$policy")"
printf '\nplans     %s\n' "$work/results/plans"
printf 'summary   %s\n' "$work/results/reports/sanitise_plan.tsv"
