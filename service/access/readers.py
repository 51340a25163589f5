"""Who reads, and how much of an entry that reader may see.

A platform reads its whole log. A share opens one trade to its user, a grant one dispute to an arbitrator,
for a time. An event's `audience` says for whom its content is; an entry that a reader must not even know the
type of (a review: its subject must not be tipped off) is shown sealed, by place and leaf alone, so that the
trade still proves complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from service.access.ports import Mode, Tenant

Audience = Literal["user", "parties", "arbitrator", "restricted"]
Holder = Literal["platform", "share", "grant"]

_DEFAULTS: Mapping[str, Audience] = {"review": "restricted"}
_SEEN: Mapping[Holder, frozenset[Audience]] = {
    "platform": frozenset({"user", "parties", "arbitrator", "restricted"}),
    "share": frozenset({"user", "parties"}),
    "grant": frozenset({"user", "parties", "arbitrator"}),
}


class Sight(StrEnum):
    """How much of an entry a reader is shown: all, the entry without content, or only its place and leaf."""

    FULL = "full"
    WITHHELD = "withheld"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Reader:
    """One authenticated reader. `trade` None: all trades of the platform; `dispute`: of a grant only.

    `id` names the key, share or grant; `restricted`: the grant was given for restricted content too; `role`
    (mediator or arbitrator) is a grant's only; `expires_at` (Unix ms) is when the token read with ends, None
    for a platform's key.
    """

    holder: Holder
    id: str
    platform: str
    mode: Mode
    trade: str | None = None
    dispute: str | None = None
    restricted: bool = False
    role: str | None = None
    expires_at: int | None = None

    @property
    def tenant(self) -> Tenant:
        """Whose log is read."""
        return Tenant(self.platform, self.mode)

    def may_read(self, trade: str) -> bool:
        """Whether this trade is any of this reader's business; else the answer is as if it did not exist."""
        return self.trade is None or self.trade == trade

    def sees(self, audience: str) -> bool:
        """Whether content for this audience is for this reader."""
        return audience in _SEEN[self.holder] or (audience == "restricted" and self.restricted)

    def sight(self, event_type: str, audience: str | None) -> Sight:
        """What the reader is shown of an event of this type that names this audience (None: the default).

        A type that is restricted by default, and an audience that is not known here, are sealed from whoever
        may not see the content.
        """
        default = _DEFAULTS.get(event_type, "parties")
        effective = audience or default
        if self.sees(effective):
            return Sight.FULL
        open_type = default != "restricted" and effective in _SEEN["grant"]
        return Sight.WITHHELD if open_type else Sight.SEALED
