"""Read a written file back as the verification does: ``read_back.py WORK SECRETS``, with or without the search.

Prints the bytes that were read from files in all, and those of the file, as JSON.
"""

import json
import sys
from pathlib import Path


def main() -> int:
    """Verify, and search for as many values as the command line says; none at all for 0."""
    from fixative.pixel_models import Pixels
    from fixative.privacy.search import Search
    from fixative.privacy.secrets import Secret
    from fixative.verify.tiff import verify_ome_tiff

    work, count = Path(sys.argv[1]), int(sys.argv[2])
    path = next(work.glob("results/staging/*/*.ome.tiff"))
    pixels = Pixels.model_validate_json((work / "results/samples/S1/pixels.json").read_bytes())
    if count:
        search = Search([Secret("rule", value) for value in values(count)])
        stream, planes = search.stream(path.name, opaque=True), search.streams()
        verify_ome_tiff(
            path, pixels, threads=2, observe=stream.update, observe_plane=planes.begin, file_name=path.name
        )
        stream.finish()
        planes.finish()
        search.tiff(path.name, path)
        if search.hits:
            print(search.hits[0])
            return 1
    else:
        verify_ome_tiff(path, pixels, threads=2, file_name=path.name)
    counted = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    print(json.dumps({"read": int(counted["rchar"]), "file": path.stat().st_size}))
    return 0


def values(count: int) -> list[str]:
    """Names of 6 to 14 letters that stand nowhere."""
    syllables = ("zor", "vik", "qua", "mel", "tux", "rhy")
    return [
        "".join(syllables[(number * (place + 3) + place) % 6] for place in range(2 + number % 3))
        + chr(97 + number % 26)
        for number in range(count)
    ]


if __name__ == "__main__":
    sys.exit(main())
