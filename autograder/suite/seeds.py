"""Where the seeds of checks come from.

One who does not know the course secret cannot foresee the inputs, inputs seen in one
hand-in are worth nothing in the next, and the same files always get the same ones.
"""

from __future__ import annotations

import hashlib
import hmac

PUBLIC_SECRET = "public"  # noqa: S105 - what is used where nothing is to be kept secret


def check_seed(secret: str, assignment: str, check: str, digest: str) -> int:
    """Return the seed of one check for one set of submitted files."""
    text = f"{assignment}\0{check}\0{digest}"
    mac = hmac.new(secret.encode(), text.encode(), hashlib.sha256)
    return int.from_bytes(mac.digest()[:16], "big")
