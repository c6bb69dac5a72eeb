"""Kills what belongs to a batch, again and again, and goes on until the batch is done.

Five kinds of process can be hit: the coordinator (`autograder grade` itself), the
server from which workers are forked, a worker, the zygote from which guests are forked,
or any process of a guest: the student's code, the warden beside it, bubblewrap around
it. Which one, and when, is drawn from a seed. A batch whose coordinator was killed is
started again by the same call.
"""

import collections
import contextlib
import dataclasses
import difflib
import json
import os
import pathlib
import random
import re
import signal
import sqlite3

from running import RIGHT, wait_until

ROLES = ("coordinator", "worker", "guest", "server", "zygote")
GUESTS_DIE = {"guest", "zygote"}
LONGEST_PAUSE_S = 2.5  # between two kills; an undisturbed batch takes ten times that
MOST_CALLS = 200
TABLE = []

_SECONDS = re.compile(r'(data-value="[\d.]+">)?\b\d+(\.\d+)?(?= ?(ms|s|min)\b)')
_SLOWEST = re.compile("<dt>Slowest</dt>.*")
_MOMENT = re.compile(r"\b\d{1,2} \w+ \d{4}, \d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.+]+")
_TIMES = re.compile(r'("?\w*(?:duration_s|execution_time|time)"?[=:] ?)"?[\d.]+"?')


def class_of(size):
    """Return the gates.py of each student: right, wrong, empty, deadly, all different.

    None is a hand-in that cannot be read.
    """
    kinds = (
        RIGHT,
        RIGHT.replace("x + y *", "x - y *"),
        RIGHT.replace("math.pow(x, 2.0) * 1.0", "x * 2.0"),
        RIGHT.replace("return _plus(x, y)", "raise KeyError(x)"),
        RIGHT.replace("return _plus(x, y)", "import os; os._exit(3)"),
        RIGHT.replace("return _plus(x, y)", "import os; os.kill(os.getpid(), 9)"),
        RIGHT + "print('a line')\n",
        None,
    )
    return {
        f"student{number:02}": kind and f"{kind}\n# {number}\n"
        for number in range(size)
        for kind in (kinds[number % len(kinds)],)
    }


@dataclasses.dataclass
class Kill:
    """One shot: whom, and how long after the one before."""

    role: str
    pause_s: float


def plan(count, seed):
    """Return the kills that a seed stands for; each kind has its turn."""
    draw = random.Random(seed)
    kills = [
        Kill(ROLES[number % len(ROLES)], draw.uniform(0, LONGEST_PAUSE_S))
        for number in range(count)
    ]
    draw.shuffle(kills)
    return collections.deque(kills)


class Batch:
    """One call of `autograder grade`, repeated until everything is graded."""

    def __init__(self, command, inbox, out, seed):
        self._command = command
        self._inbox = inbox
        self._out = out
        self._draw = random.Random(seed)
        self.killed = collections.Counter()
        self.calls = 0

    def finish(self, kills=(), at_most=0):
        """Grade until all is graded; meanwhile take kills, and make them."""
        while self._call(kills, at_most):
            assert self.calls < MOST_CALLS, "the batch does not come to an end"
        # The start of a guest that was killed half-way is ended by the next start.
        running = self._command.still_running()
        assert running == [], f"still running: {running}"

    def _call(self, kills, at_most):
        """Make the call once; return whether it has to be made again."""
        self.calls += 1
        with self._command.grading(self._inbox, self._out, "--workers", 2) as process:
            while kills and self.killed.total() < at_most:
                self._wait(process, kills[0].pause_s)
                victim = self._aim(process, kills[0].role)
                if victim is None:
                    break
                if self._shoot(process, victim, kills[0].role):
                    kills.popleft()
            out, err = process.communicate(timeout=300)
        ended = process.returncode in {0, 1} and "The report:" in out
        told = process.returncode == 2 and "autograder: " in err  # in a sentence
        assert ended or told or process.returncode == -signal.SIGKILL, out + err
        return not ended or self._has_faults()

    def _shoot(self, process, victim, role):
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:  # it has just ended by itself
            return False
        self.killed[role] += 1
        if role in GUESTS_DIE:  # a submission is hit once: the second time it counts
            hit = self._in_work()
            wait_until(
                lambda: not hit & self._in_work() or process.poll() is not None, 120
            )
        return True

    def _in_work(self):
        """Return whose hand-ins have been staged and have no result yet."""
        return {path.name for path in self._out.glob(".staged/*")}

    @staticmethod
    def _wait(process, pause_s):
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: process.poll() is not None, pause_s)

    def _aim(self, process, role):
        """Wait for somebody in this role, and choose one; None: it is all over."""
        found = []

        def there():
            found[:] = cast(process.pid)[role] if process.poll() is None else []
            return found or process.poll() is not None

        wait_until(there, 120)
        return self._draw.choice(found) if found else None

    def _has_faults(self):
        latest = {name: status for name, status, *_ in rows(self._out)}
        return "fault" in latest.values()


def cast(coordinator):
    """Return who plays which role in a batch."""
    parents, lines = processes()
    below = collections.defaultdict(list)
    for pid, parent in parents.items():
        below[parent].append(pid)
    server = [pid for pid in below[coordinator] if "forkserver" in lines[pid]]
    forks = [pid for each in server for pid in below[each]]
    workers = [pid for pid in forks if "forkserver" in lines[pid]]
    rest = [pid for pid in forks if pid not in workers]
    rest += [pid for each in workers for pid in below[each]]
    for each in rest:  # grows while it is read
        rest += below[each]
    zygotes = [
        pid
        for pid in rest
        if "autograder.sandbox.zygote" in lines[pid]
        and parents[pid] in {*server, *workers}  # its forks have the same command line
    ]
    return {
        "coordinator": [coordinator],
        "server": server,
        "worker": workers,
        "zygote": zygotes,
        "guest": [pid for pid in rest if pid not in zygotes],
    }


def processes():
    """Return the parent and the command line of each process of this machine."""
    parents, lines = {}, {}
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (place / "stat").read_text().rpartition(")")[2].split()[:2]
            line = (place / "cmdline").read_text()
            if state != "Z":
                parents[int(place.name)] = int(parent)
                lines[int(place.name)] = line
    return parents, lines


def rows(out):
    """Return name, status and record of all attempts, also while they are made."""
    path = out / "gradebook.sqlite"
    if not path.exists():
        return []
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as book:
        try:
            return book.execute(
                "SELECT submission, status, key, digest, score, record FROM attempts"
                " ORDER BY id"
            ).fetchall()
        except sqlite3.OperationalError:  # it is just being made, or was left half-way
            return []


def told(command, out):
    """Return all that a batch leaves behind, by file name, without times of day."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_file() and path.name not in {"gradebook.sqlite", ".lock"}:
            found[name] = _without_times(path)
    for form in ("gradescope", "junit"):
        folder = out.with_name(f"{out.name}-{form}")
        done = command.here("export", form, out, "--out", folder)
        assert done.returncode == 0, done.stderr
        for path in sorted(folder.rglob("*.*")):
            found[f"{form}: {path.name}"] = _without_times(path)
    found["gradebook"] = sorted(
        (*row[:-1], _plain(row[-1])) for row in rows(out) if row[1] != "fault"
    )
    return found


def differences(expected, found):
    """Return what is not the same in two of what `told` returns, line by line."""
    return [
        f"{name}: {line[:300]}"
        for name in sorted(expected.keys() | found.keys())
        for line in difflib.ndiff(_lines(expected, name), _lines(found, name))
        if line[:1] in "+-"
    ]


def _lines(told_of, name):
    content = told_of.get(name, "no such file")
    if isinstance(content, str):
        return content.splitlines()
    return [str(each) for each in content]


def _without_times(path):
    text = path.read_bytes().decode(errors="replace")
    if path.suffix == ".csv":  # its column of durations
        return [line.split(",")[:6] + line.split(",")[7:] for line in text.split("\n")]
    if path.suffix == ".jsonl":
        return [_plain(line) for line in text.splitlines()]
    text = _SLOWEST.sub("?", _TIMES.sub(r"\1?", text))
    return _SECONDS.sub("?", _MOMENT.sub("?", text))


def _plain(record):
    """Return a record without durations, and as text, so that digits count."""

    def dropped(value):
        if isinstance(value, dict):
            return {k: dropped(v) for k, v in value.items() if k != "duration_s"}
        return [dropped(each) for each in value] if isinstance(value, list) else value

    return json.dumps(dropped(json.loads(record)))
