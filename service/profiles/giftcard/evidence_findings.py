"""The findings that evidence must contain, computed from the evidence itself by whoever has it."""

from __future__ import annotations

from collections.abc import Sequence

from service.core.evidence import Evidence
from service.core.receipt import Receipt
from service.profiles.giftcard.findings import encode, evaluate, for_audience
from service.profiles.giftcard.findings.model import Finding, KeyValidity, Sealed, TradeView
from service.profiles.giftcard.findings.view import FinalBlocks, shown, trade_view


def view_of(
    evidence: Evidence, *, foreign: Sequence[Receipt] = (), final: FinalBlocks | None = None
) -> TradeView:
    """What the rules look at. `final`: blocks that the caller knows to be final, instead of those that the
    evidence calls so; `foreign`: receipts of the trade that somebody else holds.
    """
    keys = (
        None
        if evidence.keys is None
        else tuple(
            KeyValidity(each.address, each.role, each.valid_from, each.valid_until) for each in evidence.keys
        )
    )
    sealed = tuple(Sealed(each.seq, each.index, each.leaf) for each in evidence.sealed)
    blocks = _final(evidence) if final is None else final
    if evidence.receipts:
        return trade_view(
            evidence.trade,
            evidence.receipts,
            sealed=sealed,
            context=evidence.context,
            foreign=foreign,
            keys=keys,
            final=blocks,
        )
    return TradeView(
        log_id=evidence.log.id,
        origin=evidence.log.origin,
        chain_id=evidence.log.chain_id,
        registry=evidence.log.registry,
        trade=evidence.trade,
        entries=(),
        sealed=sealed,
        context=tuple(shown(each, blocks) for each in evidence.context),
        foreign=tuple(shown(each, blocks) for each in foreign),
        keys=keys,
    )


def findings_of(evidence: Evidence, view: TradeView) -> tuple[Finding, ...]:
    """The findings of the view at the time the evidence was taken, for the evidence's audience."""
    return for_audience(evaluate(view, evidence.taken), lambda audience: audience in evidence.audience)


def encoded_findings(evidence: Evidence) -> bytes:
    """What the member `findings` must be, as RFC 8785 bytes. Same evidence, same bytes."""
    view = view_of(evidence)
    return encode(view, findings_of(evidence, view), evidence.taken)


def _final(evidence: Evidence) -> FinalBlocks:
    blocks: dict[int, set[bytes]] = {}
    for each in evidence.final:
        blocks.setdefault(each.chain_id, set()).add(each.hash)
    return blocks
