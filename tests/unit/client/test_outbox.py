"""The outbox: durable before `put` returns, in order, exactly once, nothing lost."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.client import (
    ApiProblem,
    BackgroundFlush,
    Client,
    Outbox,
    OutboxConflict,
    OutboxFailed,
    ServiceUnreachable,
    State,
)
from service.client.outbox import Flushed
from service.core.errors import CanonicalizationError, EventRejected, VerificationError
from service.core.receipt import Receipt
from tests.unit.client.events import acceptance, quote, trades
from tests.unit.client.true_log import TrueLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    box = Outbox(path, batch_events=4)
    yield box
    box.close()


class Flaky:
    """A poster that fails where it is told to: before the service saw the request, or after."""

    def __init__(self, client: Client, fail: Callable[[int], str | None]) -> None:
        self.client = client
        self.fail = fail
        self.calls = 0

    def _around(self, post: Callable[[], Any]) -> Any:
        self.calls += 1
        fault = self.fail(self.calls)
        if fault == "before":
            raise ServiceUnreachable("no network")
        answer = post()
        if fault == "after":
            raise ServiceUnreachable("the answer was lost")
        return answer

    def post(self, event: Any) -> Receipt:
        result: Receipt = self._around(lambda: self.client.post(event))
        return result

    def post_batch(self, events: Sequence[Any]) -> list[Receipt]:
        result: list[Receipt] = self._around(lambda: self.client.post_batch(events))
        return result


def in_log(log: TrueLog) -> list[str]:
    return [stored.event["event"] for stored in log.entries]


def ids(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


def test_everything_arrives_in_order_and_its_receipt_is_kept(
    outbox: Outbox, client: Client, log: TrueLog
) -> None:
    events = trades(11)
    for event in events:
        outbox.put(event)
    assert outbox.flush(client) == Flushed(11, 0)
    assert in_log(log) == ids(events)
    assert [outbox.receipt(name) for name in ids(events)] == [log.receipt(stored) for stored in log.entries]
    assert outbox.flush(client) == Flushed()
    assert outbox.counts() == {State.WAITING: 0, State.DELIVERED: 11, State.REFUSED: 0}
    assert [path for _, path in log.requests] == ["/v1/events/batch"] * 3


def test_a_batch_is_bounded_in_bytes_too(path: Path, client: Client, log: TrueLog) -> None:
    outbox = Outbox(path, batch_bytes=5000)
    outbox.put(*trades(6))
    outbox.flush(client)
    assert len(log.requests) > 2
    assert in_log(log) == ids(trades(6))
    outbox.close()


def test_the_same_event_may_be_put_again_but_not_another_one(outbox: Outbox) -> None:
    outbox.put(quote(1))
    outbox.put(quote(1))
    with pytest.raises(OutboxConflict):
        outbox.put(quote(2), quote(1) | {"trade": "other"})
    assert outbox.counts()[State.WAITING] == 1, "all or none"


def test_what_would_be_refused_anyway_is_refused_at_once(outbox: Outbox) -> None:
    with pytest.raises(EventRejected):
        outbox.put(quote(1), quote(2) | {"event": "13812345678"})
    with pytest.raises(CanonicalizationError):
        outbox.put(quote(1) | {"claims": quote(1)["claims"] | {"x": 1.5}})
    assert outbox.counts()[State.WAITING] == 0


def test_put_is_on_disk_before_it_returns(path: Path) -> None:
    """A process that is gone the moment `put` has returned leaves the event behind."""
    script = (
        "import os, sys; from service.client import Outbox; from service.profiles import giftcard; "
        "Outbox(sys.argv[1]).put(giftcard.example('quote')); os._exit(9)"
    )
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", script, str(path)], cwd=root, check=False).returncode == 9
    box = Outbox(path)
    assert box.counts()[State.WAITING] == 1
    box.close()


def test_the_file_is_written_through(outbox: Outbox) -> None:
    connection = outbox._file._connection
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)


@pytest.mark.parametrize("fault", ["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_failure_at_any_call_loses_and_doubles_nothing(
    path: Path, client: Client, log: TrueLog, at: int, fault: str
) -> None:
    """The fault table: each call fails once, not done or done unheard; then the process starts again."""
    events = trades(11)
    box = Outbox(path, batch_events=4)
    box.put(*events)
    with pytest.raises(ServiceUnreachable):
        box.flush(Flaky(client, lambda call: fault if call == at else None))
    box.close()
    box = Outbox(path, batch_events=4)
    box.flush(client)
    assert in_log(log) == ids(events)
    assert all(box.receipt(name) for name in ids(events))
    box.close()


def test_after_a_crash_with_a_batch_cut_elsewhere_it_falls_back_to_singles(
    path: Path, client: Client, log: TrueLog
) -> None:
    events = trades(10)
    box = Outbox(path, batch_events=4)
    box.put(*events)
    with pytest.raises(ServiceUnreachable):
        box.flush(Flaky(client, lambda call: "after"))  # four are in the log, and the outbox does not know
    box.close()
    box = Outbox(path, batch_events=7)
    assert box.flush(client) == Flushed(10, 0)
    assert in_log(log) == ids(events)
    assert ("POST", "/v1/events") in log.requests
    box.close()


def test_a_refused_event_is_set_aside_with_its_problem_and_holds_up_nobody(
    outbox: Outbox, client: Client, log: TrueLog
) -> None:
    events = [quote(1), acceptance(1, "quote-999", "trade-1"), quote(2), quote(3), quote(4), quote(5)]
    outbox.put(*events)
    assert outbox.flush(client) == Flushed(5, 1)
    assert in_log(log) == ["quote-1", "quote-2", "quote-3", "quote-4", "quote-5"]
    [letter] = outbox.refused()
    assert letter.event == events[1]
    assert (letter.status, letter.type) == (422, "urn:tallystick:problem:invalid-event")
    assert letter.errors[0]["code"] == "ref"
    assert outbox.state("accept-1") is State.REFUSED
    assert outbox.receipt("accept-1") is None


def test_conflicting_events_are_set_aside_by_name(outbox: Outbox, client: Client, log: TrueLog) -> None:
    client.post(quote(2) | {"trade": "other"})
    outbox.put(quote(1), quote(2), quote(3))
    assert outbox.flush(client) == Flushed(2, 1)
    assert [letter.status for letter in outbox.refused()] == [409]
    assert in_log(log) == ["quote-2", "quote-1", "quote-3"]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_a_problem_that_is_not_the_events_leaves_everything_waiting(
    outbox: Outbox, make_client: Callable[..., Client], log: TrueLog, status: int
) -> None:
    outbox.put(*trades(3))
    problem = orjson.dumps({"type": "urn:tallystick:problem:not-permitted"})
    with pytest.raises(ApiProblem):
        outbox.flush(make_client(lambda request, _, body: (status, problem)))
    assert outbox.counts()[State.WAITING] == 3
    assert len(log.requests) == 1, "the others are not tried"


def test_a_proxys_refusal_condemns_no_event(outbox: Outbox, make_client: Callable[..., Client]) -> None:
    outbox.put(quote(1))
    with pytest.raises(ApiProblem):
        outbox.flush(make_client(lambda request, _, body: (413, b"<html>too large for this proxy</html>")))
    assert outbox.counts()[State.WAITING] == 1


def test_an_answer_that_does_not_hold_leaves_everything_waiting(
    outbox: Outbox, make_client: Callable[..., Client], client: Client, log: TrueLog
) -> None:
    outbox.put(*trades(3))
    with pytest.raises(VerificationError):
        outbox.flush(make_client(lambda request, status, body: (status, body.replace(b"0x", b"0y"))))
    assert outbox.counts()[State.WAITING] == 3
    assert outbox.flush(client) == Flushed(3, 0)
    assert in_log(log) == ids(trades(3))


def test_what_is_done_may_be_forgotten_and_what_waits_may_not(
    outbox: Outbox, client: Client, path: Path
) -> None:
    outbox.put(quote(1))
    outbox.flush(client)
    outbox.put(quote(2))
    assert outbox.forget("quote-1", "quote-2", "quote-3") == 1
    assert outbox.state("quote-1") is None
    assert outbox.state("quote-2") is State.WAITING


def test_two_outboxes_on_one_file_flushing_at_once(path: Path, client: Client, log: TrueLog) -> None:
    events = trades(40)
    boxes = [Outbox(path, batch_events=size) for size in (3, 7)]
    boxes[0].put(*events)
    lock, errors = threading.Lock(), []

    class Locked:
        def post(self, event: Any) -> Receipt:
            with lock:
                return client.post(event)

        def post_batch(self, batch: Sequence[Any]) -> list[Receipt]:
            with lock:
                return client.post_batch(batch)

    def flush(box: Outbox) -> None:
        try:
            box.flush(Locked())
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=flush, args=(box,)) for box in boxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert in_log(log) == ids(events)
    assert boxes[0].counts()[State.DELIVERED] == 40
    for box in boxes:
        box.close()


def test_one_outbox_flushes_once_at_a_time(outbox: Outbox, client: Client, log: TrueLog) -> None:
    started, going = threading.Event(), threading.Event()

    class Slow:
        def post(self, event: Any) -> Receipt:
            started.set()
            assert going.wait(10)
            return client.post(event)

        post_batch = client.post_batch

    outbox.put(quote(1))
    threads = [threading.Thread(target=outbox.flush, args=(Slow(),)) for _ in range(2)]
    threads[0].start()
    assert started.wait(10)
    threads[1].start()
    threads[1].join(0.05)
    going.set()
    for thread in threads:
        thread.join()
    assert len(log.requests) == 1


def test_a_full_disk_is_an_error_and_not_a_promise(outbox: Outbox) -> None:
    outbox._file._connection.execute("PRAGMA max_page_count = 8")
    with pytest.raises(OutboxFailed, match="full"):
        outbox.put(*trades(60))
    assert outbox.counts()[State.WAITING] == 0
    outbox._file._connection.execute("PRAGMA max_page_count = 1000000")
    outbox.put(quote(1))
    assert outbox.counts()[State.WAITING] == 1


def test_after_an_io_error_nothing_is_promised_any_more(path: Path) -> None:
    """SQLite reports a failed fsync once and commits happily afterwards; the rows before it may be gone."""

    class Lying:
        def __init__(self, real: sqlite3.Connection) -> None:
            self.real = real

        def __getattr__(self, name: str) -> Any:
            return getattr(self.real, name)

        def execute(self, sql: str, *values: Any) -> Any:
            if sql == "COMMIT":
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
                raise error
            return self.real.execute(sql, *values)

    box = Outbox(path)
    box.put(quote(1))
    box._file._connection = Lying(box._file._connection)  # type: ignore[assignment]
    with pytest.raises(OutboxFailed, match="I/O"):
        box.put(quote(2))
    for call in (lambda: box.put(quote(3)), box.counts, lambda: box.receipt("quote-1")):
        with pytest.raises(OutboxFailed, match="anew"):
            call()
    box.close()
    again = Outbox(path)
    assert again.counts()[State.WAITING] == 1
    again.close()


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(OutboxFailed):
        Outbox(tmp_path / "nowhere" / "outbox.db")
    (tmp_path / "text").write_text("this is no database, and long enough to be seen as none" * 100)
    with pytest.raises(OutboxFailed):
        Outbox(tmp_path / "text")


def test_the_file_is_its_owners_alone(outbox: Outbox, path: Path) -> None:
    outbox.put(quote(1))
    for file in path.parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


def test_what_another_process_puts_is_found(outbox: Outbox, path: Path, client: Client, log: TrueLog) -> None:
    other = Outbox(path)
    with BackgroundFlush(outbox, client, poll=0.02):
        threading.Event().wait(0.05)
        other.put(quote(1))
        for _ in range(500):
            if other.state("quote-1") is State.DELIVERED:
                break
            threading.Event().wait(0.01)
    assert in_log(log) == ["quote-1"]
    other.close()


def test_in_the_background_events_go_out_by_themselves_and_failures_are_told(
    outbox: Outbox, client: Client, log: TrueLog
) -> None:
    told: list[Exception] = []
    poster = Flaky(client, lambda call: "before" if call < 3 else None)
    outbox.put(quote(1))
    arrived = threading.Event()
    with BackgroundFlush(outbox, poster, on_error=told.append, pause=0.01):
        for _ in range(500):
            if outbox.state("quote-1") is State.DELIVERED:
                break
            arrived.wait(0.01)
        outbox.put(quote(2), acceptance(2, "quote-2", "trade-2"))
        for _ in range(500):
            if outbox.counts()[State.WAITING] == 0:
                break
            arrived.wait(0.01)
    assert in_log(log) == ["quote-1", "quote-2", "accept-2"]
    assert [type(error) for error in told] == [ServiceUnreachable] * 2


def test_what_an_earlier_run_left_behind_goes_out_at_once(path: Path, client: Client, log: TrueLog) -> None:
    earlier = Outbox(path)
    earlier.put(quote(1))
    earlier.close()
    box = Outbox(path)
    with BackgroundFlush(box, client, poll=60):
        for _ in range(500):
            if box.state("quote-1") is State.DELIVERED:
                break
            threading.Event().wait(0.01)
        assert in_log(log) == ["quote-1"]
    box.close()


def test_leaving_the_background_does_not_hang_while_the_service_is_away(
    outbox: Outbox, client: Client
) -> None:
    outbox.put(quote(1))
    with BackgroundFlush(outbox, Flaky(client, lambda call: "before"), pause=60):
        pass
    assert outbox.counts()[State.WAITING] == 1
