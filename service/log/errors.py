"""What can go wrong when events are appended to a log; every message tells the caller what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from service.core.errors import TallyError


class LogError(TallyError):
    """Root of the log room's errors."""


class UnknownLog(LogError):
    """No log has this id."""


class NotInLog(LogError):
    """The index, size or tile lies beyond the log (or beyond its newest signed checkpoint)."""


class EventConflict(LogError):
    """These event ids are taken by other content; nothing was appended. Post under new ids."""

    def __init__(self, events: Sequence[str]) -> None:
        self.events = tuple(events)
        super().__init__(f"event ids already stand for other content: {', '.join(self.events)}")


class MixedBatch(LogError):
    """Some events of a batch are in the log already (`events`) and others are not; nothing was appended.

    Take the repeated ones out, or post them on their own to get their receipts again.
    """

    def __init__(self, events: Sequence[str]) -> None:
        self.events = tuple(events)
        super().__init__(f"the batch repeats events beside new ones: {', '.join(self.events)}")


class EventErased(LogError):
    """These events were appended once and their content has been erased since; they cannot be posted
    again.
    """

    def __init__(self, events: Sequence[str]) -> None:
        self.events = tuple(events)
        super().__init__(f"the content of these events was erased: {', '.join(self.events)}")


class LogHalted(LogError):
    """The log does not append. `permanent`: never again, seal it and open a successor; otherwise after a
    restart.
    """

    def __init__(self, reason: str, *, permanent: bool = True) -> None:
        self.reason = reason
        self.permanent = permanent
        super().__init__(reason)


class RetryLater(LogError):
    """Nothing was appended; the same request may succeed after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class LogBusy(RetryLater):
    """More events wait for this log than its queue holds."""

    def __init__(self, retry_after: float = 1.0) -> None:
        super().__init__("the log's queue is full", retry_after)


class TradeMoved(RetryLater):
    """The trade has other entries by now than those this event was decided on; look again, decide again."""

    def __init__(self) -> None:
        super().__init__("the trade has moved on", 1.0)


class AnchorDeadlineRisk(RetryLater):
    """The chain takes no anchors and the oldest promise is near its deadline: no new promise is given."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("anchoring is behind and a promised deadline is near", retry_after)


class SigningStopped(RetryLater):
    """The host's clock cannot be trusted (it differs from the chain's), so nothing new is signed."""


class StoreUnavailable(RetryLater):
    """The database refused or did not answer before COMMIT: nothing was appended."""


class CommitUnknown(LogError):
    """COMMIT gave no clear answer, so nothing was signed. Post the same event again: it is appended once at
    most.
    """


class StoreFailed(LogError):
    """The storage below lost a durable write (an fsync or I/O error): only a restart, with recovery, may go
    on.
    """


class RowsRefused(LogError):
    """The database refused a row of a group and rolled the group back; its submissions are tried one by
    one.
    """
