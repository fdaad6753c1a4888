#!/bin/sh
# Prepare Java's start with Bio-Formats, which every shard pays for: about 5 s, once. Nothing needs it: where it
# cannot be made (no room, no permission), Java starts as it did before, and one line says so.
set -eu
bootstrap=$(dirname -- "$0")
. "$bootstrap/common.sh"

export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$ROOT/scripts:$ROOT/scripts/bootstrap"
"$VENV/bin/python" -c 'import java_cache; java_cache.main()' >/dev/null 2>&1 ||
    say "Java's classes could not be prepared in .tools/java: each start takes a second longer"
