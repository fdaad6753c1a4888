"""Says where a Python process spends CPU: imported by itself where ``FIXATIVE_SAMPLES`` names a folder.

A thread looks at every other thread's stack each 4 ms and charges the CPU time that this thread has used since, as
its own clock says, to the line it is at. Native code that lets go of the interpreter's lock (compression, digests)
is charged to the line that called it. Written when the process ends: ``<pid>.json``, seconds by stack.
"""

import os
import sys

if os.environ.get("FIXATIVE_SAMPLES"):
    import atexit
    import json
    import threading
    import time

    _OUR_PATH = os.environ["FIXATIVE_SAMPLES"]
    _INTERVAL_S = 0.004
    _DEPTH = 40
    _TICKS = os.sysconf("SC_CLK_TCK")
    _seconds = {}
    _native = {}
    _over = threading.Event()

    def _stack(frame):
        """The frames of a stack, innermost first, as text."""
        found = []
        while frame is not None and len(found) < _DEPTH:
            code = frame.f_code
            found.append(f"{code.co_filename}:{frame.f_lineno}:{code.co_qualname}")
            frame = frame.f_back
        return tuple(found)

    def _look(clocks, own):
        """Charge every thread's CPU time since the last look to the stack it has now."""
        for ident, frame in sys._current_frames().items():
            if ident == own:
                continue
            try:
                now = time.clock_gettime(time.pthread_getcpuclockid(ident))
            except (OSError, ProcessLookupError):
                continue
            used = now - clocks.get(ident, 0.0)
            clocks[ident] = now
            if used > 0:
                stack = _stack(frame)
                _seconds[stack] = _seconds.get(stack, 0.0) + used

    def _threads():
        """CPU-seconds of every thread by its name, those of native code (Java's compilers) among them."""
        found = {}
        for number in os.listdir("/proc/self/task"):  # noqa: PTH208
            try:
                with open(f"/proc/self/task/{number}/stat", encoding="utf-8") as stream:  # noqa: PTH123
                    text = stream.read()
            except OSError:
                continue
            used = text.rpartition(")")[2].split()
            found[number] = text[text.index("(") + 1 : text.rindex(")")], (int(used[11]) + int(used[12])) / _TICKS
        return found

    def _follow():
        clocks, own, looks = {}, threading.get_ident(), 0
        while not _over.wait(_INTERVAL_S):
            _look(clocks, own)
            looks += 1
            if looks % 25 == 0:
                _native.update(_threads())

    _thread = threading.Thread(target=_follow, daemon=True)
    _thread.start()

    def _write():
        _over.set()
        _thread.join()
        total = time.process_time()
        content = {
            "command": sys.argv,
            "cpu_s": total,
            "sampler_s": max(0.0, total - sum(_seconds.values())),
            "threads": list(_native.values()),
            "stacks": [[seconds, *stack] for stack, seconds in _seconds.items()],
        }
        path = os.path.join(_OUR_PATH, f"{os.getpid()}.json")  # noqa: PTH118  nothing else is imported here
        with open(path, "w", encoding="utf-8") as stream:  # noqa: PTH123
            json.dump(content, stream)

    atexit.register(_write)
