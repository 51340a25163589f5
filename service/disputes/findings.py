"""The findings of one trade as HTTP hands them out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from service.access.readers import Reader
from service.core.receipt import Receipt
from service.core.state_proof import parse_header
from service.disputes.evidence import EvidenceDesk
from service.disputes.gather import TradeFile, gather
from service.disputes.ports import CaseLog
from service.profiles.giftcard.findings import encode, evaluate, for_audience
from service.profiles.giftcard.findings.model import Finding, TradeView
from service.profiles.giftcard.findings.view import FinalBlocks


@dataclass(frozen=True, slots=True)
class Judged:
    """A trade as one reader may see it, and what the rules say of it to that reader at `now` (ms)."""

    file: TradeFile
    view: TradeView
    findings: tuple[Finding, ...]
    now: int


def judge(
    desk: EvidenceDesk, log: CaseLog, trade: str, reader: Reader, at: int | None = None
) -> Judged | None:
    """The trade and its findings for `reader`; None when there is no such trade for that reader. Blocking.

    `at` (ms; None: now) is the evaluation time, not a view into the past: the entries are those that the log
    has now. Raises TradeTooLong.
    """
    file = gather(log, trade, cards=desk.cards, keys=desk.keys(log.platform), reader=reader)
    if file is None:
        return None
    view = file.view(final_blocks((*file.receipts, *file.context)))
    now = desk.clock_ms() if at is None else at
    return Judged(file, view, for_audience(evaluate(view, now), reader.sees), now)


def findings_json(
    desk: EvidenceDesk, log: CaseLog, trade: str, reader: Reader, at: int | None = None
) -> bytes | None:
    """The findings of the trade for `reader`, as RFC 8785 bytes; None and errors as of `judge`. Blocking."""
    judged = judge(desk, log, trade, reader, at)
    return None if judged is None else encode(judged.view, judged.findings, judged.now)


def final_blocks(receipts: Iterable[Receipt]) -> FinalBlocks:
    """The blocks that the receipts' state proofs start from: the log hands out a proof once its block is
    final.
    """
    blocks: defaultdict[int, set[bytes]] = defaultdict(set)
    for anchor in (each for receipt in receipts for each in receipt.anchors):
        if anchor.state_proof is not None:
            blocks[anchor.chain_id].add(parse_header(anchor.state_proof.header).hash)
    return blocks
