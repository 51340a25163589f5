"""Small parts that the examples share."""

from __future__ import annotations

import hashlib
from typing import Any

from service.core.hexs import to_hex

TRADE = "kaka-20260718-000318"
ESCROW_TRADE = "xianka-20260718-004471"
COUNTER_TRADE = "bendi-20260718-000092"


def dig(content: str) -> str:
    """A digest as it could stand in an event: SHA-256 of a text."""
    return to_hex(hashlib.sha256(content.encode()).digest())


def ref(event: str) -> dict[str, Any]:
    """A reference to another example; the digest stands for that of its statement."""
    return {"event": event, "digest": dig("statement of " + event)}


def event(
    event_type: str, event_id: str, occurred: str, claims: dict[str, Any], trade: str = TRADE
) -> dict[str, Any]:
    """An event around its claims."""
    return {"event": event_id, "trade": trade, "type": event_type, "occurred": occurred, "claims": claims}
