"""Around the trade: lineage, reviews, tariffs, referrals, erasure and holds."""

from __future__ import annotations

from typing import Final

from service.profiles.giftcard.examples.parts import COUNTER_TRADE, ESCROW_TRADE, dig, event

LINEAGE: Final = event(
    "lineage",
    "kaka-lineage-7781",
    "2026-07-18T05:00:00.000Z",
    {
        "op": "split",
        "inputs": [
            {
                "fingerprint": {"scope": "platform", "value": dig("京东E卡 card 1")},
                "value": 100000,
                "trade": "kaka-20260718-000318",
            }
        ],
        "outputs": [
            {"fingerprint": {"scope": "platform", "value": dig("京东E卡 split a")}, "value": 50000},
            {"fingerprint": {"scope": "platform", "value": dig("京东E卡 split b")}, "value": 49500},
        ],
        "fee": 300,
        "residue": 200,
        "counterparty": dig("企业采购方 0081"),
        "custody_from": "2026-07-18T02:40:12.650Z",
        "custody_to": "2026-07-18T05:00:00.000Z",
    },
)

REVIEW: Final = event(
    "review",
    "xianka-review-004471",
    "2026-07-18T06:20:00.000Z",
    {
        "kind": "large_amount",
        "rule": "单笔或七日累计五万元以上人工审核",
        "outcome": "pass",
        "started": "2026-07-18T06:05:00.000Z",
        "finished": "2026-07-18T06:20:00.000Z",
        "threshold": 5000000,
        "measured": 5210000,
        "cumulative": {"window_s": 604800, "amount": 5210000, "count": 9},
        "reviewer": dig("合规专员 0009"),
        "audience": "restricted",
    },
    ESCROW_TRADE,
)

TARIFF: Final = event(
    "tariff",
    "kaka-tariff-2026-07",
    "2026-06-30T16:00:00.000Z",
    {
        "brands": [
            {"brand": "京东E卡", "kind": "code", "min_face": 10000, "rate_bp": 9400},
            {
                "brand": "沃尔玛购物卡",
                "kind": "physical",
                "min_face": 10000,
                "rate_bp": 9300,
                "fees": [{"code": "service", "basis": "face", "rate_bp": 80, "payer": "user"}],
            },
            {"brand": "中石化加油卡", "kind": "physical", "min_face": 20000, "rate_bp": 9550},
        ],
        "from": "2026-06-30T16:00:00.000Z",
        "to": "2026-07-31T16:00:00.000Z",
        "review_threshold": 5000000,
        "answer_s": 259200,
    },
    "tariff:kaka-2026-07",
)

REFERRAL: Final = event(
    "referral",
    "bendi-referral-000092",
    "2026-07-18T08:45:00.000Z",
    {"merchant": dig("社区生鲜店"), "benefit": {"kind": "满一百减十券", "amount": 1000}},
    COUNTER_TRADE,
)

ERASURE: Final = event(
    "erasure",
    "erasure-20270801-0001",
    "2027-08-01T01:00:00.000Z",
    {
        "targets": [dig("leaf of bendi-quote-000092-1"), dig("leaf of bendi-quote-000092-2")],
        "ground": "request",
        "requested_by": "user",
        "authority": "《个人信息保护法》第四十七条",
    },
    COUNTER_TRADE,
)

HOLD: Final = event(
    "hold",
    "hold-20260722-0007",
    "2026-07-22T02:00:00.000Z",
    {
        "targets": [dig("leaf of xianka-quote-004471"), dig("leaf of xianka-payout-004471-3")],
        "ground": "消费者协会调解期间保全证据",
        "until": "2026-10-22T02:00:00.000Z",
    },
    ESCROW_TRADE,
)

EXAMPLES: Final = (LINEAGE, REVIEW, TARIFF, REFERRAL, ERASURE, HOLD)
