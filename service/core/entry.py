"""Statements and entries: the exact bytes that a log commits to.

A statement is the canonical JSON (RFC 8785) of what was said, with each claim behind a salted digest; an
entry wraps it with what the sequencer adds (`seq`, `prev`, `received`). The builders splice already
canonical pieces in key order, which costs a few microseconds; a property test holds them equal to
`canonicalize` of the same object.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from service.core import shape
from service.core.canonical import MAX_INTEGER, canonicalize
from service.core.canonical import parse as parse_json
from service.core.disclosure import is_digest
from service.core.errors import CanonicalizationError, FormatError
from service.core.hexs import from_hex
from service.core.times import parse_time

MAX_ENTRY_BYTES = 512 * 1024

_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_ORIGIN = re.compile(r"[!-*,-~]{1,255}")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_DIGESTS = re.compile(r'[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048](?:","[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])*')
_ROLE = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_SIGNATURE = re.compile(r"0x[0-9a-f]{130}")
_STATEMENT = (
    b'{"_sd":["%b"],"_sd_alg":"sha-256","event":"%b","log":%b,"occurred":"%b","trade":"%b","type":"%b","v":1}'
)
_STATEMENT_KEYS = frozenset({"_sd", "_sd_alg", "event", "log", "occurred", "trade", "type", "v"})
_ENTRY_KEYS = frozenset({"prev", "received", "seq", "signatures", "statement", "v"})
_SIGNATURE_KEYS = frozenset({"address", "role", "signature", "type"})


@dataclass(frozen=True, slots=True)
class Signature:
    """A registered service key's signature over the statement. Version 1 knows the type `eip712` only."""

    type: str
    address: str
    role: str
    signature: str


@dataclass(frozen=True, slots=True)
class Statement:
    """The signed commitment to an event; `digests` are the sorted disclosure digests, `log` is the log's
    origin."""

    log: str
    event: str
    trade: str
    type: str
    occurred: str
    digests: tuple[str, ...]

    def encode(self) -> bytes:
        """The statement's canonical bytes."""
        return build_statement(self.log, self.event, self.trade, self.type, self.occurred, self.digests)


@dataclass(frozen=True, slots=True)
class Entry:
    """One parsed entry: `prev` is the leaf of the trade's previous entry, `received` the sequencer's time."""

    statement: Statement
    seq: int
    prev: bytes | None
    received: str
    signatures: tuple[Signature, ...]


def build_statement(
    origin: str, event: str, trade: str, type: str, occurred: str, digests: Sequence[str]
) -> bytes:
    """Canonical bytes of a statement; digests may come in any order.

    Errors: FormatError for a malformed id, origin, time or digest, and for a missing or repeated digest.
    """
    for text, what in ((event, "event"), (trade, "trade"), (type, "type")):
        _check(_ID, text, f"/{what}")
    parse_time(occurred, "/occurred")
    return _STATEMENT % (
        _join_digests(digests),
        event.encode(),
        _origin_json(origin),
        occurred.encode(),
        trade.encode(),
        type.encode(),
    )


def statement_digest(statement: bytes) -> bytes:
    """SHA-256 of the statement's canonical bytes: what references between events carry."""
    return sha256(statement).digest()


def build_entry(
    statement: bytes, seq: int, prev: bytes | None, received: str, signatures: Sequence[Signature] = ()
) -> bytes:
    """Canonical bytes of an entry around the bytes of `build_statement`, which are trusted to be canonical.

    Errors: FormatError when seq and prev do not fit (prev is None exactly for seq 0), or a member is
    malformed.
    """
    if not 0 <= seq <= MAX_INTEGER or (prev is None) != (seq == 0):
        raise FormatError("seq starts at 0, and only the first entry of a trade has no prev", "/seq")
    if prev is not None and len(prev) != 32:
        raise FormatError("prev must be 32 bytes", "/prev")
    parse_time(received, "/received")
    return b'{"prev":%b,"received":"%b","seq":%d,"signatures":%b,"statement":%b,"v":1}' % (
        b"null" if prev is None else b'"0x%b"' % prev.hex().encode(),
        received.encode(),
        seq,
        _signatures_json(signatures) if signatures else b"[]",
        statement,
    )


def parse(entry: bytes) -> Entry:
    """Read an entry, refusing any bytes that `build_entry` would not write.

    Errors: FormatError with a JSON pointer into the entry.
    """
    try:
        value = parse_json(entry, max_bytes=MAX_ENTRY_BYTES)
    except CanonicalizationError as error:
        raise FormatError(f"the entry is not canonical JSON: {error}", error.pointer) from error
    members = shape.members(value, _ENTRY_KEYS, "")
    shape.literal(members["v"], 1, "/v")
    prev = members["prev"]
    parsed = Entry(
        statement=_parse_statement(members["statement"]),
        seq=shape.integer(members["seq"], "/seq"),
        prev=None if prev is None else from_hex(prev, 32, "/prev"),
        received=shape.text(members["received"], "/received"),
        signatures=_parse_signatures(members["signatures"]),
    )
    statement = parsed.statement.encode()
    if build_entry(statement, parsed.seq, parsed.prev, parsed.received, parsed.signatures) != entry:
        raise FormatError("the entry is not in its canonical form")
    return parsed


def check_origin(origin: str, pointer: str = "/log") -> str:
    """Return the origin if it is 1-255 printable ASCII characters without space and `+`."""
    return _check(_ORIGIN, origin, pointer)


def _parse_statement(value: object) -> Statement:
    members = shape.members(value, _STATEMENT_KEYS, "/statement")
    shape.literal(members["v"], 1, "/statement/v")
    shape.literal(members["_sd_alg"], "sha-256", "/statement/_sd_alg")
    digests = members["_sd"]
    if not isinstance(digests, list) or not all(is_digest(each) for each in digests):
        raise FormatError("_sd must list digests of 43 base64url characters", "/statement/_sd")
    return Statement(
        log=shape.text(members["log"], "/statement/log"),
        event=shape.text(members["event"], "/statement/event"),
        trade=shape.text(members["trade"], "/statement/trade"),
        type=shape.text(members["type"], "/statement/type"),
        occurred=shape.text(members["occurred"], "/statement/occurred"),
        digests=tuple(digests),
    )


def _parse_signatures(value: object) -> tuple[Signature, ...]:
    if not isinstance(value, list):
        raise FormatError("signatures must be a list", "/signatures")
    signatures = []
    for number, item in enumerate(value):
        pointer = f"/signatures/{number}"
        members = shape.members(item, _SIGNATURE_KEYS, pointer)
        texts = {key: shape.text(member, f"{pointer}/{key}") for key, member in members.items()}
        signatures.append(Signature(texts["type"], texts["address"], texts["role"], texts["signature"]))
    return tuple(signatures)


def _signatures_json(signatures: Sequence[Signature]) -> bytes:
    for number, each in enumerate(signatures):
        pointer = f"/signatures/{number}"
        if each.type != "eip712":
            raise FormatError("version 1 knows only eip712 signatures", f"{pointer}/type")
        _check(_ADDRESS, each.address, f"{pointer}/address")
        _check(_ROLE, each.role, f"{pointer}/role")
        _check(_SIGNATURE, each.signature, f"{pointer}/signature")
    return b"[%b]" % b",".join(
        b'{"address":"%b","role":"%b","signature":"%b","type":"eip712"}'
        % (each.address.encode(), each.role.encode(), each.signature.encode())
        for each in signatures
    )


def _join_digests(digests: Sequence[str]) -> bytes:
    joined = '","'.join(sorted(digests))
    if _DIGESTS.fullmatch(joined) is None or len(joined) != 46 * len(digests) - 3:
        raise FormatError(
            "a statement lists at least one digest (the decoy), 43 base64url characters each", "/_sd"
        )
    if len(set(digests)) != len(digests):
        raise FormatError("a digest is repeated", "/_sd")
    return joined.encode()


@lru_cache(maxsize=4096)
def _origin_json(origin: str) -> bytes:
    return canonicalize(check_origin(origin))


def _check(pattern: re.Pattern[str], text: str, pointer: str) -> str:
    if pattern.fullmatch(text) is None:
        raise FormatError(f"must match {pattern.pattern}", pointer)
    return text
