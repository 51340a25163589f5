"""`GET /logs/{name}/anchors`, public: what completes a receipt that is already in somebody's hands,
without an account.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from fastapi import APIRouter, Request, Response

from service.anchoring.ports import AnchorOnChain
from service.api import paging
from service.api.documentation import content, operation, query, reference
from service.api.media import JSON
from service.api.problems import Refusal
from service.api.services import OpenLog, services_of
from service.core.hexs import to_hex
from service.core.receipt import StateProof

router = APIRouter(tags=["logs (public)"])
_HEADERS = {"cache-control": "no-cache", "access-control-allow-origin": "*"}


def _state_proof(proof: StateProof | None) -> Mapping[str, object] | None:
    if proof is None:
        return None
    return {
        "header": to_hex(proof.header),
        "account": [to_hex(node) for node in proof.account],
        "storage": [to_hex(node) for node in proof.storage],
    }


def _anchor(
    log: OpenLog, chain_id: int, registry: str, size: int, root: bytes, proof: StateProof | None
) -> dict[str, object]:
    noted = log.reader.checkpoint(size)
    return {
        "chain_id": chain_id,
        "registry": registry,
        "size": size,
        "root": to_hex(root),
        "checkpoint": None if noted is None or noted.record.root != root else noted.note,
        "via": None,
        "state_proof": _state_proof(proof),
    }


def _hints(anchor: AnchorOnChain) -> Mapping[str, object]:
    """What the chain's node said, for looking it up; nothing here is proven."""
    return {
        "tx": None if anchor.tx is None else to_hex(anchor.tx),
        "block": anchor.slot.block_number,
        "timestamp": anchor.slot.timestamp,
        "gas_used": anchor.gas_used,
        "finality": anchor.state.value,
    }


def _covering(log: OpenLog, index: int) -> bytes:
    signed = log.reader.size()
    if index >= signed:
        raise Refusal(
            "invalid-parameter", "index must lie below the newest signed size", members={"size": signed}
        )
    found = log.anchors.earliest_covering(log.identity.log_id, index)
    anchors = []
    if found is not None:
        anchor = _anchor(log, found.chain_id, found.registry, found.size, found.root, found.state_proof)
        path = log.reader.inclusion(index, found.size)
        anchors.append({**anchor, "inclusion": [to_hex(node) for node in path]})
    return orjson.dumps({"log": log.member, "anchors": anchors, "next": None})


def _listed(log: OpenLog, after: int, limit: int) -> bytes:
    found = log.anchors.anchors(log.identity.log_id, after, limit + 1)
    anchors = [
        # A proof is shown once the block it was captured at is final: before that it may prove an orphaned
        # header.
        {
            **_anchor(
                log, one.chain_id, one.registry, one.size, one.root, one.proof if one.proof_final else None
            ),
            "hints": _hints(one),
        }
        for one in found[:limit]
    ]
    following = paging.cursor(found[limit - 1].size) if len(found) > limit else None
    return orjson.dumps({"log": log.member, "anchors": anchors, "next": following})


@router.get(
    "/logs/{name}/anchors",
    **operation(
        "The log's anchors, with state proofs",
        {
            200: (
                "Ascending by size; with `index` the earliest covering it",
                content(JSON, reference("Anchors")),
            )
        },
        refusals=("not-found", "invalid-parameter"),
        authenticated=False,
        extra={
            "parameters": [
                query(
                    "index",
                    {"type": "integer", "minimum": 0},
                    "only the earliest anchor covering this index, with its path",
                ),
                query("cursor", {"type": "string"}, "`next` of the page before"),
                query(
                    "limit", {"type": "integer", "minimum": 1, "maximum": paging.MAX_PAGE}, "anchors a page"
                ),
            ]
        },
    ),
)
async def get_anchors(request: Request, name: str) -> Response:
    """Every anchored checkpoint. With `index`, at most one, in the form of a receipt's `anchors` with the
    path to it.
    """
    services = services_of(request)
    log = services.public_log(name)
    index = paging.number(request, "index")
    after, limit = paging.page(request)
    work = (lambda: _listed(log, after, limit)) if index is None else (lambda: _covering(log, index))
    return Response(await services.off_loop(work), 200, _HEADERS, JSON)
