"""What is sent again, when, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from service.client import ApiProblem, AsyncClient, Client, RetryPolicy, ServiceUnreachable
from service.client.errors import problem_from
from service.client.retry import parse_retry_after
from service.core.errors import FormatError, VerificationError
from tests.unit.client.events import quote, trades
from tests.unit.client.true_log import API_KEY, NOW, TrueLog, transport


class Network:
    """A transport that fails as told, then lets requests through; and a clock that only pauses move."""

    def __init__(self, log: TrueLog, *faults: Exception | httpx.Response, lose_answers: bool = False) -> None:
        self.faults = list(faults)
        self.pauses: list[float] = []
        self.sent = 0
        self.lose_answers = lose_answers
        self._log = transport(log)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.sent += 1
        if not self.faults:
            return self._log.handle_request(request)
        if self.lose_answers:  # the service did its work, and nobody heard of it
            self._log.handle_request(request)
        fault = self.faults.pop(0)
        if isinstance(fault, Exception):
            raise fault
        return fault

    def client(self, log: TrueLog, **settings: Any) -> Client:
        def sleep(seconds: float) -> None:
            self.pauses.append(seconds)

        settings = {"jitter": lambda: 0.5, "monotonic": lambda: sum(self.pauses), **settings}
        return Client(
            "http://service.test",
            API_KEY,
            transport=httpx.MockTransport(self.handle),
            sleep=sleep,
            trust=log.trust,
            now=lambda: NOW,
            **settings,
        )


def refused(status: int, slug: str = "overloaded", **headers: str) -> httpx.Response:
    body = {"type": f"urn:tallystick:problem:{slug}", "title": slug, "status": status}
    return httpx.Response(
        status, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


TRANSIENT: list[Callable[[], Exception | httpx.Response]] = [
    lambda: httpx.ConnectError("refused"),
    lambda: httpx.ConnectTimeout("slow"),
    lambda: httpx.ReadTimeout("slow"),
    lambda: httpx.WriteError("reset"),
    lambda: httpx.RemoteProtocolError("closed in the middle"),
    lambda: refused(429, "too-many-requests"),
    lambda: refused(503),
    lambda: refused(503, "commit-unknown", retry_after="1"),
    lambda: httpx.Response(502, content=b"<html>"),
    lambda: httpx.Response(504, content=b""),
]


@pytest.mark.parametrize("fault", TRANSIENT)
@pytest.mark.parametrize("lose_answers", [False, True])
def test_what_leaves_the_outcome_open_is_sent_again(
    log: TrueLog, fault: Callable[[], Exception | httpx.Response], lose_answers: bool
) -> None:
    network = Network(log, fault(), fault(), lose_answers=lose_answers)
    receipts = network.client(log).post_batch(trades(4))
    assert receipts == [log.receipt(stored) for stored in log.entries]
    assert len(log.entries) == 4
    assert network.sent == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 410, 413, 415, 422, 500, 302])
def test_what_would_fail_again_is_sent_once(log: TrueLog, status: int) -> None:
    network = Network(log, refused(status, "x"))
    with pytest.raises(ApiProblem) as caught:
        network.client(log).post(quote(1))
    assert (caught.value.status, network.sent, network.pauses) == (status, 1, [])


def test_an_answer_that_does_not_hold_is_not_asked_for_again(log: TrueLog) -> None:
    network = Network(log, httpx.Response(201, content=b"{}"))
    with pytest.raises(VerificationError):
        network.client(log).post(quote(1))
    assert network.sent == 1


def test_pauses_grow_and_end(log: TrueLog) -> None:
    network = Network(log, *[httpx.ConnectError("refused")] * 99)
    policy = RetryPolicy(first_pause=1, factor=2, longest_pause=8, max_elapsed=30)
    with pytest.raises(ServiceUnreachable, match="POST /v1/events: refused"):
        network.client(log, retry=policy).post(quote(1))
    assert network.pauses == [0.5, 1, 2, 4, 4, 4, 4, 4, 4]
    assert sum(network.pauses) < 30


def test_a_wait_that_was_asked_for_is_kept(log: TrueLog) -> None:
    network = Network(log, refused(503, retry_after="7"))
    network.client(log).post(quote(1))
    assert 7 <= network.pauses[0] <= 8
    network = Network(log, refused(503, retry_after="3600"))
    with pytest.raises(ApiProblem) as caught:
        network.client(log).post(quote(2))
    assert caught.value.retry_after == 3600
    assert network.pauses == []


def test_a_log_that_is_halted_for_ever_is_not_asked_again(log: TrueLog) -> None:
    network = Network(log, refused(503, "log-halted"))
    with pytest.raises(ApiProblem, match="log-halted"):
        network.client(log).post(quote(1))
    assert network.sent == 1


def test_no_retry_when_none_is_wanted(log: TrueLog) -> None:
    network = Network(log, httpx.ConnectError("refused"))
    with pytest.raises(ServiceUnreachable):
        network.client(log, retry=RetryPolicy(max_elapsed=0)).post(quote(1))
    assert network.sent == 1


def test_a_mistake_in_the_address_is_not_retried() -> None:
    with pytest.raises(FormatError):
        Client("gopher://x").post(quote(1))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        ("-7", None),
        ("7.5", None),
        ("٧", None),
        ("9" * 20, None),
        ("Sat, 18 Jul 2026 02:15:34 GMT", 29.88),
        ("Sat, 18 Jul 2020 02:15:34 GMT", 0.0),
        ("soon", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    found = parse_retry_after(value, NOW / 1000)
    assert found == (seconds if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"type":5,"errors":7,"events":"x","indexes":[true,"1"]}',
        b"null",
        b'{"events":[1],"errors":[1]}',
    ],
)
def test_malformed_problems_are_problems(body: bytes) -> None:
    problem = problem_from(500, "", body, None)
    assert (problem.type, problem.status, problem.errors, problem.events, problem.indexes) == (
        "about:blank",
        500,
        (),
        (),
        (),
    )
    assert "no reason given" in str(problem)


async def test_the_asynchronous_client_retries_too(log: TrueLog) -> None:
    network = Network(log, httpx.ConnectError("refused"), refused(503))

    async def sleep(seconds: float) -> None:
        network.pauses.append(seconds)

    async with AsyncClient(
        "http://service.test",
        API_KEY,
        transport=httpx.MockTransport(network.handle),
        sleep=sleep,
        now=lambda: NOW,
    ) as client:
        await client.post(quote(1))
    assert (network.sent, len(network.pauses)) == (3, 2)
