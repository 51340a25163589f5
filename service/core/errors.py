"""The one family of errors: whatever goes wrong in checking outside data is a `TallyError`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class TallyError(Exception):
    """Root of every error this package raises on purpose."""


class _LocatedError(TallyError):
    """An error at one place of a JSON document, named by an RFC 6901 pointer ("" is the whole document)."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message, pointer)
        self.message = message
        self.pointer = pointer

    def __str__(self) -> str:
        return f"{self.message} (at {self.pointer})" if self.pointer else self.message


class CanonicalizationError(_LocatedError):
    """A value or document lies outside the JSON domain that has one canonical form here."""


class FormatError(_LocatedError):
    """Bytes from outside are not in the fixed format they claim to be in."""


class VerificationError(TallyError):
    """A hash, proof or signature does not show what it claims to show."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why an event is refused: where (RFC 6901 pointer), what, and a stable code for machines."""

    pointer: str
    detail: str
    code: str


class EventRejected(TallyError):
    """An event is refused; `problems` lists every reason at once, so that the poster mends them in one go."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(f"{p.pointer}: {p.detail}" for p in self.problems)


def pointer(tokens: Sequence[str | int]) -> str:
    """The RFC 6901 pointer of a path: member names are escaped (§3), array indexes are decimal."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)
