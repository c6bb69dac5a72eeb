import dataclasses
import itertools
import time

import pytest

from autograder.errors import SuiteError
from autograder.records import Outcome
from autograder.suite import diagnose


def test_the_reference_passes_every_check(lesson):
    results = lesson.local()

    assert {result.outcome for result in results.values()} == {Outcome.PASSED}
    assert sum(result.earned for result in results.values()) == 10


def test_results_come_in_file_order_public_ones_first(lesson):
    assert list(lesson.local()) == [
        "tanh_of_zero",
        "forward_multiplies",
        "forward_refuses_vectors",
        "gradients",
    ]


def test_public_checks_alone_can_be_run(lesson):
    assert list(lesson.local(hidden=False)) == ["tanh_of_zero"]


def test_the_checks_of_one_exercise_can_be_run(lesson):
    assert list(lesson.local(only="scale/back")) == ["gradients"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("np.tanh(x * ", "np.tanh(x + "),
        ("raise ValueError", "raise KeyError"),
        ("self.saved = x.copy()", "raise NotImplementedError('exercise scale')"),
        ("import numpy as np", "import numpy as np\nimport no_such_module"),
    ],
)
def test_a_guest_and_this_process_give_the_same_results(lesson, old, new):
    lesson.hand_in(old, new)

    def timeless(results):
        return [dataclasses.replace(r, duration_s=0.0) for r in results.values()]

    assert timeless(lesson.guest()) == timeless(lesson.local())


def test_the_same_digest_gives_the_same_inputs(lesson):
    lesson.hand_in("np.tanh(x * ", "np.tanh(x + ")

    first, again, other = (
        lesson.local(digest=digest)["forward_multiplies"].message
        for digest in ("one", "one", "other")
    )

    assert first == again != other


def test_a_hidden_failure_tells_no_expected_value(lesson):
    lesson.hand_in("np.tanh(x * ", "np.tanh(x + ")
    message = lesson.local()["forward_multiplies"].message

    assert "differs in 15 of 15 entries" in message
    assert "expected" not in message.splitlines()[1]


def test_a_known_mistake_is_named_with_its_hint(lesson):
    lesson.hand_in("np.tanh(x * ", "np.tanh(x + ")
    result = lesson.local()["forward_multiplies"]

    assert result.message.endswith("This is what comes out when the weight is added.")
    assert result.hint == "Multiply."


def test_an_unknown_mistake_keeps_the_hint_of_the_check(lesson):
    lesson.hand_in("np.tanh(x * ", "np.tanh(x - ")
    result = lesson.local()["forward_multiplies"]

    assert "This is what comes out" not in result.message
    assert result.hint == "The formula stands in the handout."


def hand_in_what_adds_the_weight_throughout(lesson):
    lesson.hand_in(
        lesson.tree.joinpath("nabla/scale.py").read_text(),
        (lesson.course.reference / "nabla/scale.py")
        .read_text()
        .replace("x * self.weight.data)", "x + self.weight.data)")
        .replace("(dz * x).sum", "dz.sum")
        .replace("return dz * self.weight.data", "return dz"),
    )


def test_a_backward_right_for_a_known_wrong_forward_earns_its_points(lesson):
    hand_in_what_adds_the_weight_throughout(lesson)
    results = lesson.local()

    assert results["forward_multiplies"].outcome is Outcome.FAILED
    assert results["gradients"].outcome is Outcome.PASSED
    assert results["gradients"].earned == 6
    assert "known mistake (the weight is added)" in results["gradients"].message


def test_a_machine_on_which_replays_take_hours_gives_the_same_marks(
    lesson, monkeypatch
):
    hand_in_what_adds_the_weight_throughout(lesson)
    quick = lesson.local()
    hours = itertools.count(step=3600.0)
    monkeypatch.setattr(time, "process_time", lambda: next(hours))
    slow = lesson.local()

    assert {name: one.message for name, one in slow.items()} == {
        name: one.message for name, one in quick.items()
    }
    assert slow["gradients"].earned == 6


def test_replays_are_not_without_end(lesson, monkeypatch):
    monkeypatch.setattr(diagnose, "REPLAYS", 0)
    hand_in_what_adds_the_weight_throughout(lesson)

    assert lesson.local()["gradients"].earned == 0


def test_a_consistent_pair_of_zeros_earns_nothing(lesson):
    lesson.hand_in("return np.tanh(x * self.weight.data)", "return 0 * x")
    lesson.hand_in("dz = dout * ", "dz = 0 * dout * ")
    result = lesson.local()["gradients"]

    assert result.outcome is Outcome.FAILED
    assert result.earned == 0
    assert "forward itself is not the expected one" in result.message


def test_what_is_needed_and_failed_blocks_and_is_named(lesson):
    lesson.hand_in("np.tanh(x * ", "np.tanh(x - ")
    result = lesson.local()["forward_refuses_vectors"]

    assert result.outcome is Outcome.BLOCKED
    assert "“Scale.forward is the tanh of x times the weight”" in result.message


def test_a_chain_of_needs_names_its_beginning(lesson):
    lesson.write_checks('''
        @check(exercise="scale/forward")
        def test_a(student):
            """First."""
            student.look(student.scale.ONE)

        @check(exercise="scale/forward", needs=["a"])
        def test_b(student):
            """Second."""

        @check(exercise="scale/backward", needs=["scale/forward", "b"])
        def test_c(student):
            """Third."""
    ''')
    results = lesson.local()

    assert results["c"].outcome is Outcome.BLOCKED
    assert "“First”" in results["c"].message


def test_a_stub_is_not_implemented_yet(lesson):
    lesson.hand_in("self.saved = x.copy()", "raise NotImplementedError('exercise f')")
    result = lesson.local()["forward_multiplies"]

    assert result.outcome is Outcome.ERRORED
    assert result.message == "Not implemented yet: exercise f."


def test_an_exception_is_told_with_its_place(lesson):
    lesson.hand_in("self.saved = x.copy()", "[][1]")
    result = lesson.local()["forward_multiplies"]

    assert result.outcome is Outcome.ERRORED
    assert "Scale.forward raised IndexError in scale.py, line 14" in result.message
    assert "list index out of range" in result.message


def test_a_syntax_error_is_told_with_its_line(lesson):
    lesson.hand_in("class Scale(Module):", "class Scale(Module:")
    result = lesson.local()["gradients"]

    assert result.outcome is Outcome.ERRORED
    assert result.message.startswith(
        "nabla/scale.py cannot be imported: SyntaxError in scale.py, line 7:"
    )


def test_a_missing_name_is_told_with_what_is_near(lesson):
    lesson.hand_in("class Scale(", "class Scales(")
    result = lesson.local()["gradients"]

    assert result.outcome is Outcome.ERRORED
    assert "did you mean 'Scales'?" in result.message


def test_what_a_check_cannot_use_is_the_students_failure(lesson):
    lesson.write_checks('''
        @check(exercise="scale/forward")
        def test_adds(student):
            """Adds."""
            close(student.scale.Scale(2).forward(np.ones((1, 2))) + 1, np.ones((1, 2)))
    ''')
    reference = lesson.course.reference / "nabla/scale.py"
    reference.write_text(reference.read_text().replace("np.tanh(", "0 * (", 1))
    lesson.hand_in("return np.tanh(x * self.weight.data)", "return None")
    result = lesson.local()["adds"]

    assert result.outcome is Outcome.FAILED
    assert result.message.startswith("Your code returned something this check cannot")
    assert "Traceback" in result.staff
    assert "Traceback" not in result.message


@pytest.mark.parametrize(
    ("body", "returned", "told"),
    [
        ("a, b = out()", "None", "returned None, expected 2 values: was `return` forg"),
        ("a, b = out()", "(1, 2, 3)", "returned 3 values, expected 2."),
        ("a, b = out()", "[1]", "returned 1 value, expected 2."),
        ("a, b = out()", "x[:, 0]", "returned an array of shape (1,), expected 2 va"),
        ("a, b = out()", "1.5", "returned a float, expected 2 values."),
        ("out()['a']", "[1, 2]", "returned a list, expected a dict."),
    ],
)
def test_a_wrong_number_of_values_is_told_with_the_call(lesson, body, returned, told):
    lesson.write_checks(f'''
        @check(exercise="scale/forward")
        def test_uses(student):
            """Uses."""
            hint("Two of them.")
            out = lambda: student.scale.Scale(2).forward(np.ones((1, 2)))
            {body}
    ''')
    reference = lesson.course.reference / "nabla/scale.py"
    good = "{'a': 1, 'b': 2}"
    text = reference.read_text()
    reference.write_text(text.replace("np.tanh(x * self.weight.data)", good, 1))
    lesson.hand_in("return np.tanh(x * self.weight.data)", f"return {returned}")
    result = lesson.local()["uses"]

    assert result.outcome is Outcome.FAILED
    assert result.message.startswith(f"Scale.forward {told}")
    assert result.hint == "Two of them."


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("[0.7615].index(out)", "ValueError"),
        ("np.testing.assert_allclose(out, 0.7615)", "AssertionError"),
        ("assert out == 0.7615", "AssertionError"),
        ("assert out > 0.5, 'out is too small'", "out is too small."),
        ("dict()[0.7615 + out]", "KeyError"),
        ("np.ones(3) + np.ones(2 + (out > 0.5))", "could not be broadcast"),
    ],
)
def test_of_a_hidden_checks_own_exception_no_number_is_shown(lesson, body, told):
    lesson.write_checks(f'''
        @check(exercise="scale/forward")
        def test_uses(student):
            """Uses."""
            layer = student.scale.Scale(1)
            layer.weight.data = np.ones(1)
            out = round(float(layer.forward(np.ones((1, 1)))[0, 0]), 4)
            if out != 0.7616:
                {body}
    ''')
    lesson.hand_in("return np.tanh(x * self.weight.data)", "return 0 * x")
    result = lesson.local()["uses"]

    assert result.outcome is Outcome.FAILED
    assert told in result.message
    assert "0.76" not in result.message
    assert "0.76" in result.staff or "Error" in result.staff


def test_a_known_mistake_takes_the_place_of_the_guess_about_zeros(lesson):
    path = lesson.folder / "mutants/plus.toml"
    text = path.read_text().replace('np.tanh(x + self.weight.data)"', '0.0 * x"', 1)
    path.write_text(text)
    lesson.hand_in("return np.tanh(x * self.weight.data)", "return 0.0 * x")
    result = lesson.local()["forward_multiplies"]
    path.unlink()
    unknown = lesson.local()["forward_multiplies"]

    assert "This is what comes out when" in result.message
    assert "All of out is zero" not in result.message
    assert "All of out is zero" in unknown.message


def test_the_authors_hint_is_read_also_after_an_exception(lesson):
    lesson.hand_in("self.saved = x.copy()", "[][1]")
    result = lesson.local()["forward_multiplies"]

    assert result.outcome is Outcome.ERRORED
    assert result.hint == "The formula stands in the handout."


def test_what_fails_with_the_reference_too_is_our_fault(lesson):
    lesson.write_checks('''
        @check(exercise="scale/forward")
        def test_divides(student):
            """Divides."""
            1 / 0

        @check(exercise="scale/forward")
        def test_wrong(student):
            """Wrong."""
            close(student.scale.Scale(2).forward(np.ones((1, 2))), np.ones((1, 2)))
    ''')
    results = lesson.local()

    assert results["divides"].outcome is Outcome.GRADER_FAULT
    assert "ZeroDivisionError" in results["divides"].staff
    assert "ZeroDivisionError" not in results["divides"].message
    assert results["wrong"].outcome is Outcome.GRADER_FAULT


def test_an_edited_file_is_read_anew(lesson):
    before = lesson.local()["forward_multiplies"].outcome
    lesson.hand_in("np.tanh(x * ", "np.tanh(x + ")

    assert before is Outcome.PASSED
    assert lesson.local()["forward_multiplies"].outcome is Outcome.FAILED


def test_without_explanations_no_mistake_is_named(lesson):
    lesson.hand_in("np.tanh(x * ", "np.tanh(x + ")
    result = lesson.local(explain=False)["forward_multiplies"]

    assert "This is what comes out" not in result.message


def test_notes_are_for_the_instructor_alone(lesson):
    lesson.write_checks('''
        @check(exercise="scale/forward")
        def test_noted(student):
            """Noted."""
            note("seen")
    ''')
    result = lesson.local()["noted"]

    assert (result.staff, result.message) == ("seen", "")


def test_objects_of_one_check_are_of_no_use_in_the_next(lesson):
    lesson.write_checks('''
        kept = []

        @check(exercise="scale/forward")
        def test_keeps(student):
            """Keeps."""
            kept.append(student.scale.Scale(2))

        @check(exercise="scale/forward")
        def test_reuses(student):
            """Reuses."""
            kept[0].forward(np.ones((1, 2)))
    ''')
    results = lesson.guest()

    assert results["keeps"].outcome is Outcome.PASSED
    assert results["reuses"].outcome is Outcome.GRADER_FAULT
    assert "a check that has ended" in results["reuses"].staff


def test_state_of_one_check_does_not_reach_the_next_guest(lesson):
    lesson.write_checks('''
        @check(exercise="scale/forward")
        def test_spoils(student):
            """Spoils."""
            student.scale.Scale.extra = 1
            close(student.look(student.scale.Scale.extra), 1)

        @check(exercise="scale/forward")
        def test_is_clean(student):
            """Is clean."""
            close("extra" in student.names(student.scale.Scale), False)
    ''')
    results = lesson.guest()

    assert results["spoils"].outcome is Outcome.PASSED
    assert results["is_clean"].outcome is Outcome.PASSED


def test_what_breaks_only_after_other_checks_passes_in_a_fresh_fork(lesson):
    product = "return np.tanh(x * self.weight.data)"
    lesson.hand_in(
        product,
        "Scale.uses = getattr(Scale, 'uses', 0) + 1\n"
        "        if Scale.uses > 2:\n"
        "            raise RuntimeError('worn out')\n"
        f"        {product}",
    )
    use = """
        @check(exercise="scale/forward")
        def test_use_{number}(student):
            \"\"\"Use.\"\"\"
            student.scale.Scale(2).forward(np.ones((1, 2)))
    """
    lesson.write_checks("".join(use.format(number=number) for number in range(5)))
    results = lesson.guest()

    assert {result.outcome for result in results.values()} == {Outcome.PASSED}


def test_objects_that_equal_everything_pass_nothing(lesson):
    lesson.hand_in(
        "return np.tanh(x * self.weight.data)",
        "return type('AlwaysEqual', (), {'__eq__': lambda *_: True})()",
    )
    result = lesson.guest()["forward_multiplies"]

    assert result.outcome is Outcome.FAILED
    assert result.message.startswith(
        "out is an object (AlwaysEqual), expected an array"
    )


def test_a_check_file_that_cannot_be_imported_is_named(lesson):
    lesson.hidden.write_text("import no_such_module\n")

    with pytest.raises(SuiteError, match=r"test_scale\.py: cannot be imported: Module"):
        lesson.local()
