"""Sentences of the first half of the table of rules: price, promise and payout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MONEY: Final[Mapping[str, str]] = {
    "payout_short": "whether less was paid than was due",
    "payout_short.proved": (
        "{due:money} was due under the accepted quote; by the records {paid:money} was paid, "
        "{gap:money} less."
    ),
    "payout_short.not_proved": "Nothing shows that less was paid than was due.",
    "payout_short.not_proved.in_time": (
        "{due:money} is due and {paid:money} has been paid; {gap:money} is open, and its time has not passed."
    ),
    "payout_missing": "whether a payment is overdue",
    "payout_missing.proved": (
        "{due:money} was due by {by:time}; no payment is recorded as successful and none is being processed."
    ),
    "payout_missing.not_proved": "Nothing shows that a payment is overdue.",
    "payout_missing.not_proved.in_time": "{due:money} is due by {by:time}; that time has not passed.",
    "payout_late": "whether the payment came after the agreed time",
    "payout_late.proved": (
        "A payment of {leg:money} was begun at {began:time}; it was due by {by:time}, {late:span} earlier."
    ),
    "payout_late.proved.cured": (
        "The remaining {leg:money} was begun at {began:time}; it was due by {by:time}, {late:span} earlier. "
        "All that was due has now been paid."
    ),
    "payout_late.proved.points": (
        "A payment of {units} points was begun at {began:time}; it was due by {by:time}, {late:span} earlier."
    ),
    "payout_late.proved.points_cured": (
        "The remaining {units} points were begun at {began:time}; they were due by {by:time}, {late:span} "
        "earlier. All that was due has now been paid."
    ),
    "payout_late.not_proved": "Nothing shows that a payment came after the agreed time.",
    "payout_duplicate": "whether a payment was made twice",
    "payout_duplicate.proved": (
        "More than one attempt of the same payment is recorded as successful: {paid:money} in all, "
        "{excess:money} more than the {due:money} that was due."
    ),
    "payout_duplicate.not_proved": "Nothing shows that a payment was made twice.",
    "deduction_unsupported": "whether what was taken off had an agreed ground and its evidence",
    "deduction_unsupported.proved": (
        "Of what was taken off or turned down, {taken:money} has no agreed ground, exceeds the agreed cap or "
        "lacks its evidence (card lines: {lines:list}). {gap:money} less than was due was paid."
    ),
    "deduction_unsupported.not_proved": (
        "Nothing shows a deduction without an agreed ground and its evidence."
    ),
    "fee_undisclosed": "whether a fee was taken that the quote does not list",
    "fee_undisclosed.proved": (
        "Of the fees taken ({codes:list}), {excess:money} is not among the fees that the accepted quote "
        "lists. {gap:money} less than was due was paid."
    ),
    "fee_undisclosed.not_proved": "Nothing shows a fee that the quote does not list.",
    "revision_unaccepted": "whether payment followed a new price that was not accepted",
    "revision_unaccepted.proved": (
        "After the acceptance the platform changed the price to {revised:money}; no acceptance of that is "
        "recorded. By the records {paid:money} was paid, {due:money} was due under the accepted quote: "
        "{gap:money} less."
    ),
    "revision_unaccepted.not_proved": "Nothing shows a payment by a new price that was not accepted.",
    "revision_after_handover": "whether the price was lowered after the handover",
    "revision_after_handover.proved": (
        "When the card had been handed over, the platform lowered the price by {loss:money} at {at:time}, "
        "for another reason than an inspection."
    ),
    "revision_after_handover.not_proved": (
        "Nothing shows that the price was lowered after the handover without an inspection."
    ),
    "revisions_repeated": "whether the price was lowered repeatedly",
    "revisions_repeated.proved": (
        "The platform lowered the price {count} times in this trade, by {total:money} together."
    ),
    "revisions_repeated.not_proved": "The price was not lowered twice or more in this trade.",
    "headline_gap": "whether the accepted amount is below the rate shown",
    "headline_gap.proved": (
        "At the highest rate shown or published the amount would be {promised:money}; {accepted:money} was "
        "accepted, {gap:money} less."
    ),
    "headline_gap.not_proved": "Nothing shows an accepted amount below the rate shown.",
    "headline_gap.not_proved.figures": (
        "At the rate shown or published the amount is {promised:money}; {accepted:money} was accepted, which "
        "agrees apart from rounding."
    ),
    "headline_gap.not_proved.above": (
        "At the rate shown or published the amount is {promised:money}; {accepted:money} was accepted, which "
        "is not less."
    ),
    "quote_arithmetic": "whether the figures of the quote add up",
    "quote_arithmetic.proved": (
        "The quote's amount is {net:money}, its cards add up to {items:money}: the figures do not agree."
    ),
    "quote_arithmetic.proved.gross": (
        "The quote's amount before fees of {gross:money}, its amount after fees of {net:money} and its "
        "cards, {items:money} together, do not agree with each other, the listed fees or the rate shown."
    ),
    "quote_arithmetic.not_proved": "Nothing shows figures in the quote that do not add up.",
    "illusory_promise": "whether the quote's conditions leave its price uncertain",
    "illusory_promise.proved": (
        "The quote's conditions allow deductions of up to {caps:money}, more than a tenth of its amount of "
        "{net:money}."
    ),
    "illusory_promise.proved.uncapped": "One of the quote's conditions for deductions has no cap.",
    "illusory_promise.proved.other": (
        "One of the quote's conditions for deductions only says “other” and names no circumstance."
    ),
    "illusory_promise.not_proved": "Nothing shows conditions that leave the price uncertain.",
    "acceptance_invalid": "whether the quote was still open when it was accepted",
    "acceptance_invalid.proved": (
        "Every acceptance on record (in all {count}) came after the quote had expired or been changed, and "
        "neither a handover nor a payment is recorded after it."
    ),
    "acceptance_invalid.not_proved": "Nothing shows an acceptance of a quote that was no longer open.",
    "handover_before_acceptance": "whether the card was handed over before the acceptance",
    "handover_before_acceptance.proved": (
        "The card was handed over by {handover:time}; the earliest acceptance is of {acceptance:time}."
    ),
    "handover_before_acceptance.not_proved": "Nothing shows a handover before the acceptance.",
    "terms_differ": "whether the same was shown at the quote and at its acceptance",
    "terms_differ.proved.presented": (
        "The page shown with the quote and the page shown at its acceptance are not the same (their digests "
        "differ)."
    ),
    "terms_differ.proved.text": (
        "The terms of the quote and the terms at its acceptance are not the same (their digests differ)."
    ),
    "terms_differ.not_proved": "Nothing shows that the quote and its acceptance were shown differently.",
    "wrong_payee": "whether the money went to the agreed account",
    "wrong_payee.proved": (
        "{leg:money} went to an account that is neither named in the acceptance nor in a change that the "
        "user consented to."
    ),
    "wrong_payee.not_proved": "Nothing shows money going to an account that was not agreed.",
    "ack_differs": "whether the user acknowledged what the records say was paid",
    "ack_differs.proved": (
        "The user acknowledged {acknowledged:money}; the platform's records say that {paid:money} was paid."
    ),
    "ack_differs.not_proved": "Nothing shows an acknowledgement that differs from the payment records.",
}
