import math
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest

from autograder.records import ErrorMap
from autograder.reports import figures, summary

from . import samples

SCORES = [0.0, 12.5, 40.0, 72.25, 80.0, 80.0, 100.0]
GRID = ErrorMap("dW", (2, 3), ((0.0, 1e-9, 0.5), (3.0, 1e-3, 1e-5)))
RESULTS = [samples.graded(name, seed) for seed, name in enumerate(samples.NASTY_NAMES)]
ITEMS = summary.items(RESULTS)
COLUMNS = [
    figures.Column(
        graded.submission,
        "students/a.html",
        summary.exercise_shares(graded, samples.ASSIGNMENT),
    )
    for graded in RESULTS
]
TITLES = [exercise.title for exercise in samples.EXERCISES]
DRAW = {
    "scores": lambda: figures.score_distribution(SCORES, 100.0),
    "narrow": lambda: figures.score_distribution(SCORES, 100.0, figures.NARROW),
    "errors": lambda: figures.error_map(GRID),
    "heatmap": lambda: figures.exercise_heatmap(COLUMNS, TITLES),
    "rates": lambda: figures.check_rates(ITEMS[:6]),
}


def forget():
    figures.error_map.cache_clear()
    from autograder.reports import heatmaps

    heatmaps._error_frame.cache_clear()


def text_of(drawn):
    return " ".join(ET.fromstring(drawn).itertext())


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW.keys())
def test_the_same_figure_is_the_same_bytes_whatever_the_users_settings(draw):
    forget()
    first = draw()
    forget()
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "path", "text.color": "red"}):
        second = draw()

    assert first == second


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW.keys())
def test_a_figure_is_one_named_svg_without_reference_to_anything_outside(draw):
    drawn = draw()
    root = ET.fromstring(drawn)

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in drawn
    assert "DejaVu" not in drawn


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW.keys())
def test_a_figure_has_no_colour_of_its_own_so_that_it_works_in_the_dark(draw):
    bare = re.sub(r"var\(--[\w-]+, #[0-9a-f]{6}\)", "", draw())

    assert not re.search(r"#[0-9a-f]{6}\b(?!-)", bare.replace("url(#", "("))


def test_the_histogram_counts_every_score_and_names_the_median():
    drawn = figures.score_distribution(SCORES, 100.0)
    counts = re.findall(r">(\d+)</text>", drawn)

    assert "median 72.2" in text_of(drawn)
    assert len(counts) >= 6


@pytest.mark.parametrize("scores", [[], [0.0], [100.0] * 3, [104.0, 3.0]])
def test_the_histogram_draws_any_class(scores):
    assert ET.fromstring(figures.score_distribution(scores, 100.0)) is not None


def test_an_error_map_draws_what_is_not_a_number_as_all_wrong():
    wrong = ErrorMap("dW", (1, 2), ((math.nan, math.inf),))

    assert "M0 0h2v1H0z" in figures.error_map(wrong)
    assert "var(--e5" in figures.error_map(wrong).split("</g>")[0]


def test_an_error_map_names_the_entries_of_the_array_before_thinning():
    drawn = figures.error_map(samples.error_map(samples.random.Random(1), (32, 128)))

    assert ">64</text>" in drawn


@pytest.mark.parametrize("shape", [(), (7,), (4, 3), (6, 3, 4, 4)])
def test_an_error_map_draws_arrays_of_any_rank(shape):
    rows = ((0.5, 0.25),) if len(shape) < 2 else ((0.5, 0.25), (0.0, 1.0))

    assert ET.fromstring(figures.error_map(ErrorMap("b", shape, rows))) is not None


def test_a_name_that_looks_like_mathematics_or_markup_is_just_a_name():
    column = figures.Column(r"$\frac{1}{0}$ <script>", "a.html", (0.5,))
    drawn = figures.exercise_heatmap([column], [r"$\alpha$ & <b>"])

    assert r"$\frac{1}{0}$ <script>" in text_of(drawn)
    assert r"$\alpha$ & <b>" in text_of(drawn)


def test_each_student_of_the_heat_map_is_a_link_with_a_name():
    drawn = figures.exercise_heatmap(COLUMNS, TITLES)

    assert drawn.count("<a href=") == drawn.count("<title>") == len(COLUMNS)


def test_a_class_too_large_for_the_heat_map_is_averaged_in_groups():
    many = COLUMNS * 80
    drawn = figures.exercise_heatmap(many, TITLES)

    assert "<a href=" not in drawn
    assert f"{len(many)} students, 4 to a column" in text_of(drawn)


def test_failure_rates_name_each_check_and_its_share():
    drawn = text_of(figures.check_rates(ITEMS[:6]))

    assert "Linear.forward keeps the dtype of its input." in drawn
    assert drawn.count("% fail") == 6
