"""A gift-card trade of ten entries or more, in a log of its own, with all that a certificate can say."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.reference import genuine as g

TRADE = "kaka-20261103-000318"
_SEEN = {"digest": "0x" + "5a" * 32, "media_type": "text/html", "locale": "zh-CN", "template": "quote-v7"}
_CAPTURE = {"mode": "online", "system": "kaka-trade", "version": "2026.11.3"}
_CALLBACK = [
    {"kind": "channel_callback", "ref": "2026110322001", "digest": "0x" + "4a" * 32, "issuer": "支付宝"}
]
_OFFER = {
    "currency": "CNY",
    "gross": 141_000,
    "net": 139_800,
    "fees": [{"code": "service", "basis": "face", "rate_bp": 80, "amount": 1_200, "payer": "user"}],
    "headline_rate_bp": 9_400,
    "rate_base": "face",
}
_ITEMS = [
    {"line": 1, "brand": "京东E卡", "face": 100_000, "net": 93_800, "kind": "code", "balance": 100_000},
    {"line": 2, "brand": "沃尔玛购物卡", "face": 50_000, "net": 46_000, "kind": "physical"},
]
_LEG = {"leg": 1, "channel": "alipay", "amount": 130_600, "kind": "money", "currency": "CNY"}
_USER = "0x" + "80" * 32
STORY: list[tuple[str, str, dict[str, Any]]] = [
    (
        "quote-1",
        "quote",
        {
            "items": _ITEMS,
            "offer": _OFFER,
            "on_balance_mismatch": "pro_rata",
            "terms": {
                "valid_until": "2026-11-03T10:30:00.000Z",
                "payout_clock": {"start": "inspection", "seconds": 1800},
                "settlement": ["alipay", "wechat"],
            },
            "pricing": {"method": "ai", "model": "定价模型 7.2", "reviewer": "0x" + "99" * 32},
            "presented": _SEEN,
            "capture": _CAPTURE,
        },
    ),
    (
        "accept-1",
        "acceptance",
        {
            "quote": {"event": "quote-1"},
            "amount": 139_800,
            "currency": "CNY",
            "items": [1, 2],
            "settlement": [{"channel": "alipay", "payee": "0x" + "69" * 32, "share": 139_800}],
            "consent": {"method": "sms_otp", "subject": _USER, "third_party_ref": "SMS20261103-88"},
            "actor": {"role": "user", "party": _USER},
            "presented": _SEEN,
            "capture": _CAPTURE,
        },
    ),
    ("handover-1", "handover", {"mode": "code_revealed", "items": [1, 2], "received_by": "0x" + "85" * 32}),
    (
        "inspection-1",
        "inspection",
        {
            "items": [
                {"line": 1, "outcome": "pass", "balance_found": 100_000, "method": "issuer_api"},
                {
                    "line": 2,
                    "outcome": "balance_short",
                    "balance_found": 40_000,
                    "method": "pos",
                    "deductions": [{"code": "balance_short", "amount": 9_200}],
                },
            ],
            "user_present": False,
            "capture": _CAPTURE,
        },
    ),
    ("payout-1", "payout", {"payout": "PO-1", "state": "initiated", "legs": [_LEG]}),
    ("payout-2", "payout", {"payout": "PO-1", "state": "processing", "legs": [_LEG]}),
    (
        "payout-3",
        "payout",
        {
            "payout": "PO-1",
            "state": "succeeded",
            "final": True,
            "legs": [_LEG],
            "corroboration": _CALLBACK,
            "capture": _CAPTURE,
        },
    ),
    (
        "dispute-1",
        "dispute_opened",
        {
            "dispute": "dispute-000318",
            "by": "user",
            "claim": {
                "code": "payout_short",
                "text": "承诺折扣九四折，实际到账少了九十二元，未见余额凭证。",
                "amount": 9_200,
                "currency": "CNY",
            },
            "contested": [{"event": "payout-3"}],
            "forum": "third_party",
            "remedy": "pay",
        },
    ),
    (
        "answer-1",
        "dispute_answer",
        {"dispute": "dispute-000318", "kind": "substantive", "position": "reject"},
    ),
    (
        "award-1",
        "dispute_award",
        {
            "dispute": "dispute-000318",
            "body": {"name": "某某区消费者协会", "kind": "mediator"},
            "outcome": "for_user",
            "amount": 9_200,
            "binding": True,
        },
    ),
]


def make_log(claims: dict[str, dict[str, Any]] | None = None, entries: int = len(STORY)) -> g.Log:
    """The log; `claims` replaces or adds claims by event, `entries` makes the trade longer with payouts."""
    log = g.Log(g.make_keys(seed=b"kaka"))
    log.append("other-0", "another", "quote", {"items": [], "offer": {"net": 1}})
    for number in range(entries):
        event, kind, told = STORY[number] if number < len(STORY) else (f"payout-{number}", *STORY[6][1:])
        told = deepcopy(told)
        told.update((claims or {}).get(event, {}))
        log.append(event, TRADE, kind, told, signed=event in ("quote-1", "payout-3"))
    return log


def receipts(log: g.Log, anchored: bool = True) -> list[dict[str, Any]]:
    """A receipt of each entry, anchored at the whole log's size."""
    size = len(log.entries)
    each = g.Anchored(size, 4711, g.T0 + 60 * size + 30)
    return [
        g.receipt(log, index, [g.anchor(log, index, each, (each,))] if anchored else [])
        for index in range(1, size)
    ]
