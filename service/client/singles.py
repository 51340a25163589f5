"""Answers about single receipts and trades, checked before anybody relies on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from service.client.entries import check_entry
from service.client.posted import Posted
from service.client.promises import PromiseChecker
from service.core import entry as core_entry
from service.core import receipt as core_receipt
from service.core.disclosure import Disclosed
from service.core.errors import TallyError, VerificationError
from service.core.hexs import from_hex, to_hex
from service.core.merkle import leaf_hash
from service.core.receipt import Receipt
from service.core.times import parse_time
from service.core.verify_content import check_disclosures
from service.core.verify_content import check_entry as check_receipt_entry


@dataclass(frozen=True, slots=True)
class TradeEntry:
    """One entry of a trade as the service keeps it. `disclosures` is None once its content was erased."""

    index: int
    leaf: bytes
    entry: core_entry.Entry
    disclosures: tuple[str, ...] | None
    claims: tuple[Disclosed, ...]


def posted_receipt(posted: Posted, body: bytes, promises: PromiseChecker) -> Receipt:
    """The receipt answered to a posted event. VerificationError when it is not one of exactly this event."""
    receipt = _parse(body)
    checked = check_entry(posted, receipt.log.origin, receipt.entry.decode(), receipt.disclosures)
    promises.receipt(receipt, checked.leaf, checked.received)
    return receipt


def stored_receipt(leaf: bytes, body: bytes, promises: PromiseChecker) -> Receipt:
    """The receipt asked for by its leaf. VerificationError when it is of another entry or does not hold."""
    receipt = _parse(body)
    check_receipt(receipt, promises)
    if leaf_hash(receipt.entry) != leaf:
        raise VerificationError(f"the answer is not the receipt of the leaf {to_hex(leaf)}")
    return receipt


def check_receipt(receipt: Receipt, promises: PromiseChecker) -> None:
    """VerificationError unless the receipt's content fits its entry and every proof in it holds.

    This is what a client can say without a chain; `core.verify.verify_receipt` says the rest.
    """
    try:
        parsed = check_receipt_entry(receipt)
        check_disclosures(receipt.disclosures, parsed.statement.digests)
        promises.receipt(receipt, leaf_hash(receipt.entry), parse_time(parsed.received))
    except VerificationError:
        raise
    except TallyError as error:
        raise VerificationError(f"the receipt does not hold: {error}") from error


def _parse(body: bytes) -> Receipt:
    try:
        return core_receipt.parse(body)
    except TallyError as error:
        raise VerificationError(f"the answer is not a receipt: {error}") from error


class _Entry(msgspec.Struct, frozen=True):
    index: int
    leaf: str
    entry: str
    disclosures: list[str] | None


class _Page(msgspec.Struct, frozen=True):
    trade: str
    entries: list[_Entry]
    next: str | None = None


_decoder = msgspec.json.Decoder(_Page)


def trade_page(trade: str, before: Sequence[TradeEntry], body: bytes) -> tuple[list[TradeEntry], str | None]:
    """One page of a trade's entries after those `before`, and the cursor of the next page.

    VerificationError when an entry is not of this trade or does not follow the one before it (`seq`,
    `prev`).
    """
    try:
        page = _decoder.decode(body)
        entries = list(before)
        for each in page.entries:
            entries.append(_trade_entry(trade, entries[-1] if entries else None, each))
    except VerificationError:
        raise
    except (msgspec.MsgspecError, UnicodeDecodeError, TallyError) as error:
        raise VerificationError(f"the answer about trade {trade} is malformed: {error}") from error
    if page.next is not None and not page.entries:
        raise VerificationError(f"the answer about trade {trade} has an empty page before its end")
    return entries[len(before) :], page.next


def _trade_entry(trade: str, before: TradeEntry | None, shown: _Entry) -> TradeEntry:
    encoded = shown.entry.encode()
    parsed, leaf = core_entry.parse(encoded), from_hex(shown.leaf)
    if leaf_hash(encoded) != leaf or parsed.statement.trade != trade:
        raise VerificationError(f"an entry of trade {trade} is not what its leaf says")
    expected = (0, None) if before is None else (before.entry.seq + 1, before.leaf)
    if (parsed.seq, parsed.prev) != expected or (before is not None and shown.index <= before.index):
        raise VerificationError(f"the entries of trade {trade} do not follow each other")
    claims: tuple[Disclosed, ...] = ()
    if shown.disclosures is not None:
        claims = check_disclosures(shown.disclosures, parsed.statement.digests)
    disclosures = None if shown.disclosures is None else tuple(shown.disclosures)
    return TradeEntry(shown.index, leaf, parsed, disclosures, claims)
