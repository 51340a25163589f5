"""A figure, what it is compared with, and the target it is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `target` None: stated, not judged."""

    name: str
    value: float
    unit: str
    target: float | None = None
    better: Literal["higher", "lower"] = "higher"

    @property
    def met(self) -> bool | None:
        """Whether the target is reached."""
        if self.target is None:
            return None
        return self.value >= self.target if self.better == "higher" else self.value <= self.target

    def row(self) -> tuple[str, str, str, str]:
        """Name, value, target, verdict: as text."""
        mark = {True: "met", False: "missed", None: ""}[self.met]
        sign = "≥" if self.better == "higher" else "≤"
        target = "" if self.target is None else f"{sign} {_number(self.target)} {self.unit}".rstrip()
        return self.name, f"{_number(self.value)} {self.unit}".rstrip(), target, mark

    def document(self) -> dict[str, Any]:
        """For --json."""
        return {**asdict(self), "met": self.met}


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def table(title: str, figures: Sequence[Figure]) -> str:
    """Plain text, columns aligned."""
    rows = [figure.row() for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        f"  {name:<{widths[0]}}  {value:>{widths[1]}}  {target:<{widths[2]}}  {mark}".rstrip()
        for name, value, target, mark in rows
    ]
    return "\n".join([title, *lines])
