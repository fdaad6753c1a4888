"""Numbers as a person says them, and the rate of the last minute."""

from collections import deque

WINDOW_S = 60.0
"""Rate and time left are those of the last minute: a stall shows, a slow start is forgotten."""


class LastMinute:
    """A count that grows, as it was during the last minute."""

    def __init__(self, now: float) -> None:
        self._recent = deque([(now, 0)])

    def remember(self, now: float, count: int) -> None:
        """Note the count at a time; several notes in one second count as one, which bounds the memory."""
        if len(self._recent) > 1 and now - self._recent[-2][0] < 1.0:
            self._recent.pop()
        self._recent.append((now, count))
        while len(self._recent) > 2 and now - self._recent[1][0] >= WINDOW_S:
            self._recent.popleft()

    def rate(self) -> float:
        """By how much it has grown in a second."""
        (since, before), (now, count) = self._recent[0], self._recent[-1]
        return (count - before) / (now - since) if now > since else 0.0

    def __len__(self) -> int:
        return len(self._recent)


def counted(number: int, what: str) -> str:
    """Word a count: ``1 plane``, ``2 planes``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def rate_word(bytes_per_s: float) -> str:
    """Word a rate: ``85 MB/s``, ``0.5 MB/s``."""
    megabytes = bytes_per_s / 1e6
    return f"{megabytes:.0f} MB/s" if megabytes >= 9.5 else f"{megabytes:.1f} MB/s"


def span_word(seconds: float) -> str:
    """Word a span: ``42 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
