"""The gift-card profile: which events there are and what each may say."""

from __future__ import annotations

from service.profiles.giftcard.check import check_event
from service.profiles.giftcard.examples import example
from service.profiles.giftcard.json_schema import schema, schemas
from service.profiles.giftcard.references import references
from service.profiles.giftcard.types import EVENT_TYPES, decode

__all__ = ["EVENT_TYPES", "check_event", "decode", "example", "references", "schema", "schemas"]
