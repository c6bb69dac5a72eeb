import re

import pytest

from autograder.reports import text

from . import samples


def test_every_submission_gets_a_file_name_safe_on_every_system():
    stems = text.file_stems([*samples.NASTY_NAMES, *samples.PLAIN_NAMES, "", ".."])

    assert all(
        re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,80}", stem) for stem in stems.values()
    )
    assert not {"con", "nul", "aux"} & set(stems.values())


def test_no_two_submissions_share_a_file_even_where_case_is_ignored():
    forged = text.file_stem("Ada")
    stems = text.file_stems(["Ada", "ada", "ADA", forged, "å", "a"])

    assert len({stem.lower() for stem in stems.values()}) == 6


def test_a_plain_name_is_its_own_file_name():
    assert text.file_stem("beatriz_costa") == "beatriz_costa"


def test_shown_text_keeps_lines_and_loses_what_deceives():
    shown = text.clean("one\n  two\u202e\x1b[31m\ud800\u2028three\x00")

    assert shown == "one\n  two\nthree"


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0, "0 %"), (0.004, "<1 %"), (0.125, "12 %"), (0.996, "99 %"), (1, "100 %")],
)
def test_a_share_is_nothing_or_all_only_when_it_is(share, shown):
    assert text.percent(share) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(72.5, "72.5"), (100.0, "100"), (16 / 3, "5.33"), (-0.0, "0")]
)
def test_points_have_no_needless_decimals(value, shown):
    assert text.points(value) == shown
