"""Which XML libraries Bio-Formats uses: looked up once, not a dozen times for every file that it opens.

The answer stays the same; the parsers are named by `safe_xml`. Java asks a property first, and only then searches
the class path for the list that is read here; a search takes as long as a quarter of opening a small file.

Notes
-----
The order of the search: https://docs.oracle.com/en/java/javase/25/docs/api/java.xml/module-summary.html
"""

from typing import Any

_SERVICES = (
    "javax.xml.transform.TransformerFactory",
    "org.apache.xml.dtm.DTMManager",
)


def settle_services() -> None:
    """Name the classes that Java would find on the class path; one that the path does not list stays open."""
    import jpype

    loader: Any = jpype.JClass("java.lang.ClassLoader").getSystemClassLoader()
    system: Any = jpype.JClass("java.lang.System")
    for service in _SERVICES:
        stream = loader.getResourceAsStream(f"META-INF/services/{service}")
        if stream is None:
            continue
        lines = bytes(stream.readAllBytes()).decode("utf-8").splitlines()
        stream.close()
        named = [name for line in lines if (name := line.partition("#")[0].strip())]
        if named:
            system.setProperty(service, named[0])
