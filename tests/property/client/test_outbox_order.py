"""Whatever fails in whatever order, the outbox delivers every event once, each trade in the order put."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.client import Client, Outbox, ServiceUnreachable, State
from service.core.receipt import Receipt
from tests.unit.client.events import quote
from tests.unit.client.true_log import API_KEY, NOW, TrueLog, transport

PUT = st.tuples(st.just("put"), st.integers(1, 5))
FLUSH = st.tuples(st.just("flush"), st.lists(st.sampled_from(("ok", "before", "after")), max_size=4))
RESTART = st.tuples(st.just("restart"), st.integers(1, 5))
REFUSED = st.tuples(st.just("refused"), st.just(0))


class Faulty:
    """Fails the next calls as scripted: not done, done but unheard, or done."""

    def __init__(self, client: Client, script: list[str]) -> None:
        self.client = client
        self.script = list(script)

    def _around(self, post: Any, argument: Any) -> Any:
        fault = self.script.pop(0) if self.script else "ok"
        if fault == "before":
            raise ServiceUnreachable("no network")
        answer = post(argument)
        if fault == "after":
            raise ServiceUnreachable("the answer was lost")
        return answer

    def post(self, event: Any) -> Receipt:
        return self._around(self.client.post, event)  # type: ignore[no-any-return]

    def post_batch(self, events: Sequence[Any]) -> list[Receipt]:
        return self._around(self.client.post_batch, events)  # type: ignore[no-any-return]


@settings(max_examples=40, deadline=None)
@given(st.lists(PUT | FLUSH | RESTART | REFUSED, max_size=12))
def test_every_event_once_and_in_order(steps: list[tuple[str, Any]]) -> None:
    log, put, refused = TrueLog(), [], set()
    with (
        tempfile.TemporaryDirectory() as folder,
        Client("http://x.test", API_KEY, transport=transport(log), now=lambda: NOW) as client,
    ):
        box = Outbox(Path(folder) / "outbox.db", batch_events=3)
        for kind, argument in [*steps, ("flush", [])]:
            if kind == "put":
                events = [quote(len(put) + n, f"trade-{(len(put) + n) % 3}") for n in range(argument)]
                box.put(*events)
                put += [event["event"] for event in events]
            elif kind == "refused":
                event = quote(len(put), "trade-0")
                event["claims"]["tariff"] = {"event": "never-posted"}
                box.put(event)
                put.append(event["event"])
                refused.add(event["event"])
            elif kind == "restart":
                box.close()
                box = Outbox(Path(folder) / "outbox.db", batch_events=argument)
            else:
                try:
                    box.flush(Faulty(client, argument))
                except ServiceUnreachable:
                    continue
        assert [stored.event["event"] for stored in log.entries] == [
            name for name in put if name not in refused
        ]
        assert {name for name in put if box.state(name) is State.REFUSED} == refused
        assert all(box.receipt(name) for name in put if name not in refused)
        box.close()
