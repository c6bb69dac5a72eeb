"""The corpus of attacks against the kit: `tox run -e hostile`; see README.md."""

from __future__ import annotations

import collections
import contextlib
import functools
import os
import tomllib

import corpus
import harness
import in_process
import pytest

USERS = harness.USERS
SETTINGS = [(s, u) for s in harness.SANDBOXES for u in USERS]
WEAKNESSES = tomllib.loads((corpus.HERE / "weaknesses.toml").read_text("utf-8"))
ASKED = os.environ.get("HOSTILE_ONLY", "").split() or [""]  # how names begin
WORKERS = int(os.environ.get("HOSTILE_WORKERS", "2"))
KINDS = ("gained", "leaked", "escaped", "disturbed", "misled")
LEAST = {"forge": 16, "secrets": 14, "play": 10}
TABLE = harness.TABLE


def asked() -> list[corpus.Member]:
    """Return the members that are to be graded."""
    return [member for name in ASKED for member in corpus.members(name)]


@pytest.fixture(scope="session")
def places():
    """A place for each kind of user, with the kit as it is."""
    with contextlib.ExitStack() as stack:
        yield {user: stack.enter_context(harness.ground(user)) for user in USERS}


@pytest.fixture(scope="session")
def weak_places():
    """A place for each kind of user, from whose kit something is taken out."""
    with contextlib.ExitStack() as stack:
        yield {user: stack.enter_context(harness.ground(user)) for user in USERS}


@pytest.fixture(scope="session")
def why_not(places):
    """Why a user cannot grade in a sandbox here, or "": asked once."""

    @functools.cache
    def reason(sandbox, user):
        return places[user].unfit or places[user].no_sandbox(sandbox)

    return reason


def test_there_are_enough_members():
    families = collections.Counter(each.family for each in corpus.members())

    assert families.keys() <= set(corpus.FAMILIES)
    assert all(families[family] >= least for family, least in LEAST.items())
    assert families.total() >= 80


@pytest.mark.parametrize("family", corpus.FAMILIES)
def test_every_member_has_a_description_of_its_own(family):
    told = [member.description for member in corpus.members(f"{family}/")]

    assert len(set(told)) == len(told)
    assert all(len(text) <= 88 and text.endswith(".") for text in told)


@pytest.mark.parametrize(("sandbox", "user"), SETTINGS)
def test_nothing_gets_through(sandbox, user, places, why_not):
    if reason := why_not(sandbox, user):
        pytest.skip(reason)
    batch = harness.grade(places[user], asked(), sandbox, WORKERS)
    _note(batch, sandbox, user)

    achieved = {
        found.member.name: found.achieved for found in batch.found if found.achieved
    }
    assert not achieved
    assert not batch.together
    assert all(found.status == "graded" for found in batch.found)


def _note(batch: harness.Batch, sandbox: str, user: str) -> None:
    if not TABLE:
        heads = "".join(f"{kind:>10}" for kind in KINDS)
        TABLE.append(f"\n{'family':10}{'sandbox':12}{'user':10}{'tried':>6}{heads}")
    for family in corpus.FAMILIES:
        found = [each for each in batch.found if each.member.family == family]
        counts = [sum(bool(getattr(each, kind)) for each in found) for kind in KINDS]
        row = "".join(f"{count:10}" for count in counts)
        TABLE.append(f"{family:10}{sandbox:12}{user:10}{len(found):6}{row}")
    TABLE.extend(f"together: {what}" for what in batch.together)


def _weak_settings():
    """Yield each protection with the sandboxes and users where it is the last one."""
    for weakness in WEAKNESSES["weakness"]:
        for sandbox in weakness.get("sandboxes", harness.SANDBOXES):
            for user in weakness.get("users", ["ordinary"]):
                name = f"{weakness['protection']}-{sandbox}-{user}"
                yield pytest.param(weakness, sandbox, user, id=name)


@pytest.mark.parametrize(("weakness", "sandbox", "user"), list(_weak_settings()))
def test_each_protection_is_needed(weakness, sandbox, user, weak_places, why_not):
    if reason := why_not(sandbox, user):
        pytest.skip(reason)
    chosen = [m for name in weakness["members"] for m in corpus.members(name)]
    place = weak_places[user]
    place.renew()
    for file, find, replace in weakness["change"]:
        harness.weaken(place, file, find, replace)
    # The command tries the sandbox first, and would refuse a weak one.
    trial = "        _insist(_probe_once(name))\n"
    harness.weaken(place, "autograder/sandbox/choosing.py", trial, "")
    batch = harness.grade_alone(place, chosen, sandbox)

    succeeded = {each.member.name: each.achieved for each in batch.found}
    assert any(succeeded.values()) or batch.together


def test_what_the_border_is_worth():
    if reason := in_process.missing():
        pytest.skip(reason)
    chosen = asked()
    texts = [corpus.honest(), corpus.solution(), *(each.source for each in chosen)]
    honest, whole, *others = in_process.grade_all(texts)
    assert (honest.score, whole.score) == (corpus.HONEST_POINTS, 100.0)

    earned = dict(zip(chosen, others, strict=True))
    surplus = {
        member: one.score - member.most
        for member, one in earned.items()
        if one.score is not None and one.score > member.most
    }
    read = [member for member, one in earned.items() if "LOOT:" in one.output]
    lost = [member for member, one in earned.items() if one.score is None]
    TABLE.append(
        f"Against an ordinary grader, in its own process, {len(surplus)} of"
        f" {len(chosen)} members earn {sum(surplus.values()):g} points that their code"
        f" does not deserve, {len(read)} reach what is secret or not allowed, and"
        f" {len(lost)} leave no result."
    )
    assert surplus
