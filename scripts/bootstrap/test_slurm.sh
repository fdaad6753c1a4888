#!/bin/sh
# Run the tests that need a Slurm, on one of two nodes that is started for them and ended with them. As root on Debian
# or Ubuntu, Slurm and munge are installed where they are missing. Exit status: pytest's, or 3 without a Slurm.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
has_slurm() { have slurmctld && have slurmd && have munged && have sbatch; }

if ! has_slurm && [ "$(id -u)" = 0 ] && have apt-get; then
    say "installing Debian's slurm-wlm and munge"
    export DEBIAN_FRONTEND=noninteractive
    packages() { timeout 180 apt-get install -y -qq --no-install-recommends slurm-wlm munge; }
    { packages || { timeout 120 apt-get update -qq && packages; }; } >/dev/null 2>&1 || true
fi
has_slurm || fail "no Slurm here, and none to be had: install slurmctld, slurmd and munged (Debian: slurm-wlm, munge)"

sh "$bootstrap/environment.sh" dev
sh "$bootstrap/slurm.sh"
set_up
# shellcheck disable=SC2086  ARGS is several words on purpose
set -- -q ${ARGS:-}
# What was asked of this make must not reach a make that a test calls.
unset SHEET ARCHIVE WORK CORES POLICY ROOTS ARGS SLURM CALLED_FROM MAKEFLAGS MFLAGS MAKELEVEL
exec "$VENV/bin/python" workflow_tests/slurm/cluster.py "$VENV/bin/python" -m pytest workflow_tests/slurm "$@"
