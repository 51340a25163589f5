"""The bodies of answers about appended events, assembled without a second look at what the log room has
just built.

Both are canonical JSON: every member is ASCII-keyed and free of floats, where orjson's sorted output is RFC
8785; a test holds the receipt equal to `core.receipt.format` of itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from service.core.checkpoint import LogIdentity
from service.core.entry import statement_digest
from service.core.hexs import to_hex
from service.core.tree import batch_inclusion_proofs
from service.log.ports import Appended, AppendedBatch

LogMember = Mapping[str, object]


def log_member(identity: LogIdentity) -> LogMember:
    """The `log` member of receipts and batches."""
    return {
        "chain_id": identity.chain_id,
        "id": to_hex(identity.log_id),
        "origin": identity.origin,
        "registry": identity.registry,
    }


def receipt(log: LogMember, batch: AppendedBatch) -> bytes:
    """The receipt of a submission of one event: its entry, disclosures, promise and path; no anchors yet."""
    one = batch.appended[0]
    inclusion = batch_inclusion_proofs(batch.first, [one.leaf], batch.size, batch.left, batch.right)[0]
    return orjson.dumps(
        {
            "anchors": [],
            "checkpoint": batch.checkpoint,
            "cosignatures": [],
            "disclosures": one.disclosures,
            "entry": one.entry.decode("utf-8"),
            "format": "tallystick-receipt/1",
            "hints": {},
            "inclusion": [to_hex(node) for node in inclusion],
            "index": one.index,
            "log": log,
        }
    )


def minimal(one: Appended) -> bytes:
    """`Prefer: return=minimal`: where the event stands, and what others refer to it by."""
    digest = to_hex(statement_digest(statement_of(one.entry)))
    return orjson.dumps({"digest": digest, "index": one.index, "leaf": to_hex(one.leaf)})


def statement_of(entry: bytes) -> bytes:
    """The statement's bytes inside an entry: canonical form puts it last but for `"v":1`."""
    return entry[entry.index(b'"statement":') + 12 : -len(b',"v":1}')]


def batch(log: LogMember, answer: AppendedBatch) -> bytes:
    """The batch answer: entries and disclosures by ascending index, the promise, and both compact ranges."""
    distinct = answer.distinct
    return orjson.dumps(
        {
            "checkpoint": answer.checkpoint,
            "disclosures": [one.disclosures for one in distinct],
            "entries": [one.entry.decode("utf-8") for one in distinct],
            "first": answer.first,
            "format": "tallystick-batch/1",
            "left": [to_hex(node) for node in answer.left],
            "log": log,
            "right": [to_hex(node) for node in answer.right],
            "size": answer.size,
        }
    )
