"""The members of safeguards, reviews, tariffs, referrals, and of records about the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.profiles.giftcard.catalogue.text import Entry, entry

MEMBERS: Final[Mapping[str, Mapping[str, Entry]]] = {
    "EscrowCondition": {
        "code": entry("条件", "Condition"),
        "refs": entry("所涉事件", "Events"),
    },
    "Escrow": {
        "escrow": entry("托管号", "Escrow id"),
        "state": entry("状态", "State"),
        "amount": entry("金额", "Amount"),
        "currency": entry("货币", "Currency"),
        "balance_after": entry("变化后余额", "Balance after"),
        "agent": entry("托管人", "Agent"),
        "condition": entry("放款条件", "Release condition"),
        "cause": entry("起因事件", "Cause"),
        "expires_at": entry("到期时间", "Expires at"),
    },
    "CoverageClaim": {
        "amount": entry("金额", "Amount"),
        "decision": entry("决定", "Decision"),
        "reason": entry("理由", "Reason"),
    },
    "Coverage": {
        "coverage": entry("保障号", "Coverage id"),
        "kind": entry("种类", "Kind"),
        "state": entry("状态", "State"),
        "limit": entry("限额", "Limit"),
        "provider": entry("提供方", "Provider"),
        "deductible": entry("免赔额", "Deductible"),
        "perils": entry("承保风险", "Perils"),
        "from": entry("起始", "From"),
        "to": entry("截止", "To"),
        "policy": entry("保单摘要", "Policy digest"),
        "blanket": entry("是否统保", "Blanket cover"),
        "exposure_after": entry("变化后风险敞口", "Exposure after"),
        "claim": entry("理赔", "Claim"),
    },
    "Cumulative": {
        "window_s": entry("统计时段", "Window"),
        "amount": entry("累计金额", "Amount"),
        "count": entry("笔数", "Count"),
    },
    "Review": {
        "kind": entry("种类", "Kind"),
        "rule": entry("规则", "Rule"),
        "outcome": entry("结论", "Outcome"),
        "started": entry("开始时间", "Started"),
        "finished": entry("结束时间", "Finished"),
        "threshold": entry("门槛金额", "Threshold"),
        "measured": entry("实测金额", "Measured"),
        "cumulative": entry("累计", "Cumulative figures"),
        "reviewer": entry("审核人", "Reviewer"),
    },
    "TariffBrand": {
        "brand": entry("品牌", "Brand"),
        "kind": entry("卡片形态", "Kind of card"),
        "min_face": entry("最低面值", "Least face value"),
        "rate_bp": entry("回收折扣", "Rate"),
        "fees": entry("费用", "Fees"),
    },
    "Tariff": {
        "brands": entry("品牌价目", "Brands"),
        "from": entry("生效时间", "From"),
        "to": entry("失效时间", "To"),
        "review_threshold": entry("大额审核门槛", "Review threshold"),
        "answer_s": entry("投诉答复时限", "Complaints answered within"),
    },
    "Benefit": {
        "kind": entry("种类", "Kind"),
        "amount": entry("金额", "Amount"),
    },
    "Referral": {
        "merchant": entry("商户", "Merchant"),
        "benefit": entry("优惠", "Benefit"),
    },
    "Correction": {
        "target": entry("所更正事件", "Target"),
        "reason": entry("原因", "Reason"),
        "replacement": entry("替代事件", "Replacement"),
        "consent": entry("同意", "Consent"),
    },
    "Erasure": {
        "targets": entry("所删条目", "Targets"),
        "ground": entry("依据", "Ground"),
        "requested_by": entry("请求方", "Requested by"),
        "authority": entry("法律依据或机关", "Authority"),
    },
    "Hold": {
        "targets": entry("所保全条目", "Targets"),
        "ground": entry("依据", "Ground"),
        "until": entry("保全至", "Until"),
    },
}
