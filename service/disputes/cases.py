"""The disputes of a trade, told by its entries in order of arrival.

A platform may post dispute events itself, in any order and as often as it likes. Replaying never raises: a
step that makes no sense where it stands is kept and marked `ignored` with a reason. Same entries, same cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from service.core.hexs import to_hex
from service.disputes.states import AWAITING_ANSWER, Action, State, transition
from service.profiles.giftcard.answer_clock import AnswerClock, answer_clock, substantive
from service.profiles.giftcard.findings.model import Shown

NOT_OPENED: Final = "not_opened"
OPENED_BEFORE: Final = "opened_before"
NOT_POSSIBLE: Final = "not_possible"
NOT_TO_THE_POINT: Final = "not_to_the_point"
NOT_THE_CLAIMANT: Final = "not_the_claimant"
UNREADABLE: Final = "unreadable"

_ANSWERS: Final[Mapping[str, Action]] = {
    "acknowledgement": Action.ACKNOWLEDGE,
    "info_request": Action.REQUEST_INFO,
    "substantive": Action.ANSWER,
}
_OUTCOMES: Final[Mapping[str, Action]] = {
    "for_user": Action.AWARD_USER,
    "for_platform": Action.AWARD_PLATFORM,
    "settled": Action.SETTLE,
    "withdrawn": Action.WITHDRAW,
}
_DECISIONS = frozenset({Action.AWARD_USER, Action.AWARD_PLATFORM, Action.SETTLE, Action.WITHDRAW})


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a dispute: what it was taken for, why it is ignored (None: it counts), the state after."""

    entry: Shown
    action: Action | None
    ignored: str | None
    state: State


@dataclass(frozen=True, slots=True)
class Case:
    """One dispute. `by` is the claimant's role, `award` the last decision that counts, `owed` what it asks
    for (None: no sum), `paid` what was paid since. `clock` is None for a claim that the platform itself
    makes: nobody promised it an answer.
    """

    dispute: str
    trade: str
    opened: Shown
    by: str
    state: State
    steps: tuple[Step, ...]
    award: Shown | None
    owed: int | None
    paid: int
    clock: AnswerClock | None

    @property
    def open(self) -> bool:
        """Whether something is still to be done: to answer, to decide, or to pay."""
        if self.state is State.SETTLED:
            return bool(self.owed)
        return self.state in AWAITING_ANSWER or self.state in (State.ANSWERED, State.AWARDED_FOR_USER)

    @property
    def code(self) -> str | None:
        """The claim's code; None when the claim is not shown."""
        claim = self.opened.claims.get("claim")
        code = claim.get("code") if isinstance(claim, dict) else None
        return code if isinstance(code, str) else None

    @property
    def runs(self) -> AnswerClock | None:
        """The answer clock while an answer is still awaited."""
        return self.clock if self.state in AWAITING_ANSWER else None


@dataclass(frozen=True, slots=True)
class Proceedings:
    """The disputes of one trade by order of opening, and steps that belong to none of them."""

    cases: tuple[Case, ...]
    strays: tuple[tuple[Shown, str], ...]

    def case(self, dispute: str) -> Case | None:
        """The case of this id."""
        return next((each for each in self.cases if each.dispute == dispute), None)


def replay(entries: Sequence[Shown]) -> Proceedings:
    """The cases that a trade's entries tell; entries of other types are passed over."""
    running: dict[str, _Running] = {}
    strays: list[tuple[Shown, str]] = []
    ordered = sorted(entries, key=lambda each: each.seq)
    for entry in ordered:
        if entry.type == "dispute_opened":
            _open(running, strays, entry)
        elif entry.type in ("dispute_answer", "dispute_evidence", "dispute_award"):
            dispute = entry.claims.get("dispute")
            case = running.get(dispute) if isinstance(dispute, str) else None
            if case is not None:
                case.take(entry)
            else:
                strays.append((entry, NOT_OPENED if isinstance(dispute, str) else UNREADABLE))
        elif entry.type in ("payout", "refund"):
            for each in running.values():
                each.pay(entry)
    return Proceedings(tuple(each.case(ordered) for each in running.values()), tuple(strays))


def _open(running: dict[str, _Running], strays: list[tuple[Shown, str]], entry: Shown) -> None:
    dispute = entry.claims.get("dispute")
    if not isinstance(dispute, str):
        strays.append((entry, UNREADABLE))
    elif dispute in running:
        running[dispute].steps.append(Step(entry, None, OPENED_BEFORE, running[dispute].state))
    else:
        running[dispute] = _Running(entry, dispute)


@dataclass(slots=True)
class _Running:
    """The fold over the entries of one dispute."""

    opened: Shown
    dispute: str
    state: State = State.OPENED
    steps: list[Step] = field(default_factory=list)
    award: Shown | None = None
    owed: int | None = None
    payments: dict[object, int] = field(default_factory=dict)
    earlier: set[object] = field(default_factory=set)

    @property
    def by(self) -> str:
        return str(self.opened.claims.get("by", "user"))

    def take(self, entry: Shown) -> None:
        """One step of this dispute: it moves the state, or is noted as ignored."""
        action, ignored = self._read(entry)
        if action is not None and ignored is None:
            following = transition(self.state, action)
            if following is None:
                ignored = NOT_POSSIBLE
            else:
                self.state = following
                if action in _DECISIONS:
                    self._decide(entry)
        self.steps.append(Step(entry, action, ignored, self.state))

    def _read(self, entry: Shown) -> tuple[Action | None, str | None]:
        """What the entry does, and why it does not count."""
        if entry.type == "dispute_evidence":
            own = entry.claims.get("by") == "user"
            return (Action.USER_EVIDENCE if own else Action.OTHER_EVIDENCE), None
        if entry.type == "dispute_answer":
            action = _ANSWERS.get(str(entry.claims.get("kind")))
            if action is None:
                return None, UNREADABLE
            vain = action is Action.ANSWER and substantive(entry) is False
            return action, NOT_TO_THE_POINT if vain else None
        action = _OUTCOMES.get(str(entry.claims.get("outcome")))
        if action is None:
            return None, UNREADABLE
        other = actor_of(entry) not in (None, self.by)
        return action, NOT_THE_CLAIMANT if action is Action.WITHDRAW and other else None

    def _decide(self, entry: Shown) -> None:
        amount = entry.claims.get("amount")
        self.award = entry
        self.owed = amount if isinstance(amount, int) else None
        self.earlier.update(self.payments)
        self.payments = {}

    def pay(self, entry: Shown) -> None:
        """A payment after the decision, unless it says that it is for something else."""
        # What arrived before the decision and is reported again after it pays nothing of it.
        paid = {key: amount for key, amount in _payments(entry) if key not in self.earlier}
        if self.award is None or transition(self.state, Action.PAY) is None:
            self.earlier.update(paid)
            return
        if not _may_be_for(entry, self.award):
            return
        self.payments.update(paid)
        # Points and vouchers are no payment; without a sum in the award any payment is taken for it.
        if paid and sum(self.payments.values()) >= (self.owed or 1):
            self.state = State.PAID

    def case(self, entries: Sequence[Shown]) -> Case:
        """The case as it stands at the end."""
        return Case(
            dispute=self.dispute,
            trade=self.opened.trade,
            opened=self.opened,
            by=self.by,
            state=self.state,
            steps=tuple(self.steps),
            award=self.award,
            owed=self.owed,
            paid=sum(self.payments.values()),
            clock=None if self.by == "platform" else answer_clock(self.opened, entries),
        )


def actor_of(entry: Shown) -> str | None:
    """In which role somebody acted by this entry, as far as it says."""
    actor = entry.claims.get("actor")
    role = actor.get("role") if isinstance(actor, dict) else None
    return role if isinstance(role, str) else None


def _may_be_for(payment: Shown, award: Shown) -> bool:
    """Whether nothing in the payment says that it is for something else."""
    cause = payment.claims.get("cause")
    if not isinstance(cause, dict):
        return True
    digest = to_hex(award.digest)
    # A payout's cause is a claim of the platform's own, so nobody completed it by the digest.
    return cause.get("event") == award.event and cause.get("digest", digest) == digest


def _payments(entry: Shown) -> Iterator[tuple[object, int]]:
    """Money that reached the user by this entry, each under what identifies it: a repeated report counts
    once.
    """
    claims = entry.claims
    if claims.get("state") != "succeeded":
        return
    if entry.type == "refund":
        amount = claims.get("amount")
        if claims.get("direction") == "to_user" and claims.get("kind") == "money" and isinstance(amount, int):
            yield ("refund", str(claims.get("refund"))), amount
        return
    legs = claims.get("legs")
    for leg in legs if isinstance(legs, list) else ():
        if (
            isinstance(leg, dict)
            and leg.get("kind", "money") == "money"
            and isinstance(leg.get("amount"), int)
        ):
            yield ("payout", str(claims.get("payout")), str(leg.get("leg"))), leg["amount"]
