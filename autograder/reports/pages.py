"""The class page and the student pages: self-contained HTML, no script needed."""

from __future__ import annotations

import base64
import functools
import hashlib
import pathlib
import re
from collections.abc import Sequence

import jinja2
from markupsafe import Markup, escape

from autograder.manifest import Assignment
from autograder.records import ErrorMap, Graded
from autograder.reports import class_view, imports, student_view, text, words
from autograder.reports.meta import Meta

TEMPLATES = pathlib.Path(__file__).parent / "templates"


def write_report(
    results: Sequence[Graded], assignment: Assignment, out: pathlib.Path, meta: Meta
) -> pathlib.Path:
    """Write OUT/report/: the class page, whose path is returned, and all others.

    Pages of an earlier run that have no submission any more are removed.
    """
    folder = out / "report"
    students = folder / "students"
    students.mkdir(parents=True, exist_ok=True)
    stems = text.file_stems([graded.submission for graded in results])
    for graded in results:
        page = student_page(graded, assignment, meta)
        _write(students / f"{stems[graded.submission]}.html", page)
    kept = {f"{stem}.html" for stem in stems.values()}
    for path in students.glob("*.html"):
        if path.name not in kept:
            path.unlink()
    hrefs = {name: f"students/{stem}.html" for name, stem in stems.items()}
    index = folder / "index.html"
    _write(index, class_page(results, assignment, meta, hrefs))
    return index


def student_page(graded: Graded, assignment: Assignment, meta: Meta) -> str:
    """Return one student's page; nothing that is for staff can reach it."""
    view = student_view.build(graded, assignment)
    return _template("student.html").render(page=view, stage=assignment, meta=meta)


def class_page(
    results: Sequence[Graded],
    assignment: Assignment,
    meta: Meta,
    hrefs: dict[str, str],
) -> str:
    """Return the page of the class; `hrefs` names the page of each submission."""
    view = class_view.build(results, assignment, hrefs)
    script = (TEMPLATES / "sort.js").read_text(encoding="utf-8").strip()
    digest = hashlib.sha256(script.encode()).digest()
    return _template("class.html").render(
        page=view,
        stage=assignment,
        meta=meta,
        script=Markup(script),  # noqa: S704 - our own file
        script_hash=base64.b64encode(digest).decode(),
    )


@functools.cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        points=text.points,
        seconds=text.seconds,
        percent=text.percent,
        one_line=text.one_line,
        prose=_prose,
        error_map=_error_map,
    )
    environment.globals.update(words=words, imports=imports)
    return environment.get_template(name)


def _shown(value: object) -> object:
    """Clean whatever a template prints, so that no template can forget to."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return text.clean(value)
    return value


def _prose(value: str) -> Markup:
    """Escape a sentence, then show what stands in `backticks` as code."""
    safe = str(escape(text.clean(value)))
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", safe))  # noqa: S704


def _error_map(errors: ErrorMap) -> Markup:
    """Return the heat map of a failed comparison, drawn by escaping code."""
    from autograder.reports import figures

    return Markup(figures.error_map(errors))  # noqa: S704


def _write(path: pathlib.Path, page: str) -> None:
    """Replace the file in one step: nobody reads half a page."""
    part = path.with_suffix(".part")
    part.write_text(page, encoding="utf-8", newline="\n")
    part.replace(path)
