#!/bin/sh
# Make .venv hold what a lock names: environment.sh imaging|dev
#
# Nothing is installed twice: a stamp in .venv bears the lock's digest. An environment that was left unfinished,
# or was made from another lock, is made anew: what a killed pip leaves looks installed and is not.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

unfinished=$VENV/.unfinished

digest() {
    { sha256sum "$1" 2>/dev/null || shasum -a 256 "$1"; } | cut -c 1-16
}

stamp() { printf '%s/.%s-%s\n' "$VENV" "$1" "$(digest "$ROOT/envs/$1.lock.txt")"; }

# 3.11 is what the tests run on; the newest come last, since not every reader has wheels for them yet.
find_python() {
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3 python3.14 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "no Python 3.11 or newer found (tried ${PYTHON:+$PYTHON, }python3.11 to python3.14, python3)." \
        "Install one, or name it: make archive PYTHON=/path/to/python3.11"
}

make_environment() {
    python=$(find_python)
    say "making .venv with $python"
    rm -rf "$VENV"
    mkdir -p "$VENV"
    : >"$unfinished"
    if "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        "$python" -m venv "$VENV"
    elif have uv; then
        uv venv --quiet --seed --allow-existing --python "$python" "$VENV"
    else
        fail "$python cannot make environments: its modules venv and ensurepip are missing." \
            "On Debian and Ubuntu they are the package python3-venv."
    fi
}

install() {
    say "installing the packages of envs/$1.lock.txt into .venv (a minute or two, once)"
    : >"$unfinished"
    # What a killed pip leaves lies where the next call removes it.
    mkdir -p "$VENV/.tmp"
    export TMPDIR="$VENV/.tmp"
    if have uv && uv pip install --quiet --no-deps --require-hashes --python "$VENV/bin/python" \
        -r "$ROOT/envs/$1.lock.txt"; then
        return
    fi
    "$VENV/bin/python" -m pip install -qq --no-deps --require-hashes -r "$ROOT/envs/$1.lock.txt" || fail \
        "the packages could not be installed: see above. Is there a network, and a wheel for" \
        "$("$VENV/bin/python" --version)? docs/installing.md tells how to install without a network."
}

is_stale() {
    [ -e "$unfinished" ] && return 0
    "$VENV/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || return 0
    for lock in imaging dev; do
        current=$(stamp "$lock")
        for found in "$VENV/.$lock"-*; do
            [ ! -e "$found" ] || [ "$found" = "$current" ] || return 0
        done
    done
    return 1
}

[ ! -e "$(stamp "$1")" ] || is_stale || exit 0
! is_stale || make_environment
install "$1"
: >"$(stamp "$1")"
# The development lock holds everything that the other one does (a test sees to it).
[ "$1" != dev ] || : >"$(stamp imaging)"
rm -rf "$VENV/.tmp" "$unfinished"
sh "$bootstrap/java_cache.sh"
