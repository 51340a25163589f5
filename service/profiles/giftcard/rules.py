"""Structural rules between members, beyond what one member's type can say.

Only what makes an event meaningless is refused here. Whether figures add up, times follow each other or a
promise was kept is never refused: a finding must be able to prove it later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from service.core.errors import Problem
from service.profiles.giftcard.types import known_claims

UNIQUE: Final[Mapping[str, tuple[str, str]]] = {
    "quote": ("items", "line"),
    "quote_revision": ("items", "line"),
    "inspection": ("items", "line"),
    "payout": ("legs", "leg"),
}
"""Type → the list whose members must differ, and by what: two readings of one line would leave its meaning
open."""

SIGNED_MEMBERS: Final = ("type", "address", "signature", "salt")
"""What a consent by wallet signature needs, so that it can be checked at all."""

MESSAGE_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "Acceptance": ("platform", "channel", "validUntil"),
    "Endorsement": ("ref",),
}
"""Signed message's type → the members of it that come from the consent; the others are the event's own."""

TARIFF_TRADE: Final = "tariff:"


def rule_problems(event_type: str, event: Mapping[str, object]) -> Iterator[Problem]:
    """Every broken rule of an event; members may still have wrong types."""
    claims = event["claims"]
    assert isinstance(claims, dict)
    if event_type in UNIQUE:
        yield from _unique_problems(claims, *UNIQUE[event_type])
    if "consent" in claims and "consent" in known_claims(event_type):
        yield from _consent_problems(claims["consent"])
    if event_type == "tariff":
        trade = event.get("trade")
        if isinstance(trade, str) and not trade.startswith(TARIFF_TRADE):
            yield Problem("/trade", f"the trade of a tariff starts with {TARIFF_TRADE}", "tariff_trade")


def _unique_problems(claims: Mapping[str, object], member: str, key: str) -> Iterator[Problem]:
    rows = claims.get(member)
    if not isinstance(rows, list) or len(rows) < 2:
        return
    seen: set[tuple[type, object]] = set()
    for number, row in enumerate(rows):
        value = row.get(key) if isinstance(row, dict) else None
        if not isinstance(value, str | int):
            continue
        if (type(value), value) in seen:
            yield Problem(
                f"/claims/{member}/{number}/{key}", f"this {key} is in the list already", "duplicate"
            )
        seen.add((type(value), value))


def _consent_problems(consent: object) -> Iterator[Problem]:
    if not isinstance(consent, dict) or (consent.get("method") != "eip712" and "signature" not in consent):
        return
    message = consent.get("type")
    for name in (*SIGNED_MEMBERS, *(MESSAGE_MEMBERS.get(message, ()) if isinstance(message, str) else ())):
        if name not in consent:
            yield Problem(f"/claims/consent/{name}", "a consent by signature needs this member", "required")
