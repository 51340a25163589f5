"""Events signed offline, and consents by wallet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from service.client import Client, add_signature, consents, ref, sign_event
from service.core import disclosure
from service.core import receipt as core_receipt
from service.core.eip712 import address_of, recover, statement_digest
from service.core.errors import CanonicalizationError, EventRejected
from service.core.hexs import from_hex
from service.core.verdict import Verdict
from service.core.verify import verify_receipt
from service.profiles import giftcard
from tests.unit.client.events import acceptance, quote
from tests.unit.client.true_log import NOW, TrueLog

KEY = b"\x07" * 32


def counter() -> Callable[[int], bytes]:
    drawn = iter(range(1, 1000))
    return lambda count: next(drawn).to_bytes(count, "big")


def test_a_signed_event_is_complete_and_replayable(log: TrueLog) -> None:
    signed = sign_event(quote(1), log.identity, KEY, counter())
    assert sign_event(quote(1), log.identity, KEY, counter()) == signed
    event = signed.event
    giftcard.check_event(event)
    opened = [disclosure.parse(each) for each in event["disclosures"]]
    assert {each.name: each.value for each in opened} == event["claims"]
    assert len({each.salt for each in opened} | {event["decoy"]}) == len(opened) + 1
    [signature] = event["signatures"]
    digest = statement_digest(log.identity.domain(), log.identity.log_id, signed.digest)
    assert recover(digest, from_hex(signature["signature"], 65)) == signature["address"] == address_of(KEY)
    assert (
        signed.ref
        == ref("quote-1", signed.digest)
        == {"event": "quote-1", "digest": f"0x{signed.digest.hex()}"}
    )


def test_the_log_commits_to_the_digest_known_beforehand(client: Client, log: TrueLog) -> None:
    signed = sign_event(quote(1), log.identity, None)
    assert "signatures" not in signed.event
    client.post(signed.event)
    assert log.digest(log.entries[0]) == signed.digest


def test_several_keys_sign_one_statement(client: Client, log: TrueLog) -> None:
    once = sign_event(quote(1), log.identity, KEY)
    twice = add_signature(once, log.identity, b"\x08" * 32, role="guarantor")
    assert twice.digest == once.digest
    assert [each["role"] for each in twice.event["signatures"]] == ["platform", "guarantor"]
    receipt = client.post(twice.event)
    report = verify_receipt(core_receipt.format(receipt), trust=log.trust, now=NOW)
    assert report.verdict == Verdict.NOT_ANCHORED_YET


def test_signing_again_makes_a_new_statement_and_drops_signatures_of_the_old(log: TrueLog) -> None:
    once = sign_event(quote(1), log.identity, KEY)
    again = sign_event(once.event, log.identity, KEY)
    assert again.digest != once.digest
    assert len(again.event["signatures"]) == 1


def test_a_reference_without_digest_cannot_be_signed(log: TrueLog) -> None:
    with pytest.raises(EventRejected) as caught:
        sign_event(acceptance(1, "quote-1", "t"), log.identity, KEY)
    assert [problem.pointer for problem in caught.value.problems] == ["/claims/quote/digest"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"type": "purchase"}, EventRejected),
        ({"event": "13812345678"}, EventRejected),
        (
            {"claims": {**giftcard.example("quote")["claims"], **{f"x{n}": "x" * 9000 for n in range(8)}}},
            CanonicalizationError,
        ),
        ({"claims": {**giftcard.example("quote")["claims"], "x": 1.5}}, CanonicalizationError),
    ],
)
def test_what_the_service_would_refuse_is_not_signed(
    log: TrueLog, change: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        sign_event(quote(1) | change, log.identity, KEY)


def test_consents_verify_with_the_receipt(client: Client, log: TrueLog) -> None:
    quoted = sign_event(quote(1, "t"), log.identity, KEY)
    accept = acceptance(1, "quote-1", "t")
    accept["claims"] |= {"quote": quoted.ref, "amount": 1001, "currency": "CNY"}
    accept["claims"]["consent"] = consents.acceptance(
        log.identity,
        b"\x11" * 32,
        platform="卡卡同盟",
        trade="t",
        quote=quoted.digest,
        amount=1001,
        currency="CNY",
        channel="alipay",
        valid_until=NOW // 1000 + 600,
    )
    accepted = sign_event(accept, log.identity, KEY)
    ack = giftcard.example("payout_ack") | {"event": "ack", "trade": "t"}
    ack["claims"] |= {"payout": accepted.ref, "amount": 5}
    ack["claims"]["consent"] = consents.acknowledgement(
        log.identity, b"\x11" * 32, trade="t", payout=accepted.digest, amount=5, currency="CNY"
    )
    correction = giftcard.example("correction") | {"event": "correction", "trade": "t"}
    del correction["claims"]["replacement"]
    correction["claims"] |= {"target": quoted.ref, "actor": {"role": "user"}}
    correction["claims"]["consent"] = consents.endorsement(
        log.identity, b"\x11" * 32, role="user", event="quote-1", digest=quoted.digest
    )
    receipts = client.post_batch([quoted.event, accepted.event, ack, correction])
    for receipt in receipts[1:]:
        report = verify_receipt(core_receipt.format(receipt), trust=log.trust, now=NOW)
        assert report.verdict == Verdict.NOT_ANCHORED_YET, report
        assert report.facts.entry is not None
        [consent] = report.facts.entry.consents
        assert (consent.address, consent.missing) == (address_of(b"\x11" * 32), ())


def test_a_consent_over_another_amount_is_found_by_the_verifier(client: Client, log: TrueLog) -> None:
    quoted = sign_event(quote(1, "t"), log.identity, KEY)
    accept = acceptance(1, "quote-1", "t")
    accept["claims"] |= {"quote": quoted.ref, "amount": 900}
    accept["claims"]["consent"] = consents.acceptance(
        log.identity,
        b"\x11" * 32,
        platform="卡卡同盟",
        trade="t",
        quote=quoted.digest,
        amount=1001,
        currency="CNY",
        channel="alipay",
        valid_until=NOW // 1000 + 600,
    )
    receipt = client.post_batch([quoted.event, accept])[1]
    assert (
        verify_receipt(core_receipt.format(receipt), trust=log.trust, now=NOW).verdict
        == Verdict.CONSENT_INVALID
    )
