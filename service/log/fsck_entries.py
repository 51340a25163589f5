"""Checking entries as they stream by: order, time, trade chains, and (sampled or all) what their bytes
say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from service.core import disclosure, eip712, entry
from service.core.checkpoint import LogIdentity
from service.core.entry import Entry, build_statement, statement_digest
from service.core.errors import TallyError
from service.core.hexs import from_hex
from service.core.times import format_time
from service.log.ports import EntryFrame, StoredEntry, TradeTail
from service.log.violations import Violation

# The members before the statement, in an entry's canonical order: enough for the chains, without parsing
# JSON.
_FRAME = re.compile(
    rb'\{"prev":(?:null|"0x([0-9a-f]{64})"),"received":"([^"]{24})","seq":(0|[1-9][0-9]*),"signatures":'
)
_REMEMBERED_TRADES = 200_000

TradeEntry = Callable[[str, int], StoredEntry | None]


class Chains:
    """Sequence, time and trade chains over all entries in order. `look_up(trade, seq)` reads one that was
    forgotten.
    """

    def __init__(self, look_up: TradeEntry) -> None:
        self._look_up = look_up
        self._tails: dict[str, TradeTail] = {}
        self._received = 0
        self._received_text = b""

    def check(self, frame: EntryFrame) -> Iterator[Violation]:
        """One entry, the one after the last checked."""
        index = frame.position
        head = _FRAME.match(frame.entry)
        if head is None:
            yield Violation("entry_format", index, "the bytes do not begin as an entry")
            return
        if int(head[3]) != frame.seq:
            yield Violation(
                "row_differs", index, f"seq is {int(head[3])} in the entry, {frame.seq} in its row"
            )
        if frame.received < self._received:
            yield Violation("received_decreases", index, f"{frame.received} ms after {self._received} ms")
        if frame.received != self._received or head[2] != self._received_text:
            if format_time(frame.received).encode() != head[2]:
                yield Violation("row_differs", index, "received is not the same in the entry and in its row")
            self._received, self._received_text = frame.received, head[2]
        tail = self._tails.pop(frame.trade, None)
        if tail is None and frame.seq > 0:
            tail = self._forgotten(frame)
        yield from _chain(frame, head[1], tail)
        self._remember(frame)

    def _forgotten(self, frame: EntryFrame) -> TradeTail | None:
        previous = self._look_up(frame.trade, frame.seq - 1)
        return (
            None
            if previous is None or previous.index >= frame.position
            else TradeTail(previous.seq, previous.leaf)
        )

    def _remember(self, frame: EntryFrame) -> None:
        self._tails[frame.trade] = TradeTail(frame.seq, frame.leaf)
        if len(self._tails) > _REMEMBERED_TRADES:
            del self._tails[next(iter(self._tails))]


def _chain(frame: EntryFrame, prev_hex: bytes | None, tail: TradeTail | None) -> Iterator[Violation]:
    expected = 0 if tail is None else tail.seq + 1
    if frame.seq != expected:
        yield Violation(
            "trade_broken", frame.position, f"seq {frame.seq} of {frame.trade} where {expected} follows"
        )
        return
    prev = None if tail is None else tail.leaf.hex().encode()
    if prev_hex != prev:
        yield Violation(
            "trade_broken", frame.position, f"prev of {frame.trade} is not the leaf of its previous entry"
        )


def check_content(identity: LogIdentity, stored: StoredEntry) -> Iterator[Violation]:
    """What one entry's bytes say, against its row and its disclosures."""
    index = stored.index
    try:
        parsed = entry.parse(stored.entry)
    except TallyError as error:
        yield Violation("entry_format", index, str(error))
        return
    statement = parsed.statement
    if statement.log != identity.origin:
        yield Violation("foreign_statement", index, f"the statement is of log {statement.log}")
    if (statement.event, statement.trade, statement.type) != (stored.event, stored.trade, stored.type):
        yield Violation(
            "row_differs", index, "event, trade or type is not the same in the entry and in its row"
        )
    digest = statement_digest(
        build_statement(
            statement.log,
            statement.event,
            statement.trade,
            statement.type,
            statement.occurred,
            statement.digests,
        )
    )
    if digest != stored.digest:
        yield Violation("row_differs", index, "the statement's digest is not the one in its row")
    yield from _check_signatures(identity, stored, parsed, digest)
    yield from _check_disclosures(stored, parsed)


def _check_signatures(
    identity: LogIdentity, stored: StoredEntry, parsed: Entry, digest: bytes
) -> Iterator[Violation]:
    signed = eip712.statement_digest(identity.domain(), identity.log_id, digest)
    for signature in parsed.signatures:
        try:
            signer = eip712.recover(signed, from_hex(signature.signature, 65))
        except TallyError as error:
            yield Violation("signature", stored.index, str(error))
            continue
        if signer != signature.address:
            yield Violation("signature", stored.index, f"signed by {signer}, not by {signature.address}")


def _check_disclosures(stored: StoredEntry, parsed: Entry) -> Iterator[Violation]:
    index = stored.index
    if stored.disclosures is None:
        if not stored.erased:
            yield Violation("erasure", index, "the content is gone, but nothing says that it was erased")
        return
    committed = set(parsed.statement.digests)
    names = set()
    for each in stored.disclosures:
        try:
            names.add(disclosure.parse(each).name)
        except TallyError as error:
            yield Violation("disclosure", index, str(error))
        if disclosure.digest(each) not in committed:
            yield Violation("disclosure", index, "a disclosure is not among the statement's digests")
    if len(names) != len(stored.disclosures):
        yield Violation("disclosure", index, "a claim is disclosed twice")
    if stored.erased:
        if len(committed) <= len(names) + 1:
            yield Violation("erasure", index, "content is said to be erased, but every claim is there")
    elif len(committed) != len(names) + 1:
        yield Violation("disclosure", index, "the statement has not one digest a claim, and one decoy")
