"""Verification of a trade's evidence in the numbered steps of docs/protocol.md §17.

Pure: the caller brings trust, clock and chain view. Every receipt is verified by itself first; then that
together they are the whole trade, in order, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.core import evidence as evidences
from service.core import receipt as receipts
from service.core.chain_view import ChainView
from service.core.checkpoint import SignedCheckpoint, parse_signed
from service.core.errors import FormatError, TallyError
from service.core.evidence import Evidence
from service.core.evidence_report import (
    EVIDENCE_STEPS,
    EvidenceReport,
    HeadFact,
    Problem,
    anchors_step,
)
from service.core.merkle import verify_consistency, verify_inclusion
from service.core.receipt import Receipt
from service.core.trust import Trust, TrustedLog
from service.core.verdict import Facts, Report, Status, Step, StepFailed, StepUndecided, Verdict, most_severe
from service.core.verify import join_trades, verify_receipt
from service.core.verify_checkpoint import (
    TOLERANCE,
    check_by_trusted_key,
    check_self_consistent,
    in_use_at,
    trusted_log,
)
from service.core.verify_evidence_trade import Place, check_order, foreign, places

Found = Iterator[Problem]


def verify_evidence(
    data: bytes,
    *,
    trust: Trust | None,
    block_hashes: Mapping[int, Collection[bytes]] | None = None,
    view: ChainView | None = None,
    now: int,
) -> EvidenceReport:
    """Verify one `evidence.json`. Arguments as `verify_receipt`'s. Never raises, whatever the bytes are."""
    try:
        evidence = evidences.parse(data)
    except evidences.NotEvidence as error:
        return _unreadable(Verdict.WRONG_FILE, "not_evidence", error)
    except FormatError as error:
        return _unreadable(Verdict.TAMPERED, "evidence_malformed", error)
    return verify_parsed(evidence, trust=trust, block_hashes=block_hashes, view=view, now=now)


def verify_parsed(
    evidence: Evidence,
    *,
    trust: Trust | None,
    block_hashes: Mapping[int, Collection[bytes]] | None = None,
    view: ChainView | None = None,
    now: int,
    held: Sequence[Report] = (),
) -> EvidenceReport:
    """`verify_evidence` of evidence that has been read already.

    `held`: reports on receipts that somebody else holds; a genuine one of this trade that is missing here,
    or of this log that contradicts what is shown here, convicts whoever signed the head.
    """

    def check(receipt: Receipt) -> Report:
        try:
            data = receipts.format(receipt)
        except TallyError as error:  # longer than a receipt may be
            step = Step(1, "format", Status.BAD, "receipt_malformed", str(error))
            return Report(Verdict.TAMPERED, (step,), Facts())
        return verify_receipt(data, trust=trust, block_hashes=block_hashes, view=view, now=now)

    own = [check(each) for each in evidence.receipts]
    context = [check(each) for each in evidence.context]
    joined = join_trades([*own, *context])
    confronted = join_trades([*own, *context, *held])[: len(joined)]
    return _Run(evidence, joined[: len(own)], joined[len(own) :], held, confronted, trust, now).report()


def _unreadable(verdict: Verdict, reason: str, error: Exception) -> EvidenceReport:
    step = Step(1, EVIDENCE_STEPS[0], Status.BAD, reason, str(error))
    problem = Problem(reason, str(error))
    return EvidenceReport(verdict, (step,), (problem,))


@dataclass(slots=True)
class _Run:
    """One verification: each step lists its problems; what is undecided outweighs nothing that is bad."""

    evidence: Evidence
    own: Sequence[Report]
    context: Sequence[Report]
    held: Sequence[Report]
    confronted: Sequence[Report]
    trust: Trust | None
    now: int
    steps: list[Step] = field(default_factory=lambda: [Step(1, EVIDENCE_STEPS[0], Status.OK, "ok")])
    problems: list[Problem] = field(default_factory=list)
    objections: list[Verdict] = field(default_factory=list)

    def report(self) -> EvidenceReport:
        shown = places(self.evidence, self.own)
        self._step(2, self._altered)
        self._step(3, lambda: self._trade(shown))
        checkpoint = self._checkpoint(shown)
        head = self._head(shown)
        self._step(6, self._others)
        self._step(7, self._stamps)
        step, verdicts = anchors_step(self.own, bad=bool(self.problems))
        self.steps.append(step)
        return EvidenceReport(
            verdict=most_severe([*self.objections, *verdicts]),
            steps=tuple(self.steps),
            problems=tuple(self.problems),
            evidence=self.evidence,
            receipts=tuple(self.own),
            context=tuple(self.context),
            checkpoint=checkpoint,
            head=head,
        )

    def _step(self, number: int, check: Callable[[], Found]) -> bool:
        """Run one step; its first problem is its reason. True if nothing was wrong or undecided."""
        status, reason, detail = Status.OK, "ok", ""
        found: list[Problem] = []
        try:
            for problem in check():
                found.append(problem)  # noqa: PERF402 - what was found stays when the check ends in an error
        except StepUndecided as undecided:
            status, reason, detail = undecided.status, undecided.reason, undecided.detail
            self.objections.append(undecided.verdict)
        except TallyError as error:
            found.append(Problem(getattr(error, "reason", "malformed"), str(error)))
        if found:
            self.problems += found
            self.objections.append(Verdict.TAMPERED)
            status, reason, detail = Status.BAD, found[0].reason, found[0].detail
        self.steps.append(Step(number, EVIDENCE_STEPS[number - 1], status, reason, detail))
        return status is Status.OK

    def _altered(self) -> Found:
        """2: every receipt of the trade is genuine by itself."""
        for report in self.own:
            if report.verdict in (Verdict.TAMPERED, Verdict.WRONG_FILE) and _step_nine_is_not_it(report):
                step = next(each for each in report.steps if each.status is Status.BAD)
                yield Problem("entry_altered", f"{_named(report)}: step {step.number}, {step.reason}")

    def _trade(self, shown: Sequence[Place]) -> Found:
        """3: they are of this log and trade, from seq 0 to the last, each once, in order, in one chain."""
        yield from foreign(self.evidence)
        yield from check_order(shown, self.evidence.head.count)
        for report in (*self.own, *self.context):
            nine = report.steps[-1] if report.steps else None
            if nine is not None and nine.number == 9 and nine.status is Status.BAD:
                yield Problem(nine.reason, f"{_named(report)}: {nine.detail}")

    def _checkpoint(self, shown: Sequence[Place]) -> SignedCheckpoint | None:
        """4: the checkpoint is the log's, and every entry is in its tree at its index."""
        signed: list[SignedCheckpoint] = []

        def check() -> Found:
            try:
                signed.append(parse_signed(self.evidence.checkpoint))
            except TallyError as error:
                yield Problem("checkpoint_malformed", str(error))
                return
            (checkpoint,) = signed
            for place in shown:
                try:
                    verify_inclusion(
                        place.leaf, place.index, checkpoint.size, place.inclusion, checkpoint.root
                    )
                except TallyError as error:
                    yield Problem("entry_not_in_checkpoint", f"{place.name}: {error}")
            yield from _forks(checkpoint, self.evidence)
            yield from self._dates(checkpoint)
            address = check_self_consistent(checkpoint, self.evidence.identity, self.now)
            check_by_trusted_key(checkpoint, address, trusted_log(self.trust, self.evidence.identity))

        return signed[0] if self._step(4, check) else None

    def _dates(self, checkpoint: SignedCheckpoint) -> Found:
        taken = self.evidence.taken
        if taken > self.now + TOLERANCE * 1000:
            yield Problem("taken_in_the_future", f"taken at {taken} ms")
        if taken < (checkpoint.signed_at - TOLERANCE) * 1000:
            yield Problem("taken_before_checkpoint", f"signed at {checkpoint.signed_at}, taken at {taken} ms")

    def _head(self, shown: Sequence[Place]) -> HeadFact | None:
        """5: the log's signed word that these are all."""
        head, identity = self.evidence.head, self.evidence.identity
        fact: list[HeadFact] = []

        def check() -> Found:
            yield from _head_problems(self.evidence, shown)
            yield from _hidden(self.evidence, shown, self.held)
            yield from _contradicted((*self.own, *self.context), self.confronted)
            try:
                address = head.signer(identity)
            except TallyError as error:
                raise StepFailed("head_signature_wrong", str(error)) from None
            log = trusted_log(self.trust, identity)
            _check_head_key(log, address, self.evidence.taken)
            fact.append(HeadFact(head.count, head.leaf, head.size, head.root, address))

        return fact[0] if self._step(5, check) else None

    def _others(self) -> Found:
        """6: what the findings compare with is genuine, of this log, and of other trades."""
        leaves = set()
        for receipt, report in zip(self.evidence.context, self.context, strict=True):
            if report.verdict in (Verdict.TAMPERED, Verdict.WRONG_FILE) and _step_nine_is_not_it(report):
                step = next(each for each in report.steps if each.status is Status.BAD)
                yield Problem("context_altered", f"{_named(report)}: step {step.number}, {step.reason}")
            elif receipt.log != self.evidence.log:
                yield Problem("context_of_other_log", f"index {receipt.index} of {receipt.log.origin}")
            elif report.facts.entry is not None and report.facts.entry.trade == self.evidence.trade:
                yield Problem("entry_omitted", f"{_named(report)} of this trade stands in the context")
            if receipt.entry in leaves:
                yield Problem("context_twice", f"index {receipt.index}")
            leaves.add(receipt.entry)

    def _stamps(self) -> Found:
        """7: each time stamp's checkpoint is the log's, and its tree grew into the one above (whether the
        stamp's authority counts is the caller's question).
        """
        for stamp in self.evidence.timestamps:
            try:
                newest, stamped = parse_signed(self.evidence.checkpoint), parse_signed(stamp.checkpoint)
                verify_consistency(stamp.size, newest.size, stamp.root, newest.root, stamp.consistency)
            except TallyError as error:
                yield Problem("stamp_of_nothing", f"of size {stamp.size}: {error}")
                continue
            if (stamped.size, stamped.root) != (stamp.size, stamp.root):
                yield Problem("stamp_of_nothing", f"of size {stamp.size}, its note is of {stamped.size}")
                continue
            address = check_self_consistent(stamped, self.evidence.identity, self.now)
            check_by_trusted_key(stamped, address, trusted_log(self.trust, self.evidence.identity))


def _head_problems(evidence: Evidence, shown: Sequence[Place]) -> Found:
    head = evidence.head
    if head.log != evidence.log.id or head.trade != evidence.trade:
        yield Problem("head_of_other_trade", f"of trade {head.trade}")
    try:
        signed = parse_signed(evidence.checkpoint)
    except TallyError:
        return  # step 4 says so
    if (head.size, head.root) != (signed.size, signed.root):
        yield Problem("head_of_other_checkpoint", f"of size {head.size}, the checkpoint's is {signed.size}")
    last = next((each for each in shown if each.seq == head.count - 1), None)
    if last is not None and last.leaf != head.leaf:
        yield Problem("head_leaf_differs", "the last entry is another than the head's")


def _hidden(evidence: Evidence, shown: Sequence[Place], held: Sequence[Report]) -> Found:
    """Genuine receipts of the trade below the head's size whose entries the head does not count."""
    known, log = {each.leaf for each in shown}, evidence.log
    for report in held:
        entry, genuine = report.facts.entry, report.facts.checkpoint is not None
        if entry is None or not genuine or entry.leaf in known or entry.index >= evidence.head.size:
            continue
        here = (entry.log_id, entry.chain_id, entry.registry, entry.trade)
        if here == (log.id, log.chain_id, log.registry, evidence.trade):
            yield Problem(
                "entry_hidden", f"{_named(report)}: a genuine receipt exists, the head leaves it out"
            )


def _contradicted(alone: Sequence[Report], confronted: Sequence[Report]) -> Found:
    """What fits together by itself, and not with the genuine receipts that somebody holds."""
    for before, after in zip(alone, confronted, strict=True):
        nine = after.steps[-1] if after.steps else None
        if nine is None or nine.number != 9 or nine.status is not Status.BAD:
            continue
        if before.steps[-1].status is not Status.BAD:
            yield Problem(nine.reason, f"{_named(after)}, beside a receipt that is held: {nine.detail}")


def _check_head_key(log: TrustedLog, address: str, taken: int) -> None:
    """The head is by a key of the log that was in use when the evidence was taken."""
    keys = [key for key in log.keys if key.address == address]
    if not keys:
        # A flipped bit recovers to a stranger's address as well; nobody can tell the two apart.
        raise StepFailed("head_signature_wrong", f"signed by {address}, which the trust file does not list")
    if not any(in_use_at(key, taken) for key in keys):
        raise StepUndecided(Verdict.LOG_NOT_TRUSTED, "key_not_active", f"{address} was not in use then")


def _forks(checkpoint: SignedCheckpoint, evidence: Evidence) -> Found:
    """Roots of the same size that are signed or anchored elsewhere in the evidence are the same root."""
    for receipt in (*evidence.receipts, *evidence.context):
        roots = {(each.size, each.root) for each in receipt.anchors}
        try:
            promised = parse_signed(receipt.checkpoint)
        except TallyError:
            continue  # step 2 says so
        roots.add((promised.size, promised.root))
        if receipt.log == evidence.log and any(
            size == checkpoint.size and root != checkpoint.root for size, root in roots
        ):
            yield Problem("fork", f"two roots at size {checkpoint.size}")


def _step_nine_is_not_it(report: Report) -> bool:
    return any(each.status is Status.BAD and each.number != 9 for each in report.steps)


def _named(report: Report) -> str:
    entry = report.facts.entry
    return "an entry" if entry is None else f"seq {entry.seq} of {entry.trade} (index {entry.index})"
