"""From the quote to the inspection: three cards sold online by their codes, one of them short of balance."""

from __future__ import annotations

from typing import Any, Final

from service.profiles.giftcard.examples.parts import dig, event, ref

_ITEMS: Final[list[dict[str, Any]]] = [
    {
        "line": 1,
        "brand": "京东E卡",
        "face": 100000,
        "net": 93800,
        "kind": "code",
        "balance": 100000,
        "expires": "2029-05-31",
        "fingerprint": {"scope": "platform", "value": dig("京东E卡 card 1")},
    },
    {
        "line": 2,
        "brand": "沃尔玛购物卡",
        "face": 50000,
        "net": 46000,
        "kind": "physical",
        "balance": 50000,
        "fingerprint": {"scope": "platform", "value": dig("沃尔玛 card 2")},
    },
]

QUOTE: Final = event(
    "quote",
    "kaka-quote-000318-1",
    "2026-07-18T02:15:04.120Z",
    {
        "items": _ITEMS,
        "offer": {
            "currency": "CNY",
            "gross": 141000,
            "net": 139800,
            "fees": [{"code": "service", "basis": "face", "rate_bp": 80, "amount": 1200, "payer": "user"}],
            "headline_rate_bp": 9400,
            "rate_base": "face",
        },
        "terms": {
            "valid_until": "2026-07-18T02:45:04.120Z",
            "payout_clock": {"start": "inspection", "seconds": 7200},
            "tolled_by": ["awaiting_payee", "large_amount"],
            "settlement": ["alipay", "wechat", "bank"],
            "text": dig("卡卡同盟回收服务条款 2026-06"),
        },
        "conditions": [
            {
                "code": "balance_short",
                "cap": 141000,
                "evidence": "reading",
                "text": "余额不足时按实际余额同比例结算",
            },
            {"code": "damaged", "cap": 1000, "evidence": "photo", "text": "卡面破损影响转售，每单最多扣十元"},
        ],
        "firmness": "firm",
        "on_balance_mismatch": "pro_rata",
        "on_reject": {"return_within": 172800},
        "pricing": {
            "method": "ai",
            "model": "kk-price-2026.07",
            "model_digest": dig("kk-price-2026.07 weights"),
            "inputs_digest": dig("market snapshot 2026-07-18T02:15"),
            "reviewer": dig("审核员 0417"),
            "reviewed_at": "2026-07-18T02:14:58.000Z",
        },
        "seller": dig("卖家 王女士"),
        "tariff": ref("kaka-tariff-2026-07"),
        "coverage_offered": [{"kind": "insurance", "limit": 141000, "provider": "示例财产保险股份有限公司"}],
        "receipt_delivery": {"method": "qr", "at": "2026-07-18T02:15:05.300Z"},
        "presented": {
            "digest": dig("报价页截图"),
            "media_type": "text/html",
            "locale": "zh-CN",
            "template": "quote-page-v12",
        },
        "capture": {
            "mode": "online",
            "system": "kaka-core",
            "version": "8.3.1",
            "sent_at": "2026-07-18T02:15:04.125Z",
        },
        "actor": {"role": "platform"},
        "audience": "parties",
    },
)

REVISION: Final = event(
    "quote_revision",
    "kaka-quote-000318-2",
    "2026-07-18T03:02:40.000Z",
    {
        "revises": ref("kaka-quote-000318-1"),
        "cause": "inspection",
        "inspection": ref("kaka-inspection-000318"),
        "explanation": "第二张卡实际余额四百元，按比例重新计算。",
        "items": [_ITEMS[0], {**_ITEMS[1], "balance": 40000, "net": 36800}],
        "offer": {
            "currency": "CNY",
            "gross": 131600,
            "net": 130600,
            "headline_rate_bp": 9400,
            "rate_base": "balance",
            "fees": [
                {"code": "service", "basis": "face", "rate_bp": 80, "amount": 1200, "payer": "user"},
                {"code": "coupon", "basis": "fixed", "amount": -200, "payer": "user"},
            ],
        },
    },
)

ACCEPTANCE: Final = event(
    "acceptance",
    "kaka-accept-000318",
    "2026-07-18T02:18:31.877Z",
    {
        "quote": ref("kaka-quote-000318-1"),
        "amount": 139800,
        "currency": "CNY",
        "items": [1, 2],
        "settlement": [{"channel": "alipay", "payee": dig("支付宝账户 王女士"), "share": 139800}],
        "points_opt_in": False,
        "consent": {
            "method": "sms_otp",
            "subject": dig("卖家 王女士"),
            "shown_at": "2026-07-18T02:17:55.000Z",
            "third_party_ref": "SMS20260718021820-88",
            "evidence": dig("短信网关回执"),
        },
        "actor": {"role": "user", "party": dig("卖家 王女士")},
    },
)

HANDOVER: Final = event(
    "handover",
    "kaka-handover-000318",
    "2026-07-18T02:21:09.004Z",
    {
        "mode": "code_revealed",
        "items": [1, 2],
        "received_by": dig("卡密保管系统"),
        "tracking": dig("卡密提交批次 7781"),
    },
)

INSPECTION: Final = event(
    "inspection",
    "kaka-inspection-000318",
    "2026-07-18T02:40:12.650Z",
    {
        "items": [
            {
                "line": 1,
                "outcome": "pass",
                "balance_found": 100000,
                "method": "issuer_api",
                "reading": dig("京东余额查询"),
            },
            {
                "line": 2,
                "outcome": "balance_short",
                "balance_found": 40000,
                "method": "pos",
                "reading": dig("沃尔玛 POS 小票"),
                "deductions": [{"code": "balance_short", "amount": 9200, "evidence": dig("沃尔玛 POS 小票")}],
            },
        ],
        "inspector": dig("验卡员 0032"),
        "user_present": False,
    },
)

EXAMPLES: Final = (QUOTE, REVISION, ACCEPTANCE, HANDOVER, INSPECTION)
