"""Many objects, checked one after the other or in several processes; each is told of as soon as it is done."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from pathlib import Path

from fixative.verification_models import ObjectVerification
from fixative.verify.object import NotAnObject, verify_object
from fixative.verify.reading import Asked
from fixative.verify.told import not_checked, verification_of

KILLED = "a process that checked was killed: for its memory, perhaps; fewer --jobs need less"


def check_object(folder: Path, asked: Asked) -> ObjectVerification:
    """Check one object; that it could not be checked is a result as well."""
    started = time.monotonic()
    try:
        report = verify_object(
            folder.absolute(), threads=asked.threads, histogram=asked.histogram, premis_schema=asked.premis_schema
        )
    except NotAnObject as reason:
        return not_checked(folder, str(reason))
    except MemoryError:
        return not_checked(folder, "it promises more than memory can hold")
    return verification_of(folder, report, time.monotonic() - started)


def check_objects(folders: Sequence[Path], asked: Asked, *, jobs: int = 1) -> Iterator[ObjectVerification]:
    """Check objects; with several ``jobs``, each in a process of its own, they come in the order of completion."""
    if jobs == 1 or len(folders) < 2:
        for folder in folders:
            yield check_object(folder, asked)
        return
    waiting = iter(folders)
    with ProcessPoolExecutor(min(jobs, len(folders))) as pool:
        running: dict[Future[ObjectVerification], Path] = {}
        while True:
            # No more than a few wait in the pool: an archive may hold a million objects.
            for upcoming in islice(waiting, 2 * jobs - len(running)):
                try:
                    running[pool.submit(check_object, upcoming, asked)] = upcoming
                except BrokenProcessPool:
                    yield not_checked(upcoming, KILLED)
            if not running:
                return
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                folder = running.pop(done)
                try:
                    yield done.result()
                except BrokenProcessPool:
                    yield not_checked(folder, KILLED)
