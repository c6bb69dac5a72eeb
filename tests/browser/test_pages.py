import pytest

from autograder import reports
from autograder.reports.text import file_stems
from tests.autograder.reports import samples

pytestmark = pytest.mark.browser

CLASS = samples.classroom()
STEMS = file_stems([graded.submission for graded in CLASS])
SHOWN = ("<script>alert(1)</script>", "x" * 200, "blank", "perfect", "unlucky", "otto")
PAGES = ["index", *(f"students/{STEMS[name]}" for name in (*SHOWN, "rar_<file>"))]

WIDEST = """
Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)
"""
OUTSIDE = """
[...document.querySelectorAll('main > *, section > *, .check, td, th, figure > *')]
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('pre'))
  .map((e) => e.outerHTML.slice(0, 80))
"""
CUT_OFF = """
[...document.querySelectorAll('figure svg text')].filter((text) => {
  const box = text.getBoundingClientRect();
  const frame = text.closest('svg').getBoundingClientRect();
  return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1
    || box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
}).map((text) => text.textContent)
"""
SMALLEST = """
Math.min(...[...document.querySelectorAll('figure svg text')]
  .map((text) => text.getBoundingClientRect().height).filter((height) => height), 99)
"""
FIRST_NAMES = """
[...document.querySelectorAll('.submissions tbody tr:not([hidden]) bdi')]
  .map((name) => name.textContent)
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    return reports.write_report(CLASS, samples.ASSIGNMENT, out).parent


def scores(browser):
    return browser.run(
        "[...document.querySelectorAll('.submissions tbody tr')]"
        ".map((row) => Number(row.cells[1].dataset.value))"
    )


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [320, 390, 800, 1280])
def test_a_page_never_scrolls_sideways(browser, report, page, width):
    browser.open(report / f"{page}.html", width)

    assert browser.run("innerWidth") == width
    assert browser.run(OUTSIDE) == []
    assert browser.run(WIDEST) <= width


def test_unfolded_blocks_do_not_widen_the_page_either(browser, report):
    for page in PAGES:
        browser.open(report / f"{page}.html", 390)
        browser.run(
            "document.querySelectorAll('details').forEach((d) => d.open = true)"
        )

        assert browser.run(WIDEST) <= 390, page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_asks_for_nothing_and_breaks_no_rule_of_its_own(browser, report, scheme):
    for page in PAGES:
        path = report / f"{page}.html"
        browser.open(path, 1280, scheme)

        assert set(browser.requests) == {path.as_uri()}
        assert browser.complaints == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_text_of_a_figure_is_inside_it_and_large_enough(browser, report, width):
    for page in PAGES:
        browser.open(report / f"{page}.html", width)

        assert browser.run(CUT_OFF) == [], page
        assert browser.run(SMALLEST) >= 10, page


def test_figures_and_text_follow_the_colour_scheme(browser, report):
    ink = "getComputedStyle(document.querySelector('figure svg text')).fill"
    ground = "getComputedStyle(document.body).backgroundColor"
    seen = []
    for scheme in ("light", "dark"):
        browser.open(report / "index.html", 1280, scheme)
        seen.append((browser.run(ink), browser.run(ground)))

    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]


def test_the_table_sorts_by_score_and_back(browser, report):
    browser.open(report / "index.html", 1280)
    press = "document.querySelectorAll('.submissions thead button')[1].click()"
    browser.run(press)
    falling = scores(browser)
    browser.run(press)

    assert falling == sorted(falling, reverse=True)
    assert scores(browser) == sorted(falling)


def test_the_table_sorts_by_name_without_regard_to_case(browser, report):
    browser.open(report / "index.html", 1280)
    browser.run("document.querySelectorAll('.submissions thead button')[0].click()")
    names = browser.run(FIRST_NAMES)

    assert {names[names.index("Ada") + 1], names[names.index("Ada") - 1]} & {"ada"}


def test_a_submission_is_found_by_a_part_of_its_name(browser, report):
    browser.open(report / "index.html", 1280)
    browser.run(
        "var field = document.querySelector('input[type=search]');"
        "field.value = 'COSTA'; field.dispatchEvent(new Event('input'))"
    )

    assert browser.run(FIRST_NAMES) == ["beatriz_costa"]
