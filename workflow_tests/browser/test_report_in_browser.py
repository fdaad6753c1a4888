"""The report in a real browser: found, sorted, opened, harmless, and the same for keyboard and reader."""

from pathlib import Path

import pytest

from browser.built_batch import Batch
from browser.chromium import Chromium, address_of
from fixative.report.page import render_page
from fixative.report.status import SampleStatus

HOSTILE = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'> \u202e & </script>"
NAMES = "#rows .opener"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of five samples: three sealed, two refused, one of them with hostile text."""
    batch = Batch(tmp_path_factory.mktemp("batch"))
    batch.sealed("nerve_10")
    batch.sealed("nerve_9")
    batch.refused("kidney_1")
    batch.refused("kidney_2", code="SAN001", message=HOSTILE)
    batch.sealed("retina")
    return batch.report().page


@pytest.fixture(scope="module")
def large_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of 10,000 samples."""
    work = tmp_path_factory.mktemp("large")
    statuses = [SampleStatus(f"S{number:05d}", f"set{number % 7}", "not reached") for number in range(10_000)]
    page = work / "index.html"
    page.write_bytes(render_page(work, statuses, title="Large", archive_root_name="archive"))
    return page


def test_every_sample_has_its_row_in_the_order_of_the_sheet(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))

    assert page.texts(NAMES) == ["nerve_10", "nerve_9", "kidney_1", "kidney_2", "retina"]
    assert page.texts("#rows .label") == ["sealed", "sealed", "refused", "refused", "sealed"]


def test_the_page_is_silent_and_asks_for_nothing_but_itself(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))
    page.click("#rows .opener")
    page.click("thead button")

    assert page.complaints() == []
    assert page.requests() == [address_of(report)]


def test_the_page_could_not_reach_the_network_if_it_tried(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))

    outcome = page.run("fetch('http://127.0.0.1:9/').then(() => 'reached', () => 'stopped')")

    assert outcome == "stopped"
    assert any("Content Security Policy" in complaint for complaint in page.complaints())


def test_hostile_text_is_shown_as_text(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report, "sample=kidney_2"))

    assert "<script>window.hacked=1</script>" in page.texts("#opened .finding")[0]
    assert page.run("window.hacked") is None
    assert page.run("document.querySelectorAll('#rows script, #rows img[onerror]').length") == 0


def test_the_address_says_what_is_shown(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report, "q=kidney&outcome=refused&code=INV004"))

    assert page.texts(NAMES) == ["kidney_1"]
    assert page.run("document.getElementById('q').value") == "kidney"
    assert page.texts("#count") == ["1 of 5 samples"]


def test_typing_searches_and_the_address_follows(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))

    page.press("/", "/")
    page.type("NERVE sealed")

    assert page.texts(NAMES) == ["nerve_10", "nerve_9"]
    assert page.run("location.hash") == "#q=NERVE+sealed"


def test_a_search_that_finds_nothing_says_so_and_can_be_cleared(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report, "q=nowhere"))
    assert page.texts("#rows") == ["No sample matches."]

    page.click("#clear")

    assert len(page.texts(NAMES)) == 5


def test_a_click_on_a_heading_sorts_and_says_so_to_a_screen_reader(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))

    page.click("thead [data-sort='sample_id']")

    assert page.texts(NAMES) == ["kidney_1", "kidney_2", "nerve_9", "nerve_10", "retina"]
    assert page.run("document.querySelector('thead th').getAttribute('aria-sort')") == "ascending"


@pytest.mark.parametrize("order", ["planes", "-planes"])
def test_samples_without_a_figure_come_last_in_either_order(chromium: Chromium, report: Path, order: str) -> None:
    page = chromium.open(address_of(report, f"sort={order}"))

    assert page.texts(NAMES)[3:] == ["kidney_1", "kidney_2"]


def test_a_tile_filters_by_its_outcome_and_lets_go_again(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))

    page.click(".tile[data-outcome='refused']")
    filtered = page.texts(NAMES)
    page.click(".tile[data-outcome='refused']")

    assert filtered == ["kidney_1", "kidney_2"]
    assert len(page.texts(NAMES)) == 5


def test_a_reason_filters_by_its_code(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))

    page.click(".reason[data-code='SAN001']")

    assert page.texts(NAMES) == ["kidney_2"]


def test_an_opened_sample_tells_what_was_proven_and_what_to_do(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))

    page.click("[data-sample='retina'] .opener")

    assert "36 planes equal in source and archive" in page.texts("#opened .checks")[0]
    assert page.texts("#opened code")[0] == "cd kidney/retina && sha256sum -c manifest-sha256.txt"
    assert page.run("location.hash") == "#sample=retina"


def test_the_keyboard_alone_opens_and_closes_a_sample(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))
    page.run("document.querySelector('#rows .opener').focus()")

    page.press("ArrowDown")
    page.press("Enter", "\r")
    opened = page.run("document.activeElement.getAttribute('aria-expanded')")
    page.press("Enter", "\r")

    assert opened == "true"
    assert page.run("document.activeElement.innerText") == "nerve_9"
    assert page.run("document.activeElement.getAttribute('aria-expanded')") == "false"


def test_a_screen_reader_finds_a_table_and_a_name_on_every_control(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report, "sample=kidney_1"))

    nodes = [node for node in page.call("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
    names = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes]
    controls = {"button", "searchbox", "combobox", "link", "image", "img", "table"}

    assert ("table", "Samples") in names
    assert [role for role, name in names if role in controls and not name] == []
    assert sum(role == "columnheader" for role, _ in names) == 7


def test_dark_and_light_follow_the_system(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))
    shades = []

    for scheme in ("light", "dark"):
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        shades.append(page.run("getComputedStyle(document.body).backgroundColor"))

    assert shades == ["rgb(248, 246, 241)", "rgb(20, 24, 27)"]


@pytest.mark.parametrize("width", [360, 820, 1400])
def test_no_window_has_to_be_scrolled_sideways(chromium: Chromium, report: Path, width: int) -> None:
    page = chromium.open(address_of(report, "sample=kidney_2"))

    page.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)

    assert page.run("document.documentElement.scrollWidth") <= width


def test_of_ten_thousand_samples_a_hundred_are_drawn(chromium: Chromium, large_report: Path) -> None:
    page = chromium.open(address_of(large_report))
    first = page.texts("#count")

    page.click("[data-go='last']")

    assert first == ["10,000 samples; 1 to 100 shown"]
    assert page.texts(NAMES)[-1] == "S09999"
    assert len(page.texts(NAMES)) == 100


def test_a_sample_that_the_address_names_is_found_on_its_page(chromium: Chromium, large_report: Path) -> None:
    page = chromium.open(address_of(large_report, "sample=S04321"))

    assert page.texts(".is-open .opener") == ["S04321"]
    assert page.texts("#place") == ["Page 44 of 100"]


def test_closing_a_sample_stays_on_its_page(chromium: Chromium, large_report: Path) -> None:
    page = chromium.open(address_of(large_report, "sample=S04321"))

    page.click(".is-open .opener")

    assert page.texts("#place") == ["Page 44 of 100"]


def test_what_is_printed_is_not_cut_at_a_page_of_the_list(chromium: Chromium, large_report: Path) -> None:
    page = chromium.open(address_of(large_report, "dataset=set3"))

    page.run("dispatchEvent(new Event('beforeprint'))")
    printed = page.run("document.querySelectorAll('#rows .sample').length")
    page.run("dispatchEvent(new Event('afterprint'))")

    assert printed == 1429
    assert len(page.texts(NAMES)) == 100
