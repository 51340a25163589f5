"""Sends anchors: one nonce at a time, every attempt in the database before it is on the wire.

Crash points, in order: before `add_slot`, nothing happened; between `add_slot` (or `add_attempt`) and `send`,
and after a lost answer, the next `watch` finds a pending slot, sees whether any of its attempts was mined,
and broadcasts again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.anchoring import fees as fee_rules
from service.anchoring import send_state
from service.anchoring.errors import NodeUnreachable, StateUnavailable
from service.anchoring.fees import FeePolicy, Fees
from service.anchoring.ports import AnchorStore, Chain, Clock, Lease, SendResult
from service.anchoring.send_state import Action, Attempt, Mined, Observation, Slot, Timing
from service.anchoring.tally import Tally
from service.core.rlp import rlp_decode

_CALLDATA = 7
"""Place of the calldata among the fields of a type-2 transaction (EIP-1559)."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A call of `anchor` that the registry would accept now: what it anchors, from which size, and the gas it
    needs.
    """

    log_id: bytes
    size: int
    root: bytes
    old_size: int
    calldata: bytes
    gas_limit: int


Replan = Callable[[bytes], Payload | None]
"""The best payload for a log now; None when there is nothing to anchor, or it cannot be."""


_CAPPED = "gas costs more than the caps of the network file allow ([fees])"


class TxSender:
    """Owns the gas key's nonces. Used by one thread, under a lease. `lag`: how far nodes may be behind one
    another (ms).
    """

    def __init__(
        self,
        chain: Chain,
        store: AnchorStore,
        policy: FeePolicy,
        timing: Timing,
        clock: Clock,
        tally: Tally,
        *,
        lag: int,
    ) -> None:
        self._chain = chain
        self._store = store
        self._policy = policy
        self._timing = timing
        self._clock = clock
        self._tally = tally
        self._lag = lag
        self._stranded_since: int | None = None
        self.problem: str | None = None
        """What a node had against the newest attempt."""

    def busy(self) -> bool:
        """Whether any slot is open."""
        return bool(self._store.open_slots(self._chain.chain_id, self._chain.sender))

    def watch(self, lease: Lease, replan: Replan) -> bool:
        """Look after every open slot; whether one is in flight. Raises `NodeUnreachable`, `LeaseLost`."""
        slots = self._store.open_slots(self._chain.chain_id, self._chain.sender)
        if not slots:
            self._tally.set(in_flight=0)
            self.problem = None
            return False
        nonce, final = self._chain.nonce(), self._chain.final()
        if self._stranded(slots, nonce):
            for slot in slots:
                self._save(lease, slot, send_state.dropped(slot))
            return False
        watched = [self._watch(lease, slot, nonce, final, replan) for slot in slots]
        flying = sum(send_state.in_flight(slot, nonce) for slot in watched)
        self._tally.set(in_flight=flying)
        return flying > 0

    def open(self, lease: Lease, payload: Payload) -> Slot | None:
        """Use the next nonce for a payload; None when the caps allow no transaction, or the node lags."""
        fees = fee_rules.first(*self._market(), self._policy, payload.gas_limit)
        if fees is None:
            self._tally.count("fee_capped")
            self.problem = _CAPPED
            return None
        now = self._clock()
        nonce = self._chain.nonce()
        if any(
            slot.nonce >= nonce for slot in self._store.open_slots(self._chain.chain_id, self._chain.sender)
        ):
            return None  # this node does not know yet what another one said of the nonces before
        attempt = self._attempt(payload, nonce, fees)
        slot = Slot(
            number=0,
            chain_id=self._chain.chain_id,
            sender=self._chain.sender,
            nonce=nonce,
            log_id=payload.log_id,
            attempts=(attempt,),
            opened=now,
            sent=now,
            bumped=now,
        )
        slot = self._store.add_slot(lease, slot, now)
        self._tally.count("sent")
        return self._broadcast(lease, slot)

    def _watch(self, lease: Lease, slot: Slot, nonce: int, final: int, replan: Replan) -> Slot:
        mined = self._mined(slot)
        final_nonce = self._final_nonce(final) if mined is None and nonce > slot.nonce else None
        seen = Observation(mined, nonce, final_nonce, final)
        after, action = send_state.transition(slot, seen, self._clock(), self._timing)
        if after != slot:
            self._save(lease, slot, after)
        if action is Action.BUMP:
            return self._bump(lease, after, replan)
        if action is Action.REBROADCAST:
            self._tally.count("rebroadcast")
            return self._broadcast(lease, after)
        return after

    def _mined(self, slot: Slot) -> Mined | None:
        for attempt in reversed(slot.attempts):
            mined = self._chain.mined(attempt.tx)
            if mined is not None:
                return mined
        return None

    def _final_nonce(self, final: int) -> int | None:
        try:
            return self._chain.nonce(final) if final >= 0 else None
        except StateUnavailable:
            return None

    def _bump(self, lease: Lease, slot: Slot, replan: Replan) -> Slot:
        """Replace the newest attempt by one that pays more, and anchors the newest checkpoint while it is at
        it.
        """
        now = self._clock()
        payload = replan(slot.log_id) or _payload_of(slot)
        fees = fee_rules.bump(slot.newest.fees, *self._market(), self._policy, payload.gas_limit)
        if fees is None:
            self._tally.count("fee_capped")
            held = self._broadcast(lease, send_state.held(slot, now))
            self.problem = self.problem or _CAPPED
            return held
        slot = self._store.add_attempt(lease, slot, self._attempt(payload, slot.nonce, fees), now)
        self._tally.count("bumped")
        return self._broadcast(lease, slot)

    def _market(self) -> tuple[int, int]:
        return self._chain.newest().base_fee, self._chain.priority_fee()

    def _attempt(self, payload: Payload, nonce: int, fees: Fees) -> Attempt:
        raw, tx = self._chain.sign(payload.calldata, nonce, fees, payload.gas_limit)
        return Attempt(
            tx=tx,
            raw=raw,
            size=payload.size,
            root=payload.root,
            old_size=payload.old_size,
            fees=fees,
            gas_limit=payload.gas_limit,
            created=self._clock(),
        )

    def _broadcast(self, lease: Lease, slot: Slot) -> Slot:
        """Send the newest attempt. Whatever the node says, the next look at the chain decides what it meant:
        a refusal is only reported, for a transaction may arrive and its answer be lost, or be taken in by
        another node.
        """
        try:
            result, words = self._chain.send(slot.newest.raw)
        except NodeUnreachable as error:
            result, words = SendResult.REFUSED, str(error)
        now = self._clock()
        known = (SendResult.ACCEPTED, SendResult.KNOWN, SendResult.NONCE_TOO_LOW)
        self.problem = None if result in known else f"the node does not take the transaction: {words}"
        after = send_state.sent(slot, now)
        if result is SendResult.FEE_TOO_LOW:
            after = send_state.overdue(after, now, self._timing)
        self._store.save_slot(lease, after, self._clock())
        return after

    def _save(self, lease: Lease, before: Slot, after: Slot) -> None:
        self._store.save_slot(lease, after, self._clock())
        if after.mined is not None and not after.mined.ok and (before.mined is None or before.mined.ok):
            self._tally.count("reverted")

    def _stranded(self, slots: Sequence[Slot], nonce: int) -> bool:
        """Whether the slots wait for nonces before them that nobody will use: the chain lost final blocks
        (the embedded one was reset). A lagging node looks the same for a moment, so it must last.
        """
        if not send_state.gap(slots, nonce):
            self._stranded_since = None
            return False
        if self._stranded_since is None:
            self._stranded_since = self._clock()
        return self._clock() - self._stranded_since >= self._lag


def _payload_of(slot: Slot) -> Payload:
    """What the newest attempt carried, taken out of its raw transaction."""
    newest = slot.newest
    fields = rlp_decode(newest.raw[1:])
    calldata = fields[_CALLDATA]
    assert isinstance(calldata, bytes)
    return Payload(slot.log_id, newest.size, newest.root, newest.old_size, calldata, newest.gas_limit)
