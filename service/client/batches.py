"""The answer to a batch: every receipt is derived from it here, and trusted only as far as it proves
itself.

The service answers with the entries, one signed checkpoint and the compact ranges of hashes left and
right of the batch. The root that these give must be the checkpoint's; then the inclusion proofs derived
from the same hashes hold too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from service.client.entries import CheckedEntry, check_entry
from service.client.posted import Posted
from service.client.promises import PromiseChecker
from service.core.eip712 import check_address
from service.core.entry import check_origin
from service.core.errors import FormatError, TallyError, VerificationError
from service.core.hexs import from_hex
from service.core.receipt import Receipt, ReceiptLog
from service.core.tree import batch_inclusion_proofs, batch_root

MAX_EVENTS: Final = 10_000
MAX_BYTES: Final = 16 * 1024 * 1024
FORMAT: Final = "tallystick-batch/1"

_EVENT = re.compile(r'"statement":\{"_sd":\["[A-Za-z0-9_",-]*"\],"_sd_alg":"sha-256","event":"([^"]*)"')


class _Log(msgspec.Struct, frozen=True):
    origin: str
    id: str
    chain_id: int
    registry: str


class _Answer(msgspec.Struct, frozen=True, gc=False):
    format: str
    log: _Log
    first: int
    size: int
    entries: list[str]
    disclosures: list[list[str]]
    checkpoint: str
    left: list[str]
    right: list[str]


_decoder = msgspec.json.Decoder(_Answer)


def encode_batch(events: Sequence[Posted]) -> bytes:
    """The NDJSON body of a batch. FormatError when it is empty or exceeds what the service takes."""
    body = b"\n".join([posted.body for posted in events])
    if not 1 <= len(events) <= MAX_EVENTS or len(body) > MAX_BYTES:
        raise FormatError(
            f"a batch is 1 to {MAX_EVENTS} events of together at most {MAX_BYTES} bytes: post several"
        )
    return body


def derive_receipts(
    events: Sequence[Posted], body: bytes, promises: PromiseChecker, *, fresh: bool = False
) -> list[Receipt]:
    """The receipt of each event, in the order posted. VerificationError when the answer does not prove
    all of them.

    `fresh` says that the service appended the batch just now (201), so that the order must be the posted
    one; a repeated batch is answered as it was first appended.
    """
    try:
        answer = _decoder.decode(body)
        return _derive(events, answer, promises, fresh)
    except VerificationError:
        raise
    except (msgspec.MsgspecError, UnicodeDecodeError, TallyError) as error:
        raise VerificationError(f"the answer to the batch is malformed: {error}") from error


def _derive(
    events: Sequence[Posted], answer: _Answer, promises: PromiseChecker, fresh: bool
) -> list[Receipt]:
    if answer.format != FORMAT:
        raise VerificationError(f"the answer to the batch is not in the format {FORMAT}")
    log = _log(answer.log)
    placed = _placed(events, answer, fresh)
    checked = _check_entries(placed, answer, log.origin)
    for each in (checked[0], checked[-1]):  # `received` never decreases, so the others lie between
        signed = promises.promise(log, answer.checkpoint, each.received)
    leaves = [each.leaf for each in checked]
    left, right = _hashes(answer.left), _hashes(answer.right)
    if (
        signed.size != answer.size
        or batch_root(answer.first, leaves, answer.size, left, right) != signed.root
    ):
        raise VerificationError("the batch is not in the tree of the checkpoint it was answered with")
    proofs = batch_inclusion_proofs(answer.first, leaves, answer.size, left, right)
    receipts = {
        posted.event: Receipt(
            log, each.entry, each.disclosures, answer.first + offset, answer.checkpoint, tuple(proof)
        )
        for offset, (posted, each, proof) in enumerate(zip(placed, checked, proofs, strict=True))
    }
    return [receipts[posted.event] for posted in events]


def _placed(events: Sequence[Posted], answer: _Answer, fresh: bool) -> list[Posted]:
    """The posted event of each entry of the answer; an event named twice has one entry."""
    waiting = {posted.event: posted for posted in reversed(events)}
    if any(waiting[posted.event].body != posted.body for posted in events):
        raise VerificationError("the batch names one event twice with different content, yet it was taken")
    if not len(answer.entries) == len(answer.disclosures) == len(waiting):
        raise VerificationError("the answer has not one entry for each event of the batch")
    names = [match[1] if (match := _EVENT.search(entry)) else "" for entry in answer.entries]
    if fresh and names != list(dict.fromkeys(posted.event for posted in events)):
        raise VerificationError("the answer has the events in another order than they were posted")
    try:
        return [waiting.pop(name) for name in names]
    except KeyError as unknown:
        raise VerificationError(f"the answer has an entry that was not posted: {unknown}") from None


def _check_entries(placed: Sequence[Posted], answer: _Answer, origin: str) -> list[CheckedEntry]:
    """Every entry against its event, and against the entries of the same trade before it."""
    checked: list[CheckedEntry] = []
    digests: dict[str, bytes] = {}
    tails: dict[str, CheckedEntry] = {}
    received = 0
    for posted, entry, disclosures in zip(placed, answer.entries, answer.disclosures, strict=True):
        each = check_entry(posted, origin, entry, disclosures, digests)
        tail = tails.get(posted.trade)
        if tail is not None and (each.seq != tail.seq + 1 or each.prev != tail.leaf):
            raise VerificationError(f"event {posted.event} does not follow the trade's entry before it")
        if each.received < received:
            raise VerificationError(f"event {posted.event} was received before the one in front of it")
        digests[posted.event], tails[posted.trade], received = each.digest, each, each.received
        checked.append(each)
    return checked


def _log(log: _Log) -> ReceiptLog:
    return ReceiptLog(check_origin(log.origin), from_hex(log.id), log.chain_id, check_address(log.registry))


def _hashes(texts: Sequence[str]) -> list[bytes]:
    return [from_hex(text) for text in texts]
