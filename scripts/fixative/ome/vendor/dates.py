"""Moments that vendors write in the order of a locale, taken only where they can be read in one way."""

import re
from datetime import date, datetime
from typing import Any

_DAY = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{2}|\d{4})$")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})(?:\s*([AP]M))?$", re.IGNORECASE)
_ASCTIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{2}:\d{2}:\d{2}) (\d{4})$")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def moment_of(day: Any, clock: Any) -> str | None:
    """A date with points (day first), or with a day that cannot be a month; and a time of 12 or 24 hours.

    Years of two digits are those since 2000: no format read here is older.
    """
    found, hours = _DAY.match(str(day or "").strip()), _CLOCK.match(str(clock or "").strip())
    if found is None or hours is None:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if found[2] == "." or first > 12:
        first, second = second, first
    elif second <= 12 and first != second:
        return None
    iso, hour = _iso(year + 2000 if year < 100 else year, first, second), _hour(int(hours[1]), hours[4])
    return f"{iso}T{hour:02d}:{hours[2]}:{hours[3]}" if iso and hour is not None else None


def moment_from(iso: str) -> datetime | None:
    """A moment written as ISO 8601 has it, or None for one that no calendar knows."""
    try:
        return datetime.fromisoformat(iso)
    except ValueError:
        return None


def asctime_of(value: Any) -> str | None:
    """``Sun Feb 21 17:50:18 2016``."""
    found = _ASCTIME.match(str(value or "").strip())
    if found is None or found[1] not in _MONTHS:
        return None
    iso = _iso(int(found[4]), _MONTHS.index(found[1]) // 3 + 1, int(found[2]))
    return f"{iso}T{found[3]}" if iso else None


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _hour(hour: int, half: str | None) -> int | None:
    if half is None:
        return hour if hour < 24 else None
    if not 1 <= hour <= 12:
        return None
    return hour % 12 + (12 if half.upper() == "PM" else 0)
