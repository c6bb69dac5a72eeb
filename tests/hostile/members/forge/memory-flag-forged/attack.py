"""Deaths are announced that did not happen, with status and reasons of every kind."""

import gc

_turn = iter(
    [
        {"op": "died", "status": 0, "memory": False},
        {"op": "died", "status": 24, "memory": True},
        {"op": "died", "status": "0", "memory": "yes"},
        {"op": "died"},
        {"op": "raised"},
        {"op": "raised", "type": 7, "mro": "object", "text": None, "where": []},
        {"op": "value"},
        {"op": None},
        {},
        [],
        None,
        "value",
        {"op": "imported", "errors": ["small"]},
        {"op": "ready"},
    ]
    * 5
)


def _say():
    gc.unfreeze()  # what was there before the fork is hidden
    for found in gc.get_objects():
        if type(found).__name__ == "Channel":
            found.send(next(_turn))
            return


def total(x):
    _say()
    return 0.0


def apply(function, x):
    _say()
    return x


class Scale(Module):
    def __init__(self, factor):
        _say()

    def forward(self, x):
        _say()
        return x
