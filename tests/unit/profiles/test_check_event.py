"""`check_event`: what it takes, what it refuses, and that it tells everything at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from service.core.errors import EventRejected
from service.profiles import giftcard
from service.profiles.giftcard.envelope import MAX_CLAIMS

Change = Callable[[dict[str, Any]], None]
DIG = "0x" + "ab" * 32
SIGNATURE = {"type": "eip712", "address": "0x" + "1" * 40, "role": "platform", "signature": "0x" + "2" * 130}


def refused(event: Any) -> dict[str, str]:
    """Pointer → code of every problem."""
    with pytest.raises(EventRejected) as caught:
        giftcard.check_event(event)
    return {problem.pointer: problem.code for problem in caught.value.problems}


def changed(event_type: str, change: Change) -> dict[str, Any]:
    event = giftcard.example(event_type)
    change(event)
    return event


@pytest.mark.parametrize("event_type", giftcard.EVENT_TYPES)
def test_every_example_is_good(event_type: str) -> None:
    giftcard.check_event(giftcard.example(event_type), poster="service")


@pytest.mark.parametrize("event_type", giftcard.EVENT_TYPES)
def test_required_claims_alone_are_enough_and_each_is_needed(event_type: str) -> None:
    event = giftcard.example(event_type)
    required = giftcard.schema(event_type)["properties"]["claims"]["required"]
    event["claims"] = {name: event["claims"][name] for name in required}
    giftcard.check_event(event, poster="service")
    for name in required:
        bad = {**event, "claims": {key: value for key, value in event["claims"].items() if key != name}}
        with pytest.raises(EventRejected) as caught:
            giftcard.check_event(bad, poster="service")
        assert [(p.pointer, p.code) for p in caught.value.problems] == [(f"/claims/{name}", "required")]


def test_every_problem_is_told_at_once() -> None:
    def spoil(event: dict[str, Any]) -> None:
        event["trade"] = 5
        event["occurred"] = "2026-02-30T02:03:04.567Z"
        event["bad/member"] = 1
        event["decoy"] = "x"
        event["claims"]["offer"]["net"] = -1
        event["claims"]["items"] = [{"line": True}, {"line": "1", "brand": "x", "face": 1.5, "net": 1}, 3]
        event["claims"]["capture"] = None
        event["claims"]["audience"] = "everybody"
        event["claims"]["tariff"] = {"event": "x", "digest": "0xAB"}
        event["claims"]["a~/b é"] = 1

    assert refused(changed("quote", spoil)) == {
        "/trade": "type",
        "/occurred": "pattern",
        "/bad~1member": "unknown_member",
        "/decoy": "pattern",
        "/disclosures": "required",
        "/claims/offer/net": "range",
        "/claims/items/0/line": "type",
        "/claims/items/0/brand": "required",
        "/claims/items/0/face": "required",
        "/claims/items/0/net": "required",
        "/claims/items/1/face": "type",
        "/claims/items/2": "type",
        "/claims/capture": "type",
        "/claims/audience": "enum",
        "/claims/tariff/digest": "pattern",
        "/claims/a~0~1b é": "claim_name",
    }


@pytest.mark.parametrize(
    "event", [None, [], "quote", 7, {}, {"type": None}, {"type": ["quote"]}, {"claims": {"a": 1}}]
)
def test_what_is_no_event_at_all_is_refused(event: object) -> None:
    assert refused(event)


CASES: list[tuple[str, Change, str, str]] = [
    ("quote", lambda e: e.update(event="13812345678"), "/event", "id_mobile_number"),
    ("quote", lambda e: e.update(trade="11010519491231002X"), "/trade", "id_identity_number"),
    ("quote", lambda e: e.update(event="a b"), "/event", "pattern"),
    ("quote", lambda e: e.update(event="x" * 65), "/event", "pattern"),
    ("quote", lambda e: e.update(event="x\n"), "/event", "pattern"),
    ("quote", lambda e: e.update(occurred="2026-07-18T02:15:04Z"), "/occurred", "pattern"),
    ("quote", lambda e: e.update(occurred="2026-07-18T02:15:04.120+08:00"), "/occurred", "pattern"),
    ("quote", lambda e: e.update(type="purchase"), "/type", "unknown_type"),
    ("quote", lambda e: e.update(type="x-"), "/type", "unknown_type"),
    ("quote", lambda e: e.update(type=1), "/type", "type"),
    ("quote", lambda e: e.pop("claims"), "/claims", "required"),
    ("quote", lambda e: e.update(claims=[]), "/claims", "type"),
    ("quote", lambda e: e.update(v=1), "/v", "unknown_member"),
    (
        "quote",
        lambda e: e["claims"].update({f"extra-{n}": n for n in range(MAX_CLAIMS)}),
        "/claims",
        "length",
    ),
    ("quote", lambda e: e["claims"].update(_sd=[]), "/claims/_sd", "claim_name"),
    ("quote", lambda e: e["claims"].update({"...": 1}), "/claims/...", "claim_name"),
    ("quote", lambda e: e["claims"].update({"x" * 65: 1}), "/claims/" + "x" * 65, "claim_name"),
    ("quote", lambda e: e["claims"].update(items=[]), "/claims/items", "length"),
    ("quote", lambda e: e["claims"]["items"][1].update(line=1), "/claims/items/1/line", "duplicate"),
    ("quote", lambda e: e["claims"]["offer"].update(net=2**53), "/claims/offer/net", "range"),
    ("quote", lambda e: e["claims"]["offer"].update(net="1"), "/claims/offer/net", "type"),
    ("quote", lambda e: e["claims"]["offer"].update(net=True), "/claims/offer/net", "type"),
    ("quote", lambda e: e["claims"]["offer"].update(currency="cny"), "/claims/offer/currency", "pattern"),
    ("quote", lambda e: e["claims"].update(seller="0x12"), "/claims/seller", "pattern"),
    (
        "quote",
        lambda e: e["claims"]["conditions"][0].update(code="whim"),
        "/claims/conditions/0/code",
        "pattern",
    ),
    (
        "quote",
        lambda e: e["claims"]["terms"].update(settlement=["paypal"]),
        "/claims/terms/settlement/0",
        "enum",
    ),
    (
        "quote",
        lambda e: e["claims"]["items"][0].update(expires="2026-02-29"),
        "/claims/items/0/expires",
        "pattern",
    ),
    ("acceptance", lambda e: e["claims"].update(quote={}), "/claims/quote/event", "required"),
    ("acceptance", lambda e: e["claims"].update(quote="q1"), "/claims/quote", "type"),
    ("acceptance", lambda e: e["claims"].update(items=[1, None]), "/claims/items/1", "type"),
    ("inspection", lambda e: e["claims"]["items"][1].update(line=1), "/claims/items/1/line", "duplicate"),
    ("payout", lambda e: e["claims"]["legs"][1].update(leg=1), "/claims/legs/1/leg", "duplicate"),
    ("payout", lambda e: e["claims"]["legs"][0].update(amount=-1), "/claims/legs/0/amount", "range"),
    ("payout_ack", lambda e: e["claims"]["consent"].pop("salt"), "/claims/consent/salt", "required"),
    (
        "payout_ack",
        lambda e: e["claims"]["consent"].update(address=DIG),
        "/claims/consent/address",
        "pattern",
    ),
    ("refund", lambda e: e["claims"].update(items=[{"line": []}]), "/claims/items/0/line", "type"),
    ("tariff", lambda e: e.update(trade="kaka-2026-07"), "/trade", "tariff_trade"),
    (
        "correction",
        lambda e: e["claims"].update(target={"event": "x", "digest": None}),
        "/claims/target/digest",
        "type",
    ),
    ("erasure", lambda e: None, "/type", "reserved_type"),
    ("hold", lambda e: e["claims"].update(targets=[]), "/claims/targets", "length"),
    ("quote", lambda e: e.update(disclosures=["abc"]), "/decoy", "required"),
    ("quote", lambda e: e.update(decoy="A" * 43), "/disclosures", "required"),
    ("quote", lambda e: e.update(disclosures=["a="], decoy="A" * 43), "/disclosures/0", "pattern"),
    ("quote", lambda e: e.update(disclosures=[], decoy="A" * 42 + "B"), "/decoy", "pattern"),
    ("quote", lambda e: e.update(signatures=[{}] * 9), "/signatures", "length"),
    ("quote", lambda e: e.update(signatures=[SIGNATURE | {"type": "sm2"}]), "/signatures/0/type", "enum"),
    ("quote", lambda e: e.update(signatures=[SIGNATURE | {"role": "A"}]), "/signatures/0/role", "pattern"),
    ("quote", lambda e: e["claims"]["items"][0].update(brand=""), "/claims/items/0/brand", "length"),
]


@pytest.mark.parametrize(("event_type", "change", "pointer", "code"), CASES)
def test_each_fault_is_refused_where_it_is(event_type: str, change: Change, pointer: str, code: str) -> None:
    problems = refused(changed(event_type, change))
    assert problems == {pointer: code}


def test_a_consent_by_wallet_needs_what_was_signed() -> None:
    event = giftcard.example("acceptance")
    event["claims"]["consent"] = {"method": "eip712"}
    signed = {f"/claims/consent/{name}": "required" for name in ("type", "address", "signature", "salt")}
    assert refused(event) == signed
    event["claims"]["consent"]["type"] = "Acceptance"
    del signed["/claims/consent/type"]
    assert refused(event) == signed | {
        f"/claims/consent/{name}": "required" for name in ("platform", "channel", "validUntil")
    }
    event["claims"]["consent"] = {"signature": "0x" + "1" * 130, "type": "Endorsement"}
    assert refused(event) == {f"/claims/consent/{name}": "required" for name in ("address", "salt", "ref")}
    event["claims"]["consent"] = {"method": "wechat"}
    giftcard.check_event(event)


def test_own_disclosures_and_signatures_have_a_shape() -> None:
    signature = {
        "type": "eip712",
        "address": "0x" + "1" * 40,
        "role": "platform",
        "signature": "0x" + "2" * 130,
    }
    event = giftcard.example("quote") | {
        "disclosures": ["YWJj"],
        "decoy": "A" * 43,
        "signatures": [signature],
    }
    giftcard.check_event(event)
    event["signatures"].append(SIGNATURE | {"comment": "for ever"})
    assert refused(event) == {"/signatures/1/comment": "unknown_member"}


def test_a_platforms_own_types_take_any_claims_but_known_ones_are_checked() -> None:
    event = giftcard.example("quote") | {
        "type": "x-kaka.coupon",
        "claims": {"coupon": {"anything": [1, None]}},
    }
    giftcard.check_event(event)
    giftcard.check_event({**event, "claims": {}})
    event["claims"]["audience"] = "everybody"
    assert refused(event) == {"/claims/audience": "enum"}


def test_unknown_claims_and_members_are_left_alone() -> None:
    event = giftcard.example("quote")
    event["claims"]["x-campaign"] = {"name": "七夕", "tags": [None, True, 3]}
    event["claims"]["offer"]["x-note"] = None
    giftcard.check_event(event)


def test_what_findings_must_prove_later_is_not_refused() -> None:
    def lineage(event: dict[str, Any]) -> None:
        event["claims"]["outputs"][0]["value"] = 10**9

    def illusory(event: dict[str, Any]) -> None:
        event["claims"]["conditions"] = [{"code": "other", "cap": None, "evidence": "none"}]
        event["claims"]["offer"] |= {"net": 1, "gross": 0, "headline_rate_bp": 99_999}
        event["claims"]["terms"]["valid_until"] = "1999-01-01T00:00:00.000Z"

    def overpaid(event: dict[str, Any]) -> None:
        event["claims"]["legs"][0] |= {"amount": 10**12, "channel_time": "2001-01-01T00:00:00.000Z"}

    def unsigned(event: dict[str, Any]) -> None:
        event["claims"]["consent"]["signature"] = "0x" + "f" * 130

    giftcard.check_event(changed("lineage", lineage))
    giftcard.check_event(changed("quote", illusory))
    giftcard.check_event(changed("payout", overpaid))
    giftcard.check_event(changed("payout_ack", unsigned))


def test_only_fees_may_be_negative() -> None:
    event = giftcard.example("quote")
    event["claims"]["offer"]["fees"] = [{"code": "coupon", "amount": -500, "rate_bp": -10}]
    giftcard.check_event(event)
    lineage = giftcard.example("lineage")
    lineage["claims"]["residue"] = -1
    assert refused(lineage) == {"/claims/residue": "range"}


def test_the_fast_and_the_full_check_agree_even_when_the_full_one_has_nothing_to_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("service.profiles.giftcard.check._all_problems", lambda event, poster: iter(()))
    assert refused({"type": "quote"}) == {"": "type"}
