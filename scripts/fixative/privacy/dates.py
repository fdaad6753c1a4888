"""Dates made vaguer (action ``S``): the year alone, or shifted by whole days.

The form stays as it was: ``2016:02:12 09:41:02`` becomes ``2016:01:01 00:00:00``. A date in words
(``Sun Feb 21 17:50:18 2016``) becomes its year, ``2016``, and is not shifted. What holds no date that is
understood is removed: a date in a form nobody knows would stay exact.
"""

import datetime
import re

_YMD = re.compile(r"(?P<y>\d{4})(?P<s>[-:./]?)(?P<m>\d{2})(?P=s)(?P<d>\d{2})(?!\d)(?P<rest>.*)", re.DOTALL)
_DMY = re.compile(r"(?P<d>\d{1,2})(?P<s>[-./])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4})(?P<rest>.*)", re.DOTALL)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_WORDS = re.compile(
    rf"(?:[a-z]+,?\s+)?(?:{_MONTH}\s+\d{{1,2}},?\s+(?:\d{{1,2}}:\d{{2}}(?::\d{{2}})?\s+)?(?P<y>\d{{4}})"
    rf"|\d{{1,2}}[ \-.]+{_MONTH}[ \-.]+(?P<z>\d{{4}})(?:[T ]\s*\d{{1,2}}:\d{{2}}.*)?)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?P<lead>[T ]?\s*)(?P<h>\d{2})(?P<s>:?)(?P<mi>\d{2})"
    r"(?:(?P=s)(?P<sec>\d{2})(?P<frac>[.,]\d+)?)?(?P<zone>.*)"
)


def year_only(text: str) -> str | None:
    """Give the first instant of the year, in the form of the text, or None where it holds no date."""
    match = _date(text)
    if match is None:
        words = _WORDS.fullmatch(text.strip())
        return (words["y"] or words["z"]) if words else None
    return _written(match, int(match["y"]), 1, 1, _midnight(match["rest"]))


def shifted(text: str, days: int) -> str | None:
    """Give the date ``days`` later, its time as it was, or None where it holds no date."""
    match = _date(text)
    if match is None:
        return None
    try:
        day = datetime.date(int(match["y"]), int(match["m"]), int(match["d"])) + datetime.timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return _written(match, day.year, day.month, day.day, match["rest"] if _TIME.fullmatch(match["rest"]) else "")


def _date(text: str) -> "re.Match[str] | None":
    return _YMD.fullmatch(text.strip()) or _DMY.fullmatch(text.strip())


def _written(match: "re.Match[str]", year: int, month: int, day: int, rest: str) -> str:
    sign = match["s"]
    if match.re is _DMY:
        return f"{day:02d}{sign}{month:02d}{sign}{year:04d}{rest}"
    return f"{year:04d}{sign}{month:02d}{sign}{day:02d}{rest}"


def _midnight(rest: str) -> str:
    """Give midnight in the form of the time after the date; nothing where it has another form."""
    match = _TIME.fullmatch(rest)
    if match is None:
        return ""
    sign = match["s"]
    seconds = f"{sign}00" if match["sec"] else ""
    zone = "Z" if match["zone"].strip() else ""
    return f"{match['lead']}00{sign}00{seconds}{zone}"
