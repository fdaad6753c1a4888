"""Values of unknown origin, made safe for the documents they are put into."""

import html
import re

_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_MARKDOWN = re.compile(r"[\\`*\[\]|]|(?<!\w)_|_(?!\w)|~(?=~)|(?<=\])\(")
"""What acts within a line. A README is read as plain text as well: nothing else is escaped."""


def xml_text(value: object) -> str:
    """Text that XML can hold; a replacement character stands for what it cannot."""
    return _NOT_XML.sub("\ufffd", str(value))


def html_text(value: object) -> str:
    """Text for an HTML page or an attribute of it."""
    return html.escape(xml_text(value))


def markdown_text(value: object) -> str:
    """Text on one line of Markdown that cannot become a link, a table cell, a heading or HTML."""
    one_line = " ".join(xml_text(value).split())
    return html.escape(_MARKDOWN.sub(r"\\\g<0>", one_line), quote=False)
