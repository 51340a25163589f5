"""wrong_payee: money went to an account that the user did not name.

A succeeded money transfer whose (channel, payee) is neither in A.settlement nor in a channel_change with
consent. One instance for each transfer; the amount is its amount.

Where the rule is silent: an acceptance that never posted a settlement leaves the earlier acceptances'
standing. Where one side names no payee, the channels have to agree and the rest is open; where neither does
(cash), the channels suffice. A consent with method `none` is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.acceptance import Settlement
from service.profiles.giftcard.common import Consent
from service.profiles.giftcard.findings.case import Case, Insufficient, Missing
from service.profiles.giftcard.findings.kleene import Kleene, all_of, any_of
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, insufficient, proved
from service.profiles.giftcard.findings.terms_due import owed_currency
from service.profiles.giftcard.findings.terms_payment import Transfer, succeeded
from service.profiles.giftcard.findings.terms_promise import acceptance


def evaluate(case: Case) -> Iterator[Outcome]:
    """An instance for each transfer."""
    for transfer in succeeded(case):
        if transfer.kind != "money":
            continue
        missing: list[Missing] = []
        agreed = any_of((_settled_there(case, transfer, missing), *_moved_there(case, transfer, missing)))
        if agreed is None:
            yield insufficient(*missing)
        elif not agreed:
            yield proved(
                acceptance(case),
                *case.some("channel_change"),
                transfer.entry,
                amount=transfer.leg.amount,
                currency=owed_currency(case),
                leg=transfer.leg.amount,
            )


def _settled_there(case: Case, transfer: Transfer, missing: list[Missing]) -> Kleene:
    """Whether the acceptance names the transfer's account."""
    last = acceptance(case)
    for accepted in reversed(case.all("acceptance")):
        if last is None or accepted.seq > last.seq:
            continue
        try:
            settlement = case.want(accepted, "settlement", list[Settlement])
        except Insufficient as lack:
            missing.extend(lack.missing)
            return None
        if settlement:
            same = any_of(_same(transfer, each.channel, each.payee) for each in settlement)
            if same is None:
                missing.append(Missing("legs.payee", transfer.entry))
            return same
    missing.append(Missing("settlement", last))
    return None


def _moved_there(case: Case, transfer: Transfer, missing: list[Missing]) -> Iterator[Kleene]:
    """For each change of the channel: whether it names the transfer's account, with consent."""
    for entry in case.all("channel_change"):
        try:
            channel, payee = case.need(entry, "channel", str), case.need(entry, "payee", str)
            same = _same(transfer, channel, payee)
            if same is None:
                missing.append(Missing("legs.payee", transfer.entry))
            consent = case.want(entry, "consent", Consent) if same is not False else None
        except Insufficient as lack:
            missing.extend(lack.missing)
            yield None
            continue
        yield all_of((same, consent is not None and consent.method != "none"))


def _same(transfer: Transfer, channel: object, payee: object) -> Kleene:
    """Whether an agreed account is the one that the transfer went to."""
    if channel != transfer.leg.channel:
        return False if isinstance(channel, str) else None
    paid_to = transfer.leg.payee
    if isinstance(paid_to, str) and isinstance(payee, str):
        return paid_to == payee
    return None if isinstance(paid_to, str) or isinstance(payee, str) else True


RULE = Rule("wrong_payee", Kind.BREACH, "platform", "parties", 3, 1, evaluate)
