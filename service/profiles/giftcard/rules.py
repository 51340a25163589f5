"""Structural rules between members, beyond what one member's type can say.

Only what makes an event meaningless is refused here. Whether figures add up, times follow each other or a
promise was kept is never refused: a finding must be able to prove it later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from service.core.errors import Problem

UNIQUE: Final[Mapping[str, tuple[str, str]]] = {
    "quote": ("items", "line"),
    "quote_revision": ("items", "line"),
    "inspection": ("items", "line"),
    "payout": ("legs", "leg"),
}
"""Type → the list whose members must differ, and by what: two readings of one line would leave its meaning
open."""

EIP712_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "acceptance": ("type", "address", "signature", "salt", "platform", "channel", "validUntil"),
    "channel_change": ("type", "address", "signature", "salt"),
    "payout_ack": ("type", "address", "signature", "salt"),
    "correction": ("type", "address", "signature", "salt"),
}
"""Type → what a consent by wallet signature needs, so that it can be checked at all."""

TARIFF_TRADE: Final = "tariff:"


def rule_problems(event_type: str, event: Mapping[str, object]) -> Iterator[Problem]:
    """Every broken rule of an event; members may still have wrong types."""
    claims = event["claims"]
    assert isinstance(claims, dict)
    if event_type in UNIQUE:
        yield from _unique_problems(claims, *UNIQUE[event_type])
    if event_type in EIP712_MEMBERS and "consent" in claims:
        yield from _consent_problems(claims["consent"], EIP712_MEMBERS[event_type])
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


def _consent_problems(consent: object, needed: tuple[str, ...]) -> Iterator[Problem]:
    if isinstance(consent, dict) and consent.get("method") == "eip712":
        for name in needed:
            if name not in consent:
                yield Problem(f"/claims/consent/{name}", "a consent by eip712 needs this member", "required")
