"""entry_absent: somebody holds a genuine receipt of an entry that the trade's entries do not have.

`view.foreign` holds only receipts of this log that were verified before: the rule compares, it does not
verify. The log's signature under such a receipt is its word that the entry is at that index. A receipt given
after the evaluation time says nothing about what was gathered until then.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.profiles.giftcard.findings.case import Case
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved


def _evaluate(case: Case) -> Iterator[Outcome]:
    view = case.view
    present = {(each.index, each.leaf) for each in view.entries}
    present |= {(each.index, each.leaf) for each in view.sealed}
    for receipt in view.foreign:
        if receipt.trade != view.trade or receipt.received > case.now:
            continue
        if (receipt.index, receipt.leaf) not in present:
            signed = receipt.promise.signed_at * 1000
            yield proved(receipt, event=receipt.event, index=receipt.index, signed=signed)


RULE = Rule("entry_absent", Kind.BREACH, "operator", "parties", 3, 1, _evaluate)
