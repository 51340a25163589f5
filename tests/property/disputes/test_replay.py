"""Replaying: any entries in any order give cases and raise nothing; told by rule, no step is ever ignored."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from service.disputes.cases import Case, replay
from service.disputes.index import case_files, indexed
from service.disputes.states import AWAITING_ANSWER, TRANSITIONS, Action, State, transition
from tests.unit.disputes.told import HOUR, Told

_TYPES = (
    "dispute_opened",
    "dispute_answer",
    "dispute_evidence",
    "dispute_award",
    "payout",
    "refund",
    "quote",
)
_VALUES = st.recursive(
    st.sampled_from(
        [
            *("d1", "d2", "user", "platform", "substantive", "info_request", "acknowledgement", "for_user"),
            *("settled", "withdrawn", "for_platform", "succeeded", "money", "to_user", "0x" + "ab" * 32),
            *(None, True, 0, 1, 500),
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["event", "digest", "code", "role", "leg", "amount", "kind", "refs"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
_OTHER_CLAIMS = st.dictionaries(
    st.sampled_from(
        [
            *("dispute", "by", "claim", "kind", "position", "reasons", "attachments", "outcome", "amount"),
            *(
                "state",
                "direction",
                "legs",
                "cause",
                "actor",
                "item",
                "document",
                "payout",
                "refund",
                "forum",
            ),
        ]
    ),
    _VALUES,
    max_size=6,
)
# Most of them name one of two disputes, so that cases come about at all.
_CLAIMS = st.builds(
    lambda dispute, claims: {**dispute, **claims},
    st.sampled_from([{"dispute": "d1"}, {"dispute": "d1"}, {"dispute": "d2"}, {}]),
    _OTHER_CLAIMS,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_TYPES), _CLAIMS), max_size=12), st.randoms())
def test_any_entries_give_cases(steps: list[tuple[str, dict[str, Any]]], random: Any) -> None:
    told = Told()
    for event_type, claims in steps:
        told.add(event_type, 0, **claims)
    proceedings = replay(told.entries)
    shuffled = list(told.entries)
    random.shuffle(shuffled)
    assert replay(shuffled) == proceedings, "the log's order is what counts, not the list's"
    openings = [each for each in told.entries if each.type == "dispute_opened"]
    noted = len(proceedings.cases) + len(proceedings.strays) + sum(len(c.steps) for c in proceedings.cases)
    told_of = [e for e in told.entries if e.type.startswith("dispute_")]
    assert noted == len(told_of), "every entry of a dispute is a step, a stray, or an opening"
    assert len(proceedings.cases) <= len(openings)
    for case in proceedings.cases:
        _check(case)
        indexed(b"l" * 32, case, len(told.entries))
        case_files(case)


def _check(case: Case) -> None:
    """The states follow the table, and the state at the end is the last step's, or that of a payment."""
    state = State.OPENED
    for step in case.steps:
        if step.ignored is None:
            assert step.action is not None
            paid = transition(state, Action.PAY)
            possible = {transition(state, step.action), paid and transition(paid, step.action)}
            assert step.state in possible
            state = step.state
        else:
            assert step.state in {state, transition(state, Action.PAY)}
            state = step.state
    assert case.state in {state, transition(state, Action.PAY)}


class Dispute(RuleBasedStateMachine):
    """A dispute by the book beside a model of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.told = Told()
        self.told.opened()
        self.model = State.OPENED

    @property
    def case(self) -> Case:
        (case,) = replay(self.told.entries).cases
        return case

    def _moves(self, action: Action) -> None:
        self.model = TRANSITIONS[self.model][action]

    @precondition(lambda self: self.model is State.OPENED)
    @rule()
    def acknowledge(self) -> None:
        self.told.answer("acknowledgement")
        self._moves(Action.ACKNOWLEDGE)

    @precondition(lambda self: self.model in AWAITING_ANSWER)
    @rule()
    def ask(self) -> None:
        self.told.answer("info_request")
        self._moves(Action.REQUEST_INFO)

    @precondition(lambda self: self.model in AWAITING_ANSWER or self.model is State.ANSWERED)
    @rule(by=st.sampled_from(["user", "platform", "mediator"]))
    def file(self, by: str) -> None:
        self.told.evidence(by)
        self._moves(Action.USER_EVIDENCE if by == "user" else Action.OTHER_EVIDENCE)

    @precondition(lambda self: self.model in AWAITING_ANSWER or self.model is State.ANSWERED)
    @rule()
    def answer(self) -> None:
        self.told.to_the_point()
        self._moves(Action.ANSWER)

    @precondition(lambda self: Action.AWARD_USER in TRANSITIONS[self.model])
    @rule(outcome=st.sampled_from(["for_user", "for_platform"]), amount=st.integers(1, 900))
    def award(self, outcome: str, amount: int) -> None:
        self.told.award(outcome, amount=amount)
        self._moves(Action.AWARD_USER if outcome == "for_user" else Action.AWARD_PLATFORM)

    @precondition(lambda self: Action.SETTLE in TRANSITIONS[self.model])
    @rule(withdrawn=st.booleans())
    def end(self, withdrawn: bool) -> None:
        self.told.award("withdrawn" if withdrawn else "settled")
        self._moves(Action.WITHDRAW if withdrawn else Action.SETTLE)

    @rule(amount=st.integers(1, 600))
    def pay(self, amount: int) -> None:
        case = self.case
        self.told.payout(amount, leg=len(self.told.entries))
        owed = transition(self.model, Action.PAY) is not None
        if owed and case.paid + amount >= (case.owed or 1):
            self.model = State.PAID

    @rule(hours=st.integers(1, 100))
    def wait(self, hours: int) -> None:
        self.told.now += hours * HOUR

    @rule(dispute=st.sampled_from(["d", "elsewhere"]))
    def nonsense(self, dispute: str) -> None:
        self.told.answer("substantive", dispute)
        self.told.add("dispute_award", dispute=dispute)

    @invariant()
    def told_as_modelled(self) -> None:
        case = self.case
        assert case.state is self.model
        assert [step.ignored for step in case.steps if step.entry.claims.get("outcome")] == [None] * len(
            [step for step in case.steps if step.entry.claims.get("outcome")]
        )
        assert (case.runs is not None) == (self.model in AWAITING_ANSWER)
        clock = case.clock
        assert clock is not None
        assert clock.due >= case.opened.received
        if self.model is State.ANSWERED:
            assert clock.answered_at is not None


TestDispute = Dispute.TestCase
TestDispute.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
