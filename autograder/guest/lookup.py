"""Attribute access whose error names what was perhaps meant."""

from __future__ import annotations

import typing


def attribute(owner: object, name: str) -> typing.Any:
    """Return an attribute.

    Raises:
        AttributeError: with near misses, if the name itself is missing.
    """
    try:
        return getattr(owner, name)
    except AttributeError as exc:
        if exc.obj is not owner or exc.name != name:
            raise  # from inside a property, not about this name
        raise AttributeError(f"{exc}{near_misses(owner, name)}") from None


def public_names(owner: object) -> list[str]:
    """Return the names of an object that do not begin with an underscore."""
    return [name for name in dir(owner) if not name.startswith("_")]


def near_misses(owner: object, name: str) -> str:
    """Return "; did you mean …?" if the owner has a name much like this one."""
    import difflib  # rarely needed, and slow to load

    found = difflib.get_close_matches(name, public_names(owner), 3)
    return f"; did you mean {' or '.join(map(repr, found))}?" if found else ""
