"""A pretend class: 40 submissions with every outcome and the nastiest texts."""

import dataclasses
import pathlib
import random

from autograder import messages
from autograder.manifest import Assignment, Exercise
from autograder.records import CheckResult, ErrorMap, Graded, Limits, Outcome, Status

EXERCISES = (
    Exercise("linear/forward", "Linear: the forward pass", 16, ("Linear.forward",)),
    Exercise("linear/backward", "Linear: the backward pass", 24, ("Linear.backward",)),
    Exercise("flatten", "Flatten", 8, ("Flatten.forward", "Flatten.backward")),
    Exercise("sequential", "Sequential: layers in a row", 16, ("Sequential",)),
    Exercise("bias", "What a bias is for", 6, ("Bias",)),
    Exercise("initialisation", "Initial weights of the right size", 18, ("glorot",)),
    Exercise("parameters", "Finding every parameter exactly once", 12, ("parameters",)),
)
ASSIGNMENT = Assignment(
    id="a02_layers",
    title="Layers",
    summary="Modules, linear layers and how to stack them.",
    points=100.0,
    files=("nabla/layers.py",),
    exercises=EXERCISES,
    limits=Limits(),
    solutions_released=False,
    opens=None,
    due=None,
    folder=pathlib.Path("assignments/a02_layers"),
)

_SENTENCES = {
    "linear/forward": (
        "Linear.forward computes `x @ W + b` row by row.",
        "Linear.forward keeps the dtype of its input.",
        "Linear.forward leaves its input unchanged.",
        "Linear.forward refuses an input of the wrong size with a ValueError.",
    ),
    "linear/backward": (
        "Linear.backward adds up the bias gradient over the batch.",
        "Linear.backward returns the gradient of the input.",
        "Linear.backward adds to the weight gradient and does not replace it.",
        "Linear.backward agrees with central differences for N = 1 and N > 1.",
    ),
    "flatten": (
        "Flatten keeps the batch axis.",
        "Flatten.backward gives the gradient back in the shape of the input.",
    ),
    "sequential": (
        "Sequential calls its layers in order.",
        "Sequential.backward goes through the layers in reverse order.",
        "Sequential hands every gradient on, whatever its layers are.",
    ),
    "bias": ("A layer without bias has no bias parameter.",),
    "initialisation": (
        "Glorot's uniform initialisation has the right bounds.",
        "Initial weights come from the generator that was passed in.",
        "He's initialisation counts the inputs, not the outputs.",
    ),
    "parameters": (
        "parameters() lists shared weights once.",
        "parameters() goes depth first.",
    ),
}
_HINTS = (
    "Your `dW` is the expected one times 32, and 32 is the batch size.",
    "This is what comes out when the bias gradient is averaged, not summed.",
    "Your result is the transpose of the expected one.",
    "The gradient is right for an upstream gradient of ones: `dout` is ignored.",
)
TABLE = (
    "dW differs in 11 of 12 entries; largest relative difference 31.\n"
    " index   |   yours     |  expected\n"
    " (0, 1)  |  12.804021  |  0.400126\n"
    " (2, 0)  |  -9.117004  | -0.284906\n"
    " (3, 2)  |   4.870031  |  0.152188"
)
STAFF = "STAFF-ONLY Traceback: /srv/kit/secret/course.py line 12"
NASTY_NAMES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "ada\u202egnp.exe\u202c",
    r"$\frac{1}{0}$ $",
    "x" * 200,
    "../../etc/passwd",
    "con",
    "Ada",
    "ada",
    "=HYPERLINK(1)",
    "علي بن أحمد",
    "李小龙 🐉",
    "[bold red]rich[/bold red]",
    "Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357\u0358algo",
    "a\nb\tc\x1b[31m",
    "lone \ud800 surrogate",
    "' onmouseover='x",
)
PLAIN_NAMES = (
    "beatriz_costa", "chen_wei", "dora_k", "emil_novak", "fatima_z", "george_o",
    "hanna_m", "ivan_p", "jun_sato", "kofi_a", "lena_s", "maya_r", "nils_b",
    "olga_v", "priya_n", "quentin_d", "rosa_l", "sven_h", "tomas_e", "uma_j",
    "viktor_c", "wanda_f", "xavier_g",
)  # fmt: skip
NASTY_MESSAGES = (
    "<b onclick=alert(3)>not bold</b> & \u202ereversed \x1b[31mred\x1b[0m",
    "ValueError: " + "a" * 400,
    r"TypeError: $\frac{1}{2}$ {{ 7 * 7 }} [link=x]click[/link]",
    "",
    "Not implemented yet: `Linear.backward`.",
)


def error_map(rng, shape=(4, 3), name="dW"):
    """A gradient that is wrong in one column, as most wrong gradients are."""
    rows, columns = (1, *shape)[-2:] if len(shape) < 3 else (shape[0], 24)
    rows, columns = min(rows, 32), min(columns, 32)
    values = tuple(
        tuple(
            10 ** rng.uniform(-2, 1) if column % 3 == 1 else 10 ** rng.uniform(-12, -5)
            for column in range(columns)
        )
        for _ in range(rows)
    )
    return ErrorMap(name=name, shape=shape, values=values)


def check(exercise, number, title, outcome, points, *, hidden, **more):
    kind = "hidden" if hidden else "public"
    return CheckResult(
        id=f"{exercise.replace('/', '_')}_{number}_{kind}",
        title=title,
        exercise=exercise,
        outcome=outcome,
        earned=points if outcome is Outcome.PASSED else 0.0,
        possible=points,
        hidden=hidden,
        duration_s=0.02,
        **more,
    )


def _told(rng, outcome):
    if outcome is Outcome.PASSED:
        return {}
    if outcome is Outcome.BLOCKED:
        return {"message": "It needs `linear/forward`, which did not pass."}
    if outcome is Outcome.GRADER_FAULT:
        return {"message": STAFF, "staff": STAFF}
    if outcome is Outcome.FAILED:
        shape = rng.choice(((4, 3), (64, 10), (7,), (6, 3, 4, 4), (32, 128)))
        drawn = error_map(rng, shape) if rng.random() < 0.6 else None
        hint = rng.choice(_HINTS) if rng.random() < 0.8 else ""
        return {"message": TABLE, "hint": hint, "error_map": drawn, "staff": STAFF}
    return {"message": rng.choice(NASTY_MESSAGES), "staff": STAFF}


def _outcome(rng, skill, hardness):
    if rng.random() < skill - hardness * 0.5 + 0.25:
        return Outcome.PASSED
    return rng.choice(
        [Outcome.FAILED] * 8
        + [Outcome.ERRORED] * 3
        + [Outcome.BLOCKED] * 3
        + [Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY, Outcome.CRASHED]
    )


def _checks(rng, skill):
    for place, exercise in enumerate(EXERCISES):
        hardness = place / len(EXERCISES)
        sentences = _SENTENCES[exercise.id]
        for number, title in enumerate(sentences):
            for hidden in (False, True):
                points = exercise.points / len(sentences) if hidden else 0.0
                outcome = _outcome(rng, skill, hardness)
                told = _told(rng, outcome)
                yield check(
                    exercise.id, number, title, outcome, points, hidden=hidden, **told
                )


def graded(name, seed, skill=None, **more):
    """One graded submission; a skill of 1.3 or more passes everything."""
    rng = random.Random(seed)
    skill = rng.betavariate(3, 1.6) + 0.1 if skill is None else skill
    checks = tuple(_checks(rng, skill))
    fields = {
        "submission": name,
        "assignment": ASSIGNMENT.id,
        "score": round(sum(check.earned for check in checks), 2),
        "possible": 100.0,
        "status": Status.GRADED,
        "sandbox": "bubblewrap",
        "upstream": "reference",
        "duration_s": round(rng.lognormvariate(-0.5, 0.6), 3),
        "digest": f"{seed:064x}",
        "checks": checks,
        "notes": ("Took `nabla/layers.py` from the folder `hand in (2)/`.",),
        "printed": "forward\nbackward <b>\x1b[31m\u202eloss 0.3\n" * 3,
        "staff": STAFF,
    }
    return Graded(**{**fields, **more})


def fault(name, seed=0):
    """A submission that the kit failed to grade, in the middle of a check."""
    whole = graded(name, seed, skill=0.6)
    broken = check(
        "flatten", 9, "Flatten works on views.", Outcome.GRADER_FAULT, 0.0,
        hidden=True, **_told(random.Random(0), Outcome.GRADER_FAULT),
    )  # fmt: skip
    return graded(
        name,
        seed,
        score=None,
        status=Status.FAULT,
        checks=(*whole.checks[:6], broken),
        staff=STAFF,
    )


def unreadable(name):
    return graded(
        name,
        1,
        score=0.0,
        status=Status.UNREADABLE,
        checks=(),
        printed="",
        digest="",
        notes=("`hand_in.rar` is no zip or tar archive; expected nabla/layers.py.",),
    )


IMPORT_FAILED = (
    "nabla/layers.py cannot be imported: SyntaxError in layers.py, line 524:"
    " '(' was never closed"
)


def unimportable(name):
    """A submission that a slip in one line kept from being imported."""
    blocked = check(
        "flatten", 9, "Flatten works on views.", Outcome.BLOCKED, 0.0, hidden=True
    )
    stopped = tuple(
        dataclasses.replace(
            one,
            outcome=Outcome.ERRORED,
            earned=0.0,
            message=IMPORT_FAILED,
            hint=messages.advice("import_failed"),
            error_map=None,
        )
        for one in graded(name, 1).checks
    )
    return graded(name, 1, score=0.0, checks=(*stopped, blocked), printed="", staff="")


def classroom(size=41):
    """Forty-one submissions by default, the nasty names among them."""
    names = [*NASTY_NAMES, *PLAIN_NAMES]
    names += [f"student_{number:04d}" for number in range(size)]
    results = [graded(name, seed) for seed, name in enumerate(names[: size - 6])]
    results += [
        graded("perfect", 900, skill=2.0),
        graded("blank", 901, skill=-1.0, printed="", notes=()),
        fault("unlucky"),
        unreadable("rar_<file>"),
        unimportable("otto"),
        graded("silent", 902, skill=2.0, printed="", notes=(), sandbox="unprotected"),
    ]
    return results
