"""What a page of the report holds, unpacked."""

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any


def script_of(page: Path, name: str) -> str:
    """Give the content of one of a page's elements of data."""
    found = re.search(rf'<script type="[a-z/]+" id="{name}">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


def details_of(page: Path) -> list[dict[str, Any]]:
    """Give what a page tells of each sample once it is opened."""
    blocks = script_of(page, "details").split()
    unpacked = [json.loads(zlib.decompress(base64.b64decode(block), -zlib.MAX_WBITS)) for block in blocks]
    return [detail for block in unpacked for detail in block]
