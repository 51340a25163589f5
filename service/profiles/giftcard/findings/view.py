"""From receipts to what the rules look at. Verification is not done here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from service.core import disclosure
from service.core.checkpoint import ZERO, parse_signed
from service.core.entry import parse as parse_entry
from service.core.entry import statement_digest
from service.core.errors import TallyError
from service.core.merkle import leaf_hash
from service.core.receipt import Anchor, Receipt
from service.core.state_proof import anchor_slot, parse_header, unpack_anchor, verify_account, verify_storage
from service.core.times import parse_time
from service.profiles.giftcard.findings.model import (
    Anchored,
    KeyValidity,
    Promise,
    Sealed,
    Shown,
    TradeView,
)

FinalBlocks = Mapping[int, AbstractSet[bytes]]
"""Per chain id the hashes of blocks that the evaluating side knows to be final."""


def trade_view(
    trade: str,
    receipts: Sequence[Receipt],
    *,
    sealed: Sequence[Sealed] = (),
    context: Sequence[Receipt] = (),
    foreign: Sequence[Receipt] = (),
    keys: Sequence[KeyValidity] | None = None,
    final: FinalBlocks | None = None,
    anchors_sought: bool = True,
) -> TradeView:
    """The view of a trade of one log from its receipts (at least one); `anchors_sought` False for receipts as
    somebody keeps them. Errors: TallyError for a receipt whose parts do not parse.
    """
    log = receipts[0].log
    return TradeView(
        log_id=log.id,
        origin=log.origin,
        chain_id=log.chain_id,
        registry=log.registry,
        trade=trade,
        entries=_in_order(receipts, final, lambda each: each.seq),
        sealed=tuple(sorted(sealed, key=lambda each: each.seq)),
        context=_in_order(context, final, lambda each: each.index),
        foreign=_in_order(foreign, final, lambda each: each.index),
        keys=None if keys is None else tuple(keys),
        anchors_sought=anchors_sought,
    )


def shown(receipt: Receipt, final: FinalBlocks | None = None) -> Shown:
    """One receipt's entry with its disclosed claims, promise and earliest anchor."""
    entry = parse_entry(receipt.entry)
    statement = entry.statement
    claims = {each.name: each.value for each in map(disclosure.parse, receipt.disclosures)}
    signed = parse_signed(receipt.checkpoint)
    anchor = min(receipt.anchors, key=lambda each: each.size, default=None)
    return Shown(
        index=receipt.index,
        leaf=leaf_hash(receipt.entry),
        digest=statement_digest(statement.encode()),
        seq=entry.seq,
        prev=entry.prev,
        event=statement.event,
        trade=statement.trade,
        type=statement.type,
        occurred=parse_time(statement.occurred),
        received=parse_time(entry.received),
        claims=claims,
        withheld=max(0, len(statement.digests) - len(claims) - 1),
        promise=Promise(signed.size, signed.root, signed.signed_at, signed.anchor_by, signed.via != ZERO),
        anchor=None if anchor is None else _anchored(receipt, anchor, final),
        signatures=tuple((each.role, each.address) for each in entry.signatures),
    )


def _in_order(
    receipts: Iterable[Receipt], final: FinalBlocks | None, place: Callable[[Shown], int]
) -> tuple[Shown, ...]:
    """The entries by place (two at one place by leaf), whatever order the receipts come in; of several
    receipts of one entry the one that shows most of it.
    """
    fullest: dict[tuple[int, bytes], Shown] = {}
    for entry in sorted((shown(each, final) for each in receipts), key=_fullness):
        fullest[entry.index, entry.leaf] = entry
    return tuple(sorted(fullest.values(), key=lambda each: (place(each), each.index, each.leaf)))


def _fullness(entry: Shown) -> tuple[object, ...]:
    anchor = entry.anchor
    proved = anchor is not None and anchor.proved
    known = anchor.size if anchor is not None else 0
    return (-entry.withheld, proved, anchor is not None, -known, sorted(entry.claims))


def _anchored(receipt: Receipt, anchor: Anchor, final: FinalBlocks | None) -> Anchored:
    """The anchor's slot if the receipt proves it, else the bare (size, root)."""
    proof = anchor.state_proof
    if proof is None or anchor.via is not None:
        return Anchored(anchor.size, anchor.root, proved=False)
    try:
        header = parse_header(proof.header)
        account = verify_account(header.state_root, anchor.registry, list(proof.account))
        key = anchor_slot(receipt.log.id, anchor.size, anchor.root)
        slot = unpack_anchor(verify_storage(account.storage_root, key, list(proof.storage)))
    except TallyError:
        return Anchored(anchor.size, anchor.root, proved=False)
    known = None if final is None else header.hash in final.get(anchor.chain_id, frozenset())
    return Anchored(
        anchor.size,
        anchor.root,
        proved=True,
        timestamp=slot.timestamp,
        block_number=slot.block_number,
        block_hash=header.hash,
        prev_size=slot.prev_size,
        prev_timestamp=slot.prev_timestamp,
        prev_signed_at=slot.prev_signed_at,
        final=known,
    )
