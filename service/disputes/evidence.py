"""The evidence of one trade, put together for one reader: entries, head, context, findings, attachments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import orjson

from service.access.readers import Reader
from service.core import disclosure
from service.core.entry import parse as parse_entry
from service.core.errors import FormatError
from service.core.evidence import (
    AttachmentNote,
    Element,
    Evidence,
    FinalBlock,
    RegisteredKey,
    SealedEntry,
    StampNote,
)
from service.core.evidence_disclosure import disclose
from service.core.hexs import from_hex
from service.core.receipt import Receipt
from service.core.state_proof import parse_header
from service.disputes.evidence_ports import EvidenceSigner, Stamps
from service.disputes.gather import TradeFile, gather
from service.disputes.ports import Attachments, CardIndex, CaseLog
from service.log.receipts import receipt_log
from service.profiles.giftcard.evidence_findings import encoded_findings
from service.profiles.giftcard.findings.model import KeyValidity

AUDIENCES = ("user", "parties", "arbitrator", "restricted")


@dataclass(frozen=True, slots=True)
class EvidenceDesk:
    """Takes the evidence of trades. Blocking: call it off the event loop.

    `keys`: the keys registered for a log, by its name; `hints`: what is told about a log and proven by
    nothing (where its trust file is, for instance).
    """

    signer: EvidenceSigner
    cards: CardIndex | None
    attachments: Attachments | None
    stamps: Stamps | None
    keys: Callable[[str], Sequence[KeyValidity]]
    hints: Callable[[CaseLog], Mapping[str, object]]
    clock_ms: Callable[[], int]
    generator: str

    def take(
        self, log: CaseLog, trade: str, reader: Reader | None = None, disclosed: frozenset[str] | None = None
    ) -> Evidence | None:
        """The evidence as `reader` may see it (None: all of it), of which only the claims `disclosed` are
        shown (None: all); None when there is no such trade for that reader. Raises TradeTooLong.
        """
        file = gather(log, trade, cards=self.cards, keys=self.keys(log.name), reader=reader)
        if file is None:
            return None
        bare = self._without_findings(log, file, reader, disclosed)
        return replace(bare, findings=orjson.loads(encoded_findings(bare)))

    def _without_findings(
        self, log: CaseLog, file: TradeFile, reader: Reader | None, disclosed: frozenset[str] | None
    ) -> Evidence:
        newest = file.newest.record
        receipts = [each if disclosed is None else disclose(each, disclosed) for each in file.receipts]
        context = file.context
        if disclosed is not None:
            context = tuple(disclose(each, disclosed) for each in context)
        return Evidence(
            log=receipt_log(file.identity),
            trade=file.trade,
            taken=self.clock_ms(),
            checkpoint=file.newest.note,
            head=self.signer.trade_head(
                file.identity, file.trade, file.count, file.tail, newest.size, newest.root
            ),
            entries=_elements(log, file, receipts),
            context=context,
            keys=_registered(file.keys, file.receipts),
            final=_final_blocks((*receipts, *context)),
            audience=tuple(each for each in AUDIENCES if reader is None or reader.sees(each)),
            attachments=self._attached(log, file.trade, receipts),
            timestamps=self._stamped(log, file),
            generator=self.generator,
            hints=self.hints(log),
        )

    def _attached(self, log: CaseLog, trade: str, receipts: Iterable[Receipt]) -> tuple[AttachmentNote, ...]:
        """Files of the trade that a shown claim names by digest: who sees the entry may see the file."""
        if self.attachments is None:
            return ()
        named = _named_digests(receipts)
        files = {each.digest: each for each in self.attachments.of_trade(log.identity.log_id, trade)}
        return tuple(
            AttachmentNote(digest, each.media_type, each.size, each.label, tuple(sorted(named[digest])))
            for digest, each in files.items()
            if digest in named
        )

    def _stamped(self, log: CaseLog, file: TradeFile) -> tuple[StampNote, ...]:
        """The earliest time stamp over each entry, once each."""
        if self.stamps is None:
            return ()
        found: dict[int, StampNote] = {}
        indexes = sorted([each.index for each in file.receipts] + [each.index for each in file.sealed])
        newest, covered = file.newest.record.size, 0
        for index in indexes:
            if index < covered:
                continue  # the stamp of smallest size above an earlier index covers this one, too
            stamp = self.stamps.earliest_stamp_covering(log.identity.log_id, index)
            noted = None if stamp is None or stamp.size > newest else log.reader.checkpoint(stamp.size)
            if stamp is None or noted is None:
                break
            path = tuple(log.reader.consistency(stamp.size, newest))
            found[stamp.size] = StampNote(
                stamp.size, stamp.root, noted.note, path, stamp.response, stamp.authority
            )
            covered = stamp.size
        return tuple(found.values())


def _elements(log: CaseLog, file: TradeFile, receipts: Sequence[Receipt]) -> tuple[Element, ...]:
    """Every entry by seq, with its path under the newest checkpoint."""
    size = file.newest.record.size
    found = {
        parse_entry(each.entry).seq: Element(each, tuple(log.reader.inclusion(each.index, size)))
        for each in receipts
    }
    for sealed in file.sealed:
        shown = SealedEntry(sealed.seq, sealed.index, sealed.leaf)
        found[sealed.seq] = Element(shown, file.sealed_paths[sealed.seq])
    return tuple(found[seq] for seq in sorted(found))


def _registered(
    keys: Sequence[KeyValidity] | None, receipts: Iterable[Receipt]
) -> tuple[RegisteredKey, ...] | None:
    """The registrations of those keys that signed something in the trade; the platform's others are nobody's
    business here.
    """
    if keys is None:
        return None
    signers = {address for receipt in receipts for address in _signers(receipt)}
    return tuple(
        RegisteredKey(each.address, each.role, each.valid_from, each.valid_until)
        for each in keys
        if each.address in signers
    )


def _signers(receipt: Receipt) -> Iterable[str]:
    yield from (each.address for each in parse_entry(receipt.entry).signatures)
    for text in receipt.disclosures:
        opened = disclosure.parse(text)
        if opened.name == "consent" and isinstance(opened.value, dict):
            yield str(opened.value.get("address"))


def _final_blocks(receipts: Iterable[Receipt]) -> tuple[FinalBlock, ...]:
    """The blocks that the state proofs start from: the log hands out a proof once its block is final."""
    headers = {
        (anchor.chain_id, anchor.state_proof.header)
        for receipt in receipts
        for anchor in receipt.anchors
        if anchor.state_proof is not None
    }
    blocks = {FinalBlock(chain_id, parse_header(header).hash) for chain_id, header in headers}
    return tuple(sorted(blocks, key=lambda each: (each.chain_id, each.hash)))


def _named_digests(receipts: Iterable[Receipt]) -> dict[bytes, set[int]]:
    """Every digest that a disclosed claim gives in a member `digest`, with the seqs of the entries."""
    found: dict[bytes, set[int]] = {}
    for receipt in receipts:
        seq = parse_entry(receipt.entry).seq
        for text in receipt.disclosures:
            for digest in _digests(disclosure.parse(text).value):
                found.setdefault(digest, set()).add(seq)
    return found


def _digests(value: object) -> Iterable[bytes]:
    if isinstance(value, dict):
        with suppress(FormatError):  # a claim may say anything under this name
            yield from_hex(value.get("digest"))
        for each in value.values():
            yield from _digests(each)
    elif isinstance(value, list):
        for each in value:
            yield from _digests(each)
