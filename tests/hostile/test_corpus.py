"""The corpus of attacks against the kit: `tox run -e hostile`; see README.md."""

from __future__ import annotations

import collections
import functools
import os
import tomllib

import corpus
import harness
import in_process
import pytest

SETTINGS = [(s, u) for s in harness.SANDBOXES for u in harness.USERS]
WEAKNESSES = tomllib.loads((corpus.HERE / "weaknesses.toml").read_text("utf-8"))
ASKED = os.environ.get("HOSTILE_ONLY", "").split() or [""]  # how names begin
WORKERS = int(os.environ.get("HOSTILE_WORKERS", "2"))
KINDS = ("gained", "leaked", "escaped", "disturbed", "misled")
LEAST = {"forge": 16, "secrets": 14, "play": 10}
TABLE = harness.TABLE


def asked() -> list[corpus.Member]:
    """Return the members that are to be graded."""
    return [member for name in ASKED for member in corpus.members(name)]


@functools.cache
def why_not(sandbox: str, user: str) -> str:
    """Say why a user cannot grade in a sandbox here, or ""."""
    with harness.ground(user) as place:
        return place.unfit or place.no_sandbox(sandbox)


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
def test_nothing_gets_through(sandbox, user):
    if reason := why_not(sandbox, user):
        pytest.skip(reason)
    with harness.ground(user) as place:
        batch = harness.grade(place, asked(), sandbox, WORKERS)
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


@pytest.mark.parametrize(
    "weakness", WEAKNESSES["weakness"], ids=lambda each: each["protection"]
)
@pytest.mark.parametrize(("sandbox", "user"), SETTINGS)
def test_each_protection_is_needed(weakness, sandbox, user):
    if sandbox not in weakness.get("sandboxes", harness.SANDBOXES):
        pytest.skip("another protection stands behind it in this sandbox")
    if user not in weakness.get("users", harness.USERS):
        pytest.skip("another protection stands behind it for this user")
    if reason := why_not(sandbox, user):
        pytest.skip(reason)
    chosen = [m for name in weakness["members"] for m in corpus.members(name)]
    with harness.ground(user) as place:
        for file, find, replace in weakness["change"]:
            harness.weaken(place, file, find, replace)
        # The command tries the sandbox first, and would refuse a weak one.
        trial = "        _insist(_probe_once(name))\n"
        harness.weaken(place, "autograder/sandbox/choosing.py", trial, "")
        batch = harness.grade(place, chosen, sandbox, WORKERS, trusted=False)

    assert batch.together or any(found.achieved for found in batch.found)


def test_what_the_border_is_worth():
    if reason := in_process.missing():
        pytest.skip(reason)
    honest = in_process.grade(corpus.honest())
    whole = in_process.grade(corpus.solution())
    assert (honest.score, whole.score) == (corpus.HONEST_POINTS, 100.0)

    chosen = asked()
    earned = {member: in_process.grade(member.source) for member in chosen}
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
