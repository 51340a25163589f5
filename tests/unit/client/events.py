"""Events for the client's tests."""

from __future__ import annotations

from typing import Any

from service.profiles import giftcard


def quote(number: int, trade: str | None = None) -> dict[str, Any]:
    """A quote of a trade of its own, unless one is given."""
    event = giftcard.example("quote") | {"event": f"quote-{number}", "trade": trade or f"trade-{number}"}
    event["claims"]["offer"]["net"] = 1000 + number
    return event


def acceptance(number: int, quoted: str, trade: str) -> dict[str, Any]:
    """An acceptance that refers to its quote by id alone."""
    event = giftcard.example("acceptance") | {"event": f"accept-{number}", "trade": trade}
    event["claims"]["quote"] = {"event": quoted}
    return event


def trades(count: int) -> list[dict[str, Any]]:
    """`count` events of trades of two events each."""
    events = []
    for number in range((count + 1) // 2):
        events += [quote(number, f"trade-{number}"), acceptance(number, f"quote-{number}", f"trade-{number}")]
    return events[:count]
