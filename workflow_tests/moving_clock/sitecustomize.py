"""A clock that tests can set: Python loads this at start where this folder is on its path (`PYTHONPATH`).

Every process of a night sees the clock `MOVED_BY_S` seconds ahead, the kernel does not: files have the real time.
Fixative itself knows nothing of it, so that no setting of production can stop its clock.
"""

import datetime
import os
import time

MOVED_S = float(os.environ.get("MOVED_BY_S", "0"))
_real_time, _real_time_ns, _real_gmtime, _real_localtime = time.time, time.time_ns, time.gmtime, time.localtime
_Real = datetime.datetime


class _Kind(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, _Real)

    def __subclasscheck__(cls, kind):
        return issubclass(kind, _Real)


class datetime_moved(_Real, metaclass=_Kind):  # noqa: N801  takes the place of datetime.datetime
    @classmethod
    def now(cls, tz=None):
        return _Real.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls):
        return _Real.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)


if MOVED_S:
    time.time = lambda: _real_time() + MOVED_S
    time.time_ns = lambda: _real_time_ns() + int(MOVED_S * 1e9)
    time.gmtime = lambda seconds=None: _real_gmtime(time.time() if seconds is None else seconds)
    time.localtime = lambda seconds=None: _real_localtime(time.time() if seconds is None else seconds)
    datetime_moved.__name__ = datetime_moved.__qualname__ = "datetime"
    datetime.datetime = datetime_moved
