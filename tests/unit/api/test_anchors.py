"""What `/logs/…/anchors` shows of an anchor, over fakes at the ports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import orjson

from service.anchoring.ports import AnchorOnChain, AnchorState
from service.api.routers import anchors
from service.api.services import OpenLog
from service.core.checkpoint import LogIdentity
from service.core.receipt import StateProof
from service.core.state_proof import AnchorSlot
from service.log.ports import CheckpointRecord, NotedCheckpoint

IDENTITY = LogIdentity("a.example/kaka", b"\1" * 32, 740000001, "0x" + "22" * 20)
PROOF = StateProof(b"header", (b"account",), (b"storage",))
ANCHOR = AnchorOnChain(
    log_id=IDENTITY.log_id,
    chain_id=IDENTITY.chain_id,
    registry=IDENTITY.registry,
    size=4,
    root=b"\4" * 32,
    slot=AnchorSlot(1, 1, 0, 0, 0),
    state=AnchorState.FINAL,
    ours=True,
    proof=PROOF,
    proof_block=1,
    proof_final=True,
)


class Rooms:
    """A reader and an anchor store with given rows."""

    def __init__(self, rows: list[AnchorOnChain]) -> None:
        self.rows = rows

    def anchors(self, log_id: bytes, after_size: int = 0, limit: int = 100) -> list[AnchorOnChain]:
        return [row for row in self.rows if row.size > after_size][:limit]

    def checkpoint(self, size: int) -> NotedCheckpoint | None:
        record = CheckpointRecord(size, bytes([size]) * 32, 0, 0, bytes(32), "0x")
        return NotedCheckpoint(record, f"note {size}")


def shown(rows: list[AnchorOnChain], after: int = 0, limit: int = 10) -> dict[str, Any]:
    rooms = cast(Any, Rooms(rows))
    log = OpenLog("kaka", "kaka", "live", IDENTITY, rooms, rooms, rooms, {})
    return cast(dict[str, Any], orjson.loads(anchors._listed(log, after, limit)))


def test_a_proof_is_shown_once_its_block_is_final() -> None:
    final = shown([ANCHOR])["anchors"][0]
    assert final["state_proof"] == {
        "header": "0x" + b"header".hex(),
        "account": ["0x" + b"account".hex()],
        "storage": ["0x" + b"storage".hex()],
    }
    assert shown([replace(ANCHOR, proof_final=False)])["anchors"][0]["state_proof"] is None


def test_the_checkpoint_is_the_anchored_one_or_none() -> None:
    assert shown([ANCHOR])["anchors"][0]["checkpoint"] == "note 4"
    assert shown([replace(ANCHOR, root=bytes(32))])["anchors"][0]["checkpoint"] is None


def test_pages() -> None:
    rows = [replace(ANCHOR, size=size) for size in (1, 2, 3)]
    first = shown(rows, 0, 2)
    assert [one["size"] for one in first["anchors"]] == [1, 2]
    assert first["next"] == "c2"
    second = shown(rows, 2, 2)
    assert ([one["size"] for one in second["anchors"]], second["next"]) == ([3], None)
