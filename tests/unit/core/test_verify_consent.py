"""Step 4: signatures of platforms and consents of users."""

from __future__ import annotations

import copy
from hashlib import sha256
from typing import Any

import pytest

from service.core.verdict import Report, Status, Verdict
from tests.reference import genuine
from tests.reference.genuine import T0
from tests.unit.core.verification import (
    LOG,
    Value,
    append_statement,
    receipt_of,
    tampered,
    verify,
)


@pytest.fixture
def receipt() -> Value:
    return genuine.genuine()


def test_a_platform_signature_by_another_key_is_bad() -> None:
    def append(log: genuine.Log) -> None:
        said = genuine.statement(log.keys, "X-1", "T-X", "quote", T0 + 60 * len(log.entries), [])
        message = {"log": log.keys.log, "digest": sha256(genuine.encode(said)).digest()}
        _, signature = genuine.sign(log.keys, genuine.PLATFORM_KEY, "Statement", message)
        address, _ = genuine.sign(log.keys, genuine.USER_KEY, "Statement", message)
        signed = {"type": "eip712", "address": address, "role": "platform", "signature": signature}
        append_statement(log, said, [], [signed])

    tampered(verify(receipt_of(append)), 4, "signature_wrong")


def invalid(report: Report, reason: str) -> None:
    """The record stands, with everything else that is proven of it; the consent does not."""
    assert (report.verdict, report.exit_code, report.reason) == (Verdict.CONSENT_INVALID, 1, reason)
    statuses = [step.status for step in report.steps[:8]]
    assert statuses == [Status.OK] * 3 + [Status.BAD] + [Status.OK] * 4
    assert report.facts.entry is not None
    assert report.facts.entry.consents[0].problem == reason
    assert report.facts.anchor is not None
    assert report.facts.promise == "kept"


def consent_receipt(**changes: Any) -> Value:
    def append(log: genuine.Log) -> None:
        claims = genuine.acceptance_claims(log)
        claims["consent"] |= changes
        said = genuine.disclosures("X-1", claims)
        statement = genuine.statement(log.keys, "X-1", "T-1", "acceptance", T0 + 660, said)
        append_statement(log, statement, said, [])

    return receipt_of(append)


def test_a_consent_holds_in_its_own_trade_and_terms_only() -> None:
    assert verify(consent_receipt()).verdict is Verdict.GOOD
    for change in (
        {"channel": "cash"},
        {"platform": "闲卡宝"},
        {"validUntil": T0},
        {"salt": "0x" + "00" * 32},
    ):
        invalid(verify(consent_receipt(**change)), "consent_wrong")
    invalid(verify(consent_receipt(address="0x" + "11" * 20)), "consent_wrong")


@pytest.mark.parametrize(
    "change",
    [{"validUntil": "soon"}, {"validUntil": -1}, {"channel": 1}, {"salt": "0x00"}, {"platform": None}],
)
def test_a_malformed_consent_is_bad(change: Value) -> None:
    invalid(verify(consent_receipt(**change)), "consent_malformed")


def test_a_consent_with_a_malformed_signature_is_bad() -> None:
    invalid(verify(consent_receipt(signature="0x00")), "consent_wrong")
    invalid(verify(consent_receipt(signature=7)), "consent_wrong")


@pytest.mark.parametrize("method", ["wechat", "paper"])
def test_consents_of_other_kinds_are_not_typed_messages(method: str) -> None:
    report = verify(consent_receipt(method=method))
    assert report.verdict is Verdict.GOOD
    assert report.facts.entry is not None and report.facts.entry.consents == ()


def test_a_consent_names_its_address() -> None:
    log = copy.deepcopy(LOG)
    claims = genuine.acceptance_claims(log)
    del claims["consent"]["address"]
    said = genuine.disclosures("X-1", claims)
    statement = genuine.statement(log.keys, "X-1", "T-1", "acceptance", T0 + 660, said)
    report = verify(receipt_of(lambda log: append_statement(log, statement, said, [])))
    assert report.verdict is Verdict.GOOD
    assert report.facts.entry is not None and report.facts.entry.consents[0].missing == ("address",)
    invalid(verify(consent_receipt(address=7)), "consent_malformed")


def test_an_unknown_message_is_not_checked() -> None:
    report = verify(consent_receipt(type="Blessing"))
    assert report.facts.entry is not None
    assert report.facts.entry.consents[0].missing == ("type",)


@pytest.mark.parametrize(("number", "name"), [(0, "quote"), (1, "amount"), (2, "currency")])
def test_a_consent_whose_claims_are_withheld_is_insufficient_not_bad(
    receipt: Value, number: int, name: str
) -> None:
    del receipt["disclosures"][number]
    report = verify(receipt)
    assert report.verdict is Verdict.GOOD
    assert report.facts.entry is not None
    assert report.facts.entry.consents[0].missing == (name,)


def acknowledged(amount: int, **changes: Any) -> Value:
    def append(log: genuine.Log) -> None:
        payout, salt = sha256(b"payout").digest(), sha256(b"salt").digest()
        message = {
            "log": log.keys.log,
            "trade": "T-1",
            "payout": payout,
            "amount": 93_500,
            "currency": "CNY",
            "salt": salt,
        }
        address, signature = genuine.sign(log.keys, genuine.USER_KEY, "Acknowledgement", message)
        consent = {"type": "Acknowledgement", "address": address, "signature": signature}
        claims = {
            "payout": {"event": "P-1", "digest": genuine.hexed(payout)},
            "amount": amount,
            "currency": "CNY",
            "consent": {**consent, "salt": genuine.hexed(salt)},
            **changes,
        }
        said = genuine.disclosures("X-1", claims)
        append_statement(
            log, genuine.statement(log.keys, "X-1", "T-1", "payout_ack", T0 + 660, said), said, []
        )

    return receipt_of(append)


def test_an_acknowledgement_is_over_the_amount_and_the_payout() -> None:
    report = verify(acknowledged(93_500))
    assert report.facts.entry is not None and report.facts.entry.consents[0].missing == ()
    invalid(verify(acknowledged(93_000)), "consent_wrong")
    invalid(verify(acknowledged(93_500, payout={"event": "P-1"})), "consent_malformed")
    for payout in ("P-1", "digest", 7, None, ["digest"]):
        invalid(verify(acknowledged(93_500, payout=payout)), "consent_malformed")


def endorsed(actor: Value | None) -> Value:
    def append(log: genuine.Log) -> None:
        endorsed_digest, salt = sha256(b"statement").digest(), sha256(b"salt").digest()
        message = {"log": log.keys.log, "role": "guarantor", "digest": endorsed_digest, "salt": salt}
        address, signature = genuine.sign(log.keys, genuine.USER_KEY, "Endorsement", message)
        consent = {
            "type": "Endorsement",
            "address": address,
            "signature": signature,
            "salt": genuine.hexed(salt),
            "ref": {"event": "C-1", "digest": genuine.hexed(endorsed_digest)},
        }
        claims: Value = {"consent": consent}
        if actor is not None:
            claims["actor"] = actor
        said = genuine.disclosures("X-1", claims)
        append_statement(log, genuine.statement(log.keys, "X-1", "T-1", "coverage", T0 + 660, said), said, [])

    return receipt_of(append)


def test_an_endorsement_is_in_the_role_of_the_actor() -> None:
    report = verify(endorsed({"role": "guarantor"}))
    assert report.facts.entry is not None and report.facts.entry.consents[0].missing == ()
    invalid(verify(endorsed({"role": "insurer"})), "consent_wrong")
    for actor in (None, {"party": "0x" + "11" * 32}):
        withheld = verify(endorsed(actor))
        assert withheld.verdict is Verdict.GOOD
        assert withheld.facts.entry is not None and withheld.facts.entry.consents[0].missing == ("actor",)


def test_a_worse_thing_than_a_bad_consent_decides() -> None:
    receipt = consent_receipt(channel="cash")
    receipt["index"] -= 1
    tampered(verify(receipt), 5, "not_included")
    stranger = verify(consent_receipt(channel="cash"), trust=None)
    assert (stranger.verdict, stranger.exit_code, stranger.reason) == (Verdict.LOG_NOT_TRUSTED, 2, "no_trust")
    assert stranger.steps[3].reason == "consent_wrong", "said all the same"


def test_a_bad_consent_is_decided_before_the_entry_is_anchored() -> None:
    report = verify({**consent_receipt(channel="cash"), "anchors": []})
    assert (report.verdict, report.reason) == (Verdict.CONSENT_INVALID, "consent_wrong")
    assert report.steps[6].reason == "no_anchors"
