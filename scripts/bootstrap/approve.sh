#!/bin/sh
# Approve the plans of samples that wait for it. Exit status: that of fixative.approve (make turns any failure into 2).
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

work=$(work_folder)

sh "$bootstrap/environment.sh" imaging
# shellcheck disable=SC2086  ARGS and SAMPLES are several words on purpose
PYTHONPATH=$ROOT/scripts exec "$VENV/bin/python" -m fixative.approve --by-make --work "$work" \
    --approver "${APPROVER:-}" ${ARGS:-} -- ${SAMPLES:-}
