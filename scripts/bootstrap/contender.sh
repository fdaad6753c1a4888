#!/bin/sh
# Make .tools/NAME hold what envs/NAME.lock.txt names: contender.sh NAME. For programs that only `make bench` runs,
# each in an environment of its own, made from the Python that PYTHON names or else from that of .venv.
#
# Nothing is installed twice: a stamp, written last, bears the lock's digest.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

name=envs/$1.lock.txt
lock=$ROOT/$name
[ -f "$lock" ] || fail "no such lock: $name"
python=${PYTHON:-$VENV/bin/python}
contender=$TOOLS/$1
stamp=$contender/.lock-$({ sha256sum "$lock" 2>/dev/null || shasum -a 256 "$lock"; } | cut -c 1-16)

make_environment() {
    if "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        "$python" -m venv "$contender"
    else
        have uv && uv venv --quiet --seed --python "$python" "$contender"
    fi
}

# Compiled at once: the first run of a program must not pay for that.
install() {
    if have uv && uv pip install --quiet --no-deps --require-hashes --compile-bytecode \
        --python "$contender/bin/python" -r "$lock"; then
        return
    fi
    "$contender/bin/python" -m pip install -qq --no-deps --require-hashes -r "$lock"
}

if [ -e "$stamp" ] && "$contender/bin/python" -c '' 2>/dev/null; then
    exit 0
fi
say "making .tools/$1 for $name (a minute or two, once)"
{ rm -rf "$contender" && mkdir -p "$TOOLS"; } || fail ".tools/$1 could not be made anew"
make_environment || fail "an environment could not be made: this Python lacks venv and ensurepip"
install || fail "the packages of $name could not be installed (is there a network?)"
: >"$stamp"
