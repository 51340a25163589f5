"""The members of quotes and their revisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.profiles.giftcard.catalogue.text import Entry, entry

MEMBERS: Final[Mapping[str, Mapping[str, Entry]]] = {
    "Quote": {
        "items": entry("卡片清单", "Cards", "行号不得重复", "No line twice"),
        "offer": entry("价格", "Offer"),
        "terms": entry("条款", "Terms"),
        "conditions": entry("扣减条件", "Conditions"),
        "firmness": entry("报价性质", "Firmness"),
        "on_balance_mismatch": entry("余额不符时", "On a balance mismatch"),
        "on_reject": entry("拒收处理", "On rejection"),
        "pricing": entry("定价方式", "Pricing"),
        "seller": entry("卖卡人", "Seller"),
        "tariff": entry("所依价目", "Tariff"),
        "coverage_offered": entry("承诺的保障", "Coverage offered"),
        "receipt_delivery": entry("凭证送达", "Receipt delivery"),
    },
    "QuoteRevision": {
        "revises": entry("所变更报价", "Revises"),
        "cause": entry("变更原因", "Cause"),
        "inspection": entry("所依验卡", "Inspection"),
        "explanation": entry("说明", "Explanation"),
    },
    "QuoteItem": {
        "line": entry("行号", "Line"),
        "brand": entry("品牌", "Brand"),
        "face": entry("面值", "Face value"),
        "net": entry("净价", "Net price"),
        "kind": entry("卡片形态", "Kind of card"),
        "balance": entry("所述余额", "Balance as claimed"),
        "expires": entry("有效期", "Expires"),
        "fingerprint": entry("卡片指纹", "Fingerprint"),
    },
    "Fingerprint": {
        "scope": entry("范围", "Scope", "同一范围内可比对", "Comparable within one scope"),
        "value": entry("指纹值", "Value", "带密钥的摘要，绝非卡号", "A keyed digest, never the number"),
    },
    "Fee": {
        "code": entry("代码", "Code"),
        "basis": entry("计费基础", "Basis"),
        "rate_bp": entry("费率", "Rate"),
        "amount": entry("金额", "Amount"),
        "payer": entry("承担方", "Payer"),
    },
    "OfferPoints": {
        "program": entry("积分计划", "Programme"),
        "units": entry("积分数", "Units"),
        "fen_per_100": entry("每百积分价值", "Value of 100 units"),
    },
    "Offer": {
        "currency": entry("货币", "Currency"),
        "net": entry("净额", "Net"),
        "gross": entry("毛额", "Gross"),
        "fees": entry("费用", "Fees"),
        "headline_rate_bp": entry(
            "宣传折扣", "Headline rate", "向用户展示的最大数字", "The largest number the user was shown"
        ),
        "rate_base": entry("折扣基数", "Rate base"),
        "points": entry("积分", "Points"),
    },
    "PayoutClock": {
        "start": entry("起算事件", "Starts at"),
        "seconds": entry("时限", "Within"),
    },
    "Terms": {
        "valid_until": entry("报价有效期", "Valid until"),
        "payout_clock": entry("付款时限", "Payout clock"),
        "tolled_by": entry("时限中止情形", "Paused by"),
        "settlement": entry("可选收款渠道", "Settlement channels"),
        "text": entry("条款全文摘要", "Digest of the full text"),
    },
    "Condition": {
        "code": entry("情形代码", "Code"),
        "cap": entry("扣减上限", "Cap", "null 表示无上限", "null: no cap"),
        "evidence": entry("所需证据", "Evidence needed"),
        "text": entry("文字说明", "Text"),
    },
    "OnReject": {"return_within": entry("退还时限", "Return within")},
    "Pricing": {
        "method": entry("方法", "Method"),
        "model": entry("模型及版本", "Model and version"),
        "model_digest": entry("模型摘要", "Model digest"),
        "inputs_digest": entry("输入数据摘要", "Inputs digest"),
        "reviewer": entry("审核人", "Reviewer"),
        "reviewed_at": entry("审核时间", "Reviewed at"),
    },
    "CoverageOffered": {
        "kind": entry("种类", "Kind"),
        "limit": entry("限额", "Limit"),
        "provider": entry("提供方", "Provider"),
    },
    "ReceiptDelivery": {
        "method": entry("方式", "Method"),
        "at": entry("时间", "At"),
    },
}
