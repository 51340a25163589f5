from __future__ import annotations

import itertools

from service.disputes.states import TRANSITIONS, Action, State, allowed, permitted, transition

ROLES = ("platform", "user", "mediator", "arbitrator", "guarantor", "insurer", "operator")


def test_every_state_has_its_row_and_every_state_is_reached() -> None:
    assert TRANSITIONS.keys() == set(State)
    reached = {State.OPENED}
    for _ in State:
        reached |= {after for state in reached for after in TRANSITIONS[state].values()}
    assert reached == set(State)


def test_what_is_allowed_is_possible_and_permitted() -> None:
    for state, role, claimant in itertools.product(State, ROLES, ("user", "platform")):
        for action in Action:
            expected = transition(state, action) is not None and permitted(action, role, claimant)
            assert (action in allowed(state, role, claimant)) == expected


def test_the_end_is_the_end() -> None:
    for state in (State.PAID, State.WITHDRAWN):
        assert not TRANSITIONS[state]
    assert set(TRANSITIONS[State.SETTLED]) == {Action.PAY}


def test_who_may_do_what() -> None:
    assert not any(permitted(action, "user", "user") for action in (Action.ANSWER, Action.AWARD_USER))
    assert not permitted(Action.USER_EVIDENCE, "platform", "user")
    assert not permitted(Action.WITHDRAW, "platform", "user")
    assert permitted(Action.WITHDRAW, "platform", "platform")
    assert not permitted(Action.WITHDRAW, "mediator", "user")
    assert not any(permitted(action, "guarantor", "user") for action in Action)
    assert not any(permitted(Action.PAY, role, "user") for role in ROLES)


def test_an_award_ends_evidence_and_answers() -> None:
    for state in (State.AWARDED_FOR_USER, State.AWARDED_FOR_PLATFORM, State.SETTLED):
        for action in (Action.ANSWER, Action.USER_EVIDENCE, Action.OTHER_EVIDENCE, Action.REQUEST_INFO):
            assert transition(state, action) is None
