"""Holds one submission in a real sandbox and reports what happened.

Called by the tests directly or, to be an ordinary user when they run as root, as a
program: request on standard input, report on standard output, both JSON. Standard
library and the kit only.
"""

import dataclasses
import json
import pathlib
import sys
import tempfile
import time

from autograder.records import Limits
from autograder.sandbox import Place, named, processes
from autograder.wire import Handle, WireError

PATIENCE_S = 30


def visit(request):
    """Start a guest with `source` as nabla/lab.py, make `calls`, and clear up."""
    with tempfile.TemporaryDirectory(prefix="visit-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        secret = folder / "secret.txt"
        secret.write_text("the expected values")
        parent = folder / "temporary"
        parent.mkdir()
        place = Place(submission(folder, request["source"]), scratch=parent)
        box, limits = named(request["sandbox"]), Limits(**request["limits"])
        facts = {"secret": str(secret)}
        neighbour = box.start(place, limits) if request["neighbour"] else None
        facts["neighbour"] = [f"{base}/tree/nabla/lab.py" for base in parent.iterdir()]
        guest = box.start(place, limits)
        try:
            report = converse(guest, request["calls"], facts)
            time.sleep(request.get("wait_s", 0))
            family = processes.family(guest._process.pid)
        finally:
            guest.kill()
            if neighbour:
                neighbour.kill()
        return {
            **report,
            "printed": guest.printed(),
            "usage": dataclasses.asdict(guest.usage()),
            "family": len(family),
            "alive": processes.alive(family),
            "left": [path.name for path in parent.iterdir()],
            "secret": secret.read_text(),
        }


def submission(folder, source):
    package = folder / "tree" / "nabla"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "lab.py").write_text(source)
    return package.parent


def converse(guest, calls, facts):
    replies = []
    try:
        ready = guest.channel.receive(time.monotonic() + PATIENCE_S)
        ask(guest, {"op": "import", "package": "nabla", "modules": ["lab"]})
        ask(guest, {"op": "begin"})
        for name, *given in calls:
            args = [facts if arg == "facts" else arg for arg in given]
            target = Handle("path", 0, f"lab.{name}")
            call = {"op": "call", "target": target, "args": args, "kwargs": {}}
            replies.append(ask(guest, call))
    except WireError as exc:
        replies.append({"op": "lost", "how": type(exc).__name__})
    return {"ready": ready, "replies": replies}


def ask(guest, request):
    deadline = time.monotonic() + PATIENCE_S
    guest.channel.send(request, deadline)
    return guest.channel.receive(deadline)


def linger(request):
    """Start a guest, say who belongs to it, and wait to be killed."""
    folder = pathlib.Path(request["folder"])
    place = Place(submission(folder, request["source"]), scratch=folder)
    guest = named(request["sandbox"]).start(place, Limits())
    converse(guest, request["calls"], {})
    print(json.dumps(processes.family(guest._process.pid)), flush=True)  # noqa: T201
    time.sleep(60)


if __name__ == "__main__":
    doing = {"visit": visit, "linger": linger}[sys.argv[1]]
    print(json.dumps(doing(json.load(sys.stdin))))  # noqa: T201
