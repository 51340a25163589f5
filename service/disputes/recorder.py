"""Events that the service posts itself: dispute steps taken by a user or arbitrator, erasures, holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from service.disputes.ports import CaseLog, Random
from service.log.ports import Appended
from service.log.prepare import prepare
from service.profiles import giftcard

_PATIENCE_SECONDS = 30.0


class LogRecorder:
    """The `Recorder` over a log's sequencer. Blocking: call it off the event loop."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def record(self, log: CaseLog, event: Mapping[str, object], *, after: int | None = None) -> Appended:
        """Check, prepare and append one event; returns once it is durable."""
        giftcard.check_event(event, poster="service")

        def resolve(name: str) -> bytes | None:
            return log.reader.digests([name]).get(name)

        submission = replace(prepare(log.identity, event, resolve, self._random), after=after)
        return log.sequencer.submit([submission]).result(_PATIENCE_SECONDS).appended[0]
