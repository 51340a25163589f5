"""The evidence of one trade, `evidence.json`: every entry from seq 0, and what is needed to judge it.

This module knows the shape only, as `receipt` does for receipts: `parse` accepts exactly the members of the
format (the JSON layout is free, `format` writes RFC 8785). What the members prove is `verify_evidence`'s
business. `hints` is open; nothing in it is ever proven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.core import receipt as receipts
from service.core import shape, trade_head
from service.core.canonical import canonicalize
from service.core.canonical import parse as parse_json
from service.core.checkpoint import LogIdentity
from service.core.errors import CanonicalizationError, FormatError
from service.core.evidence_parts import (
    AttachmentNote,
    FinalBlock,
    RegisteredKey,
    StampNote,
    attachment_value,
    key_value,
    parse_attachment,
    parse_final,
    parse_key,
    parse_stamp,
    stamp_value,
)
from service.core.hexs import from_hex, to_hex
from service.core.receipt import Receipt, ReceiptLog
from service.core.times import format_time, parse_time
from service.core.trade_head import TradeHead

FORMAT = "tallystick-evidence/1"
MAX_EVIDENCE_BYTES = 32 * 1024 * 1024
MAX_ENTRIES = 4096
_MAX_DEPTH = 32
_MAX_ITEMS = 4096
_EVIDENCE = frozenset(
    {"format", "log", "trade", "taken", "checkpoint", "head", "entries", "context", "keys", "final"}
) | {"audience", "findings", "attachments", "timestamps", "generator", "hints"}
_SEALED = frozenset({"seq", "index", "leaf"})


class NotEvidence(FormatError):
    """The file is not evidence at all: other JSON, another format, or no JSON."""


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry whose bytes this reader may not see: its place in the trade and in the log."""

    seq: int
    index: int
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Element:
    """One entry of the trade, shown as a receipt or sealed; `inclusion` is its path under the evidence's
    checkpoint.
    """

    shown: Receipt | SealedEntry
    inclusion: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One trade as one reader may see it. `taken` in ms.

    `context`: receipts of other trades that findings compare with; `keys`: the platform's registered keys and
    `final`: the blocks called final, both the service's word and operands of `findings`, which are opaque
    here; `audience`: for whom the content is that this reader sees.
    """

    log: ReceiptLog
    trade: str
    taken: int
    checkpoint: str
    head: TradeHead
    entries: tuple[Element, ...]
    context: tuple[Receipt, ...] = ()
    keys: tuple[RegisteredKey, ...] | None = None
    final: tuple[FinalBlock, ...] = ()
    audience: tuple[str, ...] = ()
    findings: Mapping[str, object] | None = None
    attachments: tuple[AttachmentNote, ...] = ()
    timestamps: tuple[StampNote, ...] = ()
    generator: str = "tallystick"
    hints: Mapping[str, object] = field(default_factory=dict)

    @property
    def identity(self) -> LogIdentity:
        """The log and its registry, as the evidence names them."""
        return LogIdentity(self.log.origin, self.log.id, self.log.chain_id, self.log.registry)

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """The receipts of the entries that are shown, in the order given."""
        return tuple(each.shown for each in self.entries if isinstance(each.shown, Receipt))

    @property
    def sealed(self) -> tuple[SealedEntry, ...]:
        """The entries that are not shown, in the order given."""
        return tuple(each.shown for each in self.entries if isinstance(each.shown, SealedEntry))


def parse(data: bytes) -> Evidence:
    """Read evidence of at most 32 MiB.

    Errors: NotEvidence when the file is something else, FormatError (with a JSON pointer) when a member is
    malformed.
    """
    m = _members(data)
    entries = shape.elements(m["entries"], "/entries", MAX_ENTRIES)
    context = shape.elements(m["context"], "/context", _MAX_ITEMS)
    keys = None if m["keys"] is None else shape.elements(m["keys"], "/keys", _MAX_ITEMS)
    final = shape.elements(m["final"], "/final", _MAX_ITEMS)
    audience = shape.elements(m["audience"], "/audience", 16)
    attachments = shape.elements(m["attachments"], "/attachments", _MAX_ITEMS)
    stamps = shape.elements(m["timestamps"], "/timestamps", _MAX_ITEMS)
    return Evidence(
        log=receipts.parse_log(m["log"]),
        trade=shape.text(m["trade"], "/trade"),
        taken=parse_time(m["taken"], "/taken"),
        checkpoint=shape.text(m["checkpoint"], "/checkpoint"),
        head=trade_head.parse(m["head"], "/head"),
        entries=tuple(_element(each, f"/entries/{n}") for n, each in enumerate(entries)),
        context=tuple(_receipt(each, f"/context/{n}") for n, each in enumerate(context)),
        keys=None if keys is None else tuple(parse_key(each, f"/keys/{n}") for n, each in enumerate(keys)),
        final=tuple(parse_final(each, f"/final/{n}") for n, each in enumerate(final)),
        audience=tuple(shape.text(each, f"/audience/{n}") for n, each in enumerate(audience)),
        findings=None if m["findings"] is None else _object(m["findings"], "/findings"),
        attachments=tuple(parse_attachment(each, f"/attachments/{n}") for n, each in enumerate(attachments)),
        timestamps=tuple(parse_stamp(each, f"/timestamps/{n}") for n, each in enumerate(stamps)),
        generator=shape.text(m["generator"], "/generator"),
        hints=_object(m["hints"], "/hints"),
    )


def format(evidence: Evidence) -> bytes:
    """The evidence in RFC 8785 form. Errors: CanonicalizationError (more than 32 MiB, floats in hints)."""
    value = {
        "format": FORMAT,
        "log": receipts.log_value(evidence.log),
        "trade": evidence.trade,
        "taken": format_time(evidence.taken),
        "checkpoint": evidence.checkpoint,
        "head": trade_head.head_value(evidence.head),
        "entries": [_element_value(each) for each in evidence.entries],
        "context": [receipts.receipt_value(each) for each in evidence.context],
        "keys": None if evidence.keys is None else [key_value(each) for each in evidence.keys],
        "final": [{"chain_id": each.chain_id, "hash": to_hex(each.hash)} for each in evidence.final],
        "audience": list(evidence.audience),
        "findings": None if evidence.findings is None else dict(evidence.findings),
        "attachments": [attachment_value(each) for each in evidence.attachments],
        "timestamps": [stamp_value(each) for each in evidence.timestamps],
        "generator": evidence.generator,
        "hints": dict(evidence.hints),
    }
    return canonicalize(value, max_bytes=MAX_EVIDENCE_BYTES, max_depth=_MAX_DEPTH)


def _members(data: bytes) -> Mapping[str, object]:
    try:
        value = parse_json(data, max_bytes=MAX_EVIDENCE_BYTES, max_depth=_MAX_DEPTH)
        if type(value) is dict:
            shape.literal(value.get("format"), FORMAT, "/format")
        return shape.members(value, _EVIDENCE, "")
    except (CanonicalizationError, FormatError) as error:
        raise NotEvidence(error.message, error.pointer) from None


def _element(value: object, at: str) -> Element:
    if type(value) is dict and "receipt" in value:
        m = shape.members(value, frozenset({"receipt", "inclusion"}), at)
        shown: Receipt | SealedEntry = _receipt(m["receipt"], f"{at}/receipt")
    else:
        m = shape.members(value, frozenset({"sealed", "inclusion"}), at)
        shown = _sealed(m["sealed"], f"{at}/sealed")
    return Element(shown, receipts.parse_path(m["inclusion"], f"{at}/inclusion"))


def _element_value(element: Element) -> dict[str, object]:
    shown = element.shown
    path: list[object] = [to_hex(each) for each in element.inclusion]
    if isinstance(shown, SealedEntry):
        sealed = {"seq": shown.seq, "index": shown.index, "leaf": to_hex(shown.leaf)}
        return {"sealed": sealed, "inclusion": path}
    return {"receipt": receipts.receipt_value(shown), "inclusion": path}


def _sealed(value: object, at: str) -> SealedEntry:
    m = shape.members(value, _SEALED, at)
    return SealedEntry(
        seq=shape.integer(m["seq"], f"{at}/seq"),
        index=shape.integer(m["index"], f"{at}/index"),
        leaf=from_hex(m["leaf"], 32, f"{at}/leaf"),
    )


def _receipt(value: object, at: str) -> Receipt:
    """A receipt inside the evidence, by the receipt's own reader."""
    try:
        return receipts.parse_value(value)
    except (CanonicalizationError, FormatError) as error:
        raise FormatError(error.message, at + error.pointer) from None


def _object(value: object, at: str) -> Mapping[str, object]:
    if type(value) is not dict:
        raise FormatError("expected an object", at)
    return value


__all__ = [
    "FORMAT",
    "MAX_EVIDENCE_BYTES",
    "AttachmentNote",
    "Element",
    "Evidence",
    "FinalBlock",
    "NotEvidence",
    "RegisteredKey",
    "SealedEntry",
    "StampNote",
    "format",
    "parse",
]
