"""How often, and with how much, one check's lent functions may be called."""

from __future__ import annotations

from autograder.suite.failures import StudentDied

CALLS = 100_000
BYTES = 64 * 1024**2  # some hundred times what any check of ours needs


class Callbacks:
    """Counts within one check; what is lent may keep everything that it is given."""

    def __init__(self) -> None:
        self._calls = 0
        self._bytes = 0

    def count(self, call: str, size: int) -> None:
        """Count a call of something lent, during `call`, whose frame has `size` bytes.

        Raises:
            StudentDied: if there are too many, or they hand over too much.
        """
        self._calls += 1
        self._bytes += size
        if self._calls > CALLS:
            raise StudentDied("too_many_callbacks", call=call, limit=CALLS)
        if self._bytes > BYTES:
            limit = f"{BYTES // 1024**2} MiB"
            raise StudentDied("callbacks_too_large", call=call, limit=limit)
