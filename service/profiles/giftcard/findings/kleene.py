"""Three-valued logic (Kleene 1938): an operand that is not there is unknown, and so is what depends on it.

True and False are the usual ones, None is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable

Kleene = bool | None


def all_of(values: Iterable[Kleene]) -> Kleene:
    """False if any is false, else unknown if any is unknown, else true (true of nothing)."""
    unknown = False
    for value in values:
        if value is False:
            return False
        unknown = unknown or value is None
    return None if unknown else True


def any_of(values: Iterable[Kleene]) -> Kleene:
    """True if any is true, else unknown if any is unknown, else false (false of nothing)."""
    return negate(all_of(negate(value) for value in values))


def negate(value: Kleene) -> Kleene:
    """Not; unknown stays unknown."""
    return None if value is None else not value
