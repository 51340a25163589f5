"""What a check of a whole log can find wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is not as it must be. `code` is stable; `index` is an entry's index, else None."""

    code: str
    index: int | None
    detail: str

    def __str__(self) -> str:
        place = "" if self.index is None else f" at index {self.index}"
        return f"{self.code}{place}: {self.detail}"
