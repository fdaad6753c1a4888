"""Watch a run: ``python -m fixative.watch WORK``. Exit status: 0 a run was at work, 3 none is, 2 no such folder."""

import argparse
import sys
import time
from pathlib import Path

from fixative.watch.plain import block, idle, line
from fixative.watch.watcher import Watcher

AT_WORK, WRONG, NONE = 0, 2, 3
EVERY_S = 10.0


def main() -> int:
    """Show how far the run in a work folder is, until it ends."""
    asked = _arguments()
    if not asked.work.is_dir():
        print(f"fixative: no such folder: {asked.work}", file=sys.stderr)  # noqa: T201
        return WRONG
    watcher = Watcher(asked.work)
    seen = watcher.look()
    if asked.once or not seen.at_work:
        print(block(seen))  # noqa: T201
        return AT_WORK if seen.at_work else NONE
    try:
        if asked.plain or not sys.stdout.isatty():
            _lines(watcher)
        else:
            from fixative.watch.picture import show

            show(watcher)
    except KeyboardInterrupt:
        return 130
    print(block(watcher.look()))  # noqa: T201
    return AT_WORK


def _lines(watcher: Watcher) -> None:
    """Print a line now and then, as long as the run is at work."""
    while (seen := watcher.look()).at_work:
        print(line(seen), flush=True)  # noqa: T201
        time.sleep(EVERY_S)
    print(idle(seen), flush=True)  # noqa: T201


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fixative.watch", description=__doc__)
    parser.add_argument("work", type=Path, nargs="?", default=Path(), help="the work folder (default: this one)")
    parser.add_argument("--once", action="store_true", help="print how far it is, once, and exit")
    parser.add_argument("--plain", action="store_true", help="plain lines, no picture")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
