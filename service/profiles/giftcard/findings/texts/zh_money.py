"""Sentences of the first half of the table of rules: price, promise and payout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MONEY: Final[Mapping[str, str]] = {
    "payout_short": "款项是否少付",
    "payout_short.proved": "按接受的报价应付 {due:money}，记录的付款合计 {paid:money}，少 {gap:money}。",
    "payout_short.not_proved": "没有发现付款少于应付金额。",
    "payout_short.not_proved.in_time": (
        "应付 {due:money}，已付 {paid:money}，还差 {gap:money}；付款期限未到。"
    ),
    "payout_missing": "是否到期未付款",
    "payout_missing.proved": (
        "应付 {due:money}，付款期限为 {by:time}，没有付款成功的记录，也没有正在处理的付款。"
    ),
    "payout_missing.not_proved": "没有发现到期未付的款项。",
    "payout_missing.not_proved.in_time": "应付 {due:money}，付款期限为 {by:time}，尚未到期。",
    "payout_late": "付款是否迟于约定时间",
    "payout_late.proved": (
        "一笔 {leg:money} 的付款于 {began:time} 发起，付款期限为 {by:time}，迟了 {late:span}。"
    ),
    "payout_late.proved.cured": (
        "补付的 {leg:money} 于 {began:time} 发起，付款期限为 {by:time}，迟了 {late:span}；应付款项现已付清。"
    ),
    "payout_late.proved.points": (
        "一笔 {units} 积分的付款于 {began:time} 发起，付款期限为 {by:time}，迟了 {late:span}。"
    ),
    "payout_late.proved.points_cured": (
        "补付的 {units} 积分于 {began:time} 发起，付款期限为 {by:time}，迟了 {late:span}；应付款项现已付清。"
    ),
    "payout_late.not_proved": "没有发现迟于约定时间的付款。",
    "payout_duplicate": "款项是否重复支付",
    "payout_duplicate.proved": (
        "同一笔付款发起不止一次且均显示成功，付款合计 {paid:money}，比应付的 {due:money} 多 {excess:money}。"
    ),
    "payout_duplicate.not_proved": "没有发现重复支付的款项。",
    "deduction_unsupported": "扣款是否有约定和凭据",
    "deduction_unsupported.proved": (
        "第 {lines:list} 项卡片被扣减或拒收，其中 {taken:money} 没有约定的理由、超出约定上限或没有相应凭据；"
        "付款比应付金额少 {gap:money}。"
    ),
    "deduction_unsupported.not_proved": "没有发现缺少约定或凭据的扣款。",
    "fee_undisclosed": "是否收取了报价中没有列明的费用",
    "fee_undisclosed.proved": (
        "扣收的费用（{codes:list}）中有 {excess:money} 不在接受的报价所列费用之内；"
        "付款比应付金额少 {gap:money}。"
    ),
    "fee_undisclosed.not_proved": "没有发现报价未列明的费用。",
    "revision_unaccepted": "是否按用户没有接受的新报价付款",
    "revision_unaccepted.proved": (
        "接受报价之后平台改价为 {revised:money}，没有接受这一改价的记录；"
        "付款合计 {paid:money}，按接受的报价应付 {due:money}，相差 {gap:money}。"
    ),
    "revision_unaccepted.not_proved": "没有发现按未接受的新报价付款。",
    "revision_after_handover": "交卡之后是否降价",
    "revision_after_handover.proved": (
        "卡片交出之后，平台于 {at:time} 将价格下调 {loss:money}，原因不是验卡结果。"
    ),
    "revision_after_handover.not_proved": "没有发现交卡之后无验卡依据的降价。",
    "revisions_repeated": "是否多次降价",
    "revisions_repeated.proved": "同一笔交易中平台 {count} 次下调报价，合计下调 {total:money}。",
    "revisions_repeated.not_proved": "没有发现同一笔交易中两次以上的降价。",
    "headline_gap": "接受的金额是否低于展示的折扣",
    "headline_gap.proved": (
        "按页面展示或公开价目表的最高折扣应为 {promised:money}，接受的金额为 {accepted:money}，"
        "少 {gap:money}。"
    ),
    "headline_gap.not_proved": "没有接受金额低于所展示折扣的情形。",
    "headline_gap.not_proved.figures": (
        "按页面展示或公开价目表的折扣为 {promised:money}，接受的金额为 {accepted:money}，除取整外相符。"
    ),
    "headline_gap.not_proved.above": (
        "按页面展示或公开价目表的折扣为 {promised:money}，接受的金额为 {accepted:money}，不低于前者。"
    ),
    "quote_arithmetic": "报价中的各项金额是否对得上",
    "quote_arithmetic.proved": "报价的金额为 {net:money}，各张卡的金额合计 {items:money}，两者对不上。",
    "quote_arithmetic.proved.gross": (
        "报价的金额扣费前为 {gross:money}、扣费后为 {net:money}，各张卡合计 {items:money}，"
        "彼此之间或与列明的费用、展示的折扣对不上。"
    ),
    "quote_arithmetic.not_proved": "没有发现报价中对不上的金额。",
    "illusory_promise": "报价的扣减条件是否使价格难以确定",
    "illusory_promise.proved": ("报价的扣减条件合计最多可扣 {caps:money}，超过报价金额 {net:money} 的一成。"),
    "illusory_promise.proved.uncapped": "报价的扣减条件中有一项没有上限。",
    "illusory_promise.proved.other": "报价的扣减条件中有一项只写“其他”，没有写明具体情形。",
    "illusory_promise.not_proved": "没有发现使价格难以确定的扣减条件。",
    "acceptance_invalid": "接受报价时报价是否仍然有效",
    "acceptance_invalid.proved": (
        "全部接受记录（{count} 条）都在报价有效期过后或报价变更之后作出，其后没有交卡或付款的记录。"
    ),
    "acceptance_invalid.not_proved": "没有发现在报价失效之后才接受的情形。",
    "handover_before_acceptance": "交卡是否早于接受报价",
    "handover_before_acceptance.proved": (
        "卡片最迟于 {handover:time} 交出，最早的接受记录为 {acceptance:time}。"
    ),
    "handover_before_acceptance.not_proved": "没有发现交卡早于接受报价的情形。",
    "terms_differ": "报价时与接受时展示的内容是否一致",
    "terms_differ.proved.presented": "报价时展示的页面与接受时展示的页面不是同一份（摘要不同）。",
    "terms_differ.proved.text": "报价所附条款与接受时的条款不是同一份（摘要不同）。",
    "terms_differ.not_proved": "没有发现报价时与接受时展示内容不一致。",
    "wrong_payee": "款项是否付到了约定的账户",
    "wrong_payee.proved": (
        "一笔 {leg:money} 付到的账户，既不是接受报价时约定的账户，也不是用户同意变更后的账户。"
    ),
    "wrong_payee.not_proved": "没有发现付到约定之外账户的款项。",
    "ack_differs": "用户确认的金额与付款记录是否一致",
    "ack_differs.proved": "用户确认收到 {acknowledged:money}，平台的付款记录为 {paid:money}。",
    "ack_differs.not_proved": "没有发现收款确认与付款记录不一致。",
}
