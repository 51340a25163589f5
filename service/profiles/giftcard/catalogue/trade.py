"""The members of what follows a quote: acceptance, handover, inspection, payout, refund, lineage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.profiles.giftcard.catalogue.text import Entry, entry

MEMBERS: Final[Mapping[str, Mapping[str, Entry]]] = {
    "Settlement": {
        "channel": entry("渠道", "Channel"),
        "payee": entry("收款人", "Payee"),
        "share": entry("金额", "Share"),
    },
    "Acceptance": {
        "quote": entry("所接受报价", "Quote"),
        "amount": entry("接受金额", "Amount"),
        "currency": entry("货币", "Currency"),
        "items": entry("接受的行", "Lines accepted", "缺省为全部", "All when absent"),
        "settlement": entry("收款方式", "Settlement"),
        "points_opt_in": entry("选择积分", "Points opted in"),
        "consent": entry("同意", "Consent"),
    },
    "ChannelChange": {
        "channel": entry("新渠道", "Channel"),
        "payee": entry("新收款人", "Payee"),
        "requested_by": entry("提出方", "Requested by"),
        "payout": entry("所涉付款", "Payout"),
        "consent": entry("同意", "Consent"),
    },
    "PayoutAck": {
        "payout": entry("所涉付款", "Payout"),
        "result": entry("结果", "Result"),
        "amount": entry("实收金额", "Amount received"),
        "currency": entry("货币", "Currency"),
        "received_at": entry("收到时间", "Received at"),
        "by": entry("确认人", "By"),
        "consent": entry("同意", "Consent"),
    },
    "Cancellation": {
        "by": entry("取消方", "By"),
        "reason": entry("原因", "Reason"),
        "cause": entry("起因事件", "Cause"),
    },
    "Handover": {
        "mode": entry("交付方式", "Mode"),
        "items": entry("交付的行", "Lines", "缺省为全部", "All when absent"),
        "received_by": entry("接收人", "Received by"),
        "place": entry("地点", "Place"),
        "tracking": entry("运单", "Tracking"),
        "witness": entry("见证人", "Witness"),
    },
    "Deduction": {
        "code": entry("代码", "Code"),
        "amount": entry("金额", "Amount"),
        "evidence": entry("证据摘要", "Evidence digest"),
    },
    "InspectionItem": {
        "line": entry("行号", "Line"),
        "outcome": entry("结果", "Outcome"),
        "balance_found": entry("实际余额", "Balance found"),
        "method": entry("查验方法", "Method"),
        "reading": entry("读数凭证摘要", "Digest of the reading"),
        "deductions": entry("扣减", "Deductions"),
    },
    "Inspection": {
        "items": entry("验卡结果", "Results", "行号不得重复", "No line twice"),
        "inspector": entry("验卡人", "Inspector"),
        "user_present": entry("用户在场", "User present"),
    },
    "Leg": {
        "leg": entry("分笔号", "Leg"),
        "channel": entry("渠道", "Channel"),
        "amount": entry("金额或积分数", "Amount or units"),
        "kind": entry("种类", "Kind"),
        "currency": entry("货币", "Currency"),
        "program": entry("积分计划", "Programme"),
        "payee": entry("收款人", "Payee"),
        "channel_ref": entry("渠道流水号", "Channel's reference"),
        "channel_time": entry("渠道时间", "Channel's time"),
        "channel_evidence": entry("渠道凭证摘要", "Digest of the channel's evidence"),
    },
    "Counter": {
        "place": entry("网点", "Place"),
        "teller": entry("经办人", "Teller"),
        "witness": entry("见证人", "Witness"),
    },
    "Payout": {
        "payout": entry("付款号", "Payout id"),
        "state": entry("状态", "State"),
        "legs": entry("付款分笔", "Legs", "分笔号不得重复", "No leg twice"),
        "attempt": entry("第几次尝试", "Attempt"),
        "for": entry("所付的行", "Lines paid for"),
        "final": entry("是否付清", "Final"),
        "counter": entry("柜台", "Counter"),
    },
    "Refund": {
        "refund": entry("退还号", "Refund id"),
        "direction": entry("方向", "Direction"),
        "kind": entry("退还物", "Kind"),
        "state": entry("状态", "State"),
        "items": entry("所涉的行", "Lines"),
        "amount": entry("金额", "Amount"),
        "currency": entry("货币", "Currency"),
        "due_at": entry("应退时间", "Due at"),
        "cause": entry("起因事件", "Cause"),
    },
    "LineageInput": {
        "fingerprint": entry("卡片指纹", "Fingerprint"),
        "value": entry("价值", "Value"),
        "trade": entry("来源交易", "Trade it came from"),
    },
    "LineageOutput": {
        "fingerprint": entry("卡片指纹", "Fingerprint"),
        "value": entry("价值", "Value"),
    },
    "Lineage": {
        "op": entry("操作", "Operation"),
        "inputs": entry("转入", "Inputs"),
        "outputs": entry("转出", "Outputs"),
        "fee": entry("费用", "Fee"),
        "residue": entry("余值", "Residue"),
        "counterparty": entry("相对方", "Counterparty"),
        "custody_from": entry("持有起始", "Custody from"),
        "custody_to": entry("持有截止", "Custody to"),
    },
}
