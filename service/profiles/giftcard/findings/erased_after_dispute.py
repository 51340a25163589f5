"""erased_after_dispute: content of the trade was erased after a dispute had been opened.

Told by the service's own `erasure` entries, which name leaves; order of arrival decides. An erasure is no
wrong by itself (a person may have asked for it), so this is a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.profiles.giftcard.findings.case import Case
from service.profiles.giftcard.findings.model import Kind
from service.profiles.giftcard.findings.rule import Outcome, Rule, proved


def _evaluate(case: Case) -> Iterator[Outcome]:
    opened = next(iter(case.all("dispute_opened")), None)
    if opened is None:
        return
    of_leaf = {f"0x{entry.leaf.hex()}": entry for entry in case.view.entries}
    for erasure in case.all("erasure"):
        if erasure.seq > opened.seq:
            targets = erasure.claims.get("targets")
            leaves = [str(each) for each in targets] if isinstance(targets, list) else []
            erased = [of_leaf[leaf] for leaf in leaves if leaf in of_leaf]
            figures: dict[str, Any] = {"erased": erasure.received, "opened": opened.received}
            yield proved(opened, erasure, *erased, entries=max(1, len(leaves)), **figures)


RULE = Rule("erased_after_dispute", Kind.NOTE, "platform", "parties", 2, 1, _evaluate)
