"""What event types and named objects are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.profiles.giftcard.catalogue.text import Entry, entry

TITLES: Final[Mapping[str, Entry]] = {
    "quote": entry(
        "报价", "Quote", "平台为一张或多张卡报价", "The platform quotes a price for one or more cards"
    ),
    "quote_revision": entry(
        "报价变更",
        "Quote revision",
        "平台以新报价取代旧报价；经接受后才有约束力",
        "The platform replaces a quote; binding only once accepted",
    ),
    "acceptance": entry(
        "接受报价", "Acceptance", "用户全部或部分接受报价", "The user accepts a quote, in whole or in part"
    ),
    "handover": entry("交卡", "Handover", "用户交出卡片或卡密", "The user hands over the card or its code"),
    "inspection": entry(
        "验卡", "Inspection", "平台检验卡片及余额", "The platform inspects the cards and balances"
    ),
    "escrow": entry("资金托管", "Escrow", "托管账户的一次状态变化", "One state change of an escrow account"),
    "coverage": entry(
        "保障", "Coverage", "保险或担保的一次状态变化", "One state change of an insurance or a guarantee"
    ),
    "payout": entry(
        "付款",
        "Payout",
        "付款的一次状态变化，每次变化一个事件",
        "One state change of a payout, one event each",
    ),
    "payout_ack": entry(
        "收款确认", "Payout acknowledgement", "用户说明实际收到多少", "The user says what arrived"
    ),
    "refund": entry("退款或退卡", "Refund", "钱款或卡片退回", "Money or a card goes back"),
    "cancellation": entry("取消交易", "Cancellation", "一方取消交易", "One side calls the trade off"),
    "channel_change": entry(
        "变更收款渠道", "Channel change", "收款账户改变", "The payout goes to another account"
    ),
    "lineage": entry(
        "卡片流转",
        "Card lineage",
        "拆分、合并、转售、换卡或作废；收支不平由争议规则认定，不在此拒绝",
        "Split, merge, resale, exchange or voiding; an unbalanced sum is for a finding to prove, not refused",
    ),
    "review": entry(
        "合规审核",
        "Review",
        "大额、异常等审核；受众默认为 restricted，不得惊动当事人",
        "A compliance review; its audience is restricted unless stated: the user must not be tipped off",
    ),
    "tariff": entry(
        "公示价目",
        "Tariff",
        "公开的价目表，交易号以 tariff: 开头",
        "A published price list; its trade starts with tariff:",
    ),
    "referral": entry(
        "商户引流", "Referral", "向用户推荐本地商户", "The user is referred to a local merchant"
    ),
    "dispute_opened": entry(
        "提起争议", "Dispute opened", "一方就交易提起争议", "Somebody disputes the trade"
    ),
    "dispute_answer": entry("答复争议", "Dispute answer", "另一方答复", "The other side answers"),
    "dispute_evidence": entry("提交证据", "Dispute evidence", "提交一份证据", "A piece of evidence is filed"),
    "dispute_award": entry(
        "争议处理结果", "Dispute award", "裁决、和解或撤回", "An award, a settlement or a withdrawal"
    ),
    "correction": entry(
        "更正",
        "Correction",
        "声明先前事件有误；不删除任何内容",
        "An earlier event is said to be wrong; nothing is deleted",
    ),
    "erasure": entry(
        "删除记录",
        "Erasure",
        "仅由本服务记录：已删除所列条目的内容和盐，叶子保留",
        "Recorded by the service alone: the content and salts of these entries are gone, their leaves stay",
    ),
    "hold": entry("保全", "Hold", "在此期间所列条目不得删除", "These entries are not erased while it lasts"),
    "x-": entry(
        "平台自有事件",
        "A platform's own event",
        "类型以 x- 开头，内容自定",
        "Its type starts with x-; its claims are its own",
    ),
    "Ref": entry(
        "事件引用", "Event reference", "以陈述摘要引用另一事件", "Another event by its statement's digest"
    ),
    "LineItem": entry("卡片行", "Card line"),
    "Capture": entry(
        "采集方式", "Capture", "事件由何系统、以何方式记录", "How and by which system the event was recorded"
    ),
    "Actor": entry("行为人", "Actor"),
    "Presented": entry("展示内容", "Presented", "当事人当时看到的内容", "What the person saw"),
    "Attachment": entry(
        "附件", "Attachment", "文件存于他处，以摘要绑定", "A file kept elsewhere, bound by its digest"
    ),
    "Corroboration": entry(
        "第三方佐证", "Corroboration", "他人对同一事实的记录", "Somebody else's record of the same fact"
    ),
    "Consent": entry("同意", "Consent", "当事人以何种方式表示同意", "How a person agreed"),
    "EventSignature": entry("服务密钥签名", "Service key signature"),
    "Fingerprint": entry(
        "卡片指纹", "Card fingerprint", "带密钥的摘要，绝非卡号", "A keyed digest, never the number"
    ),
    "QuoteItem": entry("报价卡片", "Quoted card"),
    "Fee": entry("费用", "Fee", "负数表示优惠券或补贴", "Below zero: a coupon or an allowance"),
    "OfferPoints": entry("积分", "Points"),
    "Offer": entry("价格", "Offer", "毛额减用户承担的费用等于净额", "Gross less the user's fees is net"),
    "PayoutClock": entry("付款时限", "Payout clock"),
    "Terms": entry("条款", "Terms"),
    "Condition": entry(
        "扣减条件", "Condition", "平台可据以扣减的情形", "A ground on which something may be taken off"
    ),
    "OnReject": entry("拒收处理", "On rejection"),
    "Pricing": entry("定价方式", "Pricing"),
    "CoverageOffered": entry("承诺的保障", "Coverage offered"),
    "ReceiptDelivery": entry("凭证送达", "Receipt delivery"),
    "Settlement": entry("收款方式", "Settlement"),
    "Deduction": entry("扣减", "Deduction"),
    "InspectionItem": entry("验卡结果", "Inspection result"),
    "EscrowCondition": entry("放款条件", "Release condition"),
    "CoverageClaim": entry("理赔", "Claim on the cover"),
    "Leg": entry("付款分笔", "Payout leg", "一笔转账", "One transfer"),
    "Counter": entry("柜台", "Counter"),
    "LineageInput": entry("转入卡片", "Card going in"),
    "LineageOutput": entry("转出卡片", "Card coming out"),
    "Cumulative": entry("累计", "Cumulative figures"),
    "TariffBrand": entry("品牌价目", "Brand's rate"),
    "Benefit": entry("优惠", "Benefit"),
    "DisputeClaim": entry("诉求", "Claim"),
    "AnswerReason": entry("理由", "Reason"),
    "Obtained": entry("取得方式", "How obtained"),
    "AwardBody": entry("处理机构", "Deciding body"),
}
