from xml.etree import ElementTree as ET

import pytest

from autograder import exports


@pytest.fixture
def suite_of(tmp_path):
    def read(graded):
        (path,) = exports.export("junit", [graded], tmp_path)
        return ET.parse(path).getroot().find("testsuite")

    return read


def properties(element):
    found = element.findall("properties/property")
    return {each.get("name"): each.get("value") for each in found}


def test_a_suite_counts_its_cases(suite_of, ada):
    suite = suite_of(ada)
    counts = {k: suite.get(k) for k in ("tests", "failures", "errors", "skipped")}

    assert suite.get("name") == "ada"
    assert counts == {"tests": "5", "failures": "1", "errors": "1", "skipped": "1"}
    assert properties(suite)["score"] == "4.0"


def test_a_case_has_its_points_as_properties(suite_of, ada):
    case = suite_of(ada).findall("testcase")[2]
    failure = case.find("failure")

    assert (case.get("classname"), case.get("name")) == ("a01_gates.mul", "mul")
    assert properties(case)["points"] == "0.0"
    assert properties(case)["possible"] == "2.5"
    assert (failure.get("message"), failure.text) == ("Off.", "Off.\nN")


def test_a_fault_of_the_grader_is_an_error_without_a_score(suite_of, faulty):
    suite = suite_of(faulty)

    assert suite.get("errors") == "1"
    assert suite.find("testcase/error").get("type") == "fault"
    assert "score" not in properties(suite)


def test_texts_of_strangers_are_only_text(suite_of, eve):
    suite = suite_of(eve)

    assert suite.find(".//img") is None
    assert "<img src=x onerror=1>" in suite.find("testcase/error").text


def test_the_elements_are_those_that_readers_of_the_format_know(suite_of, ada):
    known = {"testsuite", "properties", "property", "testcase"}
    verdicts = {"failure", "error", "skipped"}

    assert {element.tag for element in suite_of(ada).iter()} == known | verdicts
