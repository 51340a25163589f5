"""The operator's own cheats, made offline from exported receipts.

An honest service cannot be made to cheat, and a changed byte of a real receipt is merely *tampered*. So the
mutator plays an operator who signs what it should not: it re-issues receipts with a checkpoint key of its
own, and writes a trust file in which that key stands beside the real one, as after a rotation of keys.
Anchors that the change does not touch stay genuine: that is what convicts. Each case is a folder: the
receipts that somebody was given, and beside them in `context/` what contradicts them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from service.core import entry as core_entry
from service.core import state_proof
from service.core import trust as core_trust
from service.core.checkpoint import CheckpointSigner, LogIdentity, parse_signed
from service.core.entry import Entry
from service.core.errors import TallyError
from service.core.merkle import leaf_hash, root_from_inclusion
from service.core.receipt import Receipt
from service.core.times import format_time, parse_time
from service.core.trust import Trust, TrustedKey
from service.simulate.receipts import SUFFIX, write_receipt
from service.simulate.truth import Truth

_HOUR_MS = 3_600_000
_PROMISE_S = 3_600


class CannotMutate(TallyError):
    """These receipts do not lend themselves to this cheat."""


@dataclass(frozen=True, slots=True)
class Case:
    """One cheat: the receipts that were handed out, those that contradict them, and what was done."""

    shown: tuple[Receipt, ...]
    context: tuple[Receipt, ...]
    description: str


Mutate = Callable[[Sequence[Receipt], Sequence[Receipt], CheckpointSigner], Case]


def signer_for(receipt: Receipt, seed: int) -> CheckpointSigner:
    """The cheating operator's checkpoint key for the receipt's log."""
    log = receipt.log
    secret = f"{seed}/{log.origin}/operator"
    keys = [sha256(f"{secret}/{half}".encode()).digest() for half in ("ed25519", "evm")]
    return CheckpointSigner(LogIdentity(log.origin, log.id, log.chain_id, log.registry), keys[0], keys[1])


def with_key(trust: Trust, signer: CheckpointSigner) -> Trust:
    """The trust file that also believes the cheating key."""
    key = TrustedKey(signer.vkey, signer.address, 0, None)
    logs = (
        replace(log, keys=(*log.keys, key)) if log.id == signer.identity.log_id else log for log in trust.logs
    )
    return replace(trust, logs=tuple(logs))


def back_dated(trade: Sequence[Receipt], log: Sequence[Receipt], signer: CheckpointSigner) -> Case:
    """The last entry of a trade is stamped an hour too early: before a checkpoint that does not hold it was
    signed.
    """
    last = trade[-1]
    earlier = [each for each in log if each.anchors and each.anchors[0].size <= last.index]
    if not earlier:
        raise CannotMutate("no anchor lies before the trade's last entry")
    witness = max(earlier, key=lambda each: each.anchors[0].size)
    parsed = core_entry.parse(last.entry)
    received = parse_time(parsed.received) - _HOUR_MS
    forged = _reissue(last, replace(parsed, received=format_time(received)), signer, received // 1000)
    return Case((*trade[:-1], forged), (witness,), "条目的接收时间被倒签一小时")


def chain_broken(trade: Sequence[Receipt], log: Sequence[Receipt], signer: CheckpointSigner) -> Case:
    """An entry does not continue the trade: its `prev` is another leaf than that of the entry before it."""
    if len(trade) < 2:
        raise CannotMutate("a trade of one entry has no chain")
    last = trade[-1]
    parsed = core_entry.parse(last.entry)
    wrong = sha256(b"another leaf" + last.entry).digest()
    forged = _reissue(last, replace(parsed, prev=wrong), signer, parse_time(parsed.received) // 1000)
    return Case((*trade[:-1], forged), (), "交易链断裂：prev 指向别的条目")


def entry_absent(trade: Sequence[Receipt], log: Sequence[Receipt], signer: CheckpointSigner) -> Case:
    """A signed receipt for an entry in whose place the log holds another one."""
    last = trade[-1]
    parsed = core_entry.parse(last.entry)
    received = parse_time(parsed.received) + 1
    forged = _reissue(last, replace(parsed, received=format_time(received)), signer, received // 1000)
    return Case((forged,), (last,), "收据上的条目不在日志的该位置")


def anchor_late(trade: Sequence[Receipt], log: Sequence[Receipt], signer: CheckpointSigner) -> Case:
    """The checkpoint of the receipt promised an anchor earlier than there was one."""
    for receipt in reversed(trade):
        signed = parse_signed(receipt.checkpoint)
        if (_anchored_at(receipt) or 0) <= signed.signed_at:
            continue
        note = signer.sign(signed.size, signed.root, signed.signed_at, signed.signed_at)
        return Case((replace(receipt, checkpoint=note),), (), "晚于检查点承诺的时间才上链")
    raise CannotMutate("no receipt whose anchor is later than its checkpoint")


CHEATS: dict[str, Mutate] = {
    "back_dated": back_dated,
    "chain_broken": chain_broken,
    "entry_absent": entry_absent,
    "anchor_late": anchor_late,
}


def write_cases(
    folder: Path, platform: str, trades: Sequence[Sequence[Receipt]], trust: Trust, seed: int
) -> tuple[list[Truth], Trust]:
    """One case of each cheat, from the trades of one log in order of their index; the truths, and the trust
    file to use.
    """
    log = [receipt for trade in trades for receipt in trade]
    if not log:
        return [], trust
    signer, truths = signer_for(log[0], seed), []
    for code, mutate in CHEATS.items():
        # From the last trade backwards: an anchor has to lie before it.
        for trade in reversed(trades):
            try:
                case = mutate(trade, log, signer)
            except CannotMutate:
                continue
            at = parse_time(core_entry.parse(trade[-1].entry).received)
            truths.append(_write(folder / f"{platform}-{code}", platform, code, case, at))
            break
    return truths, with_key(trust, signer)


def write_trust(folder: Path, trust: Trust) -> Path:
    """Write the trust file with which the cases are to be read."""
    path = folder / "trust.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(core_trust.format(trust))
    return path


def _write(folder: Path, platform: str, code: str, case: Case, at: int) -> Truth:
    for receipt in case.shown:
        write_receipt(folder / _name(receipt), receipt)
    for receipt in case.context:
        write_receipt(folder / "context" / _name(receipt), receipt)
    last = core_entry.parse(case.shown[-1].entry)
    known = (last.statement.event,)
    return Truth(
        last.statement.trade, platform, (code,), f"operator.{code}", None, (), case.description, known, at
    )


def _name(receipt: Receipt) -> str:
    return f"{core_entry.parse(receipt.entry).statement.event}{SUFFIX}"


def _anchored_at(receipt: Receipt) -> int | None:
    """The block time of the anchor (Unix seconds) out of its state proof; None without one."""
    anchor = receipt.anchors[0] if receipt.anchors else None
    if anchor is None or anchor.state_proof is None:
        return None
    proof = anchor.state_proof
    account = state_proof.verify_account(
        state_proof.parse_header(proof.header).state_root, anchor.registry, proof.account
    )
    slot = state_proof.anchor_slot(receipt.log.id, anchor.size, anchor.root)
    value = state_proof.verify_storage(account.storage_root, slot, proof.storage)
    return state_proof.unpack_anchor(value).timestamp


def _reissue(receipt: Receipt, changed: Entry, signer: CheckpointSigner, signed_at: int) -> Receipt:
    """The receipt for a changed entry at the same place of the tree, signed as though it had always been
    so.
    """
    entry = core_entry.build_entry(
        changed.statement.encode(), changed.seq, changed.prev, changed.received, changed.signatures
    )
    signed = parse_signed(receipt.checkpoint)
    root = root_from_inclusion(leaf_hash(entry), receipt.index, signed.size, receipt.inclusion)
    note = signer.sign(signed.size, root, signed_at, signed_at + _PROMISE_S)
    return replace(receipt, entry=entry, checkpoint=note, anchors=())
