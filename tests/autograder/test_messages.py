import string

import pytest

from autograder.messages import CATALOGUE, advice, clean, hide_paths, say


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain text", "plain text"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07shown", "shown"),
        ("user\u202enimda", "usernimda"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("line one\nline two\ttab\r", "line one line two tab"),
        ("sep arated par", "sep arated par"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("null\x00bell\x07", "nullbell"),
        ("é ü ∂ 中文 😀", "é ü ∂ 中文 😀"),
        ("Z" + "̀" * 50, "Z̀̀"),
        ("", ""),
    ],
)
def test_what_could_deceive_is_taken_out(text, cleaned):
    assert clean(text, 100) == cleaned


def test_long_text_is_cut():
    assert clean("x" * 500, 10) == "x" * 9 + "…"
    assert clean("x" * 10, 10) == "x" * 10


def test_lines_are_kept_where_asked_for():
    assert clean("a\n  b\x1b[1m\n\n\tc ", 100, lines=True) == "a\n  b\n\n    c"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("No such file: '/tmp/slot0/nabla/data.csv'", "No such file: '…/data.csv'"),
        (r"at C:\Users\ada\nabla\gates.py", "at …/gates.py"),
        ("1/2 and a/b/c and https://numpy.org/doc/x", None),
        ("shapes (3,4) / (4,)", None),
    ],
)
def test_absolute_paths_are_cut_to_their_last_part(text, hidden):
    assert hide_paths(text) == (text if hidden is None else hidden)


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_sentence_can_be_said(code):
    fields = {
        field
        for _, field, _, _ in string.Formatter().parse(CATALOGUE[code].text)
        if field
    }
    sentence = say(code, **dict.fromkeys(fields, "thing"))

    assert sentence
    assert "{" not in sentence + advice(code)
