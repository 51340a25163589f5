"""Consents that users sign: what may be signed, by whom, once; and that what was seen is what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from service.access.readers import Reader
from service.client import consents as wallet
from service.core.hexs import from_hex, to_hex
from service.disputes.case_entries import shown_entry, trade_entries
from service.disputes.consents import MAX_CONSENTS, ConsentRequest, Consents, RecordedConsent
from service.disputes.errors import (
    CaseUnknown,
    StepForbidden,
    StepRejected,
    StepRepeatedOtherwise,
    TooManyAtOnce,
)
from service.disputes.naming import Naming
from service.disputes.ports import CaseLog
from service.disputes.recorder import LogRecorder
from service.disputes.signable import signable
from service.log.ports import Appended
from tests.unit.disputes.case_log import Book
from tests.unit.log.whole_log import IDENTITY, seeded

USER = Reader("share", "s", "kaka", "live", trade="t")
KEY = b"\x07" * 32
NOW = 1_795_348_790_000  # 2026-11-22T11:59:50Z
UNTIL = 1_795_348_800
QUOTE: Mapping[str, Any] = {
    "items": [{"line": 1, "brand": "b", "face": 100, "net": 90, "kind": "code"}],
    "offer": {"currency": "CNY", "net": 90},
    "terms": {"valid_until": "2026-11-22T12:00:00.000Z", "settlement": ["alipay", "bank"]},
}
PAYOUT: Mapping[str, Any] = {
    "payout": "p1",
    "state": "succeeded",
    "legs": [
        {"leg": 1, "channel": "alipay", "amount": 60, "kind": "money", "currency": "CNY"},
        {"leg": 2, "channel": "bank", "amount": 30},
        {"leg": 3, "channel": "points", "amount": 500},
    ],
}


class Interrupted:
    """Records like the real one, after whatever `first` does."""

    def __init__(self) -> None:
        self.real = LogRecorder(seeded(b"record"))
        self.first: Callable[[], object] | None = None

    def record(self, log: CaseLog, event: Mapping[str, object], *, after: int | None = None) -> Appended:
        if self.first is not None:
            self.first()
        return self.real.record(log, event, after=after)


class Desk:
    """Consents over a log in memory with one quoted trade."""

    def __init__(self) -> None:
        self.book = Book()
        self.book.post(("q", "t", "quote", QUOTE))
        self.log = self.book.log()
        self.recorder = Interrupted()
        self.now = NOW
        naming = Naming(b"s" * 32, seeded(b"name"))
        self.consents = Consents(self.recorder, naming, clock_ms=lambda: self.now, version="1")
        self.random = seeded(b"wallet")

    def digest(self, event: str) -> str:
        entry = next(each for each in trade_entries(self.log, "t") if each.event == event)
        return to_hex(entry.digest)

    def reference(self, event: str) -> dict[str, str]:
        return {"event": event, "digest": self.digest(event)}

    def acceptance(self, quote: str = "q", **changes: Any) -> ConsentRequest:
        told: dict[str, Any] = {
            "amount": 90,
            "currency": "CNY",
            "platform": "kaka",
            "channel": "alipay",
            "valid_until": UNTIL,
        }
        told |= {name: changes.pop(name) for name in list(changes) if name in told}
        signed = wallet.acceptance(
            IDENTITY,
            KEY,
            trade=changes.pop("trade", "t"),
            quote=from_hex(self.digest(quote)),
            random=self.random,
            **told,
        )
        request = ConsentRequest(
            "acceptance", quote, told["amount"], told["currency"], {**signed, "method": "eip712"}
        )
        return replace(request, **changes)

    def acknowledgement(
        self, payout: str = "p", amount: int = 90, result: str | None = "received"
    ) -> ConsentRequest:
        signed = wallet.acknowledgement(
            IDENTITY,
            KEY,
            trade="t",
            payout=from_hex(self.digest(payout)),
            amount=amount,
            currency="CNY",
            random=self.random,
        )
        return ConsentRequest(
            "payout_ack", payout, amount, "CNY", {**signed, "method": "eip712"}, None, result
        )

    def give(self, request: ConsentRequest, reader: Reader = USER) -> RecordedConsent:
        return self.consents.give(self.log, reader, request)

    def refused(self, request: ConsentRequest) -> set[str]:
        before = self.book.log().reader.size()
        with pytest.raises(StepRejected) as refusal:
            self.give(request)
        assert self.log.reader.size() == before, "a refusal recorded something"
        return {each.pointer for each in refusal.value.problems}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_acceptance_is_recorded_once(desk: Desk) -> None:
    request = desk.acceptance()
    given = desk.give(request)
    entry = shown_entry(trade_entries(desk.log, "t")[given.seq])
    assert (entry.type, entry.event, given.repeated) == ("acceptance", given.event, False)
    assert entry.claims["quote"] == {"event": "q", "digest": desk.digest("q")}
    assert entry.claims["actor"] == {"role": "user"}
    assert entry.claims["consent"] == request.consent
    again = desk.give(request)
    assert again == replace(given, repeated=True)
    assert len(trade_entries(desk.log, "t")) == 2
    assert desk.refused(desk.acceptance()) == {"/quote/event"}, "accepted twice"


def test_only_the_trades_user(desk: Desk) -> None:
    request = desk.acceptance()
    for reader in (
        Reader("platform", "k", "kaka", "live"),
        Reader("grant", "g", "kaka", "live", trade="t", dispute="d", role="arbitrator"),
    ):
        with pytest.raises(StepForbidden):
            desk.give(request, reader)
    with pytest.raises(CaseUnknown):
        desk.give(request, replace(USER, trade="nothing"))


def test_another_trades_share_signs_nothing_here(desk: Desk) -> None:
    desk.book.post(("q2", "u", "quote", QUOTE))
    with pytest.raises(StepRejected):
        desk.give(desk.acceptance(), replace(USER, trade="u"))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amount": 91}, "/amount"),
        ({"currency": "USD"}, "/currency"),
        ({"platform": "xianka"}, "/consent/platform"),
        ({"channel": "wechat"}, "/consent/channel"),
        ({"valid_until": UNTIL + 1}, "/consent/validUntil"),
        ({"trade": "u"}, "/consent/signature"),
        ({"digest": "0x" + "00" * 32}, "/quote/digest"),
        ({"result": "received"}, "/result"),
        ({"type": "payout_ack"}, "/payout/event"),
    ],
)
def test_what_is_signed_is_what_was_quoted(desk: Desk, changes: dict[str, Any], pointer: str) -> None:
    assert desk.refused(desk.acceptance(**changes)) == {pointer}


def test_a_signature_of_somebody_else_and_none(desk: Desk) -> None:
    request = desk.acceptance()
    other = {**request.consent, "address": "0x" + "11" * 20}
    assert desk.refused(replace(request, consent=other)) == {"/consent/signature"}
    unsigned = {name: value for name, value in request.consent.items() if name != "signature"}
    assert "/consent/signature" in desk.refused(replace(request, consent=unsigned))
    for method in ("sms_otp", None):
        claimed = {**request.consent, "method": method}
        assert desk.refused(replace(request, consent=claimed)) == {"/consent/method"}


def test_an_ended_quote_is_not_accepted(desk: Desk) -> None:
    desk.now = UNTIL * 1000
    assert desk.refused(desk.acceptance()) == {"/quote/event"}


def test_the_newest_quote_alone(desk: Desk) -> None:
    revision = {
        **QUOTE,
        "offer": {"currency": "CNY", "net": 80},
        "revises": desk.reference("q"),
        "cause": "market",
    }
    desk.book.post(("r", "t", "quote_revision", revision))
    assert desk.refused(desk.acceptance()) == {"/quote/event"}
    desk.give(desk.acceptance("r", amount=80))


@pytest.mark.parametrize(
    ("event_type", "claims"),
    [
        ("cancellation", {"by": "user", "reason": "x"}),
        ("payout", PAYOUT),
        ("correction", {"target": None, "reason": "incorrect_data"}),
        ("acceptance", {"quote": None, "amount": 90, "currency": "CNY"}),
    ],
)
def test_a_quote_that_is_over(desk: Desk, event_type: str, claims: dict[str, Any]) -> None:
    referred = {name: desk.reference("q") for name in ("target", "quote") if name in claims}
    desk.book.post(("x", "t", event_type, claims | referred))
    assert desk.refused(desk.acceptance()) == {"/quote/event"}


def test_what_the_user_may_not_see_is_not_signed(desk: Desk) -> None:
    desk.book.post(("h", "t", "quote", {**QUOTE, "audience": "arbitrator"}))
    assert desk.refused(desk.acceptance("h")) == {"/quote/event"}


def test_payments_are_confirmed_or_denied(desk: Desk) -> None:
    desk.book.post(("p", "t", "payout", PAYOUT))
    assert desk.refused(desk.acknowledgement(amount=60)) == {"/amount"}
    assert desk.refused(desk.acknowledgement(amount=90, result="part")) == {"/amount"}
    assert desk.refused(desk.acknowledgement(amount=0, result="part")) == {"/amount"}
    assert desk.refused(desk.acknowledgement(result=None)) == {"/result"}
    denied = desk.give(desk.acknowledgement(amount=0, result="not_received"))
    part = desk.give(desk.acknowledgement(amount=30, result="part"))
    received = desk.give(desk.acknowledgement())
    assert (denied.seq, part.seq, received.seq) == (2, 3, 4)
    assert desk.refused(desk.acknowledgement()) == {"/payout/event"}, "confirmed already"


def test_a_signature_says_one_thing(desk: Desk) -> None:
    """The typed message has no result: a signature over nothing received is not one over all."""
    desk.book.post(("p", "t", "payout", {**PAYOUT, "legs": [{**PAYOUT["legs"][0], "amount": 0}]}))
    nothing = desk.acknowledgement(amount=0, result="not_received")
    desk.give(nothing)
    with pytest.raises(StepRepeatedOtherwise):
        desk.give(replace(nothing, result="received"))


def test_payments_that_were_not_made(desk: Desk) -> None:
    desk.book.post(("p", "t", "payout", PAYOUT), ("f", "t", "payout", {**PAYOUT, "state": "reversed"}))
    assert desk.refused(desk.acknowledgement()) == {"/payout/event"}
    assert desk.refused(desk.acknowledgement("f")) == {"/payout/event"}


def test_what_changed_meanwhile_is_looked_at_again(desk: Desk) -> None:
    def once() -> None:
        desk.recorder.first = None
        desk.book.post(("x", "t", "cancellation", {"by": "user", "reason": "x"}))

    desk.recorder.first = once
    with pytest.raises(StepRejected):
        desk.give(desk.acceptance())
    assert [each.type for each in trade_entries(desk.log, "t")] == ["quote", "cancellation"]


def test_a_busy_trade_gives_up(desk: Desk) -> None:
    count = iter(range(100))
    desk.recorder.first = lambda: desk.book.post((f"n{next(count)}", "t", "x-note", {"n": 1}))
    with pytest.raises(TooManyAtOnce):
        desk.give(desk.acceptance())


def test_there_is_an_end_to_it_that_a_platform_cannot_bring_about(desk: Desk) -> None:
    desk.book.post(("p", "t", "payout", PAYOUT))
    consent = {"method": "none", "signature": "0x" + "00" * 65, "type": "x", "salt": "0x" + "00" * 32}
    consent["address"] = "0x" + "00" * 20
    for n in range(MAX_CONSENTS):
        claims: dict[str, Any] = {"payout": desk.reference("p"), "result": "part", "amount": 1}
        claims["currency"] = "CNY"
        claims["consent"] = {**consent, "type": "Acknowledgement"}
        desk.book.post((f"consent:{n}", "t", "payout_ack", claims))
    for _ in range(MAX_CONSENTS):
        desk.give(desk.acknowledgement(amount=0, result="not_received"))
    with pytest.raises(StepForbidden):
        desk.give(desk.acknowledgement())


def test_points_and_unknown_currencies_are_not_confirmed(desk: Desk) -> None:
    legs = [{"leg": 1, "channel": "points", "amount": 5}]
    mixed = [{**PAYOUT["legs"][0]}, {**PAYOUT["legs"][0], "leg": 2, "currency": "USD"}]
    desk.book.post(
        ("a", "t", "payout", {**PAYOUT, "legs": legs}), ("b", "t", "payout", {**PAYOUT, "legs": mixed})
    )
    entries = [shown_entry(each) for each in trade_entries(desk.log, "t")]
    assert signable(entries, NOW) == ()
