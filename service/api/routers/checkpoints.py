"""`GET /logs/{name}/checkpoints`, public: every checkpoint that was signed, so that anybody can compare any
two of them, or the one somebody kept with what the log says today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from fastapi import APIRouter, Request, Response

from service.api import paging
from service.api.documentation import content, operation, query, reference
from service.api.media import JSON
from service.api.services import OpenLog, services_of
from service.core.hexs import to_hex
from service.log.ports import NotedCheckpoint

router = APIRouter(tags=["logs (public)"])
_HEADERS = {"cache-control": "no-cache", "access-control-allow-origin": "*"}
MOST = 100
"""Each costs two signatures when it is not remembered."""


def _listed(noted: NotedCheckpoint) -> Mapping[str, object]:
    record = noted.record
    return {
        "size": record.size,
        "root": to_hex(record.root),
        "signed_at": record.signed_at,
        "anchor_by": record.anchor_by,
        "checkpoint": noted.note,
    }


def spread(log: OpenLog, count: int) -> Sequence[NotedCheckpoint]:
    """At most `count` checkpoints at sizes as far apart as can be, ascending, the newest among them."""
    latest = log.reader.size()
    sizes = sorted({-(-latest * n // count) for n in range(1, count + 1)} - {0})
    found = {
        noted.record.size: noted
        for noted in (log.reader.promise(size - 1) for size in sizes)
        if noted is not None
    }
    return [found[size] for size in sorted(found)]


def _page(log: OpenLog, after: int, limit: int) -> bytes:
    found = [
        noted
        for noted in (
            log.reader.checkpoint(record.size) for record in log.reader.checkpoints(after, limit + 1)
        )
        if noted is not None
    ]
    following = found[limit - 1].record.size if len(found) > limit else None
    return _answer(log, found[:limit], following)


def _answer(log: OpenLog, found: Sequence[NotedCheckpoint], following: int | None) -> bytes:
    return orjson.dumps(
        {"log": log.member, "checkpoints": [_listed(each) for each in found], "next": following}
    )


_COUNT = {"type": "integer", "minimum": 0}


@router.get(
    "/logs/{name}/checkpoints",
    **operation(
        "The log's signed checkpoints",
        {200: ("Ascending by size; times in Unix seconds", content(JSON, reference("Checkpoints")))},
        refusals=("not-found", "invalid-parameter"),
        authenticated=False,
        extra={
            "parameters": [
                query("after", _COUNT, "only those of more entries; `next` of the page before"),
                query("limit", {**_COUNT, "minimum": 1, "maximum": MOST}, "checkpoints a page"),
                query(
                    "spread",
                    {**_COUNT, "minimum": 1, "maximum": MOST},
                    "instead: this many from the whole of the log, the newest among them",
                ),
            ]
        },
    ),
)
async def get_checkpoints(request: Request, name: str) -> Response:
    """Sizes, roots, times and signed notes. `after=N&limit=1` is the checkpoint that covers entry N."""
    services = services_of(request)
    log = services.public_log(name)
    points = paging.number(request, "spread", low=1, high=MOST)
    after = paging.number(request, "after") or 0
    limit = paging.number(request, "limit", low=1, high=MOST) or MOST
    if points is None:
        body = await services.off_loop(lambda: _page(log, after, limit))
    else:
        body = await services.off_loop(lambda: _answer(log, spread(log, points), None))
    return Response(body, 200, _HEADERS, JSON)
