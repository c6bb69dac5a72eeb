import dataclasses

import pytest

from autograder import messages
from autograder.pipeline import needs_a_person
from autograder.records import Outcome
from autograder.reports import imports

from . import samples

SLIP = samples.unimportable("otto")


def stopped(message, outcome=Outcome.ERRORED):
    return dataclasses.replace(SLIP.checks[0], message=message, outcome=outcome)


def failed(where):
    return messages.say(
        "import_failed",
        module="nabla/layers.py",
        type="NameError",
        where=where,
        text=": name 'x' is not defined",
    )


@pytest.mark.parametrize(
    ("where", "place"),
    [
        (" in layers.py, line 7", "nabla/layers.py, line 7"),
        (" in helper.py, line 3, in f", "helper.py, line 3"),
        ("", "nabla/layers.py"),
    ],
)
def test_the_place_to_correct_is_named_as_well_as_it_is_known(where, place):
    (one,) = imports.broken([stopped(failed(where))])

    assert one.place == place


def test_a_process_that_ends_at_import_stops_every_check():
    died = messages.say("crashed_import", how="")
    late = messages.say("timed_out_import", limit="5")

    assert imports.stopped(stopped(died, Outcome.CRASHED))
    assert imports.stopped(stopped(late, Outcome.TIMED_OUT))


def test_an_exception_of_the_code_is_no_import_that_failed():
    text = ": nabla/layers.py cannot be imported: really"
    message = messages.say("raised", call="f", type="ValueError", where="", text=text)

    assert not imports.stopped(stopped(message))
    assert not imports.stopped(stopped(failed(""), Outcome.FAILED))


def test_reasons_are_told_once_each_the_most_frequent_first():
    checks = [stopped(failed(" in b.py, line 1")), *[stopped(failed(""))] * 2]
    found = imports.broken(checks)

    assert [(one.checks, one.message) for one in found] == [
        (2, failed("")),
        (1, failed(" in b.py, line 1")),
    ]


def test_a_hand_in_that_could_not_be_imported_needs_a_person():
    one_passes = dataclasses.replace(SLIP.checks[0], outcome=Outcome.PASSED)
    partly = dataclasses.replace(SLIP, checks=(*SLIP.checks, one_passes))

    assert needs_a_person([SLIP])
    assert not needs_a_person([partly])
    assert not needs_a_person([dataclasses.replace(SLIP, checks=())])
