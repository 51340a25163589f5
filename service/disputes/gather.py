"""Everything about one trade that a reader may see: its entries as receipts, and the context that rules need.

Whatever evaluates findings or hands out evidence goes through here, so that all of them look at the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.access.readers import Reader, Sight
from service.access.sight import audience_of, sight_of
from service.core.checkpoint import LogIdentity
from service.core.evidence_disclosure import disclose
from service.core.receipt import Receipt
from service.disputes.context import context_entries
from service.disputes.errors import EvidenceTooLarge
from service.disputes.ports import CardIndex, CaseLog
from service.disputes.proofs_once import ProofsOnce
from service.log.ports import NotedCheckpoint, StoredEntry
from service.log.receipts import assemble_entry
from service.profiles.giftcard.findings.model import KeyValidity, Sealed, TradeView
from service.profiles.giftcard.findings.view import FinalBlocks, shown, trade_view

MAX_ENTRIES = 4096
"""A trade has some ten; a longer one than this is no trade, and would be no bundle anybody could carry."""
_PAGE = 512


class TradeTooLong(EvidenceTooLarge):
    """The trade has more entries than evidence can carry."""


@dataclass(frozen=True, slots=True)
class TradeFile:
    """One trade as one reader may see it, complete up to the checkpoint `newest`.

    `receipts` by seq, `sealed` the other entries by seq with their `sealed_paths` (seq to inclusion path
    under `newest`); `context` are receipts of other trades, in order of index.
    """

    identity: LogIdentity
    trade: str
    receipts: tuple[Receipt, ...]
    sealed: tuple[Sealed, ...]
    sealed_paths: Mapping[int, tuple[bytes, ...]]
    context: tuple[Receipt, ...]
    keys: tuple[KeyValidity, ...] | None
    newest: NotedCheckpoint
    tail: bytes
    """The leaf of the trade's last entry."""

    @property
    def count(self) -> int:
        """How many entries the trade has in the tree of `newest`."""
        return len(self.receipts) + len(self.sealed)

    def view(self, final: FinalBlocks | None = None, foreign: Sequence[Receipt] = ()) -> TradeView:
        """What the rules look at. `final`: blocks known to be final; `foreign`: receipts somebody holds."""
        if self.receipts:
            return trade_view(
                self.trade,
                self.receipts,
                sealed=self.sealed,
                context=self.context,
                foreign=foreign,
                keys=self.keys,
                final=final,
            )
        log = self.identity
        return TradeView(
            log_id=log.log_id,
            origin=log.origin,
            chain_id=log.chain_id,
            registry=log.registry,
            trade=self.trade,
            entries=(),
            sealed=self.sealed,
            context=tuple(shown(each, final) for each in self.context),
            foreign=tuple(shown(each, final) for each in foreign),
            keys=self.keys,
        )


def gather(
    log: CaseLog,
    trade: str,
    *,
    cards: CardIndex | None,
    keys: Sequence[KeyValidity] | None,
    reader: Reader | None = None,
) -> TradeFile | None:
    """The trade as `reader` may see it (None: all of it); None when there is no such trade for that reader.

    `cards`: the lookup index, without which the context is only what the trade itself names; `keys`: the
    platform's registered keys. Erased claims are left out, their entries stay. Raises TradeTooLong.
    """
    newest = log.reader.latest()
    if newest is None or (reader is not None and not reader.may_read(trade)):
        return None
    entries = _entries(log, trade, newest.record.size)
    if not entries:
        return None
    proofs = ProofsOnce(log)
    sights = {each.seq: Sight.FULL if reader is None else sight_of(reader, each) for each in entries}
    sealed = [each for each in entries if sights[each.seq] is Sight.SEALED]
    return TradeFile(
        identity=log.identity,
        trade=trade,
        receipts=tuple(
            _receipt(log, proofs, each, content=sights[each.seq] is Sight.FULL)
            for each in entries
            if sights[each.seq] is not Sight.SEALED
        ),
        sealed=tuple(Sealed(each.seq, each.index, each.leaf) for each in sealed),
        sealed_paths={
            each.seq: tuple(log.reader.inclusion(each.index, newest.record.size)) for each in sealed
        },
        context=_context(log, entries, cards, reader, newest.record.size),
        keys=None if keys is None else tuple(keys),
        newest=newest,
        tail=entries[-1].leaf,
    )


def _entries(log: CaseLog, trade: str, size: int) -> list[StoredEntry]:
    """The trade's entries in the tree of `size`, by seq: usually one read."""
    entries: list[StoredEntry] = []
    while True:
        page = [each for each in log.reader.trade(trade, len(entries), _PAGE) if each.index < size]
        entries += page
        if len(entries) > MAX_ENTRIES:
            raise TradeTooLong(
                f"the trade has more than {MAX_ENTRIES} entries: page through its timeline instead"
            )
        if len(page) < _PAGE:
            return entries


def _receipt(log: CaseLog, proofs: ProofsOnce, entry: StoredEntry, *, content: bool) -> Receipt:
    content = content and entry.disclosures is not None
    return assemble_entry(proofs, proofs, log.identity, entry, disclosed=content)


def _context(
    log: CaseLog,
    entries: Sequence[StoredEntry],
    cards: CardIndex | None,
    reader: Reader | None,
    size: int,
) -> tuple[Receipt, ...]:
    """Receipts of the entries that rules compare this trade with, opened as far as the rules need them."""
    proofs = ProofsOnce(log)
    found = []
    for entry, names in context_entries(log, entries, cards):
        if entry.index >= size or not _comparable(entry, names, reader):
            continue
        receipt = _receipt(log, proofs, entry, content=True)
        found.append(receipt if names is None else disclose(receipt, names))
    return tuple(found)


def _comparable(entry: StoredEntry, names: frozenset[str] | None, reader: Reader | None) -> bool:
    """Whether the reader may see this entry of another trade, opened as far as `names` (None: all of it)."""
    if reader is None:
        return True
    if reader.holder == "share" and names is not None:
        return False  # another person's trade is none of this user's business
    return reader.sight(entry.type, audience_of(entry.disclosures)) is Sight.FULL
