# What the set-up scripts share; sourced, with `bootstrap` naming the folder of the script that runs.

ROOT=$(CDPATH='' cd -- "$bootstrap/../.." && pwd)
CALLED_FROM=${CALLED_FROM:-$PWD}
VENV=$ROOT/.venv
TOOLS=$ROOT/.tools
cd "$ROOT"

# Modules of the caller's own environment must not reach ours.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV CONDA_PREFIX PIP_TARGET PIP_PREFIX
export PYTHONNOUSERSITE=1 PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

# An account without a home folder of its own (a service, a container): caches stay in the checkout.
if [ ! -d "${HOME:-}" ] || [ ! -w "${HOME:-}" ]; then
    mkdir -p "$TOOLS/home"
    export HOME="$TOOLS/home" XDG_CACHE_HOME="$TOOLS/home/.cache"
fi

say() { printf 'fixative: %s\n' "$*" >&2; }

fail() {
    say "$@"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# A path as the caller meant it: relative to where make was called.
absolute() {
    case $1 in
        /*) printf '%s\n' "$1" ;;
        .) printf '%s\n' "$CALLED_FROM" ;;
        ./*) printf '%s\n' "$CALLED_FROM/${1#./}" ;;
        "~") printf '%s\n' "$HOME" ;;
        "~/"*) printf '%s\n' "$HOME/${1#"~/"}" ;;
        *) printf '%s\n' "$CALLED_FROM/$1" ;;
    esac
}

# The work folder that a verb looks into: WORK, that of SHEET, or the example's. It must be there.
work_folder() {
    if [ -n "${WORK:-}" ]; then
        folder=$(absolute "$WORK")
    elif [ -n "${SHEET:-}" ]; then
        folder=$(absolute "$SHEET")
        folder=${folder%.*}.work
    else
        folder=$ROOT/example/work
    fi
    [ -d "$folder" ] || fail "no such work folder: $folder"
    printf '%s\n' "$folder"
}

# A text as YAML takes it literally: Snakemake reads the values of --config as YAML, after it has stripped
# quotes from both ends; the spaces keep ours.
quoted() { printf " '%s' \n" "$(printf '%s' "$1" | sed "s/'/''/g")"; }

# Processors to use: what the caller asked for, else all this process may use.
cores() {
    if [ -n "${CORES:-}" ]; then
        printf '%s\n' "$CORES"
    else
        nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
    fi
}

# Everything that a run of the workflow needs; `snakemake` below then works.
set_up() {
    [ -z "${SLURM:-}" ] || have sbatch || fail "SLURM=1 is for a machine that jobs are submitted from: no sbatch here"
    sh "$bootstrap/environment.sh" imaging
    # Made already, unless Java, its jar or our own code has changed since.
    sh "$bootstrap/java_cache.sh"
    FIXATIVE_EXIFTOOL=$(sh "$bootstrap/exiftool.sh")
    # None to be had: the variable stays unset, and the records say that exiftool was absent.
    if [ -n "$FIXATIVE_EXIFTOOL" ]; then export FIXATIVE_EXIFTOOL; else unset FIXATIVE_EXIFTOOL; fi
    export PATH="$VENV/bin:$PATH"
}

workflow() {
    if [ -n "${SLURM:-}" ]; then
        sh "$bootstrap/slurm.sh"
        on_slurm "$@"
    else
        "$VENV/bin/python" -m snakemake -s "$ROOT/Snakefile" --cores "$(cores)" "$@"
    fi
}

# With SLURM=1. slurmdbd, where a cluster has it, forgets no job: sacct asks it, squeue asks Slurm itself. The node's
# processes need a part of the plugin only: the whole of it loads pandas at each of their starts.
on_slurm() {
    status=squeue
    ! sacct -n -X >/dev/null 2>&1 || status=sacct
    PYTHONPATH=$ROOT/.slurm "$VENV/bin/python" -m snakemake -s "$ROOT/Snakefile" \
        --workflow-profile "$ROOT/profiles/slurm" --slurm-status-command "$status" \
        --precommand "export PYTHONPATH='$ROOT/.slurm/step'" ${CORES:+--cores "$CORES"} "$@"
}
