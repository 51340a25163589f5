"""Requests and answers as plain values, shared by the blocking and the asynchronous client."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from service.client.batches import derive_receipts, encode_batch
from service.client.errors import ApiProblem, ServiceUnreachable, problem_from
from service.client.posted import Event, Posted, encode
from service.client.promises import PromiseChecker
from service.client.retry import parse_retry_after
from service.client.singles import TradeEntry, check_receipt, posted_receipt, stored_receipt, trade_page
from service.core import receipt as core_receipt
from service.core.canonical import canonicalize
from service.core.checkpoint import SignedCheckpoint
from service.core.errors import FormatError, TallyError, VerificationError
from service.core.hexs import from_hex, to_hex
from service.core.receipt import Receipt, ReceiptLog

T = TypeVar("T")

MAX_ANSWER_BYTES: Final = 256 * 1024 * 1024
"""More than the answer to the largest batch; what is longer is cut off and refused."""

_JSON: Final = {"content-type": "application/json"}
_NDJSON: Final = {"content-type": "application/x-ndjson"}


@dataclass(frozen=True, slots=True)
class Exchange(Generic[T]):
    """One request and how its answer (status, body) is read and checked. `authenticated`: with API key."""

    method: str
    path: str
    read: Callable[[int, bytes], T]
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    authenticated: bool = True


def post_event(event: Event, promises: PromiseChecker) -> Exchange[Receipt]:
    """Post one event."""
    posted = encode(event)
    return Exchange(
        "POST", "/v1/events", lambda _, body: posted_receipt(posted, body, promises), posted.body, _JSON
    )


def post_batch(events: Sequence[Event], promises: PromiseChecker) -> Exchange[list[Receipt]]:
    """Post many events, all or nothing."""
    batch: list[Posted] = [encode(event) for event in events]

    def read(status: int, body: bytes) -> list[Receipt]:
        return derive_receipts(batch, body, promises, fresh=status == 201)

    return Exchange("POST", "/v1/events/batch", read, encode_batch(batch), _NDJSON)


def receipt(leaf: bytes, promises: PromiseChecker) -> Exchange[Receipt]:
    """The receipt of a leaf, with its anchors so far."""
    return Exchange(
        "GET", f"/v1/receipts/{to_hex(leaf)}", lambda _, body: stored_receipt(leaf, body, promises)
    )


def trade(
    name: str, before: Sequence[TradeEntry], cursor: str | None
) -> Exchange[tuple[list[TradeEntry], str | None]]:
    """One page of a trade's entries."""
    parameters = {} if cursor is None else {"cursor": cursor}
    path = f"/v1/trades/{quote(name, safe='')}"
    return Exchange("GET", path, lambda _, body: trade_page(name, before, body), parameters=parameters)


class _Listed(msgspec.Struct, frozen=True):
    name: str
    origin: str
    id: str
    chain_id: int
    registry: str


class _Logs(msgspec.Struct, frozen=True):
    logs: list[_Listed]


@dataclass(frozen=True, slots=True)
class ServedLog:
    """A log that the service serves under `name`."""

    name: str
    log: ReceiptLog


def logs() -> Exchange[list[ServedLog]]:
    """The logs served, public."""
    return Exchange("GET", "/logs", lambda _, body: _read_logs(body), authenticated=False)


def _read_logs(body: bytes) -> list[ServedLog]:
    try:
        listed = msgspec.json.decode(body, type=_Logs).logs
        return [
            ServedLog(each.name, ReceiptLog(each.origin, from_hex(each.id), each.chain_id, each.registry))
            for each in listed
        ]
    except (msgspec.MsgspecError, UnicodeDecodeError, TallyError) as error:
        raise VerificationError(f"the list of logs is malformed: {error}") from error


def checkpoint(served: ServedLog, promises: PromiseChecker) -> Exchange[SignedCheckpoint]:
    """The newest signed checkpoint of a log, public."""

    def read(_: int, body: bytes) -> SignedCheckpoint:
        return promises.checkpoint(served.log, body.decode("utf-8", "replace"))

    return Exchange("GET", f"/logs/{quote(served.name, safe='')}/checkpoint", read, authenticated=False)


class _Anchors(msgspec.Struct, frozen=True):
    anchors: list[object]


def anchors(served: ServedLog, known: Receipt, promises: PromiseChecker) -> Exchange[Receipt]:
    """A receipt with the anchor that covers it, public. Its state proof follows once the block is final."""

    def read(_: int, body: bytes) -> Receipt:
        try:
            found = msgspec.json.decode(body, type=_Anchors).anchors
            document = msgspec.json.decode(core_receipt.format(replace(known, anchors=())))
            document["anchors"] = found
            completed = core_receipt.parse(canonicalize(document, max_bytes=core_receipt.MAX_RECEIPT_BYTES))
        except (msgspec.MsgspecError, UnicodeDecodeError, TallyError) as error:
            raise VerificationError(f"the answer about anchors is malformed: {error}") from error
        if _proven(known) and not _proven(completed):
            return known  # a proof in hand is not given up for an anchor without
        check_receipt(completed, promises)
        return completed

    path = f"/logs/{quote(served.name, safe='')}/anchors"
    return Exchange("GET", path, read, parameters={"index": str(known.index)}, authenticated=False)


def _proven(receipt: Receipt) -> bool:
    return any(anchor.state_proof is not None for anchor in receipt.anchors)


def find_log(served: Sequence[ServedLog], log: ReceiptLog | None, origin: str | None) -> ServedLog:
    """The log asked for; the only one there is when nothing is asked for. FormatError otherwise."""
    found = [
        each
        for each in served
        if (log is None or each.log == log) and (origin is None or each.log.origin == origin)
    ]
    if len(found) != 1:
        raise FormatError("the service does not serve exactly one such log: name its origin")
    return found[0]


class BoundedBody:
    """An answer's bytes while they arrive; refuses to grow without end."""

    def __init__(self) -> None:
        self.data = bytearray()

    def add(self, chunk: bytes) -> None:
        """VerificationError beyond MAX_ANSWER_BYTES."""
        if len(self.data) + len(chunk) > MAX_ANSWER_BYTES:
            raise VerificationError(f"the answer is longer than {MAX_ANSWER_BYTES} bytes")
        self.data += chunk


def failure(exchange: Exchange[T], error: httpx.RequestError) -> TallyError:
    """What it means that no answer arrived: worth another try, or a mistake on this side."""
    told = f"{exchange.method} {exchange.path}: {error or type(error).__name__}"
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return FormatError(told)
    return ServiceUnreachable(told)


def read_answer(exchange: Exchange[T], response: httpx.Response, body: bytes, now: float) -> T:
    """The checked result of an answer. ApiProblem: refused; VerificationError: it does not hold."""
    if response.status_code in (200, 201):
        return exchange.read(response.status_code, body)
    retry_after = parse_retry_after(response.headers.get("retry-after"), now)
    problem: ApiProblem = problem_from(response.status_code, response.reason_phrase, body, retry_after)
    raise problem
