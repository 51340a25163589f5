"""Signatures in consents: what does not verify or comes from a wrong key is proved; and the grades."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.client import consents
from service.core import eip712
from service.core.checkpoint import LogIdentity
from service.core.hexs import from_hex, to_hex
from service.profiles.giftcard import grades
from service.profiles.giftcard.findings import consent_invalid, late_signature
from service.profiles.giftcard.findings.model import KeyValidity, Truth
from tests.unit.profiles.findings.builder import NET, Trade, ms

PROVED, NOT, UNKNOWN = Truth.PROVED, Truth.NOT_PROVED, Truth.INSUFFICIENT
IDENTITY = LogIdentity("test.example/kaka", b"\x07" * 32, 31337, "0x" + "42" * 20)
KEY, OTHER, THIRD = b"\x11" * 32, b"\x12" * 32, b"\x13" * 32
USER, GUARANTOR = eip712.address_of(KEY), eip712.address_of(THIRD)
SUBJECT = "0x" + "5b" * 32
LONG = 10**6


def acceptance(
    trade: Trade, /, *, identity: LogIdentity = IDENTITY, key: bytes = KEY, at: float = 10, **changes: Any
) -> str:
    """An acceptance of the last quote with the user's signature; `changes` are of the signed message."""
    quote = trade.entry(trade.last("quote", "quote_revision"))
    message: dict[str, Any] = {
        "platform": "kaka",
        "trade": trade.trade,
        "quote": quote.digest,
        "amount": NET,
        "currency": "CNY",
        "channel": "alipay",
        "valid_until": ms(3600) // 1000,
    } | changes
    consent = consents.acceptance(identity, key, random=bytes, **message)
    claims = {
        "quote": {"event": quote.event, "digest": to_hex(quote.digest)},
        "amount": NET,
        "currency": "CNY",
        "consent": {**consent, "subject": SUBJECT},
    }
    return trade.say("acceptance", claims, at=at)


def acknowledgement(trade: Trade, *, at: float = 60, key: bytes = KEY, **more: Any) -> str:
    payout = trade.entry(trade.last("payout"))
    consent = consents.acknowledgement(
        IDENTITY, key, trade=trade.trade, payout=payout.digest, amount=NET, currency="CNY", random=bytes
    )
    claims = {
        "payout": {"event": payout.event, "digest": to_hex(payout.digest)},
        "result": "received",
        "amount": NET,
        "currency": "CNY",
        "consent": {**consent, "subject": SUBJECT, **more},
    }
    return trade.say("payout_ack", claims, at=at)


def quoted(*keys: KeyValidity) -> Trade:
    trade = Trade()
    trade.quote()
    trade.keys = keys
    return trade


def change_consent(trade: Trade, event: str, **changes: Any) -> None:
    claims = dict(trade.entry(event).claims)
    consent = claims["consent"]
    assert isinstance(consent, dict)
    claims["consent"] = consent | changes
    trade.replace(event, claims=claims)


def high_s(signature: str) -> str:
    """The other signature that recovers to the same address."""
    raw = from_hex(signature, 65)
    s = eip712.SECP256K1_ORDER - int.from_bytes(raw[32:64], "big")
    return to_hex(raw[:32] + s.to_bytes(32, "big") + bytes([55 - raw[64]]))


def test_a_good_signature() -> None:
    trade = quoted()
    acceptance(trade)
    assert trade.truth(consent_invalid.RULE, LONG) is NOT


@pytest.mark.parametrize(
    "changes",
    [
        {"identity": replace(IDENTITY, chain_id=1)},
        {"identity": replace(IDENTITY, registry="0x" + "43" * 20)},
        {"identity": replace(IDENTITY, log_id=b"\x08" * 32)},
        {"amount": NET + 1},
        {"currency": "USD"},
        {"trade": "t-2"},
        {"quote": b"\x01" * 32},
    ],
    ids=["chain", "registry", "log", "amount", "currency", "trade", "quote"],
)
def test_a_signature_over_something_else_is_proved(changes: Any) -> None:
    trade = quoted()
    acceptance(trade, **changes)
    result = trade.ask(consent_invalid.RULE, LONG)
    assert (result.truth, result.against, result.figures["address"]) == (PROVED, "platform", USER)


def test_a_high_s_is_no_signature() -> None:
    trade = quoted()
    event = acceptance(trade)
    signature = trade.entry(event).claims["consent"]["signature"]  # type: ignore[index]
    change_consent(trade, event, signature=high_s(signature))
    assert trade.truth(consent_invalid.RULE, LONG) is PROVED


@pytest.mark.parametrize(
    "changes",
    [
        {"address": eip712.address_of(OTHER)},
        {"channel": "bank"},
        {"platform": "xianka"},
        {"validUntil": 1},
        {"salt": "0x" + "01" * 32},
        {"type": "Acknowledgement"},
        # Naming another method does not save a signature that is wrong.
        {"method": "wechat", "validUntil": 1},
    ],
)
def test_what_was_changed_after_signing_is_proved(changes: Any) -> None:
    trade = quoted()
    event = acceptance(trade)
    change_consent(trade, event, **changes)
    result = trade.ask(consent_invalid.RULE, LONG)
    # An Acknowledgement is over a payout, which an acceptance does not name: nobody can check that one.
    assert result.truth is (UNKNOWN if "type" in changes else PROVED)


@pytest.mark.parametrize("hidden", ["quote", "amount", "currency", "consent"])
def test_what_is_withheld_is_insufficient(hidden: str) -> None:
    trade = quoted()
    event = acceptance(trade)
    trade.hide(event, hidden)
    result = trade.ask(consent_invalid.RULE, LONG)
    assert (result.truth, result.missing) == (UNKNOWN, (f"{event}#{hidden}",))


def test_a_consent_without_signature_is_a_grade_only() -> None:
    trade = quoted()
    trade.accept()
    assert trade.truth(consent_invalid.RULE, LONG) is NOT


def key(
    role: str = "user", *, start: float = -100, end: float | None = None, address: str = USER
) -> KeyValidity:
    return KeyValidity(address, role, ms(start), None if end is None else ms(end))


@pytest.mark.parametrize(
    ("keys", "truth"),
    [
        ((), NOT),
        ((key(),), NOT),
        ((key(end=1_000),), NOT),
        # Given at 1,000: two minutes are forgiven after the end.
        ((key(end=880),), NOT),
        ((key(end=879.999),), PROVED),
        ((key("platform"),), PROVED),
        ((key("platform"), key()), NOT),
        ((key("platform"), key(end=100)), PROVED),
        ((key(end=100), key(start=500)), NOT),
        # A registration that begins later says nothing about the time before.
        ((key(start=1_001),), NOT),
        ((key("platform", start=1_001),), NOT),
        ((key("platform", address=GUARANTOR),), NOT),
        (None, UNKNOWN),
    ],
)
def test_the_keys_validity_and_role(keys: tuple[KeyValidity, ...] | None, truth: Truth) -> None:
    trade = Trade()
    trade.quote()
    trade.keys = keys
    acceptance(trade, at=1_000)
    assert trade.truth(consent_invalid.RULE, LONG) is truth


def test_a_key_that_ended_while_the_consent_was_in_a_queue() -> None:
    trade = quoted(key(end=2_000))
    event = acceptance(trade, at=1_000)
    trade.replace(event, received=ms(5_000))
    assert trade.ask(consent_invalid.RULE, LONG).missing == (f"{event}#time",)


def endorse(trade: Trade, event: str, *, key: bytes = THIRD, role: str = "guarantor", at: float = 20) -> str:
    digest = trade.entry(event).digest
    consent = consents.endorsement(IDENTITY, key, role=role, event=event, digest=digest, random=bytes)
    return trade.say("x-endorsement", {"consent": consent, "actor": {"role": role}}, at=at)


def test_an_endorsement_is_given_in_the_role_of_its_actor() -> None:
    trade = quoted(key("guarantor", address=GUARANTOR))
    event = endorse(trade, "quote-0")
    assert trade.truth(consent_invalid.RULE, LONG) is NOT
    trade.keys = (key("insurer", address=GUARANTOR),)
    assert trade.truth(consent_invalid.RULE, LONG) is PROVED
    trade.hide(event, "actor")
    assert trade.ask(consent_invalid.RULE, LONG).missing == (f"{event}#actor",)


@pytest.mark.parametrize(
    ("consent", "grade", "reason"),
    [
        ({"method": "wechat", "third_party_ref": "w-1"}, "B", "third_party_record"),
        ({"method": "sms_otp", "third_party_ref": "s-1"}, "B", "third_party_record"),
        ({"method": "face", "third_party_ref": "f-1"}, "B", "third_party_record"),
        ({"method": "wechat"}, "C", "no_third_party_record"),
        ({"method": "paper", "third_party_ref": "p-1"}, "C", "paper"),
        ({"method": "voice"}, "C", "voice"),
        ({"method": "passkey"}, "C", "passkey"),
        ({"method": "none"}, "D", "absent"),
        ({}, "D", "absent"),
        (None, "D", "absent"),
    ],
)
def test_grades_of_consents_without_signature(consent: Any, grade: str, reason: str) -> None:
    trade = quoted()
    trade.accept()
    claims = dict(trade.entries[1].claims)
    claims.pop("consent")
    trade.replace("acceptance-1", claims=claims if consent is None else claims | {"consent": consent})
    [told] = grades.grades(trade.view())
    assert (told.grade, told.reason, told.type) == (grade, reason, "acceptance")
    assert told.zh.endswith("。") and told.en.endswith(".")


def test_a_consent_that_is_not_shown_has_no_grade() -> None:
    trade = quoted()
    trade.accept()
    trade.hide("acceptance-1", "consent")
    assert [(each.grade, each.reason) for each in grades.grades(trade.view())] == [(None, "not_shown")]


@pytest.mark.parametrize(
    ("keys", "grade", "reason"),
    [
        ((), "C", "key_not_bound"),
        ((key(),), "A", "key_registered_before"),
        ((key(start=9.999),), "A", "key_registered_before"),
        ((key(start=10),), "C", "key_not_bound"),
        ((key(start=11),), "C", "key_not_bound"),
        ((key(end=-111, start=-200),), "D", "key_ended"),
        ((key("platform"),), "D", "key_of_another_role"),
        (None, None, "not_checkable"),
    ],
)
def test_grades_of_signed_consents(keys: Any, grade: str | None, reason: str) -> None:
    trade = quoted()
    trade.keys = keys
    acceptance(trade)
    [told] = grades.grades(trade.view())
    assert (told.grade, told.reason) == (grade, reason)


def test_a_wrong_signature_is_worth_nothing_and_an_unreadable_one_unknown() -> None:
    trade = quoted(key())
    event = acceptance(trade, amount=NET - 1)
    assert [each.reason for each in grades.grades(trade.view())] == ["signature_wrong"]
    trade.hide(event, "amount")
    assert [(each.grade, each.reason) for each in grades.grades(trade.view())] == [(None, "not_checkable")]


def test_a_key_used_before_for_the_same_person_is_bound() -> None:
    trade = quoted()
    acceptance(trade)
    trade.pay()
    acknowledgement(trade)
    assert [each.reason for each in grades.grades(trade.view())] == ["key_not_bound", "key_used_before"]
    change_consent(trade, trade.last("payout_ack"), subject="0x" + "5c" * 32)
    assert [each.reason for each in grades.grades(trade.view())] == ["key_not_bound", "key_not_bound"]
    trade = quoted()
    acceptance(trade, amount=NET - 1)  # a signature that does not hold binds nothing
    trade.pay()
    acknowledgement(trade)
    assert [each.reason for each in grades.grades(trade.view())] == ["signature_wrong", "key_not_bound"]


def test_another_key_for_the_same_person_binds_nothing() -> None:
    trade = quoted()
    acceptance(trade, key=OTHER)
    trade.pay()
    acknowledgement(trade)
    assert [each.reason for each in grades.grades(trade.view())] == ["key_not_bound", "key_not_bound"]


@pytest.mark.parametrize(
    ("keys", "role", "endorser", "reason"),
    [
        ((key("guarantor", address=GUARANTOR),), "guarantor", THIRD, "key_endorsed_before"),
        ((), "guarantor", THIRD, "key_not_bound"),
        ((key("platform", address=GUARANTOR),), "platform", THIRD, "key_not_bound"),
        ((key("guarantor", address=GUARANTOR, end=-101),), "guarantor", THIRD, "key_not_bound"),
    ],
)
def test_a_third_partys_endorsement_binds(keys: Any, role: str, endorser: bytes, reason: str) -> None:
    trade = quoted(*keys)
    endorse(trade, acceptance(trade), key=endorser, role=role, at=20)
    trade.pay()
    acknowledgement(trade)
    change_consent(trade, trade.last("payout_ack"), subject=None)
    assert [each.reason for each in grades.grades(trade.view())][-1] == reason


def dispute(trade: Trade, at: float = 50) -> str:
    claim = {"code": "payout_short", "text": "少付了"}
    return trade.say("dispute_opened", {"dispute": "d", "by": "user", "claim": claim, "contested": []}, at=at)


def test_a_consent_recorded_after_the_dispute() -> None:
    trade = quoted()
    acceptance(trade)
    trade.pay()
    assert trade.truth(late_signature.RULE, LONG) is NOT
    dispute(trade)
    assert trade.truth(late_signature.RULE, LONG) is NOT
    event = acknowledgement(trade)
    result = trade.ask(late_signature.RULE, LONG)
    assert (result.truth, result.kind) == (PROVED, "note")
    assert result.figures == {"opened": ms(50), "recorded": ms(60)}
    trade.hide(event, "consent")
    assert trade.truth(late_signature.RULE, LONG) is UNKNOWN
    change = dict(trade.entry(event).claims) | {"consent": {"method": "none"}}
    trade.replace(event, claims=change, withheld=0)
    assert trade.truth(late_signature.RULE, LONG) is NOT
