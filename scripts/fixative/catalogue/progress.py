"""How far a long piece of work has come: one line on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable

EVERY_S = 20.0
"""Between lines that stay; on a terminal a line is written over, ten times as often as that."""


def progress(what: str) -> Callable[..., None]:
    """Give a function that takes how much is done and, where it is known, how much there is."""
    live = sys.stderr.isatty()
    every = EVERY_S / 10 if live else EVERY_S
    last = time.monotonic()

    def tell(done: int, total: int | None = None) -> None:
        nonlocal last
        if time.monotonic() - last < every:
            return
        last = time.monotonic()
        of = f" of {total:,}" if total is not None else ""
        sys.stderr.write(f"catalogue: {done:,}{of} {what}{chr(13) if live else chr(10)}")
        sys.stderr.flush()

    return tell
