"""Sentences of the second half of the table of rules: consents, cards, safeguards, disputes, the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_COVER: Final[Mapping[str, str]] = {
    f"cover_missing.proved.{kind}.{variant}": text.replace("保障", name)
    for kind, name in (("insurance", "保险"), ("guarantor", "担保"), ("escrow", "资金托管"))
    for variant, text in (
        ("unbound", "报价时承诺提供保障，{handed:time} 已交卡，但没有保障生效的记录。"),
        ("late", "报价时承诺提供保障，{handed:time} 已交卡，保障到 {bound:time} 才生效。"),
        ("lapsed", "报价时承诺提供保障，但保障已于 {lapsed:time} 失效，当时款项尚未付清。"),
        ("low", "报价时承诺提供保障，额度为 {limit:money}，低于应付的 {owed:money}，差 {uncovered:money}。"),
    )
}

REST: Final[Mapping[str, str]] = {
    "consent_invalid": "用户同意时所附的签名是否有效",
    "consent_invalid.proved.signature": "记录 {event} 所附的签名与所签内容或地址 {address} 不符。",
    "consent_invalid.proved.ended": "记录 {event} 由地址 {address} 签名，而该密钥当时已停用。",
    "consent_invalid.proved.role": "记录 {event} 由地址 {address} 签名，而该密钥登记的是另一身份。",
    "consent_invalid.not_proved": "没有发现无效的签名。",
    "card_twice": "同一张卡是否同时在两处被收取",
    "card_twice.proved": (
        "同一张卡在另一笔交易中也曾交付：两次交付分别在 {first:time} 和 {second:time}，"
        "同时被持有至少 {overlap:span}。"
    ),
    "card_twice.proved.within": (
        "同一张卡在本笔交易中交付了两次，分别在 {first:time} 和 {second:time}，"
        "同时被持有至少 {overlap:span}。"
    ),
    "card_twice.not_proved": "没有发现同一张卡同时被收取两次。",
    "lineage_unbalanced": "卡片拆分、合并或转出前后的价值是否相符",
    "lineage_unbalanced.proved.less": (
        "转入的卡片共值 {went_in:money}，转出、手续费和余值合计 {accounted:money}，少了 {difference:money}。"
    ),
    "lineage_unbalanced.proved.more": (
        "转入的卡片共值 {went_in:money}，转出、手续费和余值合计 {accounted:money}，多出 {difference:money}。"
    ),
    "lineage_unbalanced.not_proved": "没有发现卡片转换前后价值不符。",
    "escrow_early": "托管款是否在约定条件达成之前放出",
    "escrow_early.proved.inspection_pass": (
        "约定验卡通过后才放款；托管款 {escrowed:money} 于 {released:time} 放出，"
        "验卡通过是在 {happened:time}。"
    ),
    "escrow_early.proved.ack": (
        "约定用户确认收款后才放款；托管款 {escrowed:money} 于 {released:time} 放出，"
        "用户确认是在 {happened:time}。"
    ),
    "escrow_early.proved.award": (
        "约定裁决作出后才放款；托管款 {escrowed:money} 于 {released:time} 放出，裁决是在 {happened:time}。"
    ),
    "escrow_early.proved.timeout": (
        "约定托管到期后才放款；托管款 {escrowed:money} 于 {released:time} 放出，到期时间是 {happened:time}。"
    ),
    "escrow_early.not_proved": "没有发现托管款提前放出。",
    "cover_missing": "报价时承诺的保障是否到位",
    **_COVER,
    "cover_missing.not_proved": "没有发现承诺的保障缺失。",
    "refund_due": "应退还的卡或款项是否按时退还",
    "refund_due.proved.card.open": "卡片应于 {due:time} 前退还，截至 {when:time} 没有退还的记录。",
    "refund_due.proved.card.late": "卡片应于 {due:time} 前退还，实际退还是在 {when:time}。",
    "refund_due.proved.money.open": "款项应于 {due:time} 前退还，截至 {when:time} 没有退还的记录。",
    "refund_due.proved.money.late": "款项应于 {due:time} 前退还，实际退还是在 {when:time}。",
    "refund_due.not_proved": "没有发现应退未退的卡或款项。",
    "card_kept_unpaid": "卡交出后是否既未付款也未退卡",
    "card_kept_unpaid.proved": (
        "用户交出的 {cards} 张卡应付 {owed:money}，付款期限为 {due:time}；"
        "截至 {now:time}，既没有付款，也没有退卡的记录。"
    ),
    "card_kept_unpaid.proved.back": (
        "用户交出的 {cards} 张卡未获收购，截至 {now:time}，付款期限（{due:time}）和退卡期限均已过，"
        "既没有付款，也没有退卡的记录。"
    ),
    "card_kept_unpaid.not_proved": "没有发现收卡后既不付款也不退卡的情况。",
    "review_missing": "达到标准的大额交易是否经过复核",
    "review_missing.proved.none": (
        "本笔交易金额 {measured:money}，达到 {threshold:money} 的复核标准；"
        "{paid:time} 已付款，没有大额复核通过的记录。"
    ),
    "review_missing.proved.late": (
        "本笔交易金额 {measured:money}，达到 {threshold:money} 的复核标准；"
        "{paid:time} 已付款，大额复核到 {finished:time} 才通过。"
    ),
    "review_missing.not_proved": "没有发现应复核而未复核的情况。",
    "answer_late": "对争议的实质答复是否按时",
    "answer_late.proved": (
        "争议于 {opened:time} 提出，实质答复应在 {due:time} 前作出，"
        "实际收到是在 {answered:time}，晚了 {late:span}。"
    ),
    "answer_late.proved.none": (
        "争议于 {opened:time} 提出，实质答复应在 {due:time} 前作出；截至 {now:time}，没有实质答复的记录。"
    ),
    "answer_late.not_proved": "没有发现答复逾期。",
    "answer_late.not_proved.own": "争议由平台提出，没有需要平台答复的内容。",
    "award_unpaid": "有约束力的裁决是否已履行",
    "award_unpaid.proved": (
        "裁决要求在 {pay_by:time} 前支付 {awarded:money}；截至 {now:time}，还有 {open:money} 没有付款记录。"
    ),
    "award_unpaid.not_proved": "没有发现裁决未履行。",
    "award_unpaid.not_proved.none": "没有需要平台付款的、有约束力的裁决。",
    "award_unpaid.not_proved.open": "裁决的付款期限尚未届满。",
    "award_unpaid.not_proved.paid": "裁决的款项已支付。",
    "back_dated": "日志记载的收到时间是否真实",
    "back_dated.proved.after": (
        "日志记载这条记录于 {received:time} 收到，但它在 {block:time} 的区块中就已存在。"
    ),
    "back_dated.proved.before": (
        "日志记载这条记录于 {received:time} 收到，但日志在 {signed:time} 签署时其中还没有这条记录。"
    ),
    "back_dated.not_proved": "没有发现收到时间与链上记录矛盾。",
    "late_recorded": "记录是否在事后才提交",
    "late_recorded.proved": "有 {entries} 条记录在事情发生五分钟以后才提交，最长相隔 {longest:span}。",
    "late_recorded.not_proved": "所有记录都在事情发生后五分钟内提交。",
    "claimed_after_anchor": "所称的发生时间是否晚于上链时间",
    "claimed_after_anchor.proved": (
        "这条记录自称发生于 {occurred:time}，但它在 {block:time} 的区块中就已存在。"
    ),
    "claimed_after_anchor.not_proved": "没有发现自称时间晚于上链时间的记录。",
    "anchor_late": "日志是否按承诺的时间上链",
    "anchor_late.proved": (
        "日志承诺在 {promised:time} 前上链，实际上链是在 {anchored:time}，晚了 {late:span}。"
    ),
    "anchor_late.proved.missing": "日志承诺在 {promised:time} 前上链；截至 {now:time} 还没有上链记录。",
    "anchor_late.not_proved": "没有发现上链晚于承诺。",
    "anchor_unproved": "上链记录是否有可独立核验的证明",
    "anchor_unproved.proved.proof": "大小为 {size} 的日志已注明上链，但没有附上链上登记的证明。",
    "anchor_unproved.proved.final": "大小为 {size} 的日志已上链，但所在区块尚未最终确认。",
    "anchor_unproved.not_proved": "上链记录均附有证明，区块已最终确认。",
    "chain_broken": "本笔交易的记录是否首尾相连",
    "chain_broken.proved.twice": "本笔交易的第 {place} 个位置上有两条不同的记录。",
    "chain_broken.proved.hole": "本笔交易缺少第 {first} 至第 {last} 条记录。",
    "chain_broken.proved.missing": "本笔交易缺少第 {place} 条记录。",
    "chain_broken.proved.prev": "本笔交易的第 {place} 条记录没有接在前一条之后。",
    "chain_broken.not_proved": "本笔交易的记录首尾相连，没有缺失。",
    "entry_absent": "他人所持回执对应的记录是否在日志中",
    "entry_absent.proved": (
        "有人持有记录 {event} 的真实回执，日志于 {signed:time} 签署，序号为 {index}；"
        "日志出示的记录中，该序号上没有这条记录。"
    ),
    "entry_absent.not_proved": "没有发现有回执而无记录的情况。",
    "late_signature": "是否有在争议提出之后才记录的同意",
    "late_signature.proved": "争议于 {opened:time} 提出，之后的 {recorded:time} 才记录了一项同意。",
    "late_signature.not_proved": "没有在争议提出之后才记录的同意。",
    "erased_after_dispute": "争议提出之后是否删除过内容",
    "erased_after_dispute.proved": (
        "争议于 {opened:time} 提出，之后的 {erased:time} 有 {entries} 条记录的内容被删除。"
    ),
    "erased_after_dispute.not_proved": "争议提出之后没有删除内容的记录。",
    "receipt_not_delivered": "报价回执是否交给了用户",
    "receipt_not_delivered.proved": "没有记录表明报价 {event} 的回执交给了用户。",
    "receipt_not_delivered.not_proved": "有记录表明报价回执已交给用户。",
    "operand.anchor": "上链记录",
    "operand.anchor.proof": "链上登记的证明",
    "operand.anchor.final": "区块已最终确认的凭据",
    "operand.keys": "密钥登记情况",
    "operand.actor": "由谁作出",
    "operand.type": "所签内容的类型",
    "operand.address": "签名地址",
    "operand.signature": "签名",
    "operand.salt": "签名所用的随机数",
    "operand.platform": "签名中的平台名称",
    "operand.channel": "签名中的收款渠道",
    "operand.validUntil": "签名的有效期",
    "operand.ref": "所背书的记录",
    "operand.inputs": "转入的卡片",
    "operand.inputs.value": "转入卡片的价值",
    "operand.inputs.fingerprint": "转入卡片的指纹",
    "operand.outputs": "转出的卡片",
    "operand.outputs.value": "转出卡片的价值",
    "operand.fee": "手续费",
    "operand.residue": "余值",
    "operand.dispute": "争议编号",
    "operand.dispute_step": "争议中一步的内容",
    "operand.dispute_award": "裁决",
    "operand.by": "由谁提出",
    "operand.outcome": "结果",
    "operand.binding": "裁决是否有约束力",
    "operand.pay_by": "裁决的付款期限",
    "operand.condition": "放款条件",
    "operand.expires_at": "托管到期时间",
    "operand.result": "确认的结果",
    "operand.escrow": "托管编号",
    "operand.coverage": "保障记录",
    "operand.coverage_offered": "承诺的保障",
    "operand.limit": "保障额度",
    "operand.kind": "种类",
    "operand.refund": "退还编号",
    "operand.direction": "退还方向",
    "operand.due_at": "退还期限",
    "operand.on_reject": "拒收后退卡的约定",
    "operand.review": "复核记录",
    "operand.cumulative": "累计金额",
    "operand.finished": "复核完成时间",
    "operand.tariff.review_threshold": "价目表中的复核标准",
    "operand.receipt_delivery": "回执交付方式",
}
