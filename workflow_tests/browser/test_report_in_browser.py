"""The report in a real browser: found, sorted, opened, harmless, and the same for keyboard and reader."""

import base64
from pathlib import Path

import pytest

from browser.built_batch import Batch
from browser.chromium import Chromium, address_of
from fixative.report.detail import detail_of
from fixative.report.entry import Told, entry_of
from fixative.report.ome_facts import OmeFacts
from fixative.report.page import batch_page
from fixative.report.status import SampleStatus

HOSTILE = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'> \u202e & </script>"
NAMES = "#rows .opener"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


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
def rich_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of three samples with all that can be told of them."""
    batch = Batch(tmp_path_factory.mktemp("rich"))
    batch.sealed("old", PNG, day="2026-11-20")
    batch.sampled("old", archive=(13, *[0] * 63))
    batch.described("old", model="LSM 980", acquired="2024-03-01T10:00:00")
    batch.sealed("new", PNG, day="2026-11-22")
    batch.sampled("new")
    batch.described("new", model="LSM 980", acquired="2025-03-01")
    batch.refused("waits", code="SAN001")
    return batch.report().page


@pytest.fixture(scope="module")
def large_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of 10,000 samples."""
    work = tmp_path_factory.mktemp("large")
    first = SampleStatus("S", "set", "not reached", ended="2026-11-20T02:00:00Z")
    entry = entry_of(Told(first, OmeFacts(), detail_of(work, first)))
    rows = [(f"S{number:05d}", f"set{number % 7}") for number in range(10_000)]
    shown = [entry.shown._replace(sample_id=sample, dataset=dataset) for sample, dataset in rows]
    entries = [entry._replace(shown=one) for one in shown]
    page = work / "index.html"
    page.write_bytes(batch_page(work, entries, title="Large", archive_root_name="archive").content())
    return page


def test_every_sample_has_its_row_in_the_order_of_the_sheet(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))

    assert page.texts(NAMES) == ["nerve_10", "nerve_9", "kidney_1", "kidney_2", "retina"]
    assert page.texts("#rows .label") == ["sealed", "sealed", "refused", "refused", "sealed"]


def test_the_page_is_silent_and_asks_for_nothing_but_itself(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))
    page.click("#rows .opener")
    page.when("#opened .checks")
    page.click("#samples thead button")
    page.click("#theme")

    assert page.complaints() == []
    assert page.requests() == [address_of(report)]


def test_the_page_could_not_reach_the_network_if_it_tried(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))

    outcome = page.run("fetch('http://127.0.0.1:9/').then(() => 'reached', () => 'stopped')")

    assert outcome == "stopped"
    assert any("Content Security Policy" in complaint for complaint in page.complaints())


def test_hostile_text_is_shown_as_text(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report, "sample=kidney_2"))

    assert "<script>window.hacked=1</script>" in page.when("#opened .finding")[0]
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

    page.click("#samples [data-sort='sample_id']")

    assert page.texts(NAMES) == ["kidney_1", "kidney_2", "nerve_9", "nerve_10", "retina"]
    assert page.run("document.querySelector('#samples th').getAttribute('aria-sort')") == "ascending"


@pytest.mark.parametrize("order", ["planes", "-planes"])
def test_samples_without_a_figure_come_last_in_either_order(chromium: Chromium, report: Path, order: str) -> None:
    page = chromium.open(address_of(report, f"sort={order}"))

    assert page.texts(NAMES)[3:] == ["kidney_1", "kidney_2"]


def test_a_tile_filters_by_its_outcome_and_lets_go_again(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))

    page.click(".tile.is-refused")
    filtered = page.texts(NAMES)
    page.click(".tile.is-refused")

    assert filtered == ["kidney_1", "kidney_2"]
    assert len(page.texts(NAMES)) == 5


def test_a_reason_filters_by_its_code(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))

    page.click(".reason[data-filter*='SAN001']")

    assert page.texts(NAMES) == ["kidney_2"]


def test_an_opened_sample_tells_what_was_proven_and_what_to_do(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))

    page.click("[data-sample='retina'] .opener")

    assert "36 planes equal in source and archive" in page.when("#opened .checks")[0]
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
    page.when("#opened .checks")

    nodes = [node for node in page.call("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
    names = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes]
    controls = {"button", "searchbox", "combobox", "link", "image", "img", "table"}

    assert ("table", "Samples") in names
    assert [role for role, name in names if role in controls and not name] == []
    assert sum(role == "columnheader" for role, _ in names) == 8


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
    page.when("#opened .checks")

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
    page.until("document.querySelectorAll('#rows .sample').length === 100")

    assert printed == 1429


def test_filters_of_instrument_and_date_go_together(chromium: Chromium, rich_report: Path) -> None:
    page = chromium.open(address_of(rich_report))

    page.choose("instrument", "Zeiss LSM 980")
    of_instrument = page.texts(NAMES)
    page.choose("from", "2026-11-21")

    assert of_instrument == ["old", "new"]
    assert page.texts(NAMES) == ["new"]
    assert page.run("location.hash") == "#instrument=Zeiss+LSM+980&from=2026-11-21"


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("to=2026-11-20", ["old"]),
        ("from=2026-11-20&to=2026-11-20", ["old"]),
        ("by=acquired&from=2025-01-01", ["new"]),
        ("by=acquired&to=2024-12-31", ["old"]),
        ("code=SAN001", ["waits"]),
    ],
)
def test_a_link_names_dates_and_codes(chromium: Chromium, rich_report: Path, asked: str, names: list[str]) -> None:
    page = chromium.open(address_of(rich_report, asked))

    assert page.texts(NAMES) == names


def test_a_thumbnail_has_a_scale_bar_of_a_round_length_and_names_its_channels(
    chromium: Chromium, rich_report: Path
) -> None:
    page = chromium.open(address_of(rich_report, "sample=new"))

    assert page.when("#opened .scale") == ["20 µm"]
    assert page.run("document.querySelector('.scale').style.width") == "20%"
    assert page.texts("#opened .channels") == ["DAPI"]
    assert page.run("document.querySelector('.swatch').style.background") == "rgb(0, 0, 255)"


def test_histograms_of_source_and_archive_are_drawn_over_each_other(chromium: Chromium, rich_report: Path) -> None:
    page = chromium.open(address_of(rich_report, "sample=new"))

    told = page.when("#opened .plots")[0]

    assert told.split("\n") == ["C0 DAPI", "the same in every bin", "7", "1,234"]
    assert page.run(
        "[...document.querySelectorAll('#opened .histogram path')].every((path) => path.getAttribute('d'))"
    )


def test_a_histogram_that_differs_says_so(chromium: Chromium, rich_report: Path) -> None:
    page = chromium.open(address_of(rich_report, "sample=old"))

    assert page.when("#opened .verdict-of.failed") == ["not the same"]


def test_the_time_line_tells_when_and_how_long(chromium: Chromium, rich_report: Path) -> None:
    page = chromium.open(address_of(rich_report, "sample=new"))

    lines = page.when("#opened .steps li")

    assert lines[0] == "22 Nov 2026"
    assert lines[1].split("\n")[1:] == ["inventory_source", "4 s", "23:00:00"]


def test_plots_have_their_figures_as_tables(chromium: Chromium, rich_report: Path) -> None:
    page = chromium.open(address_of(rich_report))

    titles = page.texts("#charts figcaption b")
    page.click("#charts .chart:last-child summary")

    assert titles == ["Growth of the archive by this batch", "Not sealed, by reason"]
    assert page.texts("#charts .chart:last-child td") == ["1"]
    assert page.run("[...document.querySelectorAll('#charts svg')].every((svg) => svg.getAttribute('aria-label'))")


def test_escape_closes_a_sample_and_gives_the_focus_back(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report, "sample=kidney_1"))
    page.run("document.querySelector('#opened pre').focus()") if page.when("#opened pre") else None

    page.press("Escape")

    assert page.run("document.getElementById('opened')") is None
    assert page.run("document.activeElement.innerText") == "kidney_1"


def test_arrows_go_over_the_edge_of_a_page_of_the_list(chromium: Chromium, large_report: Path) -> None:
    page = chromium.open(address_of(large_report))
    page.run("document.querySelector('#rows .opener').focus()")

    page.press("End")
    page.press("ArrowDown")
    after = page.run("document.activeElement.innerText")
    page.press("ArrowUp")

    assert after == "S00100"
    assert page.run("document.activeElement.innerText") == "S00099"


def test_the_list_of_keys_opens_and_closes_by_keys(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))

    page.press("?", "?")
    opened = page.run("document.getElementById('keys').open")
    page.press("Escape")

    assert opened
    assert not page.run("document.getElementById('keys').open")


def test_a_theme_that_is_chosen_outweighs_the_system_and_is_remembered(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report))
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])

    page.click("#theme")
    page.click("#theme")
    dark = page.run("getComputedStyle(document.body).backgroundColor")
    page.run("location.reload()")

    assert dark == "rgb(20, 24, 27)"
    assert page.when("[data-theme='dark'] #theme") == ["Theme: dark"]


def test_a_command_can_be_copied_or_is_selected(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report, "sample=retina"))
    page.when("#opened .copy")

    page.click("#opened .copy")
    page.until("document.querySelector('#opened .copy').textContent !== 'Copy'")

    assert page.texts("#opened .copy")[0] in ("Copied", "Selected")


def test_it_prints_with_every_sample_of_a_short_list_opened(chromium: Chromium, report: Path) -> None:
    page = chromium.open(address_of(report, "outcome=refused"))
    page.until("!(detailOf(0) instanceof Promise)")

    page.run("dispatchEvent(new Event('beforeprint'))")
    opened = page.run("document.querySelectorAll('#rows .open .checks').length")
    page.run("dispatchEvent(new Event('afterprint'))")

    assert opened == 2
    assert page.print().startswith(b"%PDF-")


def test_a_column_is_sorted_by_date_and_by_numbers_within_names(chromium: Chromium, large_report: Path) -> None:
    page = chromium.open(address_of(large_report, "sort=-sample_id&q=s0999"))

    assert page.texts(NAMES) == [f"S0999{digit}" for digit in "9876543210"]
