"""What a file of an object is, for a person and for the tables of a deposition."""

_ENDINGS = (
    (".ome.tiff", "image", "the image: OME-TIFF, tiled, with resolution levels, lossless"),
    (".ome.tiff.meta.json", "metadata", "all metadata of the source, sanitised, and what was done to them"),
    (".ome.tiff.pixels.json", "checksums", "a digest of every plane, which can be checked without the source"),
    (".ome.tiff.provenance.json", "provenance", "how the image was archived: versions, settings, steps, digests"),
    (".thumbnail.png", "thumbnail", "a small picture of the image, not for measurement"),
    ("README.md", "description", "what the image is, for a person"),
    ("premis.xml", "provenance", "preservation metadata (PREMIS 3.0)"),
    ("prov.json", "provenance", "provenance (W3C PROV-JSON)"),
    ("ro-crate-metadata.json", "description", "the description as RO-Crate"),
    ("ro-crate-preview.html", "description", "the same as a page"),
)


def kind_and_purpose(path: str) -> tuple[str, str]:
    """One word for what a file is, and a line on it."""
    if path.startswith("original/"):
        return "original", "a file of the source, bit for bit"
    found = ((kind, text) for ending, kind, text in _ENDINGS if path.endswith(ending))
    return next(found, ("other", path))
