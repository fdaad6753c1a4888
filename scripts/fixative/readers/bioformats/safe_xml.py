"""Java's own XML parsers, bounded, in place of the old ones inside the Bio-Formats jar.

Those (Apache Xerces 2) expand entities without a bound and open the files and addresses that entities name: a CZI or
a BIF of 20 kB took 70 s until Java's heap was full, and the content of a local file came out as metadata.

Notes
-----
https://docs.oracle.com/en/java/javase/21/security/java-api-xml-processing-jaxp-security-guide.html
"""

_JAVA = "com.sun.org.apache.xerces.internal.jaxp"

SAFE_XML = (
    f"-Djavax.xml.parsers.DocumentBuilderFactory={_JAVA}.DocumentBuilderFactoryImpl",
    f"-Djavax.xml.parsers.SAXParserFactory={_JAVA}.SAXParserFactoryImpl",
    # No document of a microscope declares entities of its own; those of XML itself (&amp;) do not count here.
    "-Djdk.xml.entityExpansionLimit=100",
    # They do here, and honest documents hold any number; 0: no limit. What 100 entities give is bounded by the file.
    "-Djdk.xml.maxGeneralEntitySizeLimit=0",
    "-Djdk.xml.totalEntitySizeLimit=0",
    "-Djdk.xml.entityReplacementLimit=0",
    "-Djdk.xml.elementAttributeLimit=10000",
    "-Djdk.xml.maxXMLNameLimit=0",
    "-Djdk.xml.maxElementDepth=5000",
    # Nothing but the document itself is opened.
    "-Djavax.xml.accessExternalDTD=",
    "-Djavax.xml.accessExternalSchema=",
    "-Djavax.xml.accessExternalStylesheet=",
)
"""Arguments of the Java machine."""
