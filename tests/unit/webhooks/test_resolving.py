"""Looking names up without waiting for ever."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event, Thread

import pytest

from service.webhooks.resolving import TimedResolver


def test_what_is_found_is_passed_on_and_so_is_what_goes_wrong() -> None:
    assert TimedResolver(lambda host, port: [f"{host}:{port}"])("a", 1) == ["a:1"]

    def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(OSError, match="no such name"):
        TimedResolver(nowhere)("a", 1)


def test_a_look_up_that_takes_too_long_is_left_behind() -> None:
    hanging = Event()

    def look_up(host: str, port: int) -> Sequence[str]:
        if host == "slow":
            hanging.wait()
        return [host]

    resolver = TimedResolver(look_up, seconds=0.02, at_once=2)
    patient = TimedResolver(look_up, at_once=2)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            resolver("slow", 1)
    # Two are left behind, and that is as many as may be.
    with pytest.raises(TimeoutError, match="too many"):
        resolver("quick", 1)
    assert patient("quick", 1) == ["quick"]
    hanging.set()
    for _ in range(20):
        assert patient("slow", 1) == ["slow"]


def test_a_look_up_that_cannot_begin_takes_nobodys_place(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = TimedResolver(lambda host, port: [host], at_once=1)
    with monkeypatch.context() as crowded:
        crowded.setattr(Thread, "start", lambda _: (_ for _ in ()).throw(RuntimeError("no more threads")))
        for _ in range(2):
            with pytest.raises(TimeoutError, match="now"):
                resolver("a", 1)
    assert resolver("a", 1) == ["a"]
