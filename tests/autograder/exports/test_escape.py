from xml.etree import ElementTree as ET

import pytest

from autograder.exports import escape


def test_html_is_text_in_elements_and_attributes():
    assert escape.html("<b a=\"1\" b='2'>&\x00") == (
        "&lt;b a=&quot;1&quot; b=&#x27;2&#x27;&gt;&amp;"
    )


def test_nothing_formats_in_markdown():
    punctuation = [char for char in map(chr, range(33, 127)) if not char.isalnum()]

    assert escape.markdown("".join(punctuation)) == "".join(
        f"\\{char}" for char in punctuation
    )
    assert escape.markdown("<b>[x](y)") == r"\<b\>\[x\]\(y\)"


def test_markdown_keeps_lines_but_no_indented_block():
    assert escape.markdown("one\n\n    two") == "one  \n  \ntwo"


def test_a_workflow_command_cannot_be_started_or_ended():
    assert escape.workflow_data("50%\r\n::error::x") == "50%25%0D%0A::error::x"
    assert escape.workflow_data("a\u2028::set-env::") == "a%0A::set-env::"
    assert escape.workflow_property("a,b:c") == "a%2Cb%3Ac"


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", " =1", "\uff1d1"]
)
def test_a_cell_is_never_a_formula(text):
    assert escape.cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["ada", "a=1", "", "Ünï", "1-2"])
def test_a_harmless_cell_stays_as_it_is(text):
    assert escape.cell(text) == text


def test_xml_can_be_written_and_read_whatever_the_text():
    every = "".join(map(chr, [*range(0x3000), *range(0xD7F0, 0xE010), 0xFFFE, 0x1F600]))
    element = ET.Element("a", b=escape.xml(every))
    text = ET.tostring(element, encoding="unicode").encode()

    assert len(ET.fromstring(text).get("b")) == len(escape.xml(every))
