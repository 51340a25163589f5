"""The receipt file, `*.receipt.json`: what the poster holds against the platform.

This module knows the shape only: `parse` accepts exactly the members of the format, with every hash,
address and number in its one spelling (the JSON layout is free, `format` writes RFC 8785). What the members
prove is `verify`'s business. Only `hints` is open, and may be absent; nothing in it is ever proven.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from service.core import shape
from service.core.canonical import canonicalize
from service.core.canonical import parse as parse_json
from service.core.eip712 import check_address
from service.core.entry import check_origin
from service.core.errors import CanonicalizationError, FormatError
from service.core.hexs import from_hex, to_hex

FORMAT = "tallystick-receipt/1"
MAX_RECEIPT_BYTES = 1024 * 1024
MAX_PATH = 64
"""Hashes in an inclusion proof: a tree of 2^53 leaves needs 53."""
_MAX_ANCHORS = 64
_MAX_NODES = 65
_MAX_DISCLOSURES = 16384

_RECEIPT = frozenset({"format", "log", "entry", "disclosures", "index", "checkpoint", "inclusion"}) | {
    "anchors",
    "cosignatures",
    "hints",
}
_LOG = frozenset({"origin", "id", "chain_id", "registry"})
_ANCHOR = frozenset({"chain_id", "registry", "size", "root", "inclusion", "checkpoint", "via", "state_proof"})
_VIA = frozenset({"log", "index", "size", "root", "inclusion"})
_STATE_PROOF = frozenset({"header", "account", "storage"})


class NotAReceipt(FormatError):
    """The file is not a receipt at all: other JSON, another format, or no JSON."""


@dataclass(frozen=True, slots=True)
class ReceiptLog:
    """Which log the receipt speaks of: its origin, id, and the registry that the log is opened in."""

    origin: str
    id: bytes
    chain_id: int
    registry: str


@dataclass(frozen=True, slots=True)
class StateProof:
    """RLP of a block header, and the trie nodes from its state root to the registry and to the anchor's
    slot."""

    header: bytes
    account: tuple[bytes, ...]
    storage: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Via:
    """Where the anchor's (size, root) is a leaf in a directory log, and the directory's anchored size and
    root."""

    log: bytes
    index: int
    size: int
    root: bytes
    inclusion: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Anchor:
    """One anchored (size, root) covering the receipt's index, with the entry's path to that root."""

    chain_id: int
    registry: str
    size: int
    root: bytes
    inclusion: tuple[bytes, ...]
    checkpoint: str | None = None
    via: Via | None = None
    state_proof: StateProof | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt; `checkpoint` and `inclusion` are those of the POST, `anchors` come later and may be
    several."""

    log: ReceiptLog
    entry: bytes
    disclosures: tuple[str, ...]
    index: int
    checkpoint: str
    inclusion: tuple[bytes, ...]
    anchors: tuple[Anchor, ...] = ()
    hints: Mapping[str, object] = field(default_factory=dict)


def parse(data: bytes) -> Receipt:
    """Read a receipt file of at most 1 MiB.

    Errors: NotAReceipt when the file is something else, FormatError (with a JSON pointer) when a member of
    a receipt is malformed.
    """
    return _receipt(_members(data))


def parse_value(value: object) -> Receipt:
    """A receipt from a JSON value that was read as strictly (one inside another document). Errors as
    `parse`'s.
    """
    return _receipt(_checked(value))


def _receipt(m: Mapping[str, object]) -> Receipt:
    shape.elements(m["cosignatures"], "/cosignatures", 0)
    hints = m["hints"]
    if type(hints) is not dict:
        raise FormatError("expected an object", "/hints")
    disclosures = shape.elements(m["disclosures"], "/disclosures", _MAX_DISCLOSURES)
    anchors = shape.elements(m["anchors"], "/anchors", _MAX_ANCHORS)
    return Receipt(
        log=parse_log(m["log"]),
        entry=shape.text(m["entry"], "/entry").encode(),
        disclosures=tuple(shape.text(each, f"/disclosures/{n}") for n, each in enumerate(disclosures)),
        index=shape.integer(m["index"], "/index"),
        checkpoint=shape.text(m["checkpoint"], "/checkpoint"),
        inclusion=parse_path(m["inclusion"], "/inclusion"),
        anchors=tuple(_anchor(each, f"/anchors/{n}") for n, each in enumerate(anchors)),
        hints=hints,
    )


def format(receipt: Receipt) -> bytes:
    """The receipt in RFC 8785 form. Errors: CanonicalizationError (hints with floats, or more than 1 MiB)."""
    return canonicalize(receipt_value(receipt), max_bytes=MAX_RECEIPT_BYTES)


def receipt_value(receipt: Receipt) -> dict[str, object]:
    """The JSON value of a receipt."""
    return {
        "format": FORMAT,
        "log": log_value(receipt.log),
        "entry": receipt.entry.decode(),
        "disclosures": list(receipt.disclosures),
        "index": receipt.index,
        "checkpoint": receipt.checkpoint,
        "inclusion": _hexes(receipt.inclusion),
        "anchors": [anchor_value(anchor) for anchor in receipt.anchors],
        "cosignatures": [],
        "hints": dict(receipt.hints),
    }


def log_value(log: ReceiptLog) -> dict[str, object]:
    """The JSON value of the member `log`."""
    return {"origin": log.origin, "id": to_hex(log.id), "chain_id": log.chain_id, "registry": log.registry}


def anchor_value(anchor: Anchor) -> dict[str, object]:
    """The JSON value of one element of `anchors`."""
    via, proof = anchor.via, anchor.state_proof
    return {
        "chain_id": anchor.chain_id,
        "registry": anchor.registry,
        "size": anchor.size,
        "root": to_hex(anchor.root),
        "inclusion": _hexes(anchor.inclusion),
        "checkpoint": anchor.checkpoint,
        "via": via
        and {
            "log": to_hex(via.log),
            "index": via.index,
            "size": via.size,
            "root": to_hex(via.root),
            "inclusion": _hexes(via.inclusion),
        },
        "state_proof": proof
        and {
            "header": to_hex(proof.header),
            "account": _hexes(proof.account),
            "storage": _hexes(proof.storage),
        },
    }


def _members(data: bytes) -> Mapping[str, object]:
    try:
        value = parse_json(data, max_bytes=MAX_RECEIPT_BYTES)
    except CanonicalizationError as error:
        raise NotAReceipt(error.message, error.pointer) from None
    return _checked(value)


def _checked(value: object) -> Mapping[str, object]:
    try:
        if type(value) is dict:
            shape.literal(value.get("format"), FORMAT, "/format")
            value.setdefault("hints", {})
        return shape.members(value, _RECEIPT, "")
    except FormatError as error:
        raise NotAReceipt(error.message, error.pointer) from None


def parse_log(value: object) -> ReceiptLog:
    """The member `log`. FormatError."""
    m = shape.members(value, _LOG, "/log")
    return ReceiptLog(
        origin=check_origin(shape.text(m["origin"], "/log/origin"), "/log/origin"),
        id=from_hex(m["id"], 32, "/log/id"),
        chain_id=shape.integer(m["chain_id"], "/log/chain_id", 1),
        registry=check_address(m["registry"], "/log/registry"),
    )


def _anchor(value: object, at: str) -> Anchor:
    m = shape.members(value, _ANCHOR, at)
    return Anchor(
        chain_id=shape.integer(m["chain_id"], f"{at}/chain_id", 1),
        registry=check_address(m["registry"], f"{at}/registry"),
        size=shape.integer(m["size"], f"{at}/size", 1),
        root=from_hex(m["root"], 32, f"{at}/root"),
        inclusion=parse_path(m["inclusion"], f"{at}/inclusion"),
        checkpoint=None if m["checkpoint"] is None else shape.text(m["checkpoint"], f"{at}/checkpoint"),
        via=None if m["via"] is None else _via(m["via"], f"{at}/via"),
        state_proof=None if m["state_proof"] is None else _state_proof(m["state_proof"], f"{at}/state_proof"),
    )


def _via(value: object, at: str) -> Via:
    m = shape.members(value, _VIA, at)
    return Via(
        log=from_hex(m["log"], 32, f"{at}/log"),
        index=shape.integer(m["index"], f"{at}/index"),
        size=shape.integer(m["size"], f"{at}/size", 1),
        root=from_hex(m["root"], 32, f"{at}/root"),
        inclusion=parse_path(m["inclusion"], f"{at}/inclusion"),
    )


def _state_proof(value: object, at: str) -> StateProof:
    m = shape.members(value, _STATE_PROOF, at)
    return StateProof(
        header=from_hex(m["header"], None, f"{at}/header"),
        account=_nodes(m["account"], f"{at}/account"),
        storage=_nodes(m["storage"], f"{at}/storage"),
    )


def parse_path(value: object, at: str) -> tuple[bytes, ...]:
    """The hashes of an inclusion proof. FormatError."""
    items = shape.elements(value, at, MAX_PATH)
    return tuple(from_hex(each, 32, f"{at}/{n}") for n, each in enumerate(items))


def _nodes(value: object, at: str) -> tuple[bytes, ...]:
    items = shape.elements(value, at, _MAX_NODES)
    return tuple(from_hex(each, None, f"{at}/{n}") for n, each in enumerate(items))


def _hexes(items: Sequence[bytes]) -> list[object]:
    return [to_hex(each) for each in items]
