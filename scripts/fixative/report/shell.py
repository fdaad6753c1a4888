"""A page of one file: its own style, script and data, and no way to reach anything else."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from fixative import __version__
from fixative.report.packed import packed_blocks, thumbnail_lines

TEMPLATES = Path(__file__).with_name("templates")
STYLES = ("page.css", "chart.css", "narrow.css")


_PLACES = ("@@data@@", "@@details@@", "@@thumbnails@@")
"""Where data are put in, each the last of its kind: what the data or a title say is never looked at again."""


@dataclass(frozen=True)
class Page:
    """A page before it is put together: all its texts are open to be searched."""

    shell: str
    """HTML, with `_PLACES` for what follows."""
    data: str
    """JSON, see `fixative.report.packed.embeddable`."""
    blocks: Sequence[str]
    """Details, JSON, not packed."""
    thumbnails: Mapping[int, bytes]
    """PNG by number of the row."""

    @property
    def texts(self) -> list[str]:
        """Every text of the page as a person may come to read it."""
        return [self.shell, self.data, *self.blocks]

    def with_texts(self, texts: Sequence[str]) -> "Page":
        """Give the page with other texts, in the order of `texts`."""
        shell, data, *blocks = texts
        return replace(self, shell=shell, data=data, blocks=blocks)

    def content(self) -> bytes:
        """Put the page together, UTF-8."""
        page = self.shell
        parts = (self.data, packed_blocks(self.blocks), thumbnail_lines(self.thumbnails))
        for place, part in zip(_PLACES, parts, strict=True):
            before, _, after = page.rpartition(place)
            page = "".join((before, part, after))
        return page.encode("utf-8", "backslashreplace")


def shell_of(template: str, scripts: tuple[str, ...], context: Mapping[str, Any]) -> str:
    """Render a template around the places of the data, with style, script and the policy that allows them."""
    from jinja2 import Environment, FileSystemLoader

    style, script = assets(STYLES), assets(scripts)
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, keep_trailing_newline=True)
    data, details, thumbnails = _PLACES
    return environment.get_template(template).render(
        **context,
        version=__version__,
        policy=content_security_policy(style, script),
        style=style,
        script=script,
        data=data,
        details=details,
        thumbnails=thumbnails,
    )


@cache
def assets(names: tuple[str, ...]) -> str:
    """Files of the templates' folder, one after the other."""
    return "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in names)


def content_security_policy(style: str, script: str) -> str:
    """Allow this page's own style, script and data images, by digest; nothing else, and no network."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{digest(style)}'",
            f"script-src 'sha256-{digest(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def digest(text: str) -> str:
    """SHA-256 as a content security policy has it."""
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
