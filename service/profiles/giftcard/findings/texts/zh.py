"""The Chinese catalogue: what is common, and the two halves of the table of rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.profiles.giftcard.findings.texts.zh_money import MONEY
from service.profiles.giftcard.findings.texts.zh_rest import REST

_COMMON: Final[Mapping[str, str]] = {
    "insufficient": "现有记录不足以判断{question}：缺少{operands}。",
    "erased": "（已由{by}于 {at:time} 删除）",
    "operand_of": "{event} 的{name}",
    "list_separator": "、",
    "ground.request": "本人申请",
    "ground.retention": "保存期限届满",
    "ground.order": "主管机关要求",
    "ground.": "服务方",
    "operand.records": "相关记录",
    "operand.entries": "本笔交易中未出示的记录",
    "operand.quote": "报价",
    "operand.acceptance": "接受报价的记录",
    "operand.handover": "交卡记录",
    "operand.inspection": "验卡记录",
    "operand.payout": "付款记录",
    "operand.payout_ack": "收款确认",
    "operand.tariff": "公开价目表",
    "operand.items": "卡片明细",
    "operand.offer": "价格",
    "operand.offer.gross": "扣费前金额",
    "operand.offer.headline_rate_bp": "页面展示的最高折扣",
    "operand.offer.rate_base": "折扣按面值还是按余额计算",
    "operand.offer.points": "积分的约定",
    "operand.offer.fees": "费用明细",
    "operand.items.balance": "报价时的卡内余额",
    "operand.items.balance_found": "验得的余额",
    "operand.items.reading": "验卡读数",
    "operand.items.deductions": "扣减明细",
    "operand.terms": "交易条款",
    "operand.terms.payout_clock": "付款时限",
    "operand.terms.text": "条款文本",
    "operand.conditions": "扣减条件",
    "operand.conditions.cap": "扣减上限",
    "operand.on_balance_mismatch": "余额不符时的处理约定",
    "operand.amount": "金额",
    "operand.currency": "币种",
    "operand.settlement": "约定的收款账户",
    "operand.points_opt_in": "是否选择积分",
    "operand.consent": "同意的凭据",
    "operand.presented": "所展示页面的摘要",
    "operand.legs": "付款明细",
    "operand.legs.payee": "收款账户",
    "operand.legs.succeeded": "尚未完成的付款的结果",
    "operand.state": "状态",
    "operand.capture": "记录方式与设备时间",
    "operand.target": "更正的对象",
    "operand.revises": "被变更的报价",
    "operand.cause": "变更原因",
    "operand.time": "准确的发生时间",
    "operand.fees": "费用明细",
}

ZH: Final[Mapping[str, str]] = {**_COMMON, **MONEY, **REST}
