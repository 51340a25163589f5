"""`/logs/…`, public: checkpoints, tiles, proofs, anchors. Hashes and signatures only: no content, no entry
bundles.

Checkpoint and tiles are served as C2SP tlog-tiles asks: text and octets, immutable caching for tiles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import orjson
from fastapi import APIRouter, Request, Response

from service.api import paging
from service.api.components import listing, record
from service.api.documentation import content, operation, query, reference
from service.api.media import JSON
from service.api.problems import Refusal, not_found
from service.api.services import OpenLog, Services, services_of
from service.core import tile
from service.core.errors import FormatError
from service.core.hexs import from_hex, to_hex
from service.core.merkle import EMPTY_ROOT, node_hash

T = TypeVar("T")

router = APIRouter(tags=["logs (public)"])
_FRESH = {"cache-control": "no-cache", "access-control-allow-origin": "*"}
_FOREVER = {"cache-control": "public, max-age=31536000, immutable", "access-control-allow-origin": "*"}
_NUMBER = {"type": "integer", "minimum": 0}
CHECKPOINT = "/logs/{name}/checkpoint"
PROOF = "/logs/{name}/proof"


async def _read(services: Services, log: OpenLog, size: int | None, work: Callable[[], T]) -> T:
    """A short read of the tree at a size (None: the newest). Beyond what is known to be signed LastSigned is
    asked, which a sequencer or another process may hold locked until it is on disk.
    """
    known = size is not None and log.reader.knows(size)
    return await (services.short_read(work) if known else services.off_loop(work))


def _json(document: object, headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(document), 200, headers, JSON)


def _entry(log: OpenLog) -> dict[str, object]:
    return {
        "name": log.name,
        **log.member,
        "test": log.mode == "test",
        "size": log.reader.size(),
    }


@router.get(
    "/logs",
    **operation(
        "List the logs",
        {200: ("All logs", content(JSON, record({"logs": listing(reference("LogEntry"))})))},
        authenticated=False,
    ),
)
async def list_logs(request: Request) -> Response:
    """Every log served here, with its origin, id, registry and newest signed size."""
    services = services_of(request)
    logs = await services.off_loop(lambda: [_entry(log) for log in services.logs.values()])
    return _json({"logs": logs}, _FRESH | {"vary": "accept"})  # browsers find a page here


@router.get(
    CHECKPOINT,
    **operation(
        "The newest signed checkpoint",
        {200: ("A C2SP signed note", content("text/plain", {"type": "string"}))},
        refusals=("not-found",),
        authenticated=False,
    ),
)
async def get_checkpoint(request: Request, name: str) -> Response:
    """The newest checkpoint with both signatures; 404 while the log is empty."""
    services = services_of(request)
    log = services.public_log(name)
    latest = await services.off_loop(log.reader.latest)  # asks LastSigned, see `_read`
    if latest is None:
        raise not_found()
    return Response(latest.note, 200, _FRESH, "text/plain; charset=utf-8")


@router.get(
    "/logs/{name}/tile/{path:path}",
    **operation(
        "A hash tile",
        {
            200: (
                "1 to 256 hashes of 32 bytes",
                content("application/octet-stream", {"type": "string", "format": "binary"}),
            )
        },
        refusals=("not-found",),
        authenticated=False,
    ),
)
async def get_tile(request: Request, name: str, path: str) -> Response:
    """C2SP tlog-tiles: `<L>/<N>` full, `<L>/<N>.p/<W>` partial, within the newest signed size. No entry
    bundles.
    """
    services = services_of(request)
    log = services.public_log(name)
    try:
        level, index, width = tile.parse_path(f"tile/{path}")
    except FormatError:
        raise not_found() from None
    size = (index * tile.TILE_WIDTH + width) << level * tile.TILE_HEIGHT
    hashes = await _read(services, log, size, lambda: log.reader.tile(level, index, width))
    return Response(hashes, 200, _FOREVER, "application/octet-stream")


def _root(log: OpenLog, size: int) -> bytes:
    """The root at any signed size, from the compact range [0, size) (RFC 9162 §2.1.1)."""
    if size == 0:
        return EMPTY_ROOT
    *left, root = log.reader.compact_range(0, size)
    for node in reversed(left):
        root = node_hash(node, root)
    return root


def _inclusion(log: OpenLog, index: int, size: int | None) -> object:
    wanted = log.reader.size() if size is None else size
    if not (index < wanted and log.reader.covers(wanted)):
        raise _out_of_range("index < size", log.reader.size())
    leaf = log.reader.tile(0, index >> 8, (index & 255) + 1)[-32:]
    return {
        "log": log.member,
        "index": index,
        "leaf": to_hex(leaf),
        "size": wanted,
        "root": to_hex(_root(log, wanted)),
        "inclusion": [to_hex(node) for node in log.reader.inclusion(index, wanted)],
    }


def _leaf(text: str) -> bytes:
    try:
        return from_hex(text)
    except FormatError as error:
        detail = str(error)
        errors = [{"parameter": "leaf", "detail": detail, "code": "leaf"}]
        raise Refusal("invalid-parameter", detail, errors=errors) from None


def _index_of(log: OpenLog, leaf: bytes) -> int:
    entry = log.reader.entry_by_leaf(leaf)
    if entry is None:
        raise not_found()
    return entry.index


def _out_of_range(rule: str, size: int) -> Refusal:
    return Refusal(
        "invalid-parameter", f"{rule} must hold, up to the newest signed size", members={"size": size}
    )


@router.get(
    PROOF,
    **operation(
        "An inclusion proof",
        {200: ("RFC 9162 audit path", content(JSON, reference("InclusionProof")))},
        refusals=("not-found", "invalid-parameter"),
        authenticated=False,
        extra={
            "parameters": [
                query("index", _NUMBER, "the leaf's index"),
                query("leaf", {"type": "string"}, "or the leaf hash, of which the index is looked up"),
                query("size", _NUMBER, "the tree's size; the newest signed one by default"),
            ]
        },
    ),
)
async def get_proof(request: Request, name: str) -> Response:
    """The path from a leaf to the root at a size. Immutable when the size is given. Of the entry nothing is
    told but where it stands.
    """
    services = services_of(request)
    log = services.public_log(name)
    size = paging.number(request, "size")
    if "leaf" in request.query_params and "index" not in request.query_params:
        leaf = _leaf(request.query_params["leaf"])
        proof = await _read(services, log, size, lambda: _inclusion(log, _index_of(log, leaf), size))
    else:
        index = paging.required_number(request, "index")
        proof = await _read(services, log, size, lambda: _inclusion(log, index, size))
    return _json(proof, _FRESH if size is None else _FOREVER)


def _consistency(log: OpenLog, old: int, new: int) -> object:
    if not (old <= new and log.reader.covers(new)):
        raise _out_of_range("old <= new", log.reader.size())
    return {
        "log": log.member,
        "old": old,
        "new": new,
        "old_root": to_hex(_root(log, old)),
        "new_root": to_hex(_root(log, new)),
        "proof": [to_hex(node) for node in log.reader.consistency(old, new)],
    }


@router.get(
    "/logs/{name}/consistency",
    **operation(
        "A consistency proof",
        {200: ("RFC 9162 consistency proof", content(JSON, reference("ConsistencyProof")))},
        refusals=("not-found", "invalid-parameter"),
        authenticated=False,
        extra={
            "parameters": [
                query("old", _NUMBER, "the smaller size", required=True),
                query("new", _NUMBER, "the larger size", required=True),
            ]
        },
    ),
)
async def get_consistency(request: Request, name: str) -> Response:
    """That the tree at `new` is an append-only extension of the tree at `old`."""
    services = services_of(request)
    log = services.public_log(name)
    old, new = paging.required_number(request, "old"), paging.required_number(request, "new")
    return _json(await _read(services, log, new, lambda: _consistency(log, old, new)), _FOREVER)
