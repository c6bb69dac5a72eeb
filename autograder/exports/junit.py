"""junit.xml for CI systems: a suite per submission, points as properties.

Written here and not by pytest, whose report repeats suite properties and knows neither
a blocked check nor a submission that could not be read.
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from autograder.exports.escape import xml
from autograder.exports.files import write_text
from autograder.messages import clean
from autograder.records import CheckResult, Graded, Outcome

_TEXT = 4000
_KIND = {
    Outcome.FAILED: "failure",
    Outcome.ERRORED: "error",
    Outcome.TIMED_OUT: "error",
    Outcome.OUT_OF_MEMORY: "error",
    Outcome.CRASHED: "error",
    Outcome.GRADER_FAULT: "error",
    Outcome.BLOCKED: "skipped",
}


def write(results: Sequence[Graded], out: pathlib.Path) -> list[pathlib.Path]:
    """Write `out/junit.xml`."""
    root = ET.Element("testsuites", name="autograder")
    for graded in results:
        root.append(_suite(graded))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    header = '<?xml version="1.0" encoding="utf-8"?>\n'
    return [write_text(out / "junit.xml", f"{header}{text}\n")]


def _suite(graded: Graded) -> ET.Element:
    cases = [_case(graded, check) for check in graded.checks] or [_no_check(graded)]
    attributes = {
        "name": _text(graded.submission),
        "tests": str(len(cases)),
        "failures": _count(cases, "failure"),
        "errors": _count(cases, "error"),
        "skipped": _count(cases, "skipped"),
        "time": f"{graded.duration_s:.3f}",
    }
    suite = ET.Element("testsuite", attributes)
    properties = {
        "assignment": graded.assignment,
        "status": graded.status.value,
        "possible": f"{graded.possible:g}",
        "sandbox": graded.sandbox,
        "digest": graded.digest,
    }
    if graded.score is not None:
        properties["score"] = repr(graded.score)
    _add_properties(suite, properties)
    suite.extend(cases)
    return suite


def _case(graded: Graded, check: CheckResult) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname=_text(f"{graded.assignment}.{check.exercise}"),
        name=_text(check.id),
        time=f"{check.duration_s:.3f}",
    )
    properties = {
        "title": check.title,
        "points": repr(check.earned),
        "possible": f"{check.possible:g}",
        "visibility": "hidden" if check.hidden else "visible",
    }
    _add_properties(case, properties)
    kind = _KIND.get(check.outcome)
    if kind is not None:
        said = f"{check.message}\n{check.hint}".strip()
        verdict = ET.SubElement(
            case, kind, type=check.outcome.value, message=_text(check.message)
        )
        verdict.text = _text(said, lines=True)
    return case


def _no_check(graded: Graded) -> ET.Element:
    """Return a case that stands for a submission none of whose checks was run."""
    case = ET.Element("testcase", classname=_text(graded.assignment), name="grading")
    said = "\n".join(graded.notes) or "No check was run."
    verdict = ET.SubElement(case, "error", type=graded.status.value)
    verdict.set("message", _text(said))
    return case


def _count(cases: Sequence[ET.Element], kind: str) -> str:
    return str(sum(case.find(kind) is not None for case in cases))


def _add_properties(element: ET.Element, properties: dict[str, str]) -> None:
    parent = ET.SubElement(element, "properties")
    for name, value in properties.items():
        ET.SubElement(parent, "property", name=name, value=_text(value))


def _text(text: str, *, lines: bool = False) -> str:
    return xml(clean(text, _TEXT, lines=lines))
