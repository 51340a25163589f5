"""The members of disputes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.profiles.giftcard.catalogue.text import Entry, entry

MEMBERS: Final[Mapping[str, Mapping[str, Entry]]] = {
    "DisputeClaim": {
        "code": entry("诉求代码", "Code"),
        "text": entry("诉求", "Text"),
        "amount": entry("金额", "Amount"),
        "currency": entry("货币", "Currency"),
    },
    "DisputeOpened": {
        "dispute": entry("争议号", "Dispute id"),
        "by": entry("提起方", "By"),
        "claim": entry("诉求", "Claim"),
        "contested": entry("争议事件", "Contested events"),
        "forum": entry("处理途径", "Forum"),
        "remedy": entry("请求", "Remedy sought"),
        "claimant": entry("请求人", "Claimant"),
    },
    "AnswerReason": {
        "code": entry("代码", "Code"),
        "refs": entry("所依事件", "Events relied on"),
    },
    "DisputeAnswer": {
        "dispute": entry("争议号", "Dispute id"),
        "kind": entry("答复种类", "Kind"),
        "position": entry("立场", "Position"),
        "offer": entry("愿付金额", "Offer"),
        "reasons": entry("理由", "Reasons"),
    },
    "Obtained": {
        "method": entry("方式", "Method"),
        "at": entry("时间", "At"),
    },
    "DisputeEvidence": {
        "dispute": entry("争议号", "Dispute id"),
        "by": entry("提交方", "By"),
        "item": entry("证据", "Item"),
        "proves": entry("证明事项", "What it proves"),
        "obtained": entry("取得方式", "How obtained"),
        "about": entry("所涉事件", "Events it is about"),
    },
    "AwardBody": {
        "name": entry("名称", "Name"),
        "kind": entry("性质", "Kind"),
    },
    "DisputeAward": {
        "dispute": entry("争议号", "Dispute id"),
        "body": entry("处理机构", "Deciding body"),
        "outcome": entry("结果", "Outcome"),
        "amount": entry("金额", "Amount"),
        "pay_by": entry("支付期限", "Pay by"),
        "binding": entry("有约束力", "Binding"),
        "document": entry("文书摘要", "Document digest"),
    },
}
