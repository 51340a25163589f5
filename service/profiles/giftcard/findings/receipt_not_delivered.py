"""receipt_not_delivered: nothing says that the user was handed the receipt of the quote.

Looked at is the accepted quote, or the last one where none was accepted: an absent claim counts like the
method `none`. The receipt of another quote of the trade is another receipt.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.case import Case
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, not_proved, proved
from service.profiles.giftcard.findings.terms_promise import QUOTES, quote
from service.profiles.giftcard.quote import ReceiptDelivery


def _evaluate(case: Case) -> Iterator[Outcome]:
    quotes = case.all(*QUOTES)
    entry = quote(case) or (quotes[-1] if quotes else None)
    if entry is None:
        return
    delivery = case.want(entry, "receipt_delivery", ReceiptDelivery)
    if delivery is None or not isinstance(delivery.method, str) or delivery.method == "none":
        yield proved(entry, event=entry.event)
    else:
        yield not_proved(entry, method=delivery.method)


RULE = Rule("receipt_not_delivered", Kind.NOTE, "platform", "parties", 1, 1, _evaluate)
