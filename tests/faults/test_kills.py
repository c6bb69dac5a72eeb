"""`kill -9`, a hundred times: `tox run -e faults`; see FAULTS_SEED and FAULTS_KILLS.

Batches of sixty are graded one after the other until all kills have been made, twenty
in each. What each batch has left behind when it is done is compared, to the last digit,
with what a batch of the same hand-ins has left that nobody disturbed.
"""

import collections
import os
import time

import killing
import pytest
import running

SEED = int(os.environ.get("FAULTS_SEED", "1"))
KILLS = int(os.environ.get("FAULTS_KILLS", "100"))
STUDENTS = int(os.environ.get("FAULTS_STUDENTS", "60"))
KILLS_PER_BATCH = 20


@pytest.fixture
def inbox(tmp_path):
    """Sixty hand-ins of all kinds, some of which cannot be read."""
    hand_ins = killing.class_of(STUDENTS)
    readable = {name: text for name, text in hand_ins.items() if text is not None}
    folder = running.fill(tmp_path / "inbox", readable)
    for name in hand_ins.keys() - readable.keys():
        (folder / f"{name}.zip").write_bytes(b"PK\x03\x04 and then nothing")
    return folder


def test_after_a_hundred_kills_all_is_as_if_nothing_had_happened(
    autograder, inbox, tmp_path
):
    began = time.monotonic()
    quiet = tmp_path / "undisturbed"
    killing.Batch(autograder, inbox, quiet, SEED).finish()
    expected = killing.told(autograder, quiet)
    kills = killing.plan(KILLS, SEED)
    killed, sums = collections.Counter(), collections.Counter()
    while kills:
        sums["batches"] += 1
        out = tmp_path / f"disturbed-{sums['batches']}"
        batch = killing.Batch(autograder, inbox, out, f"{SEED} {sums['batches']}")
        batch.finish(kills, KILLS_PER_BATCH)
        killed += batch.killed
        sums["calls"] += batch.calls
        rows = killing.rows(out)
        graded = collections.Counter(row[0] for row in rows if row[1] != "fault")
        sums["faults"] += len(rows) - graded.total()
        sums["lost"] += STUDENTS - len(graded)
        sums["twice"] += sum(count > 1 for count in graded.values())
        differing = killing.differences(expected, killing.told(autograder, out))
        assert differing == [], f"batch {sums['batches']}, seed {SEED}"
        assert autograder.left_in_folder() == []
    took_s = time.monotonic() - began
    killing.TABLE[:] = [
        f"kill -9 under seed {SEED}: {sums['calls']} calls, {took_s:.0f} s",
        f"  {'batches of ' + str(STUDENTS):28}{sums['batches']:4}",
        f"  {'kills':28}{killed.total():4}",
        *(f"  {role:28}{killed[role]:4}" for role in killing.ROLES),
        f"  {'hand-ins lost':28}{sums['lost']:4}",
        f"  {'hand-ins graded twice':28}{sums['twice']:4}",
        f"  {'told as faults of the kit':28}{sums['faults']:4}  and graded afterwards",
        "  results that differ, processes or folders left: none",
    ]

    assert (sums["lost"], sums["twice"]) == (0, 0)
    assert killed.total() == KILLS
