"""The blocking client."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TypeVar, Unpack

import httpx

from service.client import exchange
from service.client.exchange import BoundedBody, Exchange
from service.client.posted import Event
from service.client.settings import ClientOptions, ClientSettings
from service.client.singles import TradeEntry
from service.core.checkpoint import SignedCheckpoint
from service.core.errors import TallyError
from service.core.receipt import Receipt

T = TypeVar("T")


class Client:
    """Posts events and returns receipts that it has checked itself. Thread-safe.

    Every method raises ApiProblem (the service refused), ServiceUnreachable (no answer, after retries) or
    VerificationError (the answer does not prove what it claims: keep it away from users, and keep it as
    evidence).
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        **options: Unpack[ClientOptions],
    ) -> None:
        """`options` are the further members of `ClientSettings`: trust, origin, retry, timeout."""
        self.settings = ClientSettings(url, api_key, **options)
        self._promises = self.settings.promises()
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=url, timeout=self.settings.timeout, limits=self.settings.limits(), transport=transport
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def post(self, event: Event) -> Receipt:
        """Post one event; its receipt proves exactly this event. Safe to repeat."""
        return self._send(exchange.post_event(event, self._promises))

    def post_batch(self, events: Sequence[Event]) -> list[Receipt]:
        """Post up to 10,000 events, all or nothing; a checked receipt each, in this order. Safe to repeat."""
        return self._send(exchange.post_batch(events, self._promises))

    def receipt(self, leaf: bytes) -> Receipt:
        """The receipt of an entry, with its anchors so far."""
        return self._send(exchange.receipt(leaf, self._promises))

    def trade(self, trade: str) -> list[TradeEntry]:
        """All entries of a trade in order of arrival, their chain of `seq` and `prev` checked."""
        entries: list[TradeEntry] = []
        cursor: str | None = None
        while True:
            page, cursor = self._send(exchange.trade(trade, entries, cursor))
            entries += page
            if cursor is None:
                return entries

    def checkpoint(self, origin: str | None = None) -> SignedCheckpoint:
        """The newest checkpoint of the log of this origin (by default the client's, or the only one)."""
        listed = self._send(exchange.logs())
        served = exchange.find_log(listed, None, origin or self.settings.origin)
        return self._send(exchange.checkpoint(served, self._promises))

    def complete(self, receipt: Receipt) -> Receipt:
        """The receipt with the anchor that covers it, by public endpoints; unchanged while there is none.

        An anchor comes first without its state proof, which follows when the block is final: ask again.
        """
        listed = self._send(exchange.logs())
        served = exchange.find_log(listed, receipt.log, None)
        return self._send(exchange.anchors(served, receipt, self._promises))

    def _send(self, request: Exchange[T]) -> T:
        started, attempt = self.settings.monotonic(), 0
        while True:
            try:
                return self._once(request)
            except TallyError as error:
                elapsed = self.settings.monotonic() - started
                pause = self.settings.retry.pause(error, attempt, elapsed, self.settings.jitter)
                if pause is None:
                    raise
            self._sleep(pause)
            attempt += 1

    def _once(self, request: Exchange[T]) -> T:
        try:
            with self._http.stream(
                request.method,
                request.path,
                content=request.body or None,
                params=request.parameters or None,
                headers={**self.settings.headers(request.authenticated), **request.headers},
            ) as response:
                body = BoundedBody()
                for chunk in response.iter_bytes():
                    body.add(chunk)
        except httpx.RequestError as error:
            raise exchange.failure(request, error) from error
        return exchange.read_answer(request, response, bytes(body.data), self.settings.now() / 1000)
