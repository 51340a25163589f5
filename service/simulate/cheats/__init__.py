"""One cheat for each finding that a platform (or an unknown hand) can earn. Operator's cheats:
`service.simulate.operator`.
"""

from __future__ import annotations

from service.simulate.cheats.cards import CHEATS as _CARDS
from service.simulate.cheats.case import Cheat, Injected
from service.simulate.cheats.conduct import CHEATS as _CONDUCT
from service.simulate.cheats.money import CHEATS as _MONEY
from service.simulate.cheats.promise import CHEATS as _PROMISE

CHEATS: dict[str, Cheat] = {cheat.name: cheat for cheat in (*_MONEY, *_PROMISE, *_CARDS, *_CONDUCT)}
"""Name → cheat. A name is a finding's code, or a code and a variant: `payout_late`, `cover_missing.low`."""

__all__ = ["CHEATS", "Cheat", "Injected"]
