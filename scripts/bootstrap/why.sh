#!/bin/sh
# Tell one sample's history: SAMPLE=name [WORK=dir].
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

[ -n "${SAMPLE:-}" ] || fail "name the sample: make why SAMPLE=name [WORK=dir]"
work=$(work_folder)

sh "$bootstrap/environment.sh" imaging
PYTHONPATH=$ROOT/scripts exec "$VENV/bin/python" -m fixative.why --work "$work" -- "$SAMPLE"
