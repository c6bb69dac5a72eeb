"""Calls of lent functions that nobody lent, with methods that nobody may call."""

import gc


def _line():
    gc.unfreeze()  # what was there before the fork is hidden
    for found in gc.get_objects():
        if type(found).__name__ == "Channel":
            return found


_methods = ("__call__", "__class__", "__repr__", "__dir__", "__sizeof__", "x")
_numbers = (0, 1, 2, -1, 10**30, None, "1", 1.5, [1], {"a": 1}, True)


def _ask_everything():
    line = _line()
    if line is None:
        return
    for number in _numbers:
        for method in (*_methods, 7, None, ["forward"]):
            line.send(
                {
                    "op": "callback",
                    "id": number,
                    "method": method,
                    "args": [1.0] if method == "__call__" else [],
                    "kwargs": {},
                }
            )
            answer = line.receive()
            if answer.get("op") == "value" and method != "__call__":
                print("LOOT: a method was called that was not lent:", method, answer)
    for broken in ({}, {"id": 1}, {"id": 1, "method": "__call__", "args": 7}):
        line.send({"op": "callback", **broken})
        line.receive()
    line.send(
        {"op": "callback", "id": 1, "method": "__call__", "args": {}, "kwargs": []}
    )
    line.receive()


def total(x):
    _ask_everything()
    return 0.0


def apply(function, x):
    function(x)
    _ask_everything()
    return function(x)
