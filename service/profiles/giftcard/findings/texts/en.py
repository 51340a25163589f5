"""The English catalogue: what is common, and the two halves of the table of rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.profiles.giftcard.findings.texts.en_money import MONEY
from service.profiles.giftcard.findings.texts.en_rest import REST

_COMMON: Final[Mapping[str, str]] = {
    "insufficient": "The records do not suffice to tell {question}; missing: {operands}.",
    "erased": " (erased by {by} on {at:time})",
    "operand_of": "{name} of {event}",
    "list_separator": ", ",
    "ground.request": "the service at the person's request",
    "ground.retention": "the service at the end of the retention period",
    "ground.order": "the service by order of an authority",
    "ground.": "the service",
    "operand.records": "the records in question",
    "operand.entries": "entries of this trade that are not shown",
    "operand.quote": "the quote",
    "operand.acceptance": "an acceptance",
    "operand.handover": "the handover",
    "operand.inspection": "the inspection",
    "operand.payout": "the payout",
    "operand.payout_ack": "the acknowledgement of the payout",
    "operand.tariff": "the published tariff",
    "operand.items": "the list of cards",
    "operand.offer": "the price",
    "operand.offer.gross": "the amount before fees",
    "operand.offer.headline_rate_bp": "the highest rate shown",
    "operand.offer.rate_base": "whether the rate is taken of the face value or of the balance",
    "operand.offer.points": "what was agreed about points",
    "operand.offer.fees": "the fees",
    "operand.items.balance": "the balance at the time of the quote",
    "operand.items.balance_found": "the balance found",
    "operand.items.reading": "the reading",
    "operand.items.deductions": "the deductions",
    "operand.terms": "the terms",
    "operand.terms.payout_clock": "the time allowed for the payout",
    "operand.terms.text": "the text of the terms",
    "operand.conditions": "the conditions for deductions",
    "operand.conditions.cap": "the cap of a deduction",
    "operand.on_balance_mismatch": "what was agreed for a balance that differs",
    "operand.amount": "the amount",
    "operand.currency": "the currency",
    "operand.settlement": "the agreed account",
    "operand.points_opt_in": "whether points were chosen",
    "operand.consent": "the record of consent",
    "operand.presented": "the digest of what was shown",
    "operand.legs": "the transfers",
    "operand.legs.payee": "the account paid to",
    "operand.legs.succeeded": "the result of a transfer that is under way",
    "operand.state": "the state",
    "operand.capture": "how and by which clock it was recorded",
    "operand.target": "what is corrected",
    "operand.revises": "the quote that is revised",
    "operand.cause": "the cause of the revision",
    "operand.time": "the exact time",
    "operand.fees": "the fees",
}

EN: Final[Mapping[str, str]] = {**_COMMON, **MONEY, **REST}
