"""The catalogue of an archive in a real browser: found, filtered, opened, silent."""

from pathlib import Path

import pytest

from browser.chromium import Chromium, address_of
from fixative.report.catalogue_page import CatalogueRow, render_catalogue_page

NAMES = "#rows .opener"
HOSTILE = "<script>window.hacked=1</script>"


def row(sample: str, **fields: object) -> CatalogueRow:
    return CatalogueRow(f"kidney/{sample}", "kidney", sample, **fields)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of four objects."""
    page = tmp_path_factory.mktemp("catalogue") / "catalogue.html"
    checked = {"checked": "2026-11-20T03:00:00Z", "verdict": "whole"}
    rows = [
        row(
            "A10",
            title="GFP, day 2",
            instrument="Zeiss LSM 980",
            bytes=5,
            planes=36,
            size_x=1024,
            size_y=512,
            **checked,
        ),
        row("A9", title="DAPI", bytes=7_000_000_000, acquired="2024-05-06T10:00:00", **checked),
        row("B1", title=HOSTILE, checked="2026-11-21T03:00:00Z", verdict="damaged"),
        row("B2", format="nd2"),
    ]
    page.write_bytes(render_catalogue_page(rows, title="Archive"))
    return page


def test_every_object_has_its_row(chromium: Chromium, catalogue: Path) -> None:
    page = chromium.open(address_of(catalogue))

    assert page.texts(NAMES) == ["A10", "A9", "B1", "B2"]
    assert page.texts("#rows .label") == ["whole", "whole", "damaged", "not yet"]


def test_it_is_silent_asks_for_nothing_and_shows_markup_as_text(chromium: Chromium, catalogue: Path) -> None:
    page = chromium.open(address_of(catalogue))

    page.click("[data-sample='kidney/B1'] .opener")

    assert HOSTILE in page.texts("#opened")[0]
    assert page.run("window.hacked") is None
    assert page.complaints() == []
    assert page.requests() == [address_of(catalogue)]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("q=gfp+980", ["A10"]),
        ("verdict=damaged", ["B1"]),
        ("by=checked&from=2026-11-21", ["B1"]),
        ("by=acquired&to=2024-12-31", ["A9"]),
        ("sort=name", ["A9", "A10", "B1", "B2"]),
        ("sort=-bytes", ["A9", "A10", "B1", "B2"]),
    ],
)
def test_a_link_says_what_is_shown(chromium: Chromium, catalogue: Path, asked: str, names: list[str]) -> None:
    page = chromium.open(address_of(catalogue, asked))

    assert page.texts(NAMES) == names


def test_a_tile_filters_by_what_the_last_check_found(chromium: Chromium, catalogue: Path) -> None:
    page = chromium.open(address_of(catalogue))

    page.click(".tile.is-not-reached")

    assert page.texts(NAMES) == ["B2"]


def test_an_object_is_opened_by_keys_and_says_how_to_check_it(chromium: Chromium, catalogue: Path) -> None:
    page = chromium.open(address_of(catalogue))

    page.run("document.getElementById('q').focus()")
    page.press("ArrowDown")
    page.press("ArrowDown")
    page.press("Enter", "\r")

    assert page.run("location.hash") == "#sample=kidney%2FA9"
    assert page.texts("#opened code")[0] == "cd kidney/A9 && sha256sum -c manifest-sha256.txt"


@pytest.mark.parametrize("width", [360, 820, 1400])
def test_no_window_has_to_be_scrolled_sideways(chromium: Chromium, catalogue: Path, width: int) -> None:
    page = chromium.open(address_of(catalogue, "sample=kidney/B1"))

    page.resize(width, 800)

    assert page.run("document.documentElement.scrollWidth") <= width


def test_of_twenty_thousand_objects_a_hundred_are_drawn(chromium: Chromium, tmp_path: Path) -> None:
    path = tmp_path / "catalogue.html"
    path.write_bytes(render_catalogue_page((row(f"S{number}") for number in range(20_000)), title="Large"))
    page = chromium.open(address_of(path, "q=s1999"))

    found = page.texts("#count")
    page.click("#clear")

    assert found == ["11 of 20,000 objects"]
    assert len(page.texts(NAMES)) == 100
