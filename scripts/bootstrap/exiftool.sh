#!/bin/sh
# Print the path of an exiftool; get one if the machine has none. Prints nothing when none is to be had.
#
# exiftool is a second opinion on metadata: without it the workflow runs, and its records say so.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

# The npm package that holds ExifTool's Perl distribution, and the SHA-512 (base64) that npm publishes for it.
version=13.59.3
integrity=QmYq2JKCXRK9Uo3E3nHb0gQ6Xce2HK7wPtrHF5r+IYWyiM5WkOhiT3BesLI9lvJvPAbzjqFxQlrjXv+/cuSX/Q==
vendored=$TOOLS/exiftool-$version
given_up=$TOOLS/no-exiftool

works() { "$1" -ver >/dev/null 2>&1; }

from_debian() {
    [ "$(id -u)" = 0 ] && have apt-get || return 1
    say "getting exiftool: Debian's package libimage-exiftool-perl"
    install="apt-get install -y -qq --no-install-recommends libimage-exiftool-perl"
    export DEBIAN_FRONTEND=noninteractive
    { $install || { apt-get update -qq && $install; }; } >/dev/null 2>&1 && have exiftool && works exiftool
}

from_npm() {
    have npm && have perl || return 1
    say "getting exiftool: the Perl distribution inside npm's exiftool-vendored.pl $version"
    partial=$TOOLS/.exiftool.part
    rm -rf "$partial"
    mkdir -p "$partial"
    (
        cd "$partial"
        npm_config_cache=$partial/cache npm pack "exiftool-vendored.pl@$version" --silent --ignore-scripts \
            --fetch-retries=1 --fetch-timeout=120000 >/dev/null 2>&1
        "$VENV/bin/python" "$ROOT/scripts/bootstrap/unpack_verified.py" \
            "exiftool-vendored.pl-$version.tgz" "$integrity" .
        chmod +x package/bin/exiftool
        rm -rf "$vendored"
        mv package "$vendored"
    ) || { rm -rf "$partial"; return 1; }
    rm -rf "$partial"
    works "$vendored/bin/exiftool"
}

if [ -n "${FIXATIVE_EXIFTOOL:-}" ]; then
    [ "$FIXATIVE_EXIFTOOL" = none ] || works "$FIXATIVE_EXIFTOOL" || \
        fail "FIXATIVE_EXIFTOOL=$FIXATIVE_EXIFTOOL does not run"
    printf '%s\n' "$FIXATIVE_EXIFTOOL"
elif have exiftool && works exiftool; then
    command -v exiftool
elif works "$vendored/bin/exiftool"; then
    printf '%s\n' "$vendored/bin/exiftool"
elif [ -n "$(find "$given_up" -mtime -1 2>/dev/null)" ]; then
    say "no exiftool: going on without (tried less than a day ago; 'make exiftool' tries again)"
elif from_debian; then
    command -v exiftool
elif from_npm; then
    printf '%s\n' "$vendored/bin/exiftool"
else
    mkdir -p "$TOOLS"
    : >"$given_up"
    cat >&2 <<'TEXT'
fixative: exiftool is not on this machine and could not be fetched. Fixative goes on without it: the second
          opinion on metadata is missing then, and the provenance of every object says so. To have it, do one of:
            - as root on Debian or Ubuntu:   apt-get install libimage-exiftool-perl
            - put perl and npm on the PATH, connect to a network, then:   make exiftool
            - name one that you have:   FIXATIVE_EXIFTOOL=/path/to/exiftool make archive
TEXT
fi
