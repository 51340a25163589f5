"""The anchor worker: looks at the chain, and does the one next thing about it. Every step can be the last
before a crash.

Nothing is remembered that matters: each step starts from the store and the chain. A lease elects the worker
that sends; if two ever do (a process that slept through its lease), the registry's compare-and-swap lets one
through and the other reads the new head.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from service.anchoring.errors import (
    AnchoringError,
    ForeignHistory,
    HeadMoved,
    LeaseLost,
    NodeUnreachable,
    SizeNotGreater,
)
from service.anchoring.fees import FeePolicy, ether
from service.anchoring.guards import ClockGuard, DeadlineGuard
from service.anchoring.mirror import Mirror
from service.anchoring.ports import (
    AnchorStore,
    Block,
    Chain,
    Clock,
    Lease,
    LogAnchoring,
    LogToAnchor,
    RegistryHead,
    Settler,
)
from service.anchoring.schedule import Waiting, order
from service.anchoring.send_state import Timing
from service.anchoring.settlement import Settlement
from service.anchoring.tally import Tally
from service.anchoring.tx_sender import Payload, TxSender
from service.core.checkpoint import ZERO, SignedCheckpoint, parse_signed
from service.core.errors import TallyError

T = TypeVar("T")

_LEASE_MS = 30_000
_GAS_MARGIN = 20_000
_STALE_BLOCK = 60
_LOW_BALANCE = 10
"""The gas account is low when it pays for fewer anchors at the whole budget."""


@dataclass(frozen=True, slots=True)
class WorkerPolicy:
    """`interval` between anchors of one log (ms); `promise`, `slack` (s) as in `DeadlineGuard`; fees and
    timing of sending.
    """

    interval: int
    promise: int
    slack: int
    fees: FeePolicy
    timing: Timing


class AnchorWorker:
    """Anchors the newest checkpoints of many logs with one gas key. `step` is called by one thread, again and
    again.

    `holder` names this process in the lease; `leads` False: it only watches (another process sends).
    """

    def __init__(
        self,
        chain: Chain,
        store: AnchorStore,
        logs: Sequence[LogToAnchor],
        policy: WorkerPolicy,
        clock: Clock,
        holder: str,
        *,
        settler: Settler | None = None,
        leads: bool = True,
    ) -> None:
        self.tally = Tally()
        self.clock_guard = ClockGuard()
        self.deadlines = DeadlineGuard(policy.promise, policy.slack, clock())
        self._logs = {log.log_id: log for log in logs}
        self._chain, self._store, self._policy, self._clock = chain, store, policy, clock
        self._holder, self._settler, self._leads = holder, settler, leads
        self._mirror = Mirror(chain, store, clock, self.tally)
        self._settlement = Settlement(chain, store, clock, self.tally)
        lag = policy.timing.rebroadcast if settler is None else 0  # a chain of our own has one node
        self._sender = TxSender(chain, store, policy.fees, policy.timing, clock, self.tally, lag=lag)
        self._anchored: dict[bytes, int] = {}
        self._problems: dict[bytes, str] = {}
        self._foreign: dict[bytes, str] = {}
        self._newest_block: Block | None = None
        self._audit_due = True

    def add(self, log: LogToAnchor) -> None:
        """Anchor this log too, from the next step on."""
        self._logs = {**self._logs, log.log_id: log}

    def remove(self, log_id: bytes) -> None:
        """Anchor this log no more (it was sealed)."""
        self._logs = {key: log for key, log in self._logs.items() if key != log_id}

    def foreign(self, log_id: bytes) -> str | None:
        """Why the registry's history of this log is not ours; None while it is."""
        return self._foreign.get(log_id)

    def problems(self) -> dict[str, str]:
        """What is in the way of anchoring now: of all logs, of one (its origin), of the gas account."""
        metrics = self.tally.snapshot()
        found = {"anchoring": metrics.problem} if metrics.problem else {}
        for log_id, log in self._logs.items():
            standing = metrics.logs.get(log_id)
            if standing is not None and standing.problem:
                found[log.identity.origin] = standing.problem
        enough = _LOW_BALANCE * self._policy.fees.budget
        looked = metrics.leading and metrics.reachable and metrics.final_block >= 0
        if looked and self._settler is None and metrics.balance < enough:
            found["gas"] = (
                f"the account {self._chain.sender}, which pays for anchors, holds less than {ether(enough)} "
                f"ether: {_LOW_BALANCE} anchors at the highest price that the network file allows"
            )
        return found

    def step(self) -> None:
        """Look, act, and note the deadlines. Raises nothing that a later step could mend; `LeaseLost` ends a
        term quietly.
        """
        problem: str | None = None
        try:
            self._look()
            lease = self._lease()
            self.tally.set(reachable=True, leading=lease is not None)
            if lease is None:
                self._stand_by()
            else:
                self._lead(lease)
        except NodeUnreachable as error:
            self.tally.count("node_failures")
            self.tally.set(reachable=False)
            problem = str(error)
            self._restore()
        except LeaseLost:
            self.tally.set(leading=False)
        except AnchoringError as error:
            problem = str(error)
        finally:
            for log in self._logs.values():
                self._of(log, self._note_deadline)
        self.tally.set(problem=problem or self._sender.problem)

    def release(self) -> None:
        """Give the lease back, so that another process takes over at once."""
        lease = self._lease()
        if lease is not None:
            self._store.release(lease)

    def _lease(self) -> Lease | None:
        if not self._leads:
            return None
        name = f"{self._chain.chain_id}:{self._chain.sender}"
        return self._store.acquire(name, self._holder, self._clock(), _LEASE_MS)

    def _look(self) -> None:
        """Read the newest block. If the chain is not the one last seen carried on, or this is the first look,
        proofs are due for an audit.
        """
        block, now = self._chain.newest(), self._clock()
        old = block.timestamp < now // 1000 - _STALE_BLOCK
        self.clock_guard.saw(block.number, block.timestamp, now, catching_up=old and self._chain.syncing())
        self.tally.set(block=block.number, skew=self.clock_guard.skew)
        before = self._newest_block
        if before is None or not self._carries_on(before, block):
            self._audit_due = True
        self._newest_block = block

    def _carries_on(self, before: Block, block: Block) -> bool:
        if block.number <= before.number:
            return block == before
        there = self._chain.block(before.number)
        return there is not None and there.hash == before.hash

    def _restore(self) -> None:
        """A node of our own that does not answer may have died: start it, and put back what it lost."""
        if self._settler is None or not self._leads:
            return
        try:
            if self._settler.restore():
                self.tally.count("resets")
                self._newest_block = None
        except AnchoringError as error:
            self.tally.set(problem=str(error))

    def _lead(self, lease: Lease) -> None:
        if self._audit_due:
            self._settlement.audit(lease)
            self._audit_due = False
        heads, busy = self._sync_all(lease), self._sender.busy()
        while not self._sender.watch(lease, self._replan):
            opened = self._open_next(lease, heads)
            if opened is None:
                break
            busy = True
            head = self._of(opened, lambda log: self._sync(lease, log))
            if head is not None:
                heads[opened] = head
        if busy:
            heads = self._sync_all(lease)
        if self._settler is not None and self._settlement.waiting():
            self._settler.settle()
        self._settlement.advance(lease, {log.log_id for log in heads})
        self.tally.set(final_block=self._chain.final(), balance=self._chain.balance())

    def _sync_all(self, lease: Lease) -> dict[LogToAnchor, RegistryHead]:
        heads = {log: self._of(log, lambda each: self._sync(lease, each)) for log in self._logs.values()}
        return {log: head for log, head in heads.items() if head is not None}

    def _sync(self, lease: Lease, log: LogToAnchor) -> RegistryHead:
        head = self._mirror.sync(lease, log)
        self._foreign.pop(log.log_id, None)
        return head

    def _stand_by(self) -> None:
        """Others send; but whoever signs must know when the registry's history is not ours."""
        for log in self._logs.values():
            self._of(log, self._check)

    def _check(self, log: LogToAnchor) -> None:
        self._mirror.check(log)
        self._foreign.pop(log.log_id, None)

    def _of(self, log: LogToAnchor, work: Callable[[LogToAnchor], T]) -> T | None:
        """Do something for one log; what is wrong with it is noted and does not hold up the others."""
        try:
            done = work(log)
        except (NodeUnreachable, LeaseLost):
            raise
        except ForeignHistory as error:
            self._foreign[log.log_id] = str(error)
            return None
        except TallyError as error:
            self._problems[log.log_id] = str(error)
            return None
        return done

    def _open_next(self, lease: Lease, heads: Mapping[LogToAnchor, RegistryHead]) -> LogToAnchor | None:
        """Send the most urgent anchor that can be sent; the log it is for."""
        waiting = {
            each.log_id: (each, log) for log in heads if (each := self._waiting(log, heads[log])) is not None
        }
        now = self._clock()
        ordered = order(
            [each for each, _ in waiting.values()], now, self._policy.interval, 2 * self._policy.slack
        )
        for each in ordered:
            log = waiting[each.log_id][1]
            payload = self._of(log, lambda of: self._payload(of, heads[of], pending=True))
            if payload is None:
                continue
            self._anchored[log.log_id] = now
            if self._sender.open(lease, payload) is not None:
                return log
        return None

    def _waiting(self, log: LogToAnchor, head: RegistryHead) -> Waiting | None:
        promises = log.view.checkpoints(head.size, 1)
        if not promises:
            return None
        anchored = max(self._anchored.get(log.log_id, 0), 1000 * head.timestamp)
        return Waiting(log.log_id, promises[0].anchor_by, anchored)

    def _replan(self, log_id: bytes) -> Payload | None:
        log = self._logs.get(log_id)
        if log is None:
            return None
        # The pool holds the very transaction that is to be replaced: look past it.
        head = self._chain.head(log_id)
        return self._of(log, lambda of: self._payload(of, head, pending=False))

    def _payload(self, log: LogToAnchor, head: RegistryHead, *, pending: bool) -> Payload | None:
        """A call that the registry takes now; None when there is nothing new."""
        self._problems.pop(log.log_id, None)
        noted = log.view.latest()
        checkpoint = None if noted is None else parse_signed(noted.note)
        if checkpoint is None or checkpoint.size <= head.size:
            return None
        try:
            return self._estimated(log, checkpoint, head, pending)
        except (HeadMoved, SizeNotGreater):
            return None  # somebody was faster; the next look reads the new head

    def _estimated(
        self, log: LogToAnchor, checkpoint: SignedCheckpoint, head: RegistryHead, pending: bool
    ) -> Payload | None:
        if checkpoint.via != ZERO:
            return None  # its directory is anchored, not itself
        proof = log.view.consistency(head.size, checkpoint.size) if head.size else []
        calldata = self._chain.anchor_call(log.log_id, checkpoint, head.size, proof)
        gas = self._chain.estimate(calldata, pending=pending)
        return Payload(
            log.log_id, checkpoint.size, checkpoint.root, head.size, calldata, gas + gas // 10 + _GAS_MARGIN
        )

    def _note_deadline(self, log: LogToAnchor) -> None:
        """From the store alone, so that it works while no node answers."""
        now = self._clock()
        newest = self._store.newest(self._chain.chain_id, self._chain.registry, log.log_id)
        anchored = 0 if newest is None else newest.size
        promises = log.view.checkpoints(anchored, 1)
        anchor_by = promises[0].anchor_by if promises else None
        self.deadlines.saw(log.log_id, anchor_by, now)
        latest = log.view.latest()
        signed = 0 if latest is None else parse_signed(latest.note).size
        problem = self._foreign.get(log.log_id) or self._problems.get(log.log_id)
        self.tally.log(log.log_id, LogAnchoring(anchored, signed, anchor_by, problem))
