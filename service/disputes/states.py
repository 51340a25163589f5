"""The state of one dispute and the steps that change it: one table, no clock, no storage.

Whether an answer is overdue is not a state but a reading of the answer clock at some time; whether an award
is paid follows from the payments recorded after it. Both come to this machine as plain actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a dispute stands."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    INFO_REQUESTED = "info_requested"
    ANSWERED = "answered"
    AWARDED_FOR_USER = "awarded_for_user"
    AWARDED_FOR_PLATFORM = "awarded_for_platform"
    PAID = "paid"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What somebody does in a dispute; each but `pay` is an entry of its own."""

    ACKNOWLEDGE = "acknowledge"
    REQUEST_INFO = "request_info"
    ANSWER = "answer"
    USER_EVIDENCE = "user_evidence"
    OTHER_EVIDENCE = "other_evidence"
    AWARD_USER = "award_for_user"
    AWARD_PLATFORM = "award_for_platform"
    SETTLE = "settle"
    WITHDRAW = "withdraw"
    PAY = "pay"


_UNDECIDED: Final[Mapping[Action, State]] = {
    Action.ANSWER: State.ANSWERED,
    Action.AWARD_USER: State.AWARDED_FOR_USER,
    Action.AWARD_PLATFORM: State.AWARDED_FOR_PLATFORM,
    Action.SETTLE: State.SETTLED,
    Action.WITHDRAW: State.WITHDRAWN,
}
# A second body (a court after a mediator) may decide otherwise, and the parties may settle all the same.
_DECIDED: Final[Mapping[Action, State]] = {
    Action.AWARD_USER: State.AWARDED_FOR_USER,
    Action.AWARD_PLATFORM: State.AWARDED_FOR_PLATFORM,
    Action.SETTLE: State.SETTLED,
    Action.WITHDRAW: State.WITHDRAWN,
}


def _evidence(state: State) -> Mapping[Action, State]:
    """Evidence is heard and leaves the state as it is."""
    return {Action.USER_EVIDENCE: state, Action.OTHER_EVIDENCE: state}


TRANSITIONS: Final[Mapping[State, Mapping[Action, State]]] = {
    State.OPENED: {
        Action.ACKNOWLEDGE: State.ACKNOWLEDGED,
        Action.REQUEST_INFO: State.INFO_REQUESTED,
        **_evidence(State.OPENED),
        **_UNDECIDED,
    },
    State.ACKNOWLEDGED: {
        Action.REQUEST_INFO: State.INFO_REQUESTED,
        **_evidence(State.ACKNOWLEDGED),
        **_UNDECIDED,
    },
    State.INFO_REQUESTED: {
        # Asking again prolongs the rest of the clock; what the user files ends it.
        Action.REQUEST_INFO: State.INFO_REQUESTED,
        Action.USER_EVIDENCE: State.ACKNOWLEDGED,
        Action.OTHER_EVIDENCE: State.INFO_REQUESTED,
        **_UNDECIDED,
    },
    State.ANSWERED: {**_evidence(State.ANSWERED), **_UNDECIDED},
    State.AWARDED_FOR_USER: {**_DECIDED, Action.PAY: State.PAID},
    State.AWARDED_FOR_PLATFORM: _DECIDED,
    State.SETTLED: {Action.PAY: State.PAID},
    State.PAID: {},
    State.WITHDRAWN: {},
}
"""Every allowed step; what is not in here is refused by the service, and ignored where a log holds it."""

AWAITING_ANSWER: Final = frozenset({State.OPENED, State.ACKNOWLEDGED, State.INFO_REQUESTED})
"""The answer clock runs, or rests."""

_BY_ROLE: Final[Mapping[Action, frozenset[str]]] = {
    Action.ACKNOWLEDGE: frozenset({"platform"}),
    Action.REQUEST_INFO: frozenset({"platform"}),
    Action.ANSWER: frozenset({"platform"}),
    Action.USER_EVIDENCE: frozenset({"user"}),
    Action.OTHER_EVIDENCE: frozenset({"platform", "mediator", "arbitrator"}),
    # A platform reports the award of a body that has no access here.
    Action.AWARD_USER: frozenset({"platform", "mediator", "arbitrator"}),
    Action.AWARD_PLATFORM: frozenset({"platform", "mediator", "arbitrator"}),
    Action.SETTLE: frozenset({"platform", "user", "mediator", "arbitrator"}),
    Action.WITHDRAW: frozenset({"platform", "user"}),
    Action.PAY: frozenset(),
}


def transition(state: State, action: Action) -> State | None:
    """The state after the action; None when the action is not possible in this state."""
    return TRANSITIONS[state].get(action)


def permitted(action: Action, role: str, claimant: str) -> bool:
    """Whether somebody of this role may take the step at all; only who claims may withdraw the claim."""
    return role in _BY_ROLE[action] and (action is not Action.WITHDRAW or role == claimant)


def allowed(state: State, role: str, claimant: str) -> tuple[Action, ...]:
    """What somebody of this role may do now, in a fixed order."""
    return tuple(
        action for action in Action if action in TRANSITIONS[state] and permitted(action, role, claimant)
    )
