#!/bin/sh
# Make .witness: aicsimageio in an environment of its own, which the witness reads with (envs/aicsimageio.in says why).
#
# Nothing is installed twice: a stamp, written last, bears the lock's digest. What was left unfinished, or was made from
# another lock, is made anew.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

lock=$ROOT/envs/aicsimageio.lock.txt
witness=$ROOT/.witness
stamp=.lock-$({ sha256sum "$lock" 2>/dev/null || shasum -a 256 "$lock"; } | cut -c 1-16)

# The lock holds for these two: lxml 4.9, which aicsimageio demands, has no wheels for later ones.
find_python() {
    for candidate in ${PYTHON:-} python3.11 python3.12 python3 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "aicsimageio needs Python 3.11 or 3.12, and there is none (tried ${PYTHON:+$PYTHON, }python3.11, python3.12," \
        "python3). Fixative archives without it; name one to have this witness: make witness PYTHON=/path/to/python3.11"
}

works() {
    "$witness/bin/python" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null
}

make_environment() {
    if "$1" -c 'import venv, ensurepip' 2>/dev/null; then
        "$1" -m venv "$2"
    elif have uv; then
        uv venv --quiet --seed --python "$1" "$2"
    else
        fail "$1 cannot make environments: its modules venv and ensurepip are missing." \
            "On Debian and Ubuntu they are the package python3-venv."
    fi
}

install() {
    if have uv && uv pip install --quiet --no-deps --require-hashes --python "$1/bin/python" -r "$lock"; then
        return
    fi
    "$1/bin/python" -m pip install -qq --no-deps --require-hashes -r "$lock" || fail \
        "aicsimageio could not be installed: see above. Is there a network? docs/installing.md tells how to install" \
        "without one."
}

if [ -e "$witness/$stamp" ] && works; then
    say "the witness environment is there: .witness"
    exit 0
fi
python=$(find_python)
say "making .witness with $python, for envs/aicsimageio.lock.txt (a minute or two, once)"
rm -rf "$witness"
mkdir -p "$witness/.tmp"
export TMPDIR="$witness/.tmp"
make_environment "$python" "$witness"
install "$witness"
"$witness/bin/python" -c 'import aicsimageio' || fail "aicsimageio is installed and cannot be imported: see above"
rm -rf "$witness/.tmp"
: >"$witness/$stamp"
say "the witness environment is ready: .witness"
