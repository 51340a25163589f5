"""What can go wrong with cases; every message tells the caller what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from service.core.errors import Problem, TallyError
from service.disputes.states import Action, State


class CaseError(TallyError):
    """Root of the errors of this room's cases."""


class CaseUnknown(CaseError):
    """There is no such trade, dispute or attachment for this reader."""


class StepForbidden(CaseError):
    """Whoever asks may never take this step, in whatever state the dispute is."""


class StepRefused(CaseError):
    """The step is not possible now; `allowed` are the steps that are, for the one who asked."""

    def __init__(self, action: Action, state: State, allowed: Sequence[Action]) -> None:
        super().__init__(f"{action.value} is not possible in a dispute that is {state.value}")
        self.action = action
        self.state = state
        self.allowed = tuple(allowed)


class ClaimOpen(CaseError):
    """The trade has an open dispute with this claim code; go on there."""

    def __init__(self, dispute: str, state: State) -> None:
        super().__init__("the trade has an open dispute with this claim code")
        self.dispute = dispute
        self.state = state


class StepRepeatedOtherwise(CaseError):
    """The idempotency key or the dispute's id was used before, for something else."""


class StepRejected(CaseError):
    """The step's content is not acceptable; every reason at once."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = problems


class AttachmentsFull(CaseError):
    """The dispute has as many attachments, or as many bytes of them, as it may have."""


class TooManyAtOnce(CaseError):
    """Other steps of the same dispute kept coming first; try again."""


class EvidenceTooLarge(TallyError):
    """A trade's evidence is more than one file can carry; the message says what to leave out."""
