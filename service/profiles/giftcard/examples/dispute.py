"""A dispute over money taken off after inspection, from its opening to the award."""

from __future__ import annotations

from typing import Final

from service.profiles.giftcard.examples.parts import dig, event, ref

_DISPUTE = "dispute-000318"

OPENED: Final = event(
    "dispute_opened",
    "kaka-dispute-000318-1",
    "2026-07-18T10:00:00.000Z",
    {
        "dispute": _DISPUTE,
        "by": "user",
        "claim": {
            "code": "payout_short",
            "text": "承诺折扣九四折，实际到账少了九十二元，未见余额凭证。",
            "amount": 9200,
            "currency": "CNY",
        },
        "contested": [ref("kaka-inspection-000318"), ref("kaka-payout-000318-3")],
        "forum": "third_party",
        "remedy": "pay",
        "claimant": dig("卖家 王女士"),
    },
)

ANSWER: Final = event(
    "dispute_answer",
    "kaka-dispute-000318-2",
    "2026-07-19T02:30:00.000Z",
    {
        "dispute": _DISPUTE,
        "kind": "substantive",
        "position": "part",
        "offer": 4600,
        "reasons": [{"code": "balance_short", "refs": [ref("kaka-inspection-000318")]}],
        "attachments": [
            {
                "digest": dig("沃尔玛 POS 小票"),
                "media_type": "image/jpeg",
                "bytes": 183204,
                "label": "验卡小票照片",
            }
        ],
    },
)

EVIDENCE: Final = event(
    "dispute_evidence",
    "kaka-dispute-000318-3",
    "2026-07-19T06:12:00.000Z",
    {
        "dispute": _DISPUTE,
        "by": "user",
        "item": {
            "digest": dig("购卡发票"),
            "media_type": "application/pdf",
            "bytes": 90412,
            "label": "购卡发票",
        },
        "proves": "第二张卡购入后未曾使用，余额应为五百元",
        "obtained": {"method": "发卡商户开具", "at": "2026-07-19T05:50:00.000Z"},
        "about": [ref("kaka-inspection-000318")],
    },
)

AWARD: Final = event(
    "dispute_award",
    "kaka-dispute-000318-4",
    "2026-07-23T08:00:00.000Z",
    {
        "dispute": _DISPUTE,
        "body": {"name": "某市消费者协会", "kind": "mediation"},
        "outcome": "settled",
        "amount": 9200,
        "pay_by": "2026-07-26T15:59:59.000Z",
        "binding": True,
        "document": dig("调解协议书"),
    },
)

EXAMPLES: Final = (OPENED, ANSWER, EVIDENCE, AWARD)
