"""How long the claims of a trade are kept: no erasure before a least time, erasure by itself after a most.

Both are counted from the trade's newest entry: the law counts from the completion of the trade, which is no
later. The defaults are this profile's reading of the laws of the PRC and no legal advice; an operator
overrides them, for all platforms or for one.

Sources. E-Commerce Law art. 31: information on goods, services and transactions is kept for at least three
years from the completion of the transaction. Civil Code art. 188: the limitation period is three years.
Personal Information Protection Law (PIPL) art. 19: no longer than necessary; art. 47: to be erased on
request once consent is withdrawn or the purpose is achieved, but only stored, and nothing else, while a law
prescribes keeping it. Anti-Money Laundering Law (2025) art. 34: ten years for those who are obliged by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from service.core.errors import TallyError
from service.profiles.giftcard.types import EVENT_TYPES, known_claims

_DAY: Final = 86_400
_YEARS: Final = {3: 1_096 * _DAY, 5: 1_827 * _DAY, 10: 3_653 * _DAY}

KEPT: Final = frozenset({"erasure", "hold"})
"""Types whose claims stay: without them nobody could tell an erasure from a loss, or a hold from a whim."""


class RetentionError(TallyError):
    """A retention rule cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Period:
    """Seconds after the trade's newest entry: `least` before any erasure, `most` until one by itself (None:
    never).
    """

    least: int = 0
    most: int | None = None


_PERSONAL = Period(0, _YEARS[3])
_TRADE = Period(_YEARS[3], _YEARS[10])
_OWN = Period(0, _YEARS[10])
# Half a year in which whoever lost, or got no answer worth the name, can go on; three years while the
# platform owes something: the general period of limitation (Civil Code art. 188), so that silence gains
# nothing.
_DISPUTES = Period(180 * _DAY, _YEARS[3])

# What is about a person, a device or a place rather than about goods, prices and payments: PIPL art. 47 lets
# nobody wait for it, and PIPL art. 19 keeps it no longer than a claim can be brought (Civil Code art. 188).
_PERSONAL_CLAIMS = (
    *("*.actor", "*.attachments", "*.capture", "*.consent", "*.presented"),
    *("acceptance.settlement", "channel_change.payee", "dispute_opened.claim", "dispute_opened.claimant"),
    *("dispute_evidence.item", "dispute_evidence.obtained", "dispute_evidence.proves"),
    *("handover.place", "handover.received_by", "handover.tracking", "handover.witness"),
    *("inspection.inspector", "inspection.user_present", "lineage.counterparty", "payout.counter"),
    *("payout_ack.by", "quote.receipt_delivery", "quote.seller", "quote_revision.seller"),
    *("referral.merchant", "review.reviewer"),
)

DEFAULT: Final[Mapping[str, Period]] = MappingProxyType(
    {
        # E-Commerce Law art. 31; whoever is obliged under the AML Law sets ten years for its reviews.
        "*": _TRADE,
        # A platform's own claims: whether a law prescribes them is for the platform to say.
        "own": _OWN,
        "disputes": _DISPUTES,
        **dict.fromkeys(_PERSONAL_CLAIMS, _PERSONAL),
    }
)


@dataclass(frozen=True, slots=True)
class Retention:
    """The periods of one platform. Rules: `type.claim`, then `*.claim`, then `type.*`, then `own` (a claim
    the profile does not know), then `*`. The rule `disputes` is another matter: how long a dispute keeps all
    of its trade.
    """

    rules: Mapping[str, Period] = field(default_factory=lambda: DEFAULT)

    def period(self, event_type: str, claim: str) -> Period:
        """The period of one claim."""
        own = claim not in known_claims(event_type)
        names = (f"{event_type}.{claim}", f"*.{claim}", f"{event_type}.*", *(("own",) if own else ()), "*")
        return next(self.rules[name] for name in names if name in self.rules)

    @property
    def disputes(self) -> Period:
        """How long after its last step a dispute keeps its trade: `least` always, `most` (None: for ever)
        while an answer or a payment is owed.
        """
        return self.rules.get("disputes", _DISPUTES)

    def shortest(self) -> int | None:
        """The shortest time after which anything is erased by itself; None: nothing ever is."""
        return min((each.most for each in self.rules.values() if each.most is not None), default=None)


_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": _DAY, "y": 366 * _DAY}
_DURATION = re.compile(r"(0|[1-9][0-9]{0,9})([smhdy])")
_NAME = re.compile(r"\*|own|disputes|(?:\*|[a-z][a-z_]{0,40}|x-[a-z0-9._-]{1,62})\.(?:\*|[!#-\[\]-~]{1,64})")


def read(document: Mapping[str, object], base: Retention = Retention()) -> Retention:
    """The base with the rules of a parsed document: `{"*.consent": {"least": "0s", "most": "90d"}}`.

    Durations are a number and one of s, m, h, d, y (366 days); `most` may be "never". A member left out keeps
    the base's value. Raises RetentionError.
    """
    rules = dict(base.rules)
    for name, members in document.items():
        if not _NAME.fullmatch(name) or name == "*.*":
            raise RetentionError(f"{name!r} is no rule: type.claim, *.claim, type.*, own, disputes or *")
        event_type = name.partition(".")[0]
        if "." in name and event_type not in ("*", *EVENT_TYPES) and not event_type.startswith("x-"):
            raise RetentionError(f"{name!r}: there is no event type {event_type}")
        if event_type in KEPT:
            raise RetentionError(f"{name!r}: the record of erasures and holds is kept for ever")
        rules[name] = _period(name, members, _inherited(base, name))
    return Retention(MappingProxyType(rules))


def _inherited(base: Retention, name: str) -> Period:
    event_type, _, claim = name.partition(".")
    if name in base.rules:
        return base.rules[name]
    return base.rules["*"] if "*" in (event_type, claim) else base.period(event_type, claim)


def _period(name: str, members: object, base: Period) -> Period:
    if not isinstance(members, Mapping) or not members.keys() <= {"least", "most"}:
        raise RetentionError(f'{name!r} needs {{ least = "…", most = "…" }}')
    least = _seconds(name, members.get("least"), base.least)
    most = None if members.get("most") == "never" else _seconds(name, members.get("most"), base.most)
    if least is None or (most is not None and most < least):
        raise RetentionError(f"{name!r}: most is shorter than least")
    return Period(least, most)


def _seconds(name: str, text: object, base: int | None) -> int | None:
    if text is None:
        return base
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise RetentionError(f'{name!r}: a duration is written like "90d" (units s, m, h, d, y)')
    return int(match[1]) * _UNITS[match[2]]
