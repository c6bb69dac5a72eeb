import base64
import dataclasses
import hashlib
import html.parser
import re

import pytest

from autograder import reports
from autograder.records import Outcome
from autograder.reports import pages

from . import samples

CLASS = samples.classroom()
META = reports.Meta(course="Deep <learning>", graded_at="20 November 2026")
DRAWN_AND_READ = {
    "html", "head", "meta", "title", "style", "body", "main", "header", "section",
    "footer", "div", "p", "span", "a", "h1", "h2", "h3", "ul", "ol", "li", "dl", "dt",
    "dd", "table", "thead", "tbody", "tr", "th", "td", "bdi", "br", "strong", "code",
    "pre", "details", "summary", "figure", "figcaption", "svg", "symbol", "path", "g",
    "use", "circle", "text", "rect", "defs", "clippath",
}  # fmt: skip


class Reader(html.parser.HTMLParser):
    """Collects what a browser would see: tags, attributes, text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.pieces = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_data(self, data):
        if self.tags[-1:] not in (["style"], ["script"]):
            self.pieces.append(data)

    @property
    def text(self):
        return " ".join("".join(self.pieces).split())

    def values(self, *names):
        return [value for _, name, value in self.attributes if name in names]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    index = reports.write_report(CLASS, samples.ASSIGNMENT, out, META)
    students = {path.name: path for path in (index.parent / "students").iterdir()}
    return index, students


def student(graded):
    return pages.student_page(graded, samples.ASSIGNMENT, META)


def ada(**more):
    return dataclasses.replace(samples.graded("ada", 4), **more)


def test_there_is_a_page_for_each_submission_and_nothing_else(report):
    index, students = report

    assert index.parts[-2:] == ("report", "index.html")
    assert len(students) == len(CLASS)
    assert all(re.fullmatch(r"[a-z0-9_-]+\.html", name) for name in students)


def test_the_class_page_links_every_students_page(report):
    index, students = report
    hrefs = set(Reader(index.read_text(encoding="utf-8")).values("href"))

    assert {f"students/{name}" for name in students} <= hrefs


def test_pages_of_an_earlier_run_are_removed(tmp_path):
    reports.write_report([ada()], samples.ASSIGNMENT, tmp_path)
    reports.write_report([ada(submission="bob")], samples.ASSIGNMENT, tmp_path)
    left = [path.name for path in (tmp_path / "report/students").iterdir()]

    assert left == ["bob.html"]


def test_no_text_of_a_student_becomes_markup_on_any_page(report):
    index, students = report
    for path in (index, *students.values()):
        read = Reader(path.read_text(encoding="utf-8"))
        own_script = ["script"] if path == index else []

        assert [tag for tag in read.tags if tag == "script"] == own_script
        assert set(read.tags) - {"script"} <= DRAWN_AND_READ | {"lineargradient"}
        assert not [name for _, name, _ in read.attributes if name.startswith("on")]


def test_no_page_holds_control_or_direction_characters(report):
    index, students = report
    for path in (index, *students.values()):
        page = path.read_text(encoding="utf-8")

        assert not re.search(
            r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page
        )


def test_pages_ask_for_nothing_from_outside(report):
    index, students = report
    for path in (index, *students.values()):
        page = path.read_text(encoding="utf-8")
        read = Reader(page)
        hrefs = read.values("href", "src", "action", "srcset")

        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
        assert all(href.startswith(("#", "students/")) for href in hrefs)
        assert "url(" not in page.replace("url(#", "(")
        assert "@import" not in page


def test_links_within_a_page_lead_somewhere(report):
    for path in report[1].values():
        read = Reader(path.read_text(encoding="utf-8"))
        targets = [href[1:] for href in read.values("href") if href.startswith("#")]
        ids = read.values("id")

        assert set(targets) <= set(ids)
        assert len(ids) == len(set(ids))


def test_a_students_page_allows_no_script_and_the_class_page_only_its_own(report):
    index, students = report
    page = index.read_text(encoding="utf-8")
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    metas = [
        Reader(path.read_text(encoding="utf-8")).values("content")
        for path in students.values()
    ]
    policies = [text for texts in metas for text in texts if "-src" in text]

    assert f"script-src 'sha256-{digest}'" in page
    assert len(policies) == len(students)
    assert all(policy.startswith("default-src 'none'; ") for policy in policies)
    assert not [policy for policy in policies if "script-src" in policy]


def test_nothing_for_staff_reaches_a_students_page(report):
    for path in report[1].values():
        page = path.read_text(encoding="utf-8")

        assert "STAFF" not in page
        assert "/srv/kit" not in page


def test_the_class_page_tells_staff_what_failed_and_whom(report):
    text = Reader(report[0].read_text(encoding="utf-8")).text

    assert "The kit failed, not the student" in text
    assert samples.STAFF in text
    assert "Could not be read" in text


def test_pages_have_a_language_a_title_one_main_heading_and_scoped_headers(report):
    index, students = report
    for path in (index, *students.values()):
        read = Reader(path.read_text(encoding="utf-8"))
        scopes = [
            v for tag, name, v in read.attributes if (tag, name) == ("th", "scope")
        ]

        assert read.tags.count("h1") == 1
        assert ("html", "lang", "en") in read.attributes
        assert read.tags.count("title") >= 1
        assert len(scopes) == read.tags.count("th")


@pytest.mark.parametrize("skill", [-1.0, 0.5, 2.0])
def test_every_check_stands_on_the_page_with_its_outcome_in_words(skill):
    graded = samples.graded("ada", 5, skill=skill)
    read = Reader(student(graded))
    anchors = [one for one in read.values("id") if re.fullmatch(r"c\d+", one)]

    assert len(anchors) == len(graded.checks)
    for check in graded.checks:
        assert check.title.replace("`", "") in read.text
        assert check.hint.replace("`", "") in read.text


def test_hidden_and_public_checks_are_kept_apart_and_only_hidden_ones_have_points():
    public, hidden = samples.graded("ada", 5, skill=2.0).checks[:2]
    read = Reader(student(ada(checks=(public, hidden))))
    _, _, lists = read.text.partition("Hidden checks")
    first, _, second = lists.partition("Public checks")

    assert first.count(hidden.title.replace("`", "")) == 1
    assert second.count(public.title.replace("`", "")) == 1
    assert "4 / 4" in first
    assert "The public check passes" in second
    assert "all passed" not in read.text.lower()


def test_blocked_reads_and_looks_different_from_failed():
    checks = samples.graded("ada", 4).checks
    blocked = dataclasses.replace(checks[1], outcome=Outcome.BLOCKED, earned=0.0)
    failed = dataclasses.replace(checks[3], outcome=Outcome.FAILED, earned=0.0)
    page = student(ada(checks=(blocked, failed)))

    assert 'class="check block"' in page
    assert 'class="check fail"' in page
    assert "1 blocked" in Reader(page).text


def test_a_stub_is_not_written_yet_and_not_an_error():
    stub = dataclasses.replace(
        samples.graded("ada", 4).checks[1],
        outcome=Outcome.ERRORED,
        earned=0.0,
        message="Not implemented yet: Linear.forward.",
    )

    assert "1 not written yet" in Reader(student(ada(checks=(stub,)))).text


def test_a_fault_shows_no_score_and_takes_the_blame():
    read = Reader(student(samples.fault("unlucky")))

    assert "Not graded: our fault, will be repeated." in read.text
    assert "/ 100" not in read.text
    assert "not judged" in read.text


def test_an_unreadable_submission_says_what_to_do():
    read = Reader(student(samples.unreadable("ada")))

    assert "This submission could not be read." in read.text
    assert "hand_in.rar is no zip or tar archive" in read.text


def test_a_page_names_sandbox_upstream_and_files():
    text = Reader(student(ada(sandbox="unprotected", upstream="student"))).text

    assert "none (unprotected: not fit for marks)" in text
    assert "your own earlier work" in text
    assert ada().digest[:12] in text


def test_the_first_thing_to_read_is_the_message_and_then_the_hint():
    failed = dataclasses.replace(
        samples.graded("ada", 4).checks[1],
        outcome=Outcome.FAILED,
        message="dW is None.\nA detail.",
        hint="Look at `return`.",
    )
    start = student(ada(checks=(failed,))).partition("Start here")[2]

    assert start.index("dW is None.") < start.index("Look at <code>return</code>.")
    assert start.index("Look at") < start.index("Go to this check")


def test_an_import_that_failed_is_told_once_and_its_checks_are_listed():
    slip = samples.unimportable("otto")
    read = Reader(student(slip))
    stopped = len(slip.checks) - 1

    assert read.text.count("cannot be imported") == 1
    assert samples.IMPORT_FAILED in read.text.partition("Start here")[2]
    assert f"{stopped} checks stand still for this reason alone" in read.text
    assert slip.checks[0].title.replace("`", "") in read.text


def test_the_class_page_asks_for_a_person_where_nothing_could_be_imported(report):
    text = Reader(report[0].read_text(encoding="utf-8")).text
    case = text.partition("Needs a person: could not be imported")[2]

    assert re.match(rf"[^.]*\. otto ?{re.escape(samples.IMPORT_FAILED)}", case.strip())


def test_a_failed_gradient_check_is_drawn():
    drawn = samples.error_map(samples.random.Random(0), (64, 10))
    failed = dataclasses.replace(
        samples.graded("ada", 4).checks[1], outcome=Outcome.FAILED, error_map=drawn
    )
    page = student(ada(checks=(failed,)))

    assert "Heat map of the relative error of dW, shape (64, 10)." in page
    assert "each cell shows the largest of its block" in page


def test_the_columns_of_a_message_are_kept():
    failed = dataclasses.replace(
        samples.graded("ada", 4).checks[1],
        outcome=Outcome.FAILED,
        message=samples.TABLE,
    )
    page = student(ada(checks=(failed,)))

    assert "\n (0, 1)  |  12.804021  |  0.400126\n" in page


def test_what_was_printed_is_there_but_folded_away():
    page = student(ada(printed="loss <b>0.3</b>"))
    before, _, after = page.partition("What your code printed")

    assert "loss &lt;b&gt;0.3&lt;/b&gt;" in after
    assert "<details>" in after
    assert "loss" not in before


def test_a_check_of_an_exercise_that_the_manifest_lacks_is_shown_all_the_same():
    stray = dataclasses.replace(samples.graded("ada", 4).checks[1], exercise="gone")

    assert stray.title.replace("`", "") in Reader(student(ada(checks=(stray,)))).text


def test_an_empty_class_has_a_page(tmp_path):
    index = reports.write_report([], samples.ASSIGNMENT, tmp_path)

    assert "No submissions." in index.read_text(encoding="utf-8")


def test_a_class_of_faults_alone_has_a_page_without_statistics(tmp_path):
    index = reports.write_report([samples.fault("a")], samples.ASSIGNMENT, tmp_path)
    text = Reader(index.read_text(encoding="utf-8")).text

    assert "no score" in text
    assert "Median" not in text


def palettes():
    style = (pages.TEMPLATES / "style.css").read_text(encoding="utf-8")
    light, dark = style.split("@media (prefers-color-scheme: dark)")[:2]
    pattern = re.compile(r"--([\w-]+): (#[0-9a-f]{6})")
    bright = dict(pattern.findall(light))
    return {"light": bright, "dark": bright | dict(pattern.findall(dark))}


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


PAIRS = [
    (text, ground)
    for text in ("ink", "muted", "accent", "fail")
    for ground in ("paper", "card")
]
PAIRS += [("ink", ground) for ground in ("block-soft", "accent-soft", "band")]
PAIRS += [
    (tone, f"{tone}-soft")
    for tone in ("pass", "fail", "warn", "block", "fault", "hint", "accent")
]
PAIRS += [
    (text, f"{tone}-soft")
    for text in ("accent", "ink")
    for tone in ("fault", "fail", "warn")
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(scheme, text, ground):
    colours = palettes()[scheme]
    bright, dim = sorted((luminance(colours[text]), luminance(colours[ground])))[::-1]

    assert (bright + 0.05) / (dim + 0.05) >= 4.5
