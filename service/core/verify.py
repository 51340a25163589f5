"""Verification of receipts in the numbered steps of docs/protocol.md §13.

Pure: the caller brings trust, clock and chain view.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from service.core import receipt as receipts
from service.core.chain_view import ChainView
from service.core.checkpoint import LogIdentity, SignedCheckpoint, parse_signed
from service.core.disclosure import Disclosed
from service.core.entry import Entry
from service.core.entry import statement_digest as digest_of
from service.core.errors import FormatError, TallyError
from service.core.merkle import leaf_hash
from service.core.receipt import Receipt
from service.core.times import parse_time
from service.core.trust import Trust
from service.core.verdict import (
    STEP_TITLES,
    CheckpointFact,
    ConsentFact,
    EntryFact,
    Facts,
    Report,
    Status,
    Step,
    StepFailed,
    StepSkipped,
    StepUndecided,
    Verdict,
    WrongFile,
    most_severe,
)
from service.core.verify_anchor import Context, Evidence, anchor_fact, check_anchor, confirm
from service.core.verify_checkpoint import (
    check_by_trusted_key,
    check_received,
    check_self_consistent,
    trusted_log,
)
from service.core.verify_consent import check_consents, check_signatures, require_valid
from service.core.verify_content import check_disclosures, check_entry, check_inclusion
from service.core.verify_promise import judge_promise
from service.core.verify_trade import check_trades

T = TypeVar("T")


def verify_receipt(
    data: bytes,
    *,
    trust: Trust | None,
    block_hashes: Mapping[int, Collection[bytes]] | None = None,
    view: ChainView | None = None,
    now: int,
) -> Report:
    """Verify one receipt file.

    `trust`: the caller's trust file, if any; `block_hashes`: per chain id the hashes of blocks that the
    caller knows to be final; `view`: the caller's node or nodes; `now`: the caller's clock, ms. Never
    raises for whatever the bytes are: the report's verdict and steps say what is wrong.
    """
    return _Run(trust, block_hashes or {}, view, now).verify(data)


def verify_receipts(
    files: Iterable[bytes],
    *,
    trust: Trust | None,
    block_hashes: Mapping[int, Collection[bytes]] | None = None,
    view: ChainView | None = None,
    now: int,
) -> tuple[Report, ...]:
    """Verify several receipts and, as step 9, that those of one log and trade fit together; reports in
    order."""
    return join_trades(
        [verify_receipt(data, trust=trust, block_hashes=block_hashes, view=view, now=now) for data in files]
    )


def join_trades(reports: Sequence[Report]) -> tuple[Report, ...]:
    """Step 9 over reports on receipts given together: the same reports with that step decided."""
    if len(reports) < 2:
        return tuple(reports)
    steps = check_trades(reports)
    return tuple(_with_step(report, step) for report, step in zip(reports, steps, strict=True))


def _with_step(report: Report, step: Step) -> Report:
    steps = tuple(step if each.number == step.number else each for each in report.steps)
    verdict = report.verdict
    if step.status is Status.BAD:
        verdict = most_severe([verdict, Verdict.TAMPERED])
    return replace(report, steps=steps, verdict=verdict)


@dataclass(slots=True)
class _Run:
    """One verification: steps run in order, each outcome noted; later steps see what earlier ones proved."""

    trust: Trust | None
    block_hashes: Mapping[int, Collection[bytes]]
    view: ChainView | None
    now: int
    steps: list[Step] = field(default_factory=list)
    objections: list[Verdict] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    signatures: tuple[tuple[str, str], ...] = ()
    consents: tuple[ConsentFact, ...] = ()

    def verify(self, data: bytes) -> Report:
        receipt = self._step(1, lambda: _parse(data))
        if receipt is None:
            return self._report()
        log = receipt.log
        identity = LogIdentity(log.origin, log.id, log.chain_id, log.registry)
        entry = self._step(2, lambda: check_entry(receipt))
        claims = self._step(3, lambda: check_disclosures(receipt.disclosures, _need(entry).statement.digests))
        self._step(4, lambda: self._signatures(identity, _need(entry), _need(claims)))
        checkpoint, unreadable = _read_checkpoint(receipt)
        leaf = leaf_hash(receipt.entry)
        included = self._step(5, lambda: _included(receipt, leaf, _need(checkpoint)))
        address = self._step(6, lambda: self._checkpoint(checkpoint, unreadable, identity, _need(entry)))
        if entry and claims is not None and checkpoint and included and not self._is_bad():
            self._note_entry(receipt, entry, claims, leaf)
            if address is not None:
                self._note_checkpoint(checkpoint, address)
        if checkpoint is not None:
            context = Context(
                receipt, identity, leaf, checkpoint, self.trust, self.block_hashes, self.view, self.now
            )
            self._anchors(context)
        else:
            self._step(7, lambda: _need(None))
            self._step(8, lambda: _need(None))
        self._step(9, lambda: _alone(_need(entry)))
        return self._report()

    def _signatures(self, identity: LogIdentity, entry: Entry, claims: tuple[Disclosed, ...]) -> None:
        """Step 4. What was signed is noted before a consent is judged: it is part of a genuine record."""
        disclosed = {each.name: each.value for each in claims}
        self.signatures = check_signatures(identity, entry)
        self.consents = check_consents(identity, entry.statement, disclosed)
        require_valid(self.consents)

    def _checkpoint(
        self,
        checkpoint: SignedCheckpoint | None,
        unreadable: str,
        identity: LogIdentity,
        entry: Entry,
    ) -> str:
        if checkpoint is None:
            raise StepFailed("checkpoint_malformed", unreadable)
        address = check_self_consistent(checkpoint, identity, self.now)
        check_received(checkpoint, parse_time(entry.received))
        check_by_trusted_key(checkpoint, address, trusted_log(self.trust, identity))
        return address

    def _anchors(self, context: Context) -> None:
        evidences = self._step(7, lambda: _check_all(context))
        confirmed = self._step(8, lambda: self._confirm_all(context, evidences))
        if confirmed:
            earliest = min(confirmed, key=lambda each: (each.slot.timestamp if each.slot else 0, each.size))
            self.facts = replace(self.facts, anchor=anchor_fact(context, earliest))

    def _confirm_all(self, context: Context, evidences: list[Evidence] | None) -> list[Evidence]:
        """Confirm each anchor, then judge the promise by those that are confirmed (with none: by the
        node)."""
        if self._is_bad():
            raise StepSkipped("needs_earlier_step", "an earlier step failed")
        confirmed: list[Evidence] = []
        objection: StepUndecided | None = None
        for evidence in evidences or ():
            try:
                confirmed.append(confirm(context, evidence))
            except StepUndecided as undecided:
                objection = objection or undecided
        if Verdict.LOG_NOT_TRUSTED not in self.objections:
            self.facts = replace(self.facts, promise=judge_promise(context, confirmed))
        if objection is not None:
            raise objection
        if not confirmed:
            raise StepSkipped("nothing_to_check", "no anchor passed step 7")
        return confirmed

    def _step(self, number: int, check: Callable[[], T]) -> T | None:
        """Run one step; note its outcome. Anything but a TallyError is a bug and passes through."""
        status, reason, detail, value = Status.OK, "ok", "", None
        try:
            value = check()
        except StepFailed as failed:
            status, reason, detail = failed.status, failed.reason, failed.detail
            self.objections.append(failed.verdict)
        except TallyError as error:
            status, reason, detail = Status.BAD, "malformed", str(error)
            self.objections.append(Verdict.TAMPERED)
        self.steps.append(Step(number, STEP_TITLES[number - 1], status, reason, detail))
        return value

    def _is_bad(self) -> bool:
        """Whether the receipt is refuted; a consent that does not hold refutes no record."""
        return any(each in (Verdict.TAMPERED, Verdict.WRONG_FILE) for each in self.objections)

    def _report(self) -> Report:
        verdict = most_severe(self.objections)
        if verdict is Verdict.GOOD and any(step.status is not Status.OK for step in self.steps[:8]):
            verdict = Verdict.ANCHOR_NOT_CHECKED  # nothing is good that was not looked at
        return Report(verdict, tuple(self.steps), self.facts)

    def _note_entry(
        self,
        receipt: Receipt,
        entry: Entry,
        claims: tuple[Disclosed, ...],
        leaf: bytes,
    ) -> None:
        statement, log = entry.statement, self.trust.log(receipt.log.id) if self.trust else None
        fact = EntryFact(
            origin=receipt.log.origin,
            log_id=receipt.log.id,
            log_name=None if log is None else log.name,
            chain_id=receipt.log.chain_id,
            registry=receipt.log.registry,
            event=statement.event,
            trade=statement.trade,
            type=statement.type,
            seq=entry.seq,
            prev=entry.prev,
            index=receipt.index,
            leaf=leaf,
            statement_digest=digest_of(statement.encode()),
            occurred=statement.occurred,
            received=entry.received,
            claims=tuple((each.name, each.value) for each in claims),
            withheld=len(statement.digests) - len(claims),
            signatures=self.signatures,
            consents=self.consents,
        )
        self.facts = replace(self.facts, entry=fact)

    def _note_checkpoint(self, signed: SignedCheckpoint, address: str) -> None:
        fact = CheckpointFact(
            signed.size, signed.root, signed.signed_at, signed.anchor_by, signed.via, address
        )
        self.facts = replace(self.facts, checkpoint=fact)


def _parse(data: bytes) -> Receipt:
    try:
        return receipts.parse(data)
    except receipts.NotAReceipt as error:
        raise WrongFile("not_a_receipt", str(error)) from None
    except FormatError as error:
        raise StepFailed("receipt_malformed", str(error)) from None


def _need(value: T | None) -> T:
    if value is None:
        raise StepSkipped("needs_earlier_step", "an earlier step failed")
    return value


def _read_checkpoint(receipt: Receipt) -> tuple[SignedCheckpoint | None, str]:
    """The POST's note taken apart; step 5 needs it, step 6 reports it if unreadable."""
    try:
        return parse_signed(receipt.checkpoint), ""
    except TallyError as error:
        return None, str(error)


def _included(receipt: Receipt, leaf: bytes, checkpoint: SignedCheckpoint) -> bool:
    check_inclusion(receipt, leaf, checkpoint)
    return True


def _check_all(context: Context) -> list[Evidence]:
    """Step 7: every anchor is checked, for no member of a receipt goes unchecked; a bad one outweighs the
    rest."""
    if not context.receipt.anchors:
        raise StepUndecided(Verdict.NOT_ANCHORED_YET, "no_anchors", "the receipt holds no anchor yet")
    evidences: list[Evidence] = []
    objection: StepUndecided | None = None
    for anchor in context.receipt.anchors:
        try:
            evidences.append(check_anchor(context, anchor))
        except StepUndecided as undecided:
            objection = objection or undecided
    if objection is not None:
        raise objection
    return evidences


def _alone(entry: Entry) -> None:
    if entry.seq > 0:
        raise StepSkipped("only_one", f"entries 0 to {entry.seq - 1} of the trade were not given")
