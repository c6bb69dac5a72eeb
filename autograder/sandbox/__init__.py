"""Ways to hold a student's code: each starts a guest that answers on a channel.

| name        | holds the code by                                      | for marks |
|-------------|--------------------------------------------------------|-----------|
| bubblewrap  | namespaces, seccomp, resource limits, a user as root   | yes       |
| lockdown    | Landlock, seccomp, resource limits, a user as root     | yes       |
| unprotected | nothing: a plain subprocess                            | no        |
| scripted    | there is none: replies come from a script, for tests   | no        |
"""

from autograder.sandbox.choosing import choose, named, probe
from autograder.sandbox.linux import die_with_parent
from autograder.sandbox.nursery import prepare
from autograder.sandbox.probing import Probe
from autograder.sandbox.protocol import STOPPED, Guest, Place, Sandbox, Usage
from autograder.sandbox.scripted import ScriptedSandbox
from autograder.sandbox.slots import clear_away

__all__ = [
    "STOPPED",
    "Guest",
    "Place",
    "Probe",
    "Sandbox",
    "ScriptedSandbox",
    "Usage",
    "choose",
    "clear_away",
    "die_with_parent",
    "named",
    "prepare",
    "probe",
]
