import dataclasses
import io

import pytest
from rich.console import Console

from autograder.records import Outcome
from autograder.reports import terminal

from . import samples

CLASS = samples.classroom()


def printed(show, *args, encoding="utf-8", tty=False, environ=None, **options):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    console = Console(
        file=file, width=90, force_terminal=tty, _environ=environ or {}, highlight=False
    )
    show(*args, console=console, **options)
    return raw.getvalue().decode(encoding)


def batch(**options):
    return printed(terminal.print_batch, CLASS, samples.ASSIGNMENT, **options)


def one(checks, **options):
    return printed(terminal.print_check, checks, samples.ASSIGNMENT, **options)


def public(skill, seed=1):
    checks = samples.graded("ada", seed, skill=skill).checks
    return [check for check in checks if not check.hidden]


def last_line(text):
    return " ".join(text.rpartition("\n\n")[2].split())


def test_the_table_lists_every_submission_by_name():
    text = batch()
    flowing = " ".join(text.split())
    places = [text.index(f"\n {name} ") for name in ("beatriz_costa", "chen_wei")]

    assert places == sorted(places)
    assert "[bold" in text
    assert "<script>" in text
    assert "median" in text
    assert "Checks most often failed" in text
    assert "bubblewrap" in text
    assert "the course's reference" in flowing


def test_faults_stand_apart_from_the_students_failures():
    head, _, block = batch().partition("THE KIT FAILED, NOT THE STUDENT")

    assert "unlucky" in head
    assert "none" in next(line for line in head.splitlines() if "unlucky" in line)
    assert "unlucky" in block
    assert "The same command grades them again." in block


def test_where_nothing_could_be_imported_a_person_is_asked_for():
    block = batch().partition("Needs a person: could not be imported")[2]

    assert "otto" in block
    assert "layers.py, line 524" in block


def test_a_class_without_any_score_is_no_error():
    text = printed(terminal.print_batch, [samples.fault("a")], samples.ASSIGNMENT)

    assert "No submission has a score." in text


def test_a_very_large_batch_points_to_the_class_page():
    many = [dataclasses.replace(CLASS[20], submission=f"s{i:03d}") for i in range(230)]
    text = printed(terminal.print_batch, many, samples.ASSIGNMENT)

    assert "30 more" in text
    assert "s229" not in text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_plain_terminal_gets_characters_that_it_has(encoding):
    text = batch(encoding=encoding) + one(public(0.4), encoding=encoding)

    assert "FAIL" in text
    assert "\x1b" not in text


def test_ascii_is_all_that_an_ascii_terminal_needs():
    assert one(public(2.0), encoding="ascii").isascii()


def test_no_color_is_respected_on_a_terminal():
    colours = {"NO_COLOR": "1", "TERM": "xterm-256color"}
    text = one(public(0.4), tty=True, environ=colours)

    assert "\x1b[31m" not in text
    assert "\x1b[31m" in one(public(0.4), tty=True, environ={"TERM": "xterm-256color"})


def test_a_students_text_is_never_markup():
    message = "[link=https://x.example]click[/link] [red]x[/red] :smile: \x1b[2J"
    failed = dataclasses.replace(
        public(2.0)[0], outcome=Outcome.FAILED, message=message, hint="[/] [b]"
    )
    text = one([failed])

    assert "[link=https://x.example]click[/link] [red]x[/red] :smile:" in text
    assert "Hint: [/] [b]" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    "command",
    [
        "::error file=gates.py,line=1::",
        "::Add-Mask::",
        "::stop-commands::",
        "##[error]",
        "x ##vso[task.complete result=Succeeded;]",
    ],
)
def test_a_students_text_commands_no_ci_system(command):
    checks = [dataclasses.replace(check, message=command) for check in public(0.0)]
    text = one(checks, printed=f"{command}\nx[::2] a::b")

    assert command not in text
    assert "x[::2] a::b" in text


def test_checks_stand_under_their_exercise_with_sign_message_and_hint():
    text = one(public(0.4))
    first = text.index("Linear: the forward pass")

    assert first < text.index("Linear: the backward pass") < text.index("Flatten  ")
    assert "✓ " in text
    assert "✗ " in text
    assert "⊘ " in text
    assert "index   |   yours" in text


def test_a_stub_is_not_written_yet_rather_than_an_error():
    stub = dataclasses.replace(
        public(2.0)[0], outcome=Outcome.ERRORED, message="Not implemented yet: Flatten."
    )
    text = one([stub])

    assert "○ " in text
    assert "Not implemented yet: Flatten." in text
    assert "raised an error" not in text


def test_the_end_never_says_that_all_is_passed_where_hidden_checks_exist():
    text = one(public(2.0))

    assert last_line(text) == "All 19 public checks pass. Hidden checks will also run."
    assert "all passed" not in text.lower()


def test_the_end_says_what_to_do_next():
    checks = public(0.4)
    wanted = next(
        check
        for check in checks
        if check.outcome not in {Outcome.PASSED, Outcome.BLOCKED}
    )
    end = last_line(one(checks))

    assert f"Next: {wanted.exercise}" in end
    assert "autograder check a02_layers" in end


def test_the_same_call_is_to_be_run_again():
    end = last_line(one(public(0.4), only="linear/b"))

    assert end.endswith("then run autograder check a02_layers -e linear/b again.")


def test_an_import_that_failed_is_told_once_and_names_the_line_to_correct():
    text = one(samples.unimportable("otto").checks)

    assert text.count("cannot be imported") == 1
    assert "Next: correct nabla/layers.py, line 524, then" in last_line(text)
    assert "Flatten works on views." in text


def test_the_end_of_what_was_printed_is_shown_without_what_disturbs():
    rows = "".join(f"\x1b[31mrow {number}\n" for number in range(40))
    text = one(public(2.0), printed=rows)

    assert "What your code printed (the last 15 of 40 lines)\n  row 25\n" in text
    assert "row 24" not in text
    assert "\x1b" not in text
    assert "What your code printed" not in one(public(2.0), printed="\n ")


def test_a_course_without_hidden_checks_promises_none():
    assert last_line(one(public(2.0)[:1], hidden_exist=False)) == (
        "The public check passes."
    )


def test_no_check_at_all_is_not_a_success():
    assert "No check ran" in one([])


def test_a_fault_of_the_kit_is_not_blamed_on_the_student():
    broken = dataclasses.replace(
        public(2.0)[0], outcome=Outcome.GRADER_FAULT, message=samples.STAFF
    )
    text = one([broken])

    assert "STAFF-ONLY" not in text
    assert "this is not your fault" in last_line(text)
