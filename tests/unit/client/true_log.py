"""A log in memory that answers as the service does, with real hashes, proofs and signatures from core.

Tests bend single answers of it to see the client refuse them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import httpx
import orjson

from service.core import canonical, disclosure, receipt, tree
from service.core.checkpoint import CheckpointSigner, LogIdentity
from service.core.eip712 import log_id
from service.core.entry import Signature, build_entry, build_statement, statement_digest
from service.core.errors import EventRejected, TallyError
from service.core.hexs import from_hex, to_hex
from service.core.merkle import leaf_hash
from service.core.receipt import Anchor, Receipt, ReceiptLog
from service.core.times import format_time
from service.core.trust import Trust, TrustedChain, TrustedKey, TrustedLog
from service.profiles import giftcard

NOW = 1_784_340_904_120
API_KEY = "tally_test_key"
REGISTRY = "0x" + "5f" * 20
OPENER = "0x" + "0a" * 20
ORIGIN = "tallystick.local/logs/kaka"


@dataclass
class Stored:
    """One entry and what belongs to it."""

    index: int
    event: dict[str, Any]
    entry: bytes
    disclosures: list[str]
    size: int
    first: int
    count: int

    @property
    def leaf(self) -> bytes:
        return leaf_hash(self.entry)


class Refused(Exception):
    """An answer of status 400 or above."""

    def __init__(self, status: int, slug: str, **members: Any) -> None:
        super().__init__(slug)
        self.status = status
        self.document = {
            "type": f"urn:tallystick:problem:{slug}",
            "title": slug,
            "status": status,
            "detail": "",
            **members,
        }


class TrueLog:
    """The log, and `handle`, which answers requests. `seed` makes another log with other keys."""

    def __init__(self, origin: str = ORIGIN, seed: int = 1) -> None:
        identity = LogIdentity(origin, log_id(OPENER, origin), 31337, REGISTRY)
        self.identity = identity
        self.signer = CheckpointSigner(identity, bytes([seed]) * 32, bytes([seed]) * 32)
        self.edge = tree.EdgeTiles()
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.entries: list[Stored] = []
        self.notes: dict[int, str] = {}
        self.anchored: list[int] = []
        self.requests: list[tuple[str, str]] = []
        self.now = NOW
        self._random = 0

    @property
    def trust(self) -> Trust:
        key = TrustedKey(self.signer.vkey, self.signer.address, 0, None)
        log = TrustedLog(self.identity.log_id, self.identity.origin, OPENER, "kaka", 31337, 3600, (key,))
        return Trust((TrustedChain(31337, REGISTRY, bytes(32)),), (log,))

    @property
    def log(self) -> ReceiptLog:
        return ReceiptLog(self.identity.origin, self.identity.log_id, 31337, REGISTRY)

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self.tiles[level, index][: 32 * width]

    def find(self, event: str) -> Stored | None:
        return next((stored for stored in self.entries if stored.event["event"] == event), None)

    def append(self, events: Sequence[dict[str, Any]]) -> tuple[list[Stored], bool]:
        """Append all or none; (entries by index, whether they are new)."""
        known = [stored for event in events if (stored := self.find(event["event"]))]
        conflicts = [
            s.event["event"] for e in events for s in known if s.event["event"] == e["event"] and s.event != e
        ]
        if conflicts:
            raise Refused(409, "event-conflict", events=conflicts)
        if known:
            indexes = {stored.index for stored in known}
            if len(known) < len(events) or indexes != set(range(min(indexes), min(indexes) + len(indexes))):
                raise Refused(409, "mixed-batch", events=[stored.event["event"] for stored in known])
            return sorted({s.index: s for s in known}.values(), key=lambda s: s.index), False
        self._refuse_unknown_references(events)
        distinct = list({event["event"]: event for event in events}.values())
        stored = [self._store(event, len(distinct)) for event in distinct]
        self._sign()
        for each in stored:
            each.size, each.first = self.edge.size, stored[0].index
        return stored, True

    def _refuse_unknown_references(self, events: Sequence[dict[str, Any]]) -> None:
        seen: set[str] = set()
        indexes, errors = [], []
        for number, event in enumerate(events):
            for pointer, reference in giftcard.references(event["type"], event["claims"]):
                name = reference["event"]
                if "digest" not in reference and name not in seen and self.find(str(name)) is None:
                    indexes.append(number)
                    errors.append({"pointer": f"/{number}{pointer}", "detail": "unknown", "code": "ref"})
            seen.add(event["event"])
        if indexes:
            raise Refused(422, "invalid-event", errors=errors, indexes=indexes)

    def _store(self, event: dict[str, Any], count: int) -> Stored:
        claims = deepcopy(event["claims"])
        for _, reference in giftcard.references(event["type"], claims):
            target = self.find(reference["event"])
            if "digest" not in reference:
                assert target is not None
                reference["digest"] = to_hex(self.digest(target))
        disclosures = event.get("disclosures") or [
            disclosure.make(disclosure.new_salt(self.random(16)), name, value)
            for name, value in claims.items()
        ]
        decoy = event.get("decoy") or disclosure.encode_base64url(self.random(32))
        statement = build_statement(
            self.identity.origin,
            event["event"],
            event["trade"],
            event["type"],
            event["occurred"],
            [*(disclosure.digest(each) for each in disclosures), decoy],
        )
        tail = next((s for s in reversed(self.entries) if s.event["trade"] == event["trade"]), None)
        seq = 0 if tail is None else orjson.loads(tail.entry)["seq"] + 1
        signatures = [Signature(**each) for each in event.get("signatures", ())]
        entry = build_entry(statement, seq, tail.leaf if tail else None, format_time(self.now), signatures)
        stored = Stored(len(self.entries), event, entry, disclosures, 0, 0, count)
        self.entries.append(stored)
        self.tiles.update(self.edge.append([stored.leaf]))
        return stored

    def digest(self, stored: Stored) -> bytes:
        statement = orjson.dumps(orjson.loads(stored.entry)["statement"], option=orjson.OPT_SORT_KEYS)
        return statement_digest(statement)

    def random(self, count: int) -> bytes:
        self._random += 1
        return self._random.to_bytes(count, "big")

    def _sign(self) -> None:
        at = self.now // 1000
        self.notes[self.edge.size] = self.signer.sign(self.edge.size, self.edge.root(), at, at + 3600)

    def receipt(self, stored: Stored) -> Receipt:
        anchors = [size for size in self.anchored if size > stored.index][:1]
        return Receipt(
            self.log,
            stored.entry,
            tuple(stored.disclosures),
            stored.index,
            self.notes[stored.size],
            tuple(tree.inclusion_proof(self, stored.index, stored.size)),
            tuple(self.anchor(stored.index, size) for size in anchors),
        )

    def anchor(self, index: int, size: int) -> Anchor:
        path = tuple(tree.inclusion_proof(self, index, size))
        return Anchor(31337, REGISTRY, size, tree.root(self, size), path, self.notes[size])

    def batch(self, stored: Sequence[Stored]) -> dict[str, Any]:
        first, size, end = stored[0].index, stored[0].size, stored[-1].index + 1
        return {
            "format": "tallystick-batch/1",
            "log": self.member(),
            "first": first,
            "size": size,
            "entries": [each.entry.decode() for each in stored],
            "disclosures": [each.disclosures for each in stored],
            "checkpoint": self.notes[size],
            "left": [to_hex(node) for node in tree.compact_range(self, 0, first)],
            "right": [to_hex(node) for node in tree.compact_range(self, end, size)],
        }

    def member(self) -> dict[str, Any]:
        return {
            "origin": self.identity.origin,
            "id": to_hex(self.identity.log_id),
            "chain_id": 31337,
            "registry": REGISTRY,
        }

    def handle(
        self, method: str, path: str, query: str, headers: Any, body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body) of the answer to a request."""
        self.requests.append((method, path))
        try:
            if path.startswith("/v1/") and headers.get("authorization") != f"Bearer {API_KEY}":
                raise Refused(401, "not-authenticated")
            status, content = self._route(method, path, parse_qs(query), body)
        except Refused as refused:
            return (
                refused.status,
                {"content-type": "application/problem+json"},
                orjson.dumps(refused.document),
            )
        return status, {}, content

    def _route(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> tuple[int, bytes]:
        if (method, path) == ("POST", "/v1/events"):
            stored, new = self.append([_parse(body, "")])
            return 201 if new else 200, receipt.format(self.receipt(stored[0]))
        if (method, path) == ("POST", "/v1/events/batch"):
            stored, new = self.append(_parse_batch(body.split(b"\n")))
            return 201 if new else 200, orjson.dumps(self.batch(stored))
        name = path.rsplit("/", 1)[-1]
        if path.startswith("/v1/receipts/"):
            found = [stored for stored in self.entries if to_hex(stored.leaf) == name]
            return 200, receipt.format(self.receipt(_one(found)))
        if path.startswith("/v1/trades/"):
            return 200, orjson.dumps(
                self._trade(name.replace("%3A", ":"), int(query.get("cursor", ["0"])[0]))
            )
        if path == "/logs":
            return 200, orjson.dumps(
                {"logs": [{"name": "kaka", "test": False, "size": self.edge.size, **self.member()}]}
            )
        if path == "/logs/kaka/checkpoint":
            return 200, self.notes[max(self.notes)].encode()
        if path == "/logs/kaka/anchors":
            known = self.receipt(self.entries[int(query["index"][0])])
            anchors = [receipt.anchor_value(anchor) for anchor in known.anchors]
            return 200, orjson.dumps({"log": self.member(), "anchors": anchors, "next": None})
        raise Refused(404, "not-found")

    def _trade(self, trade: str, start: int, limit: int = 2) -> dict[str, Any]:
        found = [stored for stored in self.entries if stored.event["trade"] == trade]
        shown = [
            {
                "index": s.index,
                "leaf": to_hex(s.leaf),
                "entry": s.entry.decode(),
                "disclosures": s.disclosures,
            }
            for s in found[start : start + limit]
        ]
        following = str(start + limit) if len(found) > start + limit else None
        return {"log": self.member(), "trade": trade, "entries": shown, "next": following}


def _one(found: list[Stored]) -> Stored:
    if not found:
        raise Refused(404, "not-found")
    return found[0]


def _parse(body: bytes, prefix: str) -> dict[str, Any]:
    try:
        event = canonical.parse(body)
        giftcard.check_event(event)
    except EventRejected as error:
        errors = [{"pointer": prefix + p.pointer, "detail": p.detail, "code": p.code} for p in error.problems]
        raise Refused(422, "invalid-event", errors=errors) from error
    except TallyError as error:
        raise Refused(400, "invalid-json") from error
    assert isinstance(event, dict)
    return event


def _parse_batch(lines: Sequence[bytes]) -> list[dict[str, Any]]:
    events, errors, indexes = [], [], []
    for number, line in enumerate(lines):
        try:
            events.append(_parse(line, f"/{number}"))
        except Refused as refused:
            indexes.append(number)
            errors += refused.document.get("errors", [])
    if indexes:
        raise Refused(422, "invalid-event", errors=errors, indexes=indexes)
    return events


Bend = Callable[[httpx.Request, int, bytes], tuple[int, bytes]]


def transport(log: TrueLog, bend: Bend | None = None) -> httpx.MockTransport:
    """Answers of the log without a network; `bend(request, status, body)` changes them on the way."""

    def answer(request: httpx.Request) -> httpx.Response:
        url = request.url
        status, headers, body = log.handle(
            request.method,
            url.raw_path.decode().partition("?")[0],
            url.query.decode(),
            request.headers,
            request.content,
        )
        if bend is not None:
            status, body = bend(request, status, body)
        return httpx.Response(status, headers=headers, content=body)

    return httpx.MockTransport(answer)


def statement_digest_of(found: Receipt) -> bytes:
    """The digest of a receipt's statement."""
    return statement_digest(orjson.dumps(orjson.loads(found.entry)["statement"], option=orjson.OPT_SORT_KEYS))


__all__ = ["API_KEY", "NOW", "ORIGIN", "Bend", "Refused", "Stored", "TrueLog", "from_hex", "transport"]
