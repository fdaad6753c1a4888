#!/bin/sh
# Make .slurm hold Snakemake's plugin for Slurm, of envs/slurm.lock.txt: beside .venv and on PYTHONPATH for Slurm runs
# only, since Snakemake imports every plugin that it finds at each of its starts (envs/slurm.in).
#
# Nothing is installed twice: a stamp, written last, bears the lock's digest.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

lock=$ROOT/envs/slurm.lock.txt
slurm=$ROOT/.slurm
stamp=$slurm/.lock-$({ sha256sum "$lock" 2>/dev/null || shasum -a 256 "$lock"; } | cut -c 1-16)

sh "$bootstrap/environment.sh" imaging
[ ! -e "$stamp" ] || exit 0
say "installing Snakemake's plugin for Slurm into .slurm (seconds, once)"
rm -rf "$slurm"
mkdir -p "$slurm/.tmp"
export TMPDIR="$slurm/.tmp"
{ have uv && uv pip install --quiet --no-deps --require-hashes --python "$VENV/bin/python" --target "$slurm" -r "$lock"; } ||
    "$VENV/bin/python" -m pip install -qq --no-deps --require-hashes --target "$slurm" -r "$lock" ||
    fail "the plugin could not be installed: see above. docs/installing.md tells how to install without a network."
mkdir "$slurm/step"
ln -s ../snakemake_executor_plugin_slurm_jobstep "$slurm/step/"
rm -rf "$slurm/.tmp"
: >"$stamp"
