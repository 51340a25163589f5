"""What a message says: ids and hashes, never a claim, so that nothing in it has to be erased.

The key says what a message is about; its id follows from the key, so that it is the same wherever and however
often the message is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from service.access.ports import Tenant
from service.anchoring.ports import AnchorOnChain
from service.core.canonical import canonicalize
from service.core.hexs import to_hex
from service.core.times import format_time
from service.disputes.case_ports import IndexedCase
from service.disputes.ports import CaseLog
from service.log.ports import CheckpointRecord, StoredEntry
from service.profiles.giftcard.findings.model import Finding
from service.webhooks.ports import EventType, Message

MAX_EVENTS = 100


def tenant_of(log: CaseLog) -> Tenant:
    """Whose log it is."""
    return Tenant(log.platform, "live" if log.mode == "live" else "test")


def anchored(log: CaseLog, anchor: AnchorOnChain, events: Sequence[str], now: int) -> Message:
    """An anchor became final. `events`: ids of those it is the first to cover, all or the first hundred."""
    first = anchor.slot.prev_size
    data = {
        "first": first,
        "size": anchor.size,
        "root": to_hex(anchor.root),
        "tx": None if anchor.tx is None else to_hex(anchor.tx),
        "block": anchor.slot.block_number,
        "events": list(events[:MAX_EVENTS]),
        "more": anchor.size - first > MAX_EVENTS,
    }
    return _message(log, EventType.RECEIPT_ANCHORED, [anchor.size, to_hex(anchor.root)], data, now)


def dispute_opened(log: CaseLog, entry: StoredEntry, dispute: str | None, now: int) -> Message:
    """A dispute was opened. `dispute` None: its content was erased before this was made."""
    data = {"dispute": dispute, "trade": entry.trade, "event": entry.event, "leaf": to_hex(entry.leaf)}
    return _message(log, EventType.DISPUTE_OPENED, [entry.index], data, now)


def answer_due(log: CaseLog, case: IndexedCase, due: int, stage: str, now: int) -> Message:
    """An answer falls due within a day (`stage` soon), or has (`due`)."""
    data = {"dispute": case.dispute, "trade": case.trade, "due": format_time(due), "stage": stage}
    return _message(log, EventType.DISPUTE_ANSWER_DUE, [case.dispute, due, stage], data, now)


def finding_proved(log: CaseLog, trade: str, finding: Finding, now: int) -> Message:
    """A finding is proved. Its figures are claims and stay out: whoever may see them asks for them."""
    references = [{"event": each.event, "leaf": to_hex(each.leaf)} for each in finding.references]
    data = {
        "trade": trade,
        "code": finding.code,
        "version": finding.version,
        "kind": finding.kind.value,
        "against": finding.against,
        "severity": finding.severity,
        "cured": finding.cured,
        "references": references,
    }
    about = [trade, finding.code, finding.version, finding.cured, [each["leaf"] for each in references]]
    return _message(log, EventType.FINDING_PROVED, about, data, now)


def anchor_late(log: CaseLog, checkpoint: CheckpointRecord, now: int) -> Message:
    """A checkpoint was not anchored by the time it promises."""
    data = {
        "size": checkpoint.size,
        "root": to_hex(checkpoint.root),
        "anchor_by": format_time(checkpoint.anchor_by * 1000),
    }
    return _message(log, EventType.ANCHOR_LATE, [checkpoint.size, data["root"]], data, now)


def _message(
    log: CaseLog, type_: EventType, about: Sequence[object], data: Mapping[str, object], now: int
) -> Message:
    identity = log.identity
    of = {
        "origin": identity.origin,
        "id": to_hex(identity.log_id),
        "chain_id": identity.chain_id,
        "registry": identity.registry,
    }
    key = sha256(canonicalize([of["id"], type_.value, *about])).hexdigest()
    body = {"type": type_.value, "timestamp": format_time(now), "data": {"log": of, **data}}
    return Message(f"msg_{key[:32]}", tenant_of(log), type_.value, key, canonicalize(body), now)
