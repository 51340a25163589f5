"""Every row of the three platforms' descriptions is expressible; the event that carries it is named here."""

from __future__ import annotations

from typing import Any

import pytest

from service.core.errors import TallyError
from service.profiles import giftcard

CMT = "0x" + "5a" * 32
Carrier = tuple[str, dict[str, Any]]

ROWS: dict[tuple[str, str], Carrier] = {
    ("card kinds", "237 kinds, priced by brand and form"): (
        "quote",
        {
            "items": [
                {"line": n, "brand": f"品牌{n}", "face": 10_000, "net": 9_000, "kind": "code"}
                for n in range(237)
            ]
        },
    ),
    ("fee rate", "5-12 % of face value"): (
        "quote",
        {
            "offer": {
                "currency": "CNY",
                "net": 9_000,
                "gross": 9_800,
                "fees": [
                    {"code": "service", "basis": "face", "rate_bp": 800, "amount": 800, "payer": "user"}
                ],
            }
        },
    ),
    ("valuation", "AI dynamic pricing + manual review"): (
        "quote",
        {
            "pricing": {
                "method": "mixed",
                "model": "kk-price-2026.07",
                "reviewer": CMT,
                "reviewed_at": "2026-07-01T00:00:00.000Z",
            }
        },
    ),
    ("valuation", "model on historical trades"): (
        "quote",
        {"pricing": {"method": "historical", "model": "xk-hist-5", "inputs_digest": CMT}},
    ),
    ("valuation", "manual inquiry"): ("quote", {"pricing": {"method": "manual", "reviewer": CMT}}),
    ("payout channels", "Alipay"): ("payout", {"legs": [{"leg": 1, "channel": "alipay", "amount": 1}]}),
    ("payout channels", "WeChat"): ("payout", {"legs": [{"leg": 1, "channel": "wechat", "amount": 1}]}),
    ("payout channels", "bank card"): ("payout", {"legs": [{"leg": 1, "channel": "bank", "amount": 1}]}),
    ("payout channels", "digital currency (e-CNY)"): (
        "payout",
        {"legs": [{"leg": 1, "channel": "ecny", "amount": 1}]},
    ),
    ("payout channels", "cash"): (
        "payout",
        {"legs": [{"leg": 1, "channel": "cash", "amount": 1}], "counter": {"place": "一店", "witness": CMT}},
    ),
    ("safeguard", "insurance promised"): (
        "quote",
        {"coverage_offered": [{"kind": "insurance", "limit": 1, "provider": "示例财险"}]},
    ),
    ("safeguard", "insurance"): (
        "coverage",
        {"kind": "insurance", "state": "claimed", "claim": {"amount": 1, "decision": "pending"}},
    ),
    ("safeguard", "escrow account"): (
        "escrow",
        {"state": "released", "condition": {"code": "ack", "refs": []}},
    ),
    ("safeguard", "community guarantor"): (
        "coverage",
        {"kind": "guarantor", "provider": CMT, "exposure_after": 1},
    ),
    ("extra services", "card split"): ("lineage", {"op": "split"}),
    ("extra services", "card merge"): ("lineage", {"op": "merge"}),
    ("extra services", "resale"): ("lineage", {"op": "resale", "counterparty": CMT}),
    ("extra services", "loyalty points offered"): (
        "quote",
        {
            "offer": {
                "currency": "CNY",
                "net": 1,
                "points": {"program": "闲卡宝积分", "units": 5, "fen_per_100": 80},
            }
        },
    ),
    ("extra services", "loyalty points redeemed"): (
        "payout",
        {
            "legs": [
                {"leg": 1, "channel": "points", "amount": 1200, "kind": "points", "program": "闲卡宝积分"}
            ]
        },
    ),
    ("extra services", "loyalty points chosen"): ("acceptance", {"points_opt_in": True}),
    ("extra services", "referral to local merchants"): (
        "referral",
        {"merchant": CMT, "benefit": {"kind": "券", "amount": 1}},
    ),
    ("anti-money-laundering", "big-data anomaly monitoring"): (
        "review",
        {"kind": "anomaly", "outcome": "hold"},
    ),
    ("anti-money-laundering", "manual review of large trades"): (
        "review",
        {
            "kind": "large_amount",
            "threshold": 1,
            "reviewer": CMT,
            "cumulative": {"window_s": 1, "amount": 1, "count": 1},
        },
    ),
    ("anti-money-laundering", "community joint defence"): (
        "review",
        {"kind": "joint_defence", "outcome": "referred"},
    ),
    ("complaints handling", "answers within 72 hours: the promise"): ("tariff", {"answer_s": 259_200}),
    ("complaints handling", "answers within 72 hours: the clock starts"): (
        "dispute_opened",
        {"forum": "platform"},
    ),
    ("complaints handling", "answers within 72 hours: the clock stops"): (
        "dispute_answer",
        {"kind": "substantive", "position": "accept"},
    ),
    ("complaints handling", "third-party mediation channel"): ("dispute_opened", {"forum": "third_party"}),
    ("complaints handling", "offline mediation first"): ("dispute_opened", {"forum": "offline"}),
    ("complaints handling", "the mediator's outcome"): (
        "dispute_award",
        {"body": {"name": "社区调解委员会", "kind": "mediation"}, "outcome": "settled"},
    ),
    ("complaint rate", "what is complained of"): (
        "dispute_opened",
        {"claim": {"code": "headline_gap", "text": "承诺折扣未兑现", "amount": 1, "currency": "CNY"}},
    ),
    ("repeat purchase", "the same seller, recognised inside a trade only"): ("quote", {"seller": CMT}),
    ("licence", "the licence shown with the terms"): (
        "quote",
        {
            "presented": {
                "digest": CMT,
                "media_type": "application/pdf",
                "locale": "zh-CN",
                "template": "预付卡牌照公示",
            }
        },
    ),
    ("mode", "online"): ("quote", {"capture": {"mode": "online"}}),
    ("mode", "quoted online, card delivered offline at a shop"): (
        "handover",
        {
            "mode": "counter",
            "place": CMT,
            "witness": CMT,
            "capture": {
                "mode": "offline",
                "sent_at": "2026-07-01T00:00:00.000Z",
                "queued_reason": "门店断网",
            },
        },
    ),
    ("mode", "a receipt on paper"): (
        "quote",
        {"receipt_delivery": {"method": "print", "at": "2026-07-01T00:00:00.000Z"}},
    ),
    ("region", "where the shop is"): ("handover", {"mode": "counter", "place": CMT}),
    ("large-amount threshold", "published"): ("tariff", {"review_threshold": 5_000_000}),
    ("the same card sold twice", "recognised by its fingerprint"): (
        "quote",
        {
            "items": [
                {
                    "line": 1,
                    "brand": "京东E卡",
                    "face": 1,
                    "net": 1,
                    "fingerprint": {"scope": "operator", "value": CMT},
                }
            ]
        },
    ),
}


@pytest.mark.parametrize(("row", "item"), ROWS)
def test_a_row_of_the_platform_table_is_carried_by_an_event(row: str, item: str) -> None:
    event_type, claims = ROWS[row, item]
    event = giftcard.example(event_type)
    event["claims"] |= claims
    try:
        giftcard.check_event(event)
    except TallyError as error:
        pytest.fail(f"{row} ({item}) cannot be expressed: {error}")
    known = giftcard.schema(event_type)["properties"]["claims"]["properties"]
    assert set(claims) <= set(known), "carried by a known claim, so that findings can read it"
