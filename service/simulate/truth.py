"""What was injected where: one JSON object a line, so that findings can be judged against it.

`codes` are the findings that have to be proved; `implied` are further findings that follow from the same
cheat and are just as true, each with its amount where one is defined. `amount` belongs to the first of
`codes`, in fen. `provable_from` is the earliest evaluation time (UTC) at which the rule can say so: a
deadline has to have passed first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from service.core.times import format_time


@dataclass(frozen=True, slots=True)
class Implied:
    """A finding that follows from a cheat; `amount` in fen where the rule defines one."""

    code: str
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """One injected cheat."""

    trade: str
    platform: str
    codes: tuple[str, ...]
    kind: str
    amount: int | None
    implied: tuple[Implied, ...]
    description: str
    events: tuple[str, ...]
    provable_from_ms: int

    def line(self) -> str:
        """The truth file's line, without its end."""
        members = asdict(self)
        members["provable_from"] = format_time(members.pop("provable_from_ms"))
        return json.dumps(members, ensure_ascii=False, sort_keys=True)


def write_truths(path: Path, truths: Iterable[Truth]) -> int:
    """Write the truth file anew and return the number of lines."""
    lines = [truth.line() + "\n" for truth in truths]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)
