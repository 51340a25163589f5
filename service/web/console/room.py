"""What the console needs beyond the API's services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.access.sessions import Sessions
from service.profiles.giftcard.retention import Retention
from service.web.console.figures import Board


@dataclass(frozen=True, slots=True)
class ConsoleRoom:
    """Sessions, figures of every log, and how long a platform's claims are kept. `embedded`: the chain is a
    test chain of this machine, where gas costs nothing; `promise`: seconds within which entries are anchored.
    """

    sessions: Sessions
    board: Board
    retention: Callable[[str], Retention]
    random: Callable[[int], bytes]
    clock_ms: Callable[[], int]
    embedded: bool
    promise: int
