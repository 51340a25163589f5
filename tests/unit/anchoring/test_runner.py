"""The thread that anchors goes on, whatever fails in one round."""

from __future__ import annotations

from threading import Event
from typing import cast

from service.anchoring.runner import Anchoring
from service.anchoring.worker import AnchorWorker


class Failing:
    """A worker of which one part always fails."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.rounds = 0
        self.third = Event()

    def step(self) -> None:
        self.rounds += 1
        if self.rounds == 3:
            self.third.set()
        if self.part == "step":
            raise RuntimeError

    def problems(self) -> dict[str, str]:
        if self.part == "problems":
            raise RuntimeError
        return {}

    def release(self) -> None:
        pass


def test_no_failure_ends_the_thread() -> None:
    for part in ("step", "problems"):
        worker = Failing(part)
        anchoring = Anchoring(cast(AnchorWorker, worker), 0.001, lambda: 0)
        anchoring.start()
        assert worker.third.wait(10), part
        anchoring.stop()
