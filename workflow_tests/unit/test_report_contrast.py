"""The colours of the report can be read, in light and in dark (WCAG 2.2, success criterion 1.4.3)."""

import re

import pytest

from fixative.report import shell

STYLE = shell.assets(shell.STYLES)
ROOTS = re.findall(r"^ *:root[^{]* \{\n(.*?)\}", STYLE, re.DOTALL | re.MULTILINE)
THEMES = {
    name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", root))
    for name, root in zip(("light", "dark", "chosen dark", "print"), ROOTS, strict=True)
}
INKS = ("ink", "soft", "accent", "sealed", "awaiting-approval", "refused", "error", "interrupted", "not-reached")
GROUNDS = ("paper", "surface", "sunken", "mark")


def luminance(colour: str) -> float:
    """Relative luminance of a colour such as ``#1a2b3c`` or ``#fff``."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    shares = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", INKS)
def test_text_stands_out_from_its_ground(theme: str, ground: str, ink: str) -> None:
    one, other = (luminance(THEMES[theme][name]) for name in (ink, ground))

    contrast = (max(one, other) + 0.05) / (min(one, other) + 0.05)

    assert contrast >= 4.5
