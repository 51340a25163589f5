"""Paying, and what makes paying safe: payouts through several channels, escrow, cover, refunds,
corrections."""

from __future__ import annotations

from typing import Final

from service.profiles.giftcard.examples.parts import COUNTER_TRADE, ESCROW_TRADE, dig, event, ref

ESCROW: Final = event(
    "escrow",
    "xianka-escrow-004471-2",
    "2026-07-18T06:30:00.000Z",
    {
        "escrow": "escrow-004471",
        "state": "funded",
        "amount": 186000,
        "currency": "CNY",
        "balance_after": 186000,
        "agent": dig("某银行资金存管专户"),
        "condition": {"code": "inspection_pass", "refs": [ref("xianka-accept-004471")]},
        "cause": ref("xianka-accept-004471"),
        "expires_at": "2026-07-25T06:30:00.000Z",
    },
    ESCROW_TRADE,
)

COVERAGE: Final = event(
    "coverage",
    "bendi-coverage-000092",
    "2026-07-18T08:01:00.000Z",
    {
        "coverage": "guarantee-2026-0092",
        "kind": "guarantor",
        "state": "bound",
        "limit": 200000,
        "provider": dig("社区担保人 李师傅"),
        "deductible": 0,
        "perils": ["平台未按约付款", "卡片丢失"],
        "from": "2026-07-18T08:00:00.000Z",
        "to": "2026-08-17T16:00:00.000Z",
        "policy": dig("社区担保协议 0092"),
        "blanket": False,
        "exposure_after": 460000,
    },
    COUNTER_TRADE,
)

PAYOUT: Final = event(
    "payout",
    "xianka-payout-004471-3",
    "2026-07-18T07:12:30.500Z",
    {
        "payout": "payout-004471",
        "state": "succeeded",
        "legs": [
            {
                "leg": 1,
                "channel": "ecny",
                "amount": 186000,
                "kind": "money",
                "currency": "CNY",
                "payee": dig("数字人民币钱包 陈先生"),
                "channel_ref": "ECNY202607180712305001",
                "channel_time": "2026-07-18T07:12:29.000Z",
                "channel_evidence": dig("数字人民币运营机构回执"),
            },
            {"leg": 2, "channel": "points", "amount": 1200, "kind": "points", "program": "闲卡宝积分"},
        ],
        "attempt": 1,
        "for": [1],
        "final": True,
        "corroboration": [
            {
                "kind": "channel_callback",
                "ref": "ECNY202607180712305001",
                "digest": dig("回调报文"),
                "issuer": "运营机构",
            },
        ],
    },
    ESCROW_TRADE,
)

PAYOUT_ACK: Final = event(
    "payout_ack",
    "xianka-ack-004471",
    "2026-07-18T07:20:11.000Z",
    {
        "payout": ref("xianka-payout-004471-3"),
        "result": "received",
        "amount": 186000,
        "currency": "CNY",
        "received_at": "2026-07-18T07:12:41.000Z",
        "by": dig("卖家 陈先生"),
        "consent": {
            "method": "eip712",
            "type": "Acknowledgement",
            "address": "0x" + dig("陈先生 wallet")[26:],
            "signature": "0x" + dig("r")[2:] + "1" + dig("s")[3:] + "1b",
            "salt": dig("acknowledgement salt"),
        },
    },
    ESCROW_TRADE,
)

REFUND: Final = event(
    "refund",
    "bendi-refund-000092",
    "2026-07-19T03:00:00.000Z",
    {
        "refund": "refund-000092",
        "direction": "to_user",
        "kind": "card",
        "state": "initiated",
        "items": [2],
        "amount": 50000,
        "currency": "CNY",
        "due_at": "2026-07-20T08:10:00.000Z",
        "cause": ref("bendi-inspection-000092"),
    },
    COUNTER_TRADE,
)

CANCELLATION: Final = event(
    "cancellation",
    "bendi-cancel-000092",
    "2026-07-18T08:40:00.000Z",
    {"by": "user", "reason": "到店后不接受折损扣款，取回卡片", "cause": ref("bendi-quote-000092-2")},
    COUNTER_TRADE,
)

CHANNEL_CHANGE: Final = event(
    "channel_change",
    "kaka-channel-000318",
    "2026-07-18T02:55:00.000Z",
    {
        "channel": "wechat",
        "payee": dig("微信账户 王女士"),
        "requested_by": "user",
        "payout": ref("kaka-payout-000318-1"),
        "consent": {"method": "wechat", "subject": dig("卖家 王女士"), "third_party_ref": "wx-auth-55120"},
    },
)

CORRECTION: Final = event(
    "correction",
    "kaka-correction-000318",
    "2026-07-18T04:10:00.000Z",
    {
        "target": ref("kaka-inspection-000318"),
        "reason": "incorrect_data",
        "replacement": ref("kaka-inspection-000318-2"),
        "consent": {"method": "sms_otp", "subject": dig("卖家 王女士"), "evidence": dig("更正确认短信")},
    },
)

EXAMPLES: Final = (ESCROW, COVERAGE, PAYOUT, PAYOUT_ACK, REFUND, CANCELLATION, CHANNEL_CHANGE, CORRECTION)
