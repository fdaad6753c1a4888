#!/bin/sh
# Print the path of an exiftool; get one if the machine has none. Prints nothing when none is to be had.
#
# exiftool is a second opinion on metadata: without it the workflow runs, and its records say so.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

# The npm package that holds ExifTool's Perl distribution, and its SHA-512 (npm's `integrity`, here in hexadecimal).
version=13.59.3
sha512=42662ad892825d12bd528dc4de71dbd2043a5dc7b61caef03edac7179afe2185
sha512=${sha512}b288ce5690e8624f705eb0b23d96f26f3c06f38ea171425ae35effbf72e497fd
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
    fetch_from_npm && rm -rf "$vendored" && mv "$partial/package" "$vendored" || true
    rm -rf "$partial"
    works "$vendored/bin/exiftool"
}

fetch_from_npm() (
    package=exiftool-vendored.pl-$version.tgz
    cd "$partial" || return 1
    npm_config_cache=$partial/cache npm pack "exiftool-vendored.pl@$version" --silent --ignore-scripts \
        --fetch-retries=1 --fetch-timeout=120000 >/dev/null 2>&1 || return 1
    found=$({ sha512sum "$package" 2>/dev/null || shasum -a 512 "$package"; } | cut -c 1-128)
    if [ "$found" != "$sha512" ]; then
        say "$package is damaged or another: SHA-512 expected $sha512, found $found"
        return 1
    fi
    tar -xzf "$package" && chmod +x package/bin/exiftool
)

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
