"""A browser for the tests of this folder."""

from collections.abc import Iterator

import pytest

from browser.chromium import Chromium, find_chromium


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """A running Chromium; skips, saying so, where none is installed."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium): the page is not tried in a browser")
    browser = Chromium(program)
    yield browser
    browser.close()
