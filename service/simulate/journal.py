"""When each trade of a run was first posted: what makes a repeated run post the very same events.

Trades are dated at the moment of their posting. The dates are kept, one JSON array a line, `[platform,
number, start_ms]`, before the first event of the trade is sent. A run that was interrupted goes on with the
same dates; a run that was finished is repeated event by event, and the service answers with the receipts it
gave before. A line cut off by a crash belongs to a trade that was never sent, and is dropped.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType

from service.core.errors import TallyError

TARIFF = -1
"""The number under which a platform's tariff is dated."""


class JournalDamaged(TallyError):
    """The journal has a line that this program did not write; move it away to begin the run anew."""


class Journal:
    """The dates of one run, in one file that only grows. For one process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._starts = _read(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Begin on a fresh line whatever a crash left behind.
        whole = "".join(_line(*key, start) for key, start in self._starts.items())
        path.write_text(whole, encoding="utf-8")
        self._file = path.open("a", encoding="utf-8")

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def start(self, platform: str, number: int) -> int | None:
        """When the trade began (ms), if it was posted before."""
        return self._starts.get((platform, number))

    def begin(self, platform: str, number: int, start_ms: int) -> int:
        """Date a trade that is about to be posted; returns the date that holds."""
        known = self._starts.setdefault((platform, number), start_ms)
        if known == start_ms:
            self._file.write(_line(platform, number, start_ms))
            self._file.flush()
        return known


def _line(platform: str, number: int, start_ms: int) -> str:
    return json.dumps([platform, number, start_ms]) + "\n"


def _read(path: Path) -> dict[tuple[str, int], int]:
    starts: dict[tuple[str, int], int] = {}
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    for number, line in enumerate(lines[:-1]):
        try:
            platform, trade, start = json.loads(line)
            starts[str(platform), int(trade)] = int(start)
        except (ValueError, TypeError) as error:
            raise JournalDamaged(f"{path}: line {number + 1} is not of this journal") from error
    return starts
